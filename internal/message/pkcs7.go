package message

import (
	"bytes"
	"strings"
)

// isPKCS7 knows S/MIME by its type or file name.
func isPKCS7(typ, name string) bool {
	switch typ {
	case "application/pkcs7-mime", "application/x-pkcs7-mime", "application/pkcs7-signature", "application/x-pkcs7-signature", "application/cms":
		return true
	}
	return strings.HasSuffix(name, ".p7m") || strings.HasSuffix(name, ".p7s") || strings.HasSuffix(name, ".cms")
}

// pkcs7 takes the content out of a signed message without looking at the signature: whether to trust it
// is not decided here. A detached signature has no content and is dropped; an encrypted one is refused.
func (w *walker) pkcs7(p Part, at place) (text string, plain, ok bool) {
	data := p.Data
	if i := bytes.Index(data, []byte("-----BEGIN")); i >= 0 && i < 64 {
		_, data = cutLine(data[i:])
	}
	if len(data) > 0 && data[0] != 0x30 {
		data = decodeBase64(data)
	}
	content, kind := cmsContent(data)
	switch {
	case kind == cmsEnveloped:
		w.refuse(p.Path, Encrypted, p.Data)
		return "", false, true
	case kind == cmsSigned && len(content) == 0:
		if p.DeclaredType == "application/pkcs7-mime" || p.DeclaredType == "application/x-pkcs7-mime" {
			w.refuse(p.Path, Damaged, p.Data) // it says that it holds the mail
		}
		return "", false, true
	case kind != cmsSigned:
		if strings.HasSuffix(p.DeclaredType, "-signature") {
			return "", false, true
		}
		w.refuse(p.Path, Damaged, p.Data)
		return "", false, true
	case holdsDocument(content):
		name := p.Filename
		for _, ext := range []string{".p7m", ".p7s", ".cms"} {
			if strings.HasSuffix(strings.ToLower(name), ext) {
				name = name[:len(name)-len(ext)]
			}
		}
		w.parts = append(w.parts, Part{Path: at.inside().leaf(), Filename: name, Size: int64(len(content)), Data: content})
		return "", false, true
	}
	h, b := splitEntity(content)
	in := at.inside()
	return w.entity(h, b, in.path, in.depth), false, true
}

type cmsKind uint8

const (
	cmsNone cmsKind = iota
	cmsSigned
	cmsEnveloped
)

var (
	oidSigned    = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02}
	oidEnveloped = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x03}
	oidAuthEnv   = []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x17}
)

// cmsContent walks ContentInfo, SignedData and EncapsulatedContentInfo (RFC 5652) in BER.
func cmsContent(b []byte) ([]byte, cmsKind) {
	info, ok := berChildren(b, 0x30, 0)
	if !ok || len(info) < 2 || info[0].tag != 0x06 {
		return nil, cmsNone
	}
	switch oid := info[0].body; {
	case bytes.Equal(oid, oidEnveloped), bytes.Equal(oid, oidAuthEnv):
		return nil, cmsEnveloped
	case !bytes.Equal(oid, oidSigned):
		return nil, cmsNone
	}
	signed, ok := berChildren(info[1].body, 0x30, 1)
	if !ok || len(signed) < 3 || signed[2].tag != 0x30 {
		return nil, cmsNone
	}
	encap := berList(signed[2].body, 2)
	if len(encap) < 2 || encap[1].tag != 0xa0 {
		return nil, cmsSigned
	}
	var content []byte
	for _, o := range berList(encap[1].body, 3) {
		content = append(content, berOctets(o, 4)...)
	}
	return content, cmsSigned
}

// ber is one value: its tag byte and its content.
type ber struct {
	tag  byte
	body []byte
}

const maxBERDepth = 16

// berChildren are the values inside the first value of b, which must have the tag.
func berChildren(b []byte, tag byte, depth int) ([]ber, bool) {
	v, _, ok := berNext(b, depth)
	if !ok || v.tag != tag {
		return nil, false
	}
	return berList(v.body, depth+1), true
}

func berList(b []byte, depth int) []ber {
	var out []ber
	for len(b) > 0 && len(out) < 10000 {
		v, n, ok := berNext(b, depth)
		if !ok {
			break
		}
		out = append(out, v)
		b = b[n:]
	}
	return out
}

// berOctets joins an octet string that may be in pieces.
func berOctets(v ber, depth int) []byte {
	if v.tag == 0x04 {
		return v.body
	}
	if v.tag != 0x24 || depth > maxBERDepth {
		return nil
	}
	var out []byte
	for _, p := range berList(v.body, depth+1) {
		out = append(out, berOctets(p, depth+1)...)
	}
	return out
}

// berNext reads one value with a definite or indefinite length and tells how long it is in all.
func berNext(b []byte, depth int) (ber, int, bool) {
	if len(b) < 2 || b[0]&0x1f == 0x1f || depth > maxBERDepth {
		return ber{}, 0, false
	}
	if b[1] == 0x80 {
		pos := 2
		for {
			if len(b)-pos >= 2 && b[pos] == 0 && b[pos+1] == 0 {
				return ber{b[0], b[2:pos]}, pos + 2, true
			}
			_, n, ok := berNext(b[pos:], depth+1)
			if !ok {
				return ber{}, 0, false
			}
			pos += n
		}
	}
	length, pos := int(b[1]), 2
	if b[1] > 0x80 {
		n := int(b[1] & 0x7f)
		if n > 4 || len(b) < 2+n {
			return ber{}, 0, false
		}
		length = 0
		for _, c := range b[2 : 2+n] {
			length = length<<8 | int(c)
		}
		pos += n
	}
	if length < 0 || length > len(b)-pos {
		return ber{}, 0, false
	}
	return ber{b[0], b[pos : pos+length]}, pos + length, true
}
