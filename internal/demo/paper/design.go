package paper

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Form is how a design arranges the fields.
type Form int

// The forms. A table has the labels in a column of their own; a grid is one whose labels stand in both
// languages; above means each label over its value.
const (
	FormStacked Form = iota
	FormRussianFirst
	FormColumns
	FormColumnsRussianFirst
	FormTable
	FormGrid
	FormAbove
	FormCombined
	FormRussianOnly
	FormKazakhOnly
	FormOld
	forms
)

var formNames = [forms]string{"stacked", "russian_first", "columns", "columns_russian_first", "table", "grid", "above", "combined", "russian_only", "kazakh_only", "old"}

// String is the form's name in tags.
func (f Form) String() string {
	switch {
	case f >= unseenEnd:
		return freshFormNames[f-unseenEnd]
	case f >= rareEnd:
		return unseenFormNames[f-rareEnd]
	case f >= forms:
		return rareFormNames[f-forms]
	}
	return formNames[f]
}

// Order is in what order a text layer holds what stands on the page.
type Order int

// The orders: as set, by the height on the page, or word by word without spaces.
const (
	OrderSet Order = iota
	OrderByHeight
	OrderWords
	orders
)

// Design is one way to set a certificate: form, words, type and decoration. The register has had a few of
// them; a reader has to bear with all.
type Design struct {
	Form      Form
	KK, RU    Wording
	Type      Typeface
	Size      float64 // of the values, in points
	Leading   float64 // height of a line in parts of the usual
	Margin    float64 // millimetres
	Centred   bool    // number and values stand in the middle
	Justified bool
	Loud      int    // 1: labels bold, 2: values bold
	Below     bool   // each value begins on a line of its own
	Rules     bool   // lines between the cells of tables
	Separator string // between authors
	Frame     int    // 0 none, 1 plain, 2 double, 3 thick
	Order     Order
	Code      int // QR code: 0 none, 1 right below, 2 left below, 3 right above
	Link      bool
	Emblem    bool
	Signed    int // 0 two words, 1 a line with the signer, 2 a table about the signature

	// Of the forms beyond the register's only.
	Spelt bool // days in words
	Extra int  // below, in the rare ones: 1 room for notes, 2 the blank's serial, 3 the application; in the unseen ones: 1 when it was fetched, 2 the law, 3 as of when; in the fresh ones: 1 a code and the page, 2 the law, 3 when it was printed
}

// DrawDesign draws a design by chance.
func DrawDesign(rng *rand.Rand, v Vocabulary) Design {
	types := Typefaces()
	d := Design{
		Form: v.form(rng), KK: v.KK.pick(rng), RU: v.RU.pick(rng), Type: types[rng.IntN(len(types))],
		Size: 9.5 + 3*rng.Float64(), Leading: 0.92 + 0.35*rng.Float64(), Margin: 15 + 14*rng.Float64(),
		Centred: rng.IntN(4) == 0, Justified: rng.IntN(4) == 0, Loud: rng.IntN(3), Below: rng.IntN(3) == 0, Rules: rng.IntN(2) == 0,
		Separator: []string{", ", ", ", "; ", "\n", ",\n"}[rng.IntN(5)], Frame: rng.IntN(4), Order: Order(rng.IntN(int(orders))),
		Code: rng.IntN(4), Link: rng.IntN(3) > 0, Emblem: rng.IntN(3) == 0, Signed: rng.IntN(3),
	}
	if len(v.Forms) > 0 {
		d.Spelt, d.Extra = rng.IntN(3) == 0, rng.IntN(4)
	}
	return d
}

func (v Vocabulary) form(rng *rand.Rand) Form {
	if len(v.Forms) > 0 {
		return v.Forms[rng.IntN(len(v.Forms))]
	}
	return Form(rng.IntN(int(forms)))
}

// Pages set a certificate, in smaller letters when it is long. Most forms take one.
func (d Design) Pages(c Subject) ([]*Page, error) {
	if d.Form == FormBooklet && d.Code == 2 {
		d.Code = 1 // the foot is on the right page
	}
	if d.Form.codeAside() && d.Code != 0 {
		d.Code = 2
	}
	for scale := 1.0; ; scale -= 0.06 {
		smallest := 0.5
		if d.Form >= forms {
			if smallest = 0.36; scale < 0.7 { // so long that it is set close
				d.Leading, d.Separator = min(d.Leading, 0.95), strings.ReplaceAll(d.Separator, "\n", " ")
				if d.Separator == " " {
					d.Separator = ", "
				}
			}
		}
		pages, fits := d.sheets(c, scale)
		if !fits && scale > smallest {
			continue
		}
		for i, p := range pages {
			switch d.Order {
			case OrderByHeight:
				slices.SortStableFunc(p.runs, func(a, b run) int { return int(2*a.y) - int(2*b.y) })
			case OrderWords:
				p.runs = singleWords(p.runs)
			}
			coded := i == len(pages)-1
			if d.Code == 3 {
				coded = i == 0
			}
			if err := d.decorate(p, c, coded); err != nil {
				return nil, err
			}
		}
		return pages, nil
	}
}

