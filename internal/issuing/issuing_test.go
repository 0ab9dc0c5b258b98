package issuing

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/jobs"
	"kualik/internal/pki"
	"kualik/internal/pki/pades"
)

func TestCertificateIsIssued(t *testing.T) {
	r := newRegister(t)
	w := work()
	e := r.issued(w)
	require.Equal(t, Valid, e.State)
	require.Equal(t, int64(501), e.Number, "the setting's first number")
	require.Equal(t, clock.Day("2026-09-16"), e.RegisteredOn)
	require.Equal(t, 1, r.told(e.ID))
	pdf := r.file(e)
	require.Equal(t, e.Size, int64(len(pdf)))
	v := pades.Verify(pdf, pki.Options{At: noon, Trust: r.trust})
	require.True(t, v.Valid, v.Reason)
	got := r.read(pdf)
	require.True(t, got.Sure())
	require.Empty(t, got.Notes, "both languages say the same")
	require.Equal(t, []string{"501", "2026-09-16", "2026-09-02", "scientific_work", w.Title, "https://kualik.karatal.example/r/" + e.Token},
		[]string{got.Number, string(got.RegisteredOn), string(got.CreatedOn), got.Kind, got.Title, got.VerificationURL})
	require.Equal(t, []string{"САГИТОВА МЕРУЕРТ ТАЛГАТОВНА", "Нурбаева Лаура"}, got.Authors, "who is not to be mentioned is not")

	for query, want := range map[string]int{"органикалык": 1, "сагитова": 1, "501": 1, "жасырын": 0, "": 1} {
		list, total, err := r.Public(t.Context(), Filter{Query: query, Limit: 10})
		require.NoError(t, err)
		require.Len(t, list, want, query)
		require.Equal(t, want, total, query)
	}
	_, err := in(r, func(tx pgx.Tx) (Entry, error) { return r.Prepare(t.Context(), tx, registrar, w) })
	require.True(t, fault.Is(err, fault.Conflict), "one number a filing: %v", err)
}

// Wherever the work dies, it is done once more under the same number, and the desk is told once.
func TestWorkDiesAnywhere(t *testing.T) {
	r := newRegister(t)
	petition := r.issued(work())
	for i, moment := range []string{"drawn", "sealed", "stored", "written", "told"} {
		e := r.prepare(work())
		r.die(moment)
		err := r.Work(t.Context(), jobs.Job[SealArgs]{Args: SealArgs{ID: e.ID}})
		require.ErrorIs(t, err, errDied, moment)
		dead := r.entry(e.ID)
		require.Equal(t, Pending, dead.State, moment)
		require.Zero(t, r.told(e.ID), moment)
		r.work(e.ID)
		r.work(e.ID) // and once too often
		again := r.entry(e.ID)
		require.Equal(t, Valid, again.State)
		require.Equal(t, petition.Number+1+int64(i), again.Number)
		require.Empty(t, again.Failure)
		require.Equal(t, 1, r.told(e.ID), moment)

		x, err := in(r, func(tx pgx.Tx) (Extract, error) {
			return r.PrepareExtract(t.Context(), tx, registrar, Petition{FilingID: uuid.New(), Number: petition.Number, Recipient: "Нурбаева Лаура", Lang: i18n.KK})
		})
		require.NoError(t, err)
		r.die(moment)
		require.ErrorIs(t, r.Work(t.Context(), jobs.Job[SealArgs]{Args: SealArgs{ID: x.ID}}), errDied)
		require.Zero(t, r.told(x.ID))
		r.work(x.ID)
		r.work(x.ID)
		require.Equal(t, 1, r.told(x.ID))
	}
	n, err := r.Numbers(t.Context())
	require.NoError(t, err)
	require.Empty(t, n.Missing)
	require.Equal(t, []int64{501, 506}, []int64{n.First, n.Last})
}

// Two processes make the same certificate: what the second made, a second later, is nobody's.
func TestTwoProcessesAtOnce(t *testing.T) {
	r := newRegister(t)
	e := r.prepare(work())
	r.at = func(moment string) error {
		if moment == "stored" {
			r.at = nil
			r.clock.Advance(time.Second)
			r.work(e.ID)
		}
		return nil
	}
	r.work(e.ID)
	require.Equal(t, 1, r.told(e.ID))
	require.Equal(t, noon.Add(time.Second), *r.entry(e.ID).SealedAt)
	x, err := in(r, func(tx pgx.Tx) (Extract, error) {
		return r.PrepareExtract(t.Context(), tx, registrar, Petition{FilingID: uuid.New(), Number: e.Number})
	})
	require.NoError(t, err)
	r.at = func(moment string) error {
		if moment == "stored" {
			r.at = nil
			r.work(x.ID)
		}
		return nil
	}
	r.work(x.ID)
	require.Equal(t, 1, r.told(x.ID))
}

func TestLostJobsAreSwept(t *testing.T) {
	r := newRegister(t)
	e := r.prepare(work())
	require.NoError(t, r.Sweep(t.Context()))
	require.Equal(t, Pending, r.entry(e.ID).State, "its job may still be on its way")
	r.clock.Advance(2 * time.Minute)
	require.NoError(t, r.Sweep(t.Context()))
	require.Equal(t, Valid, r.entry(e.ID).State)
}

