package web

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/web/part"
)

// The tab "Участники": who is named, who has signed, and who has been asked to.

func (s *Server) mountFilingPeople() {
	s.get("/filings/:id/participants/new", account.File, s.newParticipantPage)
	s.post("/filings/:id/participants/find", account.File, s.change(s.findParticipant))
	s.post("/filings/:id/participants/forget", account.File, s.change(s.forgetContact))
	s.post("/filings/:id/participants", account.File, s.change(s.addParticipant))
	s.get("/filings/:id/participants/:person", account.File, s.participantPage)
	s.post("/filings/:id/participants/:person", account.File, s.change(s.changeParticipant))
	s.post("/filings/:id/participants/:person/remove", account.File, s.change(s.removeParticipant))
	s.post("/filings/:id/participants/:person/invite", account.File, s.change(s.inviteParticipant))
	s.post("/filings/:id/participants/:person/remind", account.File, s.remindParticipant)
	s.post("/filings/:id/participants/:person/reveal", account.File, s.revealNumber)
}

// partyView is the form of one participant.
type partyView struct {
	*filingView
	ID       uuid.UUID // Nil: a new one
	Entry    filing.Entry
	Masked   string // the number that stays when the field is empty
	Picked   string // whose entry of the address book fills what is empty
	Problems filing.Problems
	Problem  string
	Find     string
	Found    []filing.Suggestion
	Searched bool
}

func (s *Server) newParticipantPage(v *Visit) error {
	f, err := s.seeFiling(v, filing.TabParticipants)
	if err != nil {
		return err
	}
	if !f.Can(filing.AddParticipant) {
		return v.Go(filingPath(f.ID, "/participants"))
	}
	p := partyView{filingView: f, Entry: filing.Entry{Role: filing.Author, Type: filing.Individual, Country: account.Kazakhstan}}
	return s.showParty(v, p, 0)
}

// pick takes an entry of the address book into the form.
func (p *partyView) pick(list []filing.Suggestion, id string) {
	for _, g := range list {
		if g.ID == id {
			p.Entry.Suggestion, p.Entry.Name, p.Masked, p.Picked = g.ID, g.Name, g.Masked, g.Name
		}
	}
}

// showParty shows the form with the first of the address book beside it.
func (s *Server) showParty(v *Visit, p partyView, status int) error {
	if p.ID == uuid.Nil && !p.Searched {
		var err error
		if p.Found, err = s.Filings.Suggest(v.UserContext(), v.me(), ""); err != nil {
			return err
		}
	}
	return v.Show(Page{Title: p.heading(v.Context()), Here: filingsPath, Status: status}, participantForm(p))
}

func (s *Server) findParticipant(v *Visit) error {
	f, err := s.seeFiling(v, filing.TabParticipants)
	if err != nil {
		return err
	}
	if !f.Can(filing.AddParticipant) {
		return v.Go(filingPath(f.ID, "/participants"))
	}
	p := partyView{filingView: f, Entry: entryOf(v), Find: v.Text("find"), Searched: true}
	if p.Found, err = s.Filings.Suggest(v.UserContext(), v.me(), p.Find); err != nil {
		return err
	}
	p.pick(p.Found, v.Text("pick"))
	return s.showParty(v, p, 0)
}

func (s *Server) forgetContact(v *Visit) error {
	f, err := s.seeFiling(v, filing.TabParticipants)
	if err != nil {
		return err
	}
	if !f.Can(filing.AddParticipant) {
		return v.Go(filingPath(f.ID, "/participants"))
	}
	if err := s.Filings.ForgetContact(v.UserContext(), v.me(), v.Text("suggestion")); err != nil {
		return s.refused(v, filing.TabParticipants, err)
	}
	v.Notice("cabinet.people.forgotten")
	return v.Go(filingPath(f.ID, "/participants/new"))
}

func entryOf(v *Visit) filing.Entry {
	e := filing.Entry{Role: filing.Role(v.Text("role")), Type: v.Text("type"), Number: v.Text("number"), Name: v.Text("name"),
		Unmentioned: v.Text("unmentioned") != "", Country: country(v), City: v.Text("city"), Address: v.Text("address"),
		Postcode: v.Text("postcode"), Phone: v.Text("phone"), Email: v.Text("email"), Suggestion: v.Text("suggestion")}
	if !slices.Contains(filing.Roles, e.Role) {
		e.Role = filing.Author
	}
	if e.Type != filing.Organisation {
		e.Type = filing.Individual
	}
	return e
}

