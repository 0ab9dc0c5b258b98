package message

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// TNEF is Outlook's winmail.dat (MS-OXTNEF): a list of attributes, some of which hold MAPI properties.
const (
	tnefMagic = 0x223e9f78

	attBody             = 0x800c
	attAttachRenderData = 0x9002 // begins an attachment
	attAttachTitle      = 0x8010
	attAttachData       = 0x800f
	attAttachment       = 0x9005 // MAPI properties of the attachment
	attMAPIProps        = 0x9003 // of the mail

	propSubject    = 0x0037
	propBody       = 0x1000
	propHTML       = 0x1013
	propRTF        = 0x1009
	propName       = 0x3001
	propShortName  = 0x3704
	propLongName   = 0x3707
	propAttachData = 0x3701
	propContentID  = 0x3712
	propMIMEType   = 0x370e

	typeObject = 0x000d
)

func isTNEF(b []byte) bool { return len(b) > 6 && binary.LittleEndian.Uint32(b) == tnefMagic }

// tnefFile is an attachment of winmail.dat.
type tnefFile struct {
	name, typ, cid string
	data           []byte
	item           *tnefMail // a mail, instead of data
}

// tnef takes winmail.dat apart and gives the text that it holds.
func (w *walker) tnef(p Part, at place) string {
	m := readTNEF(p.Data, 0)
	return w.outlook(&m, p, at)
}

// outlook walks what Outlook enclosed in a mail, whose text it gives.
func (w *walker) outlook(m *tnefMail, p Part, at place) string {
	text := m.text
	for i, f := range m.files {
		in := at.inside().child(i + 1)
		w.count++
		w.decoded += len(f.data)
		if w.count > maxParts || w.decoded > maxDecoded || in.depth > maxDepth {
			w.refuse(in.leaf(), Limit, nil)
			break
		}
		q := Part{Path: in.leaf(), Filename: fileName(f.name), DeclaredType: f.typ, ContentID: f.cid, Size: int64(len(f.data)), Data: f.data}
		if f.item != nil {
			if inner := w.outlook(f.item, q, in); inner != "" {
				text += "\n" + inner
			}
			continue
		}
		if f.data == nil { // a pointer to a file that stayed on the sender's disk
			if q.Reason = External; m.cut {
				q.Reason = Damaged
			}
			w.parts = append(w.parts, q)
			continue
		}
		if !holdsDocument(q.Data) {
			if inner, _, ok := w.container(q, nil, "attachment", in); ok {
				text += "\n" + inner
				continue
			}
		}
		w.parts = append(w.parts, q)
	}
	if m.cut || len(m.files) == 0 && text == "" && m.html == nil && !m.rich {
		w.refuse(p.Path, Damaged, p.Data)
	}
	if m.subject != "" && at.depth > 0 {
		text = m.subject + "\n" + text
	}
	if m.html != nil {
		if t := w.html(decodeText(m.html, metaCharset(m.html)), at); strings.TrimSpace(text) == "" {
			return t
		}
	}
	return text
}

// tnefMail is what a winmail.dat holds.
type tnefMail struct {
	subject string
	text    string
	html    []byte
	rich    bool // a text in RTF, which the mail has in another form too
	files   []tnefFile
	cut     bool // it ends too early
}

// readTNEF reads the attributes until the end or the first that is broken.
func readTNEF(b []byte, depth int) (m tnefMail) {
	for b = b[6:]; len(b) >= 9; {
		id := binary.LittleEndian.Uint16(b[1:])
		size := int64(binary.LittleEndian.Uint32(b[5:]))
		if size > int64(len(b)-9) {
			size, m.cut = int64(len(b)-9), true
		}
		value := b[9 : 9+size]
		b = b[min(int64(len(b)), 9+size+2):] // two bytes of check sum
		attachment := id == attAttachTitle || id == attAttachData || id == attAttachment
		if id == attAttachRenderData || attachment && len(m.files) == 0 {
			m.files = append(m.files, tnefFile{})
		}
		var last *tnefFile
		if len(m.files) > 0 {
			last = &m.files[len(m.files)-1]
		}
		switch id {
		case attBody:
			m.text = decodeRaw(bytes.TrimRight(value, "\x00"))
		case attMAPIProps:
			m.properties(readMAPI(value))
		case attAttachTitle:
			if last.name == "" {
				last.name = decodeRaw(bytes.TrimRight(value, "\x00"))
			}
		case attAttachData:
			last.data = value
		case attAttachment:
			last.properties(readMAPI(value))
			if isTNEF(last.data) && depth < maxDepth {
				inner := readTNEF(last.data, depth+1)
				last.item = &inner
			}
		}
	}
	return m
}

