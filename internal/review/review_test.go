package review_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"kualik/internal/audit"
	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/doctext"
	"kualik/internal/fault"
	"kualik/internal/matching"
	"kualik/internal/postgres/pgtest"
	"kualik/internal/registry"
	"kualik/internal/review"
)

var now = time.Date(2026, 9, 17, 9, 0, 0, 0, time.UTC)

var aru = audit.Actor{ID: "11111111-1111-7111-8111-111111111111", Name: "Аружан И."}

type house struct {
	pool  *pgxpool.Pool
	r     *registry.Registry
	desk  *review.Desk
	clock *clock.Manual
	apps  []matching.Application
	staff []matching.Staff
	n     int
}

func newHouse(t *testing.T) *house {
	h := &house{pool: pgtest.New(t), clock: clock.At(now)}
	for i, ref := range []string{"110402", "110417"} {
		id := clock.NewID()
		_, err := h.pool.Exec(t.Context(), `INSERT INTO application (id, origin, application_ref, title, created_at, updated_at) VALUES ($1, 'imported', $2, $3, $4, $4)`, id, ref, "Химия", now)
		require.NoError(t, err)
		h.apps = append(h.apps, matching.Application{ID: id.String(), Ref: ref, Title: "Химия", Kind: "scientific_work", CreatedOn: "2024-01-10",
			FiledOn: clock.Day("2025-03-17"), Authors: []matching.ApplicationAuthor{{Name: "Ахметова Сауле Маратовна"}}})
		person := clock.NewID()
		_, err = h.pool.Exec(t.Context(), `INSERT INTO staff (id, staff_id, surname, given_name, patronymic, department, created_at, updated_at) VALUES ($1, $2, 'Ахметова', 'Сауле', 'Маратовна', $3, $4, $4)`, person, fmt.Sprint("T", i), fmt.Sprint("Кафедра ", i), now)
		require.NoError(t, err)
		h.staff = append(h.staff, matching.Staff{ID: person.String(), StaffID: fmt.Sprint("T", i), Surname: "Ахметова", GivenName: "Сауле", Patronymic: "Маратовна", Department: fmt.Sprint("Кафедра ", i)})
	}
	h.r = registry.New(h.pool, registry.Sources{
		Staff: func(context.Context, pgx.Tx, []string, []string) ([]matching.Staff, error) { return h.staff, nil },
		Applications: func(context.Context, pgx.Tx, matching.Certificate) ([]matching.Application, error) {
			return h.apps, nil
		},
	}, h.clock, time.UTC, slog.New(slog.DiscardHandler))
	h.desk = review.New(h.pool, h.r, h.clock)
	return h
}

// certificate enters one that a message brought; source is how it was read.
func (h *house) certificate(t *testing.T, number string, source doctext.Source) registry.Certificate {
	h.n++
	message := clock.NewID()
	_, err := h.pool.Exec(t.Context(), `INSERT INTO message (id, mailbox, received_at, stored_at, sha256, outcome, reason) VALUES ($1, 'file:x', $2, $2, $3, $4, $5)`,
		message, now, fmt.Sprintf("%064d", h.n), map[doctext.Source]string{doctext.OCR: "quarantined", doctext.TextLayer: "certificates"}[source], "")
	require.NoError(t, err)
	confidence := map[certificate.Field]float64{}
	for _, f := range []certificate.Field{certificate.Number, certificate.RegisteredOn, certificate.CreatedOn, certificate.Kind, certificate.Title, certificate.Authors} {
		confidence[f] = 0.97
	}
	var e registry.Entered
	require.NoError(t, pgx.BeginFunc(t.Context(), h.pool, func(tx pgx.Tx) (err error) {
		e, err = h.r.Enter(t.Context(), tx, registry.Arrival{DocumentSHA256: fmt.Sprint("file", h.n),
			Receipt: registry.Receipt{MessageID: message, AttachmentSHA256: fmt.Sprint("file", h.n), ReceivedAt: now},
			Reading: certificate.Reading{Source: source, Confidence: confidence, Fields: certificate.Fields{Number: number, RegisteredOn: "2025-03-18",
				CreatedOn: "2024-01-10", Kind: "scientific_work", KindText: "произведение науки", Title: "Химия", Authors: []string{"АХМЕТОВА САУЛЕ МАРАТОВНА"}}}})
		return err
	}))
	return h.get(t, e.ID)
}

func (h *house) get(t *testing.T, id uuid.UUID) registry.Certificate {
	c, err := registry.Get(t.Context(), h.pool, id)
	require.NoError(t, err)
	return c
}

