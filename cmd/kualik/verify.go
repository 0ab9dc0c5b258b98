package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"kualik/internal/blob"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/pki"
	"kualik/internal/pki/pades"
)

type verifyCmd struct {
	File  string `arg:"" name:"file" placeholder:"FILE" help:"${verify_file}"`
	At    string `placeholder:"INSTANT" help:"${signature_at}"`
	Trust string `placeholder:"DIR" help:"${signature_trust}"`
	JSON  bool   `name:"json" help:"${json}"`
}

// fileVerdict is the object of `kualik verify --json`.
type fileVerdict struct {
	File       string          `json:"file"`
	Valid      bool            `json:"valid"`
	Reason     string          `json:"reason"`
	SHA256     string          `json:"sha256"`
	Size       int             `json:"size"`
	Appended   int             `json:"appended"` // bytes behind what the last signature covers
	Signatures []fileSignature `json:"signatures"`
}

type fileSignature struct {
	signerVerdict
	Organisation string `json:"organisation"`
	Field        string `json:"field"`
	SubFilter    string `json:"sub_filter"`
	Covered      int    `json:"covered"` // bytes from the beginning, but for the signature itself
	Whole        bool   `json:"whole"`
	Bound        bool   `json:"bound"` // what is signed names the certificate
}

// Run checks the signatures of a PDF with no database and no network.
func (c *verifyCmd) Run(w *world) error {
	at := time.Now()
	if c.At != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, c.At); err != nil {
			return usageError{fault.New(fault.Invalid, "cli.bad_instant", "Value", c.At)}
		}
	}
	trust, err := w.trust(c.Trust)
	if err != nil {
		return err
	}
	info, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	if info.Size() > pades.MaxFile {
		return fault.New(fault.TooLarge, "issuing.verify.too_large", "Megabytes", pades.MaxFile>>20)
	}
	pdf, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	v := newFileVerdict(c.File, pdf, pades.Verify(pdf, pki.Options{At: at, Trust: trust}))
	if c.JSON {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		fmt.Fprintln(w.stdout, string(b))
	} else {
		v.show(w)
	}
	if !v.Valid {
		return errSaid
	}
	return nil
}

func newFileVerdict(file string, pdf []byte, r pades.Result) fileVerdict {
	v := fileVerdict{File: file, Valid: r.Valid, Reason: r.Reason, SHA256: blob.Sum(pdf), Size: r.Size, Appended: r.Appended, Signatures: []fileSignature{}}
	for _, s := range r.Signatures {
		f := fileSignature{signerVerdict: newSignerVerdict(s.Signer), Organisation: s.Signer.Organisation, Field: s.Field, SubFilter: s.SubFilter, Covered: s.Covered,
			Whole: s.Whole, Bound: s.Bound}
		f.Valid, f.Reason, f.SigningTime = s.Valid, s.Reason, instant(s.ClaimedAt)
		v.Signatures = append(v.Signatures, f)
	}
	return v
}

// reasons of a file that package pki does not have.
var fileReasons = map[string]bool{pades.NotPDF: true, pades.NoSignature: true, pades.BadRange: true, pades.Appended: true}

func (v fileVerdict) show(w *world) {
	say := func(key string, args ...any) string { return i18n.T(w.lang, "issuing.verify."+key, args...) }
	why := func(reason string) string {
		if fileReasons[reason] {
			return say("reason." + reason)
		}
		return i18n.T(w.lang, "signature.reason."+reason)
	}
	if v.Valid {
		fmt.Fprintln(w.stdout, say("valid"))
	} else {
		fmt.Fprintln(w.stdout, say("not_valid", "Reason", why(v.Reason)))
	}
	fmt.Fprintln(w.stdout, say("file", "Size", i18n.Number(v.Size), "Hash", v.SHA256))
	if v.Appended > 0 {
		fmt.Fprintln(w.stdout, say("appended", "Count", i18n.Number(v.Appended)))
	}
	for i, s := range v.Signatures {
		fmt.Fprintf(w.stdout, "\n%d. %s\n", i+1, strings.TrimSpace(strings.TrimLeft(s.Organisation+" · "+s.Name, " ·")+"  "+s.identifiers(w)))
		if s.Valid {
			fmt.Fprintln(w.stdout, "   "+i18n.T(w.lang, "signature.valid"))
		} else {
			fmt.Fprintln(w.stdout, "   "+i18n.T(w.lang, "signature.not_valid", "Reason", why(s.Reason)))
		}
		if s.Whole {
			fmt.Fprintln(w.stdout, "   "+say("whole"))
		} else if s.Covered > 0 {
			fmt.Fprintln(w.stdout, "   "+say("covered", "Covered", i18n.Number(s.Covered)))
		}
		s.details(w)
	}
}
