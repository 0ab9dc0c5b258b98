package web

import (
	"context"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/registry"
	"kualik/internal/review"
	"kualik/internal/web/part"
)

// What people said of a certificate behind a personal link who may not decide about it.

func (s *Server) mountSaid() {
	s.post(deskPath+"/:id/said", account.Review, func(v *Visit) error { return s.decide(v, (*Server).followSaid) })
	s.post(deskPath+"/:id/said/close", account.Review, s.closeSaid)
}

// followSaid does what somebody proposed.
func (s *Server) followSaid(v *Visit, ref review.Ref) (review.Done, error) {
	id, err := uuid.Parse(v.Text("said"))
	if err != nil {
		return review.Done{}, errNoPage
	}
	return s.Desk.FollowSaid(v.UserContext(), v.Who.Actor(), ref, id)
}

// closeSaid leaves everything as it is.
func (s *Server) closeSaid(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	said, err := uuid.Parse(v.Text("said"))
	if err != nil {
		return errNoPage
	}
	_, err = s.Desk.CloseSaid(v.UserContext(), v.Who.Actor(), said)
	if fault.Is(err, fault.Conflict) {
		return s.showCase(v, id, statusOf[fault.Conflict], func(c *caseView) { c.Problem = v.Error(err) })
	}
	if err != nil {
		return err
	}
	s.stale()
	v.Notice("reply.said.kept")
	return s.goOn(v, id)
}

// saidWords is the statement itself.
func saidWords(ctx context.Context, s review.Said) string {
	key := "reply.said." + s.Said
	if s.Author != "" && (s.Said == review.SaidMine || s.Said == review.SaidNotMine) {
		return part.T(ctx, key+"_of", "Author", titleCase(s.Author))
	}
	return part.T(ctx, key)
}

// saidBy says who it was, as far as an address tells.
func saidBy(ctx context.Context, s review.Said, people map[uuid.UUID]registry.Person) string {
	text := part.ShortMoment(ctx, s.At) + " · " + s.Address + " · "
	switch {
	case s.StaffID != nil:
		text += part.T(ctx, "reply.said.known", "Name", part.ShortName(people[*s.StaffID].Name))
	default:
		text += part.T(ctx, "reply.said.unknown")
	}
	if s.HintID != nil && s.StaffID == nil {
		text += ", " + part.T(ctx, "reply.said.hint", "Name", part.ShortName(people[*s.HintID].Name))
	}
	return text
}

// proposal is one field as somebody would have it, beside what it is now.
type proposal struct {
	Name      string
	Now, Then []part.Span
	Quoted    bool
}

// proposals are the fields that a statement would change, with the differences marked.
func proposals(ctx context.Context, s review.Said, c registry.Certificate) (list []proposal) {
	now, then := fieldsOf(c), fieldsOf(c)
	f := s.Fields.Over(c.Fields())
	then.Number, then.RegisteredOn, then.CreatedOn, then.Title = f.Number, string(f.RegisteredOn), string(f.CreatedOn), f.Title
	now.Authors, then.Authors = joinNonEmpty(", ", c.Fields().Authors...), joinNonEmpty(", ", f.Authors...)
	for _, one := range []struct {
		key, now, then string
		quoted         bool
	}{{"number", now.Number, then.Number, false}, {"registered_on", part.Day(ctx, c.RegisteredOn), part.Day(ctx, f.RegisteredOn), false},
		{"created_on", part.Day(ctx, c.CreatedOn), part.Day(ctx, f.CreatedOn), false}, {"title", now.Title, then.Title, true}, {"authors", now.Authors, then.Authors, false}} {
		if one.now != one.then {
			before, after := part.DiffWords(one.now, []string{one.then}, func(a, b string) bool { return a == b })
			list = append(list, proposal{Name: part.T(ctx, "desk.field."+one.key), Now: before, Then: after[0], Quoted: one.quoted})
		}
	}
	return list
}
