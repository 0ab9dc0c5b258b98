package paper

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// freshSheets sets a certificate in one of the fresh forms and tells whether it found room.
func (d Design) freshSheets(c Subject, scale float64) ([]*Page, bool) {
	p := &Page{scale: scale, wide: d.Form.wide()}
	col, fits := d.column(p, d.Margin, p.width()-d.Margin, 15), true
	switch d.Form {
	case FormSideband:
		col, fits = d.sideband(col, c)
	case FormPanel:
		col, fits = d.panel(col, c)
	default:
		d.letterhead(col)
		map[Form]func(*column, Subject){
			FormCodes: d.codes, FormPlaque: d.plaque, FormExtract: d.extract, FormBars: d.bars, FormConfirming: d.confirming, FormItems: d.items,
			FormNameColumns: d.nameColumns, FormLineCaptions: d.lineCaptions, FormTwoLanguages: d.twoLanguages, FormSections: d.sections,
		}[d.Form](col, c)
	}
	return []*Page{p}, d.finish(col, c) && fits
}

// codeAside tells whether the form has its code at the left of the rest, and not below it.
func (f Form) codeAside() bool { return f == FormSideband || f == FormPanel }

// say puts words in the languages of the form.
func (d Design) say(kk, ru string) string {
	switch d.Form.language() {
	case "kk":
		return kk
	case "ru":
		return ru
	}
	return kk + " / " + ru
}

// letterhead begins a column with an emblem and with who prints the certificate.
func (d Design) letterhead(col *column) {
	if d.Emblem {
		for y := -6.0; y < 6.5; y++ {
			half := math.Sqrt(44 - y*y)
			col.page.boxes = append(col.page.boxes, box{(col.left+col.right)/2 - half, col.y + 4 + y, 2 * half, 0.5, 150})
		}
		col.y += 12
	}
	if d.Code == 3 {
		col.y = 36
	}
	who := [3][2]string{
		{"Қазақстан Республикасының Әділет министрлігі", "Министерство юстиции Республики Казахстан"},
		{"ҚАЗАҚСТАН РЕСПУБЛИКАСЫ", "РЕСПУБЛИКА КАЗАХСТАН"},
		{"«Ұлттық зияткерлік меншік институты» РМК", "РГП «Национальный институт интеллектуальной собственности»"},
	}[d.Signed]
	s := d.small(0.92)
	s.align = centred
	col.text(s, strings.ReplaceAll(d.say(who[0], who[1]), " / ", "\n")).gap(4)
}

// naming sets a heading, the name of the document larger than the rest.
func (d Design) naming(col *column, head string, at align) {
	for _, line := range strings.Split(head, "\n") {
		s := d.text()
		if name := strings.ToUpper(line); name == "СВИДЕТЕЛЬСТВО" || name == "КУӘЛІК" {
			s = d.bold()
			s.size *= 1.45
		}
		s.align = at
		col.text(col.page.narrowed(s, line, col.right-col.left), line)
	}
	col.gap(2)
}

// namings sets the headings of both languages.
func (d Design) namings(col *column) {
	d.naming(col, d.KK.Head, centred)
	d.naming(col, d.RU.Head, centred)
}

// entered sets the line with number and day.
func (d Design) entered(col *column, s side, c Subject, at align) {
	was := col.justified
	col.justified = false
	n := d.bold()
	n.align = at
	col.text(n, d.numbered(s, c)).gap(3)
	col.justified = was
}

// record is the number and the day as fields.
func (d Design) record(c Subject, kk bool) []field {
	names := [3][2]string{{"Номер выданного свидетельства", "Дата выдачи свидетельства"}, {"Номер в реестре авторских прав", "Дата включения в реестр"}, {"Регистрационная запись №", "Дата регистрации"}}
	if kk {
		names = [3][2]string{{"Берілген куәліктің нөмірі", "Куәліктің берілген күні"}, {"Авторлық құқықтар тізіліміндегі нөмірі", "Тізілімге қосылған күні"}, {"Тіркеу жазбасы №", "Тіркеу күні"}}
	}
	n := names[len(c.Title)%len(names)]
	return []field{{n[0], c.Number}, {n[1], d.day(c.RegisteredOn, kk)}}
}

