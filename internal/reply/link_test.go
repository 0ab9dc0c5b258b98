package reply_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"kualik/internal/audit"
	"kualik/internal/fault"
	"kualik/internal/registry"
	"kualik/internal/reply"
	"kualik/internal/review"
)

var office = audit.Actor{ID: "11111111-1111-7111-8111-111111111111", Name: "Аружан И."}

func ref(c registry.Certificate) review.Ref { return review.Ref{ID: c.ID, Version: c.Version} }

// tap answers behind a link as its page is shown now.
func (h *house) tap(t *testing.T, token, answer string) error {
	t.Helper()
	l := h.look(t, token)
	return h.reply.Tap(t.Context(), token, reply.Tap{Answer: answer, Seen: l.Seen, Position: l.Suggested})
}

// letterOf sends a certificate from an address and gives the token of the answer.
func (h *house) letterOf(t *testing.T, from, number, authors string) string {
	t.Helper()
	h.send(t, mail{from: from, subject: "Свидетельство", text: "Прошу учесть", files: [][2]string{{"a.pdf", "certificate " + number + " " + authors}}})
	list := h.outbox(t, reply.TopicAnswer)
	return list[len(list)-1].token(t)
}

func TestAnAuthorConfirmsAndTakesItBack(t *testing.T) {
	h := newHouse(t)
	token := h.letterOf(t, "asqar@karatal.example", "78498", meruert+"; "+asqar)
	l := h.look(t, token)
	require.Equal(t, reply.Open, l.State)
	require.Equal(t, 2, l.Position)
	require.True(t, l.Decides)
	require.NotEmpty(t, l.Document)
	require.Equal(t, registry.DecisionReview, h.the(t, "78498").Authors[1].Decision)

	require.NoError(t, h.tap(t, token, reply.Yes))
	a := h.the(t, "78498").Authors[1]
	require.Equal(t, registry.DecisionConfirmed, a.Decision)
	require.Equal(t, h.staff[asqar], *a.StaffID)
	require.True(t, a.Human)
	l = h.look(t, token)
	require.Equal(t, reply.Answered, l.State)
	require.NotNil(t, l.UndoUntil)

	require.Equal(t, fault.Conflict, fault.KindOf(h.tap(t, token, reply.No)), "used once")
	require.Equal(t, registry.DecisionConfirmed, h.the(t, "78498").Authors[1].Decision)

	require.NoError(t, h.reply.Undo(t.Context(), token, false, nil))
	require.NoError(t, h.reply.Undo(t.Context(), token, false, nil), "the second tap finds it done")
	require.Equal(t, registry.DecisionReview, h.the(t, "78498").Authors[1].Decision)
	require.Equal(t, reply.Open, h.look(t, token).State)

	require.NoError(t, h.tap(t, token, reply.No))
	require.NotEqual(t, h.staff[asqar], h.the(t, "78498").Authors[1].StaffID)
	require.Equal(t, 1, h.count(t, `SELECT count(*) FROM refusal WHERE subject_id = $1`, h.staff[asqar]), "a no is remembered")
}

func TestLookingChangesNothing(t *testing.T) {
	h := newHouse(t)
	token := h.letterOf(t, "asqar@karatal.example", "78498", asqar)
	state := func() (s string) {
		require.NoError(t, h.pool.QueryRow(t.Context(), `SELECT (SELECT string_agg(l::text, '|') FROM reply_link l) || (SELECT string_agg(c::text, '|') FROM certificate c) ||
			(SELECT string_agg(a::text, '|' ORDER BY position) FROM certificate_author a) || (SELECT count(*) FROM audit)`).Scan(&s))
		return s
	}
	before := state()
	for range 3 {
		h.look(t, token)
	}
	require.Equal(t, before, state())
	_, err := h.reply.Look(t.Context(), token+"x")
	require.Equal(t, fault.NotFound, fault.KindOf(err))
}

func TestOfTwoTabsOneWins(t *testing.T) {
	h := newHouse(t)
	token := h.letterOf(t, "asqar@karatal.example", "78498", asqar)
	seen := h.look(t, token).Seen
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			answer := reply.Yes
			if i%2 == 1 {
				answer = reply.No
			}
			errs[i] = h.reply.Tap(t.Context(), token, reply.Tap{Answer: answer, Seen: seen})
		})
	}
	wg.Wait()
	taken := 0
	for _, err := range errs {
		if err == nil {
			taken++
		} else {
			require.Equal(t, fault.Conflict, fault.KindOf(err), err)
		}
	}
	require.Equal(t, 1, taken)
	require.Equal(t, 1, h.count(t, `SELECT count(*) FROM decision`))
}

