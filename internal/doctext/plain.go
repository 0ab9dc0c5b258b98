package doctext

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// readPlain reads plain text and HTML.
func readPlain(kind string, data []byte, b *budget) ([]Page, Reason) {
	text := decodeText(data[:min(len(data), maxText)])
	if kind == typeHTML {
		text = htmlText(text)
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return pagesOf(text, b)
}

// decodeText guesses the encoding: a byte order mark, UTF-8, or windows-1251.
func decodeText(data []byte) string {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		if out, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data); err == nil {
			return string(out)
		}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if utf8.Valid(data) {
		return string(data)
	}
	if out, err := charmap.Windows1251.NewDecoder().Bytes(data); err == nil && !bytes.HasPrefix(data, []byte("\xff\xfe")) && bytes.Count(data, []byte{0xd0}) < len(data)/8 {
		return string(out)
	}
	return strings.ToValidUTF8(string(data), string(utf8.RuneError))
}

var htmlBlocks = map[string]bool{
	"p": true, "div": true, "br": true, "tr": true, "td": true, "th": true, "li": true, "h1": true, "h2": true,
	"h3": true, "h4": true, "table": true, "ul": true, "ol": true, "blockquote": true, "pre": true, "hr": true,
}

// htmlText is the visible text of a page of HTML, a line for each block.
func htmlText(source string) string {
	z := html.NewTokenizer(strings.NewReader(source))
	var out strings.Builder
	hidden := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return out.String()
		case html.TextToken:
			if hidden == 0 {
				out.WriteString(strings.Join(strings.FieldsFunc(string(z.Text()), func(r rune) bool { return r == '\n' || r == '\r' || r == '\t' }), " "))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			switch {
			case string(name) == "script" || string(name) == "style" || string(name) == "head":
				hidden++
			case htmlBlocks[string(name)]:
				out.WriteByte('\n')
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			switch {
			case string(name) == "script" || string(name) == "style" || string(name) == "head":
				hidden = max(hidden-1, 0)
			case htmlBlocks[string(name)]:
				out.WriteByte('\n')
			}
		}
	}
}
