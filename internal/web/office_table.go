package web

import (
	"context"
	"io"
	"path"
	"strings"

	"kualik/internal/account"
	"kualik/internal/desk"
	"kualik/internal/fault"
	"kualik/internal/filing/scheme"
	"kualik/internal/sheet"
	"kualik/internal/web/part"
)

// Recording in bulk: a table of what the institute's cabinet shows.

func (s *Server) mountOfficeTable() {
	s.get(officePath+"/table", account.RecordSteps, s.officeTablePage)
	s.postFile(officePath+"/table", account.RecordSteps, s.officeTakeTable)
}

// officeTableView is the page before and after a table was taken.
type officeTableView struct {
	Report  *desk.RecordingReport
	Scheme  scheme.Scheme // of words in the report; those of one that was in force before are shown by their code
	Columns []sheet.Column
	File    string
	Try     bool
	Problem string
}

// shownRows bounds the list on the page; the counts are always of all.
const shownRows = 500

func (s *Server) officeTablePage(v *Visit) error { return s.showTable(v, officeTableView{}, 0) }

func (s *Server) showTable(v *Visit, view officeTableView, status int) error {
	var err error
	if view.Scheme, err = scheme.InForce(v.UserContext(), s.Pool); err != nil {
		return err
	}
	view.Columns = desk.Columns
	return v.Show(Page{Title: v.T("office.table.title"), Here: officePath, Status: status}, officeTableImport(view))
}

func (s *Server) officeTakeTable(v *Visit) error {
	var view officeTableView
	_, err := v.Upload(func(_, name string, file io.Reader, fields map[string]string) error {
		if name == "" || view.Report != nil {
			return nil
		}
		view.File, view.Try = path.Base(name), fields["try"] != ""
		var err error
		view.Report, err = s.Cases.RecordTable(v.UserContext(), v.me(), file, sheet.Options{Lang: v.Lang(), DryRun: view.Try})
		return err
	})
	switch {
	case err != nil && refusedToRead(err):
		view.Report, view.Problem = nil, v.Error(err)
		return s.showTable(v, view, statusOf[fault.KindOf(err)])
	case err != nil:
		return err
	case view.Report == nil:
		view.Problem = v.T("web.import.no_file")
		return s.showTable(v, view, 422)
	}
	s.stale()
	return s.showTable(v, view, 0)
}

func (t officeTableView) rows() []desk.Row {
	return t.Report.Rows[:min(len(t.Report.Rows), shownRows)]
}

func (t officeTableView) fact(ctx context.Context) (kind, words string) {
	kind = "ok"
	if len(t.Report.Refused) > 0 {
		kind = "warn"
	}
	if t.Try {
		return kind, part.T(ctx, "office.table.tried", "File", t.File)
	}
	return kind, part.T(ctx, "office.table.taken", "File", t.File)
}

func rowChip(outcome string) string {
	return map[string]string{"changed": "good", "unchanged": "none", "refused": "rejected"}[outcome]
}

func rowWords(ctx context.Context, sc scheme.Scheme, r desk.Row) string {
	var list []string
	for _, c := range r.Changes {
		list = append(list, changeWords(ctx, sc, c))
	}
	return joinNonEmpty(" ", strings.Join(list, "; "), r.Reason)
}

// headingsOf are the names under which a column is known.
func headingsOf(c sheet.Column) string { return strings.Join(c.Also, ", ") }
