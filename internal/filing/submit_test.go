package filing

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"kualik/internal/fault"
	"kualik/internal/signing"
)

// Fifty submissions at once, each of them twice with its key and once with another: fifty numbers from 1 to
// 50 without a gap, and each filing says the same of itself to everybody.
func TestNumbersAreGaplessUnderParallelSubmissions(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	const filings = 50
	filer := w.human("Сагитова Меруерт")
	ids, cms := make([]uuid.UUID, filings), make([][]byte, filings)
	for i := range ids {
		ids[i] = w.paid(filer)
		cms[i] = w.sign(filer, w.content(filer, ids[i]))
	}
	var wait sync.WaitGroup
	var mu sync.Mutex
	answers := map[uuid.UUID]map[string]bool{}
	for i, id := range ids {
		answers[id] = map[string]bool{}
		for _, key := range []string{"a", "a", "b"} {
			wait.Go(func() {
				r, err := w.Submit(ctx, filer.who, id, cms[i], key)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Errorf("%s: %v", key, err)
				}
				answers[id][r.IncomingNo+" "+r.Barcode] = true
			})
		}
	}
	wait.Wait()
	for id, said := range answers {
		require.Len(t, said, 1, "%s was told %v", id, said)
	}
	require.Equal(t, filings, w.count(`SELECT count(DISTINCT n) FROM filing_number`))
	require.Equal(t, filings, w.count(`SELECT max(n) FROM filing_number`))
	require.Equal(t, filings, w.count(`SELECT count(*) FROM application`))
	require.Equal(t, filings, w.count(`SELECT count(*) FROM filing_signature`))
	require.Equal(t, filings, w.letters("submitted"))
	require.Equal(t, filings, w.count(`SELECT last FROM filing_counter WHERE name = 'incoming:2026'`))
}

// The process dies before or after each thing that a submission leans on. Whatever it was, the same key, or
// the sweep, brings it to exactly one number, and until then the paid application can go on.
func TestSubmissionIsResumedFromEveryPoint(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	id := w.paid(filer, second)
	w.faults.set(0, false)
	w.submit(filer, id)
	calls := len(w.faults.calls)
	require.Greater(t, calls, 4, "%v", w.faults.calls)
	submitted := 1
	for point := 1; point <= calls; point++ {
		for _, after := range []bool{false, true} {
			for _, how := range []string{"key", "sweep"} {
				t.Run(fmt.Sprintf("%d after=%t by %s", point, after, how), func(t *testing.T) {
					id := w.paid(filer, second)
					cms := w.sign(filer, w.content(filer, id))
					w.faults.set(point, after)
					_, err := w.Submit(ctx, filer.who, id, cms, "k")
					require.Error(t, err)
					v := w.view(filer, id)
					require.Equal(t, Paid, v.State, "paid, whole and able to go on")
					require.True(t, v.Can(SignAndSubmit))
					require.Empty(t, v.IncomingNo)
					require.Equal(t, submitted, w.count(`SELECT last FROM filing_counter WHERE name = 'incoming:2026'`), "no number was used up")
					w.faults.set(0, false)
					written := w.count(`SELECT count(*) FROM filing_submission WHERE filing_id = $1`, id) == 1
					if how == "sweep" && written {
						w.clock.Advance(2 * time.Minute)
						require.NoError(t, w.Sweep(ctx))
					} else {
						_, err := w.Submit(ctx, filer.who, id, cms, "k")
						require.NoError(t, err)
					}
					submitted++
					v = w.view(filer, id)
					require.Equal(t, Submitted, v.State)
					require.Equal(t, fmt.Sprintf("2026-%d", submitted), v.IncomingNo)
					require.Equal(t, 1, w.count(`SELECT count(*) FROM letter WHERE topic = 'filing_submitted' AND about LIKE $1`, id.String()+"%"))
					require.Equal(t, 1, w.count(`SELECT count(*) FROM letter WHERE topic = 'filing_sign' AND about LIKE $1`, id.String()+"%"))
					require.Equal(t, 1, w.count(`SELECT count(*) FROM signature WHERE subject_id = $1`, id))
					again, err := w.Submit(ctx, filer.who, id, cms, "k")
					require.NoError(t, err)
					require.Equal(t, v.IncomingNo, again.IncomingNo)
				})
			}
		}
	}
	require.Equal(t, submitted, w.count(`SELECT count(*) FROM filing_number`))
}

