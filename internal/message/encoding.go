package message

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// decodeBody undoes a transfer encoding. Where the bytes contradict the declaration, the bytes win.
func decodeBody(b []byte, declared string) []byte {
	declared = strings.ToLower(strings.TrimSpace(declared))
	switch {
	case strings.Contains(declared, "uu"), strings.Contains(declared, "base") && bytes.HasPrefix(bytes.TrimLeft(b, "\r\n"), []byte("begin")):
		if _, files := extractUU(b); len(files) == 1 {
			return files[0].data
		}
	case strings.Contains(declared, "base"):
		if holdsDocument(b) && strayBytes(b) > len(b)/20 {
			return b // raw after all
		}
		out := decodeBase64(b)
		if !holdsDocument(out) && isProse(b) && !printable(out) {
			return b
		}
		return out
	case strings.Contains(declared, "quoted"):
		b = decodeQuoted(b)
	}
	if t := bytes.TrimLeft(b, " \t\r\n"); undeclaredBase64(t) {
		return decodeBase64(t)
	}
	return b
}

// isProse knows words between spaces, which base64 has not.
func isProse(b []byte) bool {
	spaces := 0
	for i := 1; i < len(b)-1; i++ {
		if b[i] == ' ' && b[i-1] > ' ' && b[i+1] > ' ' {
			spaces++
		}
	}
	return spaces > len(b)/20 || strayBytes(b) > len(b)/5
}

// printable tells whether bytes are UTF-8 text.
func printable(b []byte) bool {
	return utf8.Valid(b) && bytes.IndexFunc(b, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' }) < 0
}

// strayBytes counts the bytes that base64 cannot hold.
func strayBytes(b []byte) int {
	n := 0
	for _, c := range b {
		if base64Values[c] < 0 && c != '=' && c != '\r' && c != '\n' && c != ' ' && c != '\t' {
			n++
		}
	}
	return n
}

// encodedMagic are the first bytes of documents, pictures, archives and winmail.dat in base64.
var encodedMagic = regexp.MustCompile(`^(JVBERi0|UEsDB|/9j/|iVBORw0KGgo|R0lGOD|SUkqA|TU0AK|UklGR|AAAA.GZ0eX|0M8R4KGx|e1xydG|UmFyIR|N3q8ry|H4sI|eJ8\+Ig)`)

// undeclaredBase64 knows the beginnings of documents in base64.
func undeclaredBase64(b []byte) bool {
	return encodedMagic.Match(b) && len(b) >= 60 && strayBytes(b[:60]) == 0
}

// extractBase64 takes documents out of a text in which they stand in base64: what becomes of a mail whose
// boundaries or headers were lost on the way.
func extractBase64(b []byte) (text []byte, documents [][]byte) {
	for rest := b; len(rest) > 0; {
		line, next := cutLine(rest)
		if !undeclaredBase64(rest) {
			text = append(text, line...)
			rest = next
			continue
		}
		run := rest
		for len(next) > 0 {
			line, after := cutLine(next)
			if line = bytes.TrimSpace(line); strayBytes(line) > 0 || bytes.IndexByte(line, ' ') >= 0 {
				break
			}
			next = after
		}
		documents = append(documents, decodeBase64(run[:len(run)-len(next)]))
		rest = next
	}
	return text, documents
}

// decodeQuoted decodes quoted-printable, leaving alone what is none.
func decodeQuoted(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c == ' ' || c == '\t' { // white space at a line's end was put there on the way
			j := i
			for j < len(b) && (b[j] == ' ' || b[j] == '\t') {
				j++
			}
			if j < len(b) && (b[j] == '\n' || b[j] == '\r' && j+1 < len(b) && b[j+1] == '\n') {
				i = j - 1
				continue
			}
			out = append(out, b[i:j]...)
			i = j - 1
			continue
		}
		if c != '=' {
			out = append(out, c)
			continue
		}
		if i+2 < len(b) {
			if n, err := strconv.ParseUint(string(b[i+1:i+3]), 16, 8); err == nil {
				out = append(out, byte(n))
				i += 2
				continue
			}
		}
		j := i + 1 // a soft line break, or a stray sign
		for j < len(b) && (b[j] == ' ' || b[j] == '\t' || b[j] == '\r') {
			j++
		}
		switch {
		case j >= len(b):
			i = j
		case b[j] == '\n':
			i = j
		default:
			out = append(out, c)
		}
	}
	return out
}

var base64Values = func() (t [256]int8) {
	for i := range t {
		t[i] = -1
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range len(alphabet) {
		t[alphabet[i]] = int8(i)
	}
	return t
}()

func base64Value(c byte) int { return int(base64Values[c]) }

// decodeBase64 decodes what it can: line ends anywhere, padding in the middle (pieces glued together) or
// missing; strangers are passed over, and so are lines of text, as programs on the way write below a file.
func decodeBase64(b []byte) []byte {
	clean := make([]byte, 0, len(b))
	var out []byte
	flush := func() {
		if len(clean)%4 == 1 {
			clean = clean[:len(clean)-1] // six bits are no byte
		}
		piece := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
		n, _ := base64.RawStdEncoding.Decode(piece, clean)
		out = append(out, piece[:n]...)
		clean = clean[:0]
	}
	padded := false
	for len(b) > 0 {
		var line []byte
		line, b = cutLine(b)
		strays := strayBytes(line)
		if strays*3 > len(line) || padded && (strays > 0 || bytes.IndexByte(bytes.TrimSpace(line), ' ') >= 0) {
			continue
		}
		for _, c := range line {
			switch {
			case base64Values[c] >= 0:
				clean = append(clean, c)
			case c == '=' && len(clean) > 0 && len(clean)%4 != 0:
				flush()
				padded = true
			}
		}
	}
	flush()
	return out
}
