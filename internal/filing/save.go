package filing

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/payment"
)

const longest = 2000 // letters of a field; the longest title of the register has 811

// Save stores the tab "Данные" as typed, wrong or not. A *Conflict when version is not the present one.
func (s *Service) Save(ctx context.Context, who Who, id uuid.UUID, version int, data Data) (saved Saved, err error) {
	if field := data.tooLong(); field != "" {
		return Saved{}, Problems{{Tab: TabData, Field: field, Key: "filing.problem.long", Args: []any{"Max", longest}}}
	}
	err = s.change(ctx, who, id, Save, func(d *deed) error {
		if d.Data == data {
			saved = Saved{Version: d.Version, At: d.ChangedAt} // saving again what is there is no change
			return nil
		}
		if version != d.Version {
			return &Conflict{Mine: data, Theirs: d.Data, Fields: differences(data, d.Data), Version: d.Version, ChangedBy: d.ChangedBy, At: d.ChangedAt}
		}
		if d.PaidAt != nil && data.Reduction != d.Data.Reduction {
			return errPaidReduced
		}
		d.Data = data
		d.Version++
		s.touched(d)
		saved = Saved{Version: d.Version, At: d.ChangedAt}
		if err := s.followFiler(ctx, d); err != nil {
			return err
		}
		return s.askChecks(ctx, d.tx, d.Filing)
	})
	return saved, err
}

// followFiler gives the filer among the participants the contact data of the tab.
func (s *Service) followFiler(ctx context.Context, d *deed) error {
	list, err := participants(ctx, d.tx, d.ID)
	if err != nil {
		return err
	}
	for _, p := range list {
		if p.Filer {
			p.contact(d.Data)
			return updateParticipant(ctx, d.tx, p)
		}
	}
	return nil
}

// SetLang sets the language of the statement, kk or ru.
func (s *Service) SetLang(ctx context.Context, who Who, id uuid.UUID, lang string) error {
	l := i18n.Lang(lang)
	if l != i18n.KK && l != i18n.RU {
		return errInput
	}
	return s.change(ctx, who, id, Save, func(d *deed) error {
		d.Lang = l
		s.touched(d)
		return nil
	})
}

// SetReduced says whether there are grounds for a reduced fee; not after payment.
func (s *Service) SetReduced(ctx context.Context, who Who, id uuid.UUID, reduced bool) error {
	return s.change(ctx, who, id, Save, func(d *deed) error {
		if d.Reduced == reduced {
			return nil
		}
		if d.PaidAt != nil {
			return errPaidReduced
		}
		d.Reduced = reduced
		if !reduced {
			d.Data.Reduction = ""
			d.Version++
		}
		s.touched(d)
		return nil
	})
}

// fields visits the texts of the data with their json names.
func (d Data) fields(visit func(name, value string)) {
	v := reflect.ValueOf(d)
	for i := range v.NumField() {
		if v.Field(i).Kind() == reflect.String {
			visit(v.Type().Field(i).Tag.Get("json"), v.Field(i).String())
		}
	}
}

func (d Data) tooLong() (field string) {
	d.fields(func(name, value string) {
		if field == "" && (utf8.RuneCountInString(value) > longest || strings.ContainsRune(value, 0)) {
			field = name
		}
	})
	return field
}

// differences are the json names of the fields in which two versions differ.
func differences(a, b Data) (names []string) {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range x.NumField() {
		if x.Field(i).Interface() != y.Field(i).Interface() {
			names = append(names, x.Type().Field(i).Tag.Get("json"))
		}
	}
	return names
}

// reduction is the ground under which the filing is priced; empty for the whole fee.
func (f Filing) reduction() string {
	if !f.Reduced || !slices.Contains(payment.Grounds, f.Data.Reduction) {
		return ""
	}
	return f.Data.Reduction
}

// price is what the filing costs: what its invoice says, when there is one that holds, else today's fee; nil
// when its ground has no price.
func (s *Service) price(ctx context.Context, f Filing) (*payment.Fee, error) {
	list, err := s.o.Payments.Invoices(ctx, payment.Filter{SubjectKind: SubjectKind, SubjectID: f.ID, States: []payment.State{payment.Open, payment.Paying, payment.Paid}})
	if err != nil {
		return nil, err
	}
	for _, i := range list {
		if i.Reduction == f.reduction() {
			return &payment.Fee{Service: i.Service, Reduction: i.Reduction, Day: i.PricedOn, List: i.List, Share: i.Share, Base: i.Base,
				VATPercent: i.VATPercent, VAT: i.VAT, Commission: i.Commission, Total: i.Total}, nil
		}
	}
	fee, err := s.o.Fees.Quote(ctx, string(f.Service), f.reduction(), s.today())
	if fault.Is(err, fault.Invalid) {
		return nil, nil
	}
	return &fee, err
}

// Price is what a service costs today, before there is a filing.
func (s *Service) Price(ctx context.Context, service ServiceCode, reduction string) (*payment.Fee, error) {
	fee, err := s.o.Fees.Quote(ctx, string(service), reduction, s.today())
	return &fee, err
}
