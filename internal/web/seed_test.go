package web

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/application"
	"kualik/internal/audit"
	"kualik/internal/blob"
	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/directory"
	"kualik/internal/doctext"
	"kualik/internal/forward"
	"kualik/internal/i18n"
	"kualik/internal/intake"
	"kualik/internal/mailbox"
	"kualik/internal/matching"
	"kualik/internal/notify"
	"kualik/internal/rating"
	"kualik/internal/registry"
	replies "kualik/internal/reply"
	"kualik/internal/review"
	"kualik/internal/secret"
	"kualik/internal/sheet"
	"kualik/internal/web/part"
)

const applicationCSV = `application_ref,title,kind,created_on,filed_on,authors
110588,Органикалық химия: зертханалық практикум,произведение науки,2026-09-02,2026-09-15,Сагитова Меруерт Талгатовна; Куандыков Аскар Маратович; Нурбаева Лаура
110402,Қазақ тілі: деңгейлік тапсырмалар жинағы,составное произведение,2026-06-12,2026-06-20,Өтеген Айгүл Серікқызы
110417,Қазақ тілі: деңгейлік тапсырмалар жинағы,составное произведение,2026-06-12,2026-06-20,Өтеген Айгүл Серікқызы
`

// flow is a world in which mail has come: a certificate that is sure, one of two applications, one whose
// author may be somebody, a scan, and a letter that only links.
type flow struct {
	*world
	reg      *registry.Registry
	sure     uuid.UUID
	twins    uuid.UUID
	initials uuid.UUID
	scan     uuid.UUID
	letter   uuid.UUID
	pending  uuid.UUID
	exported []uuid.UUID
	uploads  []intake.Upload
	replayed []uuid.UUID
	files    int
	dir      string
}

var picture = append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{0}, 40)...)

func newFlow(t *testing.T) *flow {
	t.Helper()
	f := &flow{dir: t.TempDir()}
	f.world = newWorld(t, f.wire)
	f.admin()
	f.sure = f.enter("свидетельство.pdf", reading("78498", "2026-09-16", "2026-09-02", "scientific_work", "Органикалық химия: зертханалық практикум",
		"САГИТОВА МЕРУЕРТ ТАЛГАТОВНА", "КУАНДЫКОВ АСКАР МАРАТОВИЧ", "НУРБАЕВА ЛАУРА"))
	f.twins = f.enter("жинақ.pdf", reading("78405", "2026-06-25", "2026-06-12", "composite_work", "Қазақ тілі: деңгейлік тапсырмалар жинағы",
		"ӨТЕГЕН АЙГҮЛ СЕРІКҚЫЗЫ"))
	f.initials = f.enter("одна.pdf", reading("78118", "2026-05-04", "2026-04-01", "literary_work", "Практикум по теории вероятностей", "Сагитова М. Т."))
	scan := reading("78426", "2026-09-01", "2026-08-01", "design_work", "Ұлттық ою-өрнек негіздері", "КУАНДЫКОВ АСКАР МАРАТОВИЧ")
	scan.Source = doctext.OCR
	f.scan = f.enter("IMG_2041.jpg", scan)
	f.letter = f.message("quarantined", "link_only")
	f.pending = f.message("pending", "")
	f.s.stale()
	return f
}

