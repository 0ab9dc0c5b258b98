package part

import (
	"context"
	"strings"
	"testing"
)

// Fields stand in the order of the page, one anchor each; a number never hides the field before it.
func TestFieldsOfASheet(t *testing.T) {
	box := func(no int, x, y, w float64) Box {
		return Box{No: no, Name: "x", Href: "#row", X: x, Y: y, W: w, H: .02}
	}
	v := ViewerView{ID: "v", Sheets: []Sheet{
		{Boxes: []Box{box(1, .40, .50, .10), box(2, .51, .5001, .2), box(3, .1, .9, .1), box(5, .3, .6, .5), box(5, .1, .62, .2)}},
		{Boxes: []Box{box(5, .1, .1, .2), box(6, .1, .2, .2)}}}}
	var order []int
	right := map[int]bool{}
	for _, f := range v.boxed(0) {
		order = append(order, f.No)
		right[f.No] = f.Right
	}
	if len(order) != 4 || order[0] != 1 || order[1] != 2 || order[2] != 5 || order[3] != 3 {
		t.Errorf("the order of the page is %v", order)
	}
	if !right[2] || right[1] || right[3] || right[5] {
		t.Errorf("numbers behind their boxes: %v", right)
	}
	if a, b := v.boxed(0)[2], v.boxed(1); a.ID != "v-field-5" || len(a.Boxes) != 2 || b[0].ID != "" || b[1].ID != "v-field-6" || v.Shows(4) || !v.Shows(6) {
		t.Errorf("anchors: %v %v", a, b)
	}
}

// A text is shown byte for byte, cut at its marks; marks that overlap or run over the end are left out.
func TestPiecesOfAText(t *testing.T) {
	text := "КУӘЛІК\n№ 78498  <b>"
	v := ViewerView{ID: "v", Sheets: []Sheet{{Text: text, Marks: []Marked{{No: 2, Start: 20, End: 99}, {No: 1, Href: "#row", Start: 17, End: 22}, {No: 3, Start: 18, End: 21}, {No: 4, Start: -3, End: 2}}}}}
	all := ""
	var numbers []int
	for _, p := range v.pieces(0) {
		all += p.Text
		if p.Mark.No > 0 {
			numbers = append(numbers, p.Mark.No)
		}
	}
	if all != text || len(numbers) != 1 || numbers[0] != 1 {
		t.Errorf("%q %v", all, numbers)
	}
	var out strings.Builder
	if err := DocumentViewer(v).Render(context.Background(), &out); err != nil {
		t.Fatal(err)
	}
	if want := "КУӘЛІК\n№ <a class=\"marked\""; !strings.Contains(out.String(), want) || !strings.Contains(out.String(), "78498</a>  &lt;b&gt;") {
		t.Errorf("white space of the text is changed: %s", out.String())
	}
}