// records are those fields in both languages.
func (d Design) records(c Subject) []field {
	kk, ru := d.record(c, true), d.record(c, false)
	for i := range ru {
		ru[i].label = kk[i].label + " / " + ru[i].label
		if kk[i].value != ru[i].value {
			ru[i].value = kk[i].value + "\n" + ru[i].value
		}
	}
	return ru
}

// roll lists the authors: numbered when each has a line.
func (d Design) roll(c Subject) string {
	if !strings.Contains(d.Separator, "\n") || len(c.Authors) == 1 {
		return d.names(c)
	}
	mark := "."
	if d.Separator != "\n" {
		mark = ")"
	}
	return strings.Join(numbered(c.Authors, mark), "\n")
}

func numbered(names []string, mark string) []string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = fmt.Sprintf("%d%s %s", i+1, mark, name)
	}
	return list
}

// inQuotes is a title in quotation marks, unless it has some.
func inQuotes(title string) string {
	if strings.HasPrefix(title, `"`) || strings.HasPrefix(title, "«") {
		return title
	}
	return "«" + title + "»"
}

// valued is the style of values.
func (d Design) valued() style {
	if d.Loud == 2 {
		return d.bold()
	}
	return d.text()
}

// under sets a label and, below it, its value.
func (d Design) under(col *column, label, value style, f field) {
	was := col.justified
	col.justified = false
	col.text(col.page.narrowed(label, f.label, col.right-col.left), f.label)
	col.text(col.page.narrowed(value, f.value, col.right-col.left), f.value)
	col.justified = was
}

func (d Design) codes(col *column, c Subject) {
	d.namings(col)
	label, code := d.small(0.78), style{font: d.Type.bold, size: d.Size * 0.78}
	put := func(in *column, mark string, f field) {
		l, r := d.column(col.page, in.left, in.left+11, in.y), d.column(col.page, in.left+11, in.right, in.y)
		l.text(code, "("+mark+")")
		d.under(r, label, d.valued(), f)
		in.y = max(l.y, r.y) + 2.2
	}
	middle := (col.left + col.right) / 2
	l, r := d.column(col.page, col.left, middle-3, col.y), d.column(col.page, middle+3, col.right, col.y)
	entry, list := d.records(c), onOneLine(d.pairs(c))
	put(l, "11", entry[0])
	put(r, "15", entry[1])
	if d.Below {
		l.y, r.y = max(l.y, r.y), max(l.y, r.y)
		put(l, "21", field{"Өтінім нөмірі / Номер заявки", cabinetNumber(c)})
		put(r, "22", field{"Өтінім берілген күн / Дата подачи заявки", dotted(c.RegisteredOn.AddDays(-1))})
	}
	col.y = max(l.y, r.y) + 1
	for _, f := range []struct {
		mark  string
		place int
	}{{"54", placeTitle}, {"72", placeAuthors}, {"51", placeKind}, {"24", placeCreated}} {
		if d.Rules {
			col.gap(0.5).rule(150)
			col.gap(1)
		}
		if f.place == placeAuthors {
			list[f.place].value = d.roll(c)
		}
		put(col, f.mark, list[f.place])
	}
}

func (d Design) plaque(col *column, c Subject) {
	s := d.side(false)
	d.naming(col, s.Head, centred)
	big, label, title := d.bold(), d.small(0.85), d.bold()
	big.size, title.size = big.size*1.6, title.size*1.15
	big.align, label.align, title.align = centred, centred, centred
	col.gap(2).text(big, "№ "+c.Number).gap(5)
	list := d.said(s, c)
	col.text(label, bare(list[placeTitle].label)).gap(1).text(title, inQuotes(c.Title)).gap(5)
	list[placeAuthors].value = d.roll(c)
	l, v := d.labelled()
	rows := append(inOrder(list, placeAuthors, placeKind, placeCreated), d.record(c, false)[1])
	for i, f := range rows {
		if i == len(rows)-1 {
			col.gap(5)
		}
		col.flow(l, bare(f.label)+":", v, f.value).gap(2)
	}
}

