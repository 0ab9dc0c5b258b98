package chase_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"kualik/internal/application"
	"kualik/internal/chase"
	"kualik/internal/clock"
	"kualik/internal/i18n"
)

// filed is an application of Kualik in a state, with an author of the staff and one from outside whose address
// the filer typed.
func (w *world) filed(no, state, desk string) {
	w.t.Helper()
	ctx := w.t.Context()
	id, owner, now := clock.NewID(), clock.NewID(), w.clock.Now()
	exec := func(sql string, args ...any) {
		_, err := w.pool.Exec(ctx, sql, args...)
		require.NoError(w.t, err)
	}
	exec(`INSERT INTO account (id, email, name, role, created_at) VALUES ($1, $2, 'Өтінім беруші', 'author', $3)`, owner, no+"@x.example", now)
	exec(`INSERT INTO filing (id, draft_no, service, state, owner, filer_role, reduced, lang, data, version, changed_by, changed_at, created_at,
			paid_at, incoming_no, submitted_at, signed_at, scheme, step, step_at, desk, refusal_ground, certificate_no, certificate_on, issued_at, query_until)
		VALUES ($1, (SELECT count(*) FROM filing) + 1, 'copyright_work', $2, $3, 'author', false, 'kk', '{}', 1, '', $4, $4, $4, $5, $4, $4, 1, 'registration', $4, $6,
			CASE WHEN $2 = 'refused' THEN 'x' ELSE '' END, CASE WHEN $2 = 'issued' THEN '79001' ELSE '' END, CASE WHEN $2 = 'issued' THEN '2026-03-05'::date END,
			CASE WHEN $2 = 'issued' THEN $4::timestamptz END, CASE WHEN $2 = 'queried' THEN $4::timestamptz END)`, id, state, owner, now, no, desk)
	for i, p := range []struct{ iin, name, email string }{{"610914499100", "КУАНДЫКОВ АСКАР", ""}, {"910101300019", "Сыртқы Адам", "outside@x.example"}} {
		exec(`INSERT INTO filing_participant (id, filing_id, position, role, type, filer, number_sealed, number_hash, name, unmentioned, country, city, address, postcode, phone, email, created_at)
			VALUES ($1, $2, $3, 'author', 'individual', $4, '', $5, $6, false, 'KZ', '', '', '', '', $7, $8)`,
			clock.NewID(), id, i+1, i == 0, w.hash(p.iin), p.name, p.email, now)
	}
	require.NoError(w.t, pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error {
		return w.apps.PutKualik(ctx, tx, application.Filed{Ref: no, Title: "Еңбек " + no, FiledOn: "2026-03-02", Status: state, At: now,
			Authors: []application.FiledAuthor{{Name: "КУАНДЫКОВ АСКАР", IIN: "610914499100"}, {Name: "Сыртқы Адам", IIN: "910101300019"}}})
	}))
}

// Of Kualik's own applications a certificate is missing when it was issued and has not come back, and where the
// institute registers, when everybody has signed long ago.
func TestApplicationsOfKualik(t *testing.T) {
	w := newWorld(t)
	w.importApplications("application_ref,title,authors,filed_on\n")
	w.filed("2026-1", "issued", "registering")
	w.filed("2026-2", "signed", "registering")
	w.filed("2026-3", "signed", "recording")
	w.filed("2026-4", "issued", "recording")
	for i, state := range []string{"submitted", "queried", "refused", "withdrawn", "expired"} {
		w.filed("2026-1"+string(rune('0'+i)), state, "recording")
	}
	w.goes("2026-03-17", 8)
	require.Equal(t, "2026-3", kualiks(w), "signed on the 2nd; what was issued on the 5th is late on the 20th")
	w.goes("2026-03-20", 8)
	require.Equal(t, "2026-3 2026-1 2026-4", kualiks(w))
	x := w.must("2026-1")
	require.NotNil(t, x.Filing)
	require.Equal(t, "79001", x.Number)
	require.Equal(t, clock.Day("2026-03-05"), x.Since)
	require.Empty(t, x.Status, "a filing's state is its own matter")

	w.goes("2026-03-20", 10)
	_, text := w.text("a.kuandykov")
	require.Contains(t, text, "заявка № 2026-1, свидетельство № 79001 выдано 05.03.2026: «Еңбек 2026-1»")
	require.Contains(t, text, "заявка № 2026-3 от 02.03.2026: «Еңбек 2026-3»")
	var recipients []string
	require.NoError(t, w.pool.QueryRow(t.Context(), `SELECT array_agg(recipient ORDER BY recipient) FROM letter WHERE topic = 'chase'`).Scan(&recipients))
	require.Equal(t, []string{"a.kuandykov@karatal.example", "outside@x.example"}, recipients, "the outsider by the address in the application")
	require.Equal(t, i18n.RU, x.Authors[1].Person.Lang)
	require.Equal(t, uuid.Nil, x.Authors[1].Person.Staff)
}

// kualiks are the numbers of Kualik's own applications that are missing a certificate.
func kualiks(w *world) (refs string) {
	all, err := w.s.All(w.t.Context())
	require.NoError(w.t, err)
	for _, x := range all {
		if x.Kind == chase.Application && x.Filing != nil {
			if refs != "" {
				refs += " "
			}
			refs += x.Ref
		}
	}
	return refs
}