func TestALinkExpires(t *testing.T) {
	h := newHouse(t)
	token := h.letterOf(t, "asqar@karatal.example", "78498", asqar)
	h.clock.Advance(7*24*time.Hour + 9*time.Hour) // 24.09. 23:00 in the office
	require.Equal(t, reply.Open, h.look(t, token).State, "the day that the letter names is whole")
	h.clock.Advance(2 * time.Hour)
	require.Equal(t, reply.Expired, h.look(t, token).State)
	require.Equal(t, fault.Conflict, fault.KindOf(h.tap(t, token, reply.Yes)))
	require.Equal(t, registry.DecisionReview, h.the(t, "78498").Authors[0].Decision)
}

func TestUndoIsForAWhileAndWhileNothingElseHappened(t *testing.T) {
	h := newHouse(t)
	late := h.letterOf(t, "asqar@karatal.example", "78498", asqar)
	require.NoError(t, h.tap(t, late, reply.Yes))
	h.clock.Advance(reply.UndoFor)
	require.Equal(t, fault.Conflict, fault.KindOf(h.reply.Undo(t.Context(), late, false, nil)))

	changed := h.letterOf(t, "asqar@karatal.example", "78499", asqar)
	require.NoError(t, h.tap(t, changed, reply.Yes))
	_, err := h.desk.LinkPerson(t.Context(), office, ref(h.the(t, "78499")), 1, nil)
	require.NoError(t, err)
	require.Equal(t, fault.Conflict, fault.KindOf(h.reply.Undo(t.Context(), changed, false, nil)))
	require.Equal(t, registry.NotStaff, h.the(t, "78499").Authors[0].Decision, "the desk's word stands")
}

func TestTheCertificateWasJoinedToAnotherMeanwhile(t *testing.T) {
	h := newHouse(t)
	_ = h.letterOf(t, "laura@karatal.example", "78498", asqar+"; "+laura)
	scan := h.send(t, mail{from: "asqar@karatal.example", subject: "x", text: "Прошу учесть", files: [][2]string{{"s.jpg", "scan 7849 " + asqar + "; " + laura}}})
	list := h.outbox(t, reply.TopicAnswer)
	token := list[1].token(t)
	seen := h.look(t, token).Seen
	target := h.the(t, "78498")
	_, err := h.desk.SameAs(t.Context(), office, ref(h.the(t, "7849")), target.ID)
	require.NoError(t, err)

	l := h.look(t, token)
	require.Equal(t, target.ID, l.Certificate.ID)
	require.Equal(t, reply.Open, l.State)
	require.Equal(t, fault.Conflict, fault.KindOf(h.reply.Tap(t.Context(), token, reply.Tap{Answer: reply.Yes, Seen: seen})), "the page showed another one")
	h.clock.Advance(time.Hour)
	require.NoError(t, h.reply.Sweep(t.Context()))
	decided := h.outbox(t, reply.TopicDecided)
	require.Len(t, decided, 1)
	require.Contains(t, decided[0].BodyText, "ещё одна копия")
	require.Equal(t, scan.ID.String(), decided[0].About[:36])

	require.NoError(t, h.tap(t, token, reply.Yes))
	require.Equal(t, registry.DecisionConfirmed, h.the(t, "78498").Authors[0].Decision)
}

// Expectations R10: who quotes another's number changes nothing.
func TestAStrangerOnlySaysSomething(t *testing.T) {
	h := newHouse(t)
	h.letterOf(t, "meruert@karatal.example", "78498", meruert+"; "+laura)
	before := h.the(t, "78498")
	token := h.letterOf(t, "stranger@mail.example", "78498", meruert+"; "+laura)
	l := h.look(t, token)
	require.False(t, l.Decides)
	require.Nil(t, l.StaffID)
	require.NoError(t, h.reply.Tap(t.Context(), token, reply.Tap{Answer: reply.No, Seen: l.Seen, Position: 1}))
	require.Equal(t, before, h.the(t, "78498"), "what was decided automatically stays and counts")

	queue, err := h.desk.Queue(t.Context(), review.Filter{})
	require.NoError(t, err)
	require.Len(t, queue, 1)
	require.Equal(t, "sender_says", queue[0].Reason)
	open, err := h.desk.Case(t.Context(), before.ID)
	require.NoError(t, err)
	require.Len(t, open.Said, 1)
	require.Equal(t, review.SaidNotMine, open.Said[0].Said)
	require.Equal(t, "stranger@mail.example", open.Said[0].Address)

	_, err = h.desk.CloseSaid(t.Context(), office, open.Said[0].ID)
	require.NoError(t, err)
	queue, err = h.desk.Queue(t.Context(), review.Filter{})
	require.NoError(t, err)
	require.Empty(t, queue)
	require.Equal(t, fault.Conflict, fault.KindOf(h.reply.Undo(t.Context(), token, false, nil)), "the desk has dealt with it")
}

