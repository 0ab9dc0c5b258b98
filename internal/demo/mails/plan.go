package mails

import (
	"math/rand/v2"
	"slices"
	"time"

	"kualik/internal/clock"
	"kualik/internal/demo/paper"
	"kualik/internal/demo/world"
)

// shape is one way to send certificates: how many mails of it, and how many certificates each takes.
type shape struct {
	name    string
	mails   int
	certs   int
	write   func(*writer) ([]byte, error)
	outcome string
	also    []string
}

var maybeByHand = []string{Quarantined}

// Few are scans and photos: each takes a reader a second or two, and the demo is to be ready soon.
var carrying = []shape{
	{"direct", 40, 1, direct, Certificates, nil},
	{"multi_pdf", 5, 2, direct, Certificates, nil},
	{"multi_pdf three", 1, 3, direct, Certificates, nil},
	{"two_certificates", 3, 2, oneFile(false), Certificates, nil},
	{"cover_letter", 2, 1, oneFile(true), Certificates, nil},
	{"zip", 3, 2, zipped, Certificates, nil},
	{"docx", 2, 1, wordFile, Certificates, maybeByHand},
	{"with_other_files", 3, 1, withOthers, Certificates, nil},
	{"html_only with_logo", 3, 1, htmlOnly, Certificates, nil},
	{"reply_chain", 3, 1, replyChain, Certificates, nil},
	{"fwd_gmail gmail_ru", 3, 1, forward("gmail_ru"), Certificates, nil},
	{"fwd_gmail gmail_kk", 2, 1, forward("gmail_kk"), Certificates, nil},
	{"fwd_outlook", 2, 1, forward("outlook"), Certificates, nil},
	{"fwd_outlook outlook_ru", 2, 1, forward("outlookru"), Certificates, nil},
	{"fwd_mailru", 3, 1, forward("mailru"), Certificates, nil},
	{"fwd_yandex", 2, 1, forward("yandex"), Certificates, nil},
	{"fwd_rfc822", 3, 1, enclose(1), Certificates, nil},
	{"fwd_nested2", 2, 1, enclose(2), Certificates, nil},
	{"octet_stream", 2, 1, octetStream, Certificates, nil},
	{"no_filename", 1, 1, noFileName, Certificates, nil},
	{"b64_odd_lines", 1, 1, oddLines, Certificates, nil},
	{"qp_pdf", 1, 1, quotedPDF, Certificates, nil},
	{"name_rfc2047", 1, 1, nameEncodedWord, Certificates, nil},
	{"name_rfc2231", 2, 1, nameContinued, Certificates, nil},
	{"name_raw_cp1251", 1, 1, nameRaw1251, Certificates, nil},
	{"no_message_id", 1, 1, noMessageID, Certificates, nil},
	{"subject_koi8", 1, 1, subjectKOI8, Certificates, nil},
	{"subject_cp1251", 1, 1, subject1251, Certificates, nil},
	{"subject_raw_cp1251", 1, 1, subjectRaw1251, Certificates, nil},
	{"charset_kz1048", 1, 1, kazakhCharset, Certificates, nil},
	{"direct_scan scan", 1, 1, scanned(paper.Look{DPI: 150, Noise: 6}), Certificates, maybeByHand},
	{"direct_scan scan scan200", 1, 1, scanned(paper.Look{DPI: 200, Noise: 10, Quality: 70}), Certificates, maybeByHand},
	{"direct_scan scan scan_skew", 1, 1, scanned(paper.Look{DPI: 150, Noise: 12, Skew: 2.4}), Certificates, maybeByHand},
	{"direct_photo photo", 1, 1, photographed, Certificates, maybeByHand},
	{"related_inline photo", 1, 1, inlinePhoto, Certificates, maybeByHand},
}

var (
	perhapsAsked = []string{Quarantined}
	without      = []shape{
		{"autoreply", 2, 0, autoReply, NothingFound, nil},
		{"autoreply kk", 1, 0, autoReplyKK, NothingFound, nil},
		{"bounce", 2, 0, bounce, NothingFound, nil},
		{"newsletter", 2, 0, newsletter, NothingFound, nil},
		{"spam", 1, 0, spam, NothingFound, nil},
		{"calendar", 1, 0, invitation, NothingFound, nil},
		{"logo_only", 1, 0, logoOnly, NothingFound, nil},
		{"empty", 1, 0, empty, NothingFound, nil},
		{"question", 2, 0, question, NothingFound, nil},
		{"question kk", 1, 0, questionKK, NothingFound, nil},
		{"question with_number", 1, 0, questionNo, NothingFound, nil},
		{"thanks", 1, 0, thanks, NothingFound, nil},
		{"link_only", 1, 0, linkOnly, Quarantined, []string{NothingFound}},
		{"link_only kk", 1, 0, linkOnlyKK, Quarantined, []string{NothingFound}},
		{"password_pdf", 1, 0, passwordPDF, Quarantined, []string{"failed"}},
		{"truncated_pdf", 1, 0, truncatedPDF, Quarantined, []string{"failed", Certificates}},
		{"empty_pdf", 1, 0, emptyPDF, Quarantined, []string{"failed", NothingFound}},
	}
)

