package paper

import (
	"strings"

	"kualik/internal/clock"
)

// The rare forms. The register has not printed them so far; a successor, a duplicate or an extract may.
const (
	FormTitleFirst     Form = forms + iota // Russian half first; title, kind, date, authors
	FormLabelsRight                        // labels at the right of their column
	FormBigValues                          // Russian only: a narrow column of labels, values large and bold
	FormNumberTable                        // number and day in a small table under both headings
	FormNumbered                           // fields numbered from 1 to 4
	FormNumberBelow                        // number and day at the foot, beside the signature
	FormLandscape                          // a broad sheet: Kazakh label, value, Russian label
	FormBooklet                            // a broad sheet with two facing pages
	FormTwoPages                           // the halves on pages of their own
	FormCentredCells                       // label and value in cells one under the other, everything in the middle
	FormBilingualCells                     // Kazakh above Russian in each cell
	FormOverleaf                           // the title runs over to a second page
	FormLabelBelow                         // Russian only: labels in brackets under their values
	FormKazakhCells                        // Kazakh only: number and day are rows of the table
	rareEnd
)

var rareFormNames = [rareEnd - forms]string{"title_first", "labels_right", "big_values", "number_table", "numbered", "number_below", "landscape", "booklet", "two_pages",
	"centred_cells", "bilingual_cells", "overleaf", "label_below", "kazakh_cells"}

// Manifold tells whether the form takes more than one page.
func (f Form) Manifold() bool { return f == FormTwoPages || f == FormOverleaf }

// language is the only one of a form, or nothing when it has both.
func (f Form) language() string {
	switch f {
	case FormRussianOnly, FormBigValues, FormLabelBelow, FormAuthorTable, FormDiploma, FormPlaque:
		return "ru"
	case FormKazakhOnly, FormKazakhCells, FormBlanks, FormSections:
		return "kk"
	}
	return ""
}

func (f Form) wide() bool {
	return f == FormLandscape || f == FormBooklet || f == FormHeaderRow || f == FormPanel
}

