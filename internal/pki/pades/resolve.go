package pades

import (
	"bytes"
	"compress/zlib"
	"io"
	"strconv"
)

// get follows references to the object itself; one that is nowhere is nil.
func (f *file) get(o object) (object, error) {
	for range maxDepth {
		r, ok := o.(ref)
		if !ok {
			return o, nil
		}
		var err error
		if o, err = f.resolve(r); err != nil {
			return nil, err
		}
	}
	return nil, malformed("references that follow in a circle")
}

// dictOf is the dictionary that a value is or refers to; nil when it is something else.
func (f *file) dictOf(o object) (dict, error) {
	o, err := f.get(o)
	if s, ok := o.(*stream); ok {
		return s.dict, err
	}
	d, _ := o.(dict)
	return d, err
}

func (f *file) arrayOf(o object) (array, error) {
	o, err := f.get(o)
	a, _ := o.(array)
	return a, err
}

func (f *file) resolve(r ref) (object, error) {
	if o, ok := f.cache[r]; ok {
		return o, nil
	}
	if f.resolves++; f.resolves > maxResolves {
		return nil, malformed("more objects than is reasonable")
	}
	p, ok := f.places[r.number]
	var o object
	var err error
	switch {
	case !ok || p.within == 0 && p.offset == 0 || p.generation != r.generation:
	case p.within > 0:
		o, err = f.fromStream(r.number, p)
	default:
		o, _, err = f.at(r, p.offset, false)
	}
	if err != nil {
		return nil, err
	}
	f.cache[r] = o
	return o, nil
}

// at reads the object "12 0 obj …" at an offset. With spans it tells where the values of a dictionary stand.
func (f *file) at(r ref, offset int, spans bool) (object, map[name][2]int, error) {
	if offset <= 0 || offset >= len(f.data) {
		return nil, nil, malformed("an object outside of the file")
	}
	p := &parser{data: f.data, at: offset}
	number, generation, err := p.header()
	if err != nil {
		return nil, nil, err
	}
	if number != r.number || generation != r.generation {
		return nil, nil, malformed("object %d where %d should be", number, r.number)
	}
	if spans {
		p.spans = map[name][2]int{}
	}
	o, err := f.read(p)
	if err != nil {
		return nil, nil, err
	}
	if d, ok := o.(dict); ok {
		if o, err = f.maybeStream(p, d); err != nil {
			return nil, nil, err
		}
	}
	return o, p.spans, nil
}

// read reads an object and counts what it cost: a small file can ask for the same large object again and again.
func (f *file) read(p *parser) (object, error) {
	from := p.at
	p.elements = 0
	o, err := p.object(0)
	f.elements += p.elements
	f.parsed += p.at - from
	if f.elements > maxParts || f.parsed > maxParsed {
		return nil, malformed("more to read than is reasonable")
	}
	return o, err
}

// header reads "12 0 obj".
func (p *parser) header() (number, generation int, err error) {
	p.skip()
	number, err = strconv.Atoi(p.regular())
	p.skip()
	generation, err2 := strconv.Atoi(p.regular())
	p.skip()
	if err != nil || err2 != nil || p.regular() != "obj" {
		return 0, 0, malformed("no object where one should be")
	}
	return number, generation, nil
}

// maybeStream gives the stream that follows a dictionary, or the dictionary.
func (f *file) maybeStream(p *parser, d dict) (object, error) {
	p.skip()
	if !bytes.HasPrefix(p.data[p.at:], []byte("stream")) {
		return d, nil
	}
	p.at += len("stream")
	if p.peek() == '\r' {
		p.at++
	}
	if p.peek() == '\n' {
		p.at++
	}
	length, err := f.get(d["Length"])
	if err != nil {
		return nil, err
	}
	n, ok := length.(int64)
	if !ok || n < 0 || n > int64(len(p.data)-p.at) {
		return nil, malformed("a stream without its length")
	}
	return &stream{d, p.data[p.at : p.at+int(n)]}, nil
}

// streamAt reads a stream with its header.
func (f *file) streamAt(p *parser) (*stream, error) {
	if _, _, err := p.header(); err != nil {
		return nil, err
	}
	o, err := f.read(p)
	if err != nil {
		return nil, err
	}
	d, ok := o.(dict)
	if !ok {
		return nil, malformed("no dictionary of a stream")
	}
	if _, direct := d["Length"].(int64); !direct {
		return nil, malformed("a stream without its length")
	}
	if o, err = f.maybeStream(p, d); err != nil {
		return nil, err
	}
	s, ok := o.(*stream)
	if !ok {
		return nil, malformed("no stream where one should be")
	}
	return s, nil
}

