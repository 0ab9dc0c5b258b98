package pki

import (
	"bytes"
	"slices"

	"kualik/internal/pki/der"
	"kualik/internal/pki/oid"
)

// Bounds of what a message may hold.
const (
	maxSigners      = 32
	maxCertificates = 128
	maxLists        = 32
)

// message is a SignedData (RFC 5652, section 5.1) of data.
type message struct {
	content      []byte // nil when the message is detached from it
	certificates []*Certificate
	crls         [][]byte
	signers      []*signerInfo
}

// parseMessage reads BER; every error is of a malformed message.
func parseMessage(raw []byte) (*message, error) {
	whole, err := der.ReadOnly(raw)
	if err != nil {
		return nil, err
	}
	info := fieldsOf(whole, der.SequenceTag)
	kind, wrapped := info.next(der.OIDTag), info.next(der.Context(0, true))
	if err := info.end(); err != nil || !isOID(kind, oid.SignedData) {
		return nil, der.ErrMalformed
	}
	inner, err := wrapped.Only()
	if err != nil {
		return nil, err
	}
	data := fieldsOf(inner, der.SequenceTag)
	data.next(der.IntegerTag)
	data.next(der.SetTag) // the digests' algorithms, which the signers repeat
	encapsulated := data.next(der.SequenceTag)
	certificates, _ := data.maybe(der.Context(0, true))
	crls, _ := data.maybe(der.Context(1, true))
	infos := data.next(der.SetTag)
	if err := data.end(); err != nil {
		return nil, err
	}
	m := &message{}
	if err := m.readContent(encapsulated); err != nil {
		return nil, err
	}
	if err := m.readCertificates(certificates, crls); err != nil {
		return nil, err
	}
	return m, m.readSigners(infos)
}

func (m *message) readContent(e der.Element) error {
	f := fieldsOf(e, der.SequenceTag)
	kind := f.next(der.OIDTag)
	content, attached := f.maybe(der.Context(0, true))
	if err := f.end(); err != nil || !isOID(kind, oid.Data) {
		return der.ErrMalformed
	}
	if !attached {
		return nil
	}
	octets, err := content.Only()
	if err != nil {
		return err
	}
	if octets.Tag&^0x20 != der.OctetString {
		return der.ErrMalformed
	}
	m.content, err = octets.Octets()
	return err
}

// readCertificates takes what can be read as a certificate or a list; other sorts of either, and those that
// cannot be read, are as if they were not there.
func (m *message) readCertificates(certificates, crls der.Element) error {
	if certificates.Raw != nil {
		list, err := certificates.Children()
		if err != nil || len(list) > maxCertificates {
			return der.ErrMalformed
		}
		for _, e := range list {
			again := slices.ContainsFunc(m.certificates, func(c *Certificate) bool { return bytes.Equal(c.DER, e.Raw) })
			if c, err := ParseCertificate(e.Raw); err == nil && !again {
				m.certificates = append(m.certificates, c)
			}
		}
	}
	if crls.Raw != nil {
		list, err := crls.Children()
		if err != nil || len(list) > maxLists {
			return der.ErrMalformed
		}
		for _, e := range list {
			m.crls = append(m.crls, e.Raw)
		}
	}
	return nil
}

func (m *message) readSigners(infos der.Element) error {
	list, err := infos.Children()
	if err != nil || len(list) > maxSigners {
		return der.ErrMalformed
	}
	for _, e := range list {
		s, err := parseSigner(e)
		if err != nil {
			return err
		}
		m.signers = append(m.signers, s)
	}
	return nil
}
