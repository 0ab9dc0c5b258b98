// Package form writes the forms in which files travel and which no library here writes: winmail.dat, Outlook's
// items, uuencode, opaque signatures, Macintosh forks, RAR, RTF, TIFF of several pages.
//
// It stands under the demo's mails and under tests, knows nothing of either, and writes the same bytes for the
// same input. How Kualik reads these forms is not known here.
package form

import (
	"bytes"
	"compress/zlib"
	_ "embed" // a picture of a telephone
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"image"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// HEIC is a photograph of a certificate of an invented author, number 40311, as an iPhone keeps pictures.
//
//go:embed certificate.heic
var HEIC []byte

// File is a name with its bytes.
type File struct {
	Name string
	Data []byte
}

// UU writes a file as uuencode does.
func UU(f File) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "begin 644 %s\n", f.Name)
	for data := f.Data; len(data) > 0; {
		n := min(45, len(data))
		b.WriteByte(uuDigit(byte(n)))
		for i := 0; i < n; i += 3 {
			var q [3]byte
			copy(q[:], data[i:n])
			for _, v := range []byte{q[0] >> 2, q[0]<<4 | q[1]>>4, q[1]<<2 | q[2]>>6, q[2]} {
				b.WriteByte(uuDigit(v & 63))
			}
		}
		b.WriteByte('\n')
		data = data[n:]
	}
	b.WriteString("`\nend\n")
	return b.Bytes()
}

func uuDigit(v byte) byte {
	if v == 0 {
		return '`'
	}
	return ' ' + v
}

// Signed is content inside a signature (S/MIME, opaque), without the signature itself. With pieces it is written
// as programs in Java do, in an indefinite length and parts.
func Signed(content []byte, pieces bool) []byte {
	data := der(0x04, content)
	if pieces {
		data = []byte{0x24, 0x80}
		for len(content) > 0 {
			n := min(1000, len(content))
			data = append(data, der(0x04, content[:n])...)
			content = content[n:]
		}
		data = append(data, 0, 0)
	}
	inner := der(0x30, append(der(0x06, []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1}), der(0xa0, data)...))
	signed := der(0x30, bytes.Join([][]byte{{2, 1, 1}, {0x31, 0}, inner, {0x31, 0}}, nil))
	return der(0x30, append(der(0x06, []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2}), der(0xa0, signed)...))
}

func der(tag byte, body []byte) []byte {
	n := len(body)
	if n < 128 {
		return append([]byte{tag, byte(n)}, body...)
	}
	return append([]byte{tag, 0x84, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, body...)
}

// AppleFork is the second half of a Macintosh file, which holds only how it is shown.
func AppleFork(name string) []byte {
	head := append([]byte{0, 5, 0x16, 7, 0, 2, 0, 0}, make([]byte, 16)...)
	head = append(head, 0, 1, 0, 0, 0, 3, 0, 0, 0, 38, 0, 0, 0, byte(len(name)))
	return append(head, name...)
}

// RAR packs files without making them smaller, in the format of version 5.
func RAR(files ...File) []byte {
	out := []byte("Rar!\x1a\x07\x01\x00")
	block := func(fields []byte, data []byte) {
		head := append(binary.AppendUvarint(nil, uint64(len(fields))), fields...)
		out = binary.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(head))
		out = append(append(out, head...), data...)
	}
	block([]byte{1, 0, 0}, nil)
	for _, f := range files {
		fields := binary.AppendUvarint([]byte{2, 2}, uint64(len(f.Data)))
		fields = append(fields, 4) // a check sum is there
		fields = binary.AppendUvarint(fields, uint64(len(f.Data)))
		fields = append(fields, 0x20)
		fields = binary.LittleEndian.AppendUint32(fields, crc32.ChecksumIEEE(f.Data))
		fields = append(fields, 0, 1) // stored, on Unix
		fields = binary.AppendUvarint(fields, uint64(len(f.Name)))
		block(append(fields, f.Name...), f.Data)
	}
	block([]byte{5, 0, 0}, nil)
	return out
}

// RTF writes lines and pictures (JPEG) as Word does: letters in windows-1251, those that it lacks by number.
func RTF(text string, pictures ...[]byte) []byte {
	var b strings.Builder
	b.WriteString(`{\rtf1\ansi\ansicpg1251\uc1\deff0{\fonttbl{\f0\fnil\fcharset204 Times New Roman;}}{\*\generator Riched20;}` + "\r\n" + `\pard\f0\fs24 `)
	for _, r := range text {
		c, ok := charmap.Windows1251.EncodeRune(r)
		switch {
		case r == '\n':
			b.WriteString("\\par\r\n")
		case r == '\\' || r == '{' || r == '}':
			b.WriteString(`\` + string(r))
		case r < 0x80:
			b.WriteRune(r)
		case ok:
			fmt.Fprintf(&b, `\'%02x`, c)
		default:
			fmt.Fprintf(&b, `\u%d?`, r)
		}
	}
	for _, p := range pictures {
		b.WriteString(`{\*\shppict{\pict{\*\picprop}\jpegblip\picwgoal9000{\*\blipuid 00ff}` + "\r\n")
		for s := hex.EncodeToString(p); s != ""; {
			n := min(128, len(s))
			b.WriteString(s[:n] + "\r\n")
			s = s[n:]
		}
		b.WriteString("}}")
	}
	b.WriteString("}")
	return []byte(b.String())
}

// TIFF writes pages in grey as a scanner with a feeder does.
func TIFF(pages ...*image.Gray) ([]byte, error) {
	out := []byte("II*\x00\x00\x00\x00\x00")
	link := 4 // where the place of the next page is to be written
	for _, p := range pages {
		var strip bytes.Buffer
		z := zlib.NewWriter(&strip)
		for y := range p.Rect.Dy() {
			if _, err := z.Write(p.Pix[y*p.Stride : y*p.Stride+p.Rect.Dx()]); err != nil {
				return nil, fmt.Errorf("write a TIFF: %w", err)
			}
		}
		if err := z.Close(); err != nil {
			return nil, fmt.Errorf("write a TIFF: %w", err)
		}
		at := len(out)
		out = append(out, strip.Bytes()...)
		if len(out)%2 == 1 {
			out = append(out, 0)
		}
		binary.LittleEndian.PutUint32(out[link:], uint32(len(out)))
		tags := [][2]int{{256, p.Rect.Dx()}, {257, p.Rect.Dy()}, {258, 8}, {259, 8}, {262, 1}, {273, at}, {277, 1}, {278, p.Rect.Dy()}, {279, strip.Len()}}
		out = binary.LittleEndian.AppendUint16(out, uint16(len(tags)))
		for _, t := range tags {
			out = binary.LittleEndian.AppendUint16(out, uint16(t[0]))
			out = binary.LittleEndian.AppendUint16(out, 4)
			out = binary.LittleEndian.AppendUint32(out, 1)
			out = binary.LittleEndian.AppendUint32(out, uint32(t[1]))
		}
		link = len(out)
		out = append(out, 0, 0, 0, 0)
	}
	return out, nil
}
