package web

import (
	"encoding/json"
	"strconv"

	"kualik/internal/account"
	"kualik/internal/audit"
	"kualik/internal/web/part"
)

// Who looked at the reader's data: the number, copies of documents, statements in which it stands.

const looksPath = "/my/looks"

func (s *Server) mountLooks() {
	s.get(looksPath, account.SeeOwnLooks, s.looksPage)
	s.addNav(navEntry{group: 0, order: 7, key: "audit.nav.looks", path: looksPath, icon: "eye", action: account.SeeOwnLooks, cabinet: true})
}

// looksView is the list.
type looksView struct {
	Tabs  []part.Tab
	Rows  []lookRow
	Older string
	Only  bool // others only
}

type lookRow struct {
	When, Who, What, Of, Href string
	Own, Program              bool
}

func (s *Server) looksPage(v *Visit) error {
	ctx, q := v.UserContext(), v.Values()
	keys, err := s.ownKeys(v)
	if err != nil {
		return err
	}
	before, _ := strconv.ParseInt(q.Get("before"), 10, 64) // anything else begins at the newest
	view := looksView{Only: q.Get("who") == "others"}
	except := ""
	if view.Only {
		except = v.Who.ID.String()
	}
	list, err := audit.Looks(ctx, s.Pool, keys, except, max(before, 0), deedsShown)
	if err != nil {
		return err
	}
	numbers, err := s.filingNumbers(ctx, list)
	if err != nil {
		return err
	}
	for _, d := range list {
		r := lookRow{When: part.Moment(v.Context(), d.At), Who: s.actorWords(v, d.Actor, d.ActorName), What: lookWords(v, d), Own: d.Actor == v.Who.ID.String(), Program: !isID(d.Actor)}
		if r.Of, r.Href = subjectWords(v.Lang(), d, numbers); d.SubjectKind == "account" || d.SubjectKind == "staff" {
			r.Of, r.Href = v.T("audit.look.of."+d.SubjectKind), ""
		}
		view.Rows = append(view.Rows, r)
	}
	view.Tabs = []part.Tab{{Text: v.T("audit.look.all"), Href: looksPath, Here: !view.Only}, {Text: v.T("audit.look.others"), Href: looksPath + "?who=others", Here: view.Only}}
	if len(list) == deedsShown {
		view.Older = part.HrefWith(looksPath, q, "before", strconv.FormatInt(list[len(list)-1].ID, 10))
	}
	return v.Show(Page{Title: v.T("audit.look.title"), Here: looksPath}, looksPage(view))
}

// ownKeys are the keys of the reader in the audit, as an account and as a member of staff.
func (s *Server) ownKeys(v *Visit) ([]audit.Person, error) {
	keys, err := s.Accounts.Keys(v.UserContext(), v.Who.ID)
	if err != nil || v.Who.StaffID == nil || s.Staff == nil {
		return keys, err
	}
	staff, err := s.Staff.Keys(v.UserContext(), *v.Who.StaffID)
	return append(keys, staff...), err
}

// lookWords says what was done with the reader's data.
func lookWords(v *Visit, d audit.Deed) string {
	var after struct {
		Kind string `json:"kind"`
	}
	_ = json.Unmarshal(d.After, &after) // no kind then
	key := "audit.look." + d.Action
	if text := v.T(key + "." + after.Kind); after.Kind != "" && text != key+"."+after.Kind {
		return text
	}
	return wordsOr(v.Lang(), key, actionWords(v.Lang(), d.Action))
}
