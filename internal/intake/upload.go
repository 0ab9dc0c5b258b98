package intake

import (
	"bytes"
	"context"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/emersion/go-message/mail"
	"github.com/google/uuid"

	"kualik/internal/fault"
	"kualik/internal/mailbox"
)

// Upload is a file that somebody gives on a page.
type Upload struct {
	From     string // the person's address
	Name     string
	Filename string
	Data     []byte
}

// Upload takes a file on the very way of a mail: it is wrapped into a message, stored, and accounted for.
// It returns the message's id; the same file from the same person again is a duplicate by its bytes only
// if it was wrapped in the same second, and then brings nothing new either way.
func (in *Intake) Upload(ctx context.Context, u Upload) (uuid.UUID, error) {
	if len(u.Data) == 0 {
		return uuid.Nil, fault.New(fault.Invalid, "intake.empty_file", "File", u.Filename)
	}
	raw, err := in.wrap(u)
	if err != nil {
		return uuid.Nil, fmt.Errorf("wrap upload: %w", err)
	}
	ref, err := in.Blobs.Put(ctx, bytes.NewReader(raw))
	if err != nil {
		return uuid.Nil, fmt.Errorf("store upload: %w", err)
	}
	now := in.Clock.Now()
	rows, err := in.Inbox.Take(ctx, []mailbox.NewMessage{{Mailbox: "web:" + u.From, ReceivedAt: now, SHA256: ref.SHA256, Size: ref.Size}})
	if err != nil {
		return uuid.Nil, err
	}
	return rows[0].ID, nil
}

// wrap makes a mail of the file, with headers that say what it is.
func (in *Intake) wrap(u Upload) ([]byte, error) {
	var h mail.Header
	h.SetDate(in.Clock.Now())
	h.SetSubject(u.Filename)
	h.SetAddressList("From", []*mail.Address{{Name: u.Name, Address: u.From}})
	h.Set("X-Kualik-Upload", "yes")
	var out bytes.Buffer
	w, err := mail.CreateWriter(&out, h)
	if err != nil {
		return nil, err
	}
	var ah mail.AttachmentHeader
	kind, _, err := mime.ParseMediaType(http.DetectContentType(u.Data))
	if err != nil {
		kind = "application/octet-stream"
	}
	ah.SetContentType(kind, nil)
	ah.SetFilename(strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, u.Filename))
	part, err := w.CreateAttachment(ah)
	if err != nil {
		return nil, err
	}
	if _, err := part.Write(u.Data); err != nil {
		return nil, err
	}
	if err := part.Close(); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
