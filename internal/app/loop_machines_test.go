package app

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"regexp"
	"strings"
	"testing"

	server "github.com/emersion/go-smtp"
)

// seed is a mail that comes to an installation: of a person, or of a machine that somehow shows itself. Each
// brings a file that calls for an answer, so that only the guard can keep it back.
type seed struct {
	name   string
	from   string
	path   string // the envelope's sender; "" is that of From, "<>" none
	header string
	person bool
}

func (s seed) envelope() string {
	switch s.path {
	case "":
		return strings.ToLower(s.from)
	case "<>":
		return ""
	}
	return s.path
}

// raw is the mail. The archive is one that nobody reads here: what a sender must be told.
func (s seed) raw(to string) string {
	return fmt.Sprintf("From: %s\nTo: %s\nSubject: свидетельство %s\nMessage-ID: <%x@people.example>\nDate: Sun, 29 Nov 2026 12:00:00 +0500\n%s"+
		"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: text/plain; charset=utf-8\n\nВысылаю свидетельство.\n"+
		"--b\nContent-Type: application/x-rar\nContent-Disposition: attachment; filename=\"svidetelstvo.rar\"\n\nRar!\x1a\x07 %s\n--b--\n", s.from, to, s.name, s.name+s.from, s.header, s.name)
}

var counter int

// fromPerson is a mail of a person with a header of their own.
func fromPerson(from, name, header string) seed {
	return seed{name: name, from: from, header: header, person: true}
}

// seeds are the mails of the first round.
var seeds = func() (list []seed) {
	add := func(name, header string, change ...func(*seed)) {
		s := fromPerson(fmt.Sprintf("s%d@people.example", len(list)), name, header)
		s.person = false
		for _, c := range change {
			c(&s)
		}
		list = append(list, s)
	}
	isPerson := func(s *seed) { s.person = true }
	null := func(s *seed) { s.path = "<>" }
	from := func(a string) func(*seed) { return func(s *seed) { s.from = a } }
	// people
	add("a person", "", isPerson)
	add("a person through a relay", "", isPerson, func(s *seed) { s.path = "bounces+17=s1@relay.example" })
	add("a person who says so", "Auto-Submitted: no\n", isPerson)
	add("a person with an answering address", "Reply-To: everybody@lists.example\n", isPerson)
	// the mail system
	add("mailer-daemon", "", from("MAILER-DAEMON@people.example"))
	add("mailer-daemon without an envelope", "", from("Mailer-Daemon@people.example"), null)
	add("postmaster", "", from("postmaster@people.example"))
	add("no-reply", "", from("no-reply@people.example"))
	add("noreply", "", from("NoReply@people.example"))
	add("donotreply", "", from("do_not_reply@people.example"))
	add("the null sender", "", null)
	// odd cases
	add("capitals", "AUTO-SUBMITTED: AUTO-REPLIED\n")
	add("small letters", "auto-submitted:auto-generated\n")
	add("a comment and a parameter", "Auto-Submitted: (by rule) Auto-Replied (vacation); owner-email=\"x@y.example\"\n")
	add("a keyword to come", "Auto-submitted: auto-notified\n")
	add("folded", "Auto-Submitted:\n auto-replied\n")
	add("precedence", "PRECEDENCE: Bulk\n")
	add("junk", "Precedence: junk\n")
	add("old answering machine", "X-AutoReply: yes\n")
	add("older one", "X-AUTORESPOND: x\n")
	add("Exchange", "X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply\n")
	add("Exchange, all", "x-auto-response-suppress: All\n")
	// lists
	add("a list", "List-Id: staff <staff.people.example>\n")
	add("a list of Mailman", "X-Mailman-Version: 2.1\nPrecedence: list\n")
	add("a newsletter", "LIST-UNSUBSCRIBE: <https://people.example/u>\n")
	// who is not who they say
	add("a forged author", "Authentication-Results: mail.example; dkim=none; dmarc=fail (p=none) header.from=people.example\n")
	// every machine below begins with a person's mail, so that it gets an answer
	for name := range machines {
		add("then a machine, "+name, "", isPerson, from(name+"@people.example"))
	}
	return list
}()

// answerable is how many of them want an answer.
var answerable = func() (n int) {
	for _, s := range seeds {
		if s.person {
			n++
		}
	}
	return n
}()

// ourselves are mails that came from here.
func ourselves(address, loopID string) []seed {
	name, domain, _ := strings.Cut(address, "@")
	return []seed{
		{name: "our own address", from: address},
		{name: "our own address in capitals", from: strings.ToUpper(address)},
		{name: "our own address with a tag", from: name + "+k7f3@" + domain},
		{name: "our own envelope", from: "o1@people.example", path: address},
		{name: "our loop", from: "o2@people.example", header: "x-LOOP: " + strings.ToUpper(loopID) + "\n"},
		{name: "our address as a loop", from: "o3@people.example", header: "X-Loop: " + address + "\n"},
	}
}

// machine answers a letter: the sender of its envelope and the mail.
type machine func(self, to, original string, letter []byte) (path, raw string)

// outOfOffice is a vacation notice: a header that tells, a subject, words.
func outOfOffice(path, header, subject, words string) machine {
	return func(self, to, original string, _ []byte) (string, string) {
		if path == "self" {
			return self, notice(self, to, original, header, subject, words)
		}
		return path, notice(self, to, original, header, subject, words)
	}
}

