package web

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/registry"
	"kualik/internal/web/part"
)

const mailPath = "/mail"

func (s *Server) mountLedger() {
	s.get(mailPath, account.SeeAll, s.mailPage)
	s.get(mailPath+"/:id", account.SeeAll, s.messagePage)
	s.get(mailPath+"/:id/raw", account.SeeAll, s.messageRaw)
	s.get(mailPath+"/:id/files/:sha", account.SeeAll, s.messageFile)
	s.post(mailPath+"/:id/replay", account.Review, s.replay)
	s.addNav(navEntry{group: 0, order: 50, key: "web.nav.mail", path: mailPath, icon: "mail", action: account.SeeAll})
}

// mailView is the ledger: every message that a mailbox ever showed, that was uploaded or ingested.
type mailView struct {
	Query   url.Values
	Filter  registry.MailFilter
	Rows    []registry.Mail
	Counts  map[string]int
	Reasons []string
	Boxes   []string
	Page    part.PagesView
	Sort    string
	Since   string
}

var mailSpans = []string{"today", "week", "month"}

func (s *Server) mailFilterOf(v *Visit) registry.MailFilter {
	q := v.Values()
	f := registry.MailFilter{Query: q.Get("q"), Reason: q.Get("reason"), Mailbox: q.Get("mailbox"), Kind: q.Get("kind")}
	if o := q.Get("outcome"); slices.Contains(registry.MailOutcomes, o) {
		f.Outcome = o
	}
	if days, ok := receivedDays[q.Get("since")]; ok {
		f.Since = startOf(v.Today().AddDays(1-days), s.Zone)
	}
	return f
}

// startOf is the first instant of a day in a zone.
func startOf(d clock.Day, zone *time.Location) time.Time {
	t := d.Time()
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone)
}

func (s *Server) mailPage(v *Visit) error {
	ctx := v.UserContext()
	q := v.Values()
	view := mailView{Query: q, Filter: s.mailFilterOf(v), Since: q.Get("since"), Sort: sortOf(q.Get("sort"), "-stored", "stored", "received", "from", "subject")}
	var err error
	if view.Counts, err = registry.MailCounts(ctx, s.Pool, view.Filter); err != nil {
		return err
	}
	if view.Reasons, view.Boxes, err = registry.MailChoices(ctx, s.Pool); err != nil {
		return err
	}
	total := 0
	for outcome, n := range view.Counts {
		if view.Filter.Outcome == "" || view.Filter.Outcome == outcome {
			total += n
		}
	}
	per := perOf(v)
	view.Page = part.PagesOf(mailPath, q, v.PageNo(), per, total)
	view.Rows, err = registry.Mails(ctx, s.Pool, view.Filter, registry.Page{Limit: per, Offset: (view.Page.Page - 1) * per, Sort: view.Sort})
	if err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("web.nav.mail"), Here: mailPath}, mailPage(view))
}

func (m mailView) href(pairs ...string) string { return part.HrefWith(mailPath, m.Query, pairs...) }

func (m mailView) narrowed() bool {
	return anySet(m.Query, "q", "outcome", "reason", "mailbox", "kind", "since")
}

