package filing

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/payment"
)

func TestParticipantsAreCheckedAndNamedOnce(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	id, err := w.Create(ctx, filer.who, CopyrightWork, Author, false)
	require.NoError(t, err)
	bad := func(change func(*Entry), want string) {
		t.Helper()
		e := entry(second, Author)
		change(&e)
		_, err := w.AddParticipant(ctx, filer.who, id, e)
		var p Problems
		require.ErrorAs(t, err, &p)
		require.Equal(t, "filing.problem.participant_"+want, p[0].Key)
	}
	bad(func(e *Entry) { e.Number = "123" }, "iin_length")
	bad(func(e *Entry) { e.Number = "999999999999" }, "iin_date")
	bad(func(e *Entry) { e.Number = e.Number[:11] + string('0'+(e.Number[11]-'0'+1)%10) }, "iin_control")
	bad(func(e *Entry) { e.Type = Organisation }, "author_body")
	bad(func(e *Entry) { e.Role = "boss" }, "role")
	bad(func(e *Entry) { e.Name = " " }, "name")
	bad(func(e *Entry) { e.Email = "nobody" }, "email")
	bad(func(e *Entry) { e.Postcode = "4100" }, "postcode")
	bad(func(e *Entry) { e.Number = filer.IIN }, "twice")
	e := entry(second, Author)
	e.Address, e.Postcode, e.Email = "", "", "" // stays, and is a problem of the statement
	p, err := w.AddParticipant(ctx, filer.who, id, e)
	require.NoError(t, err)
	bad(func(e *Entry) { e.Role = Representative }, "twice")
	fields := map[string]bool{}
	for _, x := range w.view(filer, id).Problems {
		if x.Participant == p.String() && x.Tab == TabParticipants {
			fields[x.Field] = true
		}
	}
	require.Equal(t, map[string]bool{"address": true, "postcode": true, "email": true}, fields)
	v := w.view(filer, id)
	require.True(t, strings.HasPrefix(v.Participants[1].Masked, second.IIN[:4]+"•"))
	require.Empty(t, v.Participants[1].Number)
	require.True(t, v.Participants[0].Applicant, "who files is the applicant")

	number, err := w.RevealNumber(ctx, filer.who, id, p)
	require.NoError(t, err)
	require.Equal(t, second.IIN, number)
	_, err = w.RevealNumber(ctx, second.who, id, v.Participants[0].ID)
	require.Error(t, err, "another's number")
	number, err = w.RevealNumber(ctx, second.who, id, p)
	require.NoError(t, err)
	require.Equal(t, second.IIN, number)
	require.Equal(t, 2, w.count(`SELECT count(*) FROM audit WHERE action = 'filing.reveal_number'`))

	full := entry(second, Author)
	full.Number, full.Unmentioned = "", true
	require.NoError(t, w.ChangeParticipant(ctx, filer.who, id, p, full))
	require.True(t, w.view(filer, id).Participants[1].Unmentioned)
	require.Error(t, w.RemoveParticipant(ctx, filer.who, id, v.Participants[0].ID), "not the filer")
	require.NoError(t, w.RemoveParticipant(ctx, filer.who, id, p))
	_, err = w.View(ctx, second.who, id)
	require.True(t, fault.Is(err, fault.NotFound), "who is out sees nothing any more")
	_, err = w.AddParticipant(ctx, filer.who, id, entry(second, Author))
	require.NoError(t, err, "and may come back")
}

func TestAddressBookFillsAnEntry(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	w.complete(filer, second)
	found, err := w.Suggest(ctx, filer.who, "куанд")
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.NotContains(t, found[0].Masked, second.IIN)
	id, err := w.Create(ctx, filer.who, CopyrightWork, Author, false)
	require.NoError(t, err)
	_, err = w.AddParticipant(ctx, filer.who, id, Entry{Role: Author, Suggestion: found[0].ID})
	require.NoError(t, err)
	require.Equal(t, "ул. Абая, 1", w.view(filer, id).Participants[1].Address)
	others, err := w.Suggest(ctx, second.who, "")
	require.NoError(t, err)
	require.Empty(t, others, "everybody has a book of their own")
	_, err = w.AddParticipant(ctx, second.who, id, Entry{Role: Author, Suggestion: found[0].ID})
	require.Error(t, err)
	require.NoError(t, w.ForgetContact(ctx, filer.who, found[0].ID))
	found, err = w.Suggest(ctx, filer.who, "")
	require.NoError(t, err)
	require.Empty(t, found)
}

