package desk

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/issuing"
)

// The whole way of registering: checked, given to an expert, examined, issued; the register answers later.
func TestFromRegistrationToCertificate(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	clerk, expert := w.account(account.Registrar, "Регистратор"), w.account(account.Expert, "Эксперт")
	f := w.filed(Registering, "Практикум по алгебре", "Ахметов Айдар Нурланович", "Сагитова Айгуль Маратовна")
	require.Equal(t, Received, w.read(f.id).State)
	require.Equal(t, "registrar", w.read(f.id).Turn())

	refused(t, w.Register(ctx, clerk, w.ref(f.id), map[string]Said{"documents": {Answer: Yes}}), fault.Invalid, "office.error.item")
	refused(t, w.Register(ctx, expert, w.ref(f.id), allYes(Registration)), fault.NotFound, "office.error.not_found")
	require.NoError(t, w.Register(ctx, clerk, w.ref(f.id), allYes(Registration)))
	c := w.read(f.id)
	require.Equal(t, Registered, c.State)
	require.Equal(t, "appointment", c.Step)
	require.Equal(t, "Регистратор", c.RegisteredBy)

	experts, err := w.Experts(ctx, w.pool, f.id)
	require.NoError(t, err)
	require.True(t, experts[0].Suggested)
	require.Equal(t, expert.ID, experts[0].ID)
	require.NoError(t, w.Appoint(ctx, clerk, w.ref(f.id), expert.ID))
	c = w.read(f.id)
	require.Equal(t, Examining, c.State)
	require.Equal(t, "examination", c.Step)
	require.Equal(t, 1, w.letters("desk_appointed"))

	refused(t, w.Conclude(ctx, expert, w.ref(f.id), Concluded{Said: map[string]Said{"object": {Answer: No}}, Conclusion: ConcludeIssue}), fault.Invalid, "office.error.item")
	require.NoError(t, w.Examine(ctx, expert, w.ref(f.id), map[string]Said{"object": {Answer: Yes}}, "начато"))
	require.NoError(t, w.Conclude(ctx, expert, w.ref(f.id), Concluded{Said: allYes(Examination), Remarks: "замечаний нет", Conclusion: ConcludeIssue}))
	c = w.read(f.id)
	require.Equal(t, Examined, c.State)
	require.Equal(t, "certificate", c.Step)
	_, _, err = w.Get(ctx, expert, f.id)
	require.NoError(t, err, "an expert sees their own case")

	ok, why := Can(c, Issue, Expert)
	require.False(t, ok)
	require.Equal(t, "office.why.only_registrar", why)
	require.NoError(t, w.Issue(ctx, clerk, w.ref(f.id)))
	require.Equal(t, Issuing, w.read(f.id).State)
	require.Equal(t, []issuing.Author{{Name: "Ахметов Айдар Нурланович"}, {Name: "Сагитова Айгуль Маратовна"}}, w.book.entries[0].Authors)
	err = pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error { return w.Withdrawn(ctx, tx, filing.Filing{ID: f.id}) })
	refused(t, err, fault.Conflict, "office.error.being_issued")

	w.seal(w.book.entries[0])
	c = w.read(f.id)
	require.Equal(t, Issued, c.State)
	require.Equal(t, "1", c.CertificateNo)
	require.Equal(t, "issued", one[string](w, `SELECT state FROM filing WHERE id = $1`, f.id))
	refused(t, w.Reopen(ctx, clerk, w.ref(f.id), "ошибка"), fault.Conflict, "office.why.in_register")
}

// Two people decide the same case at once: one of them does, the other is told who was faster.
func TestTwoDecideAtOnce(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	first, second := w.account(account.Registrar, "Первая"), w.account(account.Registrar, "Вторая")
	f := w.filed(Registering, "Практикум по алгебре", "Ахметов Айдар Нурланович")
	seen := w.ref(f.id)
	var wait sync.WaitGroup
	errs := make([]error, 2)
	for i, who := range []filing.Who{first, second} {
		wait.Go(func() {
			if i == 0 {
				errs[i] = w.Register(ctx, who, seen, allYes(Registration))
			} else {
				errs[i] = w.Refuse(ctx, who, seen, filing.Grounds[0].Code, filing.NewLetter{Text: "Документы неполны."})
			}
		})
	}
	wait.Wait()
	lost := errors.Join(errs...)
	require.True(t, errs[0] == nil != (errs[1] == nil), "%v", errs)
	var told *fault.Error
	require.ErrorAs(t, lost, &told)
	require.Equal(t, "office.error.decided", told.Key)
	winner := "Первая"
	if errs[0] != nil {
		winner = "Вторая"
	}
	require.Equal(t, winner, told.Args["Name"])
	require.Equal(t, 2, w.read(f.id).Version)
}