func (m *tnefMail) properties(props []mapiProp) {
	for _, p := range props {
		switch {
		case p.id == propBody && m.text == "":
			m.text = p.text()
		case p.id == propSubject:
			m.subject = p.text()
		case p.id == propHTML:
			m.html = p.value
		case p.id == propRTF:
			m.rich = true
		}
	}
}

func (f *tnefFile) properties(props []mapiProp) {
	for _, p := range props {
		switch p.id {
		case propLongName:
			f.name = p.text()
		case propName, propShortName:
			if f.name == "" {
				f.name = p.text()
			}
		case propContentID:
			f.cid = strings.Trim(p.text(), "<> ")
		case propMIMEType:
			f.typ = strings.ToLower(p.text())
		case propAttachData:
			if f.data != nil && len(p.value) == 0 {
				continue
			}
			f.data = p.value
			if p.typ == typeObject && len(p.value) > 16 { // the interface's GUID stands before
				f.data = p.value[16:]
			}
		}
	}
}

// mapiProp is one MAPI property; of several values the last.
type mapiProp struct {
	id, typ uint16
	value   []byte
}

// text decodes a string property.
func (p mapiProp) text() string {
	if p.typ != typeUnicode {
		return decodeRaw(bytes.TrimRight(p.value, "\x00"))
	}
	u := make([]uint16, len(p.value)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(p.value[2*i:])
	}
	return strings.TrimRight(string(utf16.Decode(u)), "\x00")
}

// mapiReader eats a property stream; after the first shortage it gives only zeros.
type mapiReader struct {
	b   []byte
	bad bool
}

func (r *mapiReader) take(n int) []byte {
	if r.bad || n < 0 || n > len(r.b) {
		r.bad = true
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *mapiReader) uint32() int {
	if v := r.take(4); v != nil {
		return int(binary.LittleEndian.Uint32(v))
	}
	return 0
}

func (r *mapiReader) padded(n int) []byte {
	v := r.take(n)
	if pad := (4 - n%4) % 4; !r.bad && pad <= len(r.b) {
		r.b = r.b[pad:]
	}
	return v
}

// Sizes of the types of fixed length, padded to four bytes.
var fixedSize = map[uint16]int{2: 4, 3: 4, 4: 4, 10: 4, 11: 4, 5: 8, 6: 8, 7: 8, 0x14: 8, 0x40: 8, 0x48: 16}

func readMAPI(b []byte) []mapiProp {
	r := &mapiReader{b: b}
	var out []mapiProp
	for n := r.uint32(); n > 0 && !r.bad && len(out) < 5000; n-- {
		tag := r.uint32()
		p := mapiProp{id: uint16(tag >> 16), typ: uint16(tag) &^ 0x1000}
		multi := tag&0x1000 != 0
		if p.id >= 0x8000 {
			r.namedProperty()
		}
		values := 1
		if size, fixed := fixedSize[p.typ]; fixed {
			if multi {
				values = r.uint32()
			}
			for ; values > 0 && !r.bad; values-- {
				p.value = r.take(size)
			}
		} else {
			for values = r.uint32(); values > 0 && !r.bad; values-- {
				p.value = r.padded(r.uint32())
			}
		}
		if !r.bad {
			out = append(out, p)
		}
	}
	return out
}

// namedProperty skips the name of a property: GUID, kind, then a number or a string.
func (r *mapiReader) namedProperty() {
	r.take(16)
	if r.uint32() == 0 {
		r.uint32()
		return
	}
	r.padded(r.uint32())
}
