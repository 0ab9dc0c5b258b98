package chase_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"kualik/internal/application"
	"kualik/internal/audit"
	"kualik/internal/chase"
	"kualik/internal/clock"
	"kualik/internal/directory"
	"kualik/internal/i18n"
	"kualik/internal/matching"
	"kualik/internal/notify"
	"kualik/internal/person"
	"kualik/internal/postgres/pgtest"
	"kualik/internal/registry"
	"kualik/internal/secret"
	"kualik/internal/sheet"
	"kualik/internal/workday"
)

const staffCSV = `staff_id,iin,surname,given_name,patronymic,emails,faculty,department,employed_from,employed_to
101,,Сагитова,Меруерт,Талгатовна,m.sagitova@karatal.example,Факультет естественных наук,Кафедра химии,2015-09-01,
102,610914499100,Куандыков,Аскар,Маратович,a.kuandykov@karatal.example,Факультет естественных наук,Кафедра химии,2012-09-01,
103,,Өтеген,Айгүл,Серікқызы,a.otegen@karatal.example,Педагогический факультет,Кафедра начального обучения,2020-09-01,
104,,Ким,Елена,Викторовна,,Факультет естественных наук,Кафедра физики,2018-09-01,
105,,Оспан,Бауыржан,Ерланұлы,b.ospan@karatal.example,Факультет естественных наук,Кафедра физики,2010-09-01,2025-12-31
`

// In 2026 the 8th of March is a Sunday, so the 9th is off; Nauryz begins on a Saturday and takes the days up to
// the 25th.
const applicationCSV = `application_ref,registry_application_no,title,kind,created_on,filed_on,authors,author_iins,status
110588,91001,Органикалық химия: зертханалық практикум,произведение науки,2026-01-02,2026-03-02,Сагитова Меруерт Талгатовна; Куандыков Аскар Маратович; Нурбаева Лаура,;610914499100;,Подана
110402,,Қазақ тілі: деңгейлік тапсырмалар жинағы,составное произведение,2026-01-12,2026-03-02,УТЕГЕН АЙГУЛЬ СЕРИККЫЗЫ,,Подана
110403,,Отозванная,составное произведение,2026-01-12,2026-03-02,Өтеген Айгүл Серікқызы,,Кері қайтарып алынды
110404,,Отказанная,составное произведение,2026-01-12,2026-03-02,Өтеген Айгүл Серікқызы,,Отказ в регистрации
110405,,Не поданная,составное произведение,2026-01-12,,Өтеген Айгүл Серікқызы,,
110406,,Үшінші еңбек,произведение науки,2026-02-02,2026-03-02,Ким Елена Викторовна,,Подана
110407,,Чужая работа,произведение науки,2026-02-02,2026-03-02,Абаев Ермек,,Подана
`

type world struct {
	t     *testing.T
	pool  *pgxpool.Pool
	clock *clock.Manual
	s     *chase.Service
	reg   *registry.Registry
	apps  *application.Store
	staff *directory.Store
	o     chase.Options
	hash  func(iin string) []byte
}

var almaty = func() *time.Location {
	z, err := time.LoadLocation("Asia/Almaty")
	if err != nil {
		panic(err)
	}
	return z
}()

// at is an hour of a day in the office.
func at(day string, hour int) time.Time {
	d, err := time.ParseInLocation(time.DateOnly, day, almaty)
	if err != nil {
		panic(err)
	}
	return d.Add(time.Duration(hour) * time.Hour)
}

func newWorld(t *testing.T, change ...func(*chase.Options)) *world {
	t.Helper()
	w := &world{t: t, pool: pgtest.New(t), clock: clock.At(at("2026-03-02", 12))}
	keeper, err := secret.New(bytes.Repeat([]byte{7}, secret.KeySize))
	require.NoError(t, err)
	w.hash = func(iin string) []byte { return keeper.Hash(person.HashLabel, iin) }
	w.staff, w.apps = directory.NewStore(w.pool, keeper, w.clock), application.NewStore(w.pool, keeper, w.clock)
	_, err = w.staff.Import(t.Context(), strings.NewReader(staffCSV), sheet.Options{Lang: i18n.RU})
	require.NoError(t, err)
	w.importApplications(applicationCSV)
	w.reg = registry.New(w.pool, registry.Sources{Staff: w.staffSource, Applications: w.applicationSource}, w.clock, almaty, slog.New(slog.DiscardHandler))
	letters, err := notify.New(w.pool, nil, w.clock, slog.New(slog.DiscardHandler), "", "")
	require.NoError(t, err)
	w.o = chase.Options{Pool: w.pool, Clock: w.clock, Zone: almaty, Log: slog.New(slog.DiscardHandler), Workdays: workday.New(), Letters: letters, Staff: w.staff,
		Address: func(_ context.Context, _ pgx.Tx, staff uuid.UUID, hash []byte) (string, error) {
			if staff == uuid.Nil && hash == nil {
				return "certificates@karatal.example", nil
			}
			return "certificates+tag@karatal.example", nil
		},
		After: 10, Every: 5, Times: 2, Lang: i18n.RU, PublicURL: "http://kualik.example/", Support: "nauka@karatal.example"}
	for _, c := range change {
		c(&w.o)
	}
	w.s = chase.New(w.o)
	return w
}

func (w *world) importApplications(file string) {
	w.t.Helper()
	report, err := w.apps.Import(w.t.Context(), strings.NewReader(file), sheet.Options{Lang: i18n.RU})
	require.NoError(w.t, err)
	require.Empty(w.t, report.Refused)
}