func (m mailView) filters(ctx context.Context) part.FiltersView {
	view := part.FiltersView{Action: mailPath, Query: m.Filter.Query, Label: part.T(ctx, "desk.mail.search"),
		Hidden: hiddenOf(m.Query, "outcome", "reason", "mailbox", "kind", "since", "sort", "per")}
	add := func(name, value, words string, choices []part.Tab) {
		view.Filters = append(view.Filters, part.FilterView{Name: part.T(ctx, "desk.mail.filter."+name), Value: when(value != "", words),
			Clear: m.href(name, ""), Choices: choices})
	}
	var outcomes, reasons, boxes, kinds, spans []part.Tab
	for _, o := range registry.MailOutcomes {
		outcomes = append(outcomes, part.Tab{Text: part.T(ctx, "desk.outcome."+o), Href: m.href("outcome", o), Count: m.Counts[o]})
	}
	for _, r := range m.Reasons {
		reasons = append(reasons, part.Tab{Text: reasonWords(ctx, r), Href: m.href("reason", r)})
	}
	for _, b := range m.Boxes {
		boxes = append(boxes, part.Tab{Text: mailboxName(b), Href: m.href("mailbox", b)})
	}
	for _, k := range []string{"mail", "web", "file"} {
		kinds = append(kinds, part.Tab{Text: part.T(ctx, "desk.came."+k), Href: m.href("kind", k)})
	}
	for _, sp := range mailSpans {
		spans = append(spans, part.Tab{Text: part.T(ctx, "desk.received."+sp), Href: m.href("since", sp)})
	}
	add("outcome", m.Filter.Outcome, part.T(ctx, "desk.outcome."+m.Filter.Outcome), outcomes)
	add("reason", m.Filter.Reason, reasonWords(ctx, m.Filter.Reason), reasons)
	add("mailbox", m.Filter.Mailbox, mailboxName(m.Filter.Mailbox), boxes)
	add("kind", m.Filter.Kind, part.T(ctx, "desk.came."+m.Filter.Kind), kinds)
	add("since", m.Since, part.T(ctx, "desk.received."+m.Since), spans)
	if m.narrowed() {
		view.Reset = mailPath
	}
	return view
}

func (m mailView) counts(ctx context.Context) (tabs []part.Tab) {
	for _, o := range registry.MailOutcomes {
		if n := m.Counts[o]; n > 0 {
			tabs = append(tabs, part.Tab{Text: part.T(ctx, "desk.outcome_of."+o), Count: n, Href: m.href("outcome", o)})
		}
	}
	return tabs
}

func (m mailView) head(ctx context.Context, column, class string) part.SortHead {
	h := part.SortHead{Text: part.T(ctx, "desk.mail."+column), Class: class, Href: m.href("sort", column)}
	switch m.Sort {
	case column:
		h.Dir, h.Href = "asc", m.href("sort", "-"+column)
	case "-" + column:
		h.Dir = "desc"
	}
	return h
}

// messageView is one message with what it holds and what became of it.
type messageView struct {
	registry.Mail
	Attachments []registry.Attachment
	Replays     bool // it can be taken through the flow again
	Waits       bool // it waits for a person
	Next        uuid.UUID
	Query       string // of the desk's filter
	Letters     []letterText
}

// letterText is an answer to the sender, ready to be copied, in one language.
type letterText struct {
	Lang    i18n.Lang
	Subject string
	Text    string
	Mailto  string
}

func (s *Server) newMessageView(v *Visit, id uuid.UUID) (m messageView, err error) {
	if m.Mail, err = registry.GetMail(v.UserContext(), s.Pool, id); err != nil {
		return m, err
	}
	if m.Attachments, err = registry.Attachments(v.UserContext(), s.Pool, id); err != nil {
		return m, err
	}
	m.Replays = s.Replay != nil && v.Who.Can(account.Review) && m.SHA256 != "" && m.Outcome != "duplicate" && m.Outcome != "pending"
	m.Waits = m.Outcome == "quarantined"
	m.Query = deskView{Filter: filterOfDesk(v)}.query()
	m.Letters = letters(m.Mail)
	return m, nil
}

// letterReasons are the reasons about which the sender can do something.
var letterReasons = []string{"link_only", "password", "damaged", "unsupported", "limit", "empty", "needs_ocr", "scan"}