func TestNobodyDecidesTheirOwn(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	f := w.filed(Registering, "Практикум по алгебре", "Ахметов Айдар Нурланович", "Сагитова Айгуль Маратовна")
	clerk := w.account(account.Registrar, "Сагитова")
	w.exec(`UPDATE account SET iin_hash = (SELECT number_hash FROM filing_participant WHERE filing_id = $1 AND position = 2), iin_sealed = '\x00' WHERE id = $2`, f.id, clerk.ID)
	refused(t, w.Register(ctx, clerk, w.ref(f.id), allYes(Registration)), fault.Conflict, "office.error.own_matter")
	other := w.account(account.Registrar, "Другая")
	require.NoError(t, w.Register(ctx, other, w.ref(f.id), allYes(Registration)))
	w.exec(`UPDATE account SET role = 'expert' WHERE id = $1`, clerk.ID)
	refused(t, w.Appoint(ctx, other, w.ref(f.id), clerk.ID), fault.Conflict, "office.error.expert_named")
	list, err := w.Experts(ctx, w.pool, f.id)
	require.NoError(t, err)
	for _, x := range list {
		require.Equal(t, x.ID == clerk.ID, x.Named)
		require.False(t, x.Suggested, "nobody is left to be suggested")
	}
}

// Work is shared out evenly, an expert who goes leaves their cases to be given away, alone and in bulk.
func TestExpertsAndTheirLoad(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	clerk := w.account(account.Registrar, "Регистратор")
	experts := []filing.Who{w.account(account.Expert, "Первый"), w.account(account.Expert, "Второй"), w.account(account.Expert, "Третий")}
	var ids []uuid.UUID
	for range 6 {
		f := w.filed(Registering, "Практикум по алгебре", "Ахметов Айдар Нурланович")
		require.NoError(t, w.Register(ctx, clerk, w.ref(f.id), allYes(Registration)))
		ids = append(ids, f.id)
		w.clock.Advance(time.Minute)
	}
	moved, err := w.Reassign(ctx, clerk, ids, uuid.Nil)
	require.NoError(t, err)
	for _, m := range moved {
		require.NoError(t, m.Err)
	}
	for _, x := range experts {
		require.Equal(t, 2, one[int](w, `SELECT count(*)::int FROM filing WHERE expert = $1`, x.ID), x.Name)
	}
	w.exec(`UPDATE account SET disabled = true WHERE id = $1`, experts[0].ID)
	counts, err := w.Counts(ctx, clerk)
	require.NoError(t, err)
	require.Equal(t, 2, counts.Left)
	require.Equal(t, 2, counts.Lists[Unassigned])
	left, n, err := w.Queue(ctx, clerk, Filter{List: Unassigned, Limit: 10})
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.True(t, left[0].ExpertGone)
	_, _, err = w.Get(ctx, experts[1], left[0].FilingID)
	refused(t, err, fault.NotFound, "office.error.not_found")

	moved, err = w.Reassign(ctx, clerk, []uuid.UUID{left[0].FilingID, left[1].FilingID, uuid.New()}, experts[1].ID)
	require.NoError(t, err)
	require.NoError(t, moved[0].Err)
	require.NoError(t, moved[1].Err)
	require.Error(t, moved[2].Err, "one that is not there hinders no other")
	refused(t, w.Appoint(ctx, clerk, w.ref(left[0].FilingID), experts[1].ID), fault.Conflict, "office.error.same_expert")
	refused(t, w.Appoint(ctx, clerk, w.ref(left[0].FilingID), experts[0].ID), fault.Invalid, "office.error.no_expert")
	refused(t, w.Appoint(ctx, experts[1], w.ref(left[0].FilingID), experts[2].ID), fault.Conflict, "office.why.only_registrar")
	own, n, err := w.Queue(ctx, experts[1], Filter{List: Mine, Limit: 10})
	require.NoError(t, err)
	require.Equal(t, 4, n)
	require.Len(t, own, 4)
}

