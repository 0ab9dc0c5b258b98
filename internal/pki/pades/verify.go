package pades

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"kualik/internal/pki"
)

// Reasons besides those of package pki why a file is not valid.
const (
	NotPDF      = "not_pdf"      // it cannot be read as one
	NoSignature = "no_signature" //
	BadRange    = "bad_range"    // what the signature says it covers is not all but itself
	Appended    = "appended"     // bytes stand behind what the last signature covers
)

// Details of BadRange. The first two say that nothing can be told of what is covered, the others that the file is
// not what was signed, or that something of it was never signed.
const (
	RangeMissing  = "missing"   // no ByteRange of four numbers
	RangePacked   = "packed"    // the signature stands in a stream of objects, where it cannot be left out
	RangeBeyond   = "beyond"    // it goes on behind the end of the file
	RangeOrder    = "order"     // it does not begin at the first byte, or its halves overlap
	RangeGap      = "gap"       // it leaves out something else than the signature's own message
	RangeNotWhole = "not_whole" // what it covers is no file with this signature
)

// Result is the verdict on a file.
type Result struct {
	Valid      bool        // signed, every signature valid, and the last one over all of the file
	Reason     string      // "" when valid
	Size       int         // bytes of the file
	Appended   int         // bytes behind what the last signature covers
	Signatures []Signature // in the order in which they were made
}

// Signature is one of a file. When Valid is false nothing else may be relied on.
type Signature struct {
	Valid     bool
	Reason    string
	Detail    string    // of BadRange
	Covered   int       // it is over the file's first bytes up to here, but for its own place
	Whole     bool      // that is all of the file
	ClaimedAt time.Time // as the signer's clock said; zero when not said
	Field     string
	SubFilter string
	Bound     bool       // what is signed names the certificate (signing-certificate-v2)
	Signer    pki.Signer // of a message that could be read
}

// maxSignatures is how many of a file are looked at; one with more is not read.
const maxSignatures = 32

// Verify judges the signatures of a PDF. The file is not trusted: whatever is wrong with it is in the verdict.
func Verify(pdf []byte, o pki.Options) Result {
	r := Result{Size: len(pdf)}
	f, err := open(pdf)
	var places []found
	if err == nil {
		places, err = f.signatures()
	}
	switch {
	case err != nil:
		r.Reason = NotPDF
		return r
	case len(places) == 0:
		r.Reason = NoSignature
		return r
	}
	for _, p := range places {
		r.Signatures = append(r.Signatures, f.judge(p, o))
	}
	slices.SortStableFunc(r.Signatures, func(a, b Signature) int { return a.Covered - b.Covered })
	for i, s := range r.Signatures {
		if !s.Valid && r.Reason == "" {
			r.Reason = s.Reason
		}
		r.Signatures[i].Whole = s.Covered == len(pdf)
		if s.Covered > 0 {
			r.Appended = len(pdf) - s.Covered
		}
	}
	if r.Reason == "" && r.Appended > 0 {
		r.Reason = Appended
	}
	r.Valid = r.Reason == ""
	return r
}

// found is a field with a signature.
type found struct {
	field string
	value ref
	dict  dict
}

// signatures walks through the fields of the document's form.
func (f *file) signatures() ([]found, error) {
	root, err := f.dictOf(f.trailer["Root"])
	if err != nil {
		return nil, err
	}
	if root == nil {
		return nil, malformed("no catalogue")
	}
	form, err := f.dictOf(root["AcroForm"])
	if err != nil {
		return nil, err
	}
	fields, err := f.arrayOf(form["Fields"])
	if err != nil {
		return nil, err
	}
	w := &fieldWalk{file: f, seen: map[ref]bool{}}
	if err := w.fields(fields, "", nil, 0); err != nil {
		return nil, err
	}
	return w.list, nil
}

type fieldWalk struct {
	file *file
	seen map[ref]bool
	list []found
}

func (w *fieldWalk) fields(list array, above string, sort object, depth int) error {
	if depth > maxDepth {
		return malformed("fields nested too deep")
	}
	for _, o := range list {
		if r, ok := o.(ref); ok {
			if w.seen[r] {
				continue
			}
			w.seen[r] = true
		}
		d, err := w.file.dictOf(o)
		if err != nil {
			return err
		}
		if d == nil {
			continue
		}
		if err := w.field(d, above, sort, depth); err != nil {
			return err
		}
	}
	return nil
}

