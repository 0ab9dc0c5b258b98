package web

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kualik/internal/authenticity"
	"kualik/internal/certificate"
	"kualik/internal/fault"
	"kualik/internal/issuing"
	"kualik/internal/person"
	"kualik/internal/pki"
	"kualik/internal/pki/pades"
	"kualik/internal/registry"
	"kualik/internal/web/part"
)

// What the file of a certificate shows of itself, in words: its signatures, what was put behind them, where its codes
// lead, and what our own register says of it. The facts are found once and kept; what they are held against, a record
// of the register or the fields that a person corrected, is that of today.

// proof is what is known of the file of one certificate.
type proof struct {
	Checked authenticity.Checked
	Facts   authenticity.Facts
	Found   bool // it was looked at
	Record  *issuing.Entry
	Ours    bool // the very bytes that our register sealed
	Leads   bool // a link or a code in it leads into our register
}

// prove gathers what is known of a file that brought a certificate.
func (s *Server) prove(ctx context.Context, c registry.Certificate, sha string, messages []registry.Brought) (p proof, err error) {
	if sha == "" {
		return p, nil
	}
	var checked bool
	if p.Checked, checked, err = authenticity.Find(ctx, s.Pool, sha); err != nil {
		return p, err
	}
	if checked {
		p.Facts, p.Found = authenticity.Of(p.Checked.Files, innerName(sha, messages))
	}
	if s.Issuing == nil {
		return p, nil
	}
	own := sha
	if p.Facts.SHA256 != "" {
		own = p.Facts.SHA256
	}
	e, err := s.Issuing.Sealed(ctx, own)
	if err == nil {
		p.Record, p.Ours = &e, true
		return p, nil
	}
	if !fault.Is(err, fault.NotFound) {
		return p, err
	}
	register := strings.TrimRight(bare(s.PublicURL), "/") + "/r/"
	for _, link := range append([]string{c.VerificationURL}, p.codes(c)...) {
		token, leads := strings.CutPrefix(bare(link), register)
		if !leads {
			continue
		}
		p.Leads = true
		e, err := s.Issuing.ByToken(ctx, token)
		if err == nil {
			p.Record = &e
			return p, nil
		}
		if !fault.Is(err, fault.NotFound) {
			return p, err
		}
	}
	return p, nil
}

// codes are what the codes on the certificate's own pages say; on all pages when it is not known where it stands.
func (p proof) codes(c registry.Certificate) (list []string) {
	pages := map[int]bool{}
	for _, places := range c.Places {
		for _, place := range places {
			pages[place.Page] = true
		}
	}
	for _, code := range p.Facts.Codes {
		if (len(pages) == 0 || pages[code.Page]) && !slices.Contains(list, code.Text) {
			list = append(list, code.Text)
		}
	}
	return list
}

// bare is a link without what varies in writing.
func bare(link string) string {
	link = strings.Join(strings.Fields(link), "")
	for _, scheme := range []string{"https://", "http://"} {
		if len(link) > len(scheme) && strings.EqualFold(link[:len(scheme)], scheme) {
			link = link[len(scheme):]
		}
	}
	host, rest, _ := strings.Cut(link, "/")
	return strings.TrimPrefix(strings.ToLower(host), "www.") + "/" + strings.TrimRight(rest, "/.")
}

// fileLamps say what the file shows.
func (p proof) fileLamps(ctx context.Context, c registry.Certificate) (rows []part.LampRow) {
	switch {
	case c.DocumentSHA256 == "":
		return []part.LampRow{lamp(ctx, authenticity.Unknown, "no_file")}
	case !p.Found && p.Checked.SHA256 != "":
		rows = append(rows, lamp(ctx, authenticity.Unknown, "file_gone"))
	case !p.Found:
		rows = append(rows, lamp(ctx, authenticity.Unknown, "not_checked"))
	default:
		rows = append(p.signatureLamps(ctx), p.addedLamp(ctx)...)
	}
	return append(rows, p.linkLamps(ctx, c)...)
}