// A query and its answer: the case waits, comes back marked, and what was concluded about another statement is
// void.
func TestQueryAndAnswer(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	clerk, expert := w.account(account.Registrar, "Регистратор"), w.account(account.Expert, "Эксперт")
	f := w.filed(Registering, "Практикум по алгебре", "Ахметов Айдар Нурланович")
	require.NoError(t, w.Register(ctx, clerk, w.ref(f.id), allYes(Registration)))
	require.NoError(t, w.Appoint(ctx, clerk, w.ref(f.id), expert.ID))
	require.NoError(t, w.Conclude(ctx, expert, w.ref(f.id), Concluded{Said: allYes(Examination), Conclusion: ConcludeIssue}))
	require.NoError(t, w.Ask(ctx, clerk, w.ref(f.id), filing.NewLetter{Text: "Титульный лист без названия."}))
	c := w.read(f.id)
	require.Equal(t, Asked, c.State)
	require.Equal(t, "applicant", c.Turn())
	require.Equal(t, time.Date(2026, 9, 30, 6, 41, 0, 0, time.UTC), *c.Until, "ten working days")
	refused(t, w.Issue(ctx, clerk, w.ref(f.id)), fault.Conflict, "office.why.asked")
	require.NoError(t, w.MoreTime(ctx, clerk, w.ref(f.id), begin.AddDate(0, 0, 20), ""))
	w.clock.Advance(21 * 24 * time.Hour)
	late, n, err := w.Queue(ctx, clerk, Filter{List: Late, Limit: 5})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.True(t, late[0].Late(w.clock.Now()))

	back := func(statement string) {
		w.exec(`UPDATE filing_statement SET sha256 = $2 WHERE filing_id = $1`, f.id, statement)
		w.exec(`UPDATE filing SET state = 'signed', query_until = NULL WHERE id = $1`, f.id)
		require.NoError(t, pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error { return w.Submitted(ctx, tx, filing.Filing{ID: f.id}) }))
	}
	before := w.ref(f.id)
	back(c.Statement)
	c = w.read(f.id)
	require.Equal(t, Examined, c.State, "what was signed is the same")
	require.NotNil(t, c.AnsweredAt)
	refused(t, w.Issue(ctx, clerk, before), fault.Conflict, "office.error.changed")
	back("another")
	c = w.read(f.id)
	require.Equal(t, Examining, c.State, "another statement is to be examined")
	require.NotNil(t, c.AnsweredAt)
	require.NoError(t, w.Examine(ctx, expert, w.ref(f.id), nil, "смотрю"))
	require.Nil(t, w.read(f.id).AnsweredAt, "looked at")
}

// An expert proposes a refusal; the registrar refuses, or gives it back; a refusal by mistake is taken back.
func TestRefusalIsProposedAndTakenBack(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	clerk, expert := w.account(account.Registrar, "Регистратор"), w.account(account.Expert, "Эксперт")
	f := w.filed(Registering, "Практикум по алгебре", "Ахметов Айдар Нурланович")
	require.NoError(t, w.Register(ctx, clerk, w.ref(f.id), allYes(Registration)))
	require.NoError(t, w.Appoint(ctx, clerk, w.ref(f.id), expert.ID))
	x := Concluded{Conclusion: ConcludeRefuse, Ground: "not_protected"}
	refused(t, w.Conclude(ctx, expert, w.ref(f.id), x), fault.Invalid, "office.error.remarks")
	x.Remarks = "Официальный документ."
	require.NoError(t, w.Conclude(ctx, expert, w.ref(f.id), x))
	refused(t, w.Issue(ctx, clerk, w.ref(f.id)), fault.Conflict, "office.why.refusal_proposed")
	require.NoError(t, w.Return(ctx, clerk, w.ref(f.id), "Посмотрите ещё раз."))
	require.Equal(t, Examining, w.read(f.id).State)
	require.NoError(t, w.Conclude(ctx, expert, w.ref(f.id), x))
	refused(t, w.Refuse(ctx, expert, w.ref(f.id), x.Ground, filing.NewLetter{Text: "Отказ."}), fault.Conflict, "office.why.only_registrar")
	require.NoError(t, w.Refuse(ctx, clerk, w.ref(f.id), x.Ground, filing.NewLetter{Text: "Официальные документы не охраняются."}))
	require.Equal(t, Refused, w.read(f.id).State)
	require.NoError(t, w.Reopen(ctx, clerk, w.ref(f.id), "Отказ по ошибке."))
	require.Equal(t, Examined, w.read(f.id).State)
	require.NoError(t, w.Return(ctx, clerk, w.ref(f.id), "Выдать."))
	require.NoError(t, w.Conclude(ctx, expert, w.ref(f.id), Concluded{Said: allYes(Examination), Conclusion: ConcludeIssue}))
	require.Equal(t, "certificate", w.read(f.id).Step)
	require.NoError(t, w.Return(ctx, clerk, w.ref(f.id), "Ещё раз."))
	require.Equal(t, "examination", w.read(f.id).Step, "the step of the experts again")
}