func TestAStrangerSaysThatItIsTheirs(t *testing.T) {
	h := newHouse(t)
	token := h.letterOf(t, "stranger@mail.example", "78498", asqar+"; "+meruert)
	l := h.look(t, token)
	require.NoError(t, h.reply.Tap(t.Context(), token, reply.Tap{Answer: reply.Yes, Seen: l.Seen, Position: 1}))
	c := h.the(t, "78498")
	require.Equal(t, registry.DecisionReview, c.Authors[0].Decision)
	require.Equal(t, registry.Auto, c.Authors[1].Decision)
	says, err := h.desk.Says(t.Context(), c.ID)
	require.NoError(t, err)
	require.Equal(t, review.SaidMine, says[0].Said)
	require.False(t, says[0].Open, "an unknown address is evidence for the desk, not a case")

	require.NoError(t, h.reply.Undo(t.Context(), token, false, nil))
	says, err = h.desk.Says(t.Context(), c.ID)
	require.NoError(t, err)
	require.NotNil(t, says[0].WithdrawnAt)
}

func TestAMemberOfStaffWhomTheMachineDidNotAskIsHeardByTheDesk(t *testing.T) {
	h := newHouse(t)
	token := h.letterOf(t, "laura@karatal.example", "78498", "Ибрагимова Лаура Сериковна; "+meruert)
	l := h.look(t, token)
	require.NotNil(t, l.StaffID)
	require.Zero(t, l.Position)
	require.NoError(t, h.reply.Tap(t.Context(), token, reply.Tap{Answer: reply.Yes, Seen: l.Seen, Position: 1}))
	c := h.the(t, "78498")
	require.Equal(t, registry.NotStaff, c.Authors[0].Decision)
	queue, err := h.desk.Queue(t.Context(), review.Filter{Reason: "sender_says"})
	require.NoError(t, err)
	require.Len(t, queue, 1)
	says, err := h.desk.Says(t.Context(), c.ID)
	require.NoError(t, err)
	done, err := h.desk.FollowSaid(t.Context(), office, ref(c), says[0].ID)
	require.NoError(t, err)
	require.Equal(t, h.staff[laura], *h.the(t, "78498").Authors[0].StaffID)
	_, err = h.desk.Undo(t.Context(), office, done.ID)
	require.NoError(t, err)
	queue, err = h.desk.Queue(t.Context(), review.Filter{Reason: "sender_says"})
	require.NoError(t, err)
	require.Len(t, queue, 1, "undoing it asks again")
}

func TestACorrectionIsAProposalAndTheOldValueStays(t *testing.T) {
	h := newHouse(t)
	token := h.letterOf(t, "meruert@karatal.example", "78498", meruert+"; ИвановИван")
	l := h.look(t, token)
	fields := l.Certificate.Fields()
	wrong := reply.Tap{Answer: reply.Correct, Seen: l.Seen, Fields: fields}
	require.Equal(t, fault.Invalid, fault.KindOf(h.reply.Tap(t.Context(), token, wrong)), "nothing is proposed")
	before := h.the(t, "78498")
	fields.Authors = []string{fields.Authors[0], "ИВАНОВ ИВАН ИВАНОВИЧ"}
	fields.Title = "Органикалық химия"
	require.NoError(t, h.reply.Tap(t.Context(), token, reply.Tap{Answer: reply.Correct, Seen: l.Seen, Fields: fields, Note: "аты-жөні қосылып кеткен"}))
	require.Equal(t, before, h.the(t, "78498"))

	says, err := h.desk.Says(t.Context(), before.ID)
	require.NoError(t, err)
	require.True(t, says[0].Open)
	require.Nil(t, says[0].Fields.Number, "only what differs is proposed")
	done, err := h.desk.FollowSaid(t.Context(), office, ref(before), says[0].ID)
	require.NoError(t, err)
	after := h.the(t, "78498")
	require.Equal(t, "Органикалық химия", after.Title)
	require.Equal(t, "ИВАНОВ ИВАН ИВАНОВИЧ", after.Authors[1].Name)
	require.Equal(t, h.staff[meruert], *after.Authors[0].StaffID, "who keeps the name keeps the decision")
	require.Equal(t, 1, h.count(t, `SELECT count(*) FROM decision WHERE before->'certificate'->>'title' = $1`, before.Title), "the old value is kept")
	_, err = h.desk.Undo(t.Context(), office, done.ID)
	require.NoError(t, err)
	require.Equal(t, before.Title, h.the(t, "78498").Title)
}

