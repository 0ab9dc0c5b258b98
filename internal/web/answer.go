package web

import (
	"context"
	"fmt"
	"math/big"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/rating"
	"kualik/internal/registry"
	replies "kualik/internal/reply"
	"kualik/internal/web/part"
)

// The pages behind the personal links of letters about a certificate: without a log-in, for one thumb. What
// stands in the address is a secret, so the pages send no referrer, are kept nowhere, and are looked at
// without changing anything; package reply says what an answer may do.

const answerPath = "/a/"

func (s *Server) mountAnswers() {
	if s.Replies == nil {
		return
	}
	s.get("/a/:token", anybody, s.linkedPage)
	s.post("/a/:token", anybody, s.linkedAnswer)
	s.get("/a/:token/correct", anybody, s.linkedCorrectPage)
	s.post("/a/:token/correct", anybody, s.linkedCorrect)
	s.post("/a/:token/undo", anybody, s.linkedUndo)
	s.get("/a/:token/page.png", anybody, s.linkedPicture)
}

// answerView is what a personal link shows.
type answerView struct {
	replies.Link
	Token   string
	Picture string
	File    string // what the file shows of itself
	Full    *big.Rat
	Share   *big.Rat
	Problem string
	Fields  fieldsForm
	Note    string
	May     bool // the reader is the one whom the letter went to, as far as one can tell
}

// linked reads the link of the address, in the language of its letter unless the reader has chosen another.
func (s *Server) linked(v *Visit) (l answerView, err error) {
	v.Set("Referrer-Policy", "no-referrer")
	v.Set("X-Robots-Tag", "noindex, nofollow")
	l.Token = v.Params("token")
	if l.Link, err = s.Replies.Look(v.UserContext(), l.Token); err != nil {
		return l, err
	}
	if _, chosen := i18n.Parse(v.s.cookie(v.Ctx, "lang")); !chosen && v.Query("lang") == "" && !v.Known() {
		v.env.Lang = l.Lang
	}
	l.May = l.MayRead(v.Known(), v.Who.StaffID)
	if l.Document != "" && s.Render != nil && l.May {
		l.Picture = answerPath + l.Token + "/page.png"
	}
	if l.Document != "" && l.May {
		messages, err := registry.Messages(v.UserContext(), s.Pool, l.Certificate.ID)
		if err != nil {
			return l, err
		}
		if l.File, err = s.fileWords(v.Context(), l.Certificate, l.Document, messages); err != nil {
			return l, err
		}
	}
	l.Fields = fieldsOf(l.Certificate)
	if s.Rating == nil || l.StaffID == nil {
		return l, nil
	}
	set, err := s.Rating.Rules(v.UserContext())
	if err != nil {
		return l, err
	}
	l.Full, l.Share, _ = set.Rules.Each(l.Certificate.Kind, len(l.Certificate.Authors))
	return l, nil
}

// linkedPage shows the question, or what became of it.
func (s *Server) linkedPage(v *Visit) error {
	l, err := s.linked(v)
	if err != nil {
		return err
	}
	return s.showLinked(v, l, 200)
}

func (s *Server) showLinked(v *Visit, l answerView, status int) error {
	switch {
	case !l.May:
		return v.write(fiber.StatusForbidden, linkedOther(l))
	case l.State == replies.Answered:
		return v.write(status, linkedThanks(l))
	case l.State == replies.Open:
		return v.write(status, linkedQuestion(l))
	}
	return v.write(fiber.StatusGone, linkedOver(l))
}

// linkedAnswer takes a yes or a no.
func (s *Server) linkedAnswer(v *Visit) error {
	l, err := s.linked(v)
	if err != nil {
		return err
	}
	answer := v.Text("answer")
	if answer != replies.Yes && answer != replies.No {
		return errNoPage
	}
	position, err := strconv.Atoi(v.FormValue("position", "0"))
	if err != nil {
		return errNoPage
	}
	return s.tapped(v, l, replies.Tap{Answer: answer, Position: position, Seen: v.Text("seen")})
}

// tapped hands an answer over and shows how it ended.
func (s *Server) tapped(v *Visit, l answerView, t replies.Tap) error {
	t.LoggedIn, t.Reader = v.Known(), v.Who.StaffID
	err := s.Replies.Tap(v.UserContext(), l.Token, t)
	if err == nil {
		s.stale()
		s.recount()
		return v.Go(answerPath + l.Token)
	}
	if !mendable(err) && !fault.Is(err, fault.Forbidden) {
		return err
	}
	// Another tab, another person, or the desk was quicker: the page says how things are now.
	again, looked := s.linked(v)
	if looked != nil {
		return looked
	}
	again.Problem, again.Fields, again.Note = v.Error(err), l.Fields, l.Note
	if t.Answer == replies.Correct && again.State == replies.Open && again.May {
		return v.write(statusOf[fault.KindOf(err)], linkedCorrection(again))
	}
	return s.showLinked(v, again, statusOf[fault.KindOf(err)])
}

func (s *Server) linkedCorrectPage(v *Visit) error {
	l, err := s.linked(v)
	if err != nil {
		return err
	}
	if l.State != replies.Open || !l.May {
		return s.showLinked(v, l, 200)
	}
	return v.write(200, linkedCorrection(l))
}

