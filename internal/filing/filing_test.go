package filing

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"kualik/internal/account"
	"kualik/internal/fault"
)

// The whole way: draft, statement, payment, number, and the last signature.
func TestFromDraftToLastSignature(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second, third := w.human("Сагитова Меруерт Талгатовна"), w.human("Куандыков Аскар Маратович"), w.human("Нурбаева Лаура")
	id := w.paid(filer, second, third)

	v := w.view(filer, id)
	require.EqualValues(t, 100001, v.DraftNo)
	require.True(t, v.Can(SignAndSubmit))
	require.False(t, v.Can(Save))
	require.Equal(t, "filing.why.edit_first", v.Button(Save).Why)
	r := w.submit(filer, id)
	require.Equal(t, "2026-1", r.IncomingNo)
	require.Equal(t, Barcode(2026, 1), r.Barcode)
	require.Equal(t, begin.Add(48*time.Hour), *r.Deadline, "two working days later, at the same hour")
	require.Equal(t, 2, w.letters("sign"))
	require.Equal(t, 1, w.letters("submitted"))

	v = w.view(second, id)
	require.Equal(t, RelAuthor, v.Relation)
	require.True(t, v.Can(Sign))
	require.False(t, v.Can(Withdraw))
	content, err := w.ToSign(ctx, second.who, id)
	require.NoError(t, err)
	require.Equal(t, v.Statement.SHA256, content.Statement.SHA256)
	last, err := w.Sign(ctx, second.who, id, w.sign(second, content.Content))
	require.NoError(t, err)
	require.False(t, last)
	require.False(t, w.view(second, id).Can(Sign), "signed already")

	last, err = w.Sign(ctx, third.who, id, w.sign(third, content.Content))
	require.NoError(t, err)
	require.True(t, last)
	v = w.view(filer, id)
	require.Equal(t, Signed, v.State)
	require.Len(t, v.Statement.Signatures, 3)
	require.Equal(t, 3, w.letters("signed"))
	app, err := w.apps.ByRef(ctx, "2026-1")
	require.NoError(t, err)
	require.Equal(t, "Практикум по алгебре", app.Title)
	require.Len(t, app.Authors, 3)
	iins, err := w.apps.IINs(ctx, app.ID)
	require.NoError(t, err)
	require.Equal(t, []string{filer.IIN, second.IIN, third.IIN}, iins)

	name, pdf, err := w.SubmissionReceipt(ctx, filer.who, id)
	require.NoError(t, err)
	require.Equal(t, "kualik-2026-1.pdf", name)
	require.Contains(t, string(pdf), v.Statement.SHA256)
	require.Contains(t, string(pdf), "Waiting:[Куандыков Аскар Нурбаева Лаура]", "as it was at the submission")
	require.NotContains(t, string(pdf), second.IIN)
}

func TestNobodyElseSeesOrTouchesAFiling(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, stranger := w.human("Сагитова Меруерт"), w.human("Имашев Тимур")
	id := w.complete(filer)
	_, err := w.View(ctx, stranger.who, id)
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	_, err = w.Save(ctx, stranger.who, id, 1, Data{})
	require.True(t, fault.Is(err, fault.NotFound), "%v", err)
	v, err := w.View(ctx, w.office, id)
	require.NoError(t, err)
	require.Equal(t, RelOffice, v.Relation)
	_, err = w.Save(ctx, w.office, id, v.Version, v.Data)
	require.True(t, fault.Is(err, fault.Conflict), "%v", err)
	byPassword := filer.who
	byPassword.Means = account.ByPassword
	_, err = w.Save(ctx, byPassword, id, v.Version, v.Data)
	require.True(t, fault.Is(err, fault.Forbidden), "%v", err)
	list, n, err := w.List(ctx, stranger.who, Filter{Limit: 10})
	require.NoError(t, err)
	require.Empty(t, list)
	require.Zero(t, n)
	_, _, err = w.List(ctx, stranger.who, Filter{All: true})
	require.Error(t, err)
	list, _, err = w.List(ctx, w.office, Filter{All: true, Limit: 10, Query: "алгебре"})
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, "Сагитова Меруерт", list[0].OwnerName)
}

func TestTwoTabsAreAConflictAndNothingIsLost(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer := w.human("Сагитова Меруерт")
	id, err := w.Create(ctx, filer.who, CopyrightWork, Author, false)
	require.NoError(t, err)
	v := w.view(filer, id)
	first, second := v.Data, v.Data
	first.Title = "Алгебра"
	second.Title, second.CreatedOn = "Геометрия", "31.02.2026" // no such day, and kept all the same
	saved, err := w.Save(ctx, filer.who, id, v.Version, first)
	require.NoError(t, err)
	_, err = w.Save(ctx, filer.who, id, v.Version, second)
	var c *Conflict
	require.ErrorAs(t, err, &c)
	require.True(t, fault.Is(err, fault.Conflict))
	require.Equal(t, "Геометрия", c.Mine.Title)
	require.Equal(t, "Алгебра", c.Theirs.Title)
	require.Equal(t, []string{"title", "created_on"}, c.Fields)
	require.Equal(t, saved.Version, c.Version)
	again, err := w.Save(ctx, filer.who, id, v.Version, first)
	require.NoError(t, err, "what is there already is no conflict")
	require.Equal(t, saved.Version, again.Version)
	_, err = w.Save(ctx, filer.who, id, c.Version, c.Mine)
	require.NoError(t, err)
	require.Equal(t, "31.02.2026", w.view(filer, id).Data.CreatedOn)
}

