package mails

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"kualik/internal/demo/world"
)

// Wild are mails as they come from every program and through every gateway: what they bring, how it is
// enclosed, which program wrote them, in which letters and with which faults are drawn one by one, so that
// any may meet any. The same world, seed and number give the same bytes. With slow, there are scans and
// photographs among them, which take a reader seconds each.
//
// The tags of a mail are what it brings, how that is enclosed, the program, the encoding, and the faults.
func Wild(w *world.World, seed uint64, n int, slow bool) ([]Mail, error) {
	docs := newDocuments(w)
	list := make([]Mail, 0, n)
	for i := range n {
		rng := rand.New(rand.NewPCG(seed, uint64(i)+0x77696c64))
		at := w.Today.Time().Add(3*time.Hour + time.Duration(i)*time.Second)
		if i > 10 && rng.IntN(40) == 0 { // the same bytes come a second time
			old := list[rng.IntN(i)]
			old.Truth.Tags = append([]string{"again"}, old.Truth.Tags...)
			old.Truth.Outcome, old.Truth.Also, old.ReceivedAt = Duplicate, nil, at
			list = append(list, old)
			continue
		}
		m := newWild(w, docs, rng, i, at, slow)
		raw, err := m.write()
		if err != nil {
			return nil, fmt.Errorf("write mail %d (%s): %w", i, strings.Join(m.tags(), " "), err)
		}
		list = append(list, Mail{Raw: raw, ReceivedAt: at, Truth: m.truth()})
	}
	return list, nil
}

// wild is one mail that is being drawn.
type wild struct {
	*writer
	load   load
	wrap   wrap
	mailer mailer
	code   code
	lang   string
	faults []string
}

// file is something that a mail brings, before it is enclosed.
type bundle struct {
	name, kind string
	data       []byte
}

func newWild(w *world.World, docs *documents, rng *rand.Rand, i int, at time.Time, slow bool) *wild {
	m := &wild{writer: &writer{world: w, docs: docs, rng: rng}}
	list := slices.DeleteFunc(slices.Clone(loads), func(l load) bool { return l.slow && !slow })
	weights := 0
	for _, l := range list {
		weights += l.weight
	}
	k := rng.IntN(weights)
	for _, l := range list {
		if k -= l.weight; k < 0 {
			m.load = l
			break
		}
	}
	m.draft = draft{at: at, original: i, sender: w.People[rng.IntN(w.Staff)]}
	for range m.load.certs {
		// Few are sent, so that making them takes no time.
		m.certs = append(m.certs, w.Certificates[rng.IntN(60)*len(w.Certificates)/60])
	}
	if len(m.certs) > 1 && m.certs[0].Key == m.certs[1].Key {
		m.certs[1] = w.Certificates[(slices.IndexFunc(w.Certificates, func(c world.Certificate) bool { return c.Key == m.certs[0].Key })+1)%len(w.Certificates)]
	}
	if len(m.certs) > 0 {
		m.sender = w.People[m.certs[0].Authors[0].Person]
	}
	m.mailer = mailers[rng.IntN(len(mailers))]
	m.lang = []string{"ru", "ru", "kk", "kk", "en"}[rng.IntN(5)]
	m.wrap = wraps[rng.IntN(len(wraps))]
	if m.load.plain || rng.IntN(4) == 0 {
		m.wrap = wraps[0]
	}
	m.code = codes[rng.IntN(len(codes))]
	return m
}

func (m *wild) tags() []string {
	return append([]string{m.load.name, m.wrap.name, strings.ReplaceAll(m.mailer.name, " ", "_"), m.code.name, m.lang}, m.faults...)
}

func (m *wild) truth() Truth {
	t := Truth{Outcome: m.load.outcome, Also: m.load.also, Tags: m.tags()}
	for _, c := range m.certs {
		t.Certificates = append(t.Certificates, c.Key)
	}
	return t
}

// write draws what is left and makes the bytes.
func (m *wild) write() ([]byte, error) {
	files, err := m.load.make(m)
	if err != nil {
		return nil, err
	}
	raw, err := m.wrap.make(m, files)
	if err != nil {
		return nil, err
	}
	return m.spoil(raw), nil
}

// words is the letter in the mail's language.
func (m *wild) words() string {
	if m.load.words != "" {
		return m.fill(m.load.words)
	}
	list := map[string][]string{"ru": bodiesRU, "kk": bodiesKK, "en": bodiesEN}[m.lang]
	if len(m.certs) == 0 {
		list = map[string][]string{"ru": {"Добрый день, файл во вложении.", "см. вложение", ""}, "kk": {"Қайырлы күн, файл қосымшада."}, "en": {"Please see the attached file."}}[m.lang]
	}
	text := m.fill(pick(m.writer, list))
	if m.mailer.signature[m.lang] != "" {
		text += "\n\n" + m.mailer.signature[m.lang]
	}
	return text
}

// head is the head of the sender's mail.
func (m *wild) head() envelope {
	subjects := map[string][]string{"ru": subjectsRU, "kk": subjectsKK, "en": {"Copyright certificate", "certificate (%F)", "Fwd: certificate"}}[m.lang]
	if len(m.certs) == 0 {
		subjects = map[string][]string{"ru": {"документы", "Для отдела науки", ""}, "kk": {"Құжаттар"}, "en": {"Documents"}}[m.lang]
	}
	subject := m.fill(pick(m.writer, subjects))
	e := envelope{from: address(m.sender, pick(m.writer, m.sender.Emails)), to: world.Mailbox, subject: m.subjectIn(subject), at: m.at, id: m.messageID()}
	if m.mailer.agent != "" {
		e.extra = append(e.extra, m.mailer.agent)
	}
	e.extra = append(e.extra, m.load.head...)
	return e
}

func (m *wild) messageID() string {
	return strings.NewReplacer("%x", fmt.Sprintf("%016x", m.rng.Uint64()), "%d", fmt.Sprint(m.rng.IntN(1e9)), "%h", strings.SplitN(m.sender.Emails[0], "@", 2)[1]).Replace(m.mailer.id)
}

// subjectIn writes a subject in one of the ways of mail programs.
func (m *wild) subjectIn(s string) string {
	switch m.rng.IntN(7) {
	case 0:
		return s // raw UTF-8
	case 1:
		if m.lang == "ru" {
			return string(encode(windows1251, s))
		}
	case 2:
		if m.lang == "ru" {
			return wordIn("koi8-r", koi8, s)
		}
	case 3:
		return cutWords(s)
	}
	return word(s)
}
