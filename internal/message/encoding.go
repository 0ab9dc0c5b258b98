package message

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"
)

// decodeBody undoes a transfer encoding. Where the bytes contradict the declaration, the bytes win.
func decodeBody(b []byte, declared string) []byte {
	declared = strings.ToLower(strings.TrimSpace(declared))
	switch {
	case strings.Contains(declared, "base"):
		if holdsDocument(b) && strayBytes(b) > len(b)/20 {
			return b // raw after all
		}
		return decodeBase64(b)
	case strings.Contains(declared, "quoted"):
		return decodeQuoted(b)
	case strings.Contains(declared, "uu"):
		if _, files := extractUU(b); len(files) == 1 {
			return files[0].data
		}
	}
	if t := bytes.TrimLeft(b, " \t\r\n"); undeclaredBase64(t) {
		return decodeBase64(t)
	}
	return b
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

// undeclaredBase64 knows the beginnings of documents in base64.
func undeclaredBase64(b []byte) bool {
	for _, magic := range []string{"JVBERi0", "UEsDB", "/9j/", "iVBORw0KGgo"} {
		if bytes.HasPrefix(b, []byte(magic)) {
			return len(b) > 60 && strayBytes(b[:60]) == 0
		}
	}
	return false
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

// decodeBase64 decodes what it can: line ends anywhere, padding in the middle (pieces glued together),
// missing padding, and strangers are passed over.
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
	for _, c := range b {
		switch {
		case base64Values[c] >= 0:
			clean = append(clean, c)
		case c == '=' && len(clean) > 0 && len(clean)%4 != 0:
			flush()
		}
	}
	flush()
	return out
}

// uuFile is a file that stood uuencoded in a text.
type uuFile struct {
	name string
	data []byte
}

// extractUU takes the uuencoded files out of a text.
func extractUU(b []byte) (text []byte, files []uuFile) {
	for rest := b; len(rest) > 0; {
		line, next := cutLine(rest)
		if name, ok := uuBegin(line); ok {
			if data, after, ok := decodeUU(next); ok {
				files = append(files, uuFile{name, data})
				rest = after
				continue
			}
		}
		text = append(text, line...)
		rest = next
	}
	return text, files
}

func uuBegin(line []byte) (string, bool) {
	f := strings.SplitN(strings.TrimRight(string(line), "\r\n"), " ", 3)
	if len(f) != 3 || f[0] != "begin" || len(f[1]) < 3 || len(f[1]) > 4 {
		return "", false
	}
	_, err := strconv.ParseUint(f[1], 8, 16)
	return decodeHeader([]byte(f[2])), err == nil
}

// decodeUU reads lines up to "end"; ok is false when they are no uuencoding.
func decodeUU(b []byte) (data, rest []byte, ok bool) {
	for len(b) > 0 {
		var line []byte
		line, b = cutLine(b)
		line = bytes.TrimRight(line, "\r\n")
		if bytes.Equal(line, []byte("end")) {
			return data, b, true
		}
		if len(line) == 0 {
			continue
		}
		n := int(line[0]-' ') & 63
		line = line[1:]
		if need := (n*8 + 5) / 6; len(line) < need-3 {
			return nil, nil, false
		}
		for n > 0 {
			var q [4]byte
			for i := range q {
				if i < len(line) {
					if line[i] < ' ' || line[i] > '`' {
						return nil, nil, false
					}
					q[i] = (line[i] - ' ') & 63
				}
			}
			three := []byte{q[0]<<2 | q[1]>>4, q[1]<<4 | q[2]>>2, q[2]<<6 | q[3]}
			data = append(data, three[:min(3, n)]...)
			n -= 3
			line = line[min(4, len(line)):]
		}
	}
	return nil, nil, false
}