func notice(self, to, original, header, subject, words string) string {
	counter++
	return fmt.Sprintf("From: %s\nTo: %s\nSubject: %s\nMessage-ID: <v%d-%s>\nIn-Reply-To: %s\nReferences: %s\n%sMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n%s\n",
		self, to, subject, counter, self, original, original, header, words)
}

// machines are the answering machines by the local part of their address: those of the usual mailers, in
// three languages, and those that hide what they are.
var machines = map[string]machine{
	"exchange": outOfOffice("", "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\nX-MS-Exchange-Inbox-Rules-Loop: exchange@people.example\n", "Automatic reply: certificate", "I am out of the office."),
	"gmail":    outOfOffice("self", "Precedence: bulk\nX-Autoreply: yes\nAuto-Submitted: auto-replied\n", "Re: свидетельство", "Я в отпуске."),
	"mailru":   outOfOffice("self", "Auto-Submitted: auto-replied\nX-Mailer: Mail.Ru Mailer 1.0\n", "Автоответ: свидетельство", "Я в отпуске до понедельника."),
	"yandex":   outOfOffice("", "Auto-Submitted: auto-replied\nPrecedence: bulk\n", "Re: свидетельство", "Меня нет на месте."),
	"kazakh":   outOfOffice("self", "", "Автоматты жауап: куәлік", "Мен демалыстамын."),
	"russian":  outOfOffice("self", "", "Автоматический ответ: свидетельство", "Меня нет в офисе."),
	"english":  outOfOffice("self", "", "Out of office: certificate", "I am away."),
	"lotus":    outOfOffice("", "", "A. Serikova is out of the office", "I will be back on Monday."),
	"vacation": outOfOffice("", "Precedence: junk\n", "away from my mail", "This is vacation(1)."),
	"cpanel":   outOfOffice("self", "X-Autorespond: certificate\nPrecedence: auto_reply\n", "away", "gone"),
	"daemon": func(self, to, original string, letter []byte) (string, string) {
		return "", deliveryReport(self, to, original, letter)
	},
	"reporter": func(self, to, original string, letter []byte) (string, string) { // a report on a report
		return "", deliveryReport(self, to, "<inner@people.example>", []byte(deliveryReport(self, to, original, letter)))
	},
	"ticket": outOfOffice("self", "", "[#4711] Заявка принята", "Ваше обращение зарегистрировано."), // nothing in its header tells
	"stranger": func(self, to, _ string, _ []byte) (string, string) { // nor is it an answer, and it brings something new each time
		counter++
		return self, fromPerson(self, fmt.Sprint("once more ", counter), "").raw(to)
	},
	"echo": func(self, to, original string, letter []byte) (string, string) {
		body := letter[bytes.Index(letter, []byte("\r\n\r\n")):]
		kind := regexp.MustCompile(`(?is)\r\nContent-Type: .*?\r\n(?:\S)`).Find(letter)
		return self, strings.ReplaceAll(fmt.Sprintf("From: %s\nTo: %s\nSubject: Re: Re: свидетельство\nMessage-ID: <e-%x>%sX-Echo: 1%s", self, to, original, kind[:len(kind)-1], body), "\r\n", "\n")
	},
}

// deliveryReport is a delivery status notification.
func deliveryReport(self, to, original string, letter []byte) string {
	head, _, _ := bytes.Cut(letter, []byte("\r\n\r\n"))
	head, _, _ = bytes.Cut(head, []byte("\n\n"))
	counter++
	return strings.ReplaceAll(fmt.Sprintf("From: Mail Delivery System <mailer-daemon@people.example>\nTo: %s\nSubject: Delayed Mail\nMessage-ID: <d%d@people.example>\nMIME-Version: 1.0\n"+
		"Content-Type: multipart/report; report-type=delivery-status; boundary=\"r%d\"\n\n--r%d\nContent-Type: text/plain\n\nlate\n--r%d\nContent-Type: message/delivery-status\n\n"+
		"Final-Recipient: rfc822; %s\nAction: delayed\nStatus: 4.4.1\n\n--r%d\nContent-Type: message/rfc822\n\nMessage-ID: %s\n%s\n\n--r%d--\n",
		to, counter, counter, counter, counter, self, counter, original, head, counter), "\r\n", "\n")
}

// stripping is a relay that takes off what tells of automatic mail, and gives it a sender.
func stripping(t *testing.T, onward string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := server.NewServer(server.BackendFunc(func(*server.Conn) (server.Session, error) { return &stripper{onward: onward}, nil }))
	go s.Serve(l)                   //nolint:errcheck // it ends with the test
	t.Cleanup(func() { s.Close() }) //nolint:errcheck // as it ends
	return l.Addr().String()
}

type stripper struct{ onward, to string }

var signs = regexp.MustCompile(`(?im)^(Auto-Submitted|X-Auto-Response-Suppress|X-Loop|Precedence):.*\r\n`)

func (s *stripper) Mail(string, *server.MailOptions) error      { return nil }
func (s *stripper) Rcpt(to string, _ *server.RcptOptions) error { s.to = to; return nil }
func (s *stripper) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return smtp.SendMail(s.onward, nil, "kualik@two.example", []string{s.to}, signs.ReplaceAll(raw, nil))
}
func (s *stripper) Reset()        {}
func (s *stripper) Logout() error { return nil }
