package paper

import (
	_ "embed" // the fonts are part of the program
	"os"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// face is one of the fonts of the documents. Three are part of the program (ParaType; licence beside the
// files); the others are the system's, where it has them.
type face int

const (
	serif face = iota
	serifBold
	sans
	sansBold
	caption
	narrow
	narrowBold
	mono
	dejavuSerif
	dejavuSerifBold
	dejavuSans
	dejavuSansBold
	condensed
	condensedBold
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

// systemFonts is where Debian's fonts-paratype and fonts-dejavu-core put the others.
var systemFonts = map[face]string{
	sansBold: "paratype/PTS75F.ttf", caption: "paratype/PTC55F.ttf", narrow: "paratype/PTN57F.ttf", narrowBold: "paratype/PTN77F.ttf", mono: "paratype/PTM55F.ttf",
	dejavuSerif: "dejavu/DejaVuSerif.ttf", dejavuSerifBold: "dejavu/DejaVuSerif-Bold.ttf",
	dejavuSans: "dejavu/DejaVuSans.ttf", dejavuSansBold: "dejavu/DejaVuSans-Bold.ttf",
	condensed: "dejavu/DejaVuSerifCondensed.ttf", condensedBold: "dejavu/DejaVuSerifCondensed-Bold.ttf",
}

// openFont is a font with the bytes that it was read from; nil where the system does not have it.
type openFont struct {
	data []byte
	font *sfnt.Font
}

// open are the fonts, each read when first used.
var open = func() (list [faces]func() *openFont) {
	for f := range faces {
		list[f] = sync.OnceValue(func() *openFont {
			data := map[face][]byte{serif: serifData, serifBold: serifBoldData, sans: sansData}[f]
			if data == nil {
				var err error
				if data, err = os.ReadFile("/usr/share/fonts/truetype/" + systemFonts[f]); err != nil {
					return nil
				}
			}
			font, err := opentype.Parse(data)
			if err != nil {
				panic("paper: font: " + err.Error()) // a broken build, or a broken system
			}
			return &openFont{data, font}
		})
	}
	return list
}()

// Typeface is a pair of fonts in which a document may be set.
type Typeface struct{ body, bold face }

// Typefaces are those that this machine has; the first three need nothing but the program.
func Typefaces() []Typeface {
	var list []Typeface
	for _, t := range []Typeface{{serif, serifBold}, {sans, serifBold}, {serif, sans}, {sans, sansBold}, {caption, sansBold}, {narrow, narrowBold}, {mono, mono},
		{dejavuSerif, dejavuSerifBold}, {dejavuSans, dejavuSansBold}, {condensed, condensedBold}} {
		if open[t.body]() != nil && open[t.bold]() != nil {
			list = append(list, t)
		}
	}
	return list
}

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
			f := open[st.font]().font
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
