package app

import (
	"context"
	"encoding/json"
	"io"
	"iter"
	"sort"
	"strings"

	"github.com/google/uuid"

	"kualik/internal/i18n"
	"kualik/internal/rating"
	"kualik/internal/registry"
	"kualik/reports"
)

// certificateHeadings are the fields of the interchange format in their order; the last two are more than
// it asks for, so that --confirmed can take them in again.
var certificateHeadings = []string{"number", "registered_on", "created_on", "kind", "kind_text", "title", "authors", "verification_url",
	"confidence", "id", "reading", "application_decision", "application_ref", "received", "staff_ids", "author_decisions"}

// CertificateTable writes certificates as csv or xlsx, lists joined by "; ". ids nil means all.
func (a *App) CertificateTable(ctx context.Context, w io.Writer, format string, ids []uuid.UUID) error {
	return reports.Table(w, format, "certificates", certificateHeadings, rowsOf(func(emit func(registry.Row) error) error {
		return registry.Export(ctx, a.Pool, ids, emit)
	}, func(r registry.Row) []any {
		var names, staff, decisions, received []string
		for _, x := range r.Authors {
			names, staff, decisions = append(names, x.Name), append(staff, x.StaffID), append(decisions, string(x.Decision))
		}
		for _, x := range r.Received {
			received = append(received, x.MessageSHA256)
		}
		return []any{r.Number, r.RegisteredOn, r.CreatedOn, r.Kind, r.KindText, r.Title, join(names), r.VerificationURL,
			confidence(r), r.ID.String(), string(r.Reading), string(r.ApplicationDecision), r.ApplicationRef, join(received), join(staff), join(decisions)}
	}))
}

// CertificateLines writes certificates as JSON lines.
func (a *App) CertificateLines(ctx context.Context, w io.Writer, ids []uuid.UUID) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return registry.Export(ctx, a.Pool, ids, func(r registry.Row) error { return enc.Encode(r) })
}

// MailTable writes the mail ledger as csv or xlsx.
func (a *App) MailTable(ctx context.Context, w io.Writer, format string) error {
	headings := []string{"message_id", "uid", "uidvalidity", "mailbox", "received_at", "sha256", "outcome", "reason", "certificates"}
	return reports.Table(w, format, "mail", headings, rowsOf(func(emit func(registry.Ledger) error) error {
		return registry.ExportMail(ctx, a.Pool, emit)
	}, func(l registry.Ledger) []any {
		var ids []string
		for _, id := range l.Certificates {
			ids = append(ids, id.String())
		}
		return []any{l.MessageID, int(l.UID), int(l.UIDValidity), l.Mailbox, l.ReceivedAt, l.SHA256, l.Outcome, l.Reason, join(ids)}
	}))
}

// rowsOf turns a source that pushes into rows that are pulled.
func rowsOf[T any](source func(emit func(T) error) error, row func(T) []any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		stopped := false
		err := source(func(v T) error {
			if !yield(row(v), nil) {
				stopped = true
				return io.EOF
			}
			return nil
		})
		if err != nil && !stopped {
			yield(nil, err)
		}
	}
}

func join(list []string) string { return strings.Join(list, "; ") }

func confidence(r registry.Row) string {
	var parts []string
	for f, c := range r.Confidence {
		parts = append(parts, string(f)+"="+i18n.Decimal(i18n.EN, c, 2))
	}
	sort.Strings(parts)
	return join(parts)
}

// Workbook writes the rating's workbook: of a sealed snapshot when its id is given, else of the data as
// they are now, sealed.
func (a *App) Workbook(ctx context.Context, w io.Writer, p rating.Period, lang i18n.Lang, snapshot uuid.UUID) (*rating.Snapshot, error) {
	var s *rating.Snapshot
	var err error
	if snapshot != uuid.Nil {
		s, err = a.Rating.Snapshot(ctx, snapshot)
	} else {
		s, err = a.Rating.Seal(ctx, p)
	}
	if err != nil {
		return nil, err
	}
	o, err := a.Reports.Options(ctx, lang)
	if err != nil {
		return nil, err
	}
	return s, reports.Write(ctx, w, rating.Compute(s), o)
}

// exportListed writes just the certificates that a page lists.
func (a *App) exportListed(ctx context.Context, w io.Writer, format string, ids []uuid.UUID) error {
	if ids == nil {
		ids = []uuid.UUID{} // an empty list is not everything
	}
	if format == "jsonl" {
		return a.CertificateLines(ctx, w, ids)
	}
	return a.CertificateTable(ctx, w, format, ids)
}
