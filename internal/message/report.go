package message

import (
	"bytes"
	"regexp"
	"strings"
)

// DeliveryReport is what the mail that a mail server writes back says about a mail that it could not
// deliver, or not yet: a delivery status notification (RFC 3464), or what servers write that know none.
type DeliveryReport struct {
	Recipients        []Delivery
	OriginalMessageID string // of the mail that is reported on, with its angle brackets; empty when it says none
}

// Delivery is what became of a mail at one recipient.
type Delivery struct {
	Address    string // final recipient, lower case; where mail is forwarded not the one that it was sent to
	Action     string // failed, delayed, delivered, relayed or expanded
	Status     string // 5.1.1; empty when the report gives none
	Diagnostic string // the server's own words
}

// Limits on a report; a hostile one says no more than this.
const (
	maxRecipients = 50
	maxDiagnostic = 1000
	maxReportText = 64 << 10
	maxNesting    = 4
)

// deliveryReport reads a report on a delivery, nil when the mail is none. Only what the mail itself is
// counts: a report that a person forwards says nothing about that person's mail.
func deliveryReport(head header, body []byte, m Message) *DeliveryReport {
	p := &reportParts{}
	p.collect(head, body, 0)
	r := &DeliveryReport{}
	switch {
	case p.other:
		return nil
	case p.status != nil:
		r.Recipients = readStatus(p.status, &r.OriginalMessageID)
	case !bounceLike(head, m):
		return nil
	}
	if p.original != nil {
		h, _ := splitEntity(p.original)
		r.OriginalMessageID = first(messageIDs(h.all("Message-ID")))
	}
	text := cut(m.Text, maxReportText)
	if len(r.Recipients) == 0 {
		r.Recipients = readPlain(head, m, text)
	}
	if r.OriginalMessageID == "" {
		r.OriginalMessageID = copiedID(text)
	}
	if r.OriginalMessageID == "" { // Gmail answers the mail that it reports on
		r.OriginalMessageID = first(m.InReplyTo)
	}
	return r
}

func first(list []string) string {
	if len(list) > 0 {
		return list[0]
	}
	return ""
}

// reportParts are the parts of a report: what became of each recipient, and the returned mail or its header.
type reportParts struct {
	status, original []byte
	other            bool // a report of another sort: that a mail was read, that it is spam
}

// collect looks through the mail's own multiparts, never into a mail inside it.
func (p *reportParts) collect(h header, body []byte, depth int) {
	typ, params := contentType(h, body)
	if strings.HasPrefix(typ, "multipart/") {
		if kind := strings.ToLower(params["report-type"]); typ == "multipart/report" && kind != "" && !strings.Contains(kind, "delivery") {
			p.other = true
		}
		if depth >= maxNesting {
			return
		}
		pieces, _ := splitMultipart(body, params["boundary"])
		for i, raw := range pieces {
			if i == maxRecipients {
				return
			}
			ph, pb := splitEntity(raw)
			p.collect(ph, pb, depth+1)
		}
		return
	}
	data := func() []byte { return decodeBody(body, h.lower("Content-Transfer-Encoding")) }
	switch typ {
	case "message/delivery-status", "message/global-delivery-status":
		if p.status == nil {
			p.status = append([]byte{}, data()...)
		}
	case "message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers", "message/rfc822-headers":
		if p.original == nil && depth > 0 {
			p.original = append([]byte{}, data()...)
		}
	}
}

var statusCode = regexp.MustCompile(`\b[245]\.\d{1,3}\.\d{1,3}\b`)

// readStatus reads the fields of RFC 3464: a group about the mail, then one for each recipient. Some servers
// write it all as one group.
func readStatus(b []byte, original *string) []Delivery {
	var out []Delivery
	for b = bytes.TrimLeft(cutBytes(b, maxReportText), "\r\n"); len(b) > 0 && len(out) < maxRecipients; b = bytes.TrimLeft(b, "\r\n") {
		before := len(b)
		var h header
		if h, b = splitEntity(b); len(h) == 0 || len(b) == before {
			_, b = cutLine(b)
			continue
		}
		for _, name := range []string{"X-Original-Message-ID", "Original-Message-ID"} {
			if ids := messageIDs(h.all(name)); *original == "" && len(ids) > 0 {
				*original = ids[0]
			}
		}
		d := Delivery{Action: action(h.lower("Action")), Status: statusCode.FindString(h.lower("Status")), Diagnostic: typed(h.get("Diagnostic-Code"))}
		for _, name := range []string{"Final-Recipient", "Original-Recipient", "X-Actual-Recipient"} {
			if found := parseAddresses([]byte(typed(h.get(name)))); d.Address == "" && len(found) > 0 {
				d.Address = found[0].Address
			}
		}
		if d.Address == "" && d.Action == "" && d.Status == "" {
			continue
		}
		out = append(out, d.whole("failed"))
	}
	return out
}

// typed is a value without its type: "rfc822; a@b.kz", "smtp; 550 no".
func typed(v []byte) string {
	s := decodeHeader(v)
	if kind, rest, ok := strings.Cut(s, ";"); ok && !strings.ContainsAny(strings.TrimSpace(kind), " @") {
		s = rest
	}
	return strings.TrimSpace(s)
}