func ref(c registry.Certificate) review.Ref { return review.Ref{ID: c.ID, Version: c.Version} }

func (h *house) outcome(t *testing.T, n int) (s string) {
	require.NoError(t, h.pool.QueryRow(t.Context(), `SELECT outcome FROM message WHERE sha256 = $1`, fmt.Sprintf("%064d", n)).Scan(&s))
	return s
}

func TestTwoAlikeApplicationsWaitForAPersonWhoDecidesAndTakesItBack(t *testing.T) {
	h := newHouse(t)
	c := h.certificate(t, "78405", doctext.TextLayer)
	require.Equal(t, registry.DecisionReview, c.ApplicationDecision)
	queue, err := h.desk.Queue(t.Context(), review.Filter{})
	require.NoError(t, err)
	require.Len(t, queue, 1)
	require.Equal(t, "two_applications", queue[0].Reason)

	chosen := uuid.MustParse(h.apps[0].ID)
	done, err := h.desk.Accept(t.Context(), aru, ref(c), chosen)
	require.NoError(t, err)
	after := h.get(t, c.ID)
	require.Equal(t, registry.DecisionConfirmed, after.ApplicationDecision)
	require.Equal(t, chosen, *after.ApplicationID)

	_, err = h.r.Rematch(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, chosen, *h.get(t, c.ID).ApplicationID, "a machine never overturns a person")

	id, err := h.desk.Undo(t.Context(), aru, done.ID)
	require.NoError(t, err)
	require.Equal(t, c.ID, id)
	back := h.get(t, c.ID)
	require.Equal(t, registry.DecisionReview, back.ApplicationDecision)
	require.Nil(t, back.ApplicationID)
	require.Greater(t, back.Version, after.Version)
}

func TestTwoOperatorsNeverDecideTheSameCaseUnseen(t *testing.T) {
	h := newHouse(t)
	c := h.certificate(t, "78405", doctext.TextLayer)
	_, err := h.desk.Accept(t.Context(), aru, ref(c), uuid.MustParse(h.apps[0].ID))
	require.NoError(t, err)
	_, err = h.desk.NoApplication(t.Context(), audit.Actor{ID: "b", Name: "Ербол"}, ref(c))
	require.Equal(t, fault.Conflict, fault.KindOf(err))
	require.Contains(t, err.Error(), "Аружан", "the second one is told who was first")
}

func TestANoIsRemembered(t *testing.T) {
	h := newHouse(t)
	c := h.certificate(t, "78405", doctext.TextLayer)
	_, err := h.desk.Refuse(t.Context(), aru, ref(c), uuid.MustParse(h.apps[0].ID))
	require.NoError(t, err)
	c = h.get(t, c.ID)
	for _, cand := range c.Explanation.Candidates {
		require.NotEqual(t, h.apps[0].ID, cand.ID)
	}
	_, err = h.desk.LinkPerson(t.Context(), aru, ref(c), 1, nil)
	require.NoError(t, err)
	_, err = h.r.Rematch(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, registry.NotStaff, h.get(t, c.ID).Authors[0].Decision)
}

func TestAScanIsReadByAPersonAndFoundToBeACopy(t *testing.T) {
	h := newHouse(t)
	sure := h.certificate(t, "78405", doctext.TextLayer)
	scan := h.certificate(t, "784O5", doctext.OCR)
	require.Equal(t, "quarantined", h.outcome(t, 2))
	opened, err := h.desk.Case(t.Context(), scan.ID)
	require.NoError(t, err)
	require.Len(t, opened.Copies, 1)
	require.Equal(t, sure.ID, opened.Copies[0].ID)
	fields := scan.Fields()
	fields.Number = "78405"
	done, err := h.desk.Correct(t.Context(), aru, ref(scan), fields, "ноль, не буква")
	require.NoError(t, err)
	require.Equal(t, sure.ID, *h.get(t, scan.ID).MergedInto)
	require.Equal(t, "certificates", h.outcome(t, 2))
	received := map[string]int{}
	require.NoError(t, registry.Export(t.Context(), h.pool, nil, func(r registry.Row) error { received[r.Number] = len(r.Received); return nil }))
	require.Equal(t, map[string]int{"78405": 2}, received)

	_, err = h.desk.Undo(t.Context(), aru, done.ID)
	require.NoError(t, err)
	require.Nil(t, h.get(t, scan.ID).MergedInto)
	require.Equal(t, "quarantined", h.outcome(t, 2))
}

