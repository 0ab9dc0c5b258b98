package mailbox

import (
	"strings"
	"testing"

	"kualik/internal/fault"
	"kualik/internal/i18n"
)

func TestParseURL(t *testing.T) {
	for in, want := range map[string]Config{
		"imaps://office:pw@mail.univer.example:993/INBOX":               {Host: "mail.univer.example", Port: "993", User: "office", Password: "pw", Security: TLS, Auth: Password, Folder: "INBOX"},
		"imaps://a%40b.example:p%3A%2F%40%25@h":                         {Host: "h", Port: "993", User: "a@b.example", Password: "p:/@%", Security: TLS, Auth: Password, Folder: "INBOX"},
		"imap://a:b@h/inbox":                                            {Host: "h", Port: "143", User: "a", Password: "b", Security: StartTLS, Auth: Password, Folder: "INBOX"},
		"imap://a:b@h:1143/%D0%A1%D0%BF%D0%B0%D0%BC?tls=none":           {Host: "h", Port: "1143", User: "a", Password: "b", Security: Plaintext, Auth: Password, Folder: "Спам"},
		"imap://a:b@h/%5BGmail%5D%2FSpam?tls=starttls&since=2026-01-02": {Host: "h", Port: "143", User: "a", Password: "b", Security: StartTLS, Auth: Password, Folder: "[Gmail]/Spam", Since: "2026-01-02"},
		"imaps://a@h?auth=xoauth2":                                      {Host: "h", Port: "993", User: "a", Security: TLS, Auth: XOAuth2, Folder: "INBOX"},
		"imap://a@[::1]:143/x/y%20z?tls=none&auth=oauthbearer":          {Host: "::1", Port: "143", User: "a", Security: Plaintext, Auth: OAuthBearer, Folder: "x/y z"},
	} {
		got, err := ParseURL(in)
		if err != nil || got != want {
			t.Errorf("%s\n got %+v, %v\nwant %+v", in, got, err, want)
			continue
		}
		again, err := ParseURL(got.URL())
		if err != nil || again != got {
			t.Errorf("%s does not come back from %s: %+v, %v", in, got.URL(), again, err)
		}
	}
	for in, want := range map[string]string{
		"imaps://me:geheim%zz@h":             "mailbox.url_broken",
		"pop3://me:geheim@h":                 "mailbox.url_scheme",
		"imaps://me:geheim@":                 "mailbox.url_host",
		"imaps://h/INBOX":                    "mailbox.url_user",
		"imaps://me@h":                       "mailbox.url_password",
		"imaps://me:geheim@h?tls=none":       "mailbox.url_tls",
		"imap://me:geheim@h?tls=yes":         "mailbox.url_tls",
		"imap://me:geheim@h?auth=kerberos":   "mailbox.url_auth",
		"imap://me:geheim@h?since=yesterday": "mailbox.url_since",
		"imap://me:geheim@h?colour=red":      "mailbox.url_option",
	} {
		_, err := ParseURL(in)
		if key(err) != want || !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want %s", in, err, want)
			continue
		}
		if strings.Contains(err.Error(), "geheim") {
			t.Errorf("the password is told: %v", err)
		}
		for _, l := range i18n.All {
			if s := i18n.Error(l, err); s == want || strings.Contains(s, "<no value>") {
				t.Errorf("%s in %s: %q", want, l, s)
			}
		}
	}
}

func TestParseURLs(t *testing.T) {
	list, err := ParseURLs("imaps://a:b@h/INBOX \n imaps://a:b@h/Spam  imaps://c@h?auth=xoauth2", "token.sh")
	if err != nil || len(list) != 3 || list[1].Name() != "a@h/Spam" || list[2].TokenCommand != "token.sh" || list[0].TokenCommand != "" {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := ParseURLs("imaps://a:b@h imaps://a:c@h/inbox", ""); key(err) != "mailbox.url_twice" {
		t.Errorf("twice the same: %v", err)
	}
	if _, err := ParseURLs("imaps://c@h?auth=xoauth2", ""); key(err) != "mailbox.url_token" {
		t.Errorf("no token command: %v", err)
	}
	if none, err := ParseURLs("  ", ""); err != nil || len(none) != 0 {
		t.Errorf("%v, %v", none, err)
	}
}