// Rare is a vocabulary further from the register's. It was written by somebody who did not know how reading works; since it was measured, reading
// is built with it, too.
var Rare = Vocabulary{
	RU: Words{
		Head: []string{
			"СВИДЕТЕЛЬСТВО\nо регистрации в Государственном реестре прав\nна объекты, охраняемые авторским правом",
			"ГОСУДАРСТВЕННЫЙ РЕЕСТР ПРАВ НА ОБЪЕКТЫ,\nОХРАНЯЕМЫЕ АВТОРСКИМ ПРАВОМ\nСВИДЕТЕЛЬСТВО",
			"Министерство юстиции Республики Казахстан\nСВИДЕТЕЛЬСТВО\nо включении объекта в государственный реестр прав на объекты,\nохраняемые авторским правом",
			"СВИДЕТЕЛЬСТВО\n(ДУБЛИКАТ)\nО ЗАПИСИ В ГОСУДАРСТВЕННОМ РЕЕСТРЕ ПРАВ НА ОБЪЕКТЫ,\nОХРАНЯЕМЫЕ АВТОРСКИМ ПРАВОМ",
			"Свидетельство\nвыдано на основании записи в Государственном реестре прав на объекты,\nохраняемые авторским правом",
			"СВИДЕТЕЛЬСТВО\nВЫПИСКА ИЗ ГОСУДАРСТВЕННОГО РЕЕСТРА ПРАВ\nНА ОБЪЕКТЫ, ОХРАНЯЕМЫЕ АВТОРСКИМ ПРАВОМ",
			"с в и д е т е л ь с т в о\nоб учёте прав в Государственном реестре прав на объекты,\nохраняемые авторским правом",
			"РГП «Национальный институт интеллектуальной собственности»\nС В И Д Е Т Е Л Ь С Т В О\nудостоверяющее внесение объекта в Госреестр прав на объекты, охраняемые авторским правом",
		},
		Number: []string{
			"Регистрационный номер: {n}\nДата регистрации: {dd}.{mm}.{y}",
			"Регистрационный № {n} от {dd}.{mm}.{y} г.",
			"Номер записи в реестре {n}, дата внесения {d} {mon} {y} года",
			"Дата выдачи – {dd}.{mm}.{y}      Номер – {n}",
			"Запись № {n} внесена «{dd}» {mon} {y} года",
			"Рег. № {n} / {dd}.{mm}.{y}",
			"Зарегистрировано {d} {mon} {y} г. под номером {n}",
			"№ {n}\n(запись внесена в реестр {dd}.{mm}.{y} г.)",
			"Выдано {d} {mon} {y} года за № {n}",
		},
		Authors: []string{"Автор (соавторы):", "Сведения об авторе (авторах) –", "АВТОР / АВТОРЫ", "Авторы произведения (Ф.И.О.):", "Создатель (создатели) объекта:",
			"Ф. И. О. автора, соавторов", "Объект создан творческим трудом:", "Авторский коллектив:", "(автор, соавторы: фамилия, имя, отчество)", "Лицо (лица), которому принадлежит авторство:"},
		Kind: []string{"Категория объекта:", "Тип объекта авторских прав –", "ВИД ОХРАНЯЕМОГО ОБЪЕКТА", "Вид (категория) произведения:", "Зарегистрировано как:",
			"Охраняемый объект:", "Относится к виду –", "(вид произведения по классификации реестра)", "Вид результата творческой деятельности"},
		Title: []string{"Под названием:", "Название (наименование):", "НАЗВАНИЕ, УКАЗАННОЕ АВТОРОМ", "Наименование –", "Заглавие произведения:",
			"Полное наименование охраняемого объекта:", "Произведение озаглавлено:", "(название на языке заявления)", "Как называется объект"},
		Created: []string{"Создано:", "Время создания произведения:", "День завершения работы над объектом –", "ДАТА ЗАВЕРШЕНИЯ СОЗДАНИЯ", "Объект создан (дата):",
			"Завершено автором:", "(дата создания, указанная в заявлении)", "Дата, когда создан объект"},
	},
	KK: Words{
		Head: []string{
			"КУӘЛІК\nавторлық құқықпен қорғалатын объектілерге құқықтардың\nмемлекеттік тізілімінде тіркелгені туралы",
			"АВТОРЛЫҚ ҚҰҚЫҚПЕН ҚОРҒАЛАТЫН ОБЪЕКТІЛЕРГЕ\nҚҰҚЫҚТАРДЫҢ МЕМЛЕКЕТТІК ТІЗІЛІМІ\nКУӘЛІК",
			"Қазақстан Республикасының Әділет министрлігі\nКУӘЛІК\nобъектінің авторлық құқықпен қорғалатын объектілерге құқықтардың мемлекеттік тізіліміне қосылғаны туралы",
			"КУӘЛІК\n(ТЕЛНҰСҚА)\nАВТОРЛЫҚ ҚҰҚЫҚПЕН ҚОРҒАЛАТЫН ОБЪЕКТІЛЕРГЕ ҚҰҚЫҚТАРДЫҢ\nМЕМЛЕКЕТТІК ТІЗІЛІМІНДЕГІ ЖАЗБА ТУРАЛЫ",
			"Куәлік\nавторлық құқықпен қорғалатын объектілерге құқықтардың\nмемлекеттік тізіліміндегі жазба негізінде берілді",
			"КУӘЛІК\nАВТОРЛЫҚ ҚҰҚЫҚПЕН ҚОРҒАЛАТЫН ОБЪЕКТІЛЕРГЕ\nҚҰҚЫҚТАРДЫҢ МЕМЛЕКЕТТІК ТІЗІЛІМІНЕН ҮЗІНДІ",
			"к у ә л і к\nавторлық құқықпен қорғалатын объектілерге құқықтардың\nмемлекеттік тізілімінде құқықтардың есепке алынғаны туралы",
			"«Ұлттық зияткерлік меншік институты» РМК\nК У Ә Л І К\nобъектінің авторлық құқықпен қорғалатын объектілерге құқықтардың мемлекеттік тізіліміне енгізілгенін растайды",
		},
		Number: []string{
			"Тіркеу нөмірі: {n}\nТіркелген күні: {dd}.{mm}.{y}",
			"Тіркеу № {n}, {y} жылғы {d} {mon}",
			"Тізілімдегі жазба нөмірі {n}, енгізілген күні {dd}.{mm}.{y} ж.",
			"Берілген күні – {dd}.{mm}.{y}      Нөмірі – {n}",
			"№ {n} жазба {y} жылғы «{dd}» {mon} күні енгізілді",
			"Тірк. № {n} / {dd}.{mm}.{y}",
			"{y} жылғы {d} {mon} күні {n} нөмірімен тіркелді",
			"№ {n}\n(тізілімге {dd}.{mm}.{y} ж. енгізілді)",
			"{y} ж. {d} {mon} № {n} берілді",
		},
		Authors: []string{"Автор (тең авторлар):", "Автор (авторлар) туралы мәлімет –", "АВТОРЫ / АВТОРЛАРЫ", "Туынды авторларының Т.А.Ә.:", "Объектіні жасаушы (жасаушылар):",
			"Автордың, тең авторлардың Т. А. Ә.", "Объект мына тұлғалардың шығармашылық еңбегімен жасалды:", "Авторлар ұжымы:", "(автор, тең авторлар: тегі, аты, әкесінің аты)", "Авторлығы тиесілі тұлға (тұлғалар):"},
		Kind: []string{"Объект санаты:", "Авторлық құқық объектісінің типі –", "ҚОРҒАЛАТЫН ОБЪЕКТІНІҢ ТҮРІ", "Шығарманың түрі (санаты):", "Қандай объект ретінде тіркелді:",
			"Қорғалатын объект:", "Мына түрге жатады –", "(тізілім жіктемесі бойынша туындының түрі)", "Шығармашылық қызмет нәтижесінің түрі"},
		Title: []string{"Атауы:", "Аты (атауы):", "АВТОР КӨРСЕТКЕН АТАУ", "Толық атауы –", "Туындының тақырыбы:",
			"Қорғалатын объектінің толық атауы:", "Туынды былай аталады:", "(өтініш тіліндегі атауы)", "Объект қалай аталады"},
		Created: []string{"Жасалды:", "Туындының жасалған уақыты:", "Объектімен жұмыс аяқталған күн –", "ЖАСАЛУЫ АЯҚТАЛҒАН КҮН", "Объект жасалды (күні):",
			"Автор аяқтаған күн:", "(өтініште көрсетілген жасалу күні)", "Объектінің жасалу мерзімі"},
	},
	Forms: formsBetween(forms, rareEnd),
}

