package web

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/i18n"
	"kualik/internal/kind"
	"kualik/internal/web/part"
)

// The tab "Данные": what was typed is stored raw, by its button or by itself, and never put over what somebody
// else has saved meanwhile.

// typed is the form of the tab "Данные", raw.
func typed(v *Visit) filing.Data {
	return filing.Data{Title: v.Text("title"), Kind: v.Text("kind"), CreatedOn: v.Text("created_on"), Religious: v.Text("religious") != "",
		Reduction: v.Text("reduction"), Country: country(v), Region: v.Text("region"), Address: v.Text("address"),
		Postcode: v.Text("postcode"), Phone: v.Text("phone"), Mobile: v.Text("mobile"), Fax: v.Text("fax"), Email: v.Text("email"),
		CertificateNo: v.Text("certificate_no"), CertificateDate: v.Text("certificate_date"), Purpose: v.Text("purpose"), Delivery: v.Text("delivery")}
}

// saveFiling stores the tab "Данные", and forms the statement when its button was pressed.
func (s *Server) saveFiling(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	by := v.Get("X-Autosave") != ""
	saved, err := s.save(v, id)
	switch conflict := (*filing.Conflict)(nil); {
	case by:
		return s.autosaved(v, saved, err)
	case errors.As(err, &conflict):
		return s.refused(v, filing.TabData, err, func(f *filingView) {
			f.Conflict, f.Typed, f.Version, f.Problem = conflict, conflict.Mine, conflict.Version, ""
		})
	case err != nil:
		return s.refused(v, filing.TabData, err, func(f *filingView) { f.Typed = typed(v) })
	case v.Text("do") == "form":
		return s.formStatement(v)
	}
	v.Notice("cabinet.saved.notice")
	return v.Go(filingPath(id, ""))
}

// save stores what was typed, and what stands beside it in the form.
func (s *Server) save(v *Visit, id uuid.UUID) (filing.Saved, error) {
	version, err := v.number("version")
	if err != nil {
		return filing.Saved{}, errNoPage
	}
	ctx := v.UserContext()
	saved, err := s.Filings.Save(ctx, v.me(), id, version, typed(v))
	if err != nil {
		return saved, err
	}
	f, err := s.Filings.View(ctx, v.me(), id)
	if err != nil {
		return saved, err
	}
	if reduced := v.Text("reduced") != ""; reduced != f.Reduced {
		if err := s.Filings.SetReduced(ctx, v.me(), id, reduced); err != nil {
			return saved, err
		}
	}
	if l := v.Text("statement_lang"); l != "" && l != string(f.Lang) {
		if err := s.Filings.SetLang(ctx, v.me(), id, l); err != nil {
			return saved, err
		}
	}
	if f, err = s.Filings.View(ctx, v.me(), id); err != nil {
		return saved, err
	}
	saved.Version = f.Version
	return saved, nil
}

// autosaved answers the script: the version that the page has now, or why nothing was stored.
func (s *Server) autosaved(v *Visit, saved filing.Saved, err error) error {
	if err == nil {
		return v.JSON(map[string]any{"version": saved.Version, "text": v.T("cabinet.saved", "At", part.ShortMoment(v.Context(), saved.At))})
	}
	if !mendable(err) && !fault.Is(err, fault.Forbidden) {
		return err
	}
	text := v.Error(err)
	if fault.Is(err, fault.Conflict) {
		text = v.T("cabinet.autosave.conflict")
	}
	return v.Status(statusOf[fault.KindOf(err)]).JSON(map[string]any{"text": text})
}

// formStatement forms the statement, or names the places to mend.
func (s *Server) formStatement(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	_, err = s.Filings.FormStatement(v.UserContext(), v.me(), id)
	var places filing.Problems
	if errors.As(err, &places) {
		return v.Go(filingPath(id, "?check=1"))
	}
	if err != nil {
		return s.refused(v, filing.TabData, err)
	}
	return v.Go(filingPath(id, ""))
}

func workKinds(ctx context.Context) []part.Option {
	out := []part.Option{{Value: "", Text: part.T(ctx, "cabinet.data.choose")}}
	for _, c := range kind.Codes {
		out = append(out, part.Option{Value: c, Text: kind.Name(string(part.From(ctx).Lang), c)})
	}
	return out
}

func deliveryOptions(ctx context.Context) []part.Option {
	out := []part.Option{{Value: "", Text: part.T(ctx, "cabinet.data.choose")}}
	for _, d := range filing.Deliveries {
		out = append(out, part.Option{Value: d, Text: part.T(ctx, "cabinet.delivery."+d)})
	}
	return out
}

func deliveryName(ctx context.Context, d string) string {
	if d == "" {
		return ""
	}
	return part.T(ctx, "cabinet.delivery."+d)
}

// fieldOf gives a field its fault, or makes it read-only.
func fieldOf(ctx context.Context, f *filingView, live bool, v part.FieldView) part.FieldView {
	if v.Error = f.wrong(ctx, v.Name); v.Error != "" {
		v.Hint = ""
	}
	if !live {
		v.ReadOnly, v.Required, v.Placeholder = true, false, ""
	}
	return v
}

// country is that of the form; Kazakhstan is kept by its code, whatever language it was shown in.
func country(v *Visit) string {
	text := v.Text("country")
	for _, l := range i18n.All {
		if text == account.CountryName(l, account.Kazakhstan) {
			return account.Kazakhstan
		}
	}
	return text
}

// diffValue is a field of two versions, by its json name.
func diffValue(d filing.Data, field string) string {
	m := map[string]string{"title": d.Title, "kind": d.Kind, "created_on": d.CreatedOn, "religious": yesNo(d.Religious), "reduction": d.Reduction,
		"country": d.Country, "region": d.Region, "address": d.Address, "postcode": d.Postcode, "phone": d.Phone, "mobile": d.Mobile,
		"fax": d.Fax, "email": d.Email, "certificate_no": d.CertificateNo, "certificate_date": d.CertificateDate, "purpose": d.Purpose, "delivery": d.Delivery}
	return strings.TrimSpace(m[field])
}

// fieldLabels are the labels of the fields of Data, by their json names.
var fieldLabels = map[string]string{"title": "title", "kind": "kind", "created_on": "created", "religious": "religious", "reduction": "reduction",
	"country": "country", "region": "region", "address": "address", "postcode": "postcode", "phone": "phone", "mobile": "mobile", "fax": "fax",
	"email": "email", "certificate_no": "certificate_no", "certificate_date": "certificate_date", "purpose": "purpose", "delivery": "delivery"}
