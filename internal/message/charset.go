package message

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/transform"
)

// Kazakh character sets as their differences from windows-1251.
var (
	kz1048 = variant(map[byte]rune{
		0x8D: 'Қ', 0x8E: 'Һ', 0x9D: 'қ', 0x9E: 'һ', 0xA1: 'Ұ', 0xA2: 'ұ', 0xA3: 'Ә', 0xA5: 'Ө',
		0xAA: 'Ғ', 0xAF: 'Ү', 0xB4: 'ө', 0xBA: 'ғ', 0xBC: 'ә', 0xBD: 'Ң', 0xBE: 'ң', 0xBF: 'ү',
	})
	ptcp154 = variant(map[byte]rune{
		0x80: 'Җ', 0x81: 'Ғ', 0x82: 'Ӯ', 0x83: 'ғ', 0x86: 'Ҷ', 0x87: 'Ү', 0x88: 'Ҳ', 0x89: 'ү',
		0x8A: 'Ҡ', 0x8B: 'Ӣ', 0x8C: 'Ң', 0x8D: 'Қ', 0x8E: 'Һ', 0x8F: 'Ҹ', 0x90: 'җ', 0x98: 'ҳ',
		0x99: 'ҷ', 0x9A: 'ҡ', 0x9B: 'ӣ', 0x9C: 'ң', 0x9D: 'қ', 0x9E: 'һ', 0x9F: 'ҹ', 0xA4: 'Ө',
		0xA5: 'Ҙ', 0xA6: 'Ұ', 0xAA: 'Ә', 0xAD: 'ӯ', 0xAF: 'Ҝ', 0xB1: 'ұ', 0xB4: 'ҙ', 0xB5: 'ө',
		0xBA: 'ә', 0xBD: 'Ҫ', 0xBE: 'ҫ', 0xBF: 'ҝ',
	})
)

func init() {
	for _, n := range []string{"kz-1048", "kz1048", "strk1048-2002", "rk1048", "cskz1048"} {
		charset.RegisterEncoding(n, kz1048)
	}
	for _, n := range []string{"ptcp154", "csptcp154", "pt154", "cp154", "cyrillic-asian"} {
		charset.RegisterEncoding(n, ptcp154)
	}
	for _, n := range []string{"win-1251", "cp-1251", "cp1251", "win1251", "windows1251", "ansi-1251", "x-cp1251", "1251"} {
		charset.RegisterEncoding(n, charmap.Windows1251)
	}
	for _, n := range []string{"utf-7", "utf7", "unicode-1-1-utf-7", "csutf7"} {
		charset.RegisterEncoding(n, utf7{})
	}
}

// charsetReader never refuses: an unknown character set is guessed.
func charsetReader(name string, r io.Reader) (io.Reader, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return strings.NewReader(decodeText(b, name)), nil
}

