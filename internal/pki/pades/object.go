package pades

import (
	"errors"
	"fmt"
	"strconv"
)

// The objects of a PDF (ISO 32000-1, 7.3), as far as signatures need them. An object is nil, bool, int64, real,
// text, name, array, dict, ref or *stream.
type (
	object any
	real   string // as it stood: nothing is computed with it
	text   []byte // a string
	name   string
	array  []object
	dict   map[name]object
	ref    struct{ number, generation int }
	stream struct {
		dict
		data []byte // as it stands in the file
	}
	keyword string // a word of the syntax: obj, R, endobj, …
)

// ErrMalformed is in the chain of every error about a file that is no PDF that can be read here.
var ErrMalformed = errors.New("malformed PDF")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
}

// Bounds of what is read: the files come from strangers.
const (
	maxDepth    = 32      // of arrays and dictionaries in one another
	maxElements = 1 << 18 // of one object
	maxName     = 512
)

// parser reads objects from a file.
type parser struct {
	data     []byte
	at       int
	elements int
	spans    map[name][2]int // where the values of the outermost dictionary stand; nil: nobody asks
}

func isSpace(c byte) bool {
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '
}

func isDelimiter(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

func isRegular(c byte) bool { return !isSpace(c) && !isDelimiter(c) }

// skip passes white space and comments.
func (p *parser) skip() {
	for p.at < len(p.data) {
		switch c := p.data[p.at]; {
		case isSpace(c):
			p.at++
		case c == '%':
			for p.at < len(p.data) && p.data[p.at] != '\n' && p.data[p.at] != '\r' {
				p.at++
			}
		default:
			return
		}
	}
}

// peek is the next byte, 0 at the end.
func (p *parser) peek() byte {
	if p.at < len(p.data) {
		return p.data[p.at]
	}
	return 0
}

// object reads one object. A reference is known by the R behind two numbers.
func (p *parser) object(depth int) (object, error) {
	if depth > maxDepth {
		return nil, malformed("nested too deep")
	}
	if p.elements++; p.elements > maxElements {
		return nil, malformed("an object of too many parts")
	}
	p.skip()
	if p.at >= len(p.data) {
		return nil, malformed("cut off")
	}
	switch c := p.data[p.at]; {
	case c == '/':
		return p.name()
	case c == '(':
		return p.literal()
	case c == '[':
		return p.array(depth)
	case c == '<' && p.at+1 < len(p.data) && p.data[p.at+1] == '<':
		return p.dict(depth)
	case c == '<':
		return p.hex()
	case isRegular(c):
		return p.word()
	default:
		return nil, malformed("an unexpected %q at %d", c, p.at)
	}
}

func (p *parser) regular() string {
	from := p.at
	for p.at < len(p.data) && isRegular(p.data[p.at]) {
		p.at++
	}
	return string(p.data[from:p.at])
}

func (p *parser) name() (object, error) {
	p.at++
	raw := p.regular()
	if len(raw) > maxName {
		return nil, malformed("a name of %d letters", len(raw))
	}
	var b []byte
	for i := 0; i < len(raw); i++ {
		if raw[i] == '#' && i+2 < len(raw) {
			if n, err := strconv.ParseUint(raw[i+1:i+3], 16, 8); err == nil {
				b, i = append(b, byte(n)), i+2
				continue
			}
		}
		b = append(b, raw[i])
	}
	return name(b), nil
}

// word is a number, a reference, true, false, null or a keyword.
func (p *parser) word() (object, error) {
	w := p.regular()
	switch w {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil
	}
	n, err := strconv.ParseInt(w, 10, 64)
	if err != nil {
		if c := w[0]; c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' {
			return real(w), nil
		}
		return keyword(w), nil
	}
	if r, ok := p.reference(n); ok {
		return r, nil
	}
	return n, nil
}

// reference looks whether the number just read begins "12 0 R".
func (p *parser) reference(n int64) (ref, bool) {
	back := p.at
	if n < 0 || n > maxObject {
		return ref{}, false
	}
	p.skip()
	g, err := strconv.ParseUint(p.regular(), 10, 16)
	if err == nil {
		p.skip()
		if p.regular() == "R" {
			return ref{int(n), int(g)}, true
		}
	}
	p.at = back
	return ref{}, false
}

// literal reads a string in parentheses.
func (p *parser) literal() (object, error) {
	p.at++
	out := text{}
	for depth := 1; p.at < len(p.data); p.at++ {
		c := p.data[p.at]
		switch {
		case c == '\\':
			p.at++
			out = p.escape(out)
			continue
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 {
				p.at++
				return out, nil
			}
		}
		out = append(out, c)
	}
	return nil, malformed("a string without an end")
}

// escape reads what follows a backslash and stays on its last byte.
func (p *parser) escape(out text) text {
	switch c := p.peek(); c {
	case 'n':
		return append(out, '\n')
	case 'r':
		return append(out, '\r')
	case 't':
		return append(out, '\t')
	case 'b':
		return append(out, '\b')
	case 'f':
		return append(out, '\f')
	case '\n':
		return out
	case '\r':
		if p.at+1 < len(p.data) && p.data[p.at+1] == '\n' {
			p.at++
		}
		return out
	default:
		n, digits := 0, 0
		for digits < 3 && p.at+digits < len(p.data) && p.data[p.at+digits] >= '0' && p.data[p.at+digits] <= '7' {
			n, digits = n*8+int(p.data[p.at+digits]-'0'), digits+1
		}
		if digits > 0 {
			p.at += digits - 1
			return append(out, byte(n))
		}
		return append(out, c)
	}
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// hex reads a string in angle brackets.
func (p *parser) hex() (object, error) {
	p.at++
	out, half, odd := text{}, 0, false
	for ; p.at < len(p.data); p.at++ {
		c := p.data[p.at]
		switch d := hexDigit(c); {
		case c == '>':
			p.at++
			if odd {
				out = append(out, byte(half<<4))
			}
			return out, nil
		case isSpace(c):
		case d < 0:
			return nil, malformed("a string of other signs than hexadecimal ones")
		case odd:
			out, odd = append(out, byte(half<<4|d)), false
		default:
			half, odd = d, true
		}
	}
	return nil, malformed("a string without an end")
}

func (p *parser) array(depth int) (object, error) {
	p.at++
	list := array{}
	for {
		p.skip()
		if p.peek() == ']' {
			p.at++
			return list, nil
		}
		o, err := p.object(depth + 1)
		if err != nil {
			return nil, err
		}
		if _, ok := o.(keyword); ok {
			return nil, malformed("a keyword in an array")
		}
		list = append(list, o)
	}
}

func (p *parser) dict(depth int) (object, error) {
	p.at += 2
	d := dict{}
	for {
		p.skip()
		if p.peek() == '>' {
			if p.at+1 >= len(p.data) || p.data[p.at+1] != '>' {
				return nil, malformed("a dictionary without an end")
			}
			p.at += 2
			return d, nil
		}
		if p.peek() != '/' {
			return nil, malformed("a dictionary's key that is no name")
		}
		k, err := p.name()
		if err != nil {
			return nil, err
		}
		p.skip()
		from := p.at
		v, err := p.object(depth + 1)
		if err != nil {
			return nil, err
		}
		if _, ok := v.(keyword); ok {
			return nil, malformed("a keyword in a dictionary")
		}
		key := k.(name)
		if _, twice := d[key]; twice {
			return nil, malformed("a dictionary with two values for /%s", key)
		}
		d[key] = v
		if p.spans != nil && depth == 0 {
			p.spans[key] = [2]int{from, p.at}
		}
	}
}
