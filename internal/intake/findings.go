package intake

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/doctext"
	"kualik/internal/message"
	"kualik/internal/registry"
)

// document is a part of the message that was read.
type document struct {
	part       message.Part
	position   int
	sha        string
	decoration bool
	extraction certificate.Extraction
}

// findings are what a message turned out to hold.
type findings struct {
	msg       message.Message
	documents []document
	wantsOCR  bool
	notice    bool // news of an application
}

// document stores a part's bytes and reads them; a file that the same reader has read before is not
// read again.
func (in *Intake) document(ctx context.Context, part message.Part, ocr bool) (document, error) {
	ref, err := in.Blobs.Put(ctx, strings.NewReader(string(part.Data)))
	if err != nil {
		return document{}, fmt.Errorf("store: %w", err)
	}
	d := document{part: part, sha: ref.SHA256, decoration: part.Decoration}
	if known, ok, err := in.knownReading(ctx, ref.SHA256); err != nil || ok {
		d.extraction = known
		return d, err
	}
	x, err := in.Reader.Extract(ctx, part.Filename, part.Data, ocr && !part.Decoration)
	if err != nil {
		return d, fmt.Errorf("read: %w", err)
	}
	d.extraction = x
	if x.Reason == doctext.NeedsOCR {
		return d, nil // another machine, or the slow queue, may read it
	}
	return d, in.rememberReading(ctx, ref.SHA256, x)
}

// notWhole: what the mail gave of the part is not all of it, so nothing found there says nothing.
func (d *document) notWhole() {
	if len(d.extraction.Certificates) == 0 && d.extraction.Reason != doctext.NeedsOCR {
		d.extraction = certificate.Extraction{Verdict: certificate.Unreadable, Reason: reasons[d.part.Reason]}
	}
}

func (in *Intake) knownReading(ctx context.Context, sha string) (x certificate.Extraction, ok bool, err error) {
	err = in.Pool.QueryRow(ctx, `SELECT verdict, reason, label, readings FROM document WHERE sha256 = $1 AND reader_version = $2`,
		sha, certificate.ReaderVersion).Scan(&x.Verdict, &x.Reason, &x.Label, &x.Certificates)
	if err == pgx.ErrNoRows {
		return x, false, nil
	}
	if err != nil {
		return x, false, fmt.Errorf("look up reading: %w", err)
	}
	return x, true, nil
}

func (in *Intake) rememberReading(ctx context.Context, sha string, x certificate.Extraction) error {
	readings := x.Certificates
	if readings == nil {
		readings = []certificate.Reading{}
	}
	_, err := in.Pool.Exec(ctx, `
		INSERT INTO document (sha256, reader_version, verdict, reason, label, readings, read_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT ON CONSTRAINT document_pkey DO NOTHING`,
		sha, certificate.ReaderVersion, x.Verdict, x.Reason, x.Label, readings, in.Clock.Now())
	if err != nil {
		return fmt.Errorf("remember reading: %w", err)
	}
	return nil
}

func writeAttachments(ctx context.Context, tx pgx.Tx, messageID uuid.UUID, list []document) error {
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM attachment WHERE message_id = $1`, messageID)
	for _, d := range list {
		batch.Queue(`INSERT INTO attachment (id, message_id, position, path, filename, content_type, sha256, size)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, clock.NewID(), messageID, d.position, d.part.Path,
			clean(d.part.Filename), clean(d.part.DeclaredType), d.sha, len(d.part.Data))
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write attachments: %w", err)
	}
	return nil
}

// clean makes text that PostgreSQL takes: valid UTF-8 without NUL.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// arrivals are the certificates of all documents. A file that comes twice in one message counts once.
func (f findings) arrivals(m row) (list []registry.Arrival) {
	seen := map[string]bool{}
	for _, d := range f.documents {
		if seen[d.sha] {
			continue
		}
		seen[d.sha] = true
		for i, c := range d.extraction.Certificates {
			name := d.part.Filename
			if c.FileName != "" {
				name += " → " + c.FileName
			}
			list = append(list, registry.Arrival{Reading: c, DocumentSHA256: d.sha, DocumentIndex: i,
				Receipt: registry.Receipt{MessageID: m.ID, AttachmentSHA256: d.sha, Filename: clean(name), ReceivedAt: m.ReceivedAt}})
		}
	}
	if len(list) == 1 { // of several it is not said which one the letter means
		text := f.msg.Subject + "\n" + f.msg.Text
		list[0].ApplicationNo = applicationNo(text[:min(len(text), maxQuoted)])
	}
	return list
}

