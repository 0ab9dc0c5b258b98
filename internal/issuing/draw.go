package issuing

import (
	"context"

	"kualik/internal/document"
)

// drawEntry makes the certificate that is sealed. The same entry gives the same bytes.
func (s *Service) drawEntry(e Entry) ([]byte, error) {
	if s.paper != nil {
		return s.paper(e)
	}
	return document.Certificate(document.CertificateData{Number: e.Number, RegisteredOn: e.RegisteredOn, Authors: e.Mentioned(), Kind: e.Kind, Title: e.Title,
		CreatedOn: e.CreatedOn, Office: e.Office, URL: s.Link(e.Token), Token: e.Token, MadeAt: e.PreparedAt, Version: e.Version, IssuedOn: e.IssuedOn, Cause: string(e.Cause)})
}

// drawExtract makes the extract that is sealed: the record as it was when the extract was prepared.
func (s *Service) drawExtract(ctx context.Context, x Extract) ([]byte, error) {
	e, err := s.Get(ctx, s.o.Pool, x.EntryID)
	if err != nil {
		return nil, err
	}
	d := document.RecordData{Extract: x.Name(), MadeAt: x.PreparedAt, IssuedOn: x.IssuedOn, ApplicationNo: x.ApplicationNo, Recipient: x.Recipient, Purpose: x.Purpose,
		Office: x.Office, URL: s.Link(x.Token), Token: x.Token, Number: e.Number, RegisteredOn: e.RegisteredOn, State: string(x.EntryState),
		Authors: e.Mentioned(), Kind: e.Kind, Title: e.Title, CreatedOn: e.CreatedOn}
	for _, v := range x.Versions {
		d.Versions = append(d.Versions, document.RecordVersion{Version: v.Version, IssuedOn: v.IssuedOn, State: string(v.State), Cause: string(v.Cause), Reason: v.Reason})
	}
	return document.Record(d, x.Lang)
}
