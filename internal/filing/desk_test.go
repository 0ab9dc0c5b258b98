package filing

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/filing/scheme"
	"kualik/internal/i18n"
)

// From the last signature to the certificate, step by step: what the authors see, are written to, and what the
// application's status says.
func TestDeskTakesTheSteps(t *testing.T) {
	came := map[uuid.UUID]int{}
	w := newWorld(t, func(o *Options) {
		o.Desk = Registering
		o.OnSubmitted = func(_ context.Context, _ pgx.Tx, f Filing) error { came[f.ID]++; return nil }
		o.Forward = func(context.Context, pgx.Tx, []byte) (string, error) { return "certificates+k7f3@karatal.example", nil }
	})
	ctx := context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	registrar, expert := w.clerk(account.Registrar), w.clerk(account.Expert)
	id := w.paid(filer, second)
	w.submit(filer, id)
	v := w.view(filer, id)
	require.Equal(t, "registration", v.Step)
	require.Nil(t, v.StepUntil, "its term begins with the last signature")
	require.Zero(t, came[id])
	w.clock.Advance(time.Hour)
	_, err := w.Sign(ctx, second.who, id, w.sign(second, w.content(second, id)))
	require.NoError(t, err)
	require.Equal(t, 1, came[id])
	v = w.view(filer, id)
	require.Equal(t, w.workdays(w.clock.Now(), 1), v.StepUntil.UTC(), "one working day by law")
	require.Equal(t, TurnRegistrar, v.Next.Turn)

	// A scheme that is put in force later is not that of this one.
	require.NoError(t, w.tx(func(tx pgx.Tx) error { return scheme.PutInForce(ctx, tx, 3) }))
	for i, step := range []string{"appointment", "examination", "certificate"} {
		w.clock.Advance(time.Hour)
		who := registrar
		if i == 2 {
			who = expert
		}
		require.NoError(t, w.tx(func(tx pgx.Tx) error { return w.Proceed(ctx, tx, who, id, step, "") }), step)
		v = w.view(second, id)
		require.Equal(t, Signed, v.State)
		require.Equal(t, "done", v.Steps[i+1].State)
		require.Equal(t, "current", v.Steps[i+2].State)
		require.Equal(t, w.workdays(w.clock.Now(), 1), v.StepUntil.UTC())
		require.Equal(t, 2*(i+1), w.letters("step"), "every author is written to at each change")
		require.Equal(t, 1, w.count(`SELECT count(*) FROM application WHERE status = $1`, v.Steps[i+2].Name.In(i18n.RU)))
		if step == "appointment" {
			require.NoError(t, w.tx(func(tx pgx.Tx) error { return w.Appoint(ctx, tx, registrar, id, expert.ID) }))
		}
		if step == "examination" {
			require.Equal(t, TurnExpert, v.Next.Turn)
		}
	}
	_, subject, text := w.letterTo("step")
	require.Contains(t, subject, "Охранный документ")
	require.Contains(t, text, "готовится к публикации")

	day := clock.Day("2026-09-16")
	require.NoError(t, w.tx(func(tx pgx.Tx) error { return w.Issued(ctx, tx, registrar, id, "78500", day, OwnRegister) }))
	v = w.view(filer, id)
	require.Equal(t, Issued, v.State)
	require.Equal(t, "78500", v.CertificateNo)
	require.Equal(t, day, v.CertificateOn)
	require.NotNil(t, v.EndedAt)
	for _, st := range v.Steps {
		require.Equal(t, "done", st.State, st.Code)
	}
	require.Equal(t, 2, w.letters("issued"))
	_, _, text = w.letterTo("issued")
	require.Contains(t, text, "ОЧЕНЬ ВАЖНО")
	require.Contains(t, text, "certificates+k7f3@karatal.example")
	list := w.correspondence(filer.who, id)
	require.Equal(t, CertificateLetter, list[len(list)-1].Kind)
	require.Equal(t, "И-2026-1", list[len(list)-1].Number)
}

