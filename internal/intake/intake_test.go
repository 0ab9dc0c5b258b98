package intake_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"kualik/internal/audit"
	"kualik/internal/blob"
	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/doctext"
	"kualik/internal/intake"
	"kualik/internal/jobs"
	"kualik/internal/mailbox"
	"kualik/internal/matching"
	"kualik/internal/postgres/pgtest"
	"kualik/internal/registry"
	"kualik/internal/secret"
)

var now = time.Date(2026, 9, 17, 9, 0, 0, 0, time.UTC)

// reader answers by the file's content: "certificate N", "scan N", "broken", or nothing of the sort.
type reader struct{ calls int }

func (r *reader) Extract(_ context.Context, _ string, data []byte, ocr bool) (certificate.Extraction, error) {
	r.calls++
	word, number, _ := strings.Cut(string(data), " ")
	source := doctext.TextLayer
	switch word {
	case "fail":
		return certificate.Extraction{}, errors.New("no memory for the engine")
	case "broken":
		return certificate.Extraction{Verdict: certificate.Unreadable, Reason: doctext.Damaged}, nil
	case "statement":
		return certificate.Extraction{Verdict: certificate.NotCertificate, Label: "statement"}, nil
	case "scan":
		if !ocr {
			return certificate.Extraction{Verdict: certificate.Unreadable, Reason: doctext.NeedsOCR}, nil
		}
		source = doctext.OCR
	case "certificate":
	default:
		return certificate.Extraction{Verdict: certificate.NotCertificate}, nil
	}
	confidence := map[certificate.Field]float64{}
	for _, f := range []certificate.Field{certificate.Number, certificate.RegisteredOn, certificate.CreatedOn, certificate.Kind, certificate.Title, certificate.Authors} {
		confidence[f] = 0.97
	}
	return certificate.Extraction{Verdict: certificate.IsCertificate, Certificates: []certificate.Reading{{Source: source, Confidence: confidence,
		Fields: certificate.Fields{Number: strings.TrimSpace(number), RegisteredOn: "2025-03-18", CreatedOn: "2024-01-10", Kind: "scientific_work",
			KindText: "произведение науки", Title: "Химия " + number, Authors: []string{"АХМЕТОВА САУЛЕ МАРАТОВНА"}}}}}, nil
}

type house struct {
	in     *intake.Intake
	pool   *pgxpool.Pool
	reader *reader
	clock  *clock.Manual
	dir    string
}

func newHouse(t *testing.T) *house {
	h := &house{pool: pgtest.New(t), reader: &reader{}, clock: clock.At(now), dir: t.TempDir()}
	log := slog.New(slog.DiscardHandler)
	blobs, err := blob.Open(t.Context(), "", h.dir)
	require.NoError(t, err)
	book := jobs.NewBook()
	jobs.Add(book, time.Minute, func(context.Context, jobs.Job[intake.Take]) error { return nil })
	engine, err := jobs.New(h.pool, book, 0, log)
	require.NoError(t, err)
	keeper, err := secret.New(bytes.Repeat([]byte{7}, secret.KeySize))
	require.NoError(t, err)
	nobody := registry.Sources{
		Staff:        func(context.Context, pgx.Tx, []string, []string) ([]matching.Staff, error) { return nil, nil },
		Applications: func(context.Context, pgx.Tx, matching.Certificate) ([]matching.Application, error) { return nil, nil },
	}
	h.in = &intake.Intake{Pool: h.pool, Blobs: blobs, Reader: h.reader, Registry: registry.New(h.pool, nobody, h.clock, time.UTC, log),
		Jobs: engine, Clock: h.clock, Log: log, OCR: true, Attempts: 3}
	h.in.Inbox = mailbox.NewStore(h.pool, keeper, h.clock, h.in.Enqueue)
	return h
}

// mail is a letter with files.
func mail(subject, text string, header string, files ...string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "From: Сауле <s@koktobe.example>\r\nTo: kualik@koktobe.example\r\nSubject: %s\r\nMessage-ID: <%s@x.example>\r\nDate: Tue, 01 Sep 2026 10:00:00 +0500\r\n%s", subject, uuid.NewString(), header)
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text + "\r\n")
	for i, f := range files {
		fmt.Fprintf(&b, "--b\r\nContent-Type: application/pdf; name=f%d.pdf\r\nContent-Disposition: attachment; filename=f%d.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n", i, i, base64.StdEncoding.EncodeToString([]byte(f)))
	}
	b.WriteString("--b--\r\n")
	return []byte(b.String())
}