func TestAConfirmedScanIsACertificateOfTheList(t *testing.T) {
	h := newHouse(t)
	scan := h.certificate(t, "78405", doctext.OCR)
	_, err := h.desk.ConfirmReading(t.Context(), aru, ref(scan))
	require.NoError(t, err)
	c := h.get(t, scan.ID)
	require.Equal(t, registry.Confirmed, c.Reading)
	require.False(t, c.Provisional)
	require.Equal(t, "certificates", h.outcome(t, 1))
}

func TestNotACertificateLeavesTheQueue(t *testing.T) {
	h := newHouse(t)
	scan := h.certificate(t, "", doctext.OCR)
	_, err := h.desk.NotCertificate(t.Context(), aru, ref(scan))
	require.NoError(t, err)
	queue, err := h.desk.Queue(t.Context(), review.Filter{})
	require.NoError(t, err)
	require.Empty(t, queue)
	require.Equal(t, "nothing_found", h.outcome(t, 1))
	done, err := h.desk.LastDecision(t.Context(), aru)
	require.NoError(t, err)
	require.Equal(t, "not_certificate", done.Action)
}

func TestAnAuthorWhoIsNotPrintedCannotBeLinked(t *testing.T) {
	h := newHouse(t)
	c := h.certificate(t, "78405", doctext.TextLayer)
	_, err := h.desk.LinkPerson(t.Context(), aru, ref(c), 2, nil)
	require.Equal(t, fault.Invalid, fault.KindOf(err))
}

func TestWhoElseHasTheCaseOpen(t *testing.T) {
	h := newHouse(t)
	c := h.certificate(t, "78405", doctext.TextLayer)
	a, b := clock.NewID(), clock.NewID()
	others, err := h.desk.Open(t.Context(), c.ID, a, "Аружан И.")
	require.NoError(t, err)
	require.Empty(t, others)
	others, err = h.desk.Open(t.Context(), c.ID, b, "Ербол С.")
	require.NoError(t, err)
	require.Equal(t, []string{"Аружан И."}, others)
	h.clock.Advance(5 * time.Minute)
	others, err = h.desk.Open(t.Context(), c.ID, b, "Ербол С.")
	require.NoError(t, err)
	require.Empty(t, others)
}

// Each field that a person changed keeps what stood there, who changed it and when, and why if that was said.
func TestACorrectionKeepsWhatWasBefore(t *testing.T) {
	h := newHouse(t)
	c := h.certificate(t, "78405", doctext.TextLayer)
	corrections := func() []review.Correction {
		t.Helper()
		opened, err := h.desk.Case(t.Context(), c.ID)
		require.NoError(t, err)
		return opened.Corrections
	}
	_, err := h.desk.ConfirmReading(t.Context(), aru, ref(h.get(t, c.ID)))
	require.NoError(t, err)
	require.Empty(t, corrections(), "what is confirmed as it is was not changed")

	f := h.get(t, c.ID).Fields()
	f.Title, f.Authors = "Органикалық химия", append(f.Authors, "ЖАҢА АВТОР")
	_, err = h.desk.Correct(t.Context(), aru, ref(h.get(t, c.ID)), f, "в документе так")
	require.NoError(t, err)
	h.clock.Advance(time.Hour)
	f.CreatedOn, f.Kind = "", "design_work"
	done, err := h.desk.Correct(t.Context(), audit.Actor{ID: "b", Name: "Ербол С."}, ref(h.get(t, c.ID)), f, "")
	require.NoError(t, err)
	list := corrections()
	require.Len(t, list, 2)
	require.Equal(t, review.Correction{At: list[0].At, ActorName: "Ербол С.", Before: list[0].Before, Changed: []certificate.Field{certificate.CreatedOn, certificate.Kind}}, list[0])
	require.Equal(t, []any{clock.Day("2024-01-10"), "scientific_work"}, []any{list[0].Before.CreatedOn, list[0].Before.Kind})
	require.Equal(t, now.Add(time.Hour), list[0].At.UTC())
	require.Equal(t, []any{"Аружан И.", "в документе так", "Химия"}, []any{list[1].ActorName, list[1].Why, list[1].Before.Title})
	require.Equal(t, []certificate.Field{certificate.Title, certificate.Authors}, list[1].Changed)
	require.Equal(t, []string{"АХМЕТОВА САУЛЕ МАРАТОВНА"}, list[1].Before.Authors)

	_, err = h.desk.Undo(t.Context(), aru, done.ID)
	require.NoError(t, err)
	require.Len(t, corrections(), 1, "what was taken back is no correction")
	_, err = h.desk.Correct(t.Context(), aru, ref(h.get(t, c.ID)), f, strings.Repeat("ы", 501))
	require.Equal(t, fault.Invalid, fault.KindOf(err))
}