var token = regexp.MustCompile(`/sign/([A-Za-z0-9_-]+)`)

func TestInvitationIsForOnePersonAndOnce(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second, stranger := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар"), w.human("Имашев Тимур")
	id := w.complete(filer, second)
	p := w.view(filer, id).Participants
	require.Error(t, w.Invite(ctx, filer.who, id, p[0].ID), "nobody invites themselves")
	link := func() string {
		require.NoError(t, w.Invite(ctx, filer.who, id, p[1].ID))
		var text string
		require.NoError(t, w.pool.QueryRow(ctx, `SELECT body_text FROM letter WHERE topic = 'filing_invitation' ORDER BY id DESC LIMIT 1`).Scan(&text))
		return token.FindStringSubmatch(text)[1]
	}
	old := link()
	require.Equal(t, InviteSent, w.view(filer, id).Participants[1].Invitation.State)
	secret := link()
	_, err := w.OpenInvitation(ctx, old)
	require.True(t, fault.Is(err, fault.NotFound), "an earlier link stops working: %v", err)
	for range 3 { // a scanner of mail opens what it finds
		i, err := w.OpenInvitation(ctx, secret)
		require.NoError(t, err)
		require.Equal(t, "Аскар", i.Name)
		require.False(t, i.Used)
	}
	require.Equal(t, InviteOpened, w.view(filer, id).Participants[1].Invitation.State)
	_, err = w.AcceptInvitation(ctx, stranger.who, secret)
	require.True(t, fault.Is(err, fault.Forbidden), "%v", err)
	byLink := second.who
	byLink.Means = account.ByLink
	_, err = w.AcceptInvitation(ctx, byLink, secret)
	require.True(t, fault.Is(err, fault.Forbidden), "%v", err)
	got, err := w.AcceptInvitation(ctx, second.who, secret)
	require.NoError(t, err)
	require.Equal(t, id, got)
	require.Equal(t, InviteLogged, w.view(filer, id).Participants[1].Invitation.State)
	_, err = w.AcceptInvitation(ctx, second.who, secret)
	require.Error(t, err, "once")
	require.Zero(t, w.count(`SELECT count(*) FROM filing_invitation WHERE encode(token_hash, 'escape') LIKE '%' || $1 || '%'`, secret))
	third := link()
	w.clock.Advance(31 * 24 * time.Hour)
	_, err = w.OpenInvitation(ctx, third)
	require.Error(t, err, "links end")
}

// No personal number lies in any column of any table in the clear, at the end of the whole way.
func TestNumbersAreSealedEverywhere(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	id := w.paid(filer, second)
	_, err := w.Submit(ctx, filer.who, id, w.sign(second, w.content(filer, id)), "wrong")
	require.Error(t, err)
	w.submit(filer, id)
	require.NoError(t, w.Invite(ctx, filer.who, id, w.view(filer, id).Participants[1].ID))
	_, err = w.RevealNumber(ctx, w.office, id, w.view(filer, id).Participants[1].ID)
	require.NoError(t, err)
	_, _, err = w.SubmissionReceipt(ctx, filer.who, id)
	require.NoError(t, err)
	rows, err := w.pool.Query(ctx, `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'`)
	require.NoError(t, err)
	type column struct{ Table, Name string }
	columns, err := pgx.CollectRows(rows, pgx.RowToStructByPos[column])
	require.NoError(t, err)
	require.Greater(t, len(columns), 300)
	for _, c := range columns {
		for _, iin := range []string{filer.IIN, second.IIN} {
			q := fmt.Sprintf(`SELECT count(*) FROM %s WHERE position($1 in %s::text) > 0 OR position($2 in %s::text) > 0`,
				pgx.Identifier{c.Table}.Sanitize(), pgx.Identifier{c.Name}.Sanitize(), pgx.Identifier{c.Name}.Sanitize())
			if n := w.count(q, iin, fmt.Sprintf("%x", iin)); n > 0 {
				t.Errorf("%d personal numbers in %s.%s", n, c.Table, c.Name)
			}
		}
	}
}

