package message

import (
	"bytes"
	"maps"
	"mime"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// field is one header line, unfolded, in the bytes in which it came.
type field struct {
	name  string
	value []byte
}

type header []field

// get is the first field of the name; nil when there is none.
func (h header) get(name string) []byte {
	for _, f := range h {
		if strings.EqualFold(f.name, name) {
			return bytes.TrimSpace(f.value)
		}
	}
	return nil
}

func (h header) all(name string) [][]byte {
	var out [][]byte
	for _, f := range h {
		if strings.EqualFold(f.name, name) {
			out = append(out, bytes.TrimSpace(f.value))
		}
	}
	return out
}

func (h header) has(name string) bool { return h.get(name) != nil }

// lower is the value of a field of plain ASCII, in lower case.
func (h header) lower(name string) string { return strings.ToLower(string(h.get(name))) }

// value is a field with parameters: Content-Type or Content-Disposition.
func (h header) value(name string) (string, map[string]string) { return parseParams(h.get(name)) }

var words = mime.WordDecoder{CharsetReader: charsetReader}

// encodedWord finds an RFC 2047 word, also one whose text has spaces or question marks in it, which is
// forbidden and common.
var encodedWord = regexp.MustCompile(`=\?([^?\s]+)\?([bBqQ])\?((?:[^?]|\?[^=?])*\??)\?=`)

// decodeHeader makes text of a header's value: encoded words, raw UTF-8, and raw bytes of some other
// character set, which is guessed.
func decodeHeader(raw []byte) string {
	s := decodeRaw(raw)
	if strings.Contains(s, "=?") {
		s = decodeWords(s)
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == '\t' || r == '\r' || r == '\n' {
			return ' '
		}
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s))
}

// decodeWords decodes the encoded words of s. Neighbours of one character set are joined before decoding,
// because some programs break them in the middle of a letter.
func decodeWords(s string) string {
	var out strings.Builder
	var pending []byte // decoded bytes of the words so far
	var charset string
	flush := func() {
		if pending != nil {
			out.WriteString(decodeText(pending, charset))
			pending = nil
		}
	}
	for s != "" {
		loc := encodedWord.FindStringSubmatchIndex(s)
		if loc == nil {
			break
		}
		gap := s[:loc[0]]
		cs, _, _ := strings.Cut(strings.ToLower(s[loc[2]:loc[3]]), "*") // RFC 2231: charset*language
		if pending == nil || strings.TrimSpace(gap) != "" || cs != charset {
			flush()
			if strings.TrimSpace(gap) != "" || out.Len() == 0 {
				out.WriteString(gap)
			}
		}
		charset = cs
		pending = append(pending, wordBytes(s[loc[4]:loc[5]], s[loc[6]:loc[7]])...)
		if pending == nil {
			pending = []byte{}
		}
		s = s[loc[1]:]
	}
	flush()
	return out.String() + s
}

func wordBytes(encoding, text string) []byte {
	if strings.EqualFold(encoding, "b") {
		return decodeBase64([]byte(text))
	}
	return decodeQuoted([]byte(strings.ReplaceAll(text, "_", "=20")))
}

// parseParams reads "type; name=value; …" with RFC 2231 continuations and character sets, RFC 2047 words
// where they do not belong, and raw bytes. The last of two equal parameters loses.
func parseParams(raw []byte) (string, map[string]string) {
	pieces := splitParams(raw)
	if m := lostSemicolon.FindIndex(pieces[0]); m != nil {
		pieces = slices.Insert(pieces, 1, pieces[0][m[0]:])
	}
	params := map[string]string{}
	parts := map[string]map[int]segment{}
	for _, p := range pieces[1:] {
		eq := bytes.IndexByte(p, '=')
		if eq < 0 {
			continue
		}
		name := strings.ToLower(strings.TrimSpace(string(p[:eq])))
		value := unquote(bytes.TrimSpace(p[eq+1:]))
		base, seg, ok := parseSegment(name, value)
		if !ok {
			if _, twice := params[name]; !twice {
				params[name] = decodeHeader(value)
			}
			continue
		}
		if parts[base] == nil {
			parts[base] = map[int]segment{}
		}
		parts[base][seg.index] = seg
	}
	for base, segs := range parts { // RFC 2231 is more trustworthy than the plain form beside it
		if v := joinSegments(segs); v != "" {
			params[base] = v
		}
	}
	typ, _, _ := strings.Cut(strings.TrimSpace(string(pieces[0])), " ")
	return strings.ToLower(strings.Trim(typ, " \t\"'")), params
}

// contentType is the type of an entity. Of several fields the one that names a boundary of the body is right,
// else the first.
func contentType(h header, body []byte) (string, map[string]string) {
	all := h.all("Content-Type")
	hidden := strings.Contains(h.lower("Content-Transfer-Encoding"), "base") // and so are the boundaries
	if len(all) > 1 {
		for _, v := range all {
			typ, params := parseParams(v)
			if b := params["boundary"]; strings.HasPrefix(typ, "multipart/") && b != "" && (hidden || bytes.Contains(body, []byte("--"+b))) {
				return typ, params
			}
		}
	}
	return h.value("Content-Type")
}

