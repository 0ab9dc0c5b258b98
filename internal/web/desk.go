package web

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/kind"
	"kualik/internal/matching"
	"kualik/internal/person"
	"kualik/internal/registry"
	"kualik/internal/review"
	"kualik/internal/web/part"
)

const deskPath = "/review"

func (s *Server) mountDesk() {
	s.get(deskPath, account.Review, s.deskFirst)
	s.post(deskPath+"/undo", account.Review, s.undoDecision)
	s.post(deskPath+"/undo-last", account.Review, s.undoLast)
	for _, panel := range []string{"", "/fields", "/applications", "/people/:position", "/copies"} {
		s.get(deskPath+"/:id"+panel, account.Review, s.deskPage)
	}
	s.post(deskPath+"/:id/here", account.Review, s.deskHere)
	s.mountDecisions()
	s.addNav(navEntry{group: 0, order: 20, key: "web.nav.review", path: deskPath, icon: "inbox", action: account.Review,
		count: func(f Facts) int { return f.Review }, call: true})
}

// deskGroup is the cases of one reason.
type deskGroup struct {
	Reason string
	Items  []review.Item
}

// deskView is the desk with one case open, or with none when nothing waits.
type deskView struct {
	Groups  []deskGroup
	Total   int
	Today   int
	Filter  review.Filter
	Me      string // the reader's name
	Here    uuid.UUID
	Next    uuid.UUID // the case after this one
	Before  uuid.UUID
	Others  []string // who else has it open
	CanUndo bool

	Case    *caseView
	Message *messageView
}

// deskFirst opens the first case of the queue.
func (s *Server) deskFirst(v *Visit) error {
	items, err := s.Desk.Queue(v.UserContext(), filterOfDesk(v))
	if err != nil {
		return err
	}
	if len(items) > 0 {
		v.keepNotice()
		return v.Go(part.HrefWith(deskPath+"/"+items[0].ID.String(), v.Values()))
	}
	view, err := s.newDesk(v, uuid.Nil)
	if err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("web.nav.review"), Here: deskPath, Folded: true, Bare: true}, deskPage(view))
}

func filterOfDesk(v *Visit) review.Filter {
	f := review.Filter{Later: v.Query("later") == "1"}
	if r := v.Query("reason"); slices.Contains(review.Reasons, r) {
		f.Reason = r
	}
	return f
}

// newDesk reads the queue around the case that is open.
func (s *Server) newDesk(v *Visit, here uuid.UUID) (deskView, error) {
	ctx := v.UserContext()
	view := deskView{Me: v.Who.Name, Here: here, Filter: filterOfDesk(v)}
	items, err := s.Desk.Queue(ctx, view.Filter)
	if err != nil {
		return view, err
	}
	view.Total = len(items)
	for i, item := range items {
		if n := len(view.Groups); n == 0 || view.Groups[n-1].Reason != item.Reason {
			view.Groups = append(view.Groups, deskGroup{Reason: item.Reason})
		}
		g := &view.Groups[len(view.Groups)-1]
		g.Items = append(g.Items, item)
		if item.ID != here {
			continue
		}
		if i+1 < len(items) {
			view.Next = items[i+1].ID
		}
		if i > 0 {
			view.Before = items[i-1].ID
		}
	}
	if view.Next == uuid.Nil && len(items) > 0 && items[0].ID != here {
		view.Next = items[0].ID
	}
	if view.Today, err = s.Desk.DecidedSince(ctx, midnight(v)); err != nil {
		return view, err
	}
	_, err = s.Desk.LastDecision(ctx, v.Who.Actor())
	view.CanUndo = err == nil
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	return view, err
}

// deskPage opens a case: a certificate or a message.
func (s *Server) deskPage(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	return s.showCase(v, id, 0, func(*caseView) {})
}

// showCase answers with the desk; change may add to the case what a form that failed has typed.
func (s *Server) showCase(v *Visit, id uuid.UUID, status int, change func(*caseView)) error {
	ctx := v.UserContext()
	view, err := s.newDesk(v, id)
	if err != nil {
		return err
	}
	c, err := s.newCase(v, id)
	switch {
	case err == nil:
		if c.MergedInto != nil {
			return v.Go("/certificates/" + c.MergedInto.String())
		}
		c.Next = view.Next
		change(&c)
		view.Case = &c
	case fault.Is(err, fault.NotFound):
		m, err := s.newMessageView(v, id)
		if err != nil {
			return err
		}
		m.Next = view.Next
		view.Message = &m
	default:
		return err
	}
	if view.Others, err = s.Desk.Open(ctx, id, v.Who.ID, v.Who.Name); err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("web.nav.review"), Here: deskPath, Folded: true, Bare: true, Status: status}, deskPage(view))
}

