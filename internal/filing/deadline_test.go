package filing

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/internal/fault"
)

func local(month time.Month, day, hour, minute int) time.Time {
	return time.Date(2026, month, day, hour, minute, 0, 0, almaty)
}

// The term counts working days: over a weekend, and over holidays that are moved.
func TestTermForSignaturesCountsWorkingDays(t *testing.T) {
	for _, c := range []struct{ from, until time.Time }{
		{local(9, 16, 18, 41), local(9, 18, 18, 41)}, // Wednesday → Friday
		{local(9, 18, 11, 0), local(9, 22, 11, 0)},   // Friday → Tuesday
		{local(3, 19, 10, 0), local(3, 26, 10, 0)},   // Nauryz 21–23 March, Saturday and Sunday moved to the 24th and 25th
		{local(12, 15, 9, 30), local(12, 18, 9, 30)}, // Independence Day on the 16th
		{local(10, 23, 15, 0), local(10, 28, 15, 0)}, // Republic Day on Sunday 25 October, moved to the Monday
	} {
		w := newWorld(t)
		w.clock.Advance(c.from.Sub(w.clock.Now()))
		f := Filing{}
		w.term(&f, w.clock.Now())
		require.Equal(t, c.until.UTC(), *f.Deadline, "from %s", c.from)
	}
}

func TestRemindersGoOnceEach(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second, third := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар"), w.human("Нурбаева Лаура")
	id := w.paid(filer, second, third)
	w.submit(filer, id) // Wednesday 11:41, until Friday 11:41
	_, err := w.Sign(ctx, third.who, id, w.sign(third, w.content(third, id)))
	require.NoError(t, err)
	at := func(when time.Time, want int) {
		t.Helper()
		w.clock.Advance(when.Sub(w.clock.Now()))
		for range 3 {
			require.NoError(t, w.Sweep(ctx))
		}
		require.Equal(t, want, w.letters("remind"), "at %s", when)
	}
	at(local(9, 17, 11, 40), 0)
	at(local(9, 17, 11, 41), 1) // half of the term
	at(local(9, 18, 8, 59), 1)
	at(local(9, 18, 9, 0), 2) // the last morning
	require.Zero(t, w.count(`SELECT count(*) FROM letter WHERE topic = 'filing_remind' AND recipient = $1`, third.Email), "who has signed is left alone")

	p := w.view(filer, id).Participants
	require.NoError(t, w.Remind(ctx, filer.who, id, p[1].ID))
	require.Equal(t, 3, w.letters("remind"))
	require.True(t, fault.Is(w.Remind(ctx, filer.who, id, p[1].ID), fault.Conflict), "once a day")
	require.True(t, fault.Is(w.Remind(ctx, filer.who, id, p[2].ID), fault.Conflict), "has signed")
	require.Error(t, w.Remind(ctx, second.who, id, p[1].ID))
}

// After a pause of the program one letter goes, not two at once.
func TestRemindersAfterAPause(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	id := w.paid(filer, second)
	w.submit(filer, id)
	w.clock.Advance(local(9, 18, 10, 0).Sub(w.clock.Now()))
	require.NoError(t, w.Sweep(ctx))
	require.NoError(t, w.Sweep(ctx))
	require.Equal(t, 1, w.letters("remind"))
}

func TestExpiryWaitsForTheOffice(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	id := w.paid(filer, second)
	r := w.submit(filer, id)
	content := w.content(second, id)
	w.clock.Advance(r.Deadline.Sub(w.clock.Now()))
	require.True(t, w.view(second, id).Can(Sign), "to the last minute")
	w.clock.Advance(time.Second)
	_, err := w.Sign(ctx, second.who, id, w.sign(second, content))
	require.True(t, fault.Is(err, fault.Conflict), "late before anybody noticed: %v", err)
	require.False(t, w.view(second, id).Can(Sign))
	for range 2 {
		require.NoError(t, w.Sweep(ctx))
	}
	v := w.view(filer, id)
	require.Equal(t, Expired, v.State)
	require.Equal(t, TurnOffice, v.Next.Turn)
	require.Equal(t, SignLate, v.Participants[1].Sign)
	require.Equal(t, 1, w.letters("expired_office"))
	require.Equal(t, 2, w.letters("expired"))
	until := w.clock.Now().Add(24 * time.Hour)
	require.Error(t, w.Prolong(ctx, filer.who, id, until, "причина"), "only the office")
	require.Error(t, w.Prolong(ctx, w.office, id, until, " "), "with a reason")
	require.Error(t, w.Prolong(ctx, w.office, id, w.clock.Now(), "причина"))
	require.NoError(t, w.Prolong(ctx, w.office, id, until, "автор в отъезде"))
	require.Equal(t, 1, w.letters("prolonged"))
	v = w.view(filer, id)
	require.Equal(t, Submitted, v.State)
	require.Equal(t, until, *v.Deadline)
	last, err := w.Sign(ctx, second.who, id, w.sign(second, content))
	require.NoError(t, err)
	require.True(t, last)
	require.Equal(t, "2026-1", w.view(filer, id).IncomingNo, "late signatures keep the number")
}

func TestExpiryWithdrawsWhereThatIsSet(t *testing.T) {
	w, ctx := newWorld(t, func(o *Options) { o.Expiry = ExpiryWithdraw }), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	id := w.paid(filer, second)
	w.submit(filer, id)
	w.clock.Advance(49 * time.Hour)
	require.NoError(t, w.Sweep(ctx))
	v := w.view(filer, id)
	require.Equal(t, Withdrawn, v.State)
	require.Equal(t, "term", v.EndReason)
	app, err := w.apps.ByRef(ctx, "2026-1")
	require.NoError(t, err)
	require.Equal(t, "отозвана", app.Status)
}

func TestWithdrawalNeedsAReason(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	id := w.paid(filer, second)
	require.Error(t, w.Withdraw(ctx, filer.who, id, "ошибка в названии"), "not submitted yet")
	w.submit(filer, id)
	require.Error(t, w.Withdraw(ctx, filer.who, id, ""))
	require.Error(t, w.Withdraw(ctx, second.who, id, "ошибка в названии"))
	require.NoError(t, w.Withdraw(ctx, filer.who, id, "ошибка в названии"))
	require.Equal(t, Withdrawn, w.view(second, id).State)
	require.Equal(t, 2, w.letters("withdrawn"))
	require.Equal(t, 1, w.count(`SELECT count(*) FROM invoice WHERE state = 'paid'`), "the money stays")
}
