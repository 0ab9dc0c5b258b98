package web

import (
	"io"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/intake"
	"kualik/internal/registry"
)

// Files that somebody gives on a page go the very way of a mail; afterwards a page shows what became of them.

func (s *Server) mountUpload() {
	if s.Upload == nil {
		return
	}
	s.get("/upload", account.Upload, s.uploadPage)
	s.postFile("/upload", account.Upload, s.upload)
	s.get("/upload/done", account.Upload, s.uploadedPage)
}

// The files of one form: how many, how large each, and what a browser offers to choose.
const (
	mostFiles   = 20
	largestFile = 40 << 20
	acceptFiles = ".pdf,.docx,.odt,.doc,.zip,.jpg,.jpeg,.png,.tif,.tiff,.webp,.heic,.eml,application/pdf,image/*"
)

type uploadView struct {
	For     *registry.Mail // the message that this file is for
	Problem string
}

func (s *Server) uploadPage(v *Visit) error {
	view := uploadView{}
	if id, err := uuid.Parse(v.Query("for")); err == nil && v.Who.Can(account.SeeAll) {
		m, err := registry.GetMail(v.UserContext(), s.Pool, id)
		if err != nil {
			return err
		}
		view.For = &m
	}
	return s.showUpload(v, view, 0)
}

func (s *Server) showUpload(v *Visit, view uploadView, status int) error {
	return v.Show(Page{Title: v.T("desk.upload.title"), Here: "/upload", Status: status}, uploadPage(view))
}

// upload takes the files of a form, one after the other.
func (s *Server) upload(v *Visit) error {
	var ids []string
	fields, err := v.Upload(func(_, name string, file io.Reader, _ map[string]string) error {
		data, err := io.ReadAll(io.LimitReader(file, largestFile+1))
		switch {
		case err != nil:
			return err
		case len(data) > largestFile:
			return errTooLarge
		case len(data) == 0 && name == "":
			return nil
		case len(ids) == mostFiles:
			return fault.New(fault.Invalid, "desk.error.too_many_files", "Most", mostFiles)
		}
		id, err := s.Upload(v.UserContext(), intake.Upload{From: sender(v), Name: v.Who.Name,
			Filename: path.Base(strings.ReplaceAll(name, `\`, "/")), Data: data})
		if err != nil {
			return err
		}
		ids = append(ids, id.String())
		return nil
	})
	if err == nil && len(ids) == 0 {
		err = fault.New(fault.Invalid, "desk.error.no_files")
	}
	if err != nil && len(ids) == 0 {
		if !mendable(err) {
			return err
		}
		return s.showUpload(v, uploadView{Problem: v.Error(err)}, statusOf[fault.KindOf(err)])
	}
	q := url.Values{"m": ids}
	if f := fields["for"]; f != "" {
		q.Set("for", f)
	}
	if err != nil {
		v.Notice("web.uploaded.some", "N", len(ids)) // the files before the one that was refused are in
	}
	s.stale()
	return v.Go("/upload/done?" + q.Encode())
}

// uploadedView is what became of some files.
type uploadedView struct {
	Messages []registry.Mail
	For      string // the message that they were uploaded for, if it still waits
	Pending  bool
	SeesAll  bool
}

// patience is how often the page asks again by itself.
const patience = 60

func (s *Server) uploadedPage(v *Visit) error {
	ids := v.Values()["m"]
	if len(ids) == 0 || len(ids) > mostFiles {
		return errNoPage
	}
	view := uploadedView{SeesAll: v.Who.Can(account.SeeAll)}
	for _, text := range ids {
		id, err := uuid.Parse(text)
		if err != nil {
			return errNoPage
		}
		m, err := registry.GetMail(v.UserContext(), s.Pool, id)
		if err != nil {
			return err
		}
		if !view.SeesAll && m.Mailbox != "web:"+sender(v) {
			return fault.New(fault.NotFound, "desk.error.no_message")
		}
		view.Pending = view.Pending || m.Outcome == "pending"
		view.Messages = append(view.Messages, m)
	}
	if id, err := uuid.Parse(v.Query("for")); err == nil && view.SeesAll {
		m, err := registry.GetMail(v.UserContext(), s.Pool, id)
		if err == nil && m.Outcome == "quarantined" {
			view.For = id.String()
		}
	}
	if n, _ := strconv.Atoi(v.Query("n")); view.Pending && n < patience {
		q := v.Values()
		q.Set("n", strconv.Itoa(n+1))
		v.Set("Refresh", "2; url=/upload/done?"+q.Encode())
	}
	return v.Show(Page{Title: v.T("desk.upload.title"), Here: "/upload"}, uploadedPage(view))
}

// sender names the reader in the ledger: by their address, or by their account when they have none, as those
// have who only ever came with a key.
func sender(v *Visit) string {
	if v.Who.Email != "" {
		return v.Who.Email
	}
	return v.Who.ID.String()
}

// fileOf is the name of the file that a message was made of.
func fileOf(m registry.Mail) string {
	if len(m.Files) > 0 {
		return m.Files[0]
	}
	return m.Subject
}
