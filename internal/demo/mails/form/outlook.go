package form

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"unicode/utf16"
)

// Item is a mail as Outlook keeps it, in winmail.dat (TNEF) or a file of its own (.msg).
type Item struct {
	Subject, Body, HTML string
	Files               []Attachment
}

// Attachment of an item: a file, or another item. In TNEF, MAPI tells that it stands in its properties alone.
type Attachment struct {
	File
	MAPI bool
	Item *Item
}

// property is a MAPI property of a variable length.
type property struct {
	tag   uint32
	value []byte
}

func text16(tag uint32, s string) property {
	var b []byte
	for _, u := range append(utf16.Encode([]rune(s)), 0) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return property{tag, b}
}

// TNEF writes the item as winmail.dat.
func (m Item) TNEF() []byte {
	out := []byte{0x78, 0x9f, 0x3e, 0x22, 1, 0}
	attribute := func(level byte, id uint32, value []byte) {
		out = append(out, level)
		out = binary.LittleEndian.AppendUint32(out, id)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(value)))
		out = append(out, value...)
		sum := uint16(0)
		for _, c := range value {
			sum += uint16(c)
		}
		out = binary.LittleEndian.AppendUint16(out, sum)
	}
	attribute(1, 0x00089006, []byte{0, 0, 1, 0}) // the version
	attribute(1, 0x00069003, mapi(text16(0x0037001f, m.Subject), text16(0x1000001f, m.Body), property{0x10130102, []byte(m.HTML)}))
	for _, a := range m.Files {
		name := text16(0x3707001f, a.Name)
		attribute(2, 0x00069002, make([]byte, 14)) // an attachment begins
		switch {
		case a.Item != nil:
			guid := []byte{7, 3, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46}
			attribute(2, 0x00069005, mapi(name, property{0x3701000d, append(guid, a.Item.TNEF()...)}))
		case a.MAPI:
			attribute(2, 0x00069005, mapi(name, property{0x37010102, a.Data}))
		default:
			attribute(2, 0x00018010, []byte("ATTACH~1.PDF\x00"))
			attribute(2, 0x0006800f, a.Data)
			attribute(2, 0x00069005, mapi(name))
		}
	}
	return out
}

func mapi(list ...property) []byte {
	list = slices.DeleteFunc(list, func(p property) bool { return len(p.value) == 0 })
	out := binary.LittleEndian.AppendUint32(nil, uint32(len(list)))
	for _, p := range list {
		out = binary.LittleEndian.AppendUint32(out, p.tag)
		out = binary.LittleEndian.AppendUint32(out, 1)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(p.value)))
		out = append(out, p.value...)
		out = append(out, make([]byte, (4-len(p.value)%4)%4)...)
	}
	return out
}

// MSG writes the item as a file of Outlook: a compound file whose streams are the properties.
func (m Item) MSG() []byte {
	c := &compound{}
	m.store(c, c.add(-1, "Root Entry", nil, true))
	return c.bytes()
}

func (m Item) store(c *compound, at int) {
	c.add(at, "__properties_version1.0", make([]byte, 32), false)
	stream := func(at int, p property) {
		if len(p.value) > 0 {
			c.add(at, fmt.Sprintf("__substg1.0_%08X", p.tag), p.value, false)
		}
	}
	stream(at, text16(0x0037001f, m.Subject))
	stream(at, text16(0x1000001f, m.Body))
	stream(at, property{0x10130102, []byte(m.HTML)})
	for i, a := range m.Files {
		folder := c.add(at, fmt.Sprintf("__attach_version1.0_#%08X", i), nil, true)
		c.add(folder, "__properties_version1.0", make([]byte, 8), false)
		stream(folder, text16(0x3707001f, a.Name))
		if a.Item != nil {
			a.Item.store(c, c.add(folder, "__substg1.0_3701000D", nil, true))
			continue
		}
		stream(folder, property{0x37010102, a.Data})
	}
}

// compound is a compound file (MS-CFB, version 3): sectors of 512 bytes, small streams in sectors of 64.
type compound struct{ entries []entry }

type entry struct {
	name     string
	data     []byte
	folder   bool
	children []int
}

func (c *compound) add(parent int, name string, data []byte, folder bool) int {
	c.entries = append(c.entries, entry{name: name, data: data, folder: folder})
	i := len(c.entries) - 1
	if parent >= 0 {
		c.entries[parent].children = append(c.entries[parent].children, i)
	}
	return i
}

