// Package authenticity tells what a file shows of itself: who signed it and whether that holds, whether anything was
// added behind the signature, what its QR codes say.
//
// It stands behind the reader of documents and before the pages: bytes, their reading and the trusted anchors in,
// facts out. It decides nothing, and does not know the certificates that were read from the file nor where they lead:
// whether a code or a record agrees with them is for whoever shows it. What cannot be checked is Unknown, never Good.
// Files come from strangers; packages pades and unpack bound what is done with them.
package authenticity

import (
	"bytes"
	"strings"
	"time"

	"kualik/internal/doctext"
	"kualik/internal/pki"
	"kualik/internal/pki/pades"
	"kualik/internal/unpack"
)

// Version rises whenever the same file may show otherwise than before; older facts are then found again.
const Version = 1

// Worth is what a fact is worth.
type Worth string

// The worths, by the names of the lamps that show them.
const (
	Good     Worth = "ok"
	Doubtful Worth = "warn"
	Bad      Worth = "bad"
	Unknown  Worth = "unknown"
)

// Problems why signatures were not looked for, or not found where there is a trace of one.
const (
	NotPDF    = "not_pdf"
	Structure = "structure" // a PDF whose parts cannot be found
	TooLarge  = "too_large"
	Stray     = "stray" // no field of the file has a signature, yet something in it looks like one
)

// Reasons of a signature besides those of packages pki and pades.
const (
	NoCertificate = "no_certificate" // the signer's certificate is not in the message
)

// Facts are what one file shows.
type Facts struct {
	Name       string      `json:"name,omitempty"` // within an archive, as package doctext names it
	SHA256     string      `json:"sha256"`         // of its bytes
	Type       string      `json:"type"`           // MIME type by content
	Size       int         `json:"size"`           // bytes
	Problem    string      `json:"problem,omitempty"`
	Signatures []Signature `json:"signatures,omitempty"` // in the order in which they were made
	Codes      []Code      `json:"codes,omitempty"`
}

// Signature is one of a PDF. The signer's facts are those that a certificate claims; they are proven only where
// Worth is Good.
type Signature struct {
	Worth        Worth     `json:"worth"`
	Reason       string    `json:"reason,omitempty"` // of package pki or pades, or of this one; "" when Good
	Detail       string    `json:"detail,omitempty"` // of pades.BadRange; of an algorithm that is not known its name
	Intact       bool      `json:"intact,omitempty"` // what it covers is what was signed
	Name         string    `json:"name,omitempty"`
	Organisation string    `json:"organisation,omitempty"`
	Algorithm    string    `json:"algorithm,omitempty"`
	ClaimedAt    time.Time `json:"claimed_at,omitzero"` // as the signer's clock said
	Until        time.Time `json:"until,omitzero"`      // the last moment at which the certificate is valid
	Covered      int       `json:"covered"`             // it is over the file's first bytes up to here, but for its own place
}

// Code is a QR code.
type Code struct {
	Page int    `json:"page"` // from 1
	Text string `json:"text"`
}

// Bounds of what is kept of a file that came as one.
const (
	maxFiles = 200
	maxCodes = 40
	maxText  = 2048 // bytes of a code
	maxName  = 300
)

// Check tells what each readable file shows: the file itself, or those in it when it is an archive. read is what
// package doctext made of the same bytes.
func Check(data []byte, read doctext.Result, o pki.Options) []Facts {
	list := []Facts{}
	for _, f := range read.Files {
		if len(list) == maxFiles {
			break
		}
		content, ok := unpack.Find(data, f.Name)
		if !ok || f.Type == "" {
			continue
		}
		facts := signatures(content, f.Type, o)
		facts.Name, facts.SHA256 = f.Name, f.SHA256
		facts.readCodes(f)
		list = append(list, facts)
	}
	return list
}

