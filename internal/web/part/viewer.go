package part

// The drawing over a page is 800 wide, whatever the picture's size, so that numbers are equally large.
func (s Sheet) w() float64 { return 800 }

func (s Sheet) h() float64 {
	if s.Width <= 0 || s.Height <= 0 {
		return 1131 // A4
	}
	return 800 * s.Height / s.Width
}

func (s Sheet) shape() (w, h float64) { return s.w(), s.h() }

// firstBoxes are the first boxes of each field; a field that runs over lines has one number.
func (s Sheet) firstBoxes() []Box {
	seen := map[int]bool{}
	var out []Box
	for _, b := range s.Boxes {
		if !seen[b.No] {
			seen[b.No] = true
			out = append(out, b)
		}
	}
	return out
}
