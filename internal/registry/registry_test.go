package registry_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/doctext"
	"kualik/internal/matching"
	"kualik/internal/postgres/pgtest"
	"kualik/internal/registry"
)

var now = time.Date(2026, 9, 17, 9, 0, 0, 0, time.UTC)

type house struct {
	pool *pgxpool.Pool
	r    *registry.Registry
}

func newHouse(t *testing.T, staff ...matching.Staff) *house {
	pool := pgtest.New(t)
	for _, s := range staff {
		_, err := pool.Exec(t.Context(), `INSERT INTO staff (id, staff_id, surname, given_name, patronymic, created_at, updated_at)
			VALUES ($1, $2, $3, $4, $5, $6, $6)`, s.ID, s.StaffID, s.Surname, s.GivenName, s.Patronymic, now)
		require.NoError(t, err)
	}
	sources := registry.Sources{
		Staff: func(context.Context, pgx.Tx, []string, []string) ([]matching.Staff, error) { return staff, nil },
		Applications: func(context.Context, pgx.Tx, matching.Certificate) ([]matching.Application, error) {
			return nil, nil
		},
	}
	return &house{pool, registry.New(pool, sources, clock.At(now), time.UTC, slog.New(slog.DiscardHandler))}
}

func (h *house) message(t *testing.T, n int) uuid.UUID {
	id := clock.NewID()
	_, err := h.pool.Exec(t.Context(), `INSERT INTO message (id, mailbox, received_at, stored_at, sha256, message_id, outcome)
		VALUES ($1, 'file:x', $2, $2, $3, $4, 'certificates')`, id, now.Add(time.Duration(n)*time.Minute), fmt.Sprintf("%064d", n), fmt.Sprintf("<%d@x.example>", n))
	require.NoError(t, err)
	return id
}

func (h *house) enter(t *testing.T, a registry.Arrival) registry.Entered {
	var e registry.Entered
	require.NoError(t, pgx.BeginFunc(t.Context(), h.pool, func(tx pgx.Tx) (err error) {
		e, err = h.r.Enter(t.Context(), tx, a)
		return err
	}))
	return e
}

func (h *house) count(t *testing.T, sql string) (n int) {
	require.NoError(t, h.pool.QueryRow(t.Context(), sql).Scan(&n))
	return n
}

// reading is a certificate read without doubt.
func reading(number string, day clock.Day, title string, authors ...string) certificate.Reading {
	c := map[certificate.Field]float64{}
	for _, f := range []certificate.Field{certificate.Number, certificate.RegisteredOn, certificate.CreatedOn, certificate.Kind, certificate.Title, certificate.Authors} {
		c[f] = 0.99
	}
	return certificate.Reading{Confidence: c, Source: doctext.TextLayer, Fields: certificate.Fields{Number: number, RegisteredOn: day,
		CreatedOn: "2024-01-10", Kind: "scientific_work", KindText: "произведение науки", Title: title, Authors: authors}}
}

func arrival(r certificate.Reading, message uuid.UUID, file string) registry.Arrival {
	return registry.Arrival{Reading: r, DocumentSHA256: file, Receipt: registry.Receipt{MessageID: message, AttachmentSHA256: file, Filename: "a.pdf", ReceivedAt: now}}
}

func TestOneCertificateBroughtByFiveIsOneWithFiveReceipts(t *testing.T) {
	h := newHouse(t)
	r := reading("0055942", "2025-03-18", "Органическая химия", "АХМЕТОВА САУЛЕ МАРАТОВНА")
	var first uuid.UUID
	for i := range 5 {
		copied := r
		if i%2 == 1 {
			copied.Number = "55942" // leading zeros are not part of the key
		}
		e := h.enter(t, arrival(copied, h.message(t, i), fmt.Sprint("file", i)))
		if i == 0 {
			first = e.ID
		}
		require.Equal(t, first, e.ID)
		require.Equal(t, i == 0, e.New)
		require.True(t, e.Listed)
	}
	var rows []registry.Row
	require.NoError(t, registry.Export(t.Context(), h.pool, nil, func(r registry.Row) error { rows = append(rows, r); return nil }))
	require.Len(t, rows, 1)
	require.Len(t, rows[0].Received, 5)
	require.Equal(t, registry.Sure, rows[0].Reading)
	require.Equal(t, "0055942", rows[0].Number)
}

func TestTheSameNumberOfAnotherYearIsAnotherCertificate(t *testing.T) {
	h := newHouse(t)
	a := h.enter(t, arrival(reading("2642", "2016-05-11", "Первая"), h.message(t, 1), "f1"))
	b := h.enter(t, arrival(reading("2642", "2017-06-12", "Вторая"), h.message(t, 2), "f2"))
	require.NotEqual(t, a.ID, b.ID)
}