func (d Design) extract(col *column, c Subject) {
	middle := (col.left + col.right) / 2
	l, r := d.column(col.page, col.left, middle-4, col.y), d.column(col.page, middle+4, col.right, col.y)
	d.naming(l, d.KK.Head, centred)
	d.naming(r, d.RU.Head, centred)
	col.y = max(l.y, r.y) + 2
	label, value := d.labelled()
	label.size *= 0.9
	head, first := d.bold(), label
	head.size *= 0.9
	head.align, first.align = centred, centred
	row := func(cells ...cell) {
		if !d.Rules {
			col.rule(120)
		}
		d.row(col, d.Rules, cells...)
	}
	row(cell{0.09, head, "Р/с №\n№ п/п"}, cell{0.4, head, "Көрсеткіш / Показатель"}, cell{0.51, head, "Мәліметтер / Сведения"})
	list := onOneLine(d.pairs(c))
	list[placeAuthors].value = d.roll(c)
	rows := append(d.records(c), inOrder(list, placeKind, placeTitle, placeAuthors, placeCreated)...)
	for i, f := range append(rows, field{"Жазбаның мәртебесі / Статус записи", "Қолданыста / Действует"}) {
		row(cell{0.09, first, fmt.Sprint(i + 1)}, cell{0.4, label, f.label}, cell{0.51, value, f.value})
	}
	if !d.Rules {
		col.rule(120)
	}
}

func (d Design) sideband(col *column, c Subject) (*column, bool) {
	p := col.page
	edge := col.left + 46
	band, main := d.column(p, col.left, edge-3, col.y+6), d.column(p, edge+5, col.right, col.y)
	p.boxes = append(p.boxes, box{edge, col.y, 1.2, p.height() - 15 - col.y, 130})
	label, large := d.small(0.8), d.bold()
	large.size *= 1.5
	list, entry := d.pairs(c), d.records(c)
	d.under(band, label, large, entry[0])
	for _, f := range append(entry[1:], inOrder(list, placeKind, placeCreated)...) {
		f.label = strings.ReplaceAll(f.label, " / ", "\n")
		band.gap(4)
		d.under(band, label, d.valued(), f)
	}
	d.letterhead(main)
	d.naming(main, d.KK.Head, atLeft)
	d.naming(main, d.RU.Head, atLeft)
	title := d.bold()
	title.size *= 1.1
	main.gap(3)
	d.under(main, label, title, list[placeTitle])
	list[placeAuthors].value = d.roll(c)
	main.gap(4)
	d.under(main, label, d.text(), list[placeAuthors])
	return main, band.y < p.height()-40
}

func (d Design) bars(col *column, c Subject) {
	d.namings(col)
	label := d.small(0.8)
	put := func(list ...field) {
		const between = 6.0
		w := (col.right - col.left - between*float64(len(list)-1)) / float64(len(list))
		top := col.y
		for i, f := range list {
			x := col.left + float64(i)*(w+between)
			col.page.boxes = append(col.page.boxes, box{x, top, w, 1.2, 100})
			in := d.column(col.page, x, x+w, top+1.8)
			d.under(in, label, d.valued(), f)
			col.y = max(col.y, in.y)
		}
		col.gap(4)
	}
	list := onOneLine(d.pairs(c))
	list[placeAuthors].value = d.roll(c)
	put(inOrder(list, placeTitle)...)
	put(inOrder(list, placeAuthors)...)
	put(inOrder(list, placeKind, placeCreated)...)
	put(d.records(c)...)
}

