package pades

import (
	"bytes"
	"strconv"
)

// Bounds of a file.
const (
	MaxFile      = 64 << 20 // bytes
	maxObject    = 1 << 22  // the highest number of an object
	maxSections  = 64       // of the cross-reference, one for each update
	maxEntries   = 1 << 21  // of all sections together
	maxInflated  = 32 << 20 // bytes of one unpacked stream
	maxUnpacked  = 64 << 20 // of all of them together
	maxResolves  = 1 << 16
	maxParsed    = 4 * MaxFile // bytes of all objects that are read, some of them several times
	maxParts     = 1 << 22     // of all objects
	tailLooked   = 2048        // bytes at the end in which startxref must stand
	headLooked   = 1024
	maxXrefWidth = 8
)

// place is where an object stands: at an offset, or within a stream of objects.
type place struct {
	offset     int
	generation int
	within     int // number of the stream of objects; 0: at the offset
	index      int
}

// file is a PDF opened for reading.
type file struct {
	data     []byte
	places   map[int]place          // a free one has offset 0
	trailer  dict                   // of the newest section
	last     int                    // offset of the newest section
	streamed bool                   // the newest section is a stream
	packed   map[int]map[int]object // objects of a stream of objects, by their numbers
	cache    map[ref]object

	entries, resolves, elements, parsed, unpacked int // what was done so far, against the bounds
}

// open reads the cross-reference of a file.
func open(data []byte) (*file, error) {
	if len(data) > MaxFile {
		return nil, malformed("%d bytes", len(data))
	}
	if !bytes.Contains(data[:min(len(data), headLooked)], []byte("%PDF-")) {
		return nil, malformed("not a PDF")
	}
	f := &file{data: data, places: map[int]place{}, packed: map[int]map[int]object{}, cache: map[ref]object{}}
	at, err := f.start()
	if err != nil {
		return nil, err
	}
	f.last = at
	seen := map[int]bool{}
	for at >= 0 {
		if seen[at] || len(seen) == maxSections {
			return nil, malformed("sections that follow in a circle")
		}
		seen[at] = true
		trailer, streamed, err := f.section(at)
		if err != nil {
			return nil, err
		}
		if f.trailer == nil {
			f.trailer, f.streamed = trailer, streamed
		}
		if hybrid, ok := trailer["XRefStm"].(int64); ok && !streamed {
			if seen[int(hybrid)] {
				return nil, malformed("sections that follow in a circle")
			}
			seen[int(hybrid)] = true
			if _, _, err := f.section(int(hybrid)); err != nil {
				return nil, err
			}
		}
		at = -1
		if previous, ok := trailer["Prev"].(int64); ok {
			if at = int(previous); at < 0 || at >= len(data) {
				return nil, malformed("an earlier section outside of the file")
			}
		}
	}
	return f, nil
}

// start is the offset that the last startxref tells.
func (f *file) start() (int, error) {
	tail := f.data[max(0, len(f.data)-tailLooked):]
	i := bytes.LastIndex(tail, []byte("startxref"))
	if i < 0 {
		return 0, malformed("no startxref")
	}
	p := &parser{data: tail, at: i + len("startxref")}
	p.skip()
	n, err := strconv.Atoi(p.regular())
	if err != nil || n <= 0 || n >= len(f.data) {
		return 0, malformed("startxref outside of the file")
	}
	return n, nil
}

// section reads a table or a stream of the cross-reference. What a newer one said stays.
func (f *file) section(at int) (trailer dict, streamed bool, err error) {
	if at < 0 || at >= len(f.data) {
		return nil, false, malformed("a section outside of the file")
	}
	p := &parser{data: f.data, at: at}
	if bytes.HasPrefix(f.data[at:], []byte("xref")) {
		p.at += len("xref")
		trailer, err = f.table(p)
		return trailer, false, err
	}
	s, err := f.streamAt(p)
	if err != nil {
		return nil, true, err
	}
	if s.dict["Type"] != name("XRef") {
		return nil, true, malformed("no cross-reference where one should be")
	}
	return s.dict, true, f.xrefStream(s)
}