// What the register cannot seal is taken back, and can be issued again.
func TestTakenBackFromTheRegister(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	clerk, expert := w.account(account.Registrar, "Регистратор"), w.account(account.Expert, "Эксперт")
	f := w.filed(Registering, "Практикум по алгебре", "Ахметов Айдар Нурланович")
	require.NoError(t, w.Register(ctx, clerk, w.ref(f.id), allYes(Registration)))
	require.NoError(t, w.Appoint(ctx, clerk, w.ref(f.id), expert.ID))
	require.NoError(t, w.Conclude(ctx, expert, w.ref(f.id), Concluded{Said: allYes(Examination), Conclusion: ConcludeIssue}))
	w.book.closed = fault.New(fault.Unavailable, "issuing.error.no_seal")
	refused(t, w.Issue(ctx, clerk, w.ref(f.id)), fault.Unavailable, "issuing.error.no_seal")
	require.Equal(t, Examined, w.read(f.id).State, "nothing is handed over without a seal")
	w.book.closed = nil
	require.NoError(t, w.Issue(ctx, clerk, w.ref(f.id)))
	require.NoError(t, w.TakeBack(ctx, clerk, w.ref(f.id), "ключ печати отозван"))
	require.Equal(t, issuing.GivenUp, w.book.entries[0].State)
	require.Equal(t, Examined, w.read(f.id).State)
	require.NoError(t, w.Issue(ctx, clerk, w.ref(f.id)))
	w.seal(w.book.entries[1])
	require.Equal(t, "2", w.read(f.id).CertificateNo)
}

// A request after the issue is answered by a later version of the certificate.
func TestCorrectionAnswersARequest(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	clerk, expert := w.account(account.Registrar, "Регистратор"), w.account(account.Expert, "Эксперт")
	f := w.filed(Registering, "Практикум по алгебре", "Ахметов Айдар Нурланович")
	require.NoError(t, w.Register(ctx, clerk, w.ref(f.id), allYes(Registration)))
	require.NoError(t, w.Appoint(ctx, clerk, w.ref(f.id), expert.ID))
	require.NoError(t, w.Conclude(ctx, expert, w.ref(f.id), Concluded{Said: allYes(Examination), Conclusion: ConcludeIssue}))
	require.NoError(t, w.Issue(ctx, clerk, w.ref(f.id)))
	w.seal(w.book.entries[0])
	filer := f.filer
	filer.Means = account.ByEDS
	require.NoError(t, w.filings.Request(ctx, filer, f.id, string(filing.RequestCorrection), "В названии опечатка.", nil))
	list, n, err := w.Queue(ctx, clerk, Filter{List: Requests, Limit: 5})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.True(t, list[0].Requested)
	request := one[uuid.UUID](w, `SELECT id FROM filing_letter WHERE kind = 'request_correction'`)
	c := issuing.Correction{Cause: issuing.TechnicalError, Reason: "опечатка", Title: "Практикум по алгебре, исправленный", CreatedOn: "2026-09-02", Authors: w.book.entries[0].Authors}
	refused(t, w.Correct(ctx, expert, w.ref(f.id), w.book.entries[0].ID, request, c), fault.Conflict, "office.why.only_registrar")
	w.book.entries = w.book.entries[:1] // a real register would have undone it
	require.NoError(t, w.Correct(ctx, clerk, w.ref(f.id), w.book.entries[0].ID, request, c))
	require.Equal(t, request, *w.read(f.id).Request)
	w.seal(w.book.entries[1])
	require.Nil(t, w.read(f.id).Request)
	require.Equal(t, "done", one[string](w, `SELECT closed FROM filing_letter WHERE id = $1`, request))
	require.Equal(t, 1, one[int](w, `SELECT count(*)::int FROM filing_letter WHERE answers = $1`, request))
}

