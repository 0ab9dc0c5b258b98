package message

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/richardlehane/mscfb"
)

// oleMagic begins a compound file: an old Office file, or an item of Outlook.
const oleMagic = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

// isOutlookItem knows a mail that Outlook saved as a file (.msg, MS-OXMSG) by the stream that each has.
func isOutlookItem(b []byte) bool {
	return bytes.HasPrefix(b, []byte(oleMagic)) && bytes.Contains(b, []byte("_\x00_\x00p\x00r\x00o\x00p\x00e\x00r\x00t\x00i\x00e\x00s\x00_\x00v\x00e\x00r\x00s\x00i\x00o\x00n\x001\x00"))
}

// outlookStreams are the properties of an item and of what it encloses, by the path of their folder.
type outlookStreams map[string][]mapiProp

// outlookItem walks an item of Outlook as a mail of its own.
func (w *walker) outlookItem(p Part, at place) string {
	streams, err := readOutlook(p.Data)
	if err != nil || len(streams) == 0 {
		w.refuse(p.Path, Damaged, p.Data)
		return ""
	}
	m := streams.item("", 0)
	return w.outlook(m, p, at)
}

func readOutlook(b []byte) (streams outlookStreams, err error) {
	defer func() {
		if r := recover(); r != nil { // a foreign reader over untrusted bytes
			err = fmt.Errorf("compound file: %v", r)
		}
	}()
	doc, err := mscfb.New(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	streams = outlookStreams{}
	total := int64(0)
	for n := 0; n < 20*maxParts; n++ {
		f, err := doc.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		tag, ok := strings.CutPrefix(f.Name, "__substg1.0_")
		id, err := strconv.ParseUint(tag, 16, 32)
		if !ok || err != nil || f.Size > int64(len(b)) {
			continue
		}
		if total += f.Size; total > maxDecoded {
			return nil, errTooMany
		}
		value, err := io.ReadAll(io.LimitReader(f, f.Size))
		if err != nil {
			return nil, err
		}
		folder := strings.Join(f.Path, "/")
		streams[folder] = append(streams[folder], mapiProp{id: uint16(id >> 16), typ: uint16(id), value: value})
	}
	return streams, nil
}

const (
	typeUnicode   = 0x001f
	itemFolder    = "__substg1.0_3701000D"
	attachFolder  = "__attach_version1.0_#%08X"
	maxOutlookOne = 500 // attachments of one item
)

// item gathers the properties of the item in a folder.
func (s outlookStreams) item(folder string, depth int) *tnefMail {
	m := &tnefMail{}
	m.properties(s[folder])
	for i := range maxOutlookOne {
		name := fmt.Sprintf(attachFolder, i)
		if folder != "" {
			name = folder + "/" + name
		}
		props, inner := s[name], name+"/"+itemFolder
		if props == nil {
			break
		}
		f := tnefFile{}
		f.properties(props)
		if s[inner] != nil && depth < maxDepth {
			f.item = s.item(inner, depth+1)
		}
		m.files = append(m.files, f)
	}
	return m
}