// confirming sets the list of the authors and the title between running words.
func (d Design) confirming(col *column, c Subject) {
	names, title := d.valued(), d.bold()
	title.align = centred
	if d.Centred {
		names.align = centred
	}
	for _, s := range []side{d.side(true), d.side(false)} {
		d.naming(col, s.Head, centred)
		says := [2][3]string{
			{"Настоящее свидетельство выдано автору (авторам):", "В реестр авторских прав {registered} под № {n} внесено произведение, созданное {created}:", "(вид – {kind})."},
			{"В реестре авторских прав под № {n} от {registered} значится произведение:", "Вид произведения – {kind}; создано {created}.", "Автор (авторы) по заявлению:"},
		}
		kind, name := c.KindText, c.Title
		if s.kk {
			says = [2][3]string{
				{"Осы куәлік мына авторға (авторларға) берілді:", "Авторлық құқықтар тізіліміне {registered} күні № {n} жазбамен {created} күні жасалған мынадай туынды енгізілді:", "(түрі – {kind})."},
				{"Авторлық құқықтар тізілімінде {registered} күнгі № {n} жазбамен мынадай туынды тіркелген:", "Туындының түрі – {kind}; ол {created} күні жасалған.", "Өтініш бойынша авторы (авторлары):"},
			}
			kind, name = c.KindTextKK, c.titleKK()
		}
		fill := strings.NewReplacer("{kind}", kind, "{created}", d.day(c.CreatedOn, s.kk), "{registered}", d.day(c.RegisteredOn, s.kk), "{n}", c.Number)
		way := len(c.Title) % 2
		for i := range says[way] {
			says[way][i] = fill.Replace(says[way][i])
		}
		col.text(d.text(), says[way][0]).gap(1.5)
		if way == 0 {
			col.text(names, d.roll(c)).gap(1.5).text(d.text(), says[0][1]).gap(1.5).text(title, inQuotes(name)).gap(1.5)
			last := d.text()
			last.align = centred
			col.text(last, says[0][2])
		} else {
			col.text(title, inQuotes(name)).gap(1.5).text(d.text(), says[1][1]).gap(1.5).text(d.text(), says[1][2]).gap(1).text(names, d.roll(c))
		}
		col.gap(6)
	}
}

// items sets the fields as the items of one sentence.
func (d Design) items(col *column, c Subject) {
	label, value := d.labelled()
	for _, s := range []side{d.side(true), d.side(false)} {
		d.naming(col, s.Head, centred)
		d.entered(col, s, c, centred)
		lead := "В реестр внесены следующие сведения:"
		if s.kk {
			lead = "Тізілімге мынадай мәліметтер енгізілді:"
		}
		col.text(d.text(), lead).gap(1)
		list := d.said(s, c)
		list[placeTitle].value = inQuotes(list[placeTitle].value)
		list[placeAuthors].value = strings.ReplaceAll(strings.ReplaceAll(d.names(c), ",\n", ", "), "\n", ", ")
		in := d.column(col.page, col.left+6, col.right, col.y)
		for i, f := range inOrder(list, placeTitle, placeAuthors, placeKind, placeCreated) {
			end := ";"
			if i == len(list)-1 {
				end = "."
			}
			in.flow(label, fmt.Sprintf("%d) %s:", i+1, lowered(bare(f.label))), value, f.value+end).gap(1)
		}
		col.y = in.y + 5
	}
}

// lowered is a label in the middle of a sentence.
func lowered(label string) string {
	first, n := utf8.DecodeRuneInString(label)
	if label == strings.ToUpper(label) || strings.HasPrefix(label[n:], ".") {
		return strings.ToLower(label)
	}
	return string(unicode.ToLower(first)) + label[n:]
}