// wire gives the pages their services over the world's database.
func (f *flow) wire(d *Deps) {
	keeper, err := secret.New(bytes.Repeat([]byte{7}, secret.KeySize))
	must(err)
	store, err := blob.Open(context.Background(), "", f.dir)
	must(err)
	applications := application.NewStore(d.Pool, keeper, d.Clock)
	_, err = applications.Import(context.Background(), strings.NewReader(applicationCSV), sheet.Options{Lang: i18n.RU})
	must(err)
	f.reg = registry.New(d.Pool, registry.Sources{Staff: f.staffSource, Applications: func(ctx context.Context, tx pgx.Tx, c matching.Certificate) ([]matching.Application, error) {
		return f.applicationSource(ctx, application.NewStore(tx, keeper, d.Clock), c)
	}}, d.Clock, d.Zone, slog.New(slog.DiscardHandler))
	d.Flow = Flow{Desk: review.New(d.Pool, f.reg, d.Clock), Rating: rating.New(d.Pool, d.Clock, d.Zone), Applications: applications, Blobs: store,
		MailAddress: "certificates@karatal.example", Chase: chaseOf(d),
		Render: func(_ context.Context, data []byte, page, _ int) ([]byte, error) {
			if page > 1 || len(data) == 0 {
				return nil, errors.New("no such page")
			}
			return picture, nil
		},
		Upload: func(_ context.Context, u intake.Upload) (uuid.UUID, error) {
			f.uploads = append(f.uploads, u)
			return f.messageIn("web:"+u.From, "pending", ""), nil
		},
		Replay: func(_ context.Context, _ audit.Actor, id uuid.UUID) error {
			f.replayed = append(f.replayed, id)
			return nil
		},
		ExportCertificates: func(_ context.Context, w io.Writer, format string, ids []uuid.UUID) error {
			f.exported = ids
			_, err := fmt.Fprintf(w, "%s of %d", format, len(ids))
			return err
		},
	}
	letters, err := notify.New(d.Pool, store, d.Clock, d.Log, "", "")
	must(err)
	d.Forward = forward.New(forward.Options{Base: d.MailAddress, Clock: d.Clock})
	d.Replies = replies.New(replies.Options{Pool: d.Pool, Clock: d.Clock, Zone: d.Zone, Log: d.Log, Letters: letters, Forward: d.Forward, Desk: d.Desk, Rating: d.Rating,
		PublicURL: d.PublicURL, Lang: i18n.RU})
}

func (f *flow) staffSource(ctx context.Context, _ pgx.Tx, _, _ []string) (out []matching.Staff, err error) {
	list, err := directory.NewStore(f.deps.Pool, nil, f.clock).All(ctx)
	for _, s := range list {
		out = append(out, matching.Staff{ID: s.ID.String(), StaffID: s.StaffID, Surname: s.Surname, GivenName: s.GivenName, Patronymic: s.Patronymic,
			OtherNames: s.OtherNames, Department: s.Department, EmployedFrom: s.EmployedFrom, EmployedTo: s.EmployedTo})
	}
	return out, err
}

func (f *flow) applicationSource(ctx context.Context, store *application.Store, c matching.Certificate) (out []matching.Application, err error) {
	list, err := store.Candidates(ctx, application.Wanted{Titles: []string{c.Title}}, 20)
	for _, p := range list {
		a := matching.Application{ID: p.ID.String(), Ref: p.Ref, Title: p.Title, Kind: p.Kind, CreatedOn: p.CreatedOn, FiledOn: p.FiledOn}
		for _, x := range p.Authors {
			a.Authors = append(a.Authors, matching.ApplicationAuthor{Name: x.Name, Key: hex.EncodeToString(x.IINHash)})
		}
		out = append(out, a)
	}
	return out, err
}

// reading is a certificate read without doubt, its number boxed on the page.
func reading(number string, registered, created clock.Day, kind, title string, authors ...string) certificate.Reading {
	r := certificate.Reading{Source: doctext.TextLayer, Confidence: map[certificate.Field]float64{},
		Fields: certificate.Fields{Number: number, RegisteredOn: registered, CreatedOn: created, Kind: kind, KindText: kind, Title: title, Authors: authors},
		Places: map[certificate.Field][]certificate.Place{certificate.Number: {{Page: 1, Boxes: []doctext.Rect{{X: .4, Y: .5, W: .1, H: .02}}}}}}
	for _, f := range fieldOrder {
		r.Confidence[f] = 0.97
	}
	return r
}