// quoted finds "заявка № 110321", "өтінім № 110321" in a letter.
var quoted = regexp.MustCompile(`(?i)(?:заявк[аеиу]|өтінім)\s*(?:№|N|No)?\s*(\d{5,7})\b`)

// maxQuoted is how many bytes of a letter are searched: the expression is slow, and nobody says it so late.
const maxQuoted = 16 << 10

func applicationNo(text string) string {
	all := quoted.FindAllStringSubmatch(text, -1)
	if len(all) == 0 {
		return ""
	}
	for _, m := range all[1:] {
		if m[1] != all[0][1] {
			return ""
		}
	}
	return all[0][1]
}

// verdict is a message's outcome and the code of its reason.
type verdict struct{ outcome, reason string }

// verdict decides the outcome in the order of the interchange format: certificates, then what a person
// must look at, then nothing.
func (f findings) verdict(entered []registry.Entered) verdict {
	for _, e := range entered {
		if e.Listed {
			return verdict{outcome: "certificates"}
		}
	}
	if len(entered) > 0 {
		return verdict{"quarantined", "scan"}
	}
	for _, d := range f.documents {
		if reason, ok := d.suspicious(); ok {
			return verdict{"quarantined", reason}
		}
	}
	for _, d := range f.documents {
		if d.extraction.Verdict == certificate.NotCertificate && d.extraction.Label != "" {
			return verdict{"nothing_found", "other_document"}
		}
	}
	if f.notice {
		return verdict{"nothing_found", "notice"}
	}
	if f.msg.Auto != "" {
		return verdict{"nothing_found", string(f.msg.Auto)}
	}
	if len(f.msg.Links) > 0 {
		return verdict{"quarantined", "link_only"}
	}
	return verdict{"nothing_found", "no_document"}
}

// suspicious tells whether a document that gave no certificate may yet be one, and why it was not read.
func (d document) suspicious() (reason string, yes bool) {
	if d.decoration || d.extraction.Verdict != certificate.Unreadable {
		return "", false
	}
	if d.part.Reason == "" && d.extraction.Reason == doctext.Unsupported && !mayHoldDocument(d.part) {
		return "", false
	}
	return string(d.extraction.Reason), true
}

// unreadable is a part of which the mail gave no bytes.
func unreadable(part message.Part, position int) document {
	return document{part: part, position: position, decoration: part.Decoration,
		extraction: certificate.Extraction{Verdict: certificate.Unreadable, Reason: reasons[part.Reason]}}
}

var reasons = map[message.Reason]doctext.Reason{message.Damaged: doctext.Damaged, message.Encrypted: doctext.Password,
	message.Limit: doctext.Limit, message.External: doctext.Unsupported}

// mayHoldDocument tells whether a format that is not read here is one in which people send documents: an
// old Word file, an archive, a picture of a new sort, or nobody knows what; not a table, a signature or a sound.
func mayHoldDocument(p message.Part) bool {
	ext := strings.ToLower(path.Ext(p.Filename))
	switch ext {
	case ".rar", ".7z", ".doc", ".rtf", ".heic", ".heif", ".djvu", ".xps", ".pages", ".jp2", ".tgz", ".gz", ".tar", ".pdf":
		return true
	case ".ics", ".vcf", ".p7s", ".asc", ".sig", ".eml", ".html", ".txt", ".xml", ".json", ".csv", ".xls", ".xlsx", ".xlsm", ".ods", ".ppt", ".pptx", ".odp",
		".mp3", ".mp4", ".wav", ".m4a", ".ogg", ".opus", ".mov", ".avi", ".exe", ".apk", ".mso", ".thmx", ".wmz", ".emz", ".wmf", ".emf", ".svg":
		return false
	}
	for _, other := range []string{"audio/", "video/", "text/", "font/", "application/pgp", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
		"application/vnd.openxmlformats-officedocument.spreadsheetml", "application/vnd.openxmlformats-officedocument.presentationml", "application/json", "application/xml", "application/x-mso"} {
		if strings.HasPrefix(p.DeclaredType, other) {
			return false
		}
	}
	return ext != "" || p.DeclaredType != ""
}

// excerpt is the beginning of the letter, for the desk.
func (f findings) excerpt() string {
	begin := f.msg.Text[:min(len(f.msg.Text), 16<<10)]
	text := []rune(clean(strings.Join(strings.Fields(strings.ToValidUTF8(begin, "")), " ")))
	if len(text) > 600 {
		return string(text[:600]) + "…"
	}
	return string(text)
}
