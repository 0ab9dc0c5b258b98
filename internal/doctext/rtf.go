package doctext

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// rtf walks the words of an RTF (version 1.9.1 of its specification): the visible text and the pictures.
type rtf struct {
	data     []byte
	out      strings.Builder
	page     *charmap.Charmap
	pending  []byte // bytes of the code page, not yet letters
	skip     int    // letters that stand for a \u before them
	depth    int
	hidden   int // the depth at which a group without visible text began; 0 outside
	fallback int // how many letters stand for a \u
	picture  []byte
	pict     int // the depth of the picture that is being read; 0 outside
	pictures [][]byte
}

// Groups whose text is not the document's.
var rtfHidden = map[string]bool{"fonttbl": true, "colortbl": true, "stylesheet": true, "info": true, "generator": true, "listtable": true, "listoverridetable": true,
	"themedata": true, "datastore": true, "latentstyles": true, "rsidtbl": true, "fldinst": true, "objdata": true, "xmlnstbl": true, "pntext": true, "filetbl": true, "nonshppict": true}

var rtfLetters = map[string]string{"par": "\n", "line": "\n", "row": "\n", "sect": "\n", "page": "\f", "cell": "\n", "tab": "\t", "emdash": "—", "endash": "–",
	"lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•", "~": "\u00a0", "_": "-", "-": "\u00ad"}

// readRTF gives the text and the pictures (PNG, JPEG) of an RTF.
func readRTF(data []byte, b *budget) ([]Page, [][]byte, Reason) {
	r := &rtf{data: data, page: charmap.Windows1251, fallback: 1}
	for len(r.data) > 0 && r.out.Len() < maxText {
		r.step()
	}
	r.flush()
	pages, reason := pagesOf(r.out.String(), b)
	if reason == Empty && r.depth > 0 && len(r.pictures) == 0 {
		reason = Damaged
	}
	return pages, r.pictures, reason
}

func (r *rtf) step() {
	c := r.data[0]
	r.data = r.data[1:]
	switch c {
	case '{':
		r.depth++
	case '}':
		r.close()
	case '\\':
		r.control()
	case '\r', '\n':
	default:
		r.letter(c)
	}
}

func (r *rtf) close() {
	if r.pict > 0 && r.pict == r.depth {
		r.endPicture()
	}
	if r.hidden == r.depth {
		r.hidden = 0
	}
	r.depth = max(r.depth-1, 0)
}

func (r *rtf) endPicture() {
	if raw, err := hex.DecodeString(string(r.picture[:len(r.picture)&^1])); err == nil && len(raw) > 0 && len(r.pictures) < maxOCRPages {
		r.pictures = append(r.pictures, raw)
	}
	r.picture, r.pict = nil, 0
}

// letter takes a byte of the text, or a digit of a picture.
func (r *rtf) letter(c byte) {
	switch {
	case r.hidden > 0:
	case r.pict > 0:
		if c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' {
			r.picture = append(r.picture, c)
		}
	case r.skip > 0:
		r.skip--
	default:
		r.pending = append(r.pending, c)
	}
}

func (r *rtf) flush() {
	if len(r.pending) > 0 {
		s, _ := r.page.NewDecoder().Bytes(r.pending) // a code page has a letter for every byte
		r.out.Write(s)
		r.pending = r.pending[:0]
	}
}

func (r *rtf) write(s string) {
	if r.hidden == 0 && r.pict == 0 {
		r.flush()
		r.out.WriteString(s)
	}
}

// control takes a control word, or a symbol.
func (r *rtf) control() {
	n := 0
	for n < len(r.data) && r.data[n]|0x20 >= 'a' && r.data[n]|0x20 <= 'z' {
		n++
	}
	if n == 0 {
		r.symbol()
		return
	}
	word := string(r.data[:n])
	end := n
	for end < len(r.data) && end < n+11 && (r.data[end] >= '0' && r.data[end] <= '9' || end == n && r.data[end] == '-') {
		end++
	}
	value, err := strconv.Atoi(string(r.data[n:end]))
	if end < len(r.data) && r.data[end] == ' ' {
		end++
	}
	r.data = r.data[end:]
	r.word(word, value, err == nil)
}

func (r *rtf) symbol() {
	if len(r.data) == 0 {
		return
	}
	c := r.data[0]
	r.data = r.data[1:]
	switch c {
	case '\'':
		if len(r.data) >= 2 {
			if b, err := strconv.ParseUint(string(r.data[:2]), 16, 8); err == nil {
				r.letter(byte(b))
			}
			r.data = r.data[2:]
		}
	case '*':
		if r.hidden == 0 && !bytes.HasPrefix(r.data, []byte(`\shppict`)) {
			r.hidden = r.depth
		}
	case '\\', '{', '}':
		r.letter(c)
	case '\r', '\n':
		r.write("\n")
	default:
		r.write(rtfLetters[string(c)])
	}
}

func (r *rtf) word(word string, value int, given bool) {
	switch {
	case rtfHidden[word]:
		if r.hidden == 0 {
			r.hidden = r.depth
		}
	case word == "pict":
		if r.hidden == 0 && r.pict == 0 {
			r.pict = max(r.depth, 1)
		}
	case word == "bin" && given:
		n := min(max(value, 0), len(r.data))
		if r.pict > 0 && r.hidden == 0 && len(r.pictures) < maxOCRPages {
			r.pictures = append(r.pictures, r.data[:n])
			r.picture, r.pict = nil, 0
		}
		r.data = r.data[n:]
	case word == "ansicpg" && given:
		if value == 1252 || value == 0 {
			return // what programs say who did not ask which letters there are
		}
		for page, set := range rtfPages {
			if page == value {
				r.page = set
			}
		}
	case word == "uc" && given:
		r.fallback = min(max(value, 0), 8)
	case word == "u" && given:
		if value < 0 {
			value += 1 << 16
		}
		r.write(string(rune(value)))
		r.skip = r.fallback
	default:
		r.write(rtfLetters[word])
	}
}

var rtfPages = map[int]*charmap.Charmap{1251: charmap.Windows1251, 866: charmap.CodePage866, 1254: charmap.Windows1254, 10007: charmap.MacintoshCyrillic}
