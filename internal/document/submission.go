package document

import (
	"strconv"
	"strings"

	"kualik/internal/i18n"
	"kualik/internal/kind"
)

// SubmissionReceipt makes the receipt that an application has its number: which files with which hashes were
// handed in, when, who has signed, what happens next and until when.
func SubmissionReceipt(d SubmissionData, lang i18n.Lang) ([]byte, error) {
	s := newSheet(lang)
	if err := s.codes(d.Barcode, d.URL); err != nil {
		return nil, err
	}
	s.put(strong, left+27, 60, top+13.5, atLeft, d.Barcode)
	s.put(label, left+27, 60, top+18.5, atLeft, s.t("application", "Draft", grouped(d.Draft)))
	s.text(body, 112, right-112, atRight, d.Office)
	s.y = max(s.y, top+25) + 9
	s.text(title, left, wide, centred, s.t("submission.title"))
	s.text(style{sans, 11.5, ink}, left+14, wide-28, centred, s.t(d.Service+".name"))
	s.y += 6
	s.band([]pair{{s.t("submission.number"), d.Number}, {s.t("submission.barcode"), d.Barcode}, {s.t("submission.at"), s.moment(d.SubmittedAt, d.Zone)}})
	s.field(s.t("work.title"), d.Title, large)
	if d.Kind != "" {
		s.field(s.t("work.kind"), kind.Name(string(lang), d.Kind), body)
	}
	s.files(d.Files)
	s.signed(d)
	s.next(d)
	if err := s.sendTo(d.SendTo); err != nil {
		return nil, err
	}
	return s.finish(s.t("submission.name", "Number", d.Number), s.t("submission.foot", "Number", d.Number, "Office", d.Office), d.SubmittedAt)
}

// band sets the figures that matter most side by side on a grey ground.
func (s *sheet) band(list []pair) {
	const h = 17.0
	s.fill(left, s.y, wide, h, sunken)
	w := wide / float64(len(list))
	for i, p := range list {
		x := left + float64(i)*w + 5
		s.put(label, x, w-8, s.y+3, atLeft, p.name)
		s.put(style{bold, 14, ink}, x, w-8, s.y+7.4, atLeft, p.value)
	}
	s.y += h + 5
}

func (s *sheet) files(list []Attached) {
	s.heading(s.t("submission.files"))
	columns := []column{{s.t("number"), 8, atLeft}, {s.t("document.what"), 82, atLeft}, {s.t("document.sheets"), 16, atRight}, {s.t("document.sha"), 64, atLeft}}
	var rows [][]cell
	for i, a := range list {
		sheets := ""
		if a.Sheets > 0 {
			sheets = strconv.Itoa(a.Sheets)
		}
		rows = append(rows, []cell{{{label, strconv.Itoa(i + 1)}}, {{body, s.t("sort." + a.Sort)}, {note, joined(", ", a.FileName, s.size(a.Size))}},
			{{body, sheets}}, {{style{sans, 8.5, ink}, hash(a.SHA256)}}})
	}
	s.table(columns, rows)
}

func (s *sheet) signed(d SubmissionData) {
	s.heading(s.t("submission.signed"))
	columns := []column{{s.t("contact.name"), 66, atLeft}, {s.t("signatures.iin"), 30, atLeft}, {s.t("submission.certificate"), 42, atLeft}, {s.t("submission.when"), 32, atLeft}}
	var rows [][]cell
	for _, g := range d.Signatures {
		rows = append(rows, []cell{{{body, g.Name}, {label, s.t("role." + g.Role)}}, {{body, g.IIN}}, {{note, g.Algorithm}, {style{sans, 7.5, grey}, g.Serial}}, {{body, s.moment(g.At, d.Zone)}}})
	}
	for _, name := range d.Waiting {
		rows = append(rows, []cell{{{body, name}}, nil, nil, {{label, s.t("submission.waiting")}}})
	}
	s.table(columns, rows)
}

// next says what happens now, until when, and what if it does not.
func (s *sheet) next(d SubmissionData) {
	s.heading(s.t("submission.next"))
	if len(d.Waiting) == 0 {
		s.text(body, left, wide, atLeft, s.t("submission.all_signed"))
	} else {
		s.text(strong, left, wide, atLeft, s.t("submission.until", "Until", s.moment(d.Until, d.Zone), "Count", len(d.Waiting)))
		s.text(body, left, wide, atLeft, s.t("submission.then"))
		s.text(body, left, wide, atLeft, s.t("submission.expiry_"+expiry(d.OnExpiry)))
	}
	if d.Support != "" {
		s.y += 1.5
		s.text(note, left, wide, atLeft, s.t("submission.support", "Contact", d.Support))
	}
	s.y += 1.5
	s.text(note, left, wide, atLeft, s.t("submission.hashes"))
}

// sendTo says where the certificate goes, as text and as a code for the telephone.
func (s *sheet) sendTo(address string) error {
	if address == "" {
		return nil
	}
	const size = 22.0
	qr, err := qrOf("mailto:" + address)
	if err != nil {
		return err
	}
	s.need(size + 12)
	s.heading(s.t("submission.send"))
	y := s.y
	s.code(qr, left, y, size, size)
	s.y = y + 1
	s.text(body, left+size+6, wide-size-6, atLeft, s.t("submission.send_to"))
	s.text(strong, left+size+6, wide-size-6, atLeft, address)
	if strings.Contains(address, "+") {
		s.text(note, left+size+6, wide-size-6, atLeft, s.t("submission.send_tag"))
	}
	s.y = max(s.y, y+size) + 2
	return nil
}

func expiry(setting string) string {
	if strings.EqualFold(setting, "withdraw") {
		return "withdraw"
	}
	return "wait"
}
