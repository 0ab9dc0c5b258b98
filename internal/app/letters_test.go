package app_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"mime"
	"slices"
	"strings"
	"testing"

	"kualik/internal/demo/mails"
	"kualik/internal/demo/paper"
	"kualik/internal/demo/world"
	"kualik/internal/registry"
)

// letter is a message with the truth about it: its outcome, others that may be excused, and the keys of
// the certificates that it brings.
type letter struct {
	raw  []byte
	may  []string // outcomes, the likeliest first
	keys []string
}

func (l letter) sha() string {
	sum := sha256.Sum256(l.raw)
	return hex.EncodeToString(sum[:])
}

// attached is a file in a letter.
type attached struct {
	name, contentType string
	data              []byte
}

const tortureDay = "2025-06-30" // a day that is past on every machine: the program works by the real clock

// letters makes n messages of a world: those of the demo, and above all letters that bring the same
// certificates again and again, among mail without any, damaged files and copies to the byte. Documents
// are made once, so that two thousand letters cost a few seconds.
func letters(t testing.TB, w *world.World, n int) []letter {
	t.Helper()
	p := &pen{t: t, world: w, rng: rand.New(rand.NewPCG(w.Seed, 0x6c6574746572))}
	list := p.demo()
	if len(list) > n/2 {
		list = list[:n/2]
	}
	p.prepare(min(150, n/8))
	for i := len(list); i < n; i++ {
		switch k := p.rng.IntN(100); {
		case k < 68:
			list = append(list, p.certificates(i))
		case k < 80:
			list = append(list, p.empty(i))
		case k < 86:
			list = append(list, p.other(i))
		case k < 92:
			list = append(list, p.damaged(i))
		default:
			list = append(list, list[p.rng.IntN(len(list))]) // the same bytes once more
		}
	}
	p.rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// pen writes letters.
type pen struct {
	t      testing.TB
	world  *world.World
	rng    *rand.Rand
	pool   []world.Certificate
	pdfs   map[string][]byte
	others [][]byte
}

// demo are the demo's mails, without most of its pictures: what Tesseract makes of them would take most of
// the time.
func (p *pen) demo() (list []letter) {
	isPicture := func(m mails.Truth) bool { return slices.Contains(m.Tags, "scan") || slices.Contains(m.Tags, "photo") }
	pictures := 0
	all, err := mails.WriteOnly(p.world, func(m mails.Truth) bool {
		if isPicture(m) {
			pictures++
		}
		return !isPicture(m) || pictures <= 2
	})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, m := range all {
		l := letter{raw: m.Raw, may: append([]string{m.Truth.Outcome}, m.Truth.Also...)}
		if !isPicture(m.Truth) {
			for _, key := range m.Truth.Certificates {
				l.keys = append(l.keys, keyOf(p.world.Certificate(key)))
			}
		}
		list = append(list, l)
	}
	return list
}

func keyOf(c world.Certificate) string {
	return registry.NumberKey(c.Number) + " " + string(c.RegisteredOn)
}

// prepare makes the documents of so many certificates.
func (p *pen) prepare(n int) {
	p.pdfs = map[string][]byte{}
	for _, c := range p.world.Certificates {
		if len(p.pool) == n {
			break
		}
		if c.OldForm || c.CreatedOn > c.RegisteredOn {
			continue // these are for a person's eyes
		}
		pdf, err := paper.Certificate(mails.Subject(c), mails.Variant(p.world.Seed, c))
		if err != nil {
			p.t.Fatal(err)
		}
		p.pool, p.pdfs[c.Key] = append(p.pool, c), pdf
	}
	for _, n := range paper.Negatives() {
		pdf, err := paper.PDF(paper.NegativePage(n, mails.Subject(p.pool[0])))
		if err != nil {
			p.t.Fatal(err)
		}
		p.others = append(p.others, pdf)
	}
}

func (p *pen) file(c world.Certificate) attached {
	return attached{"certificate_" + c.Number + ".pdf", "application/pdf", p.pdfs[c.Key]}
}

// certificates is a letter with one certificate, or two or three.
func (p *pen) certificates(i int) letter {
	l := letter{may: []string{mails.Certificates}}
	var files []attached
	many := 1
	if p.rng.IntN(10) == 0 {
		many = 2 + p.rng.IntN(2)
	}
	for range many {
		c := p.pool[p.rng.IntN(len(p.pool))]
		if !slices.Contains(l.keys, keyOf(c)) {
			l.keys, files = append(l.keys, keyOf(c)), append(files, p.file(c))
		}
	}
	l.raw = compose(i, "Авторское свидетельство", "Добрый день! Свидетельство во вложении.", files...)
	return l
}

func (p *pen) empty(i int) letter {
	return letter{may: []string{mails.NothingFound}, raw: compose(i, "Вопрос", "Здравствуйте! До какого числа принимаются документы?")}
}

func (p *pen) other(i int) letter {
	pdf := p.others[p.rng.IntN(len(p.others))]
	return letter{may: []string{mails.NothingFound, mails.Quarantined}, raw: compose(i, "Документ", "Документ во вложении.", attached{"document.pdf", "application/pdf", pdf})}
}

func (p *pen) damaged(i int) letter {
	c := p.file(p.pool[p.rng.IntN(len(p.pool))])
	c.data = c.data[:len(c.data)/3]
	if p.rng.IntN(2) == 0 {
		c.data = []byte("%PDF-1.7\n" + strings.Repeat("\x00\xff not a document ", 20+p.rng.IntN(2000)))
	}
	return letter{may: []string{mails.Quarantined}, raw: compose(i, "Свидетельство", "Файл почему-то не открывается.", c)}
}

// compose writes a message; i makes it unlike every other.
func compose(i int, subject, text string, files ...attached) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "From: Author %d <author%d@koktobe.example>\r\nTo: kualik@koktobe.example\r\nSubject: %s\r\n", i, i%97, mime.BEncoding.Encode("utf-8", subject))
	fmt.Fprintf(&b, "Date: Mon, 30 Jun 2025 %02d:%02d:%02d +0500\r\nMessage-ID: <torture.%d@koktobe.example>\r\nMIME-Version: 1.0\r\n", i/3600%24, i/60%60, i%60, i)
	fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=\"b%d\"\r\n\r\n--b%d\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n", i, i)
	fold(&b, []byte(fmt.Sprintf("%s\n\n%d", text, i)))
	for _, f := range files {
		fmt.Fprintf(&b, "--b%d\r\nContent-Type: %s\r\nContent-Disposition: attachment; filename=%q\r\nContent-Transfer-Encoding: base64\r\n\r\n", i, f.contentType, f.name)
		fold(&b, f.data)
	}
	fmt.Fprintf(&b, "--b%d--\r\n", i)
	return b.Bytes()
}

// fold writes base64 in lines.
func fold(b *bytes.Buffer, data []byte) {
	s := base64.StdEncoding.EncodeToString(data)
	for len(s) > 76 {
		b.WriteString(s[:76] + "\r\n")
		s = s[76:]
	}
	b.WriteString(s + "\r\n")
}
