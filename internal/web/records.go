package web

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/web/part"
)

// Records of what is filed at the institute itself: the eight kinds beside copyright. They are kept, shown
// and counted; the protection documents that came of them are a page of their own.

const (
	recordsPath    = "/records"
	protectionPath = "/protection"
)

func (s *Server) mountRecords() {
	if s.Filings == nil {
		return
	}
	s.get(recordsPath, account.File, s.recordsPage)
	s.get("/records/new", account.File, s.change(s.newRecord))
	s.postFile(recordsPath, account.File, s.change(s.saveRecord))
	s.get("/records/:id", account.File, s.recordPage)
	s.postFile("/records/:id", account.File, s.change(s.saveRecord))
	s.post("/records/:id/delete", account.File, s.change(s.deleteRecord))
	s.get("/records/:id/document", account.File, s.recordDocument)
	s.get(protectionPath, account.File, s.protectionPage)
	s.counting = append(s.counting, s.countRecords)
	s.addNav(navEntry{group: 0, order: 4, key: "info.nav.protection", path: protectionPath, icon: "shield", action: account.File, cabinet: true,
		mine: func(c cabinetCounts) int { return c.Records }})
	s.addNav(navEntry{group: 0, order: 46, key: "info.nav.records", path: recordsPath, icon: "box", action: account.SeeFilings})
}

func (s *Server) countRecords(ctx context.Context, v *Visit, c *cabinetCounts) error {
	byKind, err := s.Filings.RecordCounts(ctx, v.me(), false)
	for _, n := range byKind {
		c.Records += n
	}
	return err
}

// recordsView is the list: one's own, or everybody's for who looks after them.
type recordsView struct {
	Kind   string
	All    bool
	Look   bool
	Counts []part.Tab
	Kinds  []part.Option
	Rows   []recordRow
}

type recordRow struct {
	Href, Title, Kind, Number, Filed, State, Chip, People string
	Document, File                                        string
}

var recordChips = map[string]string{"preparing": "draft", "filed": "waiting", "examination": "waiting", "granted": "good", "refused": "rejected", "withdrawn": "none"}

func (s *Server) recordRows(v *Visit, list []filing.Record) (rows []recordRow) {
	for _, r := range list {
		row := recordRow{Href: recordsPath + "/" + r.ID.String(), Title: r.Title, Kind: v.T("info.record." + r.Kind), Number: r.Number, Filed: dayOr(v, r.FiledOn),
			State: v.T("info.record_state." + r.State), Chip: recordChips[r.State], People: strings.Join(strings.Split(r.Participants, "\n"), ", ")}
		if r.SHA256 != "" {
			row.Document, row.File = row.Href+"/document", r.Filename
		}
		rows = append(rows, row)
	}
	return rows
}

func (s *Server) recordsPage(v *Visit) error {
	view := recordsView{Kind: v.Query("kind"), All: v.Who.Can(account.SeeFilings), Look: !v.Who.MayFile()}
	if !slices.Contains(filing.RecordKinds, view.Kind) {
		view.Kind = ""
	}
	list, err := s.Filings.Records(v.UserContext(), v.me(), view.Kind, view.All)
	if err != nil {
		return err
	}
	counts, err := s.Filings.RecordCounts(v.UserContext(), v.me(), view.All)
	if err != nil {
		return err
	}
	view.Rows = s.recordRows(v, list)
	for _, k := range filing.RecordKinds {
		view.Kinds = append(view.Kinds, part.Option{Value: k, Text: v.T("info.record." + k)})
		if counts[k] > 0 || k == view.Kind {
			view.Counts = append(view.Counts, part.Tab{Text: v.T("info.record." + k), Count: counts[k], Href: recordsPath + "?kind=" + k, Here: k == view.Kind})
		}
	}
	here := protectionPath
	if view.All {
		here = recordsPath
	}
	return v.Show(Page{Title: v.T("info.nav.records"), Here: here}, recordsPage(view))
}

// recordView is the form of a record, new when ID is empty.
type recordView struct {
	ID       string
	R        filing.Record
	Kind     string
	Own      bool // the reader may change it now
	Theirs   bool // it is the reader's, but they came without EDS
	States   []part.Option
	Kinds    []part.Option
	Problems map[string]string
	Links    []part.Link
	Fact     string
	Title    string
	Href     string // of the document
}

func (s *Server) showRecord(v *Visit, view recordView, status int) error {
	view.Kind = v.T("info.record." + view.R.Kind)
	for _, st := range filing.RecordStates {
		view.States = append(view.States, part.Option{Value: st, Text: v.T("info.record_state." + st)})
	}
	for _, k := range filing.RecordKinds {
		view.Kinds = append(view.Kinds, part.Option{Value: k, Text: v.T("info.record." + k)})
	}
	view.Title = v.T("info.record_new")
	if view.R.ID != uuid.Nil {
		view.ID, view.Title = view.R.ID.String(), view.R.Title
		if view.R.SHA256 != "" {
			view.Href = recordsPath + "/" + view.ID + "/document"
		}
	}
	here := protectionPath
	if v.Who.Can(account.SeeFilings) {
		here = recordsPath
	}
	return v.Show(Page{Title: v.T("info.nav.records"), Here: here, Status: status}, recordPage(view))
}

