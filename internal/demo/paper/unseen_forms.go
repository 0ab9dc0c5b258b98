package paper

import (
	"fmt"
	"strings"
)

// unseenSheets sets a certificate in one of the unseen forms and tells whether it found room.
func (d Design) unseenSheets(c Subject, scale float64) ([]*Page, bool) {
	p := &Page{scale: scale, wide: d.Form.wide()}
	col := d.top(p)
	switch d.Form {
	case FormCard:
		d.card(col, c)
	case FormLabelMiddle:
		d.labelMiddle(col, c)
	case FormCaptions:
		d.captions(col, c)
	case FormHanging:
		for _, s := range []side{d.side(false), d.side(true)} {
			d.opening(col, s)
			d.numberLine(col, s, c)
			d.hanging(col, d.said(s, c))
			col.gap(4)
		}
	case FormHeaderRow:
		d.headerRow(col, c)
	case FormLeaders:
		for _, s := range []side{d.side(true), d.side(false)} {
			d.opening(col, s)
			col.gap(1)
			d.leaders(col, append(d.entry(c, s.kk), inOrder(d.said(s, c), placeKind, placeTitle, placeCreated, placeAuthors)...))
			col.gap(4)
		}
	case FormSentence:
		for _, s := range []side{d.side(true), d.side(false)} {
			d.opening(col, s)
			col.gap(2).text(d.text(), d.sentence(c, s.kk)).gap(6)
		}
	case FormBoxes:
		d.boxes(col, c)
	case FormAuthorTable:
		d.authorTable(col, c)
	case FormBlanks:
		d.blanks(col, c)
	case FormTwoOrders:
		d.twoOrders(col, c)
	case FormDiploma:
		d.diploma(col, c)
	}
	return []*Page{p}, d.close(col, c)
}

// entry is the number and the day as fields, for forms that have no line of their own for them.
func (d Design) entry(c Subject, kk bool) []field {
	names := [3][2]string{{"Свидетельство №", "Дата записи в реестр"}, {"Реестровый номер", "Дата государственной регистрации"}, {"Номер регистрационной записи", "Дата внесения записи"}}
	if kk {
		names = [3][2]string{{"Куәліктің №", "Тізілімге жазылған күні"}, {"Тізілімдегі нөмірі", "Мемлекеттік тіркеу күні"}, {"Тіркеу жазбасының нөмірі", "Жазба енгізілген күн"}}
	}
	n := names[len(c.Title)%len(names)]
	return []field{{n[0], c.Number}, {n[1], d.day(c.RegisteredOn, kk)}}
}

// entryPairs is entry in both languages, Kazakh above Russian, and a value that is the same once.
func (d Design) entryPairs(c Subject) []field {
	kk, ru := d.entry(c, true), d.entry(c, false)
	for i := range ru {
		ru[i].label = kk[i].label + "\n" + ru[i].label
		if kk[i].value != ru[i].value {
			ru[i].value = kk[i].value + "\n" + ru[i].value
		}
	}
	return ru
}

// onOneLine puts the Kazakh words and the Russian ones, which stand one above the other, beside each other.
func onOneLine(list []field) []field {
	for i := range list {
		list[i].label = strings.ReplaceAll(list[i].label, "\n", " / ")
	}
	return list
}

// small is the style of captions.
func (d Design) small(part float64) style {
	s := d.text()
	s.size *= part
	return s
}

// rule draws a thin line across a column.
func (c *column) rule(grey uint8) {
	c.page.boxes = append(c.page.boxes, box{c.left, c.y, c.right - c.left, 0.2, grey})
}

