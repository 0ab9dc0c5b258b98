package web

import (
	"fmt"
	"io"
	"mime"

	"github.com/gofiber/fiber/v2"

	"kualik/internal/fault"
)

// The document that proves the ground for a reduced fee.

func (s *Server) saveGroundDocument(v *Visit) error {
	if err := v.needEDS(); err != nil {
		return err
	}
	taken := false
	_, err := v.Upload(func(field, name string, file io.Reader, _ map[string]string) error {
		if field != "document" {
			return nil
		}
		taken = true
		return s.Accounts.SaveReductionDocument(v.UserContext(), v.Who.Account, name, file)
	})
	if err == nil && !taken {
		err = errNoGroundFile
	}
	if err == nil {
		v.Notice("eds.profile.document_kept")
		return v.Go(profilePath + "#ground")
	}
	if !mendable(err) {
		return err
	}
	p, perr := s.Accounts.Profile(v.UserContext(), v.Who.ID)
	if perr != nil {
		return perr
	}
	view := profileView{P: p}
	view.Document.Problem = v.Error(err)
	return s.showProfile(v, view, statusOf[fault.KindOf(err)])
}

var errNoGroundFile = fault.New(fault.Invalid, "eds.profile.document_choose")

func (s *Server) removeGroundDocument(v *Visit) error {
	if err := v.needEDS(); err != nil {
		return err
	}
	if err := s.Accounts.RemoveReductionDocument(v.UserContext(), v.Who.Account); err != nil {
		return err
	}
	v.Notice("eds.profile.document_gone")
	return v.Go(profilePath + "#ground")
}

// groundDocument gives the owner their document, as a file: it is shown by nothing of ours.
func (s *Server) groundDocument(v *Visit) error {
	d, err := s.Accounts.ReductionDocument(v.UserContext(), v.Who.Account, v.Who.ID)
	if err != nil {
		return err
	}
	v.Set(fiber.HeaderContentType, d.Type)
	v.Set(fiber.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": d.Name}))
	v.Set(fiber.HeaderContentLength, fmt.Sprint(len(d.Content)))
	return v.Send(d.Content)
}