// lamp is a row by its key: the fact, and the note beside it.
func lamp(ctx context.Context, w authenticity.Worth, key string, args ...any) part.LampRow {
	return part.LampRow{Kind: string(w), Fact: part.T(ctx, "proof."+key, args...), Evidence: part.T(ctx, "proof."+key+"_note", args...)}
}

// mostSignatures are shown one by one.
const mostSignatures = 4

func (p proof) signatureLamps(ctx context.Context) (rows []part.LampRow) {
	f := p.Facts
	if len(f.Signatures) == 0 {
		key := "unsigned"
		if f.Problem != "" {
			key = "problem." + f.Problem
		}
		return []part.LampRow{lamp(ctx, authenticity.Unknown, key)}
	}
	for i, s := range f.Signatures {
		if i == mostSignatures {
			return append(rows, lamp(ctx, authenticity.Unknown, "more_signatures", "N", part.Num(len(f.Signatures)-i)))
		}
		row := p.signatureLamp(ctx, s)
		if len(f.Signatures) > 1 {
			row.Evidence = joinNonEmpty("; ", part.T(ctx, "proof.nth", "N", i+1, "M", len(f.Signatures)), row.Evidence)
		}
		rows = append(rows, row)
	}
	return rows
}

// signatureLamp says what one signature is worth. Who signed is said where that holds; of one that does not hold nobody
// is named, for only a good signature proves who made it.
func (p proof) signatureLamp(ctx context.Context, s authenticity.Signature) part.LampRow {
	key := "signature." + s.Reason
	switch s.Reason {
	case "":
		key = "signature.good"
	case pades.BadRange:
		key = "signature.range_" + s.Detail
	case pki.NoSigner, pki.NoContent:
		key = "signature." + pki.Malformed
	case pki.UnsupportedAlgorithm:
		if strings.HasPrefix(s.Detail, gost2004) {
			key = "signature.gost2004"
		}
	}
	who := joinNonEmpty(" · ", s.Organisation, s.Name)
	at := part.T(ctx, "proof.no_time")
	if !s.ClaimedAt.IsZero() {
		at = part.T(ctx, "proof.time", "At", part.Moment(ctx, s.ClaimedAt))
	}
	return lamp(ctx, s.Worth, key, "Who", orDash(who), "Time", at, "Until", part.Moment(ctx, s.Until), "AsOf", part.Moment(ctx, p.Checked.AsOf),
		"Algorithm", s.Algorithm, "Detail", s.Detail)
}

// gost2004 is the branch of algorithms of Kazakhstan's authority before 2015.
const gost2004 = "1.3.6.1.4.1.6801.1.2."

// addedLamp says whether anything stands behind the signature; nothing can be said where none holds.
func (p proof) addedLamp(ctx context.Context) []part.LampRow {
	n, by := p.Facts.Added()
	if by < 0 {
		return nil
	}
	s := p.Facts.Signatures[by]
	args := []any{"Count", n, "N", part.Num(n), "Covered", part.Num(s.Covered), "Size", part.Num(p.Facts.Size)}
	switch {
	case n > 0:
		return []part.LampRow{lamp(ctx, authenticity.Doubtful, "added", args...)}
	case s.Worth == authenticity.Good || s.Worth == authenticity.Doubtful:
		return []part.LampRow{lamp(ctx, authenticity.Good, "nothing_added", args...)}
	}
	return []part.LampRow{lamp(ctx, authenticity.Unknown, "nothing_added_by_stranger", args...)}
}