func (h *house) store(t *testing.T, raw []byte) uuid.UUID {
	ref, err := h.in.Blobs.Put(t.Context(), bytes.NewReader(raw))
	require.NoError(t, err)
	rows, err := h.in.Inbox.Take(t.Context(), []mailbox.NewMessage{{Mailbox: "file:x.eml", ReceivedAt: now, SHA256: ref.SHA256, Size: ref.Size}})
	require.NoError(t, err)
	return rows[0].ID
}

func (h *house) work(t *testing.T, id uuid.UUID, ocr bool) {
	require.NoError(t, h.in.Work(t.Context(), jobs.Job[intake.Take]{Args: intake.Take{MessageID: id, OCR: ocr}, Attempt: 1}))
}

func (h *house) outcome(t *testing.T, id uuid.UUID) string {
	var outcome, reason string
	require.NoError(t, h.pool.QueryRow(t.Context(), `SELECT outcome, reason FROM message WHERE id = $1`, id).Scan(&outcome, &reason))
	return strings.TrimSpace(outcome + " " + reason)
}

func (h *house) count(t *testing.T, sql string) (n int) {
	require.NoError(t, h.pool.QueryRow(t.Context(), sql).Scan(&n))
	return n
}

func TestOutcomes(t *testing.T) {
	for name, c := range map[string]struct {
		raw  []byte
		want string
	}{
		"a certificate":                {mail("куәлік", "қосымшада", "", "certificate 1"), "certificates"},
		"a certificate and a bad file": {mail("x", "x", "", "broken", "certificate 2"), "certificates"},
		"a bad file":                   {mail("x", "x", "", "broken"), "quarantined damaged"},
		"half a mail":                  {[]byte("From: a@x.example\r\nContent-Type: message/partial; id=x; number=1; total=2\r\n\r\nContent-Type: application/pdf\r\n\r\nstatement"), "quarantined unsupported"},
		"an encrypted mail":            {[]byte("From: a@x.example\r\nContent-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\nMA0GCSqGSIb3DQEHA6AA\r\n"), "quarantined password"},
		"another document":             {mail("x", "x", "", "statement"), "nothing_found other_document"},
		"a link":                       {mail("x", "https://drive.google.com/file/d/abc/view", ""), "quarantined link_only"},
		"out of office":                {mail("x", "в отпуске", "Auto-Submitted: auto-replied\r\n"), "nothing_found auto_reply"},
		"a question":                   {mail("x", "когда рейтинг?", ""), "nothing_found no_document"},
		"no mail at all":               {[]byte{0xff, 0x00, 0x01}, "nothing_found no_document"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			id := h.store(t, c.raw)
			h.work(t, id, false)
			require.Equal(t, c.want, h.outcome(t, id))
		})
	}
}

func TestASecondRunDoesNothing(t *testing.T) {
	h := newHouse(t)
	id := h.store(t, mail("x", "x", "", "certificate 1", "certificate 1"))
	h.work(t, id, false)
	calls := h.reader.calls
	require.Equal(t, 1, calls, "the same file twice in one mail is read once")
	h.work(t, id, false)
	require.Equal(t, calls, h.reader.calls)
	require.Equal(t, 1, h.count(t, `SELECT count(*) FROM certificate`))
	require.Equal(t, 1, h.count(t, `SELECT count(*) FROM receipt`))
}

func TestPicturesGoToTheSlowQueueAndThenToAPerson(t *testing.T) {
	h := newHouse(t)
	id := h.store(t, mail("x", "x", "", "scan 9"))
	h.work(t, id, false)
	require.Equal(t, "pending", h.outcome(t, id))
	require.Equal(t, 1, h.count(t, `SELECT count(*) FROM river_job WHERE queue = 'slow'`))
	h.work(t, id, true)
	require.Equal(t, "quarantined scan", h.outcome(t, id))
	require.Equal(t, 1, h.count(t, `SELECT count(*) FROM certificate WHERE source = 'ocr' AND reading = 'review'`))

	h.in.OCR = false
	bare := h.store(t, mail("x", "y", "", "scan 10"))
	h.work(t, bare, false)
	require.Equal(t, "quarantined needs_ocr", h.outcome(t, bare), "without Tesseract a person is told why")
}

func TestAFailureIsTriedAgainAndGivenToAPersonInTheEnd(t *testing.T) {
	h := newHouse(t)
	id := h.store(t, mail("x", "x", "", "fail"))
	for i := range 2 {
		h.work(t, id, false)
		require.Equal(t, "failed processing", h.outcome(t, id))
		require.Equal(t, i+1, h.count(t, `SELECT count(*) FROM river_job WHERE state = 'scheduled'`))
	}
	h.work(t, id, false)
	require.Equal(t, "quarantined gave_up", h.outcome(t, id))
}