func formsBetween(from, end Form) []Form {
	var list []Form
	for f := from; f < end; f++ {
		list = append(list, f)
	}
	return list
}

const (
	checkRareKK = "Құжатты тексеру үшін QR-кодты сканерлеңіз немесе төмендегі сілтемеге өтіңіз."
	checkRareRU = "Для проверки документа отсканируйте QR-код или перейдите по ссылке ниже."
)

// side is one of the two languages of a certificate.
type side struct {
	Wording
	kk bool
}

func (d Design) side(kk bool) side {
	if kk {
		return side{d.KK, true}
	}
	return side{d.RU, false}
}

// The places of the fields in a list.
const (
	placeAuthors = iota
	placeKind
	placeTitle
	placeCreated
)

func inOrder(list []field, places ...int) []field {
	out := make([]field, len(places))
	for i, p := range places {
		out[i] = list[p]
	}
	return out
}

// rareSheets sets a certificate in one of the rare forms and tells whether it found room.
func (d Design) rareSheets(c Subject, scale float64) ([]*Page, bool) {
	p := &Page{scale: scale, wide: d.Form.wide()}
	col := d.top(p)
	switch d.Form {
	case FormTitleFirst:
		for _, s := range []side{d.side(false), d.side(true)} {
			d.opening(col, s)
			d.numberLine(col, s, c)
			d.lines(col, inOrder(d.said(s, c), placeTitle, placeKind, placeCreated, placeAuthors))
			col.gap(5)
		}
	case FormLabelsRight:
		for _, s := range []side{d.side(true), d.side(false)} {
			d.opening(col, s)
			d.numberLine(col, s, c)
			label, value := d.labelled()
			label.align = atRight
			for _, f := range d.said(s, c) {
				d.row(col, false, cell{0.36, label, bare(f.label)}, cell{0.64, value, f.value})
			}
			col.gap(4)
		}
	case FormBigValues:
		d.bigValues(col, c)
	case FormNumberTable:
		d.opening(col, d.side(true))
		d.opening(col, d.side(false))
		d.numberTable(col, c)
		d.lines(col, d.said(d.side(true), c))
		col.gap(4)
		d.lines(col, d.said(d.side(false), c))
	case FormNumbered:
		for _, s := range []side{d.side(true), d.side(false)} {
			d.opening(col, s)
			d.numberLine(col, s, c)
			list := inOrder(d.said(s, c), placeKind, placeTitle, placeAuthors, placeCreated)
			for i := range list {
				list[i].label = string(rune('1'+i)) + ". " + plain(list[i].label)
			}
			d.lines(col, list)
			col.gap(4)
		}
	case FormNumberBelow:
		for _, s := range []side{d.side(false), d.side(true)} {
			d.opening(col, s)
			d.lines(col, d.said(s, c))
			col.gap(4)
		}
	case FormLandscape:
		d.landscape(col, c)
	case FormBooklet:
		return []*Page{p}, d.booklet(p, col, c)
	case FormTwoPages:
		s := d.side(true)
		d.opening(col, s)
		d.numberLine(col, s, c)
		d.lines(col, d.said(s, c))
		first := p
		p = &Page{scale: scale}
		col, s = d.column(p, d.Margin, p.width()-d.Margin, 18), d.side(false)
		d.opening(col, s)
		d.numberLine(col, s, c)
		d.lines(col, d.said(s, c))
		return []*Page{first, p}, d.end(col, c)
	case FormCentredCells:
		d.openings(col, c)
		label, value := d.labelled()
		label.size, label.align, value.align = label.size*0.85, centred, centred
		for _, f := range d.pairs(c) {
			d.row(col, true, cell{1, label, f.label})
			d.row(col, true, cell{1, value, f.value})
		}
	case FormBilingualCells:
		d.openings(col, c)
		label, value := d.labelled()
		for _, f := range inOrder(d.pairs(c), placeKind, placeTitle, placeAuthors, placeCreated) {
			d.row(col, d.Rules, cell{0.4, label, f.label}, cell{0.6, value, f.value})
		}
	case FormOverleaf:
		return d.overleaf(p, col, c)
	case FormLabelBelow:
		d.labelBelow(col, c)
	case FormKazakhCells:
		s := d.side(true)
		d.opening(col, s)
		col.gap(2)
		label, value := d.labelled()
		rows := []field{{"Куәлік нөмірі", c.Number}, {"Тізілімге енгізілген күні", d.day(c.RegisteredOn, true)}}
		rows = append(rows, inOrder(d.said(s, c), placeTitle, placeKind, placeAuthors, placeCreated)...)
		for _, f := range rows {
			d.row(col, true, cell{0.36, label, bare(f.label)}, cell{0.64, value, f.value})
		}
	}
	return []*Page{p}, d.end(col, c)
}