// linkLamps hold the codes against the printed link, and say where these lead.
func (p proof) linkLamps(ctx context.Context, c registry.Certificate) (rows []part.LampRow) {
	codes := p.codes(c)
	printed := ""
	if len(c.Places[certificate.VerificationURL]) > 0 {
		printed = c.VerificationURL
	}
	same := slices.ContainsFunc(codes, func(code string) bool { return bare(code) == bare(printed) })
	switch {
	case printed != "" && same:
		rows = append(rows, lamp(ctx, authenticity.Good, "code.same"))
	case printed != "" && len(codes) > 0:
		worth := authenticity.Bad
		if c.Source != registry.TextLayer { // recognised letters may be wrong
			worth = authenticity.Doubtful
		}
		rows = append(rows, lamp(ctx, worth, "code.differs", "Code", brief(codes[0]), "Printed", brief(printed)))
	case len(codes) > 0 && c.VerificationURL == "":
		rows = append(rows, lamp(ctx, authenticity.Doubtful, "code.elsewhere", "Code", brief(codes[0])))
	case p.Found && len(codes) == 0:
		rows = append(rows, lamp(ctx, authenticity.Unknown, "code.none"))
	}
	switch {
	case p.Ours || p.Leads:
		return append(rows, p.recordLamps(ctx, c)...)
	case c.VerificationURL == "":
		return append(rows, lamp(ctx, authenticity.Unknown, "link.none"))
	}
	key := "link.state"
	if u, err := url.Parse(c.VerificationURL); err == nil && !stateRegister[strings.ToLower(u.Hostname())] {
		key = "link.other"
	}
	row := lamp(ctx, authenticity.Unknown, key, "Link", brief(c.VerificationURL))
	row.Action = outLink(c.VerificationURL)
	return append(rows, row)
}

// stateRegister are the addresses of the state's register.
var stateRegister = map[string]bool{"copyright.kazpatent.kz": true, "copyright.qazpatent.kz": true}

// brief is what a code says, as much as fits a line.
func brief(text string) string {
	r := []rune(strings.Join(strings.Fields(text), " "))
	if len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return string(r)
}

// recordLamps hold the certificate against the record of our own register to which it leads.
func (p proof) recordLamps(ctx context.Context, c registry.Certificate) (rows []part.LampRow) {
	if p.Record == nil {
		row := lamp(ctx, authenticity.Bad, "record.none")
		row.Action = outLink(c.VerificationURL)
		return []part.LampRow{row}
	}
	e := *p.Record
	args := []any{"Number", part.Num(int(e.Number)), "Printed", orDash(certNo(c.Number))}
	row := lamp(ctx, authenticity.Good, "record.agrees", args...)
	switch {
	case strconv.FormatInt(e.Number, 10) != c.NumberKey:
		row = lamp(ctx, authenticity.Bad, "record.differs", args...)
	case e.State == issuing.Annulled:
		row = lamp(ctx, authenticity.Bad, "record.annulled", args...)
	case e.RegisteredOn != c.RegisteredOn || e.State == issuing.Valid && person.FoldText(e.Title) != person.FoldText(c.Title):
		row = lamp(ctx, authenticity.Doubtful, "record.part", args...)
	case e.State == issuing.Replaced:
		row = lamp(ctx, authenticity.Doubtful, "record.replaced", args...)
	}
	row.Action = outLink(c.VerificationURL)
	rows = append(rows, row)
	switch {
	case p.Ours:
		return append(rows, lamp(ctx, authenticity.Good, "bytes.same"))
	case p.Found && p.Facts.Problem == authenticity.NotPDF:
		return append(rows, lamp(ctx, authenticity.Unknown, "bytes.picture"))
	}
	return append(rows, lamp(ctx, authenticity.Bad, "bytes.other"))
}

// wrong tells whether a lamp says that something is not as it should be.
func wrong(r part.LampRow) bool {
	return r.Kind == string(authenticity.Bad) || r.Kind == string(authenticity.Doubtful)
}

// alarming tells whether any of the lamps does.
func alarming(rows []part.LampRow) bool { return slices.ContainsFunc(rows, wrong) }

// shortly leaves of the lamps what fits beside a decision: notes only where something is wrong.
func shortly(rows []part.LampRow) []part.LampRow {
	out := slices.Clone(rows)
	for i := range out {
		if !wrong(out[i]) {
			out[i].Evidence = ""
		}
	}
	return out
}

// fileWords says to an author what a file shows: its signature, and what is wrong. Nothing before it was looked at.
func (s *Server) fileWords(ctx context.Context, c registry.Certificate, sha string, messages []registry.Brought) (string, error) {
	p, err := s.prove(ctx, c, sha, messages)
	if err != nil || !p.Found {
		return "", err
	}
	var words []string
	for i, r := range p.fileLamps(ctx, c) {
		if i == 0 || wrong(r) {
			words = append(words, r.Fact)
		}
	}
	return strings.Join(words, ". ") + ".", nil
}
