package issuing

import (
	"bytes"
	"context"
	"regexp"

	"kualik/internal/blob"
	"kualik/internal/fault"
	"kualik/internal/pki"
	"kualik/internal/pki/pades"
)

// Outcome says what a file is to the register.
type Outcome string

// The outcomes of a check.
const (
	Ours      Outcome = "ours"      // the very bytes that were sealed, of a version that holds
	Outdated  Outcome = "outdated"  // the very bytes of a version that was replaced
	Cancelled Outcome = "cancelled" // the very bytes of a certificate that was annulled
	Longer    Outcome = "longer"    // the sealed bytes and something behind them
	Changed   Outcome = "changed"   // it names an entry of the register and is not what was sealed
	Strange   Outcome = "strange"   // the register knows nothing of it
)

// Verdict is what the register says of a file.
type Verdict struct {
	Outcome   Outcome
	SHA256    string
	Size      int
	Entry     *Entry   // of the register, when it is one's or says that it is
	Extract   *Extract // likewise
	Added     int      // bytes behind the sealed ones
	Differ    int      // bytes that are others than the sealed ones, when the length is the same
	From      int      // the first such byte, from 1
	Signature pades.Result
}

// Check holds the bytes of a file against the register. Trust judges the signature; nil trusts nobody, which the
// bytes do not need.
func (s *Service) Check(ctx context.Context, pdf []byte, trust *pki.Trust) (Verdict, error) {
	if len(pdf) > MaxPDF {
		return Verdict{}, fault.New(fault.TooLarge, "issuing.error.too_large", "Megabytes", MaxPDF>>20)
	}
	v := Verdict{SHA256: blob.Sum(pdf), Size: len(pdf), Outcome: Strange, Signature: pades.Verify(pdf, pki.Options{At: s.o.Clock.Now(), Trust: trust})}
	found, err := s.known(ctx, `sha256 = @key`, v.SHA256, &v)
	if err != nil {
		return v, err
	}
	if found {
		v.Outcome = v.whole()
		return v, nil
	}
	token := tokenOf(pdf)
	if token == "" {
		return v, nil
	}
	if found, err = s.known(ctx, `token = @key AND sha256 <> ''`, token, &v); err != nil || !found {
		return v, err
	}
	return v, s.compare(ctx, pdf, &v)
}

// known finds the entry or the extract of a condition.
func (s *Service) known(ctx context.Context, where, key string, v *Verdict) (bool, error) {
	list, err := entries(ctx, s.o.Pool, `WHERE e.`+where, args{"key": key})
	if err != nil {
		return false, err
	}
	if len(list) > 0 {
		v.Entry = &list[0]
		return true, nil
	}
	papers, err := extracts(ctx, s.o.Pool, `WHERE x.`+where, args{"key": key})
	if err != nil || len(papers) == 0 {
		return false, err
	}
	v.Extract = &papers[0]
	e, err := s.Get(ctx, s.o.Pool, v.Extract.EntryID)
	v.Entry = &e
	return err == nil, err
}

// whole is the outcome for the very bytes that were sealed. An extract says how the record was on its day.
func (v *Verdict) whole() Outcome {
	switch {
	case v.Extract != nil:
		return Ours
	case v.Entry.State == Replaced:
		return Outdated
	case v.Entry.State == Annulled:
		return Cancelled
	}
	return Ours
}

// compare says how a file that names an entry differs from what was sealed.
func (s *Service) compare(ctx context.Context, pdf []byte, v *Verdict) error {
	sha := v.Entry.SHA256
	if v.Extract != nil {
		sha = v.Extract.SHA256
	}
	sealed, err := blob.ReadAll(ctx, s.o.Blobs, sha, MaxPDF)
	if err != nil {
		return err
	}
	v.Outcome = Changed
	switch {
	case len(pdf) > len(sealed) && bytes.HasPrefix(pdf, sealed):
		v.Outcome, v.Added = Longer, len(pdf)-len(sealed)
	case len(pdf) == len(sealed):
		for i := range pdf {
			if pdf[i] == sealed[i] {
				continue
			}
			if v.Differ++; v.Differ == 1 {
				v.From = i + 1
			}
		}
	}
	return nil
}

// tokenMark is how a paper of the register names its entry, among the keywords of the file.
var tokenMark = regexp.MustCompile(`kualik:([` + tokenLetters + `]{12})\b`)

// tokenOf is the entry that a file says it is of.
func tokenOf(pdf []byte) string {
	if m := tokenMark.FindSubmatch(pdf); m != nil {
		return string(m[1])
	}
	return ""
}