// Expectations R24: the link of one person is not used by another who is logged in.
func TestAStolenLink(t *testing.T) {
	h := newHouse(t)
	token := h.letterOf(t, "asqar@karatal.example", "78498", asqar)
	l := h.look(t, token)
	thief, owner := h.staff[meruert], h.staff[asqar]
	for _, reader := range []*uuid.UUID{nil, &thief} {
		err := h.reply.Tap(t.Context(), token, reply.Tap{Answer: reply.Yes, Seen: l.Seen, LoggedIn: true, Reader: reader})
		require.Equal(t, fault.Forbidden, fault.KindOf(err))
		require.False(t, l.MayRead(true, reader))
	}
	require.NoError(t, h.reply.Tap(t.Context(), token, reply.Tap{Answer: reply.Yes, Seen: l.Seen, LoggedIn: true, Reader: &owner}))
	require.Equal(t, fault.Forbidden, fault.KindOf(h.reply.Undo(t.Context(), token, true, &thief)))
}

func TestAnAddressThatWentToSomebodyElseDecidesNothing(t *testing.T) {
	h := newHouse(t)
	token := h.letterOf(t, "asqar@karatal.example", "78498", asqar)
	_, err := h.pool.Exec(t.Context(), `UPDATE staff SET emails = '{}' WHERE id = $1`, h.staff[asqar])
	require.NoError(t, err)
	l := h.look(t, token)
	require.Nil(t, l.StaffID)
	require.NoError(t, h.reply.Tap(t.Context(), token, reply.Tap{Answer: reply.Yes, Seen: l.Seen, Position: 1}))
	require.Equal(t, registry.DecisionReview, h.the(t, "78498").Authors[0].Decision)
}

func TestWhatIsNoCertificateAnyMore(t *testing.T) {
	h := newHouse(t)
	token := h.letterOf(t, "asqar@karatal.example", "78498", asqar)
	_, err := h.desk.NotCertificate(t.Context(), office, ref(h.the(t, "78498")))
	require.NoError(t, err)
	require.Equal(t, reply.Gone, h.look(t, token).State)
	require.Equal(t, fault.Conflict, fault.KindOf(h.tap(t, token, reply.Yes)))
	h.clock.Advance(time.Hour)
	require.NoError(t, h.reply.Sweep(t.Context()))
	require.Contains(t, h.outbox(t, reply.TopicDecided)[0].BodyText, "в рейтинг не входит")
}

func TestWhoAnswersTheLastQuestionIsNotWrittenTo(t *testing.T) {
	h := newHouse(t)
	token := h.letterOf(t, "asqar@karatal.example", "78498", asqar)
	require.NoError(t, h.tap(t, token, reply.Yes))
	h.clock.Advance(time.Hour)
	require.NoError(t, h.reply.Sweep(t.Context()))
	require.Empty(t, h.outbox(t, reply.TopicDecided))
}

func TestAColleaguesLinkShowsWhoSentItAndDecides(t *testing.T) {
	h := newHouse(t)
	h.letterOf(t, "laura@karatal.example", "78498", meruert+"; "+laura)
	token := h.outbox(t, reply.TopicColleague)[0].token(t)
	l := h.look(t, token)
	require.Equal(t, laura, l.From)
	require.NotEmpty(t, l.Document)
	require.NoError(t, h.tap(t, token, reply.No))
	require.Equal(t, registry.NotStaff, h.the(t, "78498").Authors[0].Decision)
}
