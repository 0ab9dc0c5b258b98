package filing

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/payment"
)

// The term of an answer: reminders at half of it and on its last morning, once each however often the sweep
// comes; when it has passed the desk sees it, and an answer is still taken.
func TestTermOfAnAnswer(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	registrar := w.clerk(account.Registrar)
	id := w.signedBy(filer, second)
	query := w.ask(registrar, id)
	until := *w.view(filer, id).QueryUntil
	sweep := func(at time.Time) {
		w.clock.Advance(at.Sub(w.clock.Now()))
		for range 3 {
			require.NoError(t, w.Sweep(ctx))
		}
	}
	sweep(begin.Add(time.Hour))
	require.Zero(t, w.letters("query_remind"))
	sweep(begin.Add(until.Sub(begin)/2 + time.Minute))
	require.Equal(t, 1, w.letters("query_remind"))
	to, _, text := w.letterTo("query_remind")
	require.Equal(t, filer.Email, to, "who filed answers, and is reminded")
	require.Contains(t, text, "Приложите титульный лист.")
	sweep(until.Add(-2 * time.Hour))
	require.Equal(t, 2, w.letters("query_remind"))
	waiting, err := w.Waiting(ctx, w.pool)
	require.NoError(t, err)
	require.Empty(t, waiting)

	sweep(until.Add(time.Minute))
	require.Equal(t, 2, w.letters("query_remind"))
	waiting, err = w.Waiting(ctx, w.pool)
	require.NoError(t, err)
	require.Len(t, waiting, 1)
	require.Equal(t, query, waiting[0].Letter)
	v := w.view(filer, id)
	require.Equal(t, Queried, v.State, "the desk decides")
	require.Equal(t, "filing.next.queried_late", v.Next.Key)
	require.True(t, w.correspondence(filer.who, id)[0].Late)

	more := func(at time.Time) error {
		return w.tx(func(tx pgx.Tx) error { return w.MoreTime(ctx, tx, registrar, id, at, "просили") })
	}
	require.ErrorIs(t, more(until.Add(time.Second)), errUntil, "that has passed too")
	require.NoError(t, more(until.Add(72*time.Hour)))
	require.Equal(t, 1, w.letters("query_time"))
	waiting, err = w.Waiting(ctx, w.pool)
	require.NoError(t, err)
	require.Empty(t, waiting)
	sweep(until.Add(70 * time.Hour))
	require.Equal(t, 3, w.letters("query_remind"), "of the new term, the later of both that are due")
	sweep(until.Add(73 * time.Hour))
	require.NoError(t, w.AnswerLetter(ctx, filer.who, id, query, "Лист приложен.", nil))
	require.Equal(t, Signed, w.state(id))
}

// The applicant takes the application back from every state of the desk's; the desk learns it, and nothing
// is waited for any more.
func TestWithdrawalInEveryStateOfTheDesk(t *testing.T) {
	gone := 0
	w := newWorld(t, func(o *Options) { o.OnWithdrawn = func(context.Context, pgx.Tx, Filing) error { gone++; return nil } })
	ctx := context.Background()
	filer := w.human("Сагитова Меруерт")
	registrar := w.clerk(account.Registrar)
	for i, state := range []State{Signed, Queried, Amending, Amended} {
		id := w.signedBy(filer)
		if state != Signed {
			w.ask(registrar, id)
		}
		switch state {
		case Amending:
			require.NoError(t, w.Edit(ctx, filer.who, id))
		case Amended:
			w.amend(filer, id)
		}
		require.Equal(t, state, w.state(id))
		require.NoError(t, w.Withdraw(ctx, filer.who, id, "издаём иначе"))
		v := w.view(filer, id)
		require.Equal(t, Withdrawn, v.State)
		require.Nil(t, v.QueryUntil)
		require.Equal(t, i+1, gone)
		list := w.correspondence(registrar, id)
		require.Equal(t, Withdrawal, list[len(list)-1].Kind)
		for _, l := range list {
			require.False(t, l.Open())
			require.NotNil(t, l.At, "an answer that was being written is given up")
		}
	}
	require.Equal(t, 4, w.count(`SELECT count(*) FROM application WHERE status = 'отозвана'`))
	require.NoError(t, w.Sweep(ctx))
}

