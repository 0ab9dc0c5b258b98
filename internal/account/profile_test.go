package account

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
)

// owner is somebody who has come by EDS for the first time, with the profile that the certificate made.
func owner(t *testing.T, w *edsWorld) (Account, Profile) {
	t.Helper()
	_, a, _, err := w.LoginByEDS(context.Background(), w.identity(number(t, "88120130991")))
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.Profile(context.Background(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	return a, p
}

func TestProfileBeginsWithTheCertificate(t *testing.T) {
	w, ctx := newEDSWorld(t), context.Background()
	a, p := owner(t, w)
	if p.Surname != "ЕСЕНОВ" || p.GivenName != "ДАНИЯР" || p.Patronymic != "МАРАТҰЛЫ" || p.BirthDate != "1988-12-01" || p.Country != Kazakhstan ||
		p.Email != "d.esenov@example.kz" || p.NotifyAt() != "d.esenov@example.kz" || p.Sources[FieldSurname] != FromEDS || p.Sources[FieldBirthDate] != FromIIN {
		t.Fatalf("%+v", p)
	}
	if got := Missing(p); !slices.Equal(got, []Field{FieldRegion, FieldPostcode, FieldAddress, FieldPhone}) {
		t.Fatalf("missing %v", got)
	}
	// The instruction's own example has no address in the certificate.
	p.Email = ""
	want := []string{`Не заполнено поле "Область / город"`, `Не заполнено поле "Индекс"`, `Не заполнено поле "Адрес"`, `Не заполнено поле "Телефон"`, `Не заполнено поле "E-mail"`}
	var lines []string
	for _, f := range Missing(p) {
		lines = append(lines, MissingText(i18n.RU, f))
	}
	if !slices.Equal(lines, want) {
		t.Fatalf("%q", lines)
	}
	// A new certificate, of an organisation's head, who has married.
	id := w.identity(p.IIN)
	id.Serial, id.Surname, id.Name, id.Organisation, id.BIN, id.Roles = "77", "ОСПАНОВ", "ОСПАНОВ ДАНИЯР МАРАТҰЛЫ", `ТОО "Қаратал"`, number(t, "26014099901"), []string{"legal_entity", "head"}
	id.Email = ""
	_, b, _, err := w.LoginByEDS(ctx, id)
	if err != nil || b.Name != id.Name {
		t.Fatal(b.Name, err)
	}
	if p, err = w.Profile(ctx, a.ID); err != nil || p.Surname != "ОСПАНОВ" || p.Organisation != `ТОО "Қаратал"` || p.HeadIIN != id.IIN || !p.ReadOnly(FieldOrganisation) ||
		p.EmailEDS != "" || p.NotifyAt() != "d.esenov@example.kz" {
		t.Fatalf("%+v %v", p, err)
	}
	// Their own key again: the organisation stays and may be changed now.
	id = w.identity(p.IIN)
	id.Serial = "78"
	if _, _, _, err := w.LoginByEDS(ctx, id); err != nil {
		t.Fatal(err)
	}
	if p, _ = w.Profile(ctx, a.ID); p.Organisation == "" || p.ReadOnly(FieldOrganisation) {
		t.Fatalf("%+v", p)
	}
}

func TestProfileIsSavedByItsOwner(t *testing.T) {
	w, ctx := newEDSWorld(t), context.Background()
	a, p := owner(t, w)
	typed := p
	typed.Surname, typed.IIN = "ДРУГОЙ", "000000000000" // not for typing
	typed.Country, typed.Region, typed.Postcode, typed.Address, typed.Phone = "Республика Казахстан", " Жетісу  облысы ", "040000", "Талдықорған, Абай к., 1", "8 700 123 45 67"
	typed.NameForeign, typed.Reduction, typed.Ground = "Daniyar Esenov", true, "student"
	saved, err := w.SaveProfile(ctx, a, typed)
	if err != nil || saved.Surname != "ЕСЕНОВ" || saved.IIN != p.IIN || saved.Region != "Жетісу облысы" || saved.Country != Kazakhstan || len(Missing(saved)) != 0 {
		t.Fatalf("%+v %v", saved, err)
	}
	if read, err := w.Profile(ctx, a.ID); err != nil || read.Ground != "student" || read.NameForeign != "Daniyar Esenov" || read.Version != saved.Version {
		t.Fatalf("%+v %v", read, err)
	}
	typed.Phone = "8 700 000 00 00"
	if _, err := w.SaveProfile(ctx, a, typed); !errors.Is(err, errProfileChanged) {
		t.Fatalf("a second window that saw the old profile: %v", err)
	}
	saved.Phone = "звоните вечером"
	if _, err := w.SaveProfile(ctx, a, saved); !errors.Is(err, errProfile) {
		t.Fatalf("a wrong field: %v", err)
	}
	if _, err := w.SaveProfile(ctx, w.admin, saved); !errors.Is(err, errNoProfile) {
		t.Fatalf("somebody who never came by EDS: %v", err)
	}
}

func TestProfileFields(t *testing.T) {
	bin := number(t, "26014099901")
	for _, c := range []struct {
		change func(*Profile)
		wrong  Field // empty: nothing
	}{
		{func(p *Profile) {}, ""},
		{func(p *Profile) { p.Postcode = "04000" }, FieldPostcode},
		{func(p *Profile) { p.Postcode = "A15E3B4" }, FieldPostcode},
		{func(p *Profile) { p.Country, p.Postcode = "Türkiye", "34-122" }, ""},
		{func(p *Profile) { p.Country, p.Postcode = "Türkiye", "№ 5" }, FieldPostcode},
		{func(p *Profile) { p.Country, p.Postcode = " казахстан ", "040000" }, ""},
		{func(p *Profile) { p.Phone = "+7 (700) 123-45-67" }, ""},
		{func(p *Profile) { p.Phone = "+8 700 123 45 67" }, FieldPhone},
		{func(p *Profile) { p.Phone = "9 700 123 45 67" }, FieldPhone},
		{func(p *Profile) { p.Phone = "123" }, FieldPhone},
		{func(p *Profile) { p.Country, p.Postcode, p.Phone = "Qatar", "", "+974 4012 3456" }, ""},
		{func(p *Profile) { p.Fax = "нет" }, FieldFax},
		{func(p *Profile) { p.Email = "два слова" }, FieldEmail},
		{func(p *Profile) { p.BIN = bin }, ""},
		{func(p *Profile) { p.BIN = bin[:11] + "0" }, FieldBIN},
		{func(p *Profile) { p.HeadIIN = "123456789012" }, FieldHeadIIN},
		{func(p *Profile) { p.BIN, p.Sources[FieldBIN] = "123456789011", FromEDS }, ""}, // as the test certificates have it
		{func(p *Profile) { p.EAPONumber = "EA-2026/17" }, ""},
		{func(p *Profile) { p.EAPONumber = "<b>" }, FieldEAPONumber},
		{func(p *Profile) { p.BirthDate = "2026-09-18" }, FieldBirthDate},
		{func(p *Profile) { p.BirthDate = "1899-12-31" }, FieldBirthDate},
		{func(p *Profile) { p.Reduction, p.Ground = true, "сирота" }, FieldReduction},
		{func(p *Profile) { p.NameForeign = strings.Repeat("x", 301) }, FieldNameForeign},
		{func(p *Profile) { p.Address = "дом\x00" }, FieldAddress},
	} {
		p := Profile{Country: Kazakhstan, Sources: map[Field]Source{}}
		c.change(&p)
		got := p.Check("2026-09-17")
		if c.wrong == "" && len(got) > 0 || c.wrong != "" && (len(got) != 1 || got[0].Field != c.wrong || got[0].Text(i18n.KK) == got[0].Key) {
			t.Errorf("%+v: %v, want %q", p, got, c.wrong)
		}
	}
}

func TestEveryFieldAndGroundHasItsName(t *testing.T) {
	for _, l := range i18n.All {
		for _, f := range append(slices.Clone(typed), FieldGivenName, FieldSurname, FieldPatronymic, FieldIIN, FieldBirthDate, FieldReduction) {
			if s := f.Label(l); s == "account.profile."+string(f) {
				t.Errorf("%s: %s has no label", l, f)
			}
		}
		for _, g := range Grounds {
			if key := "account.ground." + g; i18n.T(l, key) == key {
				t.Errorf("%s: %s has no name", l, g)
			}
		}
	}
}

func TestRefreshFromTheRegistry(t *testing.T) {
	w, ctx := newEDSWorld(t), context.Background()
	a, p := owner(t, w)
	asked := 0
	mux := http.NewServeMux()
	mux.HandleFunc("GET /gbd/persons/{iin}", func(rw http.ResponseWriter, r *http.Request) {
		asked++
		switch {
		case r.Header.Get("Authorization") != "Bearer token-7":
			rw.WriteHeader(401)
		case r.PathValue("iin") != p.IIN:
			rw.WriteHeader(404)
		default:
			fmt.Fprint(rw, `{"surname":"Есенов","given_name":"ДАНИЯР","patronymic":"МАРАТҰЛЫ","birth_date":"1988-12-02","country":"Казахстан","region":"Жетісу облысы","address":"Абай к., 1","postcode":"040000"}`)
		}
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	use := func(address string) {
		t.Helper()
		r, err := NewPersonRegistry(address, nil)
		if err != nil {
			t.Fatal(err)
		}
		w.registry = r.Lookup
	}
	use(strings.Replace(server.URL, "://", "://:token-7@", 1) + "/gbd")
	if _, err := w.Refresh(ctx, a, false); !errors.Is(err, errConsent) || asked != 0 {
		t.Fatalf("without consent: %v, asked %d times", err, asked)
	}
	changes, err := w.Refresh(ctx, a, true)
	if err != nil {
		t.Fatal(err)
	}
	want := []FieldChange{{FieldSurname, "ЕСЕНОВ", "Есенов"}, {FieldRegion, "", "Жетісу облысы"}, {FieldPostcode, "", "040000"},
		{FieldAddress, "", "Абай к., 1"}, {FieldBirthDate, "1988-12-01", "1988-12-02"}}
	if !slices.Equal(changes, want) {
		t.Fatalf("%v", changes)
	}
	if p, err = w.Profile(ctx, a.ID); err != nil || p.RefreshedAt == nil || !p.ReadOnly(FieldBirthDate) || !slices.Equal(Missing(p), []Field{FieldPhone}) {
		t.Fatalf("%+v %v", p, err)
	}
	// The same certificate again does not undo what the registry has mended.
	if _, _, _, err := w.LoginByEDS(ctx, w.identity(p.IIN)); err != nil {
		t.Fatal(err)
	}
	if p, _ = w.Profile(ctx, a.ID); p.Surname != "Есенов" {
		t.Fatal("the certificate came back over the registry")
	}
	var outcome string
	var changed int
	err = w.pool.QueryRow(ctx, `SELECT outcome, cardinality(changed) FROM registry_lookup WHERE consent_at IS NOT NULL AND answered_at IS NOT NULL`).Scan(&outcome, &changed)
	if err != nil || outcome != "found" || changed != 5 {
		t.Fatalf("recorded %s with %d fields: %v", outcome, changed, err)
	}
	use(server.URL + "/gbd") // without the token
	for range questionsInARow - 1 {
		if _, err := w.Refresh(ctx, a, true); !errors.Is(err, errRegistryRefused) {
			t.Fatal(err)
		}
	}
	if _, err := w.Refresh(ctx, a, true); !errors.Is(err, errTooMany) || asked != questionsInARow {
		t.Fatalf("without bound: %v, asked %d times", err, asked)
	}
}

func TestRegistryThatDoesNotAnswerWell(t *testing.T) {
	iin := number(t, "88120130991")
	for name, c := range map[string]struct {
		status int
		body   string
		kind   fault.Kind
	}{
		"unknown":       {404, "", fault.NotFound},
		"refused":       {403, "", fault.Forbidden},
		"away":          {503, "", fault.Unavailable},
		"no JSON":       {200, "<html>", fault.Unavailable},
		"no name":       {200, `{"birth_date":"1988-12-01"}`, fault.Unavailable},
		"no such day":   {200, `{"surname":"Есенов","birth_date":"1988-13-01"}`, fault.Unavailable},
		"without bound": {200, `{"surname":"` + strings.Repeat("x", 1<<20) + `"}`, fault.Unavailable},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(c.status)
			fmt.Fprint(rw, c.body)
		}))
		r, err := NewPersonRegistry(server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Lookup(context.Background(), iin); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
		server.Close()
		_, err = r.Lookup(context.Background(), iin)
		if !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), iin) {
			t.Errorf("a registry that is away, whose error goes to the log: %v", err)
		}
	}
	if _, err := NewPersonRegistry("registry:80", nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("a bad address: %v", err)
	}
}