func (d Design) card(col *column, c Subject) {
	d.opening(col, d.side(true))
	d.opening(col, d.side(false))
	label, value := d.labelled()
	label.size *= 0.88
	fields := d.pairs(c)
	for _, section := range []struct {
		head string
		rows []field
	}{
		{"Құжат туралы мәліметтер / Сведения о документе", d.entryPairs(c)},
		{"Объект туралы мәліметтер / Сведения об объекте", inOrder(fields, placeTitle, placeKind, placeCreated)},
		{"Авторлық туралы мәліметтер / Сведения об авторстве", inOrder(fields, placeAuthors)},
	} {
		col.gap(2).text(d.bold(), section.head).gap(1.6).rule(80)
		for _, f := range section.rows {
			d.row(col, false, cell{0.42, label, f.label}, cell{0.58, value, f.value})
			if d.Rules {
				col.rule(190)
			}
		}
	}
}

func (d Design) labelMiddle(col *column, c Subject) {
	d.openings(col, c)
	label, value := d.labelled()
	label.size, label.align = label.size*0.85, centred
	right := value
	if value.align = atRight; d.Centred {
		value.align, right.align = centred, centred
	}
	kk, ru := d.said(d.side(true), c), d.said(d.side(false), c)
	for _, i := range []int{placeAuthors, placeTitle, placeKind, placeCreated} {
		d.row(col, d.Rules, cell{0.365, value, kk[i].value}, cell{0.27, label, bare(kk[i].label) + "\n" + bare(ru[i].label)}, cell{0.365, right, ru[i].value})
		col.gap(1)
	}
}

func (d Design) captions(col *column, c Subject) {
	d.opening(col, d.side(true))
	d.opening(col, d.side(false))
	label, value := d.small(0.72), d.text()
	if d.Loud == 2 {
		value.font = d.Type.bold
	}
	put := func(in *column, f field) {
		in.justified = false
		in.text(in.page.narrowed(label, f.label, in.right-in.left), f.label)
		in.gap(0.6).text(value, f.value).gap(1.3).rule(80)
	}
	col.gap(2)
	middle := (col.left + col.right) / 2
	l, r := d.column(col.page, col.left, middle-4, col.y), d.column(col.page, middle+4, col.right, col.y)
	entry := d.entryPairs(c)
	put(l, entry[0])
	put(r, entry[1])
	col.y = max(l.y, r.y) + 2.5
	was := col.justified
	for _, f := range inOrder(d.pairs(c), placeTitle, placeAuthors, placeKind, placeCreated) {
		put(col, f)
		col.gap(2.5)
	}
	col.justified = was
}

// hanging sets the labels in small capitals and each value level with the last line of its label.
func (d Design) hanging(col *column, list []field) {
	label, value := d.small(0.72), d.text()
	if d.Loud == 2 {
		value.font = d.Type.bold
	}
	edge := col.left + 0.3*(col.right-col.left)
	for _, f := range list {
		l := d.column(col.page, col.left, edge-3, col.y+0.8)
		r := d.column(col.page, edge, col.right, 0)
		l.justified, r.justified = false, false
		f.label = strings.ToUpper(bare(f.label))
		l.text(col.page.narrowed(label, f.label, edge-3-col.left), f.label)
		fitting := col.page.narrowed(value, f.value, r.right-r.left)
		r.y = l.y - r.leading(col.page.scaled(fitting).size)
		r.text(fitting, f.value)
		col.y = max(l.y, r.y) + 2
	}
}

func (d Design) headerRow(col *column, c Subject) {
	label, value := d.labelled()
	label.size *= 0.85
	shares := [6]float64{0.09, 0.12, 0.27, 0.25, 0.14, 0.13}
	for _, kk := range []bool{true, false} {
		s := d.side(kk)
		d.opening(col, s)
		col.gap(1)
		head, row := []cell{}, []cell{}
		for i, f := range append(d.entry(c, kk), inOrder(d.said(s, c), placeTitle, placeAuthors, placeKind, placeCreated)...) {
			if d.Centred {
				label.align, value.align = centred, centred
			}
			head, row = append(head, cell{shares[i], label, bare(f.label)}), append(row, cell{shares[i], value, f.value})
		}
		d.row(col, true, head...)
		d.row(col, true, row...)
		col.gap(5)
	}
}