const (
	sector, small, cutoff = 512, 64, 4096
	endOfChain, noEntry   = 0xfffffffe, 0xffffffff
)

func (c *compound) bytes() []byte {
	var body, mini []byte // behind the header; the small sectors
	var fat, miniFAT []uint32
	chain := func(table *[]uint32, n int) uint32 {
		start := len(*table)
		for i := range n {
			next := uint32(start + i + 1)
			if i == n-1 {
				next = endOfChain
			}
			*table = append(*table, next)
		}
		if n == 0 {
			return endOfChain
		}
		return uint32(start)
	}
	store := func(data []byte) uint32 {
		data = padded(data, sector)
		body = append(body, data...)
		return chain(&fat, len(data)/sector)
	}
	starts := make([]uint32, len(c.entries))
	for i, e := range c.entries {
		switch {
		case e.folder:
		case len(e.data) < cutoff:
			data := padded(e.data, small)
			mini = append(mini, data...)
			starts[i] = chain(&miniFAT, len(data)/small)
		default:
			starts[i] = store(e.data)
		}
	}
	starts[0] = store(mini)
	miniTable := store(words(miniFAT))
	miniSectors := (len(miniFAT)*4 + sector - 1) / sector
	directory := store(c.directory(starts, len(mini)))
	// The table of sectors describes itself too.
	n := 1
	for (len(fat)+n)*4 > n*sector {
		n++
	}
	table := len(fat)
	for range n {
		fat = append(fat, 0xfffffffd)
	}
	list := words(fat)
	for len(list) < n*sector {
		list = append(list, 0xff)
	}
	body = append(body, list...)

	var head bytes.Buffer
	head.WriteString("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	head.Write(make([]byte, 16))
	put := func(v ...any) {
		for _, one := range v {
			_ = binary.Write(&head, binary.LittleEndian, one) // a Buffer takes everything
		}
	}
	put(uint16(0x3e), uint16(3), uint16(0xfffe), uint16(9), uint16(6), [6]byte{}, uint32(0), uint32(n), directory, uint32(0), uint32(cutoff), miniTable, uint32(miniSectors),
		uint32(endOfChain), uint32(0))
	for i := range 109 {
		if i < n {
			put(uint32(table + i))
		} else {
			put(uint32(noEntry))
		}
	}
	return append(head.Bytes(), body...)
}

// directory writes the entries; the children of a folder stand in a tree that leans to one side.
func (c *compound) directory(starts []uint32, miniSize int) []byte {
	right := make([]uint32, len(c.entries))
	child := make([]uint32, len(c.entries))
	for i := range right {
		right[i], child[i] = noEntry, noEntry
	}
	for i, e := range c.entries {
		list := slices.Clone(e.children)
		slices.SortFunc(list, func(a, b int) int {
			x, y := c.entries[a].name, c.entries[b].name
			return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y))
		})
		for k, one := range list {
			if k == 0 {
				child[i] = uint32(one)
			} else {
				right[list[k-1]] = uint32(one)
			}
		}
	}
	var out []byte
	for i, e := range c.entries {
		name := make([]byte, 64)
		units := utf16.Encode([]rune(e.name))
		for k, u := range units {
			binary.LittleEndian.PutUint16(name[2*k:], u)
		}
		kind, size := byte(2), len(e.data)
		switch {
		case i == 0:
			kind, size = 5, miniSize
		case e.folder:
			kind = 1
		}
		out = append(out, name...)
		out = binary.LittleEndian.AppendUint16(out, uint16(2*len(units)+2))
		out = append(out, kind, 1)
		for _, v := range []uint32{noEntry, right[i], child[i]} {
			out = binary.LittleEndian.AppendUint32(out, v)
		}
		out = append(out, make([]byte, 36)...)
		out = binary.LittleEndian.AppendUint32(out, starts[i])
		out = binary.LittleEndian.AppendUint64(out, uint64(size))
	}
	return out
}

func padded(b []byte, size int) []byte {
	return append(slices.Clip(b), make([]byte, (size-len(b)%size)%size)...)
}

func words(list []uint32) []byte {
	var out []byte
	for _, v := range list {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	for len(out)%sector != 0 {
		out = append(out, 0xff)
	}
	return out
}