func (s *Server) newRecord(v *Visit) error {
	kind := v.Query("kind")
	if !slices.Contains(filing.RecordKinds, kind) {
		kind = filing.RecordKinds[0]
	}
	return s.showRecord(v, recordView{R: filing.Record{Kind: kind, State: filing.RecordStates[0]}, Own: true}, 200)
}

func (s *Server) recordPage(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	r, err := s.Filings.Record(v.UserContext(), v.me(), id)
	if err != nil {
		return err
	}
	mine := r.Owner == v.Who.ID
	return s.showRecord(v, recordView{R: r, Own: mine && v.Who.MayFile(), Theirs: mine && !v.Who.MayFile()}, 200)
}

func (s *Server) saveRecord(v *Visit) error {
	r := filing.Record{}
	if v.Params("id") != "" {
		id, err := v.ID("id")
		if err != nil {
			return err
		}
		r.ID = id
	}
	saved := uuid.Nil
	var wrong error
	take := func(f map[string]string, name string, content io.Reader) {
		readRecord(&r, f)
		r.Filename = name
		saved, wrong = s.Filings.SaveRecord(v.UserContext(), v.me(), r, content)
	}
	taken := false
	fields, err := v.Upload(func(field, name string, file io.Reader, f map[string]string) error {
		if field == "document" && name != "" && !taken {
			taken = true
			take(f, name, file)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !taken {
		take(fields, "", nil)
	}
	if wrong == nil {
		v.Notice("web.saved")
		return v.Go(recordsPath + "/" + saved.String())
	}
	if !mendable(wrong) {
		return wrong
	}
	return s.showWrongRecord(v, r, wrong)
}

// readRecord takes the fields of the form as they were typed.
func readRecord(r *filing.Record, f map[string]string) {
	r.Kind, r.Number, r.Title, r.Participants = f["kind"], f["number"], f["title"], strings.ReplaceAll(f["participants"], "\r\n", "\n")
	r.State, r.Note, r.FiledOn = f["state"], f["note"], clock.Day(f["filed_on"])
	if d, err := clock.ParseDay(f["filed_on"]); err == nil {
		r.FiledOn = d
	}
	r.Version, _ = strconv.Atoi(f["version"]) // anything else is a conflict
}

// showWrongRecord shows the form again with what was typed. The file must be chosen once more.
func (s *Server) showWrongRecord(v *Visit, r filing.Record, wrong error) error {
	view := recordView{R: r, Own: true, Fact: v.Error(wrong), Problems: map[string]string{}}
	if r.ID != uuid.Nil {
		if now, err := s.Filings.Record(v.UserContext(), v.me(), r.ID); err == nil {
			view.R.Kind, view.R.Filename, view.R.SHA256 = now.Kind, now.Filename, now.SHA256
		}
	}
	var problems filing.Problems
	_ = errors.As(wrong, &problems) // without them the sentence on top says it all
	for _, p := range problems {
		text := s.Filings.Say(v.Lang(), p.Key, p.Args)
		view.Problems[p.Field] = text
		view.Links = append(view.Links, part.Link{Text: text, Href: part.FieldLink(p.Field)})
	}
	return s.showRecord(v, view, statusOf[fault.KindOf(wrong)])
}

func (s *Server) deleteRecord(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	if err := s.Filings.DeleteRecord(v.UserContext(), v.me(), id); err != nil {
		return err
	}
	v.Notice("info.record_gone")
	return v.Go(recordsPath)
}

func (s *Server) recordDocument(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	r, file, err := s.Filings.OpenRecordDocument(v.UserContext(), v.me(), id)
	if err != nil {
		return err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, largestDocument))
	if err != nil {
		return err
	}
	v.Set(fiber.HeaderContentType, r.ContentType)
	v.Set(fiber.HeaderContentDisposition, attachment(r.Filename))
	return v.Send(data)
}

// protectionView is the page of protection documents: what was granted with its paper, and how much there
// is of each kind.
type protectionView struct {
	Look    bool
	Granted []recordRow
	Counts  []part.Tab
	Waiting int
}

func (s *Server) protectionPage(v *Visit) error {
	list, err := s.Filings.Records(v.UserContext(), v.me(), "", false)
	if err != nil {
		return err
	}
	view := protectionView{Look: !v.Who.MayFile()}
	counts := map[string]int{}
	var granted []filing.Record
	for _, r := range list {
		counts[r.Kind]++
		if r.State == "granted" {
			granted = append(granted, r)
		} else {
			view.Waiting++
		}
	}
	view.Granted = s.recordRows(v, granted)
	for _, k := range filing.RecordKinds {
		view.Counts = append(view.Counts, part.Tab{Text: v.T("info.record." + k), Count: counts[k], Href: recordsPath + "?kind=" + k})
	}
	return v.Show(Page{Title: v.T("info.nav.protection"), Here: protectionPath}, protectionPage(view))
}

func recordAction(id string) string {
	if id == "" {
		return recordsPath
	}
	return recordsPath + "/" + id
}

// recordNumber is the number of an application, or that it has none yet.
func recordNumber(ctx context.Context, r recordRow) string {
	if r.Number == "" {
		return part.T(ctx, "info.records.no_number")
	}
	return r.Number
}
