package doctext

import "image"

// tiltOf is how the left edges of a page's columns tilt, in x for each y, as those of a photo do that was taken
// askew: the slope at which the most lines begin below each other.
func tiltOf(words []token, em float64) float64 {
	var at [][2]float64
	for i, w := range words {
		if i == 0 || w.gap < 0 || w.x0-words[i-1].x1 > 1.5*em { // the first of a line, or after a wide gap
			at = append(at, [2]float64{w.x0, (w.line0 + w.line1) / 2})
		}
	}
	if len(at) < 8 {
		return 0
	}
	count := func(slope float64) int {
		starts := make([]float64, len(at))
		for i, p := range at {
			starts[i] = p[0] - slope*p[1]
		}
		_, most := densest(starts, 0.35*em)
		return most
	}
	best, most := 0.0, count(0)+1 // a slope must be worth it
	for slope := -0.08; slope <= 0.08; slope += 0.004 {
		if n := count(slope); n > most {
			best, most = slope, n
		}
	}
	return best
}

// markUnread marks the words of lines beside which there is ink that nobody read: recognition leaves out what
// stands far from its neighbours.
func markUnread(img *image.Gray, words []token, em float64) {
	const side, least = 1100, 14
	small := shrunk(img, side)
	f := float64(small.Rect.Dx()) / float64(img.Rect.Dx())
	w, h := small.Rect.Dx(), small.Rect.Dy()
	dark := ink(small)
	for _, t := range words {
		for y := max(int((t.y0-0.3*em)*f), 0); y <= min(int((t.y1+0.3*em)*f), h-1); y++ {
			for x := max(int((t.x0-0.3*em)*f), 0); x <= min(int((t.x1+0.3*em)*f), w-1); x++ {
				dark[y*w+x] = 0
			}
		}
	}
	for i := 0; i < len(words); {
		j := i + 1
		for j < len(words) && words[j].line0 == words[i].line0 && words[j].line1 == words[i].line1 {
			j++
		}
		x0, x1, y0, y1 := words[i].x0, words[i].x1, words[i].y0, words[i].y1
		for _, t := range words[i:j] {
			x0, x1 = min(x0, t.x0), max(x1, t.x1)
			y0, y1 = min(y0, t.y0), max(y1, t.y1)
		}
		n := 0.0
		for y := max(int(y0*f), 0); y <= min(int(y1*f), h-1); y++ {
			for x := max(int((x0-8*em)*f), 0); x <= min(int((x1+8*em)*f), w-1); x++ {
				n += dark[y*w+x]
			}
		}
		if n >= least {
			for k := i; k < j; k++ {
				words[k].unread = true
			}
		}
		i = j
	}
}