func (d Design) sheets(c Subject, scale float64) (pages []*Page, fits bool) {
	switch {
	case d.Form >= unseenEnd:
		pages, fits = d.freshSheets(c, scale)
	case d.Form >= rareEnd:
		pages, fits = d.unseenSheets(c, scale)
	case d.Form >= forms:
		pages, fits = d.rareSheets(c, scale)
	default:
		p := &Page{scale: scale}
		d.lay(p, c)
		pages, fits = []*Page{p}, true
	}
	for _, p := range pages {
		fits = fits && p.bottom() <= p.height()-14
	}
	return pages, fits
}

func (d Design) decorate(p *Page, c Subject, coded bool) error {
	switch d.Frame {
	case 1:
		p.frame(8, 0.4, 60)
	case 2:
		p.frame(7, 0.7, 90)
		p.frame(9, 0.25, 120)
	case 3:
		p.frame(6, 2.4, 150)
	}
	if !coded || c.VerificationURL == "" || d.Code == 0 || d.Form == FormOld {
		return nil
	}
	x, y := p.width()-d.Margin-24, p.height()-35
	switch d.Code {
	case 2:
		x = d.Margin
	case 3:
		y = 11
	}
	if err := p.code(c.VerificationURL, x, y, 22); err != nil {
		return fmt.Errorf("draw the code of %s: %w", c.Number, err)
	}
	return nil
}

// The styles of a design.
func (d Design) text() style { return style{font: d.Type.body, size: d.Size} }
func (d Design) bold() style { return style{font: d.Type.bold, size: d.Size} }
func (d Design) labelled() (label, value style) {
	label, value = d.text(), d.text()
	switch d.Loud {
	case 1:
		label.font = d.Type.bold
	case 2:
		value.font = d.Type.bold
	}
	return label, value
}

// field is a label with its value.
type field struct{ label, value string }

func (d Design) fields(w Wording, c Subject, kk bool) []field {
	kind, title := c.KindText, c.Title
	if kk {
		kind, title = c.KindTextKK, c.titleKK()
	}
	return []field{{w.Authors, d.names(c)}, {w.Kind, kind}, {w.Title, title}, {w.Created, dotted(c.CreatedOn)}}
}

func (d Design) names(c Subject) string { return strings.Join(c.Authors, d.Separator) }

func (d Design) lay(p *Page, c Subject) {
	l, r := d.Margin, pageWidth-d.Margin
	col := d.column(p, l, r, 16)
	if d.Emblem {
		for i := range 12 {
			p.boxes = append(p.boxes, box{pageWidth/2 - 7 + 0.5*float64(i), 12 + float64(i), 14 - float64(i), 0.35, 140})
		}
		col.y = 27
	}
	if d.Code == 3 {
		col.y = 34
	}
	d.state(col)
	switch d.Form {
	case FormRussianFirst:
		d.half(col, d.RU, c, false)
		col.gap(5)
		d.half(col, d.KK, c, true)
	case FormColumns:
		d.beside(p, col, c, true)
	case FormColumnsRussianFirst:
		d.beside(p, col, c, false)
	case FormGrid:
		d.heads(col, c)
		d.table(col, d.bilingual(c))
	case FormCombined:
		d.heads(col, c)
		d.listed(col, d.bilingual(c))
	case FormRussianOnly:
		d.half(col, d.RU, c, false)
	case FormKazakhOnly:
		d.half(col, d.KK, c, true)
	case FormOld:
		d.oldForm(col, c)
		return
	default:
		d.half(col, d.KK, c, true)
		col.gap(5)
		d.half(col, d.RU, c, false)
	}
	d.foot(col, c)
}

func (d Design) column(p *Page, l, r, top float64) *column {
	c := p.column(l, r, top)
	c.lead = d.Leading
	c.justified = d.Justified
	return c
}