// unpack gives a stream's content: as it is, or unpacked by Flate with a predictor of PNG.
func (f *file) unpack(s *stream) ([]byte, error) {
	filter := s.dict["Filter"]
	if a, ok := filter.(array); ok && len(a) == 1 {
		filter = a[0]
	}
	if filter == nil {
		return s.data, nil
	}
	if filter != name("FlateDecode") {
		return nil, malformed("a stream packed by another way than Flate")
	}
	z, err := zlib.NewReader(bytes.NewReader(s.data))
	if err != nil {
		return nil, malformed("a stream that cannot be unpacked")
	}
	data, err := io.ReadAll(io.LimitReader(z, maxInflated+1))
	if f.unpacked += len(data); err != nil || len(data) > maxInflated || f.unpacked > maxUnpacked {
		return nil, malformed("a stream that cannot be unpacked")
	}
	parameters := s.dict["DecodeParms"]
	if a, ok := parameters.(array); ok && len(a) == 1 {
		parameters = a[0]
	}
	d, ok := parameters.(dict)
	if !ok {
		return data, nil
	}
	return predicted(data, d)
}

// predicted undoes a predictor of PNG (ISO 32000-1, 7.4.4.4), with one byte a colour, as cross-references have.
func predicted(data []byte, d dict) ([]byte, error) {
	predictor, _ := d["Predictor"].(int64)
	if predictor <= 1 {
		return data, nil
	}
	columns, ok := d["Columns"].(int64)
	if !ok {
		columns = 1
	}
	if predictor < 10 || columns < 1 || columns > 1<<10 || d["Colors"] != nil && d["Colors"] != int64(1) || d["BitsPerComponent"] != nil && d["BitsPerComponent"] != int64(8) {
		return nil, malformed("a predictor that is not known")
	}
	line := int(columns) + 1
	if len(data)%line != 0 {
		return nil, malformed("lines of a predictor")
	}
	out := make([]byte, 0, len(data))
	before := make([]byte, columns)
	for ; len(data) > 0; data = data[line:] {
		row := bytes.Clone(data[1:line])
		for i := range row {
			var left, above, corner byte
			if i > 0 {
				left, corner = row[i-1], before[i-1]
			}
			above = before[i]
			switch data[0] {
			case 0:
			case 1:
				row[i] += left
			case 2:
				row[i] += above
			case 3:
				row[i] += byte((int(left) + int(above)) / 2)
			case 4:
				row[i] += paeth(left, above, corner)
			default:
				return nil, malformed("a predictor that is not known")
			}
		}
		out, before = append(out, row...), row
	}
	return out, nil
}

func paeth(a, b, c byte) byte {
	distance := func(x byte) int {
		d := int(a) + int(b) - int(c) - int(x)
		if d < 0 {
			return -d
		}
		return d
	}
	switch {
	case distance(a) <= distance(b) && distance(a) <= distance(c):
		return a
	case distance(b) <= distance(c):
		return b
	}
	return c
}

// fromStream takes an object out of a stream of objects (ISO 32000-1, 7.5.7).
func (f *file) fromStream(number int, p place) (object, error) {
	list, known := f.packed[p.within]
	if !known {
		f.packed[p.within] = nil // one that needs itself has nothing
		holder, ok := f.places[p.within]
		if !ok || holder.within > 0 {
			return nil, malformed("a stream of objects that is nowhere")
		}
		o, _, err := f.at(ref{p.within, holder.generation}, holder.offset, false)
		if err != nil {
			return nil, err
		}
		s, ok := o.(*stream)
		if !ok {
			return nil, malformed("no stream of objects where one should be")
		}
		if list, err = f.packedObjects(s); err != nil {
			return nil, err
		}
		f.packed[p.within] = list
	}
	return list[number], nil
}

func (f *file) packedObjects(s *stream) (map[int]object, error) {
	data, err := f.unpack(s)
	if err != nil {
		return nil, err
	}
	count, ok := s.dict["N"].(int64)
	first, ok2 := s.dict["First"].(int64)
	if !ok || !ok2 || count < 0 || first < 0 || first > int64(len(data)) || count > first {
		return nil, malformed("a stream of objects")
	}
	list := map[int]object{}
	head := &parser{data: data[:first]}
	body := &parser{data: data[first:]}
	for range int(count) {
		head.skip()
		number, err := strconv.Atoi(head.regular())
		head.skip()
		offset, err2 := strconv.Atoi(head.regular())
		if err != nil || err2 != nil || number < 0 || offset < 0 || offset > len(body.data) {
			return nil, malformed("a head of a stream of objects")
		}
		body.at = offset
		o, err := f.read(body)
		if err != nil {
			return nil, err
		}
		list[number] = o
	}
	return list, nil
}
