package reports

import (
	"fmt"
	"time"

	"github.com/xuri/excelize/v2"

	"kualik/internal/rating"
)

// about writes the first sheet: what this is, from what data, by what rules, and two pictures.
func (b *book) about(name string, r *rating.Result, o Options, sheets []sheet) error {
	p := &page{b: b, name: name}
	if err := p.begin(); err != nil {
		return err
	}
	p.title(b.t("about.title"), o.University)
	snap := r.Snapshot
	p.line(b.t("about.period"), b.period(snap.Period))
	p.line(b.t("about.snapshot"), b.snapshot(snap))
	p.line(b.t("about.result"), b.t("about.result.text",
		"Certificates", b.certificateCount(r.Total.Certificates),
		"Shares", rating.Show(b.lang, r.Total.Shares, 2), "Points", rating.Show(b.lang, r.Total.Points, 2)))
	if n := len(r.NotCounted); n > 0 {
		p.line("", b.t("about.result.not_counted", "Certificates", b.certificateCount(n)))
	}
	if r.Waiting > 0 {
		p.line("", b.t("about.result.waiting", "N", r.Waiting))
	}
	p.gap()
	p.line(b.t("about.rules", "Version", snap.RuleVersion), "")
	for _, l := range snap.Rules.Words(b.lang) {
		p.plain(l.Name, l.Text)
	}
	p.gap()
	p.line(b.t("about.rounding"), b.t("about.rounding.text"))
	p.line(b.t("about.sums"), b.t("about.sums.text", "Departments", r.DepartmentSum(),
		"Faculties", r.FacultySum(), "University", r.Total.Certificates))
	contact := o.Contact
	if contact == "" {
		contact = b.t("about.contact.default")
	}
	p.line(b.t("about.contact"), contact)
	p.gap()
	for i, s := range sheets {
		label := ""
		if i == 0 {
			label = b.t("about.sheets")
		}
		p.jump(label, s.name)
	}
	p.gap()
	p.charts(r)
	return p.err
}

// period is its name and its days, or only these where they are its name.
func (b *book) period(p rating.Period) string {
	name, days := p.Name(b.lang), p.Days(b.lang)
	if name == days {
		return days
	}
	return name + ", " + days
}

func (b *book) snapshot(s *rating.Snapshot) string {
	if !s.Sealed() {
		return b.t("about.preview")
	}
	zone, err := time.LoadLocation(s.Zone)
	name := s.Zone
	if err != nil {
		zone, name = time.UTC, "UTC"
	}
	return b.t("about.snapshot.text", "When", s.SealedAt.In(zone).Format("02.01.2006 15:04:05"),
		"Zone", name, "ID", s.ID, "Sum", s.SHA256)
}

// page writes the free text of the first sheet, line by line; the first error stops it.
type page struct {
	b    *book
	name string
	row  int
	err  error

	big, label, words, jumps int // styles
}

// The widths of the two columns, in characters.
const labelWidth, wordsWidth = 26, 92

func (p *page) begin() error {
	f := p.b.file
	top := &excelize.Alignment{Vertical: "top", WrapText: true}
	for _, s := range []struct {
		id    *int
		style excelize.Style
	}{
		{&p.big, excelize.Style{Font: face(excelize.Font{Bold: true, Size: 18, Color: petrol})}},
		{&p.label, excelize.Style{Font: face(excelize.Font{Bold: true}), Alignment: top}},
		{&p.words, excelize.Style{Font: face(excelize.Font{}), Alignment: top}},
		{&p.jumps, excelize.Style{Font: face(excelize.Font{Color: petrol, Underline: "single"}), Alignment: top}},
	} {
		id, err := f.NewStyle(&s.style)
		if err != nil {
			return err
		}
		*s.id = id
	}
	if err := f.SetColWidth(p.name, "A", "A", labelWidth); err != nil {
		return err
	}
	if err := f.SetColWidth(p.name, "B", "B", wordsWidth); err != nil {
		return err
	}
	lines := false
	if err := f.SetSheetView(p.name, 0, &excelize.ViewOptions{ShowGridLines: &lines}); err != nil {
		return err
	}
	return p.b.print(p.name, "portrait", 1)
}

// set writes a cell of the present row; text is always text.
func (p *page) set(column, value string, style int) {
	if p.err != nil || value == "" {
		return
	}
	at := fmt.Sprint(column, p.row)
	if p.err = p.b.file.SetCellStr(p.name, at, clean(value)); p.err == nil {
		p.err = p.b.file.SetCellStyle(p.name, at, at, style)
	}
}

