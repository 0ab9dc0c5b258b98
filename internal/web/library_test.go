package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/authenticity"
	"kualik/internal/certificate"
	"kualik/internal/clock"
	forms "kualik/internal/demo/paper"
	"kualik/internal/doctext"
	"kualik/internal/pki"
	"kualik/internal/pki/issue"
	"kualik/internal/pki/pades"
	"kualik/internal/registry"
)

// library is a world whose documents are read, drawn and checked for real, with a trusted seal and a stranger's.
type library struct {
	*flow
	reader *doctext.Reader
	checks *authenticity.Store
	seal   *pades.Seal
	other  *pades.Seal
}

const stateLink = "https://copyright.kazpatent.kz/?!.iD=0aB3x"

func newLibrary(t *testing.T) *library {
	t.Helper()
	l := &library{flow: newFlow(t)}
	reader, err := doctext.NewReader(doctext.Options{CacheDir: doctext.SharedCache(os.TempDir()), Workers: 1, OCR: true})
	must(err)
	t.Cleanup(func() { must(reader.Close()) })
	l.reader = reader
	trusted, seal := newSeal("KUALIK ROOT TEST", "«Қаратал университеті» КеАҚ")
	_, l.other = newSeal("STRANGE ROOT TEST", "Бөтен мекеме")
	l.seal = seal
	l.checks = authenticity.NewStore(l.deps.Pool, pki.NewTrust(trusted), l.clock)
	l.s.Render, l.s.Read, l.s.Check = reader.Render, reader.Read, l.check
	return l
}

func newSeal(root, organisation string) (der []byte, seal *pades.Seal) {
	a, err := issue.NewAuthority(rand.Reader, issue.RSA, root, opening.AddDate(-1, 0, 0))
	must(err)
	id, err := a.Issue(issue.Person{Surname: "ӘБІЛДИН", GivenName: "САМАТ", IIN: "700101399013", Organisation: organisation, BIN: "990240000016"},
		issue.Sign, opening.AddDate(0, -6, 0), opening.AddDate(0, 6, 0))
	must(err)
	seal, err = pades.OpenSeal(id.Marshal(), "")
	must(err)
	return a.Certificate, seal
}

// check does what the job of the installation does.
func (l *library) check(ctx context.Context, sha string) error {
	o, err := l.checks.Options(ctx, sha)
	if err != nil {
		return err
	}
	data, err := l.s.documentBytes(ctx, sha, "")
	if err != nil {
		return err
	}
	pages, err := l.checks.Pages(ctx, sha)
	if err != nil {
		return err
	}
	files, err := authenticity.Inspect(ctx, l.reader, data, pages, o)
	if err != nil {
		return err
	}
	return l.checks.Keep(ctx, sha, o.At, files)
}

// paperOf is a certificate of the state's form with its code.
func paperOf(f certificate.Fields) []byte {
	pdf, err := forms.Certificate(forms.Subject{KindTextKK: "ғылыми туынды", Fields: f}, forms.Variant{})
	must(err)
	return pdf
}

func fieldsNo(number string) certificate.Fields {
	return certificate.Fields{Number: number, RegisteredOn: "2026-09-16", CreatedOn: "2026-09-02", Kind: "scientific_work", KindText: "произведение науки",
		Title: "Органикалық химия: зертханалық практикум " + number, Authors: []string{"САГИТОВА МЕРУЕРТ ТАЛГАТОВНА", "НУРБАЕВА ЛАУРА"}, VerificationURL: stateLink}
}

func (l *library) sign(seal *pades.Seal, pdf []byte) []byte {
	out, err := seal.Sign(pdf, opening.AddDate(0, 0, -1))
	must(err)
	return out
}

// bring lets a message bring a file on the way of a mail, and checks it.
func (l *library) bring(name string, data []byte) (ids []uuid.UUID, sha string) {
	l.t.Helper()
	ids, sha = l.unchecked(name, data)
	must(l.check(context.Background(), sha))
	return ids, sha
}

func (l *library) unchecked(name string, data []byte) (ids []uuid.UUID, sha string) {
	l.t.Helper()
	ctx := context.Background()
	x, err := certificate.Extract(ctx, l.reader, name, data, true)
	must(err)
	if x.Verdict != certificate.IsCertificate {
		l.t.Fatalf("%s is %s %s", name, x.Verdict, x.Reason)
	}
	ref, err := l.deps.Blobs.Put(ctx, bytes.NewReader(data))
	must(err)
	id := l.message("certificates", "")
	_, err = l.deps.Pool.Exec(ctx, `INSERT INTO attachment (id, message_id, position, path, filename, content_type, sha256, size)
		VALUES ($1, $2, 1, '2', $3, 'application/pdf', $4, $5)`, clock.NewID(), id, name, ref.SHA256, ref.Size)
	must(err)
	_, err = l.deps.Pool.Exec(ctx, `INSERT INTO document (sha256, reader_version, verdict, readings, read_at) VALUES ($1, $2, 'certificate', $3, $4) ON CONFLICT DO NOTHING`,
		ref.SHA256, certificate.ReaderVersion, x.Certificates, l.clock.Now())
	must(err)
	for i, r := range x.Certificates {
		file := name
		if r.FileName != "" {
			file += inside + r.FileName
		}
		var e registry.Entered
		must(pgx.BeginFunc(ctx, l.deps.Pool, func(tx pgx.Tx) (err error) {
			e, err = l.reg.Enter(ctx, tx, registry.Arrival{Reading: r, DocumentSHA256: ref.SHA256, DocumentIndex: i,
				Receipt: registry.Receipt{MessageID: id, AttachmentSHA256: ref.SHA256, Filename: file, ReceivedAt: l.clock.Now()}})
			return err
		}))
		ids = append(ids, e.ID)
	}
	return ids, ref.SHA256
}

// photo is a page of a document as a camera takes it that was held on its side: the pixels lie, Exif says how.
func (l *library) photo(pdf []byte) []byte {
	drawn, err := l.reader.Render(context.Background(), pdf, 1, 200)
	must(err)
	page, err := png.Decode(bytes.NewReader(drawn))
	must(err)
	b := page.Bounds()
	lying := image.NewGray(image.Rect(0, 0, b.Dy(), b.Dx()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			lying.SetGray(y, b.Dx()-1-x, color.GrayModel.Convert(page.At(x, y)).(color.Gray))
		}
	}
	var out bytes.Buffer
	must(jpeg.Encode(&out, lying, &jpeg.Options{Quality: 90}))
	exif := []byte("Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00")
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	return append(append(append([]byte{}, out.Bytes()[:2]...), append(segment, exif...)...), out.Bytes()[2:]...)
}
