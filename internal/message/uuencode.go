package message

import (
	"bytes"
	"strconv"
	"strings"
)

// uuFile is a file that stood uuencoded in a text.
type uuFile struct {
	name string
	data []byte
}

// extractUU takes the files out of a text that stand there uuencoded, in the old form or in base64. One that
// is cut short is given as far as it goes.
func extractUU(b []byte) (text []byte, files []uuFile) {
	for rest := b; len(rest) > 0; {
		line, next := cutLine(rest)
		if name, base64, ok := uuBegin(line); ok {
			decode := decodeUU
			if base64 {
				decode = decodeUUBase64
			}
			if data, after, ok := decode(next); ok {
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

// uuBegin reads "begin 644 name" or "begin-base64 644 name".
func uuBegin(line []byte) (name string, base64, ok bool) {
	f := strings.SplitN(strings.TrimRight(string(line), " \r\n"), " ", 3)
	if len(f) != 3 || f[0] != "begin" && f[0] != "begin-base64" || len(f[1]) < 3 || len(f[1]) > 4 {
		return "", false, false
	}
	_, err := strconv.ParseUint(f[1], 8, 16)
	return decodeHeader([]byte(f[2])), f[0] == "begin-base64", err == nil
}

// decodeUU reads lines up to "end", or to the first that is none; ok is false when there is no line at all.
func decodeUU(b []byte) (data, rest []byte, ok bool) {
	for first := true; len(b) > 0; first = false {
		whole, next := cutLine(b)
		line := bytes.TrimRight(whole, "\r\n")
		if bytes.Equal(bytes.TrimSpace(line), []byte("end")) {
			return data, next, true
		}
		piece, good := uuLine(line, first)
		if !good {
			return data, b, len(data) > 0
		}
		data, b = append(data, piece...), next
	}
	return data, nil, len(data) > 0
}

// uuLine decodes one line. Spaces at its end, which are zeros, may have been lost on the way, but hardly on
// the first line of a file.
func uuLine(line []byte, first bool) ([]byte, bool) {
	if len(line) == 0 {
		return nil, true
	}
	n := int(line[0]-' ') & 63
	line = line[1:]
	need := (n*8 + 5) / 6
	if first && len(line) < need-3 || len(line) > need+8 {
		return nil, false
	}
	out := make([]byte, 0, need)
	for n > 0 {
		var q [4]byte
		for i := range q {
			if i < len(line) {
				if line[i] < ' ' || line[i] > '`' {
					return nil, false
				}
				q[i] = (line[i] - ' ') & 63
			}
		}
		three := []byte{q[0]<<2 | q[1]>>4, q[1]<<4 | q[2]>>2, q[2]<<6 | q[3]}
		out = append(out, three[:min(3, n)]...)
		n -= 3
		line = line[min(4, len(line)):]
	}
	return out, true
}

// decodeUUBase64 reads base64 up to the line of equals signs.
func decodeUUBase64(b []byte) (data, rest []byte, ok bool) {
	begin := b
	for len(b) > 0 {
		line, next := cutLine(b)
		line = bytes.TrimSpace(line)
		if bytes.Equal(line, []byte("====")) {
			return decodeBase64(begin[:len(begin)-len(b)]), next, true
		}
		if strayBytes(line) > 0 || bytes.IndexByte(line, ' ') >= 0 {
			break
		}
		b = next
	}
	data = decodeBase64(begin[:len(begin)-len(b)])
	return data, b, len(data) > 0
}
