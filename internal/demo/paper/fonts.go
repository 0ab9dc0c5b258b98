package paper

import (
	_ "embed" // the fonts are part of the program
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// face is one of the fonts of the documents (ParaType; licence beside the files).
type face int

const (
	serif face = iota
	serifBold
	sans
	faces
)

var (
	//go:embed fonts/PTF55F.ttf
	serifData []byte
	//go:embed fonts/PTF75F.ttf
	serifBoldData []byte
	//go:embed fonts/PTS55F.ttf
	sansData []byte
)

var fontData = [faces][]byte{serifData, serifBoldData, sansData}

// parsed are the fonts, read once; the files are embedded, so a failure is a broken build.
var parsed = sync.OnceValue(func() [faces]*sfnt.Font {
	var list [faces]*sfnt.Font
	for f, data := range fontData {
		font, err := opentype.Parse(data)
		if err != nil {
			panic("paper: embedded font: " + err.Error())
		}
		list[f] = font
	}
	return list
})

const unitsPerEm = 1000

// advances remembers the widths of letters in thousandths of the size.
var advances struct {
	sync.Mutex
	of  [faces]map[rune]float64
	buf sfnt.Buffer
}

// width is the width of a line in millimetres.
func width(s string, st style) float64 {
	advances.Lock()
	defer advances.Unlock()
	known := advances.of[st.font]
	if known == nil {
		known = map[rune]float64{}
		advances.of[st.font] = known
	}
	total := 0.0
	for _, r := range s {
		a, ok := known[r]
		if !ok {
			f := parsed()[st.font]
			if i, err := f.GlyphIndex(&advances.buf, r); err == nil {
				if w, err := f.GlyphAdvance(&advances.buf, i, fixed.I(unitsPerEm), font.HintingNone); err == nil {
					a = float64(w) / 64
				}
			}
			known[r] = a
		}
		total += a
	}
	return total / unitsPerEm * st.size * 0.3528
}