func TestEmptyDraftNamesEveryPlace(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer := w.human("Сагитова Меруерт")
	id, err := w.Create(ctx, filer.who, CopyrightWork, Representative, true)
	require.NoError(t, err)
	v := w.view(filer, id)
	var keys []string
	for _, p := range v.Problems {
		keys = append(keys, p.Key[len("filing.problem."):])
	}
	require.Equal(t, []string{"title_empty", "created_empty", "reduction_empty", "participant_no_author", "need_work_copy",
		"need_power_of_attorney", "need_reduction_ground"}, keys)
	_, err = w.FormStatement(ctx, filer.who, id)
	var problems Problems
	require.True(t, errors.As(err, &problems))
	require.Len(t, problems, 7)
	require.True(t, fault.Is(err, fault.Invalid))
	data := v.Data
	data.Kind, data.CreatedOn, data.Postcode = "computer_program", "16.09.2026", "12"
	_, err = w.Save(ctx, filer.who, id, v.Version, data)
	require.NoError(t, err)
	keys = nil
	for _, p := range w.view(filer, id).Problems {
		keys = append(keys, p.Key[len("filing.problem."):])
	}
	require.Contains(t, keys, "created_late", "the day of filing itself is too late")
	require.Contains(t, keys, "postcode")
	require.Contains(t, keys, "need_abstract")
	require.Contains(t, keys, "need_source_text")
}

func TestEditVoidsStatementAndSignaturesAndThePaymentStays(t *testing.T) {
	w, ctx := newWorld(t, func(o *Options) { o.Order = AllFirst }), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	id := w.paid(filer, second)
	require.Equal(t, 1, w.letters("sign"))
	_, err := w.Submit(ctx, filer.who, id, w.sign(filer, w.content(filer, id)), "k")
	require.True(t, fault.Is(err, fault.Conflict), "the others sign first: %v", err)
	_, err = w.Sign(ctx, second.who, id, w.sign(second, w.content(second, id)))
	require.NoError(t, err)
	require.Equal(t, 1, w.letters("others_signed"))
	require.NoError(t, w.Edit(ctx, filer.who, id))
	v := w.view(filer, id)
	require.Equal(t, Draft, v.State)
	require.Nil(t, v.Statement)
	require.Len(t, v.Voided, 1)
	require.Len(t, v.Voided[0].Signatures, 1, "the void signature is seen")
	require.NotNil(t, v.PaidAt)
	_, err = w.Invoice(ctx, filer.who, id)
	require.Error(t, err, "it is paid")
	data := v.Data
	data.Title = "Практикум по геометрии"
	_, err = w.Save(ctx, filer.who, id, v.Version, data)
	require.NoError(t, err)
	require.Equal(t, 2, w.form(filer, id).Number)
	require.Equal(t, Paid, w.view(filer, id).State, "no second payment")
	old, oldBytes, err := w.OpenStatement(ctx, filer.who, id, v.Voided[0].ID)
	require.NoError(t, err)
	require.NotNil(t, old.VoidedAt)
	_, err = w.Sign(ctx, second.who, id, w.sign(second, oldBytes))
	require.Error(t, err, "a signature of the void statement")
	require.Equal(t, 1, w.letters("refused"))
	require.Equal(t, SignRefused, w.view(filer, id).Participants[1].Sign)
	_, err = w.Sign(ctx, second.who, id, w.sign(second, w.content(second, id)))
	require.NoError(t, err)
	require.Equal(t, Signed, w.submit(filer, id).State)
}

func TestDeletingSaysWhatBecomesOfTheMoney(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer := w.human("Сагитова Меруерт")
	unpaid := w.complete(filer)
	c, err := w.DeleteConsequence(ctx, filer.who, unpaid)
	require.NoError(t, err)
	require.Equal(t, "filing.delete.unpaid", c.Key)
	require.Error(t, w.Delete(ctx, filer.who, unpaid, ""))
	w.form(filer, unpaid)
	w.pay(filer, unpaid)
	require.True(t, fault.Is(w.Delete(ctx, filer.who, unpaid, c.Confirm), fault.Invalid), "paid meanwhile: it must be read again")
	c, err = w.DeleteConsequence(ctx, filer.who, unpaid)
	require.NoError(t, err)
	require.Equal(t, "filing.delete.paid", c.Key)
	require.NoError(t, w.Delete(ctx, filer.who, unpaid, c.Confirm))
	require.Equal(t, Deleted, w.view(filer, unpaid).State)
	require.Equal(t, 1, w.count(`SELECT count(*) FROM invoice WHERE state = 'refund_due'`))
	require.Equal(t, w.count(`SELECT count(*) FROM filing_document WHERE kind = 'identity_copy'`), w.count(`SELECT count(*) FROM filing_document WHERE erased_at IS NOT NULL AND file = ''`))
	require.Equal(t, 1, w.letters("deleted_paid"))
	list, n, err := w.List(ctx, filer.who, Filter{Limit: 5})
	require.NoError(t, err)
	require.Empty(t, list)
	require.Zero(t, n)
	_, err = w.View(ctx, filer.who, uuid.New())
	require.True(t, fault.Is(err, fault.NotFound))
}