// plan decides who sends what and when.
type plan struct {
	world *world.World
	rng   *rand.Rand
	queue []world.Certificate // not yet sent
	list  []draft
}

func newPlan(w *world.World) *plan {
	p := &plan{world: w, rng: rand.New(rand.NewPCG(w.Seed, 0x6d61696c))}
	p.queue = p.chosen()
	return p
}

// chosen are the certificates that come by mail, mixed: all of the old form, some older ones, and mostly
// those of the last year, for which the rating is made.
func (p *plan) chosen() []world.Certificate {
	var old, earlier, recent []world.Certificate
	from := p.world.Today.AddDays(-365)
	for _, c := range p.world.Certificates {
		switch {
		case c.OldForm:
			old = append(old, c)
		case c.RegisteredOn < from:
			earlier = append(earlier, c)
		default:
			recent = append(recent, c)
		}
	}
	p.shuffle(earlier)
	p.shuffle(recent)
	list := append(old, earlier[:min(30, len(earlier))]...)
	list = append(list, recent...)[:min(len(list)+len(recent), 135)]
	p.shuffle(list)
	return list
}

func (p *plan) shuffle(list []world.Certificate) {
	p.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// take gives the next certificates that a member of staff could send: together in one mail they have an
// author in common where that can be had.
func (p *plan) take(n int) []world.Certificate {
	if len(p.queue) < n {
		return nil
	}
	first := p.queue[0]
	p.queue = p.queue[1:]
	list := []world.Certificate{first}
	for len(list) < n {
		k := slices.IndexFunc(p.queue, func(c world.Certificate) bool { return c.Authors[0].Person == first.Authors[0].Person })
		if k < 0 {
			k = slices.IndexFunc(p.queue, func(c world.Certificate) bool { return p.department(c) == p.department(first) })
		}
		k = max(k, 0)
		list = append(list, p.queue[k])
		p.queue = slices.Delete(p.queue, k, k+1)
	}
	return list
}

func (p *plan) department(c world.Certificate) string {
	return p.world.People[c.Authors[0].Person].Department
}

// drafts makes the whole plan.
func (p *plan) drafts() []draft {
	p.coauthors()
	for _, s := range carrying {
		for range s.mails {
			if certs := p.take(s.certs); certs != nil {
				p.add(s, certs, p.world.People[certs[0].Authors[0].Person], p.arrival(certs))
			}
		}
	}
	for _, s := range without {
		for range s.mails {
			p.add(s, nil, p.somebody(), p.someday())
		}
	}
	for _, n := range paper.Negatives() {
		p.add(shape{"other_document " + n.String(), 1, 0, otherPaper(n), NothingFound, perhapsAsked}, nil, p.somebody(), p.someday())
	}
	return p.list
}

func (p *plan) add(s shape, certs []world.Certificate, sender world.Person, at time.Time) int {
	p.list = append(p.list, draft{shape: s.name, certs: certs, sender: sender, at: at, write: s.write, outcome: s.outcome, also: s.also, sameAs: -1, original: len(p.list)})
	return len(p.list) - 1
}

// coauthors makes certificates that several of their authors send, and mails that arrive twice.
func (p *plan) coauthors() {
	groups, twice := 0, 0
	for i := 0; i < len(p.queue) && (groups < 5 || twice < 2); i++ {
		c := p.queue[i]
		switch {
		case len(c.Authors) >= 3 && groups < 5:
			groups++
			at := p.arrival([]world.Certificate{c})
			for k, a := range c.Authors[:3] {
				s := shape{"coauthor_copy", 1, 1, direct, Certificates, nil}
				if k > 0 {
					s.name += " second_copy"
				}
				if k == 2 && groups == 2 {
					s.name, s.write, s.also = s.name+" photo", photographed, maybeByHand
				}
				p.add(s, []world.Certificate{c}, p.world.People[a.Person], at.Add(time.Duration(k*(3+groups))*time.Hour))
			}
		case len(c.Authors) == 1 && twice < 2:
			twice++
			at := p.arrival([]world.Certificate{c})
			first := p.add(shape{"seen_twice", 1, 1, direct, Certificates, nil}, []world.Certificate{c}, p.world.People[c.Authors[0].Person], at)
			again := p.add(shape{"seen_twice second_copy", 1, 1, direct, Duplicate, []string{Certificates}}, []world.Certificate{c}, p.world.People[c.Authors[0].Person], at.Add(50*time.Minute))
			p.list[again].sameAs = first
		default:
			continue
		}
		p.queue = slices.Delete(p.queue, i, i+1)
		i--
	}
}

// arrival is a moment after the newest of the certificates was issued, within the last ten months.
func (p *plan) arrival(certs []world.Certificate) time.Time {
	from := p.world.Today.AddDays(-300)
	for _, c := range certs {
		from = max(from, c.RegisteredOn)
	}
	days := max(1, min(clock.DaysBetween(from, p.world.Today)-1, 45))
	return instant(from.AddDays(p.rng.IntN(days)), p.rng.IntN(9*60))
}

func (p *plan) someday() time.Time {
	return instant(p.world.Today.AddDays(-1-p.rng.IntN(290)), p.rng.IntN(9*60))
}

// somebody is a member of staff.
func (p *plan) somebody() world.Person { return p.world.People[p.rng.IntN(p.world.Staff)] }
