package document

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/kind"
)

// RecordData is what an extract from the register says: how a record stood on a day.
type RecordData struct {
	Extract       string // its own number, 2026-3
	MadeAt        time.Time
	IssuedOn      clock.Day
	ApplicationNo string // of the petition
	Recipient     string
	Purpose       string
	Office        string
	URL           string // of the extract's public page, for the QR code
	Token         string

	Number       int64 // of the certificate
	RegisteredOn clock.Day
	State        string // valid or annulled
	Authors      []string
	Kind         string
	Title        string
	CreatedOn    clock.Day
	Versions     []RecordVersion // the newest first
}

// RecordVersion is a version of the record.
type RecordVersion struct {
	Version  int
	IssuedOn clock.Day
	State    string // valid, replaced or annulled
	Cause    string // of one after the first
	Reason   string
}

// Record makes an extract from the register. The same data give the same bytes.
func Record(d RecordData, lang i18n.Lang) ([]byte, error) {
	s := newSheet(lang)
	t := func(key string, args ...any) string { return i18n.T(lang, "issuing.paper."+key, args...) }
	if err := s.codes(d.Extract, d.URL); err != nil {
		return nil, err
	}
	s.put(strong, left+27, 60, top+13.5, atLeft, t("no", "Number", d.Extract))
	s.put(label, left+27, 60, top+18.5, atLeft, s.day(d.IssuedOn))
	s.text(body, 112, right-112, atRight, d.Office)
	s.y = max(s.y, top+25) + 9
	s.text(title, left, wide, centred, t("title"))
	s.text(style{sans, 11.5, ink}, left+14, wide-28, centred, t("subtitle"))
	s.y += 6
	s.band([]pair{{t("number"), strconv.FormatInt(d.Number, 10)}, {t("registered_on"), s.day(d.RegisteredOn)}, {t("state"), t("state." + d.State)}})
	s.field(t("work"), d.Title, large)
	s.field(t("kind"), kind.Name(string(lang), d.Kind), body)
	s.field(t("created_on"), s.day(d.CreatedOn), body)
	s.field(t("authors"), strings.Join(d.Authors, ", "), body)
	s.heading(t("versions"))
	columns := []column{{t("version"), 18, atLeft}, {t("issued_on"), 28, atLeft}, {t("state"), 34, atLeft}, {t("why"), 90, atLeft}}
	var rows [][]cell
	for _, v := range d.Versions {
		why := cell{{body, t("first")}}
		if v.Cause != "" {
			why = cell{{body, t("cause." + v.Cause)}, {note, v.Reason}}
		}
		rows = append(rows, []cell{{{body, strconv.Itoa(v.Version)}}, {{body, s.day(v.IssuedOn)}}, {{body, t("state." + v.State)}}, why})
	}
	s.table(columns, rows)
	s.heading(t("petition"))
	s.field(t("recipient"), d.Recipient, body)
	if d.Purpose != "" {
		s.field(t("purpose"), d.Purpose, quoted)
	}
	if d.ApplicationNo != "" {
		s.field(t("application"), d.ApplicationNo, body)
	}
	s.y += 3
	s.text(note, left, wide, atLeft, t("sealed", "Office", d.Office))
	s.text(note, left, wide, atLeft, t("check", "URL", d.URL))
	s.feet(t("foot", "Number", d.Extract, "Office", d.Office))
	return s.write(fmt.Sprintf("%s № %s", t("title"), d.Extract), "kualik:"+d.Token, d.MadeAt)
}
