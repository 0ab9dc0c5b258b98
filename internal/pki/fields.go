package pki

import "kualik/internal/pki/der"

// fields reads the elements of a structure one after another.
type fields struct {
	list []der.Element
	err  error
}

func fieldsOf(e der.Element, tag byte) *fields {
	if e.Tag != tag {
		return &fields{err: der.ErrMalformed}
	}
	list, err := e.Children()
	return &fields{list, err}
}

// next takes an element, which must have one of the tags.
func (f *fields) next(tags ...byte) der.Element {
	for _, tag := range tags {
		if e, ok := f.maybe(tag); ok {
			return e
		}
	}
	if f.err == nil {
		f.err = der.ErrMalformed
	}
	return der.Element{}
}

// maybe takes an element if the next one has the tag.
func (f *fields) maybe(tag byte) (e der.Element, ok bool) {
	if f.err != nil || len(f.list) == 0 || f.list[0].Tag != tag {
		return e, false
	}
	e, f.list = f.list[0], f.list[1:]
	return e, true
}

// end is the first error, or one when something is left.
func (f *fields) end() error {
	if f.err == nil && len(f.list) > 0 {
		f.err = der.ErrMalformed
	}
	return f.err
}

func isOID(e der.Element, id string) bool {
	text, err := e.OID()
	return err == nil && text == id
}