func TestDocumentOfAReducedFee(t *testing.T) {
	w, ctx := newEDSWorld(t), context.Background()
	a, _ := owner(t, w)
	pdf := []byte("%PDF-1.4\nстуденттік билет\n%%EOF\n")
	if err := w.SaveReductionDocument(ctx, a, `C:\scans\билет.pdf`, bytes.NewReader(pdf)); err != nil {
		t.Fatal(err)
	}
	p, _ := w.Profile(ctx, a.ID)
	if p.DocumentName != "билет.pdf" || p.DocumentType != "application/pdf" || p.DocumentSize != int64(len(pdf)) {
		t.Fatalf("%+v", p)
	}
	var file string
	if err := w.pool.QueryRow(ctx, `SELECT reduction_file FROM profile`).Scan(&file); err != nil {
		t.Fatal(err)
	}
	content, _, err := w.blobs.Open(ctx, file)
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	var lies bytes.Buffer
	if lies.ReadFrom(content); bytes.Contains(lies.Bytes(), []byte("%PDF")) {
		t.Fatal("the document lies in the clear")
	}
	for who, may := range map[*Account]bool{&a: true, &w.admin: true, {ID: clock.NewID(), Role: Faculty}: false, {ID: clock.NewID(), Role: Author}: false} {
		d, err := w.ReductionDocument(ctx, *who, a.ID)
		if may && (err != nil || !bytes.Equal(d.Content, pdf)) || !may && !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %v", who.Role, err)
		}
	}
	keys, err := w.Keys(ctx, a.ID)
	if err != nil || len(keys) != 2 {
		t.Fatalf("%v (%v)", keys, err)
	}
	for _, key := range keys { // by the account and by the number, the owner's own look too
		looks, err := audit.Looks(ctx, w.pool, []audit.Person{key}, "", 0, 10)
		if err != nil || len(looks) != 2 || looks[0].Action != "account.profile_document_opened" {
			t.Fatalf("looks by %s: %v (%v)", key, looks, err)
		}
	}
	if d, err := w.GroundDocument(ctx, a.ID); err != nil || !bytes.Equal(d.Content, pdf) {
		t.Fatalf("for an application: %v", err)
	}
	if looks, err := audit.Looks(ctx, w.pool, keys, "", 0, 10); err != nil || len(looks) != 2 {
		t.Fatalf("taking a copy is no look: %v (%v)", looks, err)
	}
	for name, c := range map[string]struct {
		data []byte
		kind fault.Kind
	}{"empty": {nil, fault.Invalid}, "program": {[]byte("MZ\x90\x00"), fault.Invalid}, "large": {append(slices.Clone(pdf), make([]byte, LargestDocument)...), fault.TooLarge}} {
		if err := w.SaveReductionDocument(ctx, a, "x.pdf", bytes.NewReader(c.data)); !fault.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.RemoveReductionDocument(ctx, a); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ReductionDocument(ctx, a, a.ID); !errors.Is(err, errNoDocument) {
		t.Fatal(err)
	}
}