func TestPetitionIsAnsweredAtOnce(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	clerk := w.account(account.Registrar, "Регистратор")
	f := w.filedAs(Registering, filing.RegisterExtract, filing.Data{CertificateNo: "№ 0017", CertificateDate: "16.09.2026", Purpose: "для банка"}, "Ахметов Айдар Нурланович")
	refused(t, w.Register(ctx, clerk, w.ref(f.id), allYes(Registration)), fault.Conflict, "office.why.other_mode")
	require.NoError(t, w.Issue(ctx, clerk, w.ref(f.id)))
	require.Equal(t, Issuing, w.read(f.id).State)
	require.Equal(t, "Ахметов Айдар Нурланович", w.book.extracts[0].Recipient)
	require.NoError(t, pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error { return w.Extracted(ctx, tx, w.book.extracts[0]) }))
	require.Equal(t, Issued, w.read(f.id).State)
	require.Equal(t, "2026-1", w.read(f.id).CertificateNo)
}

// A certificate is taken out of the register with a reason, once, by a registrar; the applicant is told.
func TestAnnulled(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	clerk, expert := w.account(account.Registrar, "Регистратор"), w.account(account.Expert, "Эксперт")
	f := w.filed(Registering, "Практикум по алгебре", "Ахметов Айдар Нурланович")
	require.NoError(t, w.Register(ctx, clerk, w.ref(f.id), allYes(Registration)))
	require.NoError(t, w.Appoint(ctx, clerk, w.ref(f.id), expert.ID))
	require.NoError(t, w.Conclude(ctx, expert, w.ref(f.id), Concluded{Said: allYes(Examination), Conclusion: ConcludeIssue}))
	require.NoError(t, w.Issue(ctx, clerk, w.ref(f.id)))
	w.seal(w.book.entries[0])
	w.book.entries[0].State = issuing.Valid
	refused(t, w.Annul(ctx, clerk, w.ref(f.id), " "), fault.Invalid, "office.error.note")
	require.NoError(t, w.Annul(ctx, clerk, w.ref(f.id), "решение суда от 1 сентября"))
	require.Equal(t, issuing.Annulled, w.book.entries[0].State)
	require.Equal(t, 1, one[int](w, `SELECT count(*)::int FROM filing_letter WHERE text LIKE '%аннулировано%решение суда%'`))
	require.Equal(t, 1, one[int](w, `SELECT count(*)::int FROM audit WHERE action = 'desk.annul'`))
	refused(t, w.Annul(ctx, clerk, w.ref(f.id), "ещё раз"), fault.Conflict, "issuing.error.not_valid")
}

// While signatures are waited for there is no query: what the application does not allow is no button.
func TestNoButtonThatTheApplicationRefuses(t *testing.T) {
	for state, want := range map[filing.State]string{filing.Submitted: "record", filing.Expired: "record", filing.Amending: "record more_time write refuse",
		filing.Queried: "record more_time write refuse reopen"} {
		c := Case{State: Asked, FilingState: state, Mode: Recording}
		var live []string
		for _, b := range Buttons(c, Registrar) {
			if b.Live {
				live = append(live, string(b.Action))
			}
		}
		require.Equal(t, want, strings.Join(live, " "), state)
	}
	require.Equal(t, "authors", Case{State: Asked, FilingState: filing.Submitted}.Turn())
	ok, _ := Can(Case{State: Issuing, Petition: true, Mode: Registering}, TakeBack, Registrar)
	require.False(t, ok, "an extract is not taken back")
}