// letters are the answers that ask the sender for a readable file; none when there is nobody to ask.
func letters(m registry.Mail) (list []letterText) {
	if m.Outcome != "quarantined" || m.FromAddr == "" || !strings.Contains(m.FromAddr, "@") {
		return nil
	}
	reason := m.Reason
	if !slices.Contains(letterReasons, reason) {
		reason = "other"
	}
	for _, l := range []i18n.Lang{i18n.RU, i18n.KK, i18n.EN} {
		text := i18n.T(l, "desk.letter.hello") + "\n\n" + i18n.T(l, "desk.letter."+reason) + "\n\n" + i18n.T(l, "desk.letter.bye")
		subject := "Re: " + m.Subject
		list = append(list, letterText{Lang: l, Subject: subject, Text: text,
			Mailto: "mailto:" + url.PathEscape(m.FromAddr) + "?subject=" + url.PathEscape(subject) + "&body=" + url.PathEscape(text)})
	}
	return list
}

func (s *Server) messagePage(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	view, err := s.newMessageView(v, id)
	if err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("desk.mail.one"), Here: mailPath}, messagePage(view))
}

// messageRaw saves a message as it came.
func (s *Server) messageRaw(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	m, err := registry.GetMail(v.UserContext(), s.Pool, id)
	if err != nil {
		return err
	}
	if m.SHA256 == "" {
		return errNoDocument
	}
	return s.sendFile(v, m.SHA256, "message-"+m.SHA256[:12]+".eml")
}

// messageFile saves one file of a message.
func (s *Server) messageFile(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	a, err := registry.FindAttachment(v.UserContext(), s.Pool, id, v.Params("sha"))
	if err != nil {
		return err
	}
	name := a.Filename
	if name == "" {
		name = "part-" + a.Path
	}
	return s.sendFile(v, a.SHA256, name)
}

// replay takes a stored message through the flow again.
func (s *Server) replay(v *Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	if s.Replay == nil {
		return errNoPage
	}
	if err := s.Replay(v.UserContext(), v.Who.Actor(), id); err != nil {
		if mendable(err) && fault.Is(err, fault.Conflict) {
			v.Notice("web.decided.replay_late")
			return v.Go(mailPath + "/" + id.String())
		}
		return err
	}
	s.stale()
	v.Notice("web.decided.replay")
	return v.Go(mailPath + "/" + id.String())
}

// attachmentWords says what a reader made of a file.
func attachmentWords(ctx context.Context, a registry.Attachment) (kind, text string) {
	switch a.Verdict {
	case "certificate":
		return "auto", part.T(ctx, "desk.verdict.certificate")
	case "not_certificate":
		if a.Label != "" {
			return "none", coded(part.From(ctx).Lang, "desk.label.", a.Label)
		}
		return "none", part.T(ctx, "desk.verdict.not_certificate")
	case "unreadable":
		return "review", reasonWords(ctx, a.Reason)
	}
	return "waiting", part.T(ctx, "desk.verdict.unread")
}

// facts are what the ledger keeps about a message.
func (m messageView) facts(ctx context.Context) []part.Fact {
	facts := []part.Fact{
		{Name: part.T(ctx, "desk.mail.came"), Text: cameBy(ctx, m.Mailbox)},
		{Name: part.T(ctx, "desk.mail.received"), Text: part.Moment(ctx, m.ReceivedAt)},
		{Name: part.T(ctx, "desk.mail.stored"), Text: part.Moment(ctx, m.StoredAt)},
	}
	if m.DecidedAt != nil {
		facts = append(facts, part.Fact{Name: part.T(ctx, "desk.mail.decided"), Text: part.Moment(ctx, *m.DecidedAt)})
	}
	if m.UID > 0 {
		facts = append(facts, part.Fact{Name: "UID", Text: part.Plain(int(m.UID))})
	}
	facts = append(facts, part.Fact{Name: part.T(ctx, "desk.mail.size"), Text: part.Size(ctx, m.Size)})
	if m.MessageID != "" {
		facts = append(facts, part.Fact{Name: "Message-ID", Text: m.MessageID})
	}
	if m.SHA256 != "" {
		facts = append(facts, part.Fact{Name: "SHA-256", Text: m.SHA256})
	}
	return facts
}