// top begins a page with the emblem and the names of the country.
func (d Design) top(p *Page) *column {
	col := d.column(p, d.Margin, p.width()-d.Margin, 16)
	if d.Emblem {
		for i := range 12 {
			p.boxes = append(p.boxes, box{p.width()/2 - 7 + 0.5*float64(i), 12 + float64(i), 14 - float64(i), 0.35, 140})
		}
		col.y = 27
	}
	if d.Code == 3 {
		col.y = 36
	}
	s := d.text()
	s.align = centred
	switch {
	case d.Form == FormBooklet:
		return col
	case d.Form.language() == "ru":
		col.text(s, "РЕСПУБЛИКА КАЗАХСТАН")
	case d.Form.language() == "kk":
		col.text(s, "ҚАЗАҚСТАН РЕСПУБЛИКАСЫ")
	default:
		col.text(s, "ҚАЗАҚСТАН РЕСПУБЛИКАСЫ\nРЕСПУБЛИКА КАЗАХСТАН")
	}
	col.gap(4)
	return col
}

func (d Design) opening(col *column, s side) {
	h := d.bold()
	h.size, h.align = d.Size*1.12, centred
	col.text(h, s.Head).gap(1.5)
}

func (d Design) numberLine(col *column, s side, c Subject) {
	n := d.text()
	if d.Loud == 2 {
		n.font = d.Type.bold
	}
	if n.align = centred; d.Extra%2 == 1 {
		n.align = atLeft
	}
	was := col.justified
	col.justified = false
	col.text(n, d.numbered(s, c)).gap(3)
	col.justified = was
}