// linkedCorrect takes proposed fields; those that the form does not have stay as they are.
func (s *Server) linkedCorrect(v *Visit) error {
	l, err := s.linked(v)
	if err != nil {
		return err
	}
	typed := typedFields(v)
	typed.Kind, typed.KindText, typed.TitleKK, typed.URL = l.Fields.Kind, l.Fields.KindText, l.Fields.TitleKK, l.Fields.URL
	l.Fields, l.Note = typed, v.Text("note")
	fields, err := typed.fields()
	if err == nil && len([]rune(l.Note)) > longestNote {
		err = fault.New(fault.Invalid, "reply.error.long")
	}
	if err != nil {
		l.Problem = v.Error(err)
		return v.write(statusOf[fault.KindOf(err)], linkedCorrection(l))
	}
	return s.tapped(v, l, replies.Tap{Answer: replies.Correct, Fields: fields, Note: l.Note, Seen: v.Text("seen")})
}

// longestNote bounds what somebody without a log-in can leave here.
const longestNote = 2000

// linkedUndo takes the answer back.
func (s *Server) linkedUndo(v *Visit) error {
	l, err := s.linked(v)
	if err != nil {
		return err
	}
	err = s.Replies.Undo(v.UserContext(), l.Token, v.Known(), v.Who.StaffID)
	if err != nil && mendable(err) {
		l.Problem, l.UndoUntil = v.Error(err), nil
		return s.showLinked(v, l, statusOf[fault.KindOf(err)])
	}
	if err != nil {
		return err
	}
	s.stale()
	s.recount()
	return v.Go(answerPath + l.Token)
}

// linkedPicture draws the page of the document that the link may show.
func (s *Server) linkedPicture(v *Visit) error {
	l, err := s.linked(v)
	if err != nil {
		return err
	}
	if l.Picture == "" || l.Past || l.State == replies.Gone || s.Blobs == nil {
		return errNoDocument
	}
	messages, err := registry.Messages(v.UserContext(), s.Pool, l.Certificate.ID)
	if err != nil {
		return err
	}
	data, err := s.documentBytes(v.UserContext(), l.Document, innerName(l.Document, messages))
	if err != nil {
		return err
	}
	picture, err := s.Render(v.UserContext(), data, l.Page, dots)
	if err != nil || len(picture) == 0 {
		s.Log.Info("page not drawn", "certificate", l.Certificate.ID, "page", l.Page, "error", err)
		return errNoDocument
	}
	v.Set(fiber.HeaderContentType, "image/png")
	return v.Send(picture)
}

// me is the author who the reader is, or probably is.
func (l answerView) me() int {
	if l.Position > 0 {
		return l.Position
	}
	return l.Suggested
}

// chooses tells that the reader must say which author they are.
func (l answerView) chooses() bool { return l.Position == 0 }

func (l answerView) worth() *big.Rat { return new(big.Rat).Mul(l.Full, l.Share) }

// lead says whose letter brought the certificate, and why the reader is asked.
func (l answerView) lead(ctx context.Context) string {
	day := part.Day(ctx, dayIn(ctx, l.ReceivedAt))
	text := part.T(ctx, "reply.page.came", "Day", day)
	switch {
	case l.Own:
		text = part.T(ctx, "reply.page.own", "Day", day)
	case l.From != "":
		text = part.T(ctx, "reply.page.sent_by", "Day", day, "Name", part.ShortName(l.From))
	}
	why := "reply.page.choose"
	switch {
	case l.Settled:
		why = "reply.page.settled"
	case l.Position > 0 && l.Certificate.Authors[l.Position-1].Decision == registry.Auto:
		why = "reply.page.counted"
	case l.Position > 0:
		why = "desk.mine.looks_like_you"
	}
	return text + " " + part.T(ctx, why)
}

// terms says until when the link holds, and what an answer gives.
func (l answerView) terms(ctx context.Context) string {
	text := ""
	if l.Share != nil && l.Position > 0 && !l.Settled {
		text = part.T(ctx, "desk.mine.worth", "Share", rating.Fraction(l.Share), "Points", points(ctx, l.worth())) + " "
	}
	return text + part.T(ctx, "reply.page.until", "Day", part.Day(ctx, l.LastDay))
}

// outcome says what became of an answer.
func (l answerView) outcome(ctx context.Context) string {
	c := l.Certificate
	switch {
	case l.Answer == replies.Correct:
		return part.T(ctx, "reply.page.said_correct")
	case l.Said && l.Answer == replies.Yes && l.StaffID == nil:
		return part.T(ctx, "reply.page.said_yes")
	case l.Said && l.Answer == replies.Yes:
		return part.T(ctx, "reply.page.said_known")
	case l.Said:
		return part.T(ctx, "reply.page.said_no")
	case l.Answer == replies.No:
		return part.T(ctx, "desk.mine.never_again")
	case c.Reading == registry.Review:
		return part.T(ctx, "reply.page.after_reading", "Number", numero(c.Number))
	}
	return part.T(ctx, "desk.mine.counted", "Number", numero(c.Number), "Year", academicYear(ctx, c.RegisteredOn))
}

// counts tells that the answer gave the reader points.
func (l answerView) counts() bool {
	return l.Answer == replies.Yes && !l.Said && l.Share != nil && l.Certificate.Reading != registry.Review
}

func (l answerView) href(rest string) string { return fmt.Sprint(answerPath, l.Token, rest) }
