package filing

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"kualik/internal/account"
	"kualik/internal/fault"
)

// A query is answered in place by text and a file: nothing that was signed is touched, and the application is
// back at the desk at once.
func TestQueryIsAnsweredInPlace(t *testing.T) {
	came := 0
	w := newWorld(t, func(o *Options) { o.OnSubmitted = func(context.Context, pgx.Tx, Filing) error { came++; return nil } })
	ctx := context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	registrar := w.clerk(account.Registrar)
	id := w.signedBy(filer, second)
	before := w.view(filer, id)
	query := w.ask(registrar, id)
	v := w.view(filer, id)
	require.Equal(t, Queried, v.State)
	require.Equal(t, w.workdays(begin, 10), v.QueryUntil.UTC(), "the setting's working days")
	require.Nil(t, v.StepUntil, "the desk's term does not run while it waits")
	require.Equal(t, TurnFiler, v.Next.Turn)
	require.True(t, v.Can(Answer))
	require.False(t, w.view(second, id).Can(Answer))
	require.Equal(t, 2, w.letters("query"), "filer and author")
	_, _, text := w.letterTo("query")
	require.Contains(t, text, "Приложите титульный лист.")
	require.Contains(t, text, "/correspondence")
	c, err := w.Counts(ctx, filer.who, false)
	require.NoError(t, err)
	require.Equal(t, 1, c.MineToDo)

	require.True(t, fault.Is(w.AnswerLetter(ctx, second.who, id, query, "Отвечаю", nil), fault.Conflict), "who filed answers")
	lower := filer.who
	lower.Means = account.ByLink
	require.True(t, fault.Is(w.AnswerLetter(ctx, lower, id, query, "Отвечаю", nil), fault.Forbidden), "only with EDS")
	require.ErrorIs(t, w.AnswerLetter(ctx, filer.who, id, query, " ", nil), errText)
	require.Error(t, w.AnswerLetter(ctx, filer.who, id, query, "Отвечаю", []Upload{{Filename: "x.exe", Content: strings.NewReader("MZ...")}}))
	require.ErrorIs(t, w.AnswerLetter(ctx, filer.who, id, uuid.New(), "Отвечаю", nil), errNoQuery)
	require.Zero(t, w.count(`SELECT count(*) FROM filing_letter WHERE direction = 'in'`))

	w.clock.Advance(3 * time.Hour)
	files := []Upload{{Filename: `C:\Мои документы\титул.pdf`, Content: strings.NewReader("%PDF-1.4 титул")}}
	require.NoError(t, w.AnswerLetter(ctx, filer.who, id, query, "Лист приложен.", files))
	v = w.view(filer, id)
	require.Equal(t, Signed, v.State)
	require.Nil(t, v.QueryUntil)
	require.Equal(t, w.workdays(w.clock.Now(), 1), v.StepUntil.UTC(), "the step's term begins anew")
	require.Equal(t, before.Statement.ID, v.Statement.ID)
	require.Len(t, v.Statement.Signatures, 2)
	require.Equal(t, 2, came, "submitted, and answered")
	require.True(t, fault.Is(w.AnswerLetter(ctx, filer.who, id, query, "Ещё раз", nil), fault.Conflict), "it is answered once")

	list := w.correspondence(registrar, id)
	require.Len(t, list, 2)
	require.Equal(t, ClosedAnswered, list[0].Closed)
	require.Equal(t, "В-2026-1", list[1].Number)
	require.Equal(t, query, *list[1].Answers)
	require.Equal(t, "титул.pdf", list[1].Files[0].Filename)
	_, content, err := w.OpenLetterFile(ctx, registrar, id, list[1].ID, list[1].Files[0].ID)
	require.NoError(t, err)
	data, err := io.ReadAll(content)
	require.NoError(t, err)
	require.Equal(t, "%PDF-1.4 титул", string(data))
	require.Equal(t, 1, w.count(`SELECT count(*) FROM audit WHERE action = 'filing.open_letter_file'`))
	_, _, err = w.OpenLetterFile(ctx, w.human("Чужая Дана").who, id, list[1].ID, list[1].Files[0].ID)
	require.True(t, fault.Is(err, fault.NotFound))
	require.NotNil(t, w.correspondence(filer.who, id)[1].SeenAt, "the registrar has seen the answer")
	require.Equal(t, 1, w.count(`SELECT count(*) FROM kept_file WHERE sha256 = (SELECT file FROM filing_letter_file)`))
}

