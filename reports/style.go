package reports

import (
	"github.com/xuri/excelize/v2"

	"kualik/internal/i18n"
)

// cellType says how a column's cells are shown; what they are follows from their values.
type cellType uint8

const (
	text cellType = iota
	wrapped
	rank // a number in the middle
	integer
	decimals // two of them
	fraction // 1/3
	day
	link
	cellTypes
)

// The colours are those of the pages (petrol, its soft ground, hairlines).
const (
	petrol, ground, hairline, ink = "0B5A74", "E0EEF3", "C3CCC7", "14201F"
)

// face completes a font: Excel's own, which has the Kazakh letters, in ink unless another colour is set.
func face(f excelize.Font) *excelize.Font {
	f.Family = "Calibri"
	if f.Size == 0 {
		f.Size = 11
	}
	if f.Color == "" {
		f.Color = ink
	}
	return &f
}

func solid(colour string) excelize.Fill {
	return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
}

func heading(t cellType) *excelize.Style {
	s := &excelize.Style{
		Font: face(excelize.Font{Bold: true}), Fill: solid(ground),
		Border:    []excelize.Border{{Type: "bottom", Color: petrol, Style: 2}},
		Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"},
	}
	align(s.Alignment, t)
	return s
}

// align puts numbers to the right and everything else to the left with a little air, so that a number
// and a word in neighbouring columns do not touch.
func align(a *excelize.Alignment, t cellType) {
	switch t {
	case rank:
		a.Horizontal = "center"
	case integer, decimals, fraction:
		a.Horizontal = "right"
	case link:
		a.Horizontal = "fill" // cut at the border instead of running over it
	default:
		a.Horizontal, a.Indent = "left", 1
	}
}

func style(l i18n.Lang, t cellType, total bool) *excelize.Style {
	s := &excelize.Style{
		Alignment: &excelize.Alignment{Vertical: "top"}, Font: face(excelize.Font{}),
		Border: []excelize.Border{{Type: "bottom", Color: hairline, Style: 1}},
	}
	format := func(f string) { s.CustomNumFmt = &f }
	align(s.Alignment, t)
	switch t {
	case wrapped:
		s.Alignment.WrapText = true
	case rank, integer:
		format("#,##0")
	case decimals:
		format("#,##0.00")
	case fraction:
		format("# ??/??")
	case day:
		format("dd.mm.yyyy")
		if l == i18n.EN {
			format("yyyy-mm-dd")
		}
	case link:
		s.Font.Color, s.Font.Underline = petrol, "single"
	}
	if total {
		s.Font.Bold, s.Font.Underline, s.Font.Color = true, "", ink
		s.Border = []excelize.Border{{Type: "top", Color: ink, Style: 2}}
		if t == fraction {
			format("#,##0.00")
		}
	}
	return s
}
