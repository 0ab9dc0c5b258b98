package web

import (
	"regexp"
	"strings"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/notify"
	"kualik/internal/web/part"
)

// outboxLetterView is one letter of the outbox: what it says, and all that happened to it.
type outboxLetterView struct {
	Tabs                []part.Tab
	ID, Subject         string
	Facts               []part.Fact
	Text, HTML          string // HTML is the address of the letter as mail programs show it
	Hidden              bool   // a link that opens something for whoever has it is not shown
	Uncertain, May      bool
	State, Chip, Reason string
	Attempts            []attemptRow
	Bounces             []bounceRow
	Files               []string
}

type attemptRow struct{ N, When, Outcome, Chip, Answer string }

type bounceRow struct{ When, Kind, Status, Words string }

// oneTime are links in letters by which whoever has them is let in or answers for somebody.
var oneTime = regexp.MustCompile(`(/(?:login/link|reset|sign|a)/)[^\s"'<>/?]+`)

// veiled hides them, also from administrators. Only the demonstration, whose people are invented, shows them.
func (s *Server) veiled(text string) (veiled string, hidden bool) {
	if s.Demo {
		return text, false
	}
	veiled = oneTime.ReplaceAllString(text, "${1}…")
	return veiled, veiled != text
}

var attemptChips = map[notify.Outcome]string{notify.Taken: "good", notify.Refused: "rejected", notify.Later: "waiting", notify.Offered: "review", notify.Begun: "none"}

func (s *Server) outboxLetterPage(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	l, err := s.Outbox.Letter(v.UserContext(), id)
	if err != nil {
		return err
	}
	view := outboxLetterView{Tabs: s.settingsTabs(v, outboxPath), ID: l.ID.String(), Subject: l.Subject, Uncertain: l.Uncertain,
		State: v.T("notify.state." + string(l.State)), Chip: letterChips[l.State], Reason: heldWords(v, l.Reason),
		May: v.Who.Can(account.ChangeLetters) && resendable(l.State)}
	view.Text, view.Hidden = s.veiled(l.BodyText)
	if l.BodyHTML != "" {
		view.HTML = outboxPath + "/" + view.ID + "/html"
	}
	view.Facts = letterFacts(v, l)
	for _, a := range l.History {
		words := v.T("notify.outcome." + string(a.Outcome))
		if a.EndedAt == nil {
			words = v.T("notify.outcome.now")
		}
		view.Attempts = append(view.Attempts, attemptRow{part.Num(a.N), part.ShortMoment(v.Context(), a.At), words, attemptChips[a.Outcome], a.Answer})
	}
	for _, b := range l.Bounces {
		view.Bounces = append(view.Bounces, bounceRow{part.ShortMoment(v.Context(), b.At), v.T("notify.bounce." + b.Kind), b.Status, b.Diagnostic})
	}
	for _, f := range l.Attachments {
		view.Files = append(view.Files, f.Filename)
	}
	v.allowFrames()
	return v.Show(Page{Title: v.T("notify.page.letter"), Here: "/settings"}, outboxLetterPage(view))
}

func letterFacts(v *Visit, l notify.Detail) []part.Fact {
	facts := []part.Fact{{Name: v.T("web.outbox.to"), Text: l.Recipient}, {Name: v.T("notify.page.topic"), Text: l.Topic},
		{Name: v.T("notify.page.language"), Text: v.T("web.lang." + l.Lang)}, {Name: v.T("notify.page.written"), Text: part.Moment(v.Context(), l.CreatedAt)}}
	if l.SentAt != nil {
		facts = append(facts, part.Fact{Name: v.T("notify.page.taken"), Text: part.Moment(v.Context(), *l.SentAt)})
	}
	if l.Answer {
		facts = append(facts, part.Fact{Name: v.T("notify.page.answers"), Text: orDash(l.InReplyTo)})
	}
	if l.MessageID != "" {
		facts = append(facts, part.Fact{Name: "Message-ID", Text: "<" + l.MessageID + ">"})
	}
	return facts
}

func (s *Server) outboxLetterHTML(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	l, err := s.Outbox.Letter(v.UserContext(), id)
	if err != nil {
		return err
	}
	if l.BodyHTML == "" {
		return fault.New(fault.NotFound, "notify.not_found")
	}
	html, _ := s.veiled(l.BodyHTML)
	return v.sendLetter(html)
}

// lettersPolicy is of a letter in its frame: it styles itself and may do nothing else.
const lettersPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; sandbox"

// allowFrames lets this one answer show a letter in a frame.
func (v *Visit) allowFrames() {
	v.Set("Content-Security-Policy", v.GetRespHeader("Content-Security-Policy")+"; frame-src 'self'")
}

// sendLetter answers with a letter's HTML, to be shown in a frame of ours. With theme=dark it is as mail
// programs with a dark theme show it, whatever the reader's is.
func (v *Visit) sendLetter(html string) error {
	const bySystem = "@media (prefers-color-scheme: dark)"
	switch v.Query("theme") {
	case "dark":
		html = strings.Replace(html, bySystem, "@media all", 1)
	case "light":
		html = strings.Replace(html, bySystem, "@media not all", 1)
	}
	v.Set("Content-Security-Policy", lettersPolicy)
	v.Set("X-Frame-Options", "SAMEORIGIN")
	v.Set("Content-Type", "text/html; charset=utf-8")
	return v.SendString(html)
}
