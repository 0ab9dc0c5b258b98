package paper

import "kualik/internal/clock"

// Manuscript is the copy of a work as it is handed in: a title page and the first page of the text.
type Manuscript struct {
	University string
	Authors    string
	Title      string
	Sort       string // "Оқу құралы", "Учебное пособие"
	Year       clock.Day
	Text       string
}

// Pages are the title page and a page of text.
func (m Manuscript) Pages() []*Page {
	cover, text := &Page{}, &Page{}
	col := cover.column(left, right, 30)
	col.text(middle, m.University).gap(40).text(middle, m.Authors).gap(14).text(heading, m.Title).gap(8).text(middle, m.Sort)
	cover.column(left, right, 268).text(middle, m.Year.Time().Format("2006"))
	text.column(left, right, 28).text(heading, m.Title).gap(8).text(body, m.Text)
	return []*Page{cover, text}
}

// IdentityCard is a picture of no identity document at all: a sheet that says that it stands for one.
func IdentityCard(name string) *Page {
	p := &Page{}
	col := p.column(left, right, 60)
	col.text(heading, "ҮЛГІ · ОБРАЗЕЦ").gap(6).text(middle, "Жеке куәліктің көшірмесі осында тұрады\nЗдесь стоит копия удостоверения личности").gap(10).text(middle, name)
	return p
}