func (f *Facts) readCodes(file doctext.File) {
	for _, p := range file.Pages {
		for _, c := range p.Codes {
			if len(f.Codes) == maxCodes {
				return
			}
			f.Codes = append(f.Codes, Code{Page: p.Number, Text: clean(c.Text, maxText)})
		}
	}
}

// pdfType is what package doctext calls a PDF.
const pdfType = "application/pdf"

// signatures looks for the signatures of one file.
func signatures(data []byte, kind string, o pki.Options) Facts {
	f := Facts{Type: kind, Size: len(data)}
	switch {
	case kind != pdfType:
		f.Problem = NotPDF
		return f
	case len(data) > pades.MaxFile:
		f.Problem = TooLarge
		return f
	}
	r := verify(data, o)
	switch {
	case r.Reason == pades.NotPDF:
		f.Problem = Structure
	case len(r.Signatures) == 0 && bytes.Contains(data, []byte("/ByteRange")):
		f.Problem = Stray
	}
	for _, s := range r.Signatures {
		f.Signatures = append(f.Signatures, judge(s))
	}
	return f
}

// ends is how many places are tried at which a file may have ended before something was put behind it.
const ends = 4

// verify judges a file, and where it is no PDF that can be read, the longest beginning of it that is one and signed:
// what was put behind it may have hidden the way into it.
func verify(data []byte, o pki.Options) pades.Result {
	r := pades.Verify(data, o)
	head := data
	for try := 0; try < ends && r.Reason == pades.NotPDF; try++ {
		i := bytes.LastIndex(head, []byte("%%EOF"))
		if i < 0 {
			break
		}
		end := i + len("%%EOF")
		for _, line := range []string{"\r\n", "\n", "\r"} {
			if bytes.HasPrefix(data[end:], []byte(line)) {
				end += len(line)
				break
			}
		}
		if before := pades.Verify(data[:end], o); len(before.Signatures) > 0 {
			return before
		}
		head = data[:i]
	}
	return r
}

func judge(s pades.Signature) Signature {
	out := Signature{Reason: s.Reason, Detail: s.Detail, Covered: s.Covered, ClaimedAt: s.ClaimedAt, Until: s.Signer.NotAfter,
		Algorithm: clean(s.Signer.Algorithm, maxName), Name: clean(s.Signer.Name, maxName), Organisation: clean(s.Signer.Organisation, maxName)}
	out.Worth = Unknown
	switch s.Reason {
	case "":
		out.Worth, out.Intact = Good, true
	case pki.Untrusted:
		if out.Intact = s.Signer.Certificate != nil; !out.Intact {
			out.Reason = NoCertificate
		}
	case pki.Revoked:
		out.Worth, out.Intact = Bad, true
	case pki.Expired, pki.NotYetValid:
		out.Worth, out.Intact = Doubtful, true
	case pki.DigestMismatch, pki.BadSignature:
		out.Worth = Bad
	case pades.BadRange:
		if s.Detail != pades.RangeMissing && s.Detail != pades.RangePacked {
			out.Worth = Bad
		}
	case pki.UnsupportedAlgorithm:
		if out.Detail = out.Algorithm; out.Detail == "" {
			out.Detail = clean(s.SubFilter, maxName)
		}
	}
	return out
}

// clean makes text that can be kept and shown: valid, without NUL, bounded.
func clean(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}

// Added tells how many bytes stand behind what a signature covers: behind the last good one, else behind the last
// that is intact. by is that signature's index; it is negative when there is none, and then nothing can be told.
func (f Facts) Added() (n, by int) {
	by = -1
	for i, s := range f.Signatures {
		if s.Intact && (s.Worth == Good || by < 0 || f.Signatures[by].Worth != Good) {
			by = i
		}
	}
	if by < 0 {
		return 0, by
	}
	return f.Size - f.Signatures[by].Covered, by
}

// Of is what the file of a name shows; ok is false when it was not looked at.
func Of(files []Facts, name string) (Facts, bool) {
	for _, f := range files {
		if f.Name == name {
			return f, true
		}
	}
	return Facts{}, false
}