func (w *world) staffSource(ctx context.Context, _ pgx.Tx, _, _ []string) (out []matching.Staff, err error) {
	list, err := w.staff.All(ctx)
	for _, s := range list {
		out = append(out, matching.Staff{ID: s.ID.String(), StaffID: s.StaffID, Surname: s.Surname, GivenName: s.GivenName, Patronymic: s.Patronymic})
	}
	return out, err
}

func (w *world) applicationSource(ctx context.Context, tx pgx.Tx, c matching.Certificate) (out []matching.Application, err error) {
	list, err := application.NewStore(tx, nil, w.clock).Candidates(ctx, application.Wanted{Titles: []string{c.Title}}, 20)
	for _, p := range list {
		a := matching.Application{ID: p.ID.String(), Ref: p.Ref, RegistryNo: p.RegistryNo, Title: p.Title, Kind: p.Kind, CreatedOn: p.CreatedOn, FiledOn: p.FiledOn}
		for _, x := range p.Authors {
			a.Authors = append(a.Authors, matching.ApplicationAuthor{Name: x.Name})
		}
		out = append(out, a)
	}
	return out, err
}

// goes moves the clock to an hour of a day and does what time makes necessary then.
func (w *world) goes(day string, hour int) {
	w.t.Helper()
	w.clock.Advance(at(day, hour).Sub(w.clock.Now()))
	require.NoError(w.t, w.s.Tick(w.t.Context()))
}

// days goes through all days up to one, at ten in the morning.
func (w *world) days(to string) {
	w.t.Helper()
	for d := clock.DayOf(w.clock.Now(), almaty); d <= clock.Day(to); d = d.AddDays(1) {
		w.goes(string(d), 10)
	}
}

// sent are the letters queued so far: topic, recipient and day, in their order.
func (w *world) sent(topic string) (list []string) {
	w.t.Helper()
	rows, err := w.pool.Query(w.t.Context(), `SELECT recipient, created_at FROM letter WHERE topic = $1 ORDER BY created_at, recipient`, topic)
	require.NoError(w.t, err)
	var to string
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&to, &at}, func() error {
		list = append(list, strings.TrimSuffix(to, "@karatal.example")+" "+at.In(almaty).Format("02.01"))
		return nil
	})
	require.NoError(w.t, err)
	return list
}

// text is the last letter to an address.
func (w *world) text(to string) (subject, text string) {
	w.t.Helper()
	err := w.pool.QueryRow(w.t.Context(), `SELECT subject, body_text FROM letter WHERE recipient = $1 ORDER BY created_at DESC LIMIT 1`, to+"@karatal.example").Scan(&subject, &text)
	require.NoError(w.t, err)
	return subject, text
}

// item is what is missing under a number; ok is false when nothing is.
func (w *world) item(ref string) (chase.Item, bool) {
	w.t.Helper()
	all, err := w.s.All(w.t.Context())
	require.NoError(w.t, err)
	i := slices.IndexFunc(all, func(x chase.Item) bool { return x.Ref == ref })
	if i < 0 {
		return chase.Item{}, false
	}
	return all[i], true
}

func (w *world) must(ref string) chase.Item {
	w.t.Helper()
	x, ok := w.item(ref)
	require.True(w.t, ok, "nothing is missing under %s", ref)
	return x
}

// refs are the numbers of what is missing.
func (w *world) refs(k chase.Kind) string {
	w.t.Helper()
	all, err := w.s.All(w.t.Context())
	require.NoError(w.t, err)
	var list []string
	for _, x := range all {
		if x.Kind == k {
			list = append(list, x.Ref)
		}
	}
	return strings.Join(list, " ")
}

// certificate makes a certificate that a message brought, decided to be an application's (or asked about).
func (w *world) certificate(number, ref string, decision registry.Decision) uuid.UUID {
	w.t.Helper()
	ctx := w.t.Context()
	var app *uuid.UUID
	explanation := `{}`
	if ref != "" {
		a, err := w.apps.ByRef(ctx, ref)
		require.NoError(w.t, err)
		app = &a.ID
		if decision == registry.DecisionReview {
			app, explanation = nil, fmt.Sprintf(`{"candidates": [{"id": %q, "score": 0.8}]}`, a.ID)
		}
	}
	id, message, now := clock.NewID(), clock.NewID(), w.clock.Now()
	_, err := w.pool.Exec(ctx, `INSERT INTO certificate (id, number, number_key, registered_on, source, reading, application_decision, application_id, explanation, first_received_at, created_at, updated_at)
		VALUES ($1, $2, $2, '2026-03-04', 'text-layer', 'sure', $3, $4, $5, $6, $6, $6)`, id, number, string(decision), app, explanation, now)
	require.NoError(w.t, err)
	_, err = w.pool.Exec(ctx, `INSERT INTO message (id, mailbox, received_at, stored_at, outcome) VALUES ($1, 'web:x', $2, $2, 'certificates')`, message, now)
	require.NoError(w.t, err)
	_, err = w.pool.Exec(ctx, `INSERT INTO receipt (certificate_id, message_id, attachment_sha256, received_at) VALUES ($1, $2, '', $3)`, id, message, now)
	require.NoError(w.t, err)
	return id
}

// head makes a head of a unit.
func (w *world) head(email, faculty, department string) {
	w.t.Helper()
	_, err := w.pool.Exec(w.t.Context(), `INSERT INTO account (id, email, name, role, faculty, department, lang, created_at) VALUES ($1, $2, 'Жетекші', 'head_of_unit', $3, $4, 'kk', now())`,
		clock.NewID(), email+"@karatal.example", faculty, department)
	require.NoError(w.t, err)
}

var office = audit.Actor{ID: "office", Name: "Аружан Иманова"}