func (d Design) nameColumns(col *column, c Subject) {
	for _, s := range []side{d.side(true), d.side(false)} {
		d.naming(col, s.Head, centred)
		d.entered(col, s, c, atLeft)
	}
	label := d.small(0.85)
	if d.Loud == 1 {
		label.font = d.Type.bold
	}
	list := onOneLine(d.pairs(c))
	for _, f := range inOrder(list, placeKind, placeTitle) {
		d.under(col, label, d.valued(), f)
		col.gap(2.5)
	}
	col.text(label, list[placeAuthors].label).gap(0.5)
	names := []string{strings.ToUpper(c.Authors[0])}
	if len(c.Authors) > 1 {
		names = numbered(c.Authors, ".")
		for i := range names {
			names[i] = strings.ToUpper(names[i])
		}
	}
	middle, half := (col.left+col.right)/2, (len(names)+1)/2
	l, r := d.column(col.page, col.left+4, middle-2, col.y), d.column(col.page, middle+2, col.right, col.y)
	l.justified, r.justified = false, false
	for i, name := range names {
		in := l
		if i >= half {
			in = r
		}
		in.text(col.page.narrowed(d.text(), name, in.right-in.left), name)
	}
	col.y = max(l.y, r.y) + 2.5
	d.under(col, label, d.valued(), list[placeCreated])
}

func (d Design) lineCaptions(col *column, c Subject) {
	d.namings(col)
	caption, value := d.small(0.7), d.valued()
	caption.align = centred
	put := func(list ...field) {
		const between = 5.0
		w := (col.right - col.left - between*float64(len(list)-1)) / float64(len(list))
		cells := make([]*column, len(list))
		bottom := col.y
		for i, f := range list {
			x := col.left + float64(i)*(w+between)
			cells[i] = d.column(col.page, x, x+w, col.y)
			cells[i].justified = false
			s := value
			if d.Centred || len(list) > 1 {
				s.align = centred
			}
			cells[i].text(col.page.narrowed(s, f.value, w), f.value)
			bottom = max(bottom, cells[i].y)
		}
		for i, f := range list {
			in := cells[i]
			in.y = bottom + 1.3
			in.rule(70)
			f.label = strings.ReplaceAll(f.label, " / ", "\n")
			in.gap(0.5).text(col.page.narrowed(caption, f.label, w), f.label)
			col.y = max(col.y, in.y)
		}
		col.gap(4)
	}
	list := d.pairs(c)
	put(append(d.records(c), list[placeCreated])...)
	put(inOrder(list, placeAuthors)...)
	put(inOrder(list, placeTitle)...)
	put(inOrder(list, placeKind)...)
}

func (d Design) panel(col *column, c Subject) (*column, bool) {
	p := col.page
	edge := col.left + 0.38*(col.right-col.left)
	l, r := d.column(p, col.left, edge-5, col.y), d.column(p, edge+6, col.right, col.y+3)
	for _, x := range []float64{edge, edge + 1.2} {
		p.boxes = append(p.boxes, box{x, 14, 0.4, p.height() - 28, 90})
	}
	d.letterhead(l)
	for _, s := range []side{d.side(true), d.side(false)} {
		d.naming(l, s.Head, centred)
		d.entered(l, s, c, centred)
	}
	label := d.small(0.85)
	if d.Loud == 1 {
		label.font = d.Type.bold
	}
	list := onOneLine(d.pairs(c))
	list[placeAuthors].value = d.roll(c)
	for _, f := range inOrder(list, placeAuthors, placeTitle, placeKind, placeCreated) {
		r.text(label, f.label)
		in := d.column(p, r.left+8, r.right, r.y+0.5)
		in.text(d.valued(), f.value)
		r.y = in.y + 3.5
	}
	return r, l.y < p.height()-40
}

func (d Design) twoLanguages(col *column, c Subject) {
	d.namings(col)
	label, value := d.labelled()
	label.size *= 0.85
	head := d.bold()
	head.size, head.align = head.size*0.9, centred
	row := func(cells ...cell) {
		d.row(col, d.Rules, cells...)
		if !d.Rules {
			col.rule(170)
		}
	}
	row(cell{0.26, head, "Мәлімет / Сведения"}, cell{0.37, head, "Қазақ тілінде"}, cell{0.37, head, "На русском языке"})
	kk, ru := append(d.record(c, true), d.said(d.side(true), c)...), append(d.record(c, false), d.said(d.side(false), c)...)
	const record = 2
	for _, i := range []int{0, 1, record + placeTitle, record + placeAuthors, record + placeCreated, record + placeKind} {
		if i == record+placeAuthors {
			kk[i].value, ru[i].value = d.roll(c), d.roll(c)
		}
		row(cell{0.26, label, bare(kk[i].label) + " / " + bare(ru[i].label)}, cell{0.37, value, kk[i].value}, cell{0.37, value, ru[i].value})
	}
}

