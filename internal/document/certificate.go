package document

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/kind"
)

// CertificateData is what a certificate says. Authors are those who are to be mentioned.
type CertificateData struct {
	Number       int64
	RegisteredOn clock.Day
	Authors      []string
	Kind         string // code of package kind, or words
	Title        string
	CreatedOn    clock.Day
	Office       string // who issues
	URL          string // of the public page, for the QR code
	Token        string // the public name, which other programs find in the file
	MadeAt       time.Time

	Version  int       // from 1; of a later one the two below are printed
	IssuedOn clock.Day // of this version
	Cause    string    // TechnicalError or Change
}

// Causes of a later version, as the register names them.
const (
	TechnicalError = "technical_error"
	Change         = "change"
)

// half is a certificate's part in one language: the form of the Rules of 28.08.2018 No 1315, which does not
// depend on the reader's language.
type half struct {
	lang                          i18n.Lang
	above, word, below            string // the heading, with the word that stands out
	authors, kind, title, created string
	number                        func(n int64, d time.Time) string
}

var halves = [2]half{
	{
		lang:  i18n.KK,
		above: "АВТОРЛЫҚ ҚҰҚЫҚПЕН ҚОРҒАЛАТЫН ОБЪЕКТІЛЕРГЕ ҚҰҚЫҚТАРДЫҢ\nМЕМЛЕКЕТТІК ТІЗІЛІМГЕ МӘЛІМЕТТЕРДІ ЕНГІЗУ ТУРАЛЫ", word: "КУӘЛІК",
		authors: "Автордың (лардың) жөні, аты, әкесінің аты (егер ол жеке басын куәландыратын құжатта көрсетілсе):",
		kind:    "Авторлық құқық объектісі:", title: "Объектінің атауы:", created: "Объектіні жасаған күні:",
		number: func(n int64, d time.Time) string {
			return fmt.Sprintf("%d жылғы «%02d» %s № %d", d.Year(), d.Day(), monthsKK[d.Month()-1], n)
		},
	}, {
		lang:  i18n.RU,
		below: "О ВНЕСЕНИИ СВЕДЕНИЙ В ГОСУДАРСТВЕННЫЙ РЕЕСТР\nПРАВ НА ОБЪЕКТЫ, ОХРАНЯЕМЫЕ АВТОРСКИМ ПРАВОМ", word: "СВИДЕТЕЛЬСТВО",
		authors: "Фамилия, имя, отчество (если оно указано в документе, удостоверяющем личность) автора (-ов):",
		kind:    "Вид объекта авторского права:", title: "Название объекта:", created: "Дата создания объекта:",
		number: func(n int64, d time.Time) string {
			return fmt.Sprintf("№ %d от «%02d» %s %d года", n, d.Day(), monthsRU[d.Month()-1], d.Year())
		},
	},
}

var (
	monthsKK = [12]string{"қаңтар", "ақпан", "наурыз", "сәуір", "мамыр", "маусым", "шілде", "тамыз", "қыркүйек", "қазан", "қараша", "желтоқсан"}
	monthsRU = [12]string{"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"}
)

// The part of a framed page that is written on, in millimetres; the foot stands below it.
const (
	framedLeft, framedWide = 24.0, 162.0
	framedTop, framedEnd   = 21.0, 249.0
	footTop                = 253.0
	codeSize               = 25.0
	largest, smallest      = 1.15, 0.6 // of the letters' size: when there is little to say, and much
)

// Certificate makes a certificate of registration in both languages. A long one is set in smaller letters, and
// one that is longer still has its languages on two pages. The same data give the same bytes.
func Certificate(d CertificateData) ([]byte, error) {
	if len(d.Authors) == 0 || strings.TrimSpace(d.Title) == "" || d.RegisteredOn == "" || d.CreatedOn == "" {
		return nil, errors.New("make a certificate: something that it must say is missing")
	}
	c := &framed{CertificateData: d}
	if !c.shrink(false, smallest) && !c.shrink(true, smallest/2) {
		return nil, errors.New("make a certificate: more than two pages have room for")
	}
	if err := c.foot(); err != nil {
		return nil, err
	}
	return c.write(fmt.Sprintf("КУӘЛІК / СВИДЕТЕЛЬСТВО № %d", d.Number), "kualik:"+d.Token, d.MadeAt)
}

// framed is a certificate in the making.
type framed struct {
	*sheet
	CertificateData
	scale float64
	slack float64 // millimetres that are left over, for above each half
}

// shrink sets the certificate in the largest letters in which it fits.
func (c *framed) shrink(apart bool, least float64) bool {
	for c.scale = largest; c.scale >= least; c.scale -= 0.025 {
		c.sheet, c.slack = newSheet(i18n.KK), 0
		if !c.lay(apart) {
			continue
		}
		if left := framedEnd - c.y; !apart {
			c.sheet, c.slack = newSheet(i18n.KK), min(left/3, 16)
			c.lay(false)
		}
		return true
	}
	return false
}

