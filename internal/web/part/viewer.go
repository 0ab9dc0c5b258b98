package part

import (
	"slices"
	"strconv"
)

// Boxes are placed by parts of the whole page, so that they lie right on a page of any shape, and their numbers stay as
// large as text on a screen of any size.

// boxed is a read field on one sheet, with the places of all its lines.
type boxed struct {
	No    int
	Name  string
	Href  string
	ID    string // only on the first sheet that has the field
	Boxes []Box
	Right bool // the number stands behind the first line, for another field stands close before it
}

// Where the number stands, and which way from there.
func (f boxed) x() float64 {
	if f.Right {
		return f.Boxes[0].X + f.Boxes[0].W
	}
	return f.Boxes[0].X
}

func (f boxed) shift() string {
	if f.Right {
		return "translate(9 0)"
	}
	return "translate(-9 0)"
}

// tight is how near before a field, in parts of the page's width, another one would be hidden by its number.
const tight = 0.06

// behind tells whether another field ends close before the first line of this one.
func (b Box) behind(all []Box) bool {
	return slices.ContainsFunc(all, func(o Box) bool {
		gap := b.X - o.X - o.W
		return o.No != b.No && o.Y < b.middle() && b.middle() < o.Y+o.H && gap > -0.01 && gap < tight
	})
}

func (b Box) middle() float64 { return b.Y + b.H/2 }

// boxed gives the fields of the n-th sheet in the order in which they stand on it.
func (v ViewerView) boxed(n int) (list []boxed) {
	for _, b := range v.Sheets[n].Boxes {
		i := slices.IndexFunc(list, func(f boxed) bool { return f.No == b.No })
		if i < 0 {
			i = len(list)
			f := boxed{No: b.No, Name: b.Name, Href: b.Href, Right: b.behind(v.Sheets[n].Boxes)}
			if v.sheetOf(b.No) == n {
				f.ID = BoxID(v.ID, b.No)
			}
			list = append(list, f)
		}
		list[i].Boxes = append(list[i].Boxes, b)
	}
	slices.SortStableFunc(list, func(a, b boxed) int {
		switch d := a.Boxes[0].Y - b.Boxes[0].Y; {
		case d < -0.005:
			return -1
		case d > 0.005:
			return 1
		}
		return int(1000 * (a.Boxes[0].X - b.Boxes[0].X))
	})
	return list
}

// sheetOf is the first sheet with a field, in its boxes or its text; -1 when there is none.
func (v ViewerView) sheetOf(no int) int {
	return slices.IndexFunc(v.Sheets, func(s Sheet) bool {
		return slices.ContainsFunc(s.Boxes, func(b Box) bool { return b.No == no }) || slices.ContainsFunc(s.Marks, func(m Marked) bool { return m.No == no })
	})
}

// Shows tells whether a field is to be seen in the document.
func (v ViewerView) Shows(no int) bool { return v.sheetOf(no) >= 0 }

// BoxID is the anchor of a field in a viewer.
func BoxID(viewer string, no int) string { return viewer + "-field-" + strconv.Itoa(no) }

// piece is a stretch of a sheet's text; one with a number is a field.
type piece struct {
	Text string
	Mark Marked
	ID   string
}

// pieces cuts the text of the n-th sheet at its marks; one that overlaps another is left out.
func (v ViewerView) pieces(n int) (list []piece) {
	s := v.Sheets[n]
	marks := slices.Clone(s.Marks)
	slices.SortStableFunc(marks, func(a, b Marked) int { return a.Start - b.Start })
	at := 0
	seen := map[int]bool{}
	for _, m := range marks {
		if m.Start < at || m.End <= m.Start || m.End > len(s.Text) {
			continue
		}
		p := piece{Text: s.Text[m.Start:m.End], Mark: m}
		if !seen[m.No] && v.sheetOf(m.No) == n {
			seen[m.No], p.ID = true, BoxID(v.ID, m.No)
		}
		list = append(list, piece{Text: s.Text[at:m.Start]}, p)
		at = m.End
	}
	return append(list, piece{Text: s.Text[at:]})
}
