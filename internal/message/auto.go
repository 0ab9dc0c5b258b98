package message

import (
	"bytes"
	"strings"
)

// automatic tells whether a machine wrote the mail, after RFC 3834 and the habits of before.
func automatic(h header, w *walker) Auto {
	submitted, _, _ := strings.Cut(strings.TrimSpace(strings.NewReplacer(";", " ", "(", " ").Replace(h.lower("Auto-Submitted"))), " ")
	precedence := h.lower("Precedence")
	sender, _, _ := strings.Cut(string(bytes.ToLower(h.get("From"))), "@")
	subject := strings.ToLower(decodeHeader(h.get("Subject")))
	switch {
	case w.report, strings.Contains(sender, "mailer-daemon"), string(h.get("Return-Path")) == "<>" && strings.Contains(sender, "postmaster"):
		return Bounce
	case submitted == "auto-replied", h.has("X-Autoreply"), h.has("X-Autorespond"), precedence == "auto_reply", autoSubject(subject):
		return AutoReply
	case w.calendar:
		return Calendar
	case h.has("List-Id"), h.has("List-Unsubscribe"), precedence == "bulk", precedence == "list", precedence == "junk":
		return List
	case submitted != "" && submitted != "no":
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