// leaders sets each value at the right edge and fills the room between the label and its first line with dots.
func (d Design) leaders(col *column, list []field) {
	label, value := d.labelled()
	value.align = atRight
	p, whole := col.page, col.right-col.left
	l, r := d.column(p, col.left, col.left+0.42*whole, 0), d.column(p, col.left+0.48*whole, col.right, 0)
	l.justified, r.justified = false, false
	for _, f := range list {
		f.label = bare(f.label)
		l.y = col.y
		l.text(label, f.label)
		fitting := p.narrowed(value, f.value, r.right-r.left)
		r.y = l.y - r.leading(p.scaled(fitting).size)
		end := p.runs[len(p.runs)-1]
		dots := len(p.runs)
		p.runs = append(p.runs, run{font: d.Type.body, size: p.scaled(d.text()).size, y: l.y})
		r.text(fitting, f.value)
		from := end.x + width(end.text, style{font: end.font, size: end.size}) + 1
		to, dot := p.runs[dots+1].x-1, width(".", p.scaled(d.text()))
		p.runs[dots].x = from
		p.runs[dots].text = strings.Repeat(".", max(0, int((to-from)/dot)))
		col.y = max(l.y, r.y) + 1.5
	}
}

// sentence says everything in running words. A person's names stay as they are in the register: in the case
// that needs no endings.
func (d Design) sentence(c Subject, kk bool) string {
	variants := [3]string{
		"Настоящим подтверждается, что {authors} является (являются) автором (соавторами) произведения «{title}», которое относится к виду «{kind}» и создано {created}. " +
			"Сведения внесены в реестр {registered} под номером {n}.",
		"В реестр объектов авторского права {registered} за № {n} внесена запись о том, что объект под названием «{title}» ({kind}) создан {created} " +
			"и его автором (соавторами) является (являются) {authors}.",
		"Настоящее свидетельство удостоверяет авторство следующего лица (лиц): {authors} – на объект «{title}» (вид – {kind}, работа завершена {created}). " +
			"Регистрационная запись № {n} сделана {registered}.",
	}
	kind, title := c.KindText, c.Title
	if kk {
		kind, title = c.KindTextKK, c.titleKK()
		variants = [3]string{
			"Осы куәлікпен {authors} {created} күні жасалған, «{kind}» түріне жататын «{title}» объектісінің авторы (бірлескен авторлары) екені расталады. " +
				"Мәліметтер тізілімге {registered} күні {n} нөмірімен енгізілді.",
			"Авторлық құқық объектілерінің тізіліміне {registered} күні № {n} мынадай жазба енгізілді: «{title}» деп аталатын объект ({kind}) {created} күні жасалған, " +
				"оның авторы (бірлескен авторлары) – {authors}.",
			"Осы куәлік «{title}» объектісіне (түрі – {kind}, жұмыс {created} күні аяқталған) қатысты мына тұлғаның (тұлғалардың) авторлығын растайды: {authors}. " +
				"№ {n} тіркеу жазбасы {registered} күні жасалды.",
		}
	}
	names := strings.ReplaceAll(strings.ReplaceAll(d.names(c), ",\n", ", "), "\n", ", ")
	return strings.NewReplacer("{authors}", names, "{title}", title, "{kind}", kind, "{created}", d.day(c.CreatedOn, kk), "{registered}", d.day(c.RegisteredOn, kk),
		"{n}", c.Number).Replace(variants[len(c.Title)%len(variants)])
}