// Many desks at once, some of which change their minds in the same transaction: the numbers follow one another.
func TestNumbersHaveNoGaps(t *testing.T) {
	r := newRegister(t)
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			err := pgx.BeginFunc(t.Context(), r.pool, func(tx pgx.Tx) error {
				if _, err := r.Prepare(t.Context(), tx, registrar, work()); err != nil {
					return err
				}
				if i%4 == 3 {
					return errDied
				}
				return nil
			})
			if (i%4 == 3) != (err != nil) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	n, err := r.Numbers(t.Context())
	require.NoError(t, err)
	require.Empty(t, n.Missing)
	require.Equal(t, 18, n.Given)
	require.Equal(t, []int64{501, 518}, []int64{n.First, n.Last})

	list, err := r.Versions(t.Context(), 510)
	require.NoError(t, err)
	err = pgx.BeginFunc(t.Context(), r.pool, func(tx pgx.Tx) error {
		return r.GiveUp(t.Context(), tx, registrar, list[0].ID, "заявка отозвана до выдачи")
	})
	require.NoError(t, err)
	r.work(list[0].ID)
	require.Equal(t, GivenUp, r.entry(list[0].ID).State, "it is not sealed any more")
	n, err = r.Numbers(t.Context())
	require.NoError(t, err)
	require.Empty(t, n.Missing)
	require.Len(t, n.GivenUp, 1)
	require.Equal(t, "заявка отозвана до выдачи", n.GivenUp[0].Reason)
	w := work()
	w.FilingID = list[0].FilingID
	require.Equal(t, int64(519), r.prepare(w).Number, "the filing gets another")

	_, err = r.pool.Exec(t.Context(), `UPDATE issuing_counter SET last = last + 2`)
	require.NoError(t, err)
	n, err = r.Numbers(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int64{520, 521}, n.Missing, "a number that is nowhere is seen")
}

func TestCorrectionsAndAnnulment(t *testing.T) {
	r := newRegister(t)
	one := r.issued(work())
	correct := func(id uuid.UUID, c Correction) (Entry, error) {
		return in(r, func(tx pgx.Tx) (Entry, error) { return r.Correct(t.Context(), tx, registrar, id, c) })
	}
	c := Correction{Cause: TechnicalError, Reason: "в названии пропущена буква", Title: one.Title + " (2-басылым)", Kind: one.Kind, CreatedOn: one.CreatedOn, Authors: one.Authors}
	for _, bad := range []Correction{{}, {Cause: Change, Title: "x"}, {Cause: "whim", Reason: "x", Title: "x", CreatedOn: "2026-01-01", Authors: one.Authors},
		{Cause: Change, Reason: "x", Title: "x", CreatedOn: "2026-01-01", Authors: []Author{{Name: "Жасырын", Hidden: true}}}} {
		_, err := correct(one.ID, bad)
		require.True(t, fault.Is(err, fault.Invalid), "%v", err)
	}
	r.clock.Advance(48 * time.Hour)
	two, err := correct(one.ID, c)
	require.NoError(t, err)
	require.Equal(t, []any{one.Number, 2, one.RegisteredOn, clock.Day("2026-09-18")}, []any{two.Number, two.Version, two.RegisteredOn, two.IssuedOn})
	require.NotEqual(t, one.Token, two.Token)
	require.Equal(t, Valid, r.entry(one.ID).State, "until the new one is sealed")
	_, err = correct(one.ID, c)
	require.True(t, fault.Is(err, fault.Conflict), "one correction at a time: %v", err)
	r.work(two.ID)
	require.Equal(t, []State{Replaced, Valid}, []State{r.entry(one.ID).State, r.entry(two.ID).State})
	got := r.read(r.file(two))
	require.Equal(t, c.Title, got.Title)
	require.Equal(t, clock.Day("2026-09-16"), got.RegisteredOn, "the day of registration stays")

	_, err = in(r, func(tx pgx.Tx) (Entry, error) { return r.Annul(t.Context(), tx, registrar, two.ID, "") })
	require.True(t, fault.Is(err, fault.Invalid))
	three, err := correct(two.ID, c) // under way when the court decides
	require.NoError(t, err)
	_, err = in(r, func(tx pgx.Tx) (Entry, error) {
		return r.Annul(t.Context(), tx, registrar, one.ID, "решение суда от 01.10.2026")
	})
	require.NoError(t, err)
	r.work(three.ID)
	require.Equal(t, []State{Annulled, GivenUp}, []State{r.entry(two.ID).State, r.entry(three.ID).State})
	_, err = correct(one.ID, c)
	require.True(t, fault.Is(err, fault.Conflict))
	list, total, err := r.Public(t.Context(), Filter{Limit: 10})
	require.NoError(t, err)
	require.Equal(t, 1, total)
	require.Equal(t, Annulled, list[0].State, "an annulled one is shown as what it is")
	n, err := r.Numbers(t.Context())
	require.NoError(t, err)
	require.Empty(t, n.GivenUp, "a correction given up gives no number up")
}

