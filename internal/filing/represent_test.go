package filing

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"kualik/internal/account"
	"kualik/internal/payment"
)

// A representative files for three authors, one of whom is not to be mentioned; every author signs, the
// patent attorney does not.
func TestRepresentativeFilesForTheAuthors(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, attorney := w.human("Имашев Тимур Болатович"), w.human("Ким Ирина")
	authors := []*human{w.human("Сагитова Меруерт"), w.human("Куандыков Аскар"), w.human("Нурбаева Лаура")}
	id, err := w.Create(ctx, filer.who, CopyrightWork, Representative, false)
	require.NoError(t, err)
	for i, a := range authors {
		e := entry(a, Author)
		e.Unmentioned = i == 2
		_, err := w.AddParticipant(ctx, filer.who, id, e)
		require.NoError(t, err)
	}
	_, err = w.AddParticipant(ctx, filer.who, id, entry(attorney, Attorney))
	require.NoError(t, err)
	w.fill(filer, id)
	require.Contains(t, fmt.Sprint(w.view(filer, id).Problems), "need_power_of_attorney")
	_, err = w.Attach(ctx, filer.who, id, Upload{Kind: PowerOfAttorney, Filename: "доверенность.pdf", Content: strings.NewReader("%PDF-1.4 power")})
	require.NoError(t, err)
	w.form(filer, id)
	w.pay(filer, id)
	require.Equal(t, Submitted, w.submit(filer, id).State)
	_, err = w.Sign(ctx, attorney.who, id, w.sign(attorney, w.content(attorney, id)))
	require.Error(t, err)
	v := w.view(attorney, id)
	require.Equal(t, RelRepresentative, v.Relation)
	require.Equal(t, SignNotNeeded, v.Participants[4].Sign)
	for i, a := range authors {
		list, n, err := w.List(ctx, a.who, Filter{Limit: 5})
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.True(t, list[0].MineToDo)
		require.Equal(t, 4, list[0].Wanted)
		last, err := w.Sign(ctx, a.who, id, w.sign(a, w.content(a, id)))
		require.NoError(t, err)
		require.Equal(t, i == 2, last)
		counts, err := w.Counts(ctx, a.who, false)
		require.NoError(t, err)
		require.Zero(t, counts.MineToDo)
	}
	app, err := w.apps.ByRef(ctx, "2026-1")
	require.NoError(t, err)
	require.Len(t, app.Authors, 3, "who files for others is no author")
}

// The ground of the profile and its document come along; the price follows, and the payment freezes it.
func TestReducedFeeComesFromTheProfile(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer := w.human("Сагитова Меруерт")
	a := account.Account{ID: filer.who.ID, Name: filer.who.Name, Role: filer.who.Role}
	p, err := w.accounts.Profile(ctx, a.ID)
	require.NoError(t, err)
	p.Reduction, p.Ground = true, "pensioner"
	_, err = w.accounts.SaveProfile(ctx, a, p)
	require.NoError(t, err)
	require.NoError(t, w.accounts.SaveReductionDocument(ctx, a, "пенсионное.pdf", bytes.NewReader([]byte("%PDF-1.4 pension"))))
	id, err := w.Create(ctx, filer.who, CopyrightWork, Author, true)
	require.NoError(t, err)
	v := w.view(filer, id)
	require.Equal(t, "pensioner", v.Data.Reduction)
	require.Len(t, v.Documents, 1)
	require.True(t, v.Documents[0].Sealed)
	whole, err := w.Price(ctx, CopyrightWork, "")
	require.NoError(t, err)
	require.Equal(t, payment.Tiyn(738040), whole.Total, "7 180,40 and 200")
	require.Less(t, v.Price.Total, whole.Total)
	w.fill(filer, id)
	w.form(filer, id)
	w.pay(filer, id)
	require.Equal(t, 1, w.count(`SELECT count(*) FROM invoice WHERE reduction = 'pensioner' AND state = 'paid'`))
	require.NoError(t, w.Edit(ctx, filer.who, id))
	require.Error(t, w.SetReduced(ctx, filer.who, id, false), "paid for already")
	d, content, err := w.OpenDocument(ctx, filer.who, id, v.Documents[0].ID)
	require.NoError(t, err)
	require.Equal(t, "пенсионное.pdf", d.Filename)
	require.NoError(t, content.Close())
	_, err = w.Create(ctx, filer.who, CopyrightWork, Attorney, true)
	require.Error(t, err, "an attorney is no filer's role")
}

// The readiness list of the instruction's first page.
func TestReadinessNamesWhatIsMissing(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer := w.human("Сагитова Меруерт")
	absent := &human{Person: w.newPerson("Тажибаева Роза")} // has never logged in
	absent.Person.Email = "r.tazhibaeva@karatal.example"
	id, err := w.Create(ctx, filer.who, CopyrightWork, Author, false)
	require.NoError(t, err)
	e := entry(absent, Author)
	e.Postcode = ""
	p, err := w.AddParticipant(ctx, filer.who, id, e)
	require.NoError(t, err)
	states := func() map[string]string {
		m := map[string]string{}
		for _, r := range w.view(filer, id).Readiness {
			m[r.Code] = r.State + " " + strings.TrimPrefix(r.Key, "filing.ready.")
		}
		return m
	}
	require.Equal(t, map[string]string{"eds": "warn eds_missing", "identity": "bad identity_missing", "address": "bad address_missing",
		"work": "bad work_missing", "card": "ok card"}, states())
	require.NoError(t, w.Invite(ctx, filer.who, id, p))
	require.Equal(t, "warn eds_invited", states()["eds"])
	full := entry(absent, Author)
	full.Number = ""
	require.NoError(t, w.ChangeParticipant(ctx, filer.who, id, p, full))
	w.fill(filer, id)
	require.NoError(t, w.ensureCheckedOf(id))
	got := states()
	require.Equal(t, "ok identity_all", got["identity"])
	require.Equal(t, "ok address_all", got["address"])
	require.Equal(t, "warn preflight.sheets.differ", got["work"], "twelve sheets were typed, the file has one page")
	w.form(filer, id)
	w.pay(filer, id)
	require.Equal(t, "ok paid", states()["card"])
}

func (w *world) ensureCheckedOf(id uuid.UUID) error {
	f, err := get(context.Background(), w.pool, id)
	if err != nil {
		return err
	}
	return w.ensureChecked(context.Background(), f)
}
