package message

import "strings"

// automatic tells whether a machine wrote the mail, after RFC 3834 and the habits of before.
func automatic(m Message, w *walker) Auto {
	sender, _, _ := strings.Cut(m.From.Address, "@")
	if sender == "" {
		sender = strings.ToLower(m.From.Name)
	}
	s := m.Signs
	switch {
	case w.report, strings.Contains(sender, "mailer-daemon"), m.NullSender && strings.Contains(sender, "postmaster"):
		return Bounce
	case s.AutoSubmitted == "auto-replied", s.AutoReply, s.Precedence == "auto_reply", autoSubject(strings.ToLower(m.Subject)):
		return AutoReply
	case w.calendar:
		return Calendar
	case s.List, s.Precedence == "bulk", s.Precedence == "list", s.Precedence == "junk":
		return List
	case s.AutoSubmitted != "" && s.AutoSubmitted != "no":
		return Generated
	}
	return ""
}

func autoSubject(s string) bool {
	for _, p := range []string{"automatic reply:", "auto reply:", "autoreply:", "out of office", "автоответ", "автоматический ответ", "автоматты жауап"} {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
