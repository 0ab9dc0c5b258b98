// Package pades puts signatures into PDF files and checks those that are there: PAdES of the baseline level B-B
// (ETSI EN 319 142-1), with RSA and SHA-256.
//
// It stands beside pki, whose verdict on a message it asks for, and below issuing and the command that verifies a
// file. It has a reader of PDF of its own, which knows cross-references, objects and nothing of pages' contents: it
// is given what strangers send, so everything is bounded and nothing panics. It never calls the clock, the network
// or the database.
package pades

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	subFilter = "ETSI.CAdES.detached"
	blank     = "**********" // where a number of ByteRange is filled in
)

// Sign gives the file with an invisible signature over all of it, added behind its end. What is there already,
// other signatures too, stays as it is. The same file, seal and moment give the same bytes.
func (s *Seal) Sign(pdf []byte, at time.Time) ([]byte, error) {
	f, err := open(pdf)
	if err != nil {
		return nil, err
	}
	if f.trailer["Encrypt"] != nil {
		return nil, malformed("an encrypted file is not signed")
	}
	if _, err := f.signatures(); err != nil { // what nobody could verify afterwards
		return nil, err
	}
	size, err := s.signCMS(make([]byte, sha256.Size)) // of any digest the message is as long
	if err != nil {
		return nil, err
	}
	u, err := f.newUpdate()
	if err != nil {
		return nil, err
	}
	value := u.add(dict{
		"Type": name("Sig"), "Filter": name("Adobe.PPKLite"), "SubFilter": name(subFilter),
		"ByteRange": array{int64(0), keyword(blank), keyword(blank), keyword(blank)},
		"Contents":  keyword("<" + strings.Repeat("0", 2*len(size)) + ">"),
		"M":         text("D:" + at.UTC().Format("20060102150405") + "Z"),
		"Name":      utf16(s.signatory()),
	})
	if err := u.field(value); err != nil {
		return nil, err
	}
	return s.fill(u.end(), u.offsets[value])
}

// signatory is in whose name the seal signs.
func (s *Seal) signatory() string {
	if s.Certificate.Organisation != "" {
		return s.Certificate.Organisation
	}
	return s.Certificate.Name
}

// fill writes the range of what is signed into the finished file, and then the signature.
func (s *Seal) fill(signed []byte, value int) ([]byte, error) {
	from := value + bytes.Index(signed[value:], []byte("/Contents <")) + len("/Contents ")
	to := from + bytes.IndexByte(signed[from:], '>') + 1
	for _, n := range []int{from, to, len(signed) - to} {
		i := value + bytes.Index(signed[value:], []byte(blank))
		copy(signed[i:], fmt.Sprintf("%-*d", len(blank), n))
	}
	sum := sha256.New()
	sum.Write(signed[:from])
	sum.Write(signed[to:])
	cms, err := s.signCMS(sum.Sum(nil))
	if err != nil {
		return nil, err
	}
	if hex.EncodedLen(len(cms)) != to-from-2 {
		return nil, fmt.Errorf("pades: a signature of %d bytes where %d were expected", len(cms), (to-from-2)/2)
	}
	hex.Encode(signed[from+1:], cms)
	return signed, nil
}

// field makes the field of a signature: on the first page without a picture, and in the document's form.
func (u *update) field(value ref) error {
	f := u.file
	rootRef, ok := f.trailer["Root"].(ref)
	if !ok {
		return malformed("no catalogue")
	}
	root, err := f.dictOf(rootRef)
	if err != nil || root == nil {
		return errorOr(err, malformed("no catalogue"))
	}
	pageRef, page, err := f.firstPage(root)
	if err != nil {
		return err
	}
	form, err := f.dictOf(root["AcroForm"])
	if err != nil {
		return err
	}
	fields, err := f.arrayOf(form["Fields"])
	if err != nil {
		return err
	}
	field := u.add(dict{
		"Type": name("Annot"), "Subtype": name("Widget"), "FT": name("Sig"), "T": text(fmt.Sprintf("Signature%d", len(fields)+1)),
		"V": value, "P": pageRef, "F": int64(132), "Rect": array{int64(0), int64(0), int64(0), int64(0)}, // printed and locked
	})
	annotations, err := f.arrayOf(page["Annots"])
	if err != nil {
		return err
	}
	page, root, form = clone(page), clone(root), clone(form)
	page["Annots"] = append(slices.Clone(annotations), field)
	form["Fields"], form["SigFlags"] = append(slices.Clone(fields), field), int64(3) // there are signatures: only append
	root["AcroForm"] = form
	u.put(pageRef, page)
	u.put(rootRef, root)
	return nil
}

func clone(d dict) dict {
	c := dict{}
	for k, v := range d {
		c[k] = v
	}
	return c
}

func errorOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// firstPage goes down the left side of the tree of pages.
func (f *file) firstPage(root dict) (ref, dict, error) {
	at, ok := root["Pages"].(ref)
	for range maxDepth {
		if !ok {
			break
		}
		node, err := f.dictOf(at)
		if err != nil {
			return ref{}, nil, err
		}
		if node["Type"] == name("Page") {
			return at, node, nil
		}
		kids, err := f.arrayOf(node["Kids"])
		if err != nil {
			return ref{}, nil, err
		}
		if len(kids) == 0 {
			break
		}
		at, ok = kids[0].(ref)
	}
	return ref{}, nil, malformed("no page")
}