// enter lets a message bring a certificate.
func (f *flow) enter(name string, r certificate.Reading) uuid.UUID {
	f.t.Helper()
	ctx := context.Background()
	ref, err := f.deps.Blobs.Put(ctx, strings.NewReader("document "+name))
	must(err)
	id := f.message("certificates", "")
	_, err = f.deps.Pool.Exec(ctx, `INSERT INTO attachment (id, message_id, position, path, filename, content_type, sha256, size)
		VALUES ($1, $2, 1, '2', $3, 'application/pdf', $4, $5)`, clock.NewID(), id, name, ref.SHA256, ref.Size)
	must(err)
	var e registry.Entered
	must(pgx.BeginFunc(ctx, f.deps.Pool, func(tx pgx.Tx) (err error) {
		e, err = f.reg.Enter(ctx, tx, registry.Arrival{Reading: r, DocumentSHA256: ref.SHA256,
			Receipt: registry.Receipt{MessageID: id, AttachmentSHA256: ref.SHA256, Filename: name, ReceivedAt: f.clock.Now()}})
		return err
	}))
	return e.ID
}

func (f *flow) message(outcome, reason string) uuid.UUID {
	return f.messageIn("certificates@karatal.example", outcome, reason)
}

func (f *flow) messageIn(mailbox, outcome, reason string) uuid.UUID {
	ctx := context.Background()
	f.files++
	ref, err := f.deps.Blobs.Put(ctx, strings.NewReader(fmt.Sprint("raw message ", f.files)))
	must(err)
	id := clock.NewID()
	_, err = f.deps.Pool.Exec(ctx, `INSERT INTO message (id, mailbox, uidvalidity, uid, received_at, stored_at, sha256, size, message_id, from_addr, subject, excerpt, outcome, reason)
		VALUES ($1, $2, 7, $3, $4, $4, $5, $6, $7, 'l.nurbaeva@karatal.example', $8, 'Сәлеметсіз бе! Куәлігімді жіберіп отырмын.', $9, $10)`,
		id, mailbox, f.files, f.clock.Now().Add(-time.Duration(100-f.files)*time.Hour), ref.SHA256, ref.Size, fmt.Sprintf("<%d@x.example>", f.files),
		fmt.Sprintf("Свидетельство %d", f.files), outcome, reason)
	must(err)
	return id
}

// version is that of a certificate now.
func (f *flow) version(id uuid.UUID) string {
	c := f.get(id)
	return fmt.Sprint(c.Version)
}

func (f *flow) get(id uuid.UUID) registry.Certificate {
	f.t.Helper()
	c, err := registry.Get(context.Background(), f.deps.Pool, id)
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

// staffAccount is a browser of a member of staff, who comes by a one-time link.
func (f *flow) staffBrowser(email string) *browser {
	f.t.Helper()
	ctx := context.Background()
	f.letters = nil
	if err := f.deps.Accounts.RequestLink(ctx, email, "test", account.ForLogin, i18n.RU); err != nil {
		f.t.Fatal(err)
	}
	if len(f.letters) != 1 {
		f.t.Fatalf("%d letters to %s", len(f.letters), email)
	}
	m := linkSecret.FindStringSubmatch(f.letters[0].Text)
	if m == nil {
		f.t.Fatal("no link in ", f.letters[0].Text)
	}
	session, _, err := f.deps.Accounts.LoginByLink(ctx, m[1])
	if err != nil {
		f.t.Fatal(err)
	}
	b := f.browser()
	b.cookies[f.s.cookieName("session")] = session
	b.get("/my")
	b.get("/settings/me")
	return b
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

var linkSecret = regexp.MustCompile(`/login/link/([A-Za-z0-9_-]+)`)

func envAt(now time.Time) context.Context {
	return part.With(context.Background(), part.Env{Lang: i18n.RU, Now: now, Zone: time.UTC})
}

func boxAt(good time.Time) mailbox.State {
	return mailbox.State{Name: "certificates@karatal.example/INBOX", Enabled: true, LastGoodAt: &good}
}