func TestCheckOfAFile(t *testing.T) {
	r := newRegister(t)
	one := r.issued(work())
	first := r.file(one)
	check := func(pdf []byte, want Outcome) Verdict {
		t.Helper()
		v, err := r.Check(t.Context(), pdf, r.trust)
		require.NoError(t, err)
		require.Equal(t, want, v.Outcome)
		return v
	}
	v := check(first, Ours)
	require.Equal(t, one.ID, v.Entry.ID)
	require.True(t, v.Signature.Valid)

	changed := append([]byte(nil), first...)
	changed[2000]++
	v = check(changed, Changed)
	require.Equal(t, []int{1, 2001}, []int{v.Differ, v.From})
	require.Equal(t, one.ID, v.Entry.ID)
	require.False(t, v.Signature.Valid)
	v = check(append(first[:len(first):len(first)], "\n"...), Longer)
	require.Equal(t, 1, v.Added)
	v = check(first[:len(first)-100], Changed)
	require.Zero(t, v.Differ, "of another length nothing is counted")
	check([]byte("%PDF-1.4 something else"), Strange)
	check([]byte("kualik:000000000000 of nobody"), Strange)
	_, err := r.Check(t.Context(), make([]byte, MaxPDF+1), nil)
	require.True(t, fault.Is(err, fault.TooLarge))

	x, err := in(r, func(tx pgx.Tx) (Extract, error) {
		return r.PrepareExtract(t.Context(), tx, registrar, Petition{FilingID: uuid.New(), Number: one.Number, Recipient: "Нурбаева Лаура", Lang: i18n.RU})
	})
	require.NoError(t, err)
	r.work(x.ID)
	_, paper, err := r.ExtractPDF(t.Context(), x.ID)
	require.NoError(t, err)
	v = check(paper, Ours)
	require.Equal(t, x.ID, v.Extract.ID)
	paper[3000] ^= 1
	require.Equal(t, x.ID, check(paper, Changed).Extract.ID)

	two, err := in(r, func(tx pgx.Tx) (Entry, error) {
		return r.Correct(t.Context(), tx, registrar, one.ID, Correction{Cause: Change, Reason: "решение автора", Title: "Басқа", Kind: one.Kind, CreatedOn: one.CreatedOn, Authors: one.Authors})
	})
	require.NoError(t, err)
	r.work(two.ID)
	check(first, Outdated)
	_, err = in(r, func(tx pgx.Tx) (Entry, error) { return r.Annul(t.Context(), tx, registrar, two.ID, "суд") })
	require.NoError(t, err)
	check(r.file(two), Cancelled)
}

func TestExtractFromTheRegister(t *testing.T) {
	r := newRegister(t)
	one := r.issued(work())
	ask := func(p Petition) (Extract, error) {
		return in(r, func(tx pgx.Tx) (Extract, error) { return r.PrepareExtract(t.Context(), tx, registrar, p) })
	}
	_, err := ask(Petition{FilingID: uuid.New(), Number: 77})
	require.True(t, fault.Is(err, fault.NotFound))
	_, err = ask(Petition{FilingID: uuid.New(), Number: one.Number, RegisteredOn: "2020-01-01"})
	require.True(t, fault.Is(err, fault.NotFound), "a number is not enough when the day is another")
	filing := uuid.New()
	x, err := ask(Petition{FilingID: filing, Number: one.Number, RegisteredOn: one.RegisteredOn, Recipient: "Нурбаева Лаура"})
	require.NoError(t, err)
	require.Equal(t, "2026-1", x.Name())
	_, err = ask(Petition{FilingID: filing, Number: one.Number})
	require.True(t, fault.Is(err, fault.Conflict), "one extract a petition: %v", err)
	y, err := ask(Petition{FilingID: uuid.New(), Number: one.Number})
	require.NoError(t, err)
	require.Equal(t, "2026-2", y.Name(), "what was refused left no gap")
	r.work(x.ID)
	found, err := r.ExtractOf(t.Context(), r.pool, filing)
	require.NoError(t, err)
	require.NotEmpty(t, found.SHA256)
}

func TestNothingIsIssuedWithoutASeal(t *testing.T) {
	r := newRegister(t)
	e := r.prepare(work())
	prepare := func() error {
		_, err := in(r, func(tx pgx.Tx) (Entry, error) { return r.Prepare(t.Context(), tx, registrar, work()) })
		return err
	}
	seal := r.o.Seal
	r.o.Seal = nil
	require.True(t, fault.Is(prepare(), fault.Unavailable))
	require.Error(t, r.Work(t.Context(), jobs.Job[SealArgs]{Args: SealArgs{ID: e.ID}}))
	require.Equal(t, "issuing.error.no_seal", r.entry(e.ID).Failure, "who waits is told")
	require.NoError(t, r.Sweep(t.Context()))
	r.o.Seal = seal
	r.clock.Advance(400 * 24 * time.Hour)
	require.ErrorContains(t, prepare(), "seal_dates")
	n, err := r.Numbers(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n.Given, fmt.Sprint(n))
}
