package document

import (
	"fmt"
	"strconv"
	"strings"

	"kualik/internal/i18n"
	"kualik/internal/kind"
)

// Statement makes the application for entering a work in the register (Appendix 1 to the Rules of
// 28.08.2018 No 1315), or the petition for an extract from it, as a PDF. It is what is signed: numbers stand
// in it whole. The same data give the same bytes.
func Statement(d StatementData, lang i18n.Lang) ([]byte, error) {
	if d.Service != CopyrightWork && d.Service != RegisterExtract {
		return nil, fmt.Errorf("make a statement: no such service: %q", d.Service)
	}
	s := newSheet(lang)
	if err := s.statementHead(d); err != nil {
		return nil, err
	}
	if d.Service == RegisterExtract {
		s.extract(d.Extract)
	} else {
		s.work(d.Work)
	}
	s.heading(s.t("contact"))
	s.pairs(s.contact(d.Contact))
	s.participants(d)
	s.documents(d)
	s.need(48) // the sum stays with its lines
	s.heading(s.t("fee"))
	s.fee(d.Service, d.Fee)
	s.declarations(d)
	s.signatures(d)
	what := s.t(d.Service + ".title")
	name := s.t("statement.name", "What", what, "Draft", grouped(d.Draft))
	foot := s.t("statement.foot", "What", strings.ToLower(what), "Draft", grouped(d.Draft), "Version", d.Version, "Office", d.Office)
	return s.finish(name, foot, d.FormedAt)
}

func (s *sheet) statementHead(d StatementData) error {
	if err := s.codes(strconv.Itoa(d.Draft), d.URL); err != nil {
		return err
	}
	const x = 112.0
	s.put(strong, left+27, 60, top+13.5, atLeft, s.t("application", "Draft", grouped(d.Draft)))
	s.put(label, left+27, 60, top+18.5, atLeft, s.t("formed", "At", s.moment(d.FormedAt, d.Zone)))
	s.text(body, x, right-x, atLeft, s.t("addressee"))
	if d.Filer != "" {
		s.y += 1.5
		s.text(label, x, right-x, atLeft, s.t("from."+d.FilerRole))
		s.text(body, x, right-x, atLeft, d.Filer)
	}
	s.y = max(s.y, top+25) + 9
	s.text(title, left, wide, centred, s.t(d.Service+".title"))
	s.text(style{sans, 11.5, ink}, left+14, wide-28, centred, s.t(d.Service+".subtitle"))
	s.y += 3
	s.rule(left+wide/2-12, 24, s.y, 0.6, accent)
	s.y += 4
	s.text(body, left, wide, atLeft, s.t(d.Service+".request"))
	return nil
}

// codes sets the QR code of a page and the bar code of a number at the head of the first page.
func (s *sheet) codes(number, url string) error {
	if url != "" {
		qr, err := qrOf(url)
		if err != nil {
			return err
		}
		s.code(qr, left, top, 22, 22)
	}
	bars, err := barcodeOf(number)
	if err != nil {
		return err
	}
	s.code(bars, left+27, top, float64(bars.Bounds().Dx())*0.4, 11.5)
	return nil
}

func (s *sheet) work(w Work) {
	s.heading(s.t("object"))
	s.field(s.t("work.title"), w.Title, large)
	s.field(s.t("work.kind"), kind.Name(string(s.lang), w.Kind), body)
	s.field(s.t("work.created"), s.day(w.CreatedOn), body)
	s.field(s.t("work.religious"), s.yes(w.Religious), body)
	if w.Description != "" {
		s.field(s.t("work.description"), w.Description, quoted)
	}
	if w.SeparateCoAuthor {
		s.field(s.t("work.separate"), s.t("work.separate_yes"), body)
	}
}

func (s *sheet) extract(e Extract) {
	s.heading(s.t("extract"))
	s.field(s.t("extract.number"), e.CertificateNumber, body)
	s.field(s.t("extract.date"), s.day(e.CertificateDate), body)
	if e.Title != "" {
		s.field(s.t("work.title"), e.Title, large)
	}
	s.field(s.t("extract.purpose"), e.Purpose, quoted)
	s.field(s.t("extract.delivery"), e.Delivery, body)
}

func (s *sheet) yes(b bool) string {
	if b {
		return s.t("yes")
	}
	return s.t("no")
}