// boxes sets captions and values into frames; what is in both languages stands on one line, parted by a stroke.
func (d Design) boxes(col *column, c Subject) {
	d.opening(col, d.side(true))
	d.opening(col, d.side(false))
	caption, value := d.small(0.78), d.text()
	if d.Loud == 2 {
		value.font = d.Type.bold
	}
	frame := func(share float64, groups ...[]field) {
		top, bottom := col.y, col.y
		edges := []float64{col.left, col.left + share*(col.right-col.left), col.right}[:len(groups)]
		edges = append(edges, col.right)
		for i, list := range groups {
			in := d.column(col.page, edges[i]+2.5, edges[i+1]-2.5, top+1)
			in.justified = false
			for _, f := range list {
				in.text(col.page.narrowed(caption, f.label, in.right-in.left), f.label)
				in.gap(0.5).text(col.page.narrowed(value, f.value, in.right-in.left), f.value).gap(2)
			}
			bottom = max(bottom, in.y)
		}
		for _, x := range edges {
			col.page.boxes = append(col.page.boxes, box{x, top, 0.4, bottom - top, 60})
		}
		for _, y := range []float64{top, bottom} {
			col.page.boxes = append(col.page.boxes, box{col.left, y, col.right - col.left + 0.4, 0.4, 60})
		}
		col.y = bottom + 3
	}
	list := onOneLine(d.pairs(c))
	for _, i := range []int{placeKind, placeTitle, placeCreated} {
		list[i].value = strings.ReplaceAll(list[i].value, "\n", " / ")
	}
	col.gap(2)
	frame(0.42, onOneLine(d.entryPairs(c)), inOrder(list, placeAuthors))
	frame(1, inOrder(list, placeTitle))
	frame(0.58, inOrder(list, placeKind), inOrder(list, placeCreated))
}

func (d Design) authorTable(col *column, c Subject) {
	s := d.side(false)
	d.opening(col, s)
	d.numberLine(col, s, c)
	list := d.said(s, c)
	d.lines(col, inOrder(list, placeTitle, placeKind, placeCreated))
	label, value := d.labelled()
	col.gap(2).text(label, bare(list[placeAuthors].label)).gap(1.5)
	first := value
	first.align = centred
	names := []string{"Ф.И.О. (полностью)", "Фамилия, имя, отчество", "Ф.И.О. физического лица"}
	d.row(col, true, cell{0.12, label, "№ п/п"}, cell{0.88, label, names[len(c.Title)%len(names)]})
	for i, name := range c.Authors {
		d.row(col, true, cell{0.12, first, fmt.Sprint(i + 1)}, cell{0.88, value, name})
	}
}

// blanks fills in a printed form: the values stand in capitals on rules that go on to the right edge.
func (d Design) blanks(col *column, c Subject) {
	s := d.side(true)
	d.opening(col, s)
	d.numberLine(col, s, c)
	p := col.page
	label, value := d.small(0.85), d.text()
	if d.Loud == 2 {
		value.font = d.Type.bold
	}
	for _, f := range inOrder(d.said(s, c), placeAuthors, placeKind, placeTitle, placeCreated) {
		before := len(p.runs)
		col.flow(label, bare(f.label), value, strings.ToUpper(f.value))
		size := p.scaled(value).size
		for _, r := range p.runs[before:] {
			if r.size == size { // the label is smaller
				p.boxes = append(p.boxes, box{r.x, r.y + 0.25*size*0.3528, col.right - r.x, 0.2, 80})
			}
		}
		col.gap(3)
	}
}

func (d Design) twoOrders(col *column, c Subject) {
	smaller := d
	middle := (col.left + col.right) / 2
	smaller.Size = min(d.Size, 10.5)
	for _, font := range []face{d.Type.body, d.Type.bold} {
		smaller.Size = col.page.narrowed(style{font: font, size: smaller.Size}, d.names(c)+" "+c.Title+" "+c.titleKK(), middle-4-col.left).size
	}
	l, r := d.column(col.page, col.left, middle-4, col.y), d.column(col.page, middle+4, col.right, col.y)
	kk, ru := d.side(true), d.side(false)
	kk.Head, ru.Head = closed(kk.Head), closed(ru.Head)
	smaller.opening(l, kk)
	smaller.numberLine(l, kk, c)
	smaller.lines(l, smaller.said(kk, c))
	smaller.opening(r, ru)
	r.gap(2)
	smaller.lines(r, inOrder(smaller.said(ru, c), placeTitle, placeCreated, placeKind, placeAuthors))
	r.gap(2)
	smaller.numberLine(r, ru, c)
	col.page.boxes = append(col.page.boxes, box{middle, col.y + 1, 0.2, max(l.y, r.y) - col.y, 150})
	col.y = max(l.y, r.y)
}