// Steps are those of the filing's own scheme, back only with a reason, and each change has one letter to each.
func TestStepsAreThoseOfTheScheme(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer := w.human("Сагитова Меруерт")
	registrar := w.clerk(account.Registrar)
	id := w.signedBy(filer)
	proceed := func(step, note string) error {
		return w.tx(func(tx pgx.Tx) error { return w.Proceed(ctx, tx, registrar, id, step, note) })
	}
	require.True(t, fault.Is(proceed("formal", ""), fault.Invalid), "of another scheme")
	require.True(t, fault.Is(proceed("preparation", "назад"), fault.Invalid), "what was submitted is not prepared again")
	require.True(t, fault.Is(proceed("registration", ""), fault.Conflict), "there already")
	require.NoError(t, proceed("examination", ""))
	require.ErrorIs(t, proceed("registration", "  "), errNote)
	w.clock.Advance(time.Minute)
	require.NoError(t, proceed("registration", "записано по ошибке"))
	require.Equal(t, "registration", w.view(filer, id).Step)
	w.clock.Advance(time.Minute)
	require.NoError(t, proceed("examination", ""))
	require.Equal(t, 3, w.letters("step"), "the same step again is told again")
	require.Equal(t, TurnInstitute, w.view(filer, id).Next.Turn, "where the desk only records, the institute acts")
	require.Equal(t, 1, w.count(`SELECT count(*) FROM audit WHERE action = 'filing.proceed' AND note = 'записано по ошибке'`))
}

// Nobody of the desk decides about an application that names them, and an expert sees only what they are
// appointed for.
func TestDeskRights(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	registrar, expert, other := w.clerk(account.Registrar), w.clerk(account.Expert), w.clerk(account.Expert)
	id := w.signedBy(filer, second)
	do := func(who Who, a Action) error {
		return w.tx(func(tx pgx.Tx) error { _, err := w.DeskLock(ctx, tx, who, id, a); return err })
	}
	appoint := func(account uuid.UUID) error {
		return w.tx(func(tx pgx.Tx) error { return w.Appoint(ctx, tx, registrar, id, account) })
	}
	require.True(t, fault.Is(do(expert, Ask), fault.NotFound), "not appointed: it does not exist")
	_, err := w.View(ctx, expert, id)
	require.True(t, fault.Is(err, fault.NotFound))
	require.NoError(t, appoint(expert.ID))
	require.NoError(t, do(expert, Ask))
	_, err = w.View(ctx, expert, id)
	require.NoError(t, err)
	require.True(t, fault.Is(do(expert, Issue), fault.Conflict))
	require.NoError(t, appoint(other.ID))
	require.True(t, fault.Is(do(expert, Ask), fault.NotFound), "reassigned")

	// The same people in a role of the desk.
	named := Who{ID: second.who.ID, Name: "Куандыков", Role: account.Registrar, Means: account.ByEDS}
	for _, a := range []Action{Ask, Refuse, Issue, Appoint} {
		require.ErrorIs(t, do(named, a), errOwnMatter, string(a))
	}
	require.NoError(t, do(named, Proceed), "what the institute did may record who is named")
	require.ErrorIs(t, appoint(second.who.ID), errExpertNamed)
	require.ErrorIs(t, appoint(clock.NewID()), errExpert)
	_, err = w.pool.Exec(ctx, `UPDATE account SET disabled = true WHERE id = $1`, expert.ID)
	require.NoError(t, err)
	require.ErrorIs(t, appoint(expert.ID), errExpert)
	require.True(t, fault.Is(do(w.office, Issue), fault.Conflict), "the office records, and issues nothing itself")
	require.NoError(t, do(w.office, RecordIssue))
	require.True(t, fault.Is(do(Who{ID: clock.NewID(), Role: account.Faculty, Means: account.ByEDS}, Proceed), fault.NotFound))
	require.NoError(t, do(Who{Role: account.Registrar, Means: account.ByEDS}, Proceed), "the program itself, by an institute's mail")
}