func TestDocumentsAreWhatTheyShouldBe(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	id := w.complete(filer, second)
	attach := func(u Upload) error { _, err := w.Attach(ctx, filer.who, id, u); return err }
	for name, u := range map[string]Upload{
		"empty":              {Kind: WorkCopy, Content: strings.NewReader("")},
		"a picture":          {Kind: WorkCopy, Content: strings.NewReader("\x89PNG\r\n\x1a\n0000")},
		"a program":          {Kind: OtherDocument, Filename: "work.pdf", Content: strings.NewReader("MZ\x90\x00")},
		"a zip":              {Kind: WorkCopy, Filename: "work.docx", Content: bytes.NewReader(zipOf(map[string]string{"a": "b"}))},
		"too large":          {Kind: WorkCopy, Content: io.MultiReader(strings.NewReader("%PDF-1.4"), io.LimitReader(zeros{}, MaxDocument))},
		"without a person":   {Kind: IdentityCopy, Content: strings.NewReader("%PDF-1.4")},
		"of an unknown kind": {Kind: "song", Content: strings.NewReader("%PDF-1.4")},
	} {
		require.Error(t, attach(u), name)
	}
	v := w.view(filer, id)
	require.Len(t, v.Documents, 3)
	require.NoError(t, attach(Upload{Kind: WorkCopy, Filename: `C:\Users\x\..\new.pdf`, Content: strings.NewReader("%PDF-1.7 new"), Sheets: "двенадцать"}))
	v = w.view(filer, id)
	require.Len(t, v.Documents, 3, "of the work there is one copy")
	require.Len(t, v.Replaced, 1)
	work := v.Documents[len(v.Documents)-1]
	require.Equal(t, "new.pdf", work.Filename)
	require.Equal(t, "двенадцать", work.Sheets, "what was typed is not lost")
	require.Contains(t, fmt.Sprint(v.Problems), "filing.problem.sheets ")
	require.NoError(t, w.Describe(ctx, filer.who, id, work.ID, "12", "учебник"))
	require.NotContains(t, fmt.Sprint(w.view(filer, id).Problems), "filing.problem.sheets ")

	var identity Document
	for _, d := range v.Documents {
		if d.Participant != nil && *d.Participant == v.Participants[0].ID {
			identity = d
		}
	}
	require.True(t, identity.Sealed)
	_, _, err := w.OpenDocument(ctx, second.who, id, identity.ID)
	require.Error(t, err, "another's identity document")
	_, content, err := w.OpenDocument(ctx, w.office, id, identity.ID)
	require.NoError(t, err)
	data, err := io.ReadAll(content)
	require.NoError(t, err)
	require.Contains(t, string(data), "%PDF-1.4")
	require.Equal(t, 1, w.count(`SELECT count(*) FROM audit WHERE action = 'filing.open_document'`))
	_, content, err = w.OpenDocument(ctx, second.who, id, work.ID)
	require.NoError(t, err, "the work is everybody's who is named")
	require.NoError(t, content.Close())
	require.NoError(t, w.Detach(ctx, filer.who, id, work.ID))
	require.Contains(t, fmt.Sprint(w.view(filer, id).Problems), "need_work_copy")
	require.Equal(t, w.count(`SELECT count(DISTINCT file) FROM filing_document`), w.count(`SELECT count(*) FROM filing_file`), "the sweep knows every file")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestPreflightBlocksOrIsAnswered(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer := w.human("Сагитова Меруерт")
	w.pages = []string{"Практикум по алгебре", "УДК 547 ISBN 978-601-000-000-1"}
	id := w.complete(filer)
	require.True(t, w.view(filer, id).Documents[0].Check.Pending)
	_, err := w.FormStatement(ctx, filer.who, id)
	var problems Problems
	require.ErrorAs(t, err, &problems)
	require.Equal(t, TabDocuments, problems[0].Tab)
	require.Equal(t, 2, problems[0].Page)
	var isbn Finding
	for _, f := range w.view(filer, id).Documents[0].Check.Findings {
		if f.Code == "isbn" && f.Severity != SeverityOK {
			isbn = f
		}
	}
	require.Contains(t, isbn.Hit, "978-601")
	require.Error(t, w.AnswerFinding(ctx, filer.who, id, w.view(filer, id).Documents[0].ID, isbn.Key, AnswerNotSo), "what is sure cannot be answered away")

	w.pages = []string{"Сборник задач", "Задача 1"} // another title than the application has
	_, err = w.Attach(ctx, filer.who, id, Upload{Kind: WorkCopy, Filename: "b.docx", Content: bytes.NewReader(docx("b")), Sheets: "2"})
	require.NoError(t, err)
	w.clock.Advance(2 * time.Minute)
	require.NoError(t, w.Sweep(ctx))
	v := w.view(filer, id)
	doc := v.Documents[len(v.Documents)-1]
	require.False(t, doc.Check.Pending)
	for _, f := range doc.Check.Findings {
		t.Logf("%s %s %q", f.Severity, f.Message, f.Hit)
	}
	require.NotEmpty(t, v.Warnings)
	before := len(v.Warnings)
	for _, f := range doc.Check.Findings {
		if f.Severity == SeverityWarning {
			require.NoError(t, w.AnswerFinding(ctx, filer.who, id, doc.ID, f.Key, AnswerNotSo))
		}
	}
	require.Empty(t, w.view(filer, id).Warnings, "%d before", before)
	require.Error(t, w.AnswerFinding(ctx, filer.who, id, doc.ID, "no such", AnswerNotSo))
}

func TestRegisterExtractGoesTheSameWay(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer := w.human("Сагитова Меруерт")
	id, err := w.Create(ctx, filer.who, RegisterExtract, Author, false)
	require.NoError(t, err)
	v := w.view(filer, id)
	require.Len(t, v.Problems, 3, "%v", v.Problems)
	data := v.Data
	data.CertificateNo, data.CertificateDate, data.Purpose = "55942", "18.03.2025", "для конкурса"
	_, err = w.Save(ctx, filer.who, id, v.Version, data)
	require.NoError(t, err)
	w.form(filer, id)
	w.pay(filer, id)
	r := w.submit(filer, id)
	require.Equal(t, Signed, r.State, "nobody else signs")
	require.Equal(t, "2026-1", r.IncomingNo)
	require.Zero(t, w.count(`SELECT count(*) FROM application`), "no certificate is sought for it")
}

func TestRefundTakesTheFilingBackAndNeverAfterSubmission(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer := w.human("Сагитова Меруерт")
	id := w.paid(filer)
	var invoice = *w.view(filer, id).InvoiceID
	_, err := w.payments.Refund(ctx, actorOf(w.office), invoice, "ошибочный платёж")
	require.NoError(t, err)
	v := w.view(filer, id)
	require.Equal(t, Formed, v.State)
	require.Nil(t, v.PaidAt)
	other := w.paid(filer)
	w.submit(filer, other)
	_, err = w.payments.Refund(ctx, actorOf(w.office), *w.view(filer, other).InvoiceID, "передумал")
	require.True(t, fault.Is(err, fault.Conflict), "%v", err)
	list, err := w.payments.Invoices(ctx, payment.Filter{States: []payment.State{payment.Paid}})
	require.NoError(t, err)
	require.Len(t, list, 1)
}

func TestRecordsOfTheOtherKinds(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	owner, other := w.human("Сагитова Меруерт"), w.human("Имашев Тимур")
	r := Record{Kind: "invention", Title: "Способ очистки воды", Participants: "Сагитова М. Т.\nКуандыков А. М.", State: "filed"}
	_, err := w.SaveRecord(ctx, owner.who, r, nil)
	var p Problems
	require.ErrorAs(t, err, &p)
	require.Len(t, p, 2, "a filed one has a number and a day")
	r.Number, r.FiledOn, r.Filename = "2026/0123.1", "2026-09-01", "заявка.pdf"
	id, err := w.SaveRecord(ctx, owner.who, r, strings.NewReader("%PDF-1.4 record"))
	require.NoError(t, err)
	_, err = w.SaveRecord(ctx, owner.who, r, nil)
	require.ErrorAs(t, err, &p, "the same number twice")
	got, err := w.Record(ctx, owner.who, id)
	require.NoError(t, err)
	_, err = w.Record(ctx, other.who, id)
	require.True(t, fault.Is(err, fault.NotFound))
	_, err = w.Record(ctx, w.office, id)
	require.NoError(t, err)
	got.State = "granted"
	_, err = w.SaveRecord(ctx, other.who, got, nil)
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	_, err = w.SaveRecord(ctx, owner.who, got, nil)
	require.NoError(t, err)
	_, err = w.SaveRecord(ctx, owner.who, got, nil)
	require.True(t, fault.Is(err, fault.Conflict), "an older version: %v", err)
	kept, content, err := w.OpenRecordDocument(ctx, owner.who, id)
	require.NoError(t, err)
	require.NoError(t, content.Close())
	require.Equal(t, "заявка.pdf", kept.Filename)
	require.Equal(t, "granted", kept.State)
	counts, err := w.RecordCounts(ctx, owner.who, false)
	require.NoError(t, err)
	require.Equal(t, map[string]int{"invention": 1}, counts)
	require.Error(t, w.DeleteRecord(ctx, other.who, id))
	require.NoError(t, w.DeleteRecord(ctx, owner.who, id))
	list, err := w.Records(ctx, owner.who, "", false)
	require.NoError(t, err)
	require.Empty(t, list)
}