func (d Design) numbered(s side, c Subject) string {
	months := monthsRU
	if s.kk {
		months = monthsKK
	}
	return s.number(c.Number, c.RegisteredOn, months)
}

// openings sets the headings and numbers of both languages.
func (d Design) openings(col *column, c Subject) {
	for _, s := range []side{d.side(true), d.side(false)} {
		d.opening(col, s)
		d.numberLine(col, s, c)
	}
}

// said are the fields of a side.
func (d Design) said(s side, c Subject) []field {
	list := d.fields(s.Wording, c, s.kk)
	list[placeCreated].value = d.day(c.CreatedOn, s.kk)
	return list
}

// pairs are the fields with the Kazakh words above the Russian ones, values that are the same once.
func (d Design) pairs(c Subject) []field {
	kk, ru := d.said(d.side(true), c), d.said(d.side(false), c)
	for i := range ru {
		ru[i].label = bare(kk[i].label) + "\n" + bare(ru[i].label)
		if kk[i].value != ru[i].value {
			ru[i].value = kk[i].value + "\n" + ru[i].value
		}
	}
	return ru
}

// bare is a label without what binds it to its value.
func bare(label string) string {
	label = plain(label)
	return strings.TrimSuffix(strings.TrimSuffix(label, ":"), " –")
}

// plain is a label without the brackets around the whole of it.
func plain(label string) string {
	if strings.HasPrefix(label, "(") && strings.HasSuffix(label, ")") {
		return label[1 : len(label)-1]
	}
	return label
}

// lines sets label and value one after the other; a label that nothing binds to its value has a line of its own.
func (d Design) lines(col *column, list []field) {
	label, value := d.labelled()
	for _, f := range list {
		if bound := strings.HasSuffix(f.label, ":") || strings.HasSuffix(f.label, "–"); bound && !d.Below {
			col.flow(label, f.label, value, f.value)
		} else {
			if d.Centred {
				value.align = centred
				label.align = centred
			}
			col.text(label, f.label).text(value, f.value)
		}
		col.gap(1.5)
	}
}

// cell is a part of a row, as wide as its share.
type cell struct {
	share float64
	style style
	text  string
}

func (d Design) row(col *column, rules bool, cells ...cell) {
	top, bottom := col.y, col.y
	edges := []float64{col.left}
	for _, c := range cells {
		x := edges[len(edges)-1]
		w := c.share * (col.right - col.left)
		in := d.column(col.page, x+1.5, x+w-1.5, top+0.6)
		in.justified = false
		in.text(col.page.narrowed(c.style, c.text, w-3), c.text)
		bottom = max(bottom, in.y)
		edges = append(edges, x+w)
	}
	col.y = bottom + 2
	if !rules {
		return
	}
	for _, x := range edges {
		col.page.boxes = append(col.page.boxes, box{x, top, 0.25, col.y - top, 80})
	}
	for _, y := range []float64{top, col.y} {
		col.page.boxes = append(col.page.boxes, box{col.left, y, col.right - col.left, 0.25, 80})
	}
}

// narrowed is a style in which the longest word of a text fits into the width.
func (p *Page) narrowed(s style, text string, limit float64) style {
	for _, word := range strings.Fields(text) {
		if w := width(word, p.scaled(s)); w > limit {
			s.size *= limit / w * 0.99
		}
	}
	return s
}