func (p *page) title(title, university string) {
	p.row++
	p.set("A", title, p.big)
	p.height(28)
	if university != "" {
		p.row++
		p.set("A", university, p.label)
	}
	p.gap()
}

func (p *page) gap() { p.row++ }

// line is a bold label with a text.
func (p *page) line(label, words string) { p.write(label, words, p.label) }

// plain is a label like the text.
func (p *page) plain(label, words string) { p.write(label, words, p.words) }

func (p *page) write(label, words string, style int) {
	p.row++
	p.set("A", label, style)
	p.set("B", words, p.words)
	lines := max(wraps(label, labelWidth-3), wraps(words, wordsWidth-4))
	p.height(float64(lines)*lineHeight + 3)
}

func (p *page) height(points float64) {
	if p.err == nil {
		p.err = p.b.file.SetRowHeight(p.name, p.row, max(points, 18))
	}
}

// jump is a link to a sheet of this book.
func (p *page) jump(label, sheet string) {
	p.row++
	p.set("A", label, p.label)
	p.set("B", sheet, p.jumps)
	if p.err == nil {
		p.err = p.b.file.SetCellHyperLink(p.name, fmt.Sprint("B", p.row), quote(sheet)+"!A1", "Location")
	}
}

// charts draws the first ten authors and the faculties as bars, from the cells of their sheets.
func (p *page) charts(r *rating.Result) {
	type chart struct {
		title, sheet, names, points string
		bars                        int
	}
	for _, c := range []chart{
		{p.b.t("chart.authors"), p.b.t("sheet.authors"), "C", "I", min(10, len(r.Authors))},
		{p.b.t("chart.faculties"), p.b.t("sheet.faculties"), "B", "E", min(20, len(r.Faculties))},
	} {
		if p.err != nil || c.bars == 0 {
			continue
		}
		height := 90 + 30*c.bars
		ref := func(column string) string {
			return fmt.Sprintf("%s!$%s$2:$%s$%d", quote(c.sheet), column, column, c.bars+1)
		}
		p.row++
		p.err = p.b.file.AddChart(p.name, fmt.Sprint("A", p.row), bars(c.title, ref(c.names), ref(c.points), height))
		p.row += height/20 + 1
	}
}

// bars is a chart of horizontal bars from zero, the first on top, the value at each.
func bars(title, names, values string, height int) *excelize.Chart {
	no, zero, gap := false, 0.0, uint(45)
	return &excelize.Chart{
		Type: excelize.Bar,
		Series: []excelize.ChartSeries{{
			Categories: names, Values: values, Fill: solid(petrol),
			DataLabelPosition: excelize.ChartDataLabelsPositionOutsideEnd,
		}},
		Title:      excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: title, Font: face(excelize.Font{Bold: true, Size: 12})}}},
		Legend:     excelize.ChartLegend{Position: "none"},
		VaryColors: &no,
		GapWidth:   &gap,
		Dimension:  excelize.ChartDimension{Width: 840, Height: uint(height)},
		Border:     excelize.LineOptions{Type: excelize.LineNone},
		XAxis:      excelize.ChartAxis{ReverseOrder: true, Font: *face(excelize.Font{Size: 9})},
		YAxis:      excelize.ChartAxis{None: true, Minimum: &zero, MajorGridLines: true},
		PlotArea:   excelize.ChartPlotArea{ShowVal: true, NumFmt: excelize.ChartNumFmt{CustomNumFmt: "#,##0.00"}},
	}
}

// properties are the file's own: nothing of them comes from the clock or the machine.
func (b *book) properties(r *rating.Result, o Options) error {
	at := r.Snapshot.SealedAt
	if !r.Snapshot.Sealed() {
		at = r.Snapshot.Period.To.Time()
	}
	stamp := at.UTC().Format(time.RFC3339)
	if err := b.file.SetDocProps(&excelize.DocProperties{
		Title: b.t("about.title") + ", " + r.Snapshot.Period.Name(b.lang), Subject: o.University,
		Creator: "Kualik", LastModifiedBy: "Kualik", Created: stamp, Modified: stamp, Language: string(b.lang),
	}); err != nil {
		return fmt.Errorf("properties: %w", err)
	}
	return b.file.SetAppProps(&excelize.AppProperties{Application: "Kualik"})
}
