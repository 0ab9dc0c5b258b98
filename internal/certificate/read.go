package certificate

import (
	"slices"
	"strings"

	"kualik/internal/doctext"
)

// The notes on what is odd about a reading.
const (
	NoteHalvesDifferNumber  = "halves_differ_number"
	NoteHalvesDifferDay     = "halves_differ_registered_on"
	NoteHalvesDifferCreated = "halves_differ_created_on"
	NoteHalvesDifferKind    = "halves_differ_kind"
	NoteHalvesDifferAuthors = "halves_differ_authors"
	NoteHalvesDifferTitle   = "halves_differ_title"
	NoteRegisteredFirst     = "registered_before_created"
	NoteKindUnknown         = "kind_unknown"
	NoteBrokenLetters       = "broken_letters"
	NoteOldForm             = "old_form"
)

// Read finds the certificates in a file and reads their fields. It depends on the pages alone.
func Read(r doctext.Result) Extraction {
	var out Extraction
	var negative *Extraction
	unread := doctext.Reason("")
	for _, f := range r.Files {
		readings := readFile(f)
		out.Certificates = append(out.Certificates, readings...)
		if len(readings) > 0 {
			continue
		}
		if len(f.Pages) > 0 && negative == nil {
			negative = &Extraction{Label: negativeLabel(f)}
		}
		if hides(f) && unread == "" {
			unread = f.Reason
		}
	}
	switch {
	case len(out.Certificates) > 0:
		out.Verdict = IsCertificate
	case unread != "":
		out.Verdict, out.Reason = Unreadable, unread
	case negative != nil:
		out.Verdict, out.Label = NotCertificate, negative.Label
	default:
		out.Verdict, out.Reason = Unreadable, r.Reason
		if out.Reason == "" {
			out.Reason = doctext.Empty
		}
	}
	if out.Certificates == nil {
		out.Certificates = []Reading{}
	}
	return out
}

// hides tells whether a file without a certificate may have one in the part that could not be read. An
// empty file or a type that is never a certificate does not; alone it is unreadable all the same.
func hides(f doctext.File) bool {
	switch f.Reason {
	case doctext.NeedsOCR, doctext.Password, doctext.Damaged, doctext.Limit:
		return true
	}
	return false
}

func readFile(f doctext.File) []Reading {
	pages := make([]doctext.Page, len(f.Pages))
	for i, p := range f.Pages {
		pages[i] = Arranged(p)
	}
	var out []Reading
	for _, run := range candidatePages(pages) {
		for _, reading := range best(run, f.Pages) {
			reading.FileName = f.Name
			if !slices.ContainsFunc(out, func(o Reading) bool {
				return o.Number != "" && plain(o.Number) == plain(reading.Number) && o.RegisteredOn == reading.RegisteredOn
			}) {
				out = append(out, reading)
			}
		}
	}
	return out
}

// best reads pages as they are arranged or, if that leaves anything open, cell by cell, as it fits better.
func best(run, as []doctext.Page) []Reading {
	readings, fit, whole := readPages(run, false)
	if whole {
		return readings
	}
	again := make([]doctext.Page, len(run))
	for i, p := range run {
		n := slices.IndexFunc(as, func(original doctext.Page) bool { return original.Number == p.Number })
		again[i] = inBlocks(as[n])
	}
	if others, better, _ := readPages(again, true); better > fit+0.05 {
		return others
	}
	return readings
}

// readPages gives the certificates on pages, which may be written cell by cell, how well all they say fits together,
// and whether each is complete and in the register's words.
func readPages(pages []doctext.Page, cells bool) (out []Reading, fit float64, whole bool) {
	s := newSource(pages)
	s.cells = cells
	whole = true
	for _, p := range pairs(s, s.halves()) {
		r := s.reading(p)
		out = append(out, r.Reading)
		fit += r.fit
		whole = whole && r.fit > 0 && r.whole
	}
	return out, fit + 0.1*s.odd, whole && len(out) > 0
}

// Arranged is a page as its fields are read: its words in the order of a table's rows where it is one. Places tell
// of its text.
func Arranged(p doctext.Page) doctext.Page {
	if t, ok := tabled(p); ok {
		return t
	}
	return p
}

