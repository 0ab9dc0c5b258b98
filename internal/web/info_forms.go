package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/notify"
	"kualik/internal/payment"
	"kualik/internal/web/part"
)

// Two letters to the office: something does not work, and a fee looks wrong. Only who is logged in writes
// from here, so that the form is nobody's way to send mail; others see the addresses.

// supportTopics are what a letter may be about.
var supportTopics = []string{"eds", "filing", "payment", "number", "certificate", "other"}

const longestLetter = 5000

// supportView is the page of technical support.
type supportView struct {
	Known, Writes, Sent bool
	Topic, Text         string
	Problem, Failed     string
	ReplyTo             string
	Topics              []part.Option
	Email, Phone        string
}

func (s *Server) showSupport(v *Visit, view supportView, status int) error {
	view.Known, view.Writes, view.ReplyTo = v.Known(), v.Known() && s.Outbox != nil, s.replyTo(v)
	view.Email, view.Phone = s.SupportEmail, s.SupportPhone
	if view.Topic == "" {
		view.Topic = v.Query("topic")
	}
	for _, t := range supportTopics {
		view.Topics = append(view.Topics, part.Option{Value: t, Text: v.T("info.support.topic." + t)})
	}
	return s.showInfo(v, "support", status, supportBody(view))
}

// replyTo is where an answer to the reader goes: the address of the account, else of the profile.
func (s *Server) replyTo(v *Visit) string {
	if !v.Known() || v.Who.Email != "" {
		return v.Who.Email
	}
	p, err := s.Accounts.Profile(v.UserContext(), v.Who.ID)
	if err != nil {
		return "" // without a profile there is no address; the form asks for one in the text
	}
	return p.NotifyAt()
}

func (s *Server) sendSupport(v *Visit) error {
	view := supportView{Topic: v.Text("topic"), Text: v.Text("text")}
	if !slices.Contains(supportTopics, view.Topic) {
		view.Topic = "other"
	}
	if view.Text == "" || len(view.Text) > longestLetter {
		view.Problem = v.T("info.support.missing")
		return s.showSupport(v, view, 422)
	}
	sent, err := s.tellOffice(v, "support", func(l i18n.Lang) (subject, text string) {
		topic := i18n.T(l, "info.support.topic."+view.Topic)
		return i18n.T(l, "info.support.subject", "Topic", topic),
			i18n.T(l, "info.support.letter", "Name", v.Who.Name, "Email", orDash(s.replyTo(v)), "Topic", topic, "Text", view.Text)
	})
	if err != nil {
		return err
	}
	if !sent {
		view.Failed = v.T("info.form.nobody")
		return s.showSupport(v, view, statusOf[fault.Unavailable])
	}
	v.Notice("info.form.sent")
	return v.Go("/info/support")
}

// tellOffice queues a letter to each address of the office, in the installation's language. The same words
// of the same person are one letter, however often the button was pressed.
func (s *Server) tellOffice(v *Visit, topic string, words func(l i18n.Lang) (subject, text string)) (sent bool, err error) {
	office, err := s.officeAddresses(v)
	if err != nil || s.Outbox == nil || len(office) == 0 {
		return false, err
	}
	subject, text := words(s.Lang)
	sum := sha256.Sum256([]byte(subject + "\n" + text))
	about := v.Who.ID.String() + " " + hex.EncodeToString(sum[:8])
	err = pgx.BeginFunc(v.UserContext(), s.Pool, func(tx pgx.Tx) error {
		for _, address := range office {
			err := s.Outbox.Queue(v.UserContext(), tx, notify.Letter{Topic: topic, Recipient: address, About: about, Lang: string(s.Lang), Subject: subject, Text: text})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return err == nil, err
}

// wrongFeeView is the page that reports a wrong fee.
type wrongFeeView struct {
	Known, Writes              bool
	Service, Now, Right, Means string
	Problem, Failed            string
	ReplyTo                    string
	Services                   []part.Option
	Email, Phone               string
	Today                      []string // what the fee table says, a sentence a service
}

func (s *Server) showWrongFee(v *Visit, view wrongFeeView, status int) error {
	view.Known, view.Writes, view.ReplyTo = v.Known(), v.Known() && s.Outbox != nil, s.replyTo(v)
	view.Email, view.Phone = s.SupportEmail, s.SupportPhone
	for _, service := range payment.Services {
		name := v.T("info.cost.service." + service)
		view.Services = append(view.Services, part.Option{Value: service, Text: name})
		sum, err := s.feeToday(v.UserContext(), v, service, v.Lang())
		if err != nil {
			return err
		}
		view.Today = append(view.Today, name+": "+sum)
	}
	return s.showInfo(v, "fee", status, wrongFeeBody(view))
}

// feeToday is the whole sum of a service on this day, or a dash.
func (s *Server) feeToday(ctx context.Context, v *Visit, service string, l i18n.Lang) (string, error) {
	fee, err := s.Payments.Quote(ctx, service, "", v.Today())
	if fault.Is(err, fault.Invalid) {
		return "—", nil
	}
	return fee.Total.Text(l), err
}

func (s *Server) sendWrongFee(v *Visit) error {
	view := wrongFeeView{Service: v.Text("service"), Now: v.Text("now"), Right: v.Text("right"), Means: v.Text("source")}
	if !slices.Contains(payment.Services, view.Service) || view.Now == "" || view.Means == "" || len(view.Now)+len(view.Right)+len(view.Means) > longestLetter {
		view.Problem = v.T("info.fee.missing")
		return s.showWrongFee(v, view, 422)
	}
	table, err := s.feeToday(v.UserContext(), v, view.Service, s.Lang)
	if err != nil {
		return err
	}
	sent, err := s.tellOffice(v, "wrong_fee", func(l i18n.Lang) (subject, text string) {
		service := i18n.T(l, "info.cost.service."+view.Service)
		return i18n.T(l, "info.fee.subject", "Service", service),
			i18n.T(l, "info.fee.letter", "Name", v.Who.Name, "Email", orDash(s.replyTo(v)), "Service", service, "Now", view.Now, "Right", orDash(view.Right),
				"Table", table, "Source", view.Means, "Link", s.PublicURL+"/fees")
	})
	if err != nil {
		return err
	}
	if !sent {
		view.Failed = v.T("info.form.nobody")
		return s.showWrongFee(v, view, statusOf[fault.Unavailable])
	}
	v.Notice("info.form.sent")
	return v.Go("/info/fee")
}