// contact are the fields of the cabinet, in its order; telephone numbers that were not given are left out.
func (s *sheet) contact(c Contact) []pair {
	sort := s.t("person")
	if c.Organisation {
		sort = s.t("organisation")
	}
	list := []pair{{s.t("contact.name"), c.Name}, {s.t("contact.type"), sort}, {s.t("contact.number"), c.Number}, {s.t("contact.country"), c.Country},
		{s.t("contact.city"), c.City}, {s.t("contact.address"), c.Address}, {s.t("contact.postcode"), c.PostCode}, {s.t("contact.phone"), c.Phone}}
	for i := range list {
		if list[i].value == "" {
			list[i].value = "—"
		}
	}
	for _, p := range []pair{{s.t("contact.mobile"), c.Mobile}, {s.t("contact.fax"), c.Fax}, {s.t("contact.email"), c.Email}} {
		if p.value != "" {
			list = append(list, p)
		}
	}
	return list
}

func (s *sheet) participants(d StatementData) {
	s.heading(s.t("participants"))
	columns := []column{{s.t("number"), 8, atLeft}, {s.t("participant.role"), 28, atLeft}, {s.t("participant.name"), 79, atLeft}, {s.t("participant.number"), 28, atLeft}, {s.t("participant.publication"), 27, atLeft}}
	var rows [][]cell
	for i, p := range d.Participants {
		publication := ""
		if p.Role == Author {
			publication = s.t("mention")
			if p.Hidden {
				publication = s.t("hide")
			}
		}
		role := cell{{body, s.t("role." + p.Role)}}
		if p.Filer {
			role = append(role, para{label, s.t("filer")})
		}
		who := cell{{strong, p.Name}, {note, p.place()}, {note, joined(" · ", p.Phone, p.Mobile, p.Email)}}
		if p.Authority != "" {
			who = append(who, para{note, s.t("authority."+p.Role, "What", p.Authority)})
		}
		rows = append(rows, []cell{{{label, strconv.Itoa(i + 1)}}, role, who, {{body, p.Number}}, {{note, publication}}})
	}
	s.table(columns, rows)
}

// place is an address on one line.
func (c Contact) place() string { return joined(", ", c.PostCode, c.Country, c.City, c.Address) }

func joined(separator string, parts ...string) string {
	var list []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			list = append(list, p)
		}
	}
	return strings.Join(list, separator)
}

func (s *sheet) documents(d StatementData) {
	s.heading(s.t("documents"))
	if len(d.Documents) == 0 {
		s.text(body, left, wide, atLeft, "—")
		return
	}
	columns := []column{{s.t("number"), 8, atLeft}, {s.t("document.what"), 92, atLeft}, {s.t("document.sheets"), 16, atRight}, {s.t("document.sha"), 54, atLeft}}
	var rows [][]cell
	for i, a := range d.Documents {
		sheets, about := "—", a.Description
		if a.Sheets > 0 {
			sheets = strconv.Itoa(a.Sheets)
		}
		if about == d.Work.Description {
			about = "" // said above, of the work
		}
		rows = append(rows, []cell{{{label, strconv.Itoa(i + 1)}},
			{{body, s.t("sort." + a.Sort)}, {note, joined(", ", a.FileName, s.size(a.Size))}, {style{serif, 9, ink}, about}},
			{{body, sheets}}, {{style{sans, 7.5, ink}, hash(a.SHA256)}}})
	}
	s.table(columns, rows)
}

// size is a file's size, empty when it is not known.
func (s *sheet) size(n int64) string {
	if n <= 0 {
		return ""
	}
	return s.bytesOf(n)
}

func (s *sheet) declarations(d StatementData) {
	s.heading(s.t("consent"))
	if d.Service == RegisterExtract {
		s.list([]string{s.t("consent.true"), s.t("consent.extract")})
		return
	}
	items := []string{s.t("consent.true"), s.t("consent.work"), s.t("consent.data")}
	for _, p := range d.Participants {
		if p.Role == Author && p.Hidden {
			items = append(items, s.t("consent.hidden"))
			break
		}
	}
	s.list(items)
}

// signatures is the place for those who sign; the signatures themselves are files of their own.
func (s *sheet) signatures(d StatementData) {
	s.heading(s.t("signatures"))
	s.text(note, left, wide, atLeft, s.t("signatures.how"))
	s.y += 1.5
	columns := []column{{s.t("number"), 8, atLeft}, {s.t("contact.name"), 76, atLeft}, {s.t("signatures.iin"), 30, atLeft}, {s.t("signatures.as"), 30, atLeft}, {s.t("signatures.place"), 26, atLeft}}
	var rows [][]cell
	for _, p := range d.Participants {
		if p.Signs {
			rows = append(rows, []cell{{{label, strconv.Itoa(len(rows) + 1)}}, {{body, p.Name}}, {{body, p.Number}}, {{body, s.t("role." + p.Role)}}, {{label, s.t("signatures.eds")}}})
		}
	}
	s.table(columns, rows)
}
