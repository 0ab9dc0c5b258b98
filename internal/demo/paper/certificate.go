package paper

import (
	"fmt"
	"strings"

	"kualik/internal/certificate"
	"kualik/internal/clock"
)

// Subject is what is printed on a certificate: the fields of the Russian half, and the kind's Kazakh words.
type Subject struct {
	certificate.Fields
	KindTextKK string
}

// Layout is how the two halves stand on the page.
type Layout int

// The layouts. Interleaved is two columns whose text layer goes line by line across both.
const (
	Stacked Layout = iota
	Columns
	Interleaved
	Combined
	RussianOnly
	Old // the form used until October 2018
	layouts
)

var layoutNames = [layouts]string{"stacked", "columns", "interleaved", "combined", "russian_only", "old"}

// String is the layout's name in tags of tests.
func (l Layout) String() string { return layoutNames[l] }

// Variant is one way to print a certificate. Labels chooses the wording, below LabelVariants.
type Variant struct {
	Layout    Layout
	Labels    int
	Separator string // between authors; ", " when empty
	Signer    string // who signed, an invented name when empty
	NoCode    bool   // without the QR code
}

// String names the variant.
func (v Variant) String() string {
	return fmt.Sprintf("%s labels %d %q", v.Layout, v.Labels, v.separator())
}

func (v Variant) separator() string {
	if v.Separator == "" {
		return ", "
	}
	return v.Separator
}

func (v Variant) signer() string {
	if v.Signer == "" {
		return "Е. Бектасов"
	}
	return v.Signer
}

// Variants are the ways to print a certificate of the present form.
func Variants() []Variant {
	var list []Variant
	for l := Stacked; l < Old; l++ {
		for i := range LabelVariants {
			list = append(list, Variant{Layout: l, Labels: i, Separator: []string{", ", "; ", "\n"}[(int(l)+i)%3]})
		}
	}
	return list
}

// labels is one wording of a half, or of both.
type labels struct{ authors, kind, title, created string }

// LabelVariants is how many wordings there are.
const LabelVariants = 3

var (
	labelsRU = [LabelVariants]labels{
		{"Фамилия, имя, отчество, (если оно указано в документе, удостоверяющем личность) автора (-ов):", "Вид объекта авторского права:", "Название объекта:", "Дата создания объекта:"},
		{"Фамилия, имя, отчество (при его наличии) автора (-ов):", "Вид объекта авторских прав:", "Название произведения:", "Дата создания объекта:"},
		{"Фамилия, имя, отчество (если оно указано в документе, удостоверяющем личность) автора (ов):", "Вид объекта авторского права:", "Название объекта:", "Дата создания объекта:"},
	}
	labelsKK = [LabelVariants]labels{
		{"Автордың (лардың) жөні, аты, әкесінің аты (егер ол жеке басын куәландыратын құжатта көрсетілсе):", "Авторлық құқық объектісі:", "Объектінің атауы:", "Объектіні жасаған күні:"},
		{"Автордың (авторлардың) тегі, аты, әкесінің аты:", "Авторлық құқық объектісінің түрі:", "Объектінің атауы:", "Объект жасалған күн:"},
		{"Автордың (лардың) тегі, аты, әкесінің аты (бар болған жағдайда):", "Авторлық құқық объектісі:", "Объектінің атауы:", "Объектіні жасаған күні:"},
	}
)

const (
	headKK  = "АВТОРЛЫҚ ҚҰҚЫҚПЕН ҚОРҒАЛАТЫН ОБЪЕКТІЛЕРГЕ ҚҰҚЫҚТАРДЫҢ\nМЕМЛЕКЕТТІК ТІЗІЛІМГЕ МӘЛІМЕТТЕРДІ ЕНГІЗУ ТУРАЛЫ"
	headRU  = "О ВНЕСЕНИИ СВЕДЕНИЙ В ГОСУДАРСТВЕННЫЙ РЕЕСТР\nПРАВ НА ОБЪЕКТЫ, ОХРАНЯЕМЫЕ АВТОРСКИМ ПРАВОМ"
	checkKK = "Құжат түпнұсқалығын http://www.kazpatent.kz/ru сайтының «Авторлық құқық» бөлімінде тексеруге болады. https://copyright.kazpatent.kz"
	checkRU = "Подлинность документа возможно проверить на сайте kazpatent.kz в разделе «Авторское право» https://copyright.kazpatent.kz"
)

// Certificate prints a certificate as a PDF with a text layer. It is an error when a letter has no glyph.
func Certificate(c Subject, v Variant) ([]byte, error) {
	p, err := CertificatePage(c, v)
	if err != nil {
		return nil, err
	}
	return PDF(p)
}