// A refusal names its ground in law, in the letter of each author and among the letters of the desk.
func TestRefusalNamesItsGround(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	registrar := w.clerk(account.Registrar)
	id := w.signedBy(filer, second)
	refuse := func(ground, text string) error {
		return w.tx(func(tx pgx.Tx) error { return w.Refuse(ctx, tx, registrar, id, ground, text) })
	}
	require.ErrorIs(t, refuse("no_such_ground", "Текст"), errGround)
	require.ErrorIs(t, refuse("not_protected", " "), errText)
	require.NoError(t, refuse("not_protected", "Официальный документ."))
	v := w.view(filer, id)
	require.Equal(t, Refused, v.State)
	require.NotNil(t, v.EndedAt)
	require.Equal(t, 2, w.letters("refused_office"))
	_, _, text := w.letterTo("refused_office")
	require.Contains(t, text, "статья 8")
	require.Contains(t, text, "Официальный документ.")
	require.Equal(t, "not_protected", w.correspondence(filer.who, id)[0].Ground)
	require.Equal(t, 1, w.count(`SELECT count(*) FROM application WHERE status = 'отказано'`))
	require.True(t, fault.Is(refuse("not_protected", "Ещё раз"), fault.Conflict))
	for _, g := range Grounds {
		for _, l := range i18n.All {
			require.NotEqual(t, g.Key, i18n.T(l, g.Key))
			require.NotEqual(t, g.Law, i18n.T(l, g.Law))
		}
	}
}

// What the desk noted by mistake is taken back from wherever it was, and the application goes on.
func TestReopenGoesOnWhereItStood(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	registrar := w.clerk(account.Registrar)
	record := func(id uuid.UUID) error {
		return w.tx(func(tx pgx.Tx) error { return w.Issued(ctx, tx, registrar, id, "78500", "2026-09-16", AtInstitute) })
	}
	refuse := func(id uuid.UUID) error {
		return w.tx(func(tx pgx.Tx) error { return w.Refuse(ctx, tx, registrar, id, "incomplete", "Нет листа.") })
	}
	reopen := func(id uuid.UUID, note string) error {
		return w.tx(func(tx pgx.Tx) error { return w.Reopen(ctx, tx, registrar, id, note) })
	}
	signed := w.signedBy(filer)
	queried := w.signedBy(filer)
	w.ask(registrar, queried)
	amending := w.signedBy(filer)
	w.ask(registrar, amending)
	require.NoError(t, w.Edit(ctx, filer.who, amending))
	amended := w.signedBy(filer, second)
	w.ask(registrar, amended)
	w.amend(filer, amended)
	submitted := w.paid(filer, second)
	w.submit(filer, submitted)
	for _, c := range []struct {
		id   uuid.UUID
		end  func(uuid.UUID) error
		want State
	}{{signed, record, Signed}, {signed, refuse, Signed}, {queried, record, Signed}, {amending, record, Amending}, {amending, refuse, Amending},
		{amended, record, Amended}, {amended, refuse, Amended}, {submitted, record, Submitted}} {
		w.clock.Advance(time.Minute)
		require.NoError(t, c.end(c.id), "%s", c.want)
		require.ErrorIs(t, reopen(c.id, ""), errReason)
		require.NoError(t, reopen(c.id, "записано не в ту заявку"), "%s", c.want)
		f, err := get(ctx, w.pool, c.id)
		require.NoError(t, err)
		require.Equal(t, c.want, f.State)
		require.Nil(t, f.EndedAt)
		require.Empty(t, f.CertificateNo+f.RefusalGround)
	}
	w.submit2(filer, amended, "again") // what was being answered can still be answered
	require.Equal(t, Submitted, w.state(amended))
	require.True(t, fault.Is(reopen(signed, "ничего не было"), fault.Conflict))
}

// Two clerks at once: one query is asked, the other clerk learns it.
func TestOneQueryAtATime(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer := w.human("Сагитова Меруерт")
	registrar := w.clerk(account.Registrar)
	id := w.signedBy(filer)
	var wait sync.WaitGroup
	var mu sync.Mutex
	asked := 0
	for range 8 {
		wait.Go(func() {
			err := w.tx(func(tx pgx.Tx) error {
				_, err := w.Ask(ctx, tx, registrar, id, NewLetter{Text: "Приложите титульный лист."})
				return err
			})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				asked++
			} else if !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	require.Equal(t, 1, asked)
	require.Equal(t, 1, w.letters("query"))
	require.Equal(t, 1, w.count(`SELECT last FROM filing_counter WHERE name = 'letter:out:2026'`), "no number was used up")
}
