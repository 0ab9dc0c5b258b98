package message

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// shown is how the HTML shows a picture: in pixels, 0 where it does not say.
type shown struct{ width, height int }

var metaCharsetPattern = regexp.MustCompile(`(?i)<meta[^>]{1,200}charset\s*=\s*["']?\s*([a-z0-9_\-]+)`)

// metaCharset is the character set that HTML declares itself.
func metaCharset(b []byte) string {
	if m := metaCharsetPattern.FindSubmatch(b[:min(len(b), 4096)]); m != nil {
		return string(m[1])
	}
	return ""
}

// Elements that stand on lines of their own.
var blocks = map[atom.Atom]bool{
	atom.P: true, atom.Div: true, atom.Br: true, atom.Tr: true, atom.Li: true, atom.Ul: true, atom.Ol: true, atom.Table: true,
	atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.Blockquote: true, atom.Hr: true, atom.Pre: true, atom.Dt: true, atom.Dd: true,
}

// html makes text of HTML, and notes the links and the pictures that it shows. Files that it holds itself, in
// data: addresses, become parts.
func (w *walker) html(s string, at place) string {
	z := html.NewTokenizer(strings.NewReader(s))
	var out strings.Builder
	var files []Part
	defer func() { w.add(files, at) }()
	var hidden atom.Atom // inside script, style, head's title
	for {
		switch z.Next() {
		case html.ErrorToken:
			return tidy(out.String())
		case html.TextToken:
			if hidden == 0 {
				out.WriteString(strings.Join(strings.FieldsFunc(string(z.Text()), func(r rune) bool { return r == '\n' || r == '\r' }), " "))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			for _, a := range t.Attr {
				if a.Key == "src" || a.Key == "href" || a.Key == "data" {
					if p, ok := dataPart(a.Val); ok && len(files) < maxParts {
						files = append(files, p)
					}
				}
			}
			switch t.DataAtom {
			case atom.Script, atom.Style, atom.Title:
				hidden = t.DataAtom
			case atom.A:
				if href := attribute(t, "href"); len(href) < 10_000 {
					w.hrefs = append(w.hrefs, href)
				}
			case atom.Img:
				w.picture(t)
			case atom.Td, atom.Th:
				out.WriteByte(' ')
			}
			if blocks[t.DataAtom] {
				out.WriteByte('\n')
			}
		case html.EndTagToken:
			t := z.Token()
			if t.DataAtom == hidden {
				hidden = 0
			}
			if blocks[t.DataAtom] && t.DataAtom != atom.Br {
				out.WriteByte('\n')
			}
		}
	}
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func (w *walker) picture(t html.Token) {
	src := attribute(t, "src")
	if len(src) < 5 || !strings.EqualFold(src[:4], "cid:") {
		return
	}
	id, err := url.PathUnescape(src[4:])
	if err != nil {
		id = src[4:]
	}
	if w.shown == nil {
		w.shown = map[string]shown{}
	}
	style := attribute(t, "style")
	w.shown[strings.ToLower(id)] = shown{
		width:  pixels(attribute(t, "width"), stylePixels(style, "width")),
		height: pixels(attribute(t, "height"), stylePixels(style, "height")),
	}
}

// pixels reads the first length that is one; a percentage is none.
func pixels(values ...string) int {
	for _, v := range values {
		v = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(v)), "px")
		if n, err := strconv.ParseFloat(v, 64); err == nil && n > 0 && n < 1e5 {
			return int(n)
		}
	}
	return 0
}

func stylePixels(style, name string) string {
	for _, d := range strings.Split(style, ";") {
		if k, v, ok := strings.Cut(d, ":"); ok && strings.EqualFold(strings.TrimSpace(k), name) {
			return v
		}
	}
	return ""
}

// tidy trims lines and leaves no two empty ones together.
func tidy(s string) string {
	var out []string
	for _, line := range strings.Split(strings.ReplaceAll(s, "\u00a0", " "), "\n") {
		line = strings.Join(strings.Fields(line), " ")
		if line != "" || len(out) > 0 && out[len(out)-1] != "" {
			out = append(out, line)
		}
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}