// closed is a heading for a narrow column: only the name of the document keeps a line to itself.
func closed(head string) string {
	var out []string
	named := true // the next line begins anew
	for _, line := range strings.Split(head, "\n") {
		name := strings.ReplaceAll(strings.ToUpper(line), " ", "")
		alone := name == "СВИДЕТЕЛЬСТВО" || name == "КУӘЛІК"
		if alone || named {
			out = append(out, line)
		} else {
			out[len(out)-1] += " " + line
		}
		named = alone
	}
	return strings.Join(out, "\n")
}

func (d Design) diploma(col *column, c Subject) {
	s := d.side(false)
	d.opening(col, s)
	words, value := d.small(0.85), d.bold()
	words.align, value.align = centred, centred
	names := value
	names.size *= 1.2
	says := [2][4]string{
		{"настоящее свидетельство подтверждает, что", "является (являются) автором (соавторами) произведения под названием", "которое относится к виду", "и создано"},
		{"настоящим удостоверяется авторство", "на объект под названием", "относящийся к виду", "и завершенный"},
	}[len(c.Title)%2]
	title := c.Title
	if !strings.HasPrefix(title, `"`) && !strings.HasPrefix(title, "«") {
		title = "«" + title + "»"
	}
	was := col.justified
	col.justified = false
	col.gap(4).text(words, says[0]).gap(2).text(names, d.names(c)).gap(2)
	col.text(words, says[1]).gap(2).text(value, title).gap(2)
	col.text(words, says[2]).text(value, c.KindText).gap(1)
	col.text(words, says[3]).text(value, d.day(c.CreatedOn, false)).gap(6)
	n := d.text()
	n.align = centred
	col.text(n, d.numbered(s, c))
	col.justified = was
}

// close sets the signature and the foot, and tells whether there was room. What is said there has numbers and
// days of its own, as on a portal's documents.
func (d Design) close(col *column, c Subject) bool {
	was := col.justified
	col.justified = false
	s, tiny := d.text(), style{font: d.Type.body, size: 8}
	s.size = min(s.size, 11)
	col.gap(5)
	switch d.Signed {
	case 1:
		col.both(s, "Төраға / Председатель ________________", "Қ. Әбілова").text(tiny, "М.О. / М.П.")
	case 2:
		col.text(tiny, fmt.Sprintf("Қол қойған / Подписал: ИСАБАЕВ Е.\nСертификаттың сериялық нөмірі / Серийный номер сертификата: 5E0%sA71\nҚол қойылған уақыты / Время подписания: %s 16:42",
			blankSerial(c.Number), dotted(c.RegisteredOn)))
	default:
		col.text(s, "Басқарма басшысы").both(s, "Руководитель управления", "Д. Маликов")
	}
	switch later := c.RegisteredOn.AddDays(3 + len(c.Title)%40); d.Extra {
	case 1:
		col.gap(2).text(tiny, fmt.Sprintf("Бірегей нөмір / Уникальный номер: 1010%s%s\nАлу күні мен уақыты / Дата и время получения: %s 09:17", blankSerial(c.Number), cabinetNumber(c), dotted(later)))
	case 2:
		col.gap(2).text(tiny, lawKK).text(tiny, lawRU)
	case 3:
		col.gap(2).text(tiny, "Мәліметтер "+dotted(later)+" күнгі жағдай бойынша берілді / Сведения приведены по состоянию на "+dotted(later))
	}
	col.justified = was
	return d.base(col, c, checkUnseenKK, checkUnseenRU)
}