func (s *Server) addParticipant(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	e := entryOf(v)
	if _, err := s.Filings.AddParticipant(v.UserContext(), v.me(), id, e); err != nil {
		return s.wrongPerson(v, uuid.Nil, e, err)
	}
	v.Notice("cabinet.people.added", "Name", e.Name)
	return v.Go(filingPath(id, "/participants"))
}

// wrongPerson shows the form again with what was typed and what is wrong with it.
func (s *Server) wrongPerson(v *Visit, person uuid.UUID, e filing.Entry, cause error) error {
	if !mendable(cause) {
		return cause
	}
	f, err := s.seeFiling(v, filing.TabParticipants)
	if err != nil {
		return err
	}
	p := partyView{filingView: f, ID: person, Entry: e, Picked: when(e.Suggestion != "", e.Name)}
	if old, ok := f.participant(person); ok {
		p.Masked = old.Masked
	}
	if !errors.As(cause, &p.Problems) {
		p.Problem = v.Error(cause)
	}
	return s.showParty(v, p, statusOf[fault.KindOf(cause)])
}

// person finds the participant of the address.
func (s *Server) person(v *Visit) (f *filingView, p filing.Participant, err error) {
	if f, err = s.seeFiling(v, filing.TabParticipants); err != nil {
		return nil, p, err
	}
	id, err := v.ID("person")
	if err != nil {
		return nil, p, err
	}
	p, ok := f.participant(id)
	if !ok {
		return nil, p, errNoPage
	}
	return f, p, nil
}

func (f *filingView) participant(id uuid.UUID) (filing.Participant, bool) {
	for _, p := range f.Participants {
		if p.ID == id && id != uuid.Nil {
			return p, true
		}
	}
	return filing.Participant{}, false
}

func (s *Server) participantPage(v *Visit) error {
	f, p, err := s.person(v)
	if err != nil {
		return err
	}
	view := partyView{filingView: f, ID: p.ID, Entry: p.Entry, Masked: p.Masked}
	for _, w := range f.placesOf(p.ID) {
		if v.Query("check") != "" {
			view.Problems = append(view.Problems, w)
		}
	}
	return s.showParty(v, view, 0)
}

// placesOf are the places to mend of one participant.
func (f *filingView) placesOf(id uuid.UUID) (out []filing.Problem) {
	for _, p := range f.Problems {
		if p.Tab == filing.TabParticipants && p.Participant == id.String() {
			out = append(out, p)
		}
	}
	return out
}

func (s *Server) changeParticipant(v *Visit) error {
	f, p, err := s.person(v)
	if err != nil {
		return err
	}
	e := entryOf(v)
	if err := s.Filings.ChangeParticipant(v.UserContext(), v.me(), f.ID, p.ID, e); err != nil {
		return s.wrongPerson(v, p.ID, e, err)
	}
	v.Notice("cabinet.people.saved", "Name", orDash(e.Name))
	return v.Go(filingPath(f.ID, "/participants"))
}

// withPerson does something to the participant of the address and says so on the next page.
func (s *Server) withPerson(v *Visit, key string, do func(ctx context.Context, who filing.Who, id, person uuid.UUID) error) error {
	f, p, err := s.person(v)
	if err != nil {
		return err
	}
	if err := do(v.UserContext(), v.me(), f.ID, p.ID); err != nil {
		return s.refused(v, filing.TabParticipants, err)
	}
	v.Notice(key, "Name", titleCase(p.Name))
	return v.Go(filingPath(f.ID, "/participants"))
}

func (s *Server) removeParticipant(v *Visit) error {
	return s.withPerson(v, "cabinet.people.removed", s.Filings.RemoveParticipant)
}

func (s *Server) inviteParticipant(v *Visit) error {
	return s.withPerson(v, "cabinet.invite.done", s.Filings.Invite)
}

func (s *Server) remindParticipant(v *Visit) error {
	return s.withPerson(v, "cabinet.remind.done", s.Filings.Remind)
}

// revealNumber shows one whole number on the page, which is recorded; it is never in an address.
func (s *Server) revealNumber(v *Visit) error {
	f, p, err := s.person(v)
	if err != nil {
		return err
	}
	number, err := s.Filings.RevealNumber(v.UserContext(), v.me(), f.ID, p.ID)
	if err != nil {
		return s.refused(v, filing.TabParticipants, err)
	}
	f.Revealed = map[uuid.UUID]string{p.ID: number}
	return s.showFiling(v, f, 0)
}