func action(s string) string {
	for _, a := range []string{"failed", "delayed", "delivered", "relayed", "expanded"} {
		if strings.HasPrefix(strings.TrimSpace(s), a[:4]) {
			return a
		}
	}
	return ""
}

// whole fills what a report leaves out. A status that the server's words contradict is theirs: Postfix
// writes 5.0.0 for what it does not understand.
func (d Delivery) whole(action string) Delivery {
	d.Diagnostic = cut(strings.Join(strings.Fields(d.Diagnostic), " "), maxDiagnostic)
	if said := statusCode.FindString(d.Diagnostic); said != "" && (d.Status == "" || strings.HasSuffix(d.Status, ".0.0") && said[0] == d.Status[0]) {
		d.Status = said
	}
	if d.Action == "" {
		d.Action = action
	}
	return d
}

var (
	bounceSender  = regexp.MustCompile(`^(mailer-daemon|mail-daemon|mdaemon|mailerdaemon|postmaster|mail\.?delivery|microsoftexchange[0-9a-f]*)$`)
	bounceSubject = regexp.MustCompile(`(?i)undeliver|delivery (status|failure|has failed|failed|report|notification)|failure notice|mail delivery|returned mail|returning message|` +
		`delayed mail|message .*delayed|не ?доставл|не удалось доставить|недоставк|жеткізілмеді|жеткізу мүмкін болмады`)
	delaySubject = regexp.MustCompile(`(?i)\bdelay|\bwarning\b|still being retried|задерж|отложен`)
	delayText    = regexp.MustCompile(`(?i)this is a warning message only|you do not need to resend|no action is required on your part|will (continue to )?(be )?(retried|retry|try)|попытки .{0,40}продолж`)
)

// bounceLike knows the reports of servers that write no RFC 3464: by who wrote them and what they call them.
func bounceLike(head header, m Message) bool {
	if head.has("X-Failed-Recipients") {
		return true
	}
	sender, _, _ := strings.Cut(m.From.Address, "@")
	return bounceSender.MatchString(sender) && (m.NullSender || bounceSubject.MatchString(m.Subject) || sender == "mailer-daemon") ||
		m.NullSender && bounceSubject.MatchString(m.Subject)
}

var (
	// <a@b.kz>: words of the server (Postfix), or the same with the words on the next lines (qmail).
	bracketed = regexp.MustCompile(`^\s{0,4}<?([^\s<>:"]+@[^\s<>:"]+?)>?:\s*(.*)$`)
	// an address alone on an indented line, the words deeper below it (Exim, mail.ru).
	indented = regexp.MustCompile(`^\s{1,8}<?([^\s<>:"]+@[^\s<>:"]+?)>?(?:\s.*)?$`)
	// where the copy of the mail begins
	copyBegins = regexp.MustCompile(`(?i)^\W*(below this line is a copy|this is a copy of (the|your) message|original message|your message follows|копия (вашего )?(письма|сообщения)|` +
		`исходное (письмо|сообщение)|message headers? follow|undelivered message|return-path:|received:|message-id:)`)
	copiedMessageID = regexp.MustCompile(`(?im)^[ \t>|]{0,8}message-id:\s*(<[^<>\s]{1,500}>)`)
)

// copiedID is the Message-ID in a copy of the mail, or of its header, that stands in the text. It is the
// first one: in a report on a report those of the mails inside come later.
func copiedID(text string) string {
	if found := copiedMessageID.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}

// readPlain finds the recipients and the servers' words in a report's prose.
func readPlain(head header, m Message, text string) []Delivery {
	act := "failed"
	if delaySubject.MatchString(m.Subject) || delayText.MatchString(text) {
		act = "delayed"
	}
	var out []Delivery
	open, deep := -1, 0 // the recipient whose words are being read, and how far it is indented
	for _, line := range strings.Split(text, "\n") {
		if copyBegins.MatchString(line) || len(out) == maxRecipients {
			break
		}
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		found := bracketed.FindStringSubmatch(line)
		if found == nil {
			if found = indented.FindStringSubmatch(line); found != nil {
				found = append(found, "")
			}
		}
		switch {
		case strings.TrimSpace(line) == "":
			if open >= 0 && out[open].Diagnostic != "" {
				open = -1
			}
		case found != nil && (open < 0 || indent <= deep):
			out, open, deep = append(out, Delivery{Address: strings.ToLower(found[1]), Diagnostic: found[2]}), len(out), indent
		case open >= 0:
			out[open].Diagnostic += " " + line
		}
	}
	for _, a := range parseAddresses(head.get("X-Failed-Recipients")) {
		if len(out) < maxRecipients && !named(out, a.Address) {
			out = append(out, Delivery{Address: a.Address})
		}
	}
	if len(out) == 0 { // it says who only in words
		out = []Delivery{{Diagnostic: text}}
	}
	for i := range out {
		out[i] = out[i].whole(act)
	}
	return out
}

func named(list []Delivery, address string) bool {
	for _, d := range list {
		if d.Address == address {
			return true
		}
	}
	return false
}

func cutBytes(b []byte, n int) []byte {
	if len(b) > n {
		return b[:n]
	}
	return b
}
