package filing

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/i18n"
)

// clerk is somebody of the desk with an account.
func (w *world) clerk(role account.Role) Who {
	w.t.Helper()
	who := Who{ID: clock.NewID(), Name: "Служащая " + string(role), Role: role, Means: account.ByPassword, Lang: i18n.RU}
	_, err := w.pool.Exec(context.Background(), `INSERT INTO account (id, email, name, role, created_at) VALUES ($1, $2, $3, $4, $5)`,
		who.ID, who.ID.String()+"@karatal.example", who.Name, string(role), begin)
	require.NoError(w.t, err)
	return who
}

// tx is one transaction of the desk.
func (w *world) tx(do func(tx pgx.Tx) error) error {
	return pgx.BeginFunc(context.Background(), w.pool, do)
}

// signed is a filing that came to the desk: everybody has signed.
func (w *world) signedBy(filer *human, others ...*human) uuid.UUID {
	w.t.Helper()
	id := w.paid(filer, others...)
	w.submit(filer, id)
	for _, o := range others {
		_, err := w.Sign(context.Background(), o.who, id, w.sign(o, w.content(o, id)))
		require.NoError(w.t, err)
	}
	require.Equal(w.t, Signed, w.state(id))
	return id
}

func (w *world) state(id uuid.UUID) State {
	w.t.Helper()
	f, err := get(context.Background(), w.pool, id)
	require.NoError(w.t, err)
	return f.State
}

// ask is a query of the desk.
func (w *world) ask(clerk Who, id uuid.UUID) (letter uuid.UUID) {
	w.t.Helper()
	require.NoError(w.t, w.tx(func(tx pgx.Tx) (err error) {
		letter, err = w.Ask(context.Background(), tx, clerk, id, NewLetter{Text: "Приложите титульный лист."})
		return err
	}))
	return letter
}

// amend reopens a queried filing, gives it another work and title, and forms the new statement.
func (w *world) amend(filer *human, id uuid.UUID) {
	w.t.Helper()
	ctx := context.Background()
	require.NoError(w.t, w.Edit(ctx, filer.who, id))
	v := w.view(filer, id)
	require.Equal(w.t, Amending, v.State)
	data := v.Data
	data.Title = "Практикум по алгебре, часть 1"
	w.pages = []string{data.Title}
	_, err := w.Save(ctx, filer.who, id, v.Version, data)
	require.NoError(w.t, err)
	_, err = w.Attach(ctx, filer.who, id, Upload{Kind: WorkCopy, Filename: "Практикум-2.docx", Content: strings.NewReader(string(docx("work two"))), Sheets: "14"})
	require.NoError(w.t, err)
	w.form(filer, id)
	require.Equal(w.t, Amended, w.state(id))
}

func (w *world) correspondence(who Who, id uuid.UUID) []Correspondence {
	w.t.Helper()
	list, err := w.Letters(context.Background(), who, id)
	require.NoError(w.t, err)
	return list
}

// letterTo is the subject of the newest letter of a topic and to whom it went.
func (w *world) letterTo(topic string) (to, subject, text string) {
	w.t.Helper()
	require.NoError(w.t, w.pool.QueryRow(context.Background(), `SELECT recipient, subject, body_text FROM letter WHERE topic = $1 ORDER BY id DESC LIMIT 1`,
		"filing_"+topic).Scan(&to, &subject, &text))
	return to, subject, text
}

func (w *world) workdays(from time.Time, n int) time.Time {
	return w.o.Workdays.Deadline(from, n, almaty).UTC()
}