// lostSemicolon is a parameter that follows the value without one.
var lostSemicolon = regexp.MustCompile(`\s(?i:name|filename|boundary|charset)\*?(\d\*?)?\s*=`)

// segment is one piece of a parameter after RFC 2231.
type segment struct {
	index   int
	encoded bool
	value   []byte
}

func parseSegment(name string, value []byte) (string, segment, bool) {
	base, rest, ok := strings.Cut(name, "*")
	if !ok {
		return "", segment{}, false
	}
	s := segment{value: value}
	if rest == "" {
		s.encoded = true
		return base, s, true
	}
	s.encoded = strings.HasSuffix(rest, "*")
	n, err := strconv.Atoi(strings.TrimSuffix(rest, "*"))
	s.index = n
	return base, s, err == nil && n >= 0
}

// joinSegments puts the pieces together in their order, whatever the first number is and whether all are there.
func joinSegments(segs map[int]segment) string {
	var all []byte
	charset := ""
	for n, i := range slices.Sorted(maps.Keys(segs)) {
		v := segs[i].value
		if segs[i].encoded {
			if n == 0 {
				charset, v = languageTag(v)
			}
			v = decodePercent(v)
		}
		all = append(all, v...)
	}
	text := decodeText(all, charset)
	if strings.Contains(text, "=?") {
		text = decodeWords(text)
	}
	return text
}

// languageTag parts "utf-8'ru'name"; some programs write one apostrophe or none.
func languageTag(v []byte) (charset string, text []byte) {
	p := bytes.SplitN(v, []byte("'"), 3)
	switch {
	case len(p) == 3:
		return string(p[0]), p[2]
	case len(p) == 2 && plainCharset.Match(p[0]):
		return string(p[0]), p[1]
	}
	return "", v
}

var plainCharset = regexp.MustCompile(`(?i)^(utf-?8|us-ascii|windows-125\d|koi8-[ru]|iso-8859-\d+|cp\d+)$`)

// splitParams cuts at semicolons outside quotes. A quote that is never closed opens nothing.
func splitParams(raw []byte) [][]byte {
	var out [][]byte
	start, quoted, opened := 0, false, 0
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '\\':
			if quoted {
				i++
			}
		case '"':
			quoted, opened = !quoted, i
		case ';':
			if !quoted {
				out = append(out, raw[start:i])
				start = i + 1
			}
		}
	}
	if end := bytes.IndexByte(raw[min(opened, len(raw)):], ';'); quoted && end >= 0 {
		out = append(out, raw[start:opened+end])
		return append(out, splitParams(raw[opened+end+1:])...)
	}
	return append(out, raw[start:])
}

// unquote takes the quotes off a value, up to the last one: a name may have more inside.
func unquote(v []byte) []byte {
	if len(v) == 0 || v[0] != '"' {
		return v
	}
	v = v[1:]
	if last := bytes.LastIndexByte(v, '"'); last >= 0 && (last == 0 || v[last-1] != '\\') {
		v = v[:last]
	}
	var out []byte
	for i := 0; i < len(v); i++ {
		if v[i] == '\\' && i+1 < len(v) && (v[i+1] == '"' || v[i+1] == '\\') {
			i++
		}
		out = append(out, v[i])
	}
	return out
}

func decodePercent(v []byte) []byte {
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		if v[i] == '%' && i+2 < len(v) {
			if n, err := strconv.ParseUint(string(v[i+1:i+3]), 16, 8); err == nil {
				out = append(out, byte(n))
				i += 2
				continue
			}
		}
		out = append(out, v[i])
	}
	return out
}

var bareAddress = regexp.MustCompile(`[^\s<>"',;:()\[\]]+@[^\s<>"',;:()\[\]]+`)

// parseAddresses reads a list of addresses; what the grammar forbids is searched for addresses.
func parseAddresses(raw []byte) []Address {
	if len(raw) == 0 {
		return nil
	}
	parser := mail.AddressParser{WordDecoder: &words}
	var out []Address
	if list, err := parser.ParseList(decodeRaw(raw)); err == nil {
		for _, a := range list {
			out = append(out, Address{Name: strings.TrimSpace(a.Name), Address: strings.ToLower(a.Address)})
		}
		return out
	}
	s := decodeHeader(raw)
	from := 0
	for _, loc := range bareAddress.FindAllStringIndex(s, 100) {
		name := strings.Trim(s[from:loc[0]], " \t<>\",;")
		out = append(out, Address{Name: name, Address: strings.ToLower(s[loc[0]:loc[1]])})
		from = loc[1]
	}
	if out == nil && s != "" {
		out = []Address{{Name: s}}
	}
	return out
}

var dateLayouts = []string{
	"2 Jan 2006 15:04:05 -0700", "Mon, 2 Jan 2006 15:04:05", "2 Jan 2006 15:04:05",
	"Mon Jan 2 15:04:05 2006", time.RFC3339, "2006-01-02 15:04:05",
}

// parseDate reads a mail's date; the zero time when it is none.
func parseDate(raw []byte) time.Time {
	s := decodeHeader(raw)
	if t, err := mail.ParseDate(s); err == nil {
		return t.UTC()
	}
	s = strings.Join(strings.Fields(s), " ")
	for _, l := range dateLayouts {
		if t, err := time.Parse(l, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