// Where what was signed changes, the answer is a new statement with new signatures of all; number, barcode and
// payment stay, and the void statement stays to be seen with its signatures.
func TestQueryIsAnsweredWithANewStatement(t *testing.T) {
	came := 0
	w := newWorld(t, func(o *Options) { o.OnSubmitted = func(context.Context, pgx.Tx, Filing) error { came++; return nil } })
	ctx := context.Background()
	filer, second, third := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар"), w.human("Имашева Гаухар")
	registrar := w.clerk(account.Registrar)
	id := w.signedBy(filer, second)
	require.NoError(t, w.tx(func(tx pgx.Tx) error { return w.Proceed(ctx, tx, registrar, id, "examination", "") }))
	first := w.view(filer, id)
	_, receipt, err := w.SubmissionReceipt(ctx, filer.who, id)
	require.NoError(t, err)
	query := w.ask(registrar, id)

	require.NoError(t, w.Edit(ctx, filer.who, id))
	v := w.view(filer, id)
	require.Equal(t, Amending, v.State)
	require.Nil(t, v.Statement)
	require.Len(t, v.Voided[0].Signatures, 2)
	require.NotNil(t, v.PaidAt)
	require.NotNil(t, v.QueryUntil, "the term runs on")
	require.False(t, v.Can(Pay) || v.Can(Invoice) || v.Can(Delete))
	require.True(t, v.Can(Save) && v.Can(Answer) && v.Can(Withdraw))
	require.Equal(t, 1, w.count(`SELECT count(*) FROM application WHERE title = 'Практикум по алгебре' AND status LIKE 'правится%'`))
	require.NoError(t, w.AnswerLetter(ctx, filer.who, id, query, "Название исправлено по титулу.", []Upload{{Filename: "t.pdf", Content: strings.NewReader("%PDF-1.4 t")}}))
	require.Len(t, w.correspondence(registrar, id), 1, "what is being written, the desk does not see")
	require.Len(t, w.correspondence(filer.who, id), 2)
	_, err = w.AddParticipant(ctx, filer.who, id, entry(third, Author))
	require.NoError(t, err)
	people := w.view(filer, id).Participants
	w.identity(filer, id, people[len(people)-1].ID)
	v = w.view(filer, id)
	data := v.Data
	data.Title, data.CreatedOn = "Практикум по алгебре, часть 1", "16.09.2026"
	w.pages = []string{data.Title}
	saved, err := w.Save(ctx, filer.who, id, v.Version, data)
	require.NoError(t, err)
	w.clock.Advance(26 * time.Hour)
	_, err = w.FormStatement(ctx, filer.who, id)
	require.True(t, fault.Is(err, fault.Invalid), "created on the day of the submission")
	data.CreatedOn = "02.09.2026"
	_, err = w.Save(ctx, filer.who, id, saved.Version, data)
	require.NoError(t, err)
	w.form(filer, id)
	v = w.view(filer, id)
	require.Equal(t, Amended, v.State)
	require.True(t, v.Can(SignAndSubmit))
	require.Equal(t, 2, v.Statement.Number)
	require.Equal(t, 1, w.count(`SELECT count(*) FROM application WHERE title = 'Практикум по алгебре'`), "what is not submitted is not sought")

	r := w.submit2(filer, id, "answer")
	require.Equal(t, first.IncomingNo, r.IncomingNo)
	require.Equal(t, first.Barcode, r.Barcode)
	v = w.view(filer, id)
	require.Equal(t, Submitted, v.State)
	require.Equal(t, first.SubmittedAt.UTC(), v.SubmittedAt.UTC())
	require.Equal(t, w.workdays(w.clock.Now(), 2), v.Deadline.UTC(), "the others have their days")
	require.Nil(t, v.QueryUntil, "the answer is given when the filer signs")
	require.Equal(t, "examination", v.Step, "the step stays")
	require.Equal(t, 1, came)
	require.Equal(t, 1, w.count(`SELECT count(*) FROM filing_number`))
	require.Equal(t, 1, w.count(`SELECT count(*) FROM invoice`))
	require.Equal(t, 1, w.count(`SELECT count(*) FROM application WHERE title = 'Практикум по алгебре, часть 1'`))
	require.Equal(t, 1, w.letters("resubmitted"))
	for _, author := range []*human{second, third} {
		_, err := w.Sign(ctx, author.who, id, w.sign(author, w.content(author, id)))
		require.NoError(t, err)
	}
	v = w.view(filer, id)
	require.Equal(t, Signed, v.State)
	require.Equal(t, 2, came)
	require.Equal(t, w.workdays(w.clock.Now(), 1), v.StepUntil.UTC())
	list := w.correspondence(registrar, id)
	require.Len(t, list, 2)
	require.Equal(t, "Название исправлено по титулу.", list[1].Text)
	require.Equal(t, v.Statement.ID, *list[1].Statement)
	require.Len(t, list[1].Files, 1)
	_, second2, err := w.SubmissionReceipt(ctx, filer.who, id)
	require.NoError(t, err)
	require.NotEqual(t, receipt, second2, "a receipt is of one statement")
	require.Equal(t, 2, w.count(`SELECT count(*) FROM filing_receipt`))
	_, old, err := w.OpenStatement(ctx, filer.who, id, v.Voided[0].ID)
	require.NoError(t, err)
	require.NotEmpty(t, old)
}

