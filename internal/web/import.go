package web

import (
	"io"
	"mime"
	"path"
	"strings"

	"kualik/internal/fault"
	"kualik/internal/sheet"
)

// importView is the page on which a table is taken in, before and after.
type importView struct {
	Kind, Back     string // "staff" or "applications"
	Problem        string
	Report         *sheet.Report
	Try            bool // nothing was written
	Ignored, File  string
	Columns        []string
	Refused        []sheet.Refusal
	RefusedInTotal int
}

func newImportView(kind, back string) importView { return importView{Kind: kind, Back: back} }

// shownRefusals bounds the list on the page; the count is always of all.
const shownRefusals = 200

// take puts a report into the view.
func (v *importView) take(r *sheet.Report, name string, try bool) {
	v.Report, v.File, v.Try = r, name, try
	v.Refused, v.RefusedInTotal = r.Refused, len(r.Refused)
	if len(v.Refused) > shownRefusals {
		v.Refused = v.Refused[:shownRefusals]
	}
	v.Ignored = strings.Join(r.IgnoredColumns, ", ")
}

// importFile takes the file of a form; take is given it as it comes.
func (s *Server) importFile(v *Visit, view importView, take func(io.Reader, sheet.Options) (*sheet.Report, error)) error {
	report, name, try, err := s.readTable(v, take)
	status := 200
	switch {
	case err != nil && refusedToRead(err):
		view.Problem, status = v.Error(err), statusOf[fault.KindOf(err)]
	case err != nil:
		return err
	case report == nil:
		view.Problem, status = v.T("web.import.no_file"), 422
	default:
		view.take(report, name, try)
		s.stale()
	}
	return v.Show(Page{Title: v.T("web.import." + view.Kind), Here: view.Back, Status: status}, importPage(view))
}

// readTable reads the form: a box "try" that stands before the file, and the file.
func (s *Server) readTable(v *Visit, take func(io.Reader, sheet.Options) (*sheet.Report, error)) (report *sheet.Report, name string, try bool, err error) {
	_, err = v.Upload(func(_, filename string, file io.Reader, fields map[string]string) error {
		if filename == "" || report != nil {
			return nil
		}
		name, try = path.Base(filename), fields["try"] != ""
		var err error
		if report, err = take(file, sheet.Options{Lang: v.Lang(), DryRun: try}); err != nil {
			return err
		}
		if try {
			return nil
		}
		if s.Rematch != nil && report.Taken {
			if err := s.Rematch(v.UserContext()); err != nil {
				return err
			}
		}
		return s.noteDeed(v, "import", "file", name, map[string]int{"added": report.Added, "changed": report.Changed, "refused": len(report.Refused)})
	})
	return report, name, try, err
}

// attachment is the header under which a file is saved, whatever letters its name has.
func attachment(filename string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": filename})
}
