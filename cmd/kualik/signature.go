package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"kualik/config"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/pki"
)

type signatureCmd struct {
	Verify signatureVerify `cmd:"" help:"${signature_verify}"`
}

type signatureVerify struct {
	CMS   string `name:"cms" required:"" placeholder:"FILE" help:"${signature_cms}"`
	Data  string `placeholder:"FILE" help:"${signature_data}"`
	At    string `placeholder:"INSTANT" help:"${signature_at}"`
	Trust string `placeholder:"DIR" help:"${signature_trust}"`
	JSON  bool   `name:"json" help:"${json}"`
}

// verdict is the object of `kualik signature verify --json`.
type verdict struct {
	Valid         bool            `json:"valid"`
	Reason        string          `json:"reason"`
	ContentSHA256 string          `json:"content_sha256"`
	Signers       []signerVerdict `json:"signers"`
}

type signerVerdict struct {
	Valid       bool     `json:"valid"`
	Reason      string   `json:"reason"`
	IIN         string   `json:"iin"`
	BIN         string   `json:"bin"`
	Name        string   `json:"name"`
	Algorithm   string   `json:"algorithm"`
	KeyUsage    string   `json:"key_usage"`
	Roles       []string `json:"roles"`
	Serial      string   `json:"serial"`
	NotBefore   string   `json:"not_before"`
	NotAfter    string   `json:"not_after"`
	Chain       string   `json:"chain"`
	Revocation  string   `json:"revocation"`
	SigningTime string   `json:"signing_time"`
}

// Run checks a message with no database and no network.
func (c *signatureVerify) Run(w *world) error {
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
	cms, err := os.ReadFile(c.CMS)
	if err != nil {
		return err
	}
	var data []byte
	if c.Data != "" {
		if data, err = os.ReadFile(c.Data); err != nil {
			return err
		}
	}
	v := newVerdict(pki.VerifyCMS(cms, data, pki.Options{At: at, Trust: trust}))
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

// trust is whom the caller trusts, in every mode, or else whom the settings trust: in production no test
// certificate.
func (w *world) trust(dir string) (*pki.Trust, error) {
	cfg, err := w.settings()
	switch {
	case dir != "":
		return loadTrust(dir)
	case err != nil:
		return nil, err
	case cfg.TrustDir == "":
		fmt.Fprintln(w.stderr, i18n.T(w.lang, "signature.no_trust"))
		return nil, nil
	}
	t, err := loadTrust(cfg.TrustDir)
	if err != nil {
		return nil, err
	}
	if names := t.Test(); cfg.Mode != config.Demo && len(names) > 0 {
		fmt.Fprintln(w.stderr, i18n.T(w.lang, "signature.test_trust", "Names", strings.Join(names, ", ")))
		t = t.Real()
	}
	return t, nil
}

func loadTrust(dir string) (*pki.Trust, error) {
	t, err := pki.LoadTrust(dir)
	if err != nil {
		return nil, usageError{fault.Wrap(err, fault.Invalid, "signature.bad_trust", "Value", dir)}
	}
	return t, nil
}

func newVerdict(r pki.Result) verdict {
	v := verdict{Valid: r.Valid, Reason: r.Reason, ContentSHA256: r.ContentSHA256, Signers: []signerVerdict{}}
	for _, s := range r.Signers {
		v.Signers = append(v.Signers, newSignerVerdict(s))
	}
	return v
}

func newSignerVerdict(s pki.Signer) signerVerdict {
	return signerVerdict{Valid: s.Valid, Reason: s.Reason, IIN: s.IIN, BIN: s.BIN, Name: s.Name,
		Algorithm: s.Algorithm, KeyUsage: s.KeyUsage, Roles: append([]string{}, s.Roles...), Serial: s.Serial,
		NotBefore: instant(s.NotBefore), NotAfter: instant(s.NotAfter), Chain: s.Chain, Revocation: s.Revocation,
		SigningTime: instant(s.SigningTime)}
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// show is the verdict for people.
func (v verdict) show(w *world) {
	say := func(key string, args ...any) string { return i18n.T(w.lang, key, args...) }
	outcome := func(valid bool, reason string) string {
		if valid {
			return say("signature.valid")
		}
		return say("signature.not_valid", "Reason", say("signature.reason."+reason))
	}
	fmt.Fprintln(w.stdout, outcome(v.Valid, v.Reason))
	if v.ContentSHA256 != "" {
		fmt.Fprintln(w.stdout, say("signature.content", "Hash", v.ContentSHA256))
	}
	for i, s := range v.Signers {
		fmt.Fprintf(w.stdout, "\n%d. %s\n   %s\n", i+1, strings.TrimSpace(s.Name+"  "+s.identifiers(w)), outcome(s.Valid, s.Reason))
		s.details(w)
	}
}

// details are what the certificate says, for people.
func (s signerVerdict) details(w *world) {
	if s.Serial == "" {
		return
	}
	say := func(key string, args ...any) string { return i18n.T(w.lang, key, args...) }
	fmt.Fprintf(w.stdout, "   %s\n", say("signature.certificate", "Serial", s.Serial, "From", s.NotBefore, "To", s.NotAfter))
	usage := "signature.usage.none"
	if s.KeyUsage != "" {
		usage = "signature.usage." + s.KeyUsage
	}
	fmt.Fprintf(w.stdout, "   %s, %s, %s, %s\n", s.Algorithm, say(usage), say("signature.chain."+s.Chain), say("signature.revocation."+s.Revocation))
	if s.SigningTime != "" {
		fmt.Fprintf(w.stdout, "   %s\n", say("signature.time", "Time", s.SigningTime))
	}
}

func (s signerVerdict) identifiers(w *world) string {
	var list []string
	if s.IIN != "" {
		list = append(list, i18n.T(w.lang, "signature.iin", "Number", s.IIN))
	}
	if s.BIN != "" {
		list = append(list, i18n.T(w.lang, "signature.bin", "Number", s.BIN))
	}
	return strings.Join(list, ", ")
}