// state names the country, in its languages.
func (d Design) state(col *column) {
	s := d.text()
	switch s.align = centred; d.Form {
	case FormRussianOnly:
		col.text(s, "РЕСПУБЛИКА КАЗАХСТАН")
	case FormKazakhOnly:
		col.text(s, "ҚАЗАҚСТАН РЕСПУБЛИКАСЫ")
	case FormColumnsRussianFirst, FormRussianFirst:
		col.both(d.text(), "РЕСПУБЛИКА КАЗАХСТАН", "ҚАЗАҚСТАН РЕСПУБЛИКАСЫ")
	case FormCombined, FormGrid:
		col.text(s, "ҚАЗАҚСТАН РЕСПУБЛИКАСЫ / РЕСПУБЛИКА КАЗАХСТАН")
	default:
		col.both(d.text(), "ҚАЗАҚСТАН РЕСПУБЛИКАСЫ", "РЕСПУБЛИКА КАЗАХСТАН")
	}
	col.gap(4)
}

func (d Design) head(col *column, w Wording, c Subject, months [12]string) {
	h := d.bold()
	h.size, h.align = d.Size*1.15, centred
	col.text(h, w.Head)
	n := d.text()
	n.align = centred
	col.text(n, w.number(c.Number, c.RegisteredOn, months)).gap(3)
}

// heads sets one heading and one line with the number for both languages.
func (d Design) heads(col *column, c Subject) {
	h := d.bold()
	h.size, h.align = d.Size*1.1, centred
	kk := strings.TrimSuffix(strings.TrimPrefix(d.KK.Head, "КУӘЛІК\n"), "\nКУӘЛІК")
	ru := d.RU.Head[strings.IndexByte(d.RU.Head, '\n')+1:]
	col.text(h, kk+"\n"+ru+"\nКУӘЛІК / СВИДЕТЕЛЬСТВО")
	n := d.text()
	n.align = centred
	t := c.RegisteredOn.Time()
	col.text(n, fmt.Sprintf("№ %s   %d жылғы «%02d» %s / «%02d» %s %d года", c.Number, t.Year(), t.Day(), monthsKK[t.Month()-1], t.Day(), monthsRU[t.Month()-1], t.Year())).gap(3)
}

func (d Design) half(col *column, w Wording, c Subject, kk bool) {
	months := monthsRU
	if kk {
		months = monthsKK
	}
	d.head(col, w, c, months)
	if list := d.fields(w, c, kk); d.Form == FormTable {
		d.table(col, list)
	} else {
		d.listed(col, list)
	}
}

func (d Design) bilingual(c Subject) []field {
	kk, ru := d.fields(d.KK, c, true), d.fields(d.RU, c, false)
	list := make([]field, len(ru))
	for i := range ru {
		list[i] = field{strings.TrimSuffix(kk[i].label, ":") + " / " + ru[i].label, ru[i].value}
	}
	list[1].value = c.KindTextKK + " / " + c.KindText
	if c.TitleKK != "" {
		list[2].value = c.TitleKK + " / " + c.Title
	}
	return list
}

// listed sets label and value one after the other.
func (d Design) listed(col *column, list []field) {
	label, value := d.labelled()
	for i, f := range list {
		switch {
		case d.Form == FormAbove || d.Below:
			small := label
			if d.Form == FormAbove {
				small.size *= 0.85
			}
			col.text(small, f.label)
			if d.Centred {
				value.align = centred
			}
			col.text(value, f.value)
		case i == 0:
			col.text(label, f.label).text(value, f.value)
		default:
			col.flow(label, f.label, value, f.value)
		}
		col.gap(1.2)
	}
}

// table sets the labels in a column of their own.
func (d Design) table(col *column, list []field) {
	label, value := d.labelled()
	middle := col.left + 0.4*(col.right-col.left)
	for _, f := range list {
		top := col.y + 1
		l := d.column(col.page, col.left+1.5, middle-3, top)
		r := d.column(col.page, middle+1.5, col.right-1.5, top)
		l.text(label, strings.TrimSuffix(f.label, ":"))
		r.text(value, f.value)
		col.y = max(l.y, r.y) + 2
		if d.Rules {
			h := col.y - top + 1
			for _, x := range []float64{col.left, middle - 0.5, col.right} {
				col.page.boxes = append(col.page.boxes, box{x, top - 0.5, 0.25, h, 70})
			}
			for _, y := range []float64{top - 0.5, top - 0.5 + h} {
				col.page.boxes = append(col.page.boxes, box{col.left, y, col.right - col.left, 0.25, 70})
			}
			col.y++
		}
	}
}