func (w *fieldWalk) field(d dict, above string, sort object, depth int) error {
	title := strings.TrimPrefix(above+"."+partial(d), ".")
	if own, ok := d["FT"]; ok {
		sort = own
	}
	kids, err := w.file.arrayOf(d["Kids"])
	if err != nil {
		return err
	}
	if err := w.fields(kids, title, sort, depth+1); err != nil {
		return err
	}
	if sort != name("Sig") || d["V"] == nil {
		return nil
	}
	value, err := w.file.dictOf(d["V"])
	if err != nil || value == nil {
		return err
	}
	if len(w.list) == maxSignatures {
		return malformed("more signatures than is reasonable")
	}
	at, _ := d["V"].(ref)
	w.list = append(w.list, found{field: title, value: at, dict: value})
	return nil
}

// partial is a field's own name, as far as it is plain.
func partial(d dict) string {
	t, _ := d["T"].(text)
	return strings.ToValidUTF8(string(bytes.TrimPrefix(t, []byte{0xfe, 0xff})), "")
}

// judge verifies one signature.
func (f *file) judge(p found, o pki.Options) Signature {
	sub, _ := p.dict["SubFilter"].(name)
	s := Signature{Field: p.field, SubFilter: string(sub), ClaimedAt: moment(p.dict["M"])}
	place, wrong := f.covered(p)
	if wrong != "" {
		s.Reason, s.Detail = BadRange, wrong
		return s
	}
	s.Covered = place[2]
	if sub != subFilter && sub != "adbe.pkcs7.detached" {
		s.Reason = pki.UnsupportedAlgorithm
		return s
	}
	message, ok := contents(f.data[place[0]:place[1]])
	if !ok {
		s.Reason = pki.Malformed
		return s
	}
	if place[2] < len(f.data) && !stands(f.data[:place[2]], p, place) {
		s.Reason, s.Detail = BadRange, RangeNotWhole
		return s
	}
	r := pki.VerifyCMS(message, slices.Concat(f.data[:place[0]], f.data[place[1]:place[2]]), o)
	s.Reason = r.Reason
	if len(r.Signers) != 1 {
		s.Reason = errorReason(s.Reason, pki.Malformed) // a PDF's message has one signer
		return s
	}
	s.Signer = r.Signers[0]
	if s.ClaimedAt.IsZero() {
		s.ClaimedAt = s.Signer.SigningTime
	}
	bound, tight := inspect(message, s.Signer.Certificate)
	s.Bound = bound
	if s.Reason == "" && (!tight || sub == subFilter && !bound) {
		s.Reason = pki.Malformed
	}
	s.Valid = s.Reason == ""
	return s
}

func errorReason(reason, otherwise string) string {
	if reason != "" {
		return reason
	}
	return otherwise
}

// covered reads ByteRange: from the first byte to the message, and from behind it to some end. The gap must be
// where the message of this very dictionary stands, or it could hide anything; wrong is what is not so.
func (f *file) covered(p found) (place [3]int, wrong string) {
	list, _ := p.dict["ByteRange"].(array)
	if len(list) != 4 {
		return place, RangeMissing
	}
	var n [4]int
	for i, o := range list {
		v, ok := o.(int64)
		switch {
		case !ok:
			return place, RangeMissing
		case v < 0:
			return place, RangeOrder
		case v > int64(len(f.data)):
			return place, RangeBeyond
		}
		n[i] = int(v)
	}
	switch where := f.places[p.value.number]; {
	case n[0] != 0 || n[1] >= n[2]:
		return place, RangeOrder
	case n[2]+n[3] > len(f.data):
		return place, RangeBeyond
	case p.value == (ref{}) || where.within > 0:
		return place, RangePacked
	default:
		_, spans, err := f.at(p.value, where.offset, true)
		if err != nil || spans["Contents"] != [2]int{n[1], n[2]} {
			return place, RangeGap
		}
	}
	return [3]int{n[1], n[2], n[2] + n[3]}, ""
}

// stands tells whether the file was whole when the signature was made, and had this signature: what came later
// is an update, and not the other half of a file that was cut.
func stands(before []byte, p found, place [3]int) bool {
	f, err := open(before)
	if err != nil {
		return false
	}
	list, err := f.signatures()
	if err != nil {
		return false
	}
	return slices.ContainsFunc(list, func(q found) bool {
		then, wrong := f.covered(q)
		return wrong == "" && then == place && q.value == p.value
	})
}

// moment reads a time of a PDF (ISO 32000-1, 7.9.4), as D:20260916120000Z or with +05'00'.
func moment(o object) time.Time {
	t, _ := o.(text)
	s := strings.TrimPrefix(strings.ReplaceAll(string(t), "'", ""), "D:")
	for _, layout := range []string{"20060102150405Z0700", "20060102150405Z", "20060102150405"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}