// After the issue the authors ask for a correction, the desk makes a new version or declines; of each kind one
// request is open at a time.
func TestRequestsAfterIssue(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	registrar := w.clerk(account.Registrar)
	id := w.signedBy(filer, second)
	request := func(h *human, kind LetterKind) error {
		return w.Request(ctx, h.who, id, string(kind), "В фамилии опечатка.", []Upload{{Filename: "t.pdf", Content: strings.NewReader("%PDF-1.4 t")}})
	}
	require.True(t, fault.Is(request(filer, RequestCorrection), fault.Conflict), "nothing is issued")
	issue := func(number string) error {
		return w.tx(func(tx pgx.Tx) error { return w.Issued(ctx, tx, registrar, id, number, "2026-09-16", OwnRegister) })
	}
	require.NoError(t, issue("78500"))
	require.ErrorIs(t, request(filer, Withdrawal), errInput)
	require.NoError(t, request(second, RequestCorrection), "the certificate is every author's")
	require.ErrorIs(t, request(filer, RequestCorrection), errRequest)
	require.NoError(t, request(filer, RequestChange))
	require.Equal(t, 2, w.letters("request_office"))
	open, err := w.OpenRequests(ctx, w.pool)
	require.NoError(t, err)
	require.Len(t, open, 2)

	write := func(l NewLetter) error {
		return w.tx(func(tx pgx.Tx) error { _, err := w.Write(ctx, tx, registrar, id, l); return err })
	}
	require.ErrorIs(t, write(NewLetter{Text: "Исправлено.", Answers: open[0].ID}), errInput, "how it ended must be said")
	require.NoError(t, issue("78500"))
	require.NoError(t, write(NewLetter{Text: "Исправлено.", Answers: open[0].ID, Closed: ClosedDone}))
	require.ErrorIs(t, write(NewLetter{Text: "Ещё раз.", Answers: open[0].ID, Closed: ClosedDone}), errLetter)
	require.NoError(t, write(NewLetter{Text: "Это не меняют.", Answers: open[1].ID, Closed: ClosedDeclined}))
	require.Equal(t, 2, w.letters("reissued"), "a new version, each author is told")
	require.Equal(t, 4, w.letters("note"))
	require.NoError(t, request(filer, RequestCorrection), "the next one")
	require.Equal(t, Issued, w.state(id))
}

// What the institute issued is recorded once, however often its mail is read.
func TestRecordedIssueIsTakenOnce(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer := w.human("Сагитова Меруерт")
	id := w.signedBy(filer)
	w.ask(w.office, id)
	for range 3 {
		require.NoError(t, w.tx(func(tx pgx.Tx) error {
			return w.Issued(ctx, tx, Who{Role: account.Registrar}, id, "78500", "2026-09-16", AtInstitute)
		}))
	}
	require.Equal(t, 1, w.letters("issued"))
	require.Zero(t, w.letters("reissued"))
	list := w.correspondence(filer.who, id)
	require.Equal(t, ClosedOvertaken, list[0].Closed)
	require.Equal(t, SourceInstitute, list[1].Source)
	for number, day := range map[string]string{"": "2026-09-16", "78501": "2026-09-17", strings.Repeat("7", 41): "2026-09-16"} {
		require.ErrorIs(t, w.tx(func(tx pgx.Tx) error { return w.Issued(ctx, tx, w.office, id, number, clock.Day(day), AtInstitute) }), errCertificate)
	}
	err := w.tx(func(tx pgx.Tx) error {
		list, err := w.payments.Invoices(ctx, payment.Filter{SubjectKind: SubjectKind, SubjectID: id})
		if err != nil {
			return err
		}
		return w.RefundAsked(ctx, tx, list[0])
	})
	require.True(t, fault.Is(err, fault.Conflict), "what is issued is not refunded")
}

// Letters go to the address in the person's EDS, else to that of the profile, else to the one that was typed: I-181.
func TestLettersGoToTheAddressOfTheEDS(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	registrar := w.clerk(account.Registrar)
	id := w.signedBy(filer, second)
	set := func(eds, said string) {
		_, err := w.pool.Exec(ctx, `UPDATE profile SET email_eds = $2, email = $3 WHERE account_id = $1`, second.who.ID, eds, said)
		require.NoError(t, err)
	}
	for i, c := range []struct{ eds, said, want string }{{"eds@karatal.example", "said@karatal.example", "eds@karatal.example"},
		{"", "said@karatal.example", "said@karatal.example"}, {"not an address", "", second.Email}} {
		set(c.eds, c.said)
		w.clock.Advance(time.Minute)
		step := []string{"appointment", "examination", "certificate"}[i]
		require.NoError(t, w.tx(func(tx pgx.Tx) error { return w.Proceed(ctx, tx, registrar, id, step, "") }))
		require.Equal(t, 1, w.count(`SELECT count(*) FROM letter WHERE topic = 'filing_step' AND recipient = $1 AND created_at = $2`, c.want, w.clock.Now()), "%+v", c)
	}
	m, err := w.Matter(ctx, w.pool, id)
	require.NoError(t, err)
	require.Equal(t, second.Email, m.Authors[1].Email)
	require.True(t, m.Authors[0].Filer && m.Authors[0].Signed && m.Authors[1].Signed)
	require.Equal(t, "2026-09-02", string(m.CreatedOn))
	require.NotEmpty(t, m.Statement.SHA256)
	require.NotContains(t, m.Authors[1].Masked, second.IIN)
}