func TestAnotherWorkUnderTheSameKeyGoesToReview(t *testing.T) {
	h := newHouse(t)
	a := h.enter(t, arrival(reading("2642", "2016-05-11", "Первая", "ИВАНОВ ИВАН ИВАНОВИЧ"), h.message(t, 1), "f1"))
	b := h.enter(t, arrival(reading("2642", "2016-05-11", "Совсем другая", "ПЕТРОВА АННА ПЕТРОВНА"), h.message(t, 2), "f2"))
	require.NotEqual(t, a.ID, b.ID)
	c, err := registry.Get(t.Context(), h.pool, b.ID)
	require.NoError(t, err)
	require.Equal(t, registry.Review, c.Reading)
	require.Equal(t, "key_conflict", c.ReadingReason)
	require.True(t, c.Provisional)
}

func TestAPictureDecidesNothing(t *testing.T) {
	saule := matching.Staff{ID: clock.NewID().String(), StaffID: "T1", Surname: "Ахметова", GivenName: "Сауле", Patronymic: "Маратовна"}
	h := newHouse(t, saule)
	r := reading("55942", "2025-03-18", "Химия", "АХМЕТОВА САУЛЕ МАРАТОВНА")
	r.Source = doctext.OCR
	e := h.enter(t, arrival(r, h.message(t, 1), "scan"))
	require.False(t, e.Listed)
	c, err := registry.Get(t.Context(), h.pool, e.ID)
	require.NoError(t, err)
	require.Equal(t, registry.Review, c.Reading)
	require.Nil(t, c.Authors[0].StaffID)
	require.Equal(t, registry.DecisionReview, c.Authors[0].Decision)
	require.NoError(t, registry.Export(t.Context(), h.pool, nil, func(registry.Row) error { t.Error("a proposal was exported"); return nil }))
	again := h.enter(t, arrival(r, h.message(t, 2), "scan"))
	require.Equal(t, e.ID, again.ID)
}

func TestABetterCopyMendsADoubtfulOneButNotAPersonsWord(t *testing.T) {
	h := newHouse(t)
	doubtful := reading("55942", "2025-03-18", "Хим?я", "АХМЕТОВА САУЛЕ МАРАТОВНА")
	doubtful.Confidence[certificate.Title] = 0.5
	e := h.enter(t, arrival(doubtful, h.message(t, 1), "f1"))
	c, err := registry.Get(t.Context(), h.pool, e.ID)
	require.NoError(t, err)
	require.Equal(t, "unsure_title", c.ReadingReason)
	h.enter(t, arrival(reading("55942", "2025-03-18", "Химия", "АХМЕТОВА САУЛЕ МАРАТОВНА"), h.message(t, 2), "f2"))
	c, err = registry.Get(t.Context(), h.pool, e.ID)
	require.NoError(t, err)
	require.Equal(t, "Химия", c.Title)
	require.Equal(t, registry.Sure, c.Reading)
}

func TestManyAtOnceEnterOneCertificate(t *testing.T) {
	h := newHouse(t)
	ids := make([]uuid.UUID, 8)
	for i := range ids {
		ids[i] = h.message(t, i)
	}
	var wg sync.WaitGroup
	for i, id := range ids {
		wg.Go(func() {
			err := pgx.BeginFunc(context.Background(), h.pool, func(tx pgx.Tx) error {
				_, err := h.r.Enter(context.Background(), tx, arrival(reading("7", "2025-03-18", "Одна"), id, fmt.Sprint("f", i)))
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, 1, h.count(t, `SELECT count(*) FROM certificate`))
	require.Equal(t, 8, h.count(t, `SELECT count(*) FROM receipt`))
}

func TestRematchTakesWhatTheMachineLeftOpen(t *testing.T) {
	h := newHouse(t)
	e := h.enter(t, arrival(reading("7", "2025-03-18", "Одна", "АХМЕТОВА САУЛЕ МАРАТОВНА"), h.message(t, 1), "f"))
	saule := matching.Staff{ID: clock.NewID().String(), StaffID: "T1", Surname: "Ахметова", GivenName: "Сауле", Patronymic: "Маратовна"}
	_, err := h.pool.Exec(t.Context(), `INSERT INTO staff (id, staff_id, surname, given_name, patronymic, created_at, updated_at) VALUES ($1, 'T1', 'Ахметова', 'Сауле', 'Маратовна', $2, $2)`, saule.ID, now)
	require.NoError(t, err)
	later := registry.New(h.pool, registry.Sources{
		Staff: func(context.Context, pgx.Tx, []string, []string) ([]matching.Staff, error) {
			return []matching.Staff{saule}, nil
		},
		Applications: func(context.Context, pgx.Tx, matching.Certificate) ([]matching.Application, error) { return nil, nil },
	}, clock.At(now), time.UTC, slog.New(slog.DiscardHandler))
	n, err := later.Rematch(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	c, err := registry.Get(t.Context(), h.pool, e.ID)
	require.NoError(t, err)
	require.Equal(t, registry.Auto, c.Authors[0].Decision)
	n, err = later.Rematch(t.Context(), nil)
	require.NoError(t, err)
	require.Zero(t, n, "the same answer changes nothing")
}