// The process dies before or after each thing that the resubmission leans on: the same key, or the sweep,
// brings it to one answer with the old number, and until then the application can go on.
func TestResubmissionIsResumedFromEveryPoint(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	registrar := w.clerk(account.Registrar)
	amended := func() uuid.UUID {
		w.pages = []string{"Практикум по алгебре"}
		id := w.signedBy(filer, second)
		w.ask(registrar, id)
		w.amend(filer, id)
		return id
	}
	id := amended()
	w.faults.set(0, false)
	w.submit2(filer, id, "k")
	calls := len(w.faults.calls)
	require.Greater(t, calls, 4, "%v", w.faults.calls)
	for point := 1; point <= calls; point++ {
		for i, how := range []string{"key", "sweep"} {
			after := (point+i)%2 == 0 // both for each point are twice the time and find the same
			t.Run(fmt.Sprintf("%d after=%t by %s", point, after, how), func(t *testing.T) {
				id := amended()
				number := w.view(filer, id).IncomingNo
				cms := w.sign(filer, w.content(filer, id))
				w.faults.set(point, after)
				_, err := w.Submit(ctx, filer.who, id, cms, "k")
				require.Error(t, err)
				v := w.view(filer, id)
				require.Equal(t, Amended, v.State, "whole and able to go on")
				require.True(t, v.Can(SignAndSubmit))
				require.Equal(t, 1, w.count(`SELECT count(*) FROM filing_letter WHERE filing_id = $1 AND closed = '' AND kind = 'query'`, id))
				w.faults.set(0, false)
				written := w.count(`SELECT count(*) FROM filing_submission WHERE filing_id = $1 AND key = 'k'`, id) == 1
				if how == "sweep" && written {
					w.clock.Advance(2 * time.Minute)
					require.NoError(t, w.Sweep(ctx))
				} else {
					_, err := w.Submit(ctx, filer.who, id, cms, "k")
					require.NoError(t, err)
				}
				v = w.view(filer, id)
				require.Equal(t, Submitted, v.State)
				require.Equal(t, number, v.IncomingNo)
				require.Equal(t, 1, w.count(`SELECT count(*) FROM filing_letter WHERE filing_id = $1 AND kind = 'answer' AND number <> ''`, id))
				require.Equal(t, 1, w.count(`SELECT count(*) FROM letter WHERE topic = 'filing_resubmitted' AND about LIKE $1`, id.String()+"%"))
				require.Equal(t, 3, w.count(`SELECT count(*) FROM signature WHERE subject_id = $1`, id), "two of the first statement, one of the second")
				again, err := w.Submit(ctx, filer.who, id, cms, "k")
				require.NoError(t, err)
				require.Equal(t, number, again.IncomingNo)
				again, err = w.Submit(ctx, filer.who, id, cms, "another tab")
				require.NoError(t, err)
				require.Equal(t, number, again.IncomingNo)
			})
		}
	}
	require.Equal(t, w.count(`SELECT count(*) FROM filing WHERE submitted_at IS NOT NULL`), w.count(`SELECT count(*) FROM filing_number`))
}