func (c *framed) style(f face, size float64) style { return style{f, size * c.scale, ink} }

// lay sets both halves on one page, or each on its own, and tells whether they had room.
func (c *framed) lay(apart bool) bool {
	fits := true
	c.open()
	for i, h := range halves {
		if i > 0 && apart {
			c.turn()
			c.open()
		} else if i > 0 {
			c.y += 4.5*c.scale + c.slack/2
			c.rule(framedLeft+framedWide/2-22, 44, c.y, 0.25, weave)
			c.y += 5 * c.scale
		}
		c.y += c.slack / 2
		c.half(h)
		fits = fits && c.y <= framedEnd
	}
	return fits
}

// open begins a page: border, the mark, the country's name in both languages.
func (c *framed) open() {
	c.frame(8, 5)
	s := style{serifBold, 10, ink}
	c.put(s, framedLeft, framedWide, framedTop+1, atLeft, "ҚАЗАҚСТАН РЕСПУБЛИКАСЫ")
	c.put(s, framedLeft, framedWide, framedTop+1, atRight, "РЕСПУБЛИКА КАЗАХСТАН")
	c.y = framedTop + 12
}

// half sets one language's part. Whatever the letters' size, a line that does not fit on the page is set below
// it: the caller sees by y that there was no room.
func (c *framed) half(h half) {
	heading, word := c.style(serifBold, 11), c.style(serifBold, 17)
	centre := func(s style, text string) {
		for _, l := range s.wrap(text, framedWide) {
			c.put(s, framedLeft, framedWide, c.y, centred, l)
			c.y += s.leading()
		}
	}
	if h.above != "" {
		centre(heading, h.above)
		c.y += 1.2 * c.scale
	}
	centre(word, h.word)
	if h.below != "" {
		c.y += 0.6 * c.scale
		centre(heading, h.below)
	}
	c.y += 2 * c.scale
	centre(c.style(serifBold, 12), h.number(c.Number, c.RegisteredOn.Time()))
	c.y += 2.6 * c.scale
	plain, strong := c.style(serif, 11), c.style(serifBold, 11)
	c.flow(para{plain, h.authors}, para{strong, strings.Join(c.Authors, ", ")})
	c.flow(para{plain, h.kind}, para{plain, kind.Name(string(h.lang), c.Kind)})
	c.flow(para{plain, h.title}, para{strong, c.Title})
	c.flow(para{plain, h.created}, para{plain, c.CreatedOn.Time().Format("02.01.2006")})
}

// flow sets a label and its value as one paragraph.
func (c *framed) flow(parts ...para) {
	x, height := 0.0, 0.0
	next := func() {
		c.y += height
		x = 0
	}
	for _, p := range parts {
		height = p.style.leading()
		space := p.style.width("\u00a0")
		for _, word := range strings.Fields(strings.ReplaceAll(printable(p.text), "\n", " ")) {
			if x > 0 && x+p.style.width(word) > framedWide {
				next()
			}
			for p.style.width(word) > framedWide {
				n := p.style.fits(word, framedWide)
				c.put(p.style, framedLeft, framedWide, c.y, atLeft, word[:n])
				next()
				word = word[n:]
			}
			c.put(p.style, framedLeft+x, framedWide, c.y, atLeft, word)
			x += p.style.width(word) + space
		}
	}
	next()
	c.y += 1.7 * c.scale
}

// foot stands at the end of the last page: how the certificate is verified, who signed, which version it is.
func (c *framed) foot() error {
	code, err := qrOf(c.URL)
	if err != nil {
		return err
	}
	c.code(code, framedLeft, footTop, codeSize, codeSize)
	const x = framedLeft + codeSize + 5
	const wide = framedLeft + framedWide - x
	s, y := style{serif, 8.5, ink}, footTop
	say := func(st style, text string) {
		for _, l := range st.wrap(text, wide) {
			c.put(st, x, wide, y, atLeft, l)
			y += st.leading()
		}
	}
	say(style{serifBold, 9.5, ink}, "ЭЦҚ қол қойылды / Подписано ЭЦП")
	say(style{serif, 9.5, ink}, c.Office)
	y += 0.8
	if c.Version > 1 {
		note := causes[c.Cause]
		day := c.IssuedOn.Time().Format("02.01.2006")
		say(s, fmt.Sprintf("%d-нұсқа, %s: %s / Версия %d, %s: %s", c.Version, day, note[0], c.Version, day, note[1]))
	}
	say(s, "Құжаттың түпнұсқалығын QR-код бойынша осы бетте тексеруге болады.")
	say(s, "Подлинность документа возможно проверить по QR-коду на странице")
	say(s, c.URL)
	return nil
}

var causes = map[string][2]string{
	TechnicalError: {"техникалық қате түзетілді", "исправлена техническая ошибка"},
	Change:         {"мәліметтер өзгертілді", "сведения изменены"},
}