func (d Design) bigValues(col *column, c Subject) {
	s := d.side(false)
	d.opening(col, s)
	d.numberLine(col, s, c)
	label, value := d.text(), d.bold()
	label.size, value.size = label.size*0.78, value.size*1.35
	for _, f := range d.said(s, c) {
		d.row(col, d.Rules, cell{0.25, label, bare(f.label)}, cell{0.75, value, f.value})
		col.gap(1)
	}
}

func (d Design) numberTable(col *column, c Subject) {
	label, value := d.text(), d.bold()
	label.size, label.align, value.align = label.size*0.85, centred, centred
	names := [][2]string{{"Тіркеу нөмірі\nРегистрационный номер", "Тіркелген күні\nДата регистрации"}, {"Нөмірі / Номер", "Берілген күні / Дата выдачи"}, {"Жазба №\n№ записи", "Күні\nДата"}}[len(c.Title)%3]
	edge := (col.right - col.left) * 0.2
	in := d.column(col.page, col.left+edge, col.right-edge, col.y+2)
	d.row(in, true, cell{0.5, label, names[0]}, cell{0.5, label, names[1]})
	d.row(in, true, cell{0.5, value, c.Number}, cell{0.5, value, dotted(c.RegisteredOn)})
	col.y = in.y + 4
}

func (d Design) landscape(col *column, c Subject) {
	middle := (col.left + col.right) / 2
	l, r := d.column(col.page, col.left, middle-5, col.y), d.column(col.page, middle+5, col.right, col.y)
	for i, in := range []*column{l, r} {
		s := d.side(i == 0)
		d.opening(in, s)
		d.numberLine(in, s, c)
	}
	col.y = max(l.y, r.y) + 1
	label, value := d.labelled()
	value.align = centred
	kk, ru, both := d.said(d.side(true), c), d.said(d.side(false), c), d.pairs(c)
	for _, i := range []int{placeTitle, placeKind, placeAuthors, placeCreated} {
		right := label
		right.align = atRight
		d.row(col, d.Rules, cell{0.23, label, bare(kk[i].label)}, cell{0.54, value, both[i].value}, cell{0.23, right, bare(ru[i].label)})
	}
}

func (d Design) booklet(p *Page, col *column, c Subject) bool {
	middle := p.width() / 2
	p.boxes = append(p.boxes, box{middle, 10, 0.2, p.height() - 20, 190})
	state := d.text()
	state.align = centred
	l, r := d.column(p, col.left, middle-9, col.y), d.column(p, middle+9, col.right, col.y)
	for i, in := range []*column{l, r} {
		s := d.side(i == 0)
		in.text(state, []string{"ҚАЗАҚСТАН РЕСПУБЛИКАСЫ", "РЕСПУБЛИКА КАЗАХСТАН"}[i]).gap(4)
		d.opening(in, s)
		d.numberLine(in, s, c)
		d.lines(in, d.said(s, c))
	}
	return d.end(r, c)
}

// overleaf breaks the page within the Russian title.
func (d Design) overleaf(p *Page, col *column, c Subject) ([]*Page, bool) {
	s := d.side(true)
	d.opening(col, s)
	d.numberLine(col, s, c)
	d.lines(col, d.said(s, c))
	s = d.side(false)
	list := d.said(s, c)
	draft := &Page{scale: p.scale}
	block := d.column(draft, col.left, col.right, col.y+5)
	d.opening(block, s)
	d.numberLine(block, s, c)
	d.lines(block, list[:placeTitle])
	before := block.y
	d.lines(block, list[placeTitle:placeCreated])
	var heights []float64 // of the lines of the title
	for _, r := range draft.runs {
		if r.y > before && (len(heights) == 0 || heights[len(heights)-1] != r.y) {
			heights = append(heights, r.y)
		}
	}
	last := heights[(len(heights)-1)/2]
	down := max(0, p.height()-24-last)
	second := &Page{scale: p.scale}
	up, end := 16-last, 20.0
	for _, r := range draft.runs {
		if r.y <= last {
			r.y += down
			p.runs = append(p.runs, r)
		} else {
			r.y += up
			end = max(end, r.y)
			second.runs = append(second.runs, r)
		}
	}
	fits := p.bottom() <= p.height()-23
	n := style{font: d.Type.body, size: 8, align: centred}
	p.column(col.left, col.right, p.height()-20).line(n, "– 1 –")
	col = d.column(second, col.left, col.right, end+1.5)
	d.lines(col, list[placeCreated:])
	fits = d.end(col, c) && fits
	second.column(col.left, col.right, 10).line(n, "– 2 –")
	return []*Page{p, second}, fits
}