// A signature over the first statement does not submit the second, and the first try, asked about again, says
// what it said.
func TestOldTriesDoNotSubmitTheAnswer(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer := w.human("Сагитова Меруерт")
	registrar := w.clerk(account.Registrar)
	id := w.paid(filer)
	old := w.sign(filer, w.content(filer, id))
	_, err := w.Submit(ctx, filer.who, id, old, "k")
	require.NoError(t, err)
	w.ask(registrar, id)
	w.amend(filer, id)
	r, err := w.Submit(ctx, filer.who, id, old, "k")
	require.NoError(t, err, "that try is done")
	require.Equal(t, "2026-1", r.IncomingNo)
	require.Equal(t, Amended, w.state(id))
	_, err = w.Submit(ctx, filer.who, id, old, "k2")
	require.Error(t, err)
	require.Equal(t, Amended, w.state(id))
	require.Equal(t, "refused", w.view(filer, id).Submission.State)
	require.Equal(t, Signed, w.submit2(filer, id, "k3").State)
}

// All authors first: also the new statement is signed by the others before the filer.
func TestAnswerWhereAllSignFirst(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Order = AllFirst })
	ctx := context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	registrar := w.clerk(account.Registrar)
	id := w.paid(filer, second)
	sign := func() {
		_, err := w.Sign(ctx, second.who, id, w.sign(second, w.content(second, id)))
		require.NoError(t, err)
	}
	sign()
	w.submit(filer, id)
	require.Equal(t, Signed, w.state(id))
	w.ask(registrar, id)
	w.amend(filer, id)
	require.Equal(t, 2, w.count(`SELECT count(*) FROM letter WHERE topic = 'filing_sign'`), "the other is asked again")
	require.False(t, w.view(filer, id).Can(SignAndSubmit))
	_, err := w.Submit(ctx, filer.who, id, w.sign(filer, w.content(filer, id)), "early")
	require.ErrorIs(t, err, errOthersFirst)
	c, err := w.Counts(ctx, second.who, false)
	require.NoError(t, err)
	require.Equal(t, 1, c.MineToDo)
	sign()
	require.Equal(t, Signed, w.submit2(filer, id, "answer").State)
	require.Len(t, w.correspondence(registrar, id), 2)
}

// A new statement is examined anew, also where an expert had concluded about the one before.
func TestNewStatementGoesBackToTheExpert(t *testing.T) {
	for desk, want := range map[string]string{Registering: "examination", Recording: "certificate"} {
		w := newWorld(t)
		filer := w.human("Сагитова Меруерт")
		clerk := w.clerk(account.Registrar)
		id := w.signedBy(filer)
		_, err := w.pool.Exec(context.Background(), `UPDATE filing SET desk = $2, step = 'certificate' WHERE id = $1`, id, desk)
		require.NoError(t, err)
		w.ask(clerk, id)
		w.amend(filer, id)
		w.submit2(filer, id, "answer")
		require.Equal(t, want, w.view(filer, id).Step, desk)
	}
}

// A certificate names somebody: that all authors are left out is said before anything is signed.
func TestSomebodyIsMentioned(t *testing.T) {
	m := matter{Filing: Filing{Service: CopyrightWork}, people: []participantRow{{Role: Author, Filer: true, Unmentioned: true}}}
	var keys []string
	for _, p := range m.participantProblems() {
		keys = append(keys, p.Key)
	}
	require.Equal(t, []string{"filing.problem.participant_nobody_mentioned"}, keys)
	m.people[0].Unmentioned = false
	require.Empty(t, m.participantProblems())
}