func (f *file) put(number int, p place) error {
	if f.entries++; f.entries > maxEntries || number > maxObject {
		return malformed("more objects than is reasonable")
	}
	if _, known := f.places[number]; !known {
		f.places[number] = p
	}
	return nil
}

// table reads "0 5", its lines of twenty bytes, and so on, up to the trailer.
func (f *file) table(p *parser) (dict, error) {
	for {
		p.skip()
		w := p.regular()
		if w == "trailer" {
			break
		}
		first, err := strconv.Atoi(w)
		p.skip()
		count, err2 := strconv.Atoi(p.regular())
		if err != nil || err2 != nil || first < 0 || count < 0 || first > maxObject || count > (len(p.data)-p.at)/18 {
			return nil, malformed("a table of the cross-reference")
		}
		for i := range count {
			p.skip()
			offset, err := strconv.Atoi(p.regular())
			p.skip()
			generation, err2 := strconv.Atoi(p.regular())
			p.skip()
			used := p.regular()
			if err != nil || err2 != nil || offset < 0 || generation < 0 || generation > 65535 || used != "n" && used != "f" {
				return nil, malformed("a line of the cross-reference")
			}
			if used == "f" {
				offset = 0
			}
			if err := f.put(first+i, place{offset: offset, generation: generation}); err != nil {
				return nil, err
			}
		}
	}
	o, err := f.read(p)
	if err != nil {
		return nil, err
	}
	d, ok := o.(dict)
	if !ok {
		return nil, malformed("no trailer")
	}
	return d, nil
}

// xrefStream reads the entries of a stream (ISO 32000-1, 7.5.8).
func (f *file) xrefStream(s *stream) error {
	data, err := f.unpack(s)
	if err != nil {
		return err
	}
	widths, ok := s.dict["W"].(array)
	if !ok || len(widths) != 3 {
		return malformed("a stream of the cross-reference without widths")
	}
	var w [3]int
	line := 0
	for i, o := range widths {
		n, ok := o.(int64)
		if !ok || n < 0 || n > maxXrefWidth {
			return malformed("widths of a cross-reference")
		}
		w[i] = int(n)
		line += w[i]
	}
	index, ok := s.dict["Index"].(array)
	if !ok {
		index = array{int64(0), s.dict["Size"]}
	}
	if line == 0 || len(index)%2 != 0 {
		return malformed("a stream of the cross-reference")
	}
	for i := 0; i < len(index); i += 2 {
		first, ok := index[i].(int64)
		count, ok2 := index[i+1].(int64)
		if !ok || !ok2 || first < 0 || count < 0 || first > maxObject || count > int64(len(data)/line) {
			return malformed("an index of the cross-reference")
		}
		for k := range int(count) {
			if len(data) < line {
				return malformed("a cross-reference that is cut off")
			}
			if err := f.putLine(int(first)+k, data[:line], w); err != nil {
				return err
			}
			data = data[line:]
		}
	}
	return nil
}

func (f *file) putLine(number int, line []byte, w [3]int) error {
	field := func(n int) int {
		v := 0
		for _, b := range line[:n] {
			if v = v<<8 | int(b); v > MaxFile<<8 {
				v = MaxFile << 8 // outside of every file
			}
		}
		line = line[n:]
		return v
	}
	sort := 1
	if w[0] > 0 {
		sort = field(w[0])
	}
	second, third := field(w[1]), field(w[2])
	switch sort {
	case 0:
		return f.put(number, place{})
	case 1:
		return f.put(number, place{offset: second, generation: third})
	case 2:
		return f.put(number, place{within: second, index: third})
	}
	return nil // a sort that is not known is as if it were null
}
