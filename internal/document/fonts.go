package document

import (
	_ "embed" // the fonts are part of the program
	"fmt"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
)

// face is a font of the papers: PT Sans for what the form says, PT Serif for what is quoted and for certificates
// (ParaType), and DejaVu Sans for letters that neither has: Greek, signs of mathematics. Licences lie beside the
// files.
type face int

const (
	sans face = iota
	bold
	serif
	serifBold
	spare
	faces
)

var (
	//go:embed fonts/PTS55F.ttf
	sansData []byte
	//go:embed fonts/PTS75F.ttf
	boldData []byte
	//go:embed fonts/PTF55F.ttf
	serifData []byte
	//go:embed fonts/PTF75F.ttf
	serifBoldData []byte
	//go:embed fonts/DejaVuSans.ttf
	spareData []byte

	fontData  = [faces][]byte{sansData, boldData, serifData, serifBoldData, spareData}
	faceNames = [faces]string{"sans", "bold", "serif", "serifbold", "spare"}
)

// parsed are the fonts, read once; the files are part of the program, so a failure is a broken build.
var parsed = sync.OnceValue(func() [faces]*sfnt.Font {
	var list [faces]*sfnt.Font
	for f, data := range fontData {
		font, err := opentype.Parse(data)
		if err != nil {
			panic("document: embedded font: " + err.Error())
		}
		list[f] = font
	}
	return list
})

// advances remembers widths of letters in thousandths of the size; -1 for a letter that the font has not.
var advances struct {
	sync.Mutex
	of  [faces]map[rune]float64
	buf sfnt.Buffer
}

func advance(f face, r rune) float64 {
	advances.Lock()
	defer advances.Unlock()
	return remembered(f, r)
}

// remembered is advance for one who holds the lock.
func remembered(f face, r rune) float64 {
	if advances.of[f] == nil {
		advances.of[f] = map[rune]float64{}
	}
	if a, ok := advances.of[f][r]; ok {
		return a
	}
	a := -1.0
	if i, err := parsed()[f].GlyphIndex(&advances.buf, r); err == nil && i != 0 && r <= 0xffff {
		if w, err := parsed()[f].GlyphAdvance(&advances.buf, i, fixed.I(1000), font.HintingNone); err == nil {
			a = float64(w) / 64
		}
	}
	advances.of[f][r] = a
	return a
}

// span is text of one face.
type span struct {
	face face
	text string
}

// spans parts a text by the fonts that have its letters.
func spans(f face, s string) []span {
	var list []span
	from, now := 0, f
	advances.Lock()
	defer advances.Unlock()
	for i, r := range s {
		want := f
		if remembered(f, r) < 0 {
			want = spare
		}
		if want != now {
			if i > from {
				list = append(list, span{now, s[from:i]})
			}
			from, now = i, want
		}
	}
	return append(list, span{now, s[from:]})
}

const pointMM = 25.4 / 72

// width is the width of a line in millimetres.
func (s style) width(text string) float64 {
	total := 0.0
	parts := spans(s.face, text)
	advances.Lock()
	defer advances.Unlock()
	for _, p := range parts {
		for _, r := range p.text {
			total += max(0, remembered(p.face, r))
		}
	}
	return total / 1000 * s.size * pointMM
}

// printable makes a text fit to be printed without losing any of it: composed letters, plain spaces, no
// invisible characters, and the number of a letter that no font has in the place of it.
func printable(s string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(strings.ToValidUTF8(s, "\ufffd")) {
		switch {
		case r == '\n':
			b.WriteByte('\n')
		case r == '\u2009' || r == '\u202f' || r == '\u2007':
			b.WriteRune('\u00a0')
		case unicode.IsSpace(r) && r != '\u00a0':
			b.WriteByte(' ')
		case r == '\u00ad' || unicode.Is(unicode.Cf, r) || unicode.IsControl(r):
		case advance(sans, r) < 0 && advance(spare, r) < 0:
			fmt.Fprintf(&b, "[U+%04X]", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