// CertificatePage lays a certificate out, in smaller letters when it is long.
func CertificatePage(c Subject, v Variant) (*Page, error) {
	for scale := 1.0; ; scale -= 0.07 {
		p := &Page{scale: scale}
		p.lay(c, v)
		if p.bottom() > pageHeight-12 && scale > 0.5 {
			continue
		}
		p.frame(8, 0.7, 90)
		p.frame(9.5, 0.25, 140)
		if c.VerificationURL != "" && !v.NoCode && v.Layout != Old {
			if err := p.code(c.VerificationURL, right-24, 260, 24); err != nil {
				return nil, fmt.Errorf("draw the code of %s: %w", c.Number, err)
			}
		}
		return p, nil
	}
}

func (p *Page) lay(c Subject, v Variant) {
	switch v.Layout {
	case Columns, Interleaved:
		p.columns(c, v)
	case Combined:
		p.combined(c, v)
	case Old:
		p.old(c, v)
	default:
		p.stacked(c, v)
	}
}

func (c Subject) titleKK() string {
	if c.TitleKK != "" {
		return c.TitleKK
	}
	return c.Title
}

func (v Variant) list(names []string) string {
	if v.separator() == "\n" {
		return strings.Join(names, ",\n")
	}
	return strings.Join(names, v.separator())
}

// fields sets the four labelled fields of one half.
func (c *column) fields(l labels, authors, kind, title string, created clock.Day) {
	c.text(body, l.authors).text(body, authors).gap(1)
	c.text(body, l.kind+" "+kind).gap(1)
	c.text(body, l.title+" "+title).gap(1)
	c.text(body, l.created+" "+dotted(created))
}

func (p *Page) stacked(c Subject, v Variant) {
	col := p.column(left, right, 18)
	if v.Layout == RussianOnly {
		col.text(middle, "РЕСПУБЛИКА КАЗАХСТАН\nНациональный институт интеллектуальной собственности").gap(6)
	} else {
		col.both(body, "ҚАЗАҚСТАН РЕСПУБЛИКАСЫ", "РЕСПУБЛИКА КАЗАХСТАН").gap(6)
		col.text(heading, headKK+"\nКУӘЛІК").text(middle, numberKK(c)).gap(3)
		col.fields(labelsKK[v.Labels], v.list(c.Authors), c.KindTextKK, c.titleKK(), c.CreatedOn)
		col.gap(8)
	}
	col.text(heading, "СВИДЕТЕЛЬСТВО\n"+headRU).text(middle, numberRU(c, v.Labels)).gap(3)
	col.fields(labelsRU[v.Labels], v.list(c.Authors), c.KindText, c.Title, c.CreatedOn)
	col.foot(c, v)
}

// columns sets the Kazakh half beside the Russian one.
func (p *Page) columns(c Subject, v Variant) {
	p.column(left, right, 18).text(middle, "ҚАЗАҚСТАН РЕСПУБЛИКАСЫ / РЕСПУБЛИКА КАЗАХСТАН")
	kk, ru := &Page{scale: p.scale}, &Page{scale: p.scale}
	l, r := kk.column(left, 101, 28), ru.column(109, right, 28)
	narrow := style{serifBold, 11, centred}
	l.text(narrow, strings.ReplaceAll(headKK, "\n", " ")+"\nКУӘЛІК").text(middle, numberKK(c)).gap(3)
	r.text(narrow, "СВИДЕТЕЛЬСТВО\n"+strings.ReplaceAll(headRU, "\n", " ")).text(middle, numberRU(c, v.Labels)).gap(3)
	top := max(l.y, r.y)
	l.y, r.y = top, top
	l.fields(labelsKK[v.Labels], v.list(c.Authors), c.KindTextKK, c.titleKK(), c.CreatedOn)
	r.fields(labelsRU[v.Labels], v.list(c.Authors), c.KindText, c.Title, c.CreatedOn)
	if v.Layout == Interleaved {
		p.runs = append(p.runs, across(kk.runs, ru.runs)...)
	} else {
		p.runs = append(append(p.runs, kk.runs...), ru.runs...)
	}
	p.column(left, right, max(l.y, r.y)).foot(c, v)
}

// across merges two columns line by line, as a text layer does that was written by the height on the page.
func across(a, b []run) []run {
	var list []run
	for len(a) > 0 || len(b) > 0 {
		if len(b) == 0 || len(a) > 0 && a[0].y <= b[0].y {
			list, a = append(list, a[0]), a[1:]
		} else {
			list, b = append(list, b[0]), b[1:]
		}
	}
	return list
}