func (d Design) labelBelow(col *column, c Subject) {
	s := d.side(false)
	d.opening(col, s)
	d.numberLine(col, s, c)
	label, value := d.text(), d.text()
	if d.Loud == 2 {
		value.font = d.Type.bold
	}
	label.size, label.align, value.align = label.size*0.8, centred, centred
	for _, f := range inOrder(d.said(s, c), placeAuthors, placeTitle, placeKind, placeCreated) {
		col.text(value, f.value)
		col.page.boxes = append(col.page.boxes, box{col.left, col.y + 1.3, col.right - col.left, 0.2, 80})
		col.gap(1).text(label, "("+bare(f.label)+")").gap(3)
	}
}

// day is a day in figures or, in some designs, in words.
func (d Design) day(day clock.Day, kk bool) string {
	if !d.Spelt || day == "" {
		return dotted(day)
	}
	if kk {
		return Wording{Number: "{y} жылғы {d} {mon}"}.number("", day, monthsKK)
	}
	return Wording{Number: "{d} {mon} {y} года"}.number("", day, monthsRU)
}

// end sets the signature and the foot below what stands in the column, and tells whether there was room.
func (d Design) end(col *column, c Subject) bool {
	p, was := col.page, col.justified
	col.justified = false
	if col.gap(5); d.Form == FormNumberBelow {
		middle := (col.left + col.right) / 2
		l, r := d.column(p, col.left, middle-3, col.y), d.column(p, middle+3, col.right, col.y)
		l.justified, r.justified = false, false
		l.text(d.bold(), d.numbered(d.side(false), c)).text(d.text(), d.numbered(d.side(true), c))
		r.text(style{d.Type.body, d.Size, atRight}, "Е. Сейтқали\n____________")
		col.y = max(l.y, r.y) + 2
	} else {
		s := d.text()
		s.size = min(s.size, 11)
		switch d.Signed {
		case 1:
			col.text(s, "Уәкілетті тұлға / Уполномоченное лицо").text(style{s.font, s.size, atRight}, "Г. Оспанова")
		case 2:
			col.text(s, "Электрондық құжатқа ЭЦҚ қойылған\nЭлектронный документ подписан ЭЦП: Б. АХМЕТ")
		default:
			col.text(s, "Директордың орынбасары\nЗаместитель директора").text(style{s.font, s.size, atRight}, "Т. Жүніс")
		}
	}
	tiny := style{font: d.Type.body, size: 8}
	switch d.Extra {
	case 1:
		col.gap(2).text(tiny, "Қызметтік белгілер үшін / Для служебных отметок: ____________________")
	case 2:
		col.gap(2).text(tiny, "Бланк сериясы / Серия бланка АП 0"+blankSerial(c.Number))
	case 3:
		col.gap(2).text(tiny, "Өтінім / Заявка № "+cabinetNumber(c)+", "+dotted(c.RegisteredOn.AddDays(-1)))
	}
	col.justified = was
	return d.base(col, c, checkRareKK, checkRareRU)
}

// base sets what is said at the foot of the page, beside the code, and tells whether there was room above it.
func (d Design) base(col *column, c Subject, kk, ru string) bool {
	p, was := col.page, *col
	col.justified = false
	tiny := style{font: d.Type.body, size: 8}
	fits := col.y+3 <= p.height()-39
	col.y = max(col.y+3, p.height()-39)
	switch {
	case c.VerificationURL == "":
	case d.Code == 1:
		col.right -= 28
	case d.Code == 2:
		col.left += 28
	}
	col.text(tiny, kk).text(tiny, ru)
	if c.VerificationURL != "" && d.Link {
		col.text(p.narrowed(tiny, c.VerificationURL, col.right-col.left), c.VerificationURL)
	}
	col.left, col.right = was.left, was.right
	return fits
}
