package pades

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
)

// write puts an object as it stands in a file.
func write(b *bytes.Buffer, o object) {
	switch v := o.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case int64:
		b.WriteString(strconv.FormatInt(v, 10))
	case int:
		b.WriteString(strconv.Itoa(v))
	case real:
		b.WriteString(string(v))
	case keyword: // of our own: a place that is filled in afterwards
		b.WriteString(string(v))
	case text:
		fmt.Fprintf(b, "<%X>", []byte(v))
	case name:
		writeName(b, v)
	case ref:
		fmt.Fprintf(b, "%d %d R", v.number, v.generation)
	case array:
		b.WriteByte('[')
		for i, o := range v {
			if i > 0 {
				b.WriteByte(' ')
			}
			write(b, o)
		}
		b.WriteByte(']')
	case dict:
		b.WriteString("<<")
		for _, k := range sortedKeys(v) {
			writeName(b, k)
			b.WriteByte(' ')
			write(b, v[k])
		}
		b.WriteString(">>")
	}
}

func sortedKeys(d dict) []name {
	keys := make([]name, 0, len(d))
	for k := range d {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func writeName(b *bytes.Buffer, n name) {
	b.WriteByte('/')
	for _, c := range []byte(n) {
		if c <= ' ' || c > '~' || c == '#' || isDelimiter(c) {
			fmt.Fprintf(b, "#%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
}

// utf16 is a text string in UTF-16 with its mark.
func utf16(s string) text {
	out := text{0xfe, 0xff}
	for _, r := range s {
		if r > 0xffff {
			r -= 0x10000
			for _, half := range []rune{0xd800 + r>>10, 0xdc00 + r&0x3ff} {
				out = append(out, byte(half>>8), byte(half))
			}
			continue
		}
		out = append(out, byte(r>>8), byte(r))
	}
	return out
}

// update is what is added behind the end of a file.
type update struct {
	file    *file
	body    bytes.Buffer
	offsets map[ref]int
	next    int // the first number that is free
}

// newUpdate begins an update. Its first line end is there in case the file has none.
func (f *file) newUpdate() (*update, error) {
	size, ok := f.trailer["Size"].(int64)
	if !ok || size < 1 || size > maxObject {
		return nil, malformed("a trailer without a size")
	}
	u := &update{file: f, offsets: map[ref]int{}, next: int(size)}
	for number := range f.places {
		u.next = max(u.next, number+1)
	}
	if !bytes.HasSuffix(f.data, []byte("\n")) {
		u.body.WriteByte('\n')
	}
	return u, nil
}

// add writes a new object and gives its reference.
func (u *update) add(o object) ref {
	r := ref{u.next, 0}
	u.next++
	u.put(r, o)
	return r
}

// put writes an object, new or in place of an old one.
func (u *update) put(r ref, o object) {
	u.offsets[r] = len(u.file.data) + u.body.Len()
	fmt.Fprintf(&u.body, "%d %d obj\n", r.number, r.generation)
	write(&u.body, o)
	u.body.WriteString("\nendobj\n")
}

// end writes the cross-reference of the update in the form that the file has.
func (u *update) end() []byte {
	at := len(u.file.data) + u.body.Len()
	trailer := dict{"Prev": int64(u.file.last)}
	for _, k := range []name{"Root", "Info", "ID"} {
		if v, ok := u.file.trailer[k]; ok {
			trailer[k] = v
		}
	}
	if u.file.streamed {
		u.xrefStream(at, trailer)
	} else {
		u.table(trailer)
	}
	fmt.Fprintf(&u.body, "startxref\n%d\n%%%%EOF\n", at)
	return slices.Concat(u.file.data, u.body.Bytes())
}

func (u *update) refs() []ref {
	list := make([]ref, 0, len(u.offsets))
	for r := range u.offsets {
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b ref) int { return a.number - b.number })
	return list
}

func (u *update) table(trailer dict) {
	u.body.WriteString("xref\n")
	for _, r := range u.refs() {
		fmt.Fprintf(&u.body, "%d 1\n%010d %05d n \n", r.number, u.offsets[r], r.generation)
	}
	trailer["Size"] = int64(u.next)
	u.body.WriteString("trailer\n")
	write(&u.body, trailer)
	u.body.WriteByte('\n')
}

func (u *update) xrefStream(at int, trailer dict) {
	own := ref{u.next, 0}
	u.next++
	u.offsets[own] = at
	var index array
	var lines bytes.Buffer
	for _, r := range u.refs() {
		index = append(index, int64(r.number), int64(1))
		o := u.offsets[r]
		lines.Write([]byte{1, byte(o >> 24), byte(o >> 16), byte(o >> 8), byte(o), byte(r.generation >> 8), byte(r.generation)})
	}
	trailer["Type"], trailer["W"], trailer["Index"] = name("XRef"), array{int64(1), int64(4), int64(2)}, index
	trailer["Size"], trailer["Length"] = int64(u.next), int64(lines.Len())
	fmt.Fprintf(&u.body, "%d 0 obj\n", own.number)
	write(&u.body, trailer)
	u.body.WriteString("\nstream\n")
	u.body.Write(lines.Bytes())
	u.body.WriteString("\nendstream\nendobj\n")
}