// candidatePages gives the runs of pages on which a certificate may stand: those with a heading, and
// the page after each, on which a long title may end. Pages of different sources do not mix.
func candidatePages(pages []doctext.Page) [][]doctext.Page {
	var runs [][]doctext.Page
	last := -2
	for i, p := range pages {
		heading := hasHeading(p)
		if !heading && last != i-1 {
			continue
		}
		if n := len(runs); n > 0 && last >= i-1 && runs[n-1][0].Source == p.Source {
			runs[n-1] = append(runs[n-1], p)
		} else if heading {
			runs = append(runs, []doctext.Page{p})
		}
		if heading {
			last = i
		}
	}
	return runs
}

func hasHeading(p doctext.Page) bool {
	for line := range strings.SplitSeq(p.Text, "\n") {
		if headingLine(strings.ReplaceAll(line, "\u00ad", ""), p.Source == doctext.OCR) != 0 {
			return true
		}
	}
	return false
}

// pair is the halves of one certificate: the Russian, the Kazakh, or one that is both.
type pair struct{ ru, kk *half }

// pairs joins neighbouring halves in two languages and leaves out what is no certificate.
func pairs(s *source, halves []half) []pair {
	var out []pair
	for i := 0; i < len(halves); i++ {
		a := &halves[i]
		if i+1 < len(halves) && a.lang != halves[i+1].lang && a.lang|halves[i+1].lang == kazakh|russian && s.sameCertificate(a, &halves[i+1]) {
			p := pair{ru: &halves[i+1], kk: a}
			if a.lang == russian {
				p.ru, p.kk = p.kk, p.ru
			}
			if s.isCertificate(p) {
				out = append(out, p)
			}
			i++
			continue
		}
		p := pair{ru: a}
		if a.lang == kazakh {
			p = pair{kk: a}
		}
		if s.isCertificate(p) {
			out = append(out, p)
		}
	}
	return out
}

// sameCertificate tells whether two halves belong together. Halves that contradict each other do too when
// they stand on one page and say the same otherwise: a person must look, and there are not two of them.
func (s *source) sameCertificate(a, b *half) bool {
	if a.number != "" && plain(a.number) == plain(b.number) {
		return true
	}
	if a.number == "" || b.number == "" {
		return a.labels+b.labels > 0
	}
	title := a.title != "" && compact(a.title) == compact(b.title)
	authors := len(a.authors) > 0 && slices.Equal(a.authors, b.authors)
	return a.day == b.day && (title || authors) || title && s.pageOf(a.whole.to-1) == s.pageOf(b.whole.from)
}

// namesRegistry tells whether a text speaks of a register of copyright in whatever words.
func namesRegistry(text string) bool {
	fold := compact(text)
	for _, words := range [][2]string{{"реестр", "авторск"}, {"тизилим", "авторлик"}} {
		at := strings.Index(fold, words[0])
		if at >= 0 && strings.Contains(fold[max(0, at-240):min(len(fold), at+240)], words[1]) {
			return true
		}
	}
	return false
}

// isCertificate holds back what only has the heading: other certificates, samples of the form, pages
// that explain it. A certificate of the register has its number and date in their place, names the
// register, and has the fields.
func (s *source) isCertificate(p pair) bool {
	var labels int
	var number, day, register, authors, title, kind, cued bool
	for _, h := range []*half{p.ru, p.kk} {
		if h == nil {
			continue
		}
		labels = max(labels, h.labels)
		number = number || h.number != ""
		day = day || h.day != ""
		authors = authors || len(h.authors) > 0
		title = title || h.title != ""
		kind = kind || kindCode(h.kind) != ""
		cued = cued || h.cued
		text := s.of(span{max(0, h.whole.from-600), h.whole.to}) // the register's name may stand above the heading
		register = register || reRegister.MatchString(text) || namesRegistry(text) || h.old
	}
	if number && day && register && authors && title && kind {
		return true // whatever its labels are
	}
	if s.ocr {
		// Recognised text only fills in a form for a person: take it when it is the form, even where the
		// number is lost.
		return labels >= 2 && (register || labels >= 3 && !cued || number && day) || register && number && day
	}
	return number && day && labels >= 2 && (authors || title) && (register || labels >= 3)
}