// wrong is the sentence below a field of the form.
func (p partyView) wrong(ctx context.Context, field string) string {
	for _, w := range p.Problems {
		if w.Field == field {
			return say(ctx, w.Key, w.Args)
		}
	}
	return ""
}

func (p partyView) links(ctx context.Context) (out []part.Link) {
	for _, w := range p.Problems {
		out = append(out, part.Link{Text: say(ctx, w.Key, w.Args), Href: part.FieldLink(w.Field)})
	}
	return out
}

func roleOptions(ctx context.Context) (out []part.Option) {
	for _, r := range filing.Roles {
		out = append(out, part.Option{Value: string(r), Text: part.T(ctx, "cabinet.role."+string(r))})
	}
	return out
}

// roleName is a participant's role as the table shows it.
func roleName(ctx context.Context, p filing.Participant) string {
	if p.Role == filing.Applicant {
		return part.T(ctx, "cabinet.people.applicant", "Type", partyType(ctx, p.Type))
	}
	return part.T(ctx, "cabinet.role."+string(p.Role))
}

// signChip is the state of a signature: its shape and words.
func signChip(ctx context.Context, f *filingView, p filing.Participant) (kind, text string) {
	key := "cabinet.sign." + string(p.Sign)
	switch p.Sign {
	case filing.SignDone:
		return "good", part.T(ctx, key, "At", shortAt(ctx, p.SignedAt))
	case filing.SignWaiting:
		if rest := left(ctx, f.Deadline); rest != "" {
			return "waiting", part.T(ctx, "cabinet.sign.waiting_left", "Left", rest)
		}
		return "waiting", part.T(ctx, key)
	case filing.SignLate, filing.SignRefused:
		return "rejected", part.T(ctx, key)
	case filing.SignNotYet:
		return "draft", part.T(ctx, key)
	}
	return "none", part.T(ctx, key)
}

// invitation says how far an invitation got.
func invitation(ctx context.Context, i *filing.Invitation) string {
	if i == nil {
		return part.T(ctx, "cabinet.invite.none")
	}
	at := &i.SentAt
	if i.State == filing.InviteOpened && i.OpenedAt != nil {
		at = i.OpenedAt
	}
	if i.State == filing.InviteLogged && i.LoggedAt != nil {
		at = i.LoggedAt
	}
	return part.T(ctx, "cabinet.invite."+string(i.State), "At", shortAt(ctx, at))
}

// closedWhy says why nobody can be added now.
func (f *filingView) closedWhy(ctx context.Context) string {
	if f.Can(filing.Edit) {
		return part.T(ctx, "cabinet.people.closed_formed")
	}
	if f.IncomingNo != "" && !f.open() {
		return part.T(ctx, "cabinet.people.closed")
	}
	return say(ctx, f.Button(filing.AddParticipant).Why, nil)
}

func inviteText(ctx context.Context, p filing.Participant) string {
	if p.Invitation != nil {
		return part.T(ctx, "cabinet.invite.again")
	}
	return part.T(ctx, "cabinet.invite.do")
}

func personTitle(ctx context.Context, p partyView) string {
	if p.ID == uuid.Nil {
		return part.T(ctx, "cabinet.people.add")
	}
	return part.T(ctx, "cabinet.people.change_title")
}

func personDo(ctx context.Context, p partyView) string {
	if p.ID == uuid.Nil {
		return part.T(ctx, "cabinet.people.add_do")
	}
	return part.T(ctx, "cabinet.do.save")
}

func (p partyView) action() string {
	if p.ID == uuid.Nil {
		return filingPath(p.filingView.ID, "/participants")
	}
	return filingPath(p.filingView.ID, "/participants/"+p.ID.String())
}

func numberHint(ctx context.Context, p partyView) string {
	switch {
	case p.ID != uuid.Nil:
		return part.T(ctx, "cabinet.people.number_same", "Masked", p.Masked)
	case p.Masked != "":
		return part.T(ctx, "cabinet.people.number_keep", "Masked", p.Masked)
	}
	return part.T(ctx, "cabinet.people.number_hint")
}

// fromBook tells an entry of the person's own address book from a member of staff.
func fromBook(g filing.Suggestion) bool { return strings.HasPrefix(g.ID, "book:") }
