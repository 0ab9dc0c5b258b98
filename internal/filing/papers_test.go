package filing

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/internal/audit"
	"kualik/internal/blob"
	"kualik/internal/i18n"
	"kualik/internal/payment"
)

// The papers as they are really drawn: what is shown is what is stored, and stays the same bytes.
func TestPapersAreStoredBytes(t *testing.T) {
	w, ctx := newWorld(t, func(o *Options) { o.Papers = papers{} }), context.Background()
	filer, second := w.human("Сагитова Меруерт Талгатовна"), w.human("Куандыков Аскар Маратович")
	id := w.complete(filer, second)
	require.NoError(t, w.SetLang(ctx, filer.who, id, string(i18n.KK)))
	statement := w.form(filer, id)
	content := w.content(filer, id)
	require.True(t, bytes.HasPrefix(content, []byte("%PDF-")))
	require.Equal(t, statement.SHA256, blob.Sum(content))
	require.EqualValues(t, statement.Size, len(content))
	again, err := w.SignedContent(ctx, statement.SHA256)
	require.NoError(t, err)
	require.Equal(t, content, again)
	w.pay(filer, id)
	w.submit(filer, id)
	_, receipt, err := w.SubmissionReceipt(ctx, filer.who, id)
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(receipt, []byte("%PDF-")))
	_, err = w.Sign(ctx, second.who, id, w.sign(second, content))
	require.NoError(t, err)
	_, later, err := w.SubmissionReceipt(ctx, second.who, id)
	require.NoError(t, err)
	require.Equal(t, receipt, later, "a receipt does not change")
}

// An invoice freezes its price: the statement and the readiness say what will be paid, also after a new fee.
func TestInvoiceFreezesThePrice(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer := w.human("Сагитова Меруерт")
	id := w.complete(filer)
	before := w.view(filer, id).Price.Total
	w.form(filer, id)
	_, err := w.payments.AddFee(ctx, audit.System, payment.Rule{Kind: payment.BaseRule, Service: payment.CopyrightWork, ValidFrom: "2026-09-18", Amount: 700000, Note: "приказ"})
	require.NoError(t, err)
	w.clock.Advance(72 * time.Hour)
	require.Equal(t, before, w.view(filer, id).Price.Total)
	today, err := w.Price(ctx, CopyrightWork, "")
	require.NoError(t, err)
	require.Greater(t, today.Total, before)
}

// Two tabs of an author who comes for the first time, at once: reading never fails for the other's sake.
func TestFirstLookFromTwoTabs(t *testing.T) {
	w, ctx := newWorld(t), context.Background()
	filer, second := w.human("Сагитова Меруерт"), w.human("Куандыков Аскар")
	id := w.complete(filer, second)
	done := make(chan error, 8)
	for range cap(done) {
		go func() { _, err := w.View(ctx, second.who, id); done <- err }()
	}
	for range cap(done) {
		require.NoError(t, <-done)
	}
}