// beside sets one half beside the other.
func (d Design) beside(p *Page, col *column, c Subject, kkFirst bool) {
	half := (col.right - col.left - 8) / 2
	l := d.column(p, col.left, col.left+half, col.y)
	r := d.column(p, col.right-half, col.right, col.y)
	kk, ru := l, r
	if !kkFirst {
		kk, ru = r, l
	}
	narrow := func(w Wording) Wording {
		w.Head = strings.ReplaceAll(strings.ReplaceAll(w.Head, "\nКУӘЛІК", "\v"), "СВИДЕТЕЛЬСТВО\n", "\f")
		w.Head = strings.ReplaceAll(w.Head, "\n", " ")
		w.Head = strings.NewReplacer("\v", "\nКУӘЛІК", "\f", "СВИДЕТЕЛЬСТВО\n", "КУӘЛІК АВТОРЛЫҚ", "КУӘЛІК\nАВТОРЛЫҚ", "О В О О", "О В О\nО", "К У Ә Л І К", "\nК У Ә Л І К",
			"С Т В О О ВНЕСЕНИИ", "С Т В О\nО ВНЕСЕНИИ", "Свидетельство о", "Свидетельство\nо").Replace(w.Head)
		return w
	}
	smaller := d
	smaller.Size = min(d.Size, 10.5)
	smaller.half(kk, narrow(d.KK), c, true)
	smaller.half(ru, narrow(d.RU), c, false)
	col.y = max(l.y, r.y)
}

func (d Design) foot(col *column, c Subject) {
	col.gap(7)
	signer := []string{"Е. Бектасов", "А. Нурланова", "М. ТЛЕУБАЕВ", "Д. Ким"}[len(c.Title)%4]
	switch d.Signed {
	case 1:
		col.both(d.text(), "Директор", signer)
		col.text(d.text(), "ЭЦҚ қол қойылды / Подписано ЭЦП")
	case 2:
		col.text(d.text(), "Подписано ЭЦП\nДиректор "+signer)
	default:
		col.both(d.text(), "ЭЦҚ қол қойылды / Подписано ЭЦП", signer)
	}
	col.y = max(col.y+4, 258)
	if d.Code == 1 {
		col.right -= 28
	} else if d.Code == 2 {
		col.left += 28
	}
	tiny := d.text()
	tiny.size = 8
	col.text(tiny, checkKK).text(tiny, checkRU)
	if c.VerificationURL != "" && d.Link {
		col.text(tiny, c.VerificationURL)
	}
}

// oldForm is the paper of 2010–2018 in this design's type.
func (d Design) oldForm(col *column, c Subject) {
	t := c.RegisteredOn.Time()
	month := monthsRU[t.Month()-1]
	head := d.bold()
	head.size, head.align = d.Size*1.2, centred
	mid := d.text()
	mid.align = centred
	col.text(mid, "МИНИСТЕРСТВО ЮСТИЦИИ РЕСПУБЛИКИ КАЗАХСТАН").gap(8)
	col.text(head, "СВИДЕТЕЛЬСТВО\nо государственной регистрации прав на объект авторского права").gap(5)
	col.text(mid, fmt.Sprintf("№ %s      «%02d» %s %d г.      г. Астана", c.Number, t.Day(), month, t.Year())).gap(5)
	col.text(d.text(), fmt.Sprintf("Настоящим удостоверяется, что в Министерстве юстиции Республики Казахстан зарегистрированы исключительные имущественные права "+
		"на объект авторского права под названием \"%s\" (%s), автором (-ами) которого по заявлению автора (-ов) является (-ются) %s.",
		c.Title, c.KindText, strings.ReplaceAll(strings.ReplaceAll(d.names(c), ",\n", ", "), "\n", ", ")))
	col.gap(6).text(d.text(), fmt.Sprintf("Запись в реестре за № %s от %d %s %d года имеется.", c.Number, t.Day(), month, t.Year()))
	col.gap(18).text(d.text(), "Заместитель директора Департамента\nпо правам интеллектуальной собственности")
	bottom := col.page.column(d.Margin, pageWidth-d.Margin, max(col.y+6, 250))
	bottom.text(mid, "ИС 00"+blankSerial(c.Number))
}

// singleWords parts runs into their words, as programs do that place each word by itself.
func singleWords(runs []run) []run {
	var list []run
	for _, r := range runs {
		st := style{font: r.font, size: r.size}
		at := 0
		for _, word := range strings.Fields(r.text) {
			i := at + strings.Index(r.text[at:], word)
			list = append(list, run{r.x + width(r.text[:i], st), r.y, r.font, r.size, word})
			at = i + len(word)
		}
	}
	return list
}