// deskHere says that the case is still being looked at; a script calls it once a minute.
func (s *Server) deskHere(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	if _, err := s.Desk.Open(v.UserContext(), id, v.Who.ID, v.Who.Name); err != nil {
		return err
	}
	return v.SendStatus(204)
}

// href is a page of the desk that keeps what the queue is narrowed to.
func (d deskView) href(id uuid.UUID) string {
	return deskPath + "/" + id.String() + d.query()
}

func (d deskView) query() string {
	q := url.Values{}
	if d.Filter.Reason != "" {
		q.Set("reason", d.Filter.Reason)
	}
	if d.Filter.Later {
		q.Set("later", "1")
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// caseView is a certificate on the desk. Panel is the form that is open beside it.
type caseView struct {
	review.Case
	Viewer   part.ViewerView
	Proof    proof
	Compare  compareView
	Query    string // of the queue's filter, behind every address
	Next     uuid.UUID
	Panel    string // "", fields, applications, people, copies
	Position int    // of the author, in panel people
	Search   string // what the panel's search box holds
	Filed    []registry.Filed
	Staff    []registry.Person
	Found    []registry.ListRow
	Fields   fieldsForm
	Problem  string
	Since    string
}

func (s *Server) newCase(v *Visit, id uuid.UUID) (caseView, error) {
	ctx := v.UserContext()
	c := caseView{Query: deskView{Filter: filterOfDesk(v)}.query(), Search: v.Query("q")}
	var err error
	if c.Case, err = s.Desk.Case(ctx, id); err != nil {
		return c, err
	}
	if c.Proof, err = s.prove(ctx, c.Certificate, c.DocumentSHA256, c.Messages); err != nil {
		return c, err
	}
	page := v.Context()
	c.Compare = compareCandidates(page, c.Case)
	c.Fields = fieldsOf(c.Certificate)
	if err := s.openPanel(v, &c); err != nil {
		return c, err
	}
	c.Viewer = s.viewer(page, c.Certificate, c.Messages, c.fieldLinks())
	return c, nil
}

// fieldLinks tells where a field in the document leads: into the form or the table beside it, if one is there.
func (c caseView) fieldLinks() func(no int) string {
	switch {
	case c.Panel == "fields":
		return toForm
	case c.Panel == "" && c.Reading == registry.Review:
		return toRow
	}
	return nil
}

// openPanel reads what the panel of the address needs.
func (s *Server) openPanel(v *Visit, c *caseView) (err error) {
	ctx := v.UserContext()
	patterns := person.SearchPatterns(c.Search)
	c.Panel = panelOf(v.Path())
	switch c.Panel {
	case "applications":
		c.Filed, err = registry.SearchApplications(ctx, s.Pool, patterns, c.ID, 20)
	case "people":
		c.Position, err = v.ParamsInt("position")
		if err != nil || c.Position < 1 || c.Position > len(c.Authors) {
			return errNoPage
		}
		c.Staff, err = registry.SearchPeople(ctx, s.Pool, patterns, 20)
	case "copies":
		if c.Search != "" {
			c.Found, err = registry.List(ctx, s.Pool, registry.Filter{Query: c.Search}, registry.Page{Limit: 10})
		}
	}
	return err
}

var panels = []string{"fields", "applications", "people", "copies"}

func panelOf(path string) string {
	for _, p := range panels {
		if rest := path[len(deskPath):]; len(rest) > 38 && len(rest) >= 38+len(p) && rest[38:38+len(p)] == p {
			return p
		}
	}
	return ""
}

// href is a page of this case.
func (c caseView) href(panel string) string {
	path := deskPath + "/" + c.ID.String()
	if panel != "" {
		path += "/" + panel
	}
	return path + c.Query
}

// asked is the first author about whom a person must decide, 0 when there is none.
func (c caseView) asked() int {
	for _, a := range c.Authors {
		if a.Decision == registry.DecisionReview {
			return a.Position
		}
	}
	return 0
}

// why says in a sentence why the case is here.
func (c caseView) why(ctx context.Context) (fact, more string) {
	m := c.Explanation
	switch c.Reason {
	case "two_applications":
		return part.T(ctx, "desk.fact.margin", "Margin", part.Dec(ctx, m.Margin, 1), "Wanted", part.Dec(ctx, 5, 0)), part.T(ctx, when(c.Compare.differ(), "desk.fact.two_more")+when(!c.Compare.differ(), "desk.fact.two_same"))
	case "weak_application":
		return matchReason(ctx, m.Reason) + ".", part.T(ctx, "desk.fact.weak_more")
	case "namesakes", "person_unsure":
		n := 0
		for _, a := range c.Authors {
			if a.Decision == registry.DecisionReview {
				n++
			}
		}
		return part.T(ctx, "desk.fact."+c.Reason, "Count", n), part.T(ctx, "desk.fact.person_more")
	case "sender_says":
		return part.T(ctx, "desk.why.sender_says") + ".", part.T(ctx, "desk.fact.sender_says")
	case "":
		return "", ""
	}
	return readingReason(ctx, c.ReadingReason) + ".", part.T(ctx, "desk.fact."+c.Reason)
}

// headline is the line above the title: the reason and how long it has waited.
func (c caseView) headline(ctx context.Context) string {
	if c.Reason == "" {
		return part.T(ctx, "desk.nothing_asked")
	}
	return part.T(ctx, "desk.why."+c.Reason) + " · " + part.T(ctx, "desk.waits", "Age", age(ctx, c.FirstReceivedAt))
}

// candidatePeople are those whom an author may be, best first.
func (c caseView) candidatePeople(a registry.Author) (list []personCandidate) {
	for _, cand := range a.Explanation.Candidates {
		id, err := uuid.Parse(cand.ID)
		if err != nil {
			continue
		}
		if p, ok := c.People[id]; ok {
			list = append(list, personCandidate{p, cand})
		}
	}
	return list
}

func (c caseView) author() registry.Author { return c.Authors[c.Position-1] }

// keepNotice hands the notice of a page that only leads on to the next one.
func (v *Visit) keepNotice() {
	if v.notice != nil {
		v.noticeUndo(*v.notice)
	}
}

// allKeys are the keys of the desk in the order in which the help lists them.
var allKeys = []string{"J", "K", "1", "2", "3", "A", "F", "N", "P", "R", "E", "S", "X", "Z", "/", "?"}

var keyWords = map[string]string{"J": "next", "K": "previous", "1": "candidate_1", "2": "candidate_2", "3": "candidate_3", "A": "accept", "F": "other",
	"N": "none", "P": "person", "R": "confirm", "E": "edit", "S": "later", "X": "not_certificate", "Z": "undo", "/": "search", "?": "all"}

// caseNumber is what a case of the queue is called.
func caseNumber(ctx context.Context, i review.Item) string {
	switch {
	case i.Message:
		return part.T(ctx, "desk.letter_case")
	case i.Number == "":
		return part.T(ctx, "desk.no_number")
	}
	return numero(i.Number)
}

// openBy names those who have a case of the queue open, but not the reader.
func (d deskView) openBy(i review.Item) string {
	names := slices.DeleteFunc(strings.Split(i.OpenBy, ", "), func(n string) bool { return n == d.Me })
	return namesLine(names)
}

// namesLine writes several names short, one after the other.
func namesLine(names []string) string {
	short := make([]string, len(names))
	for i, n := range names {
		short[i] = part.ShortName(titleCase(n))
	}
	return joinNonEmpty(", ", short...)
}

func kindOptions(ctx context.Context) []part.Option {
	list := []part.Option{{Value: "", Text: "—"}}
	for _, code := range kind.Codes {
		list = append(list, part.Option{Value: code, Text: kindName(ctx, code, "")})
	}
	return list
}

// personEvidence says in a line what speaks for a person.
func personEvidence(ctx context.Context, c matching.Candidate) string {
	words := make([]string, 0, len(c.Evidence))
	for _, e := range c.Evidence {
		words = append(words, part.T(ctx, "desk.evidence_field."+e.Field)+": "+evidenceWords(ctx, e))
	}
	if len(c.Vetoes) > 0 {
		words = append(words, vetoWords(ctx, c.Vetoes))
	}
	return joinNonEmpty("; ", words...)
}

// taken tells whether a candidate has a certificate already.
func (c compareView) taken() bool {
	return slices.ContainsFunc(c.Heads, func(h compareHead) bool { return h.Taken != "" })
}