// combined sets one body under labels in both languages.
func (p *Page) combined(c Subject, v Variant) {
	kk, ru := labelsKK[v.Labels], labelsRU[v.Labels]
	pair := func(a, b string) string { return strings.TrimSuffix(a, ":") + " / " + b }
	col := p.column(left, right, 18)
	col.text(middle, "ҚАЗАҚСТАН РЕСПУБЛИКАСЫ / РЕСПУБЛИКА КАЗАХСТАН").gap(4)
	col.text(heading, headKK+"\n"+headRU+"\nКУӘЛІК / СВИДЕТЕЛЬСТВО")
	t := c.RegisteredOn.Time()
	col.text(middle, fmt.Sprintf("№ %s   %d жылғы «%02d» %s / «%02d» %s %d года", c.Number, t.Year(), t.Day(), monthsKK[t.Month()-1], t.Day(), monthsRU[t.Month()-1], t.Year())).gap(3)
	col.text(body, pair(kk.authors, ru.authors)).text(body, v.list(c.Authors))
	col.text(body, pair(kk.kind, ru.kind)).text(body, c.KindTextKK+" / "+c.KindText)
	title := c.Title
	if c.TitleKK != "" {
		title = c.TitleKK + " / " + c.Title
	}
	col.text(body, pair(kk.title, ru.title)).text(body, title)
	col.text(body, pair(kk.created, ru.created)).text(body, dotted(c.CreatedOn))
	col.foot(c, v)
}

func (c *column) foot(s Subject, v Variant) {
	c.gap(9).both(body, "ЭЦҚ қол қойылды / Подписано ЭЦП", v.signer())
	c.y = max(c.y+6, 258)
	c.right -= 28 // room for the code
	c.text(small, checkKK).text(small, checkRU)
	if s.VerificationURL != "" {
		c.text(small, s.VerificationURL)
	}
}

// old prints the form of 2010–2018, on which the register's blank serial stands beside the number.
func (p *Page) old(c Subject, v Variant) {
	t := c.RegisteredOn.Time()
	month := monthsRU[t.Month()-1]
	p.column(left, 100, 18).text(middle, "ҚАЗАҚСТАН РЕСПУБЛИКАСЫ\nӘДІЛЕТ МИНИСТРЛІГІ")
	p.column(110, right, 18).text(middle, "МИНИСТЕРСТВО ЮСТИЦИИ\nРЕСПУБЛИКИ КАЗАХСТАН")
	col := p.column(left, right, 42)
	col.text(heading, "СВИДЕТЕЛЬСТВО\nо государственной регистрации прав на объект авторского права").gap(5)
	col.text(middle, fmt.Sprintf("№ %s      «%02d» %s %d г.      г. Астана", c.Number, t.Day(), month, t.Year())).gap(5)
	col.text(body, fmt.Sprintf("Настоящим удостоверяется, что в Министерстве юстиции Республики Казахстан зарегистрированы исключительные имущественные права "+
		"на объект авторского права под названием \"%s\" (%s), автором (-ами) которого по заявлению автора (-ов) является (-ются) %s.",
		c.Title, c.KindText, strings.Join(c.Authors, v.separator())))
	col.gap(6).text(body, fmt.Sprintf("Запись в реестре за № %s от %d %s %d года имеется.", c.Number, t.Day(), month, t.Year()))
	col.gap(22).text(body, "Заместитель директора Департамента\nпо правам интеллектуальной собственности").both(body, "", v.signer())
	p.column(left, right, 250).text(middle, "ИС 00"+blankSerial(c.Number))
}

// blankSerial is the printer's number of the blank; it must differ from the certificate's.
func blankSerial(number string) string {
	n := 0
	for _, r := range number {
		n = (n*10 + int(r-'0')) % 10007
	}
	return fmt.Sprintf("%04d", (n*7919+2917)%10000)
}

var (
	monthsRU = [12]string{"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"}
	monthsKK = [12]string{"қаңтар", "ақпан", "наурыз", "сәуір", "мамыр", "маусым", "шілде", "тамыз", "қыркүйек", "қазан", "қараша", "желтоқсан"}
)

func numberRU(c Subject, labels int) string {
	t := c.RegisteredOn.Time()
	month := monthsRU[t.Month()-1]
	switch labels {
	case 1:
		return fmt.Sprintf("№ %s от %d %s %d г.", c.Number, t.Day(), month, t.Year())
	}
	return fmt.Sprintf("№ %s от «%02d» %s %d года", c.Number, t.Day(), month, t.Year())
}

func numberKK(c Subject) string {
	t := c.RegisteredOn.Time()
	return fmt.Sprintf("%d жылғы «%02d» %s № %s", t.Year(), t.Day(), monthsKK[t.Month()-1], c.Number)
}

// dotted is a day as the register prints it.
func dotted(d clock.Day) string {
	if d == "" {
		return ""
	}
	return d.Time().Format("02.01.2006")
}