func TestLostBytesAreAReason(t *testing.T) {
	h := newHouse(t)
	id := h.store(t, mail("x", "x", "", "certificate 1"))
	require.NoError(t, os.RemoveAll(h.dir))
	h.work(t, id, false)
	require.Equal(t, "failed raw_missing", h.outcome(t, id))
}

func TestReplayReadsAgainAndKeepsWhatPeopleDecided(t *testing.T) {
	h := newHouse(t)
	id := h.store(t, mail("x", "x", "", "certificate 1"))
	h.work(t, id, false)
	_, err := h.pool.Exec(t.Context(), `UPDATE certificate SET reading = 'rejected', reading_reason = 'by_person'`)
	require.NoError(t, err)
	n, err := h.in.Replay(t.Context(), audit.CLI, []uuid.UUID{id}, nil)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, "pending", h.outcome(t, id))
	h.work(t, id, false)
	require.Equal(t, 1, h.count(t, `SELECT count(*) FROM certificate`), "a rejected certificate does not come back")
	require.Equal(t, 1, h.count(t, `SELECT count(*) FROM audit WHERE action = 'intake.replay'`))
}

func TestAMessageWithoutAJobIsQueuedAgain(t *testing.T) {
	h := newHouse(t)
	h.store(t, mail("x", "x", "", "certificate 1"))
	_, err := h.pool.Exec(t.Context(), `DELETE FROM river_job`)
	require.NoError(t, err)
	h.clock.Advance(time.Hour)
	for _, want := range []int{1, 0} {
		n, err := h.in.Requeue(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
}

func TestOnlyOrphansAreSwept(t *testing.T) {
	h := newHouse(t)
	id := h.store(t, mail("x", "x", "", "certificate 1"))
	h.work(t, id, false)
	_, err := h.in.Blobs.Put(t.Context(), strings.NewReader("nobody names me"))
	require.NoError(t, err)
	n, err := h.in.SweepFiles(t.Context())
	require.NoError(t, err)
	require.Zero(t, n, "what is young may yet get its row")
	h.clock.Advance(10 * 365 * 24 * time.Hour)
	n, err = h.in.SweepFiles(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n)
}

func TestAnUploadGoesTheWayOfAMail(t *testing.T) {
	h := newHouse(t)
	id, err := h.in.Upload(t.Context(), intake.Upload{From: "s@koktobe.example", Name: "Сауле", Filename: "Куәлік № 7.pdf", Data: []byte("certificate 7")})
	require.NoError(t, err)
	h.work(t, id, false)
	require.Equal(t, "certificates", h.outcome(t, id))
	var name, box string
	require.NoError(t, h.pool.QueryRow(t.Context(), `SELECT a.filename, m.mailbox FROM attachment a JOIN message m ON m.id = a.message_id`).Scan(&name, &box))
	require.Equal(t, "Куәлік № 7.pdf", name)
	require.Equal(t, "web:s@koktobe.example", box)
	_, err = h.in.Upload(t.Context(), intake.Upload{From: "s@koktobe.example", Filename: "empty.pdf"})
	require.Error(t, err)
}

func TestIngestTakesFilesFoldersAndMboxes(t *testing.T) {
	h := newHouse(t)
	dir := t.TempDir()
	one, two, three := mail("1", "x", "", "certificate 1"), mail("2", "x", ""), mail("3", ">From here\nx", "")
	write := func(name string, data []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	write("a.eml", one)
	write("b.eml", one) // the same bytes again
	write("notes.pdf", []byte("not a message"))
	write("box.mbox", []byte("From a@x.example Tue Sep  1 10:00:00 2026\n"+string(two)+"\nFrom b@x.example Tue Sep  1 10:00:00 2026\n"+string(three)+"\n"))
	got, err := h.in.Ingest(t.Context(), []string{dir, filepath.Join(dir, "missing.eml")})
	require.NoError(t, err)
	require.Len(t, got.IDs, 4)
	require.Equal(t, []string{filepath.Join(dir, "missing.eml")}, got.Unreadable)
	require.Equal(t, 1, h.count(t, `SELECT count(*) FROM message WHERE outcome = 'duplicate'`))
	require.Equal(t, 3, h.count(t, `SELECT count(*) FROM river_job`))
}