// decodeText makes UTF-8 of bytes in a declared character set. The declaration is not believed where the
// bytes contradict it, and where it is missing or unknown the bytes are guessed at.
func decodeText(b []byte, declared string) string {
	declared = strings.ToLower(strings.Trim(strings.TrimSpace(declared), `"'`))
	switch declared {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "unknown-8bit", "x-unknown", "unknown", "default", "binary", "8bit", "7bit":
		return decodeRaw(b)
	case "utf-7", "utf7", "unicode-1-1-utf-7", "csutf7", "utf-16", "utf-16le", "utf-16be", "iso-2022-jp", "hz-gb-2312":
	default:
		// eight-bit text that happens to be good UTF-8 is UTF-8 with a wrong label
		if nonASCII(b) >= 4 && utf8.Valid(b) {
			return string(b)
		}
	}
	if guess, ok := notAsDeclared(b, declared); ok {
		return guess
	}
	r, err := charset.Reader(declared, bytes.NewReader(b))
	if err != nil {
		return decodeRaw(b)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		return decodeRaw(b)
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

// notAsDeclared knows two lies of mail programs: Cyrillic called Western, and Kazakh called windows-1251.
func notAsDeclared(b []byte, declared string) (string, bool) {
	switch {
	case declared == "iso-8859-1" || declared == "windows-1252" || declared == "latin1" || declared == "iso-8859-15":
		letters := 0
		for _, c := range b {
			if c|0x20 >= 'a' && c|0x20 <= 'z' {
				letters++
			}
		}
		if n := nonASCII(b); n >= 4 && n > letters {
			s := decodeRaw(b)
			return s, plausible(s) > 20*n
		}
	case strings.Contains(declared, "1251"):
		s, _ := kz1048.NewDecoder().Bytes(b)
		t, _ := charmap.Windows1251.NewDecoder().Bytes(b)
		return string(s), plausible(string(s)) > plausible(string(t))
	}
	return "", false
}

func nonASCII(b []byte) int {
	n := 0
	for _, c := range b {
		if c >= 0x80 {
			n++
		}
	}
	return n
}

// decodeRaw makes UTF-8 of bytes of which nothing is known.
func decodeRaw(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	if valid := strings.ToValidUTF8(string(b), ""); len(b)-len(valid) <= 3 && nonASCII([]byte(valid)) > 4*(len(b)-len(valid)) {
		return strings.ToValidUTF8(string(b), "\uFFFD") // UTF-8 with a letter cut in two
	}
	best, bestScore := "", 0
	for i, enc := range guesses {
		s, err := enc.NewDecoder().Bytes(b)
		if err != nil {
			continue
		}
		if score := plausible(string(s)); i == 0 || score > bestScore {
			best, bestScore = string(s), score
		}
	}
	return best
}

// guesses in order of preference; the first wins a tie.
var guesses = []encoding.Encoding{charmap.Windows1251, charmap.KOI8R, kz1048, ptcp154, charmap.CodePage866}

// How common the letters are in Russian and Kazakh text, in thousandths; the rare ones are left out.
var frequency = map[rune]int{
	'а': 100, 'о': 80, 'е': 75, 'и': 55, 'н': 65, 'т': 60, 'р': 50, 'с': 50, 'л': 45, 'в': 35, 'к': 35,
	'д': 35, 'м': 30, 'п': 25, 'у': 25, 'ы': 35, 'я': 20, 'з': 15, 'б': 18, 'ь': 17, 'г': 15, 'ч': 14,
	'й': 15, 'х': 10, 'ж': 10, 'ш': 12, 'ю': 6, 'ц': 5, 'э': 4, 'щ': 4, 'ф': 4, 'ё': 2, 'ъ': 1,
	'ә': 15, 'ғ': 14, 'қ': 25, 'ң': 15, 'ө': 8, 'ұ': 8, 'ү': 10, 'һ': 1, 'і': 25,
}

// plausible scores a text as Russian or Kazakh: common letters speak for it; strange signs, and a capital
// after a small letter (what a wrong guess between koi8-r and windows-1251 makes), against it.
func plausible(s string) int {
	score := 0
	small := false
	for _, r := range s {
		if r < 0x80 || r == '№' || r == '«' || r == '»' || r == '—' || r == '–' || r == '\u00a0' {
			small = false
			continue
		}
		lower := r
		capital := false
		if r >= 'А' && r <= 'Я' {
			lower, capital = r+('а'-'А'), true
		} else if l := []rune(strings.ToLower(string(r))); len(l) == 1 && l[0] != r {
			lower, capital = l[0], true
		}
		f, known := frequency[lower]
		switch {
		case !known:
			score -= 150
		case capital && small:
			score -= 100
		default:
			score += f
		}
		small = !capital
	}
	return score
}

// singleByte is a character set of 256 letters.
type singleByte struct{ table [256]rune }

// variant is windows-1251 with some letters changed.
func variant(changes map[byte]rune) *singleByte {
	s := &singleByte{}
	for i := range s.table {
		s.table[i] = charmap.Windows1251.DecodeByte(byte(i))
		if r, ok := changes[byte(i)]; ok {
			s.table[i] = r
		}
	}
	return s
}

// NewDecoder makes a decoder (encoding.Encoding).
func (s *singleByte) NewDecoder() *encoding.Decoder {
	return &encoding.Decoder{Transformer: singleByteDecoder{s}}
}

// NewEncoder is not needed to read mail: it writes substitutes.
func (s *singleByte) NewEncoder() *encoding.Encoder { return encoding.Replacement.NewEncoder() }

type singleByteDecoder struct{ *singleByte }

func (singleByteDecoder) Reset() {}

func (d singleByteDecoder) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	for _, c := range src {
		r := d.table[c]
		if nDst+utf8.RuneLen(r) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc++
	}
	return nDst, nSrc, nil
}