func (d Design) sections(col *column, c Subject) {
	s := d.side(true)
	d.naming(col, s.Head, centred)
	label, value := d.labelled()
	list := d.said(s, c)
	for i, section := range []struct {
		head string
		rows []field
	}{
		{"Тіркеу туралы мәліметтер", d.record(c, true)},
		{"Туынды туралы мәліметтер", inOrder(list, placeTitle, placeKind, placeCreated)},
		{"Авторлар туралы мәліметтер", nil},
	} {
		col.gap(3).text(d.bold(), fmt.Sprintf("%d. %s", i+1, section.head)).gap(1)
		for n, f := range section.rows {
			d.row(col, false, cell{0.08, label, fmt.Sprintf("%d.%d.", i+1, n+1)}, cell{0.34, label, bare(f.label)}, cell{0.58, value, f.value})
			if d.Rules {
				col.rule(190)
			}
		}
	}
	col.text(label, bare(list[placeAuthors].label)).gap(1)
	for i, name := range c.Authors {
		d.row(col, false, cell{0.08, label, fmt.Sprintf("3.%d.", i+1)}, cell{0.92, value, name})
	}
}

// finish sets the signature and the foot, and tells whether there was room.
func (d Design) finish(col *column, c Subject) bool {
	was := col.justified
	col.justified = false
	s, tiny := d.text(), style{font: d.Type.body, size: 8}
	s.size = min(s.size, 11)
	signer := s
	signer.align = atRight
	col.gap(5)
	switch d.Signed {
	case 1:
		col.text(tiny, d.say("Электрондық цифрлық қолтаңба қойылды", "Подписано электронной цифровой подписью"))
		col.text(tiny, d.say("Иесі", "Владелец")+": ЖАҚСЫБЕК М. Т.")
		col.text(tiny, d.say("Қол қойылған күні мен уақыты", "Дата и время подписания")+": "+dotted(c.RegisteredOn)+" 11:26:40")
	case 2:
		d.row(col, false, cell{0.65, s, d.say("Тізілімді жүргізуге жауапты маман", "Ответственный за ведение реестра")}, cell{0.35, signer, "Н. Төлеуова"})
	default:
		d.row(col, false, cell{0.65, s, d.say("Институт директоры", "Директор института")}, cell{0.35, signer, "_________ А. Сәдуақас"})
		col.text(tiny, d.say("Мөр орны", "Место печати"))
	}
	switch d.Extra {
	case 1:
		col.gap(2).text(tiny, d.say("Құжат коды", "Код документа")+": KZ-"+blankSerial(c.Number)+"-"+cabinetNumber(c)+"      "+d.say("1-бет, барлығы 1 бет", "страница 1 из 1"))
	case 2:
		col.gap(2).text(tiny, strings.Replace(d.say(ariseKK, ariseRU), " / ", "\n", 1))
	case 3:
		col.gap(2).text(tiny, d.say("Басып шығарылған күні", "Дата печати")+": "+dotted(c.RegisteredOn.AddDays(2+len(c.Title)%50))+", 14:05")
	}
	col.justified = was
	if d.Form.codeAside() {
		d.Code = 0 // it is not in the way of the foot
	}
	switch d.Form.language() {
	case "kk":
		return d.base(col, c, checkFreshKK, noteKK)
	case "ru":
		return d.base(col, c, checkFreshRU, noteRU)
	}
	return d.base(col, c, checkFreshKK, checkFreshRU)
}
