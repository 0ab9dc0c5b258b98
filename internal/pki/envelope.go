package pki

import (
	"bytes"
	"encoding/base64"

	"kualik/internal/pki/der"
)

// maxMessage is the size of the largest message in bytes, its content included.
const maxMessage = 256 << 20

// Decode gives the octets of a message that comes as DER, as base64, or as PEM of any label, with any line
// ends: NCALayer's newer module sends PEM, the older one bare base64. Its errors wrap der.ErrMalformed.
func Decode(file []byte) ([]byte, error) {
	if len(file) > maxMessage {
		return nil, der.ErrMalformed
	}
	if len(file) > 0 && file[0] == der.SequenceTag { // base64 of a sequence begins with M
		return file, nil
	}
	text := bytes.TrimSpace(bytes.TrimPrefix(file, []byte("\ufeff")))
	if after, ok := bytes.CutPrefix(text, []byte("-----BEGIN ")); ok {
		_, body, begun := bytes.Cut(after, []byte("-----"))
		body, end, ended := bytes.Cut(body, []byte("-----END "))
		if !begun || !ended || !bytes.HasSuffix(end, []byte("-----")) || bytes.Count(end, []byte("-----")) != 1 {
			return nil, der.ErrMalformed
		}
		text = body
	}
	text = bytes.Join(bytes.Fields(text), nil)
	text = bytes.TrimRight(text, "=")
	raw := make([]byte, base64.RawStdEncoding.DecodedLen(len(text)))
	if _, err := base64.RawStdEncoding.Decode(raw, text); err != nil || len(raw) == 0 {
		return nil, der.ErrMalformed
	}
	return raw, nil
}