func TestSameKeyOtherSignatureIsRefused(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	id := w.paid(filer, second)
	_, err := w.Submit(ctx, filer.who, id, w.sign(second, w.content(filer, id)), "k")
	require.Equal(t, "other_person", signing.Code(err))
	v := w.view(filer, id)
	require.Equal(t, Paid, v.State)
	require.Equal(t, "refused", v.Submission.State)
	require.NotContains(t, w.Say("ru", v.Submission.Reason, nil), "no value")
	require.Equal(t, SignRefused, v.Participants[0].Sign)
	_, err = w.Submit(ctx, filer.who, id, w.sign(filer, w.content(filer, id)), "k")
	require.True(t, fault.Is(err, fault.Conflict), "%v", err)
	_, err = w.Submit(ctx, filer.who, id, w.sign(second, w.content(filer, id)), "")
	require.True(t, fault.Is(err, fault.Invalid), "%v", err)
	_, err = w.Submit(ctx, second.who, id, w.sign(second, w.content(filer, id)), "k2")
	require.Error(t, err, "another author does not submit")
	require.Zero(t, w.count(`SELECT count(*) FROM filing_number`))
	require.Equal(t, Submitted, w.submit2(filer, id, "k3").State)
}

func (w *world) submit2(h *human, id uuid.UUID, key string) Receipted {
	w.t.Helper()
	r, err := w.Submit(context.Background(), h.who, id, w.sign(h, w.content(h, id)), key)
	require.NoError(w.t, err)
	return r
}

// "Paid and signed, but no number": the office is told once, the page shows whom to ask, and when what was
// away comes back the number is given without anybody doing anything.
func TestWatchdogOfPaidAndSignedWithoutNumber(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer := w.human("Сагитова Меруерт")
	id := w.paid(filer)
	cms := w.sign(filer, w.content(filer, id))
	w.faults.set(2, false) // the first call stores the signature
	_, err := w.Submit(ctx, filer.who, id, cms, "k")
	require.True(t, fault.Is(err, fault.Unavailable), "%v", err)
	for range 15 {
		w.clock.Advance(time.Minute)
		w.faults.set(1, false)
		require.NoError(t, w.Sweep(ctx))
	}
	v := w.view(filer, id)
	require.True(t, v.Submission.Stuck)
	require.Equal(t, "support@kazpatent.kz", v.Support)
	require.Equal(t, 1, w.letters("stuck_office"))
	require.Equal(t, 1, w.letters("stuck"))
	n, err := w.Stuck(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	w.faults.set(0, false)
	w.clock.Advance(time.Minute)
	require.NoError(t, w.Sweep(ctx))
	require.Equal(t, "2026-1", w.view(filer, id).IncomingNo)
	n, err = w.Stuck(ctx)
	require.NoError(t, err)
	require.Zero(t, n)
}

// The number belongs to the year in the installation's zone, and each year begins with 1.
func TestNumbersBeginAnewEachYear(t *testing.T) {
	w := newWorld(t)
	filer := w.human("Сагитова Меруерт")
	a, b, c := w.paid(filer), w.paid(filer), w.paid(filer)
	require.Equal(t, "2026-1", w.submit(filer, a).IncomingNo)
	require.Equal(t, "2026-2", w.submit(filer, b).IncomingNo)
	w.clock.Advance(time.Date(2026, 12, 31, 19, 0, 0, 0, time.UTC).Sub(w.clock.Now())) // midnight in Almaty
	require.Equal(t, "2027-1", w.submit(filer, c).IncomingNo)
}
