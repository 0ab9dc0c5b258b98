package mailbox

import (
	"crypto/tls"
	"net"
	"net/url"
	"strings"

	"kualik/internal/clock"
	"kualik/internal/fault"
)

// Security is how the connection is protected.
type Security string

// The securities.
const (
	TLS       Security = "tls"      // from the first byte, imaps
	StartTLS  Security = "starttls" // after STARTTLS; without it there is no log-in
	Plaintext Security = "none"
)

// Auth is how one logs in.
type Auth string

// The ways to log in. Gmail takes OAuthBearer, Outlook only XOAuth2.
const (
	Password    Auth = "password"
	OAuthBearer Auth = "oauthbearer"
	XOAuth2     Auth = "xoauth2"
)

// Config is one folder of one mail account. It holds a password: it is never logged.
type Config struct {
	Host, Port   string
	User         string
	Password     string
	Security     Security
	Auth         Auth
	TokenCommand string // prints a fresh access token; for OAuthBearer and XOAuth2
	Folder       string
	Since        clock.Day   // how far back the first poll reads; empty: everything
	TLSConfig    *tls.Config // nil for the system's certificates
}

// Name is the folder's name in the ledger: user@host/folder.
func (c Config) Name() string { return c.User + "@" + c.Host + "/" + c.Folder }

// String hides the password.
func (c Config) String() string { return c.Name() }

func (c Config) address() string { return net.JoinHostPort(c.Host, c.Port) }

// URL is the address as ParseURL reads it, with the password.
func (c Config) URL() string {
	u := url.URL{Scheme: "imap", Host: c.address(), User: url.UserPassword(c.User, c.Password), Path: "/" + c.Folder, RawPath: "/" + url.PathEscape(c.Folder)}
	if c.Password == "" {
		u.User = url.User(c.User)
	}
	q := url.Values{}
	if c.Security == TLS {
		u.Scheme = "imaps"
	} else {
		q.Set("tls", string(c.Security))
	}
	if c.Auth != Password {
		q.Set("auth", string(c.Auth))
	}
	if c.Since != "" {
		q.Set("since", string(c.Since))
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// ParseURLs reads mailboxes parted by white space. tokenCommand serves those that log in by OAuth.
func ParseURLs(s, tokenCommand string) ([]Config, error) {
	var out []Config
	seen := map[string]bool{}
	for _, one := range strings.Fields(s) {
		c, err := ParseURL(one)
		if err != nil {
			return nil, err
		}
		if c.Auth != Password {
			if c.TokenCommand = tokenCommand; tokenCommand == "" {
				return nil, fault.New(fault.Invalid, "mailbox.url_token", "Mailbox", c.Name())
			}
		}
		if seen[c.Name()] {
			return nil, fault.New(fault.Invalid, "mailbox.url_twice", "Mailbox", c.Name())
		}
		seen[c.Name()] = true
		out = append(out, c)
	}
	return out, nil
}

// ParseURL reads imaps://user:password@host:993/INBOX or imap://…?tls=starttls or ?tls=none, with
// &auth=oauthbearer or xoauth2 and &since=DAY. User, password and folder are percent-encoded. Its errors
// are fault.Invalid and never show the password.
func ParseURL(s string) (Config, error) {
	u, err := url.Parse(s)
	if err != nil {
		return Config{}, fault.New(fault.Invalid, "mailbox.url_broken") // the parser's words hold the password
	}
	c := Config{Host: u.Hostname(), Port: u.Port(), Security: StartTLS, Auth: Password, Folder: strings.TrimPrefix(u.Path, "/")}
	if u.User != nil {
		c.User = u.User.Username()
		c.Password, _ = u.User.Password()
	}
	switch u.Scheme {
	case "imaps":
		c.Security = TLS
	case "imap":
	default:
		return Config{}, fault.New(fault.Invalid, "mailbox.url_scheme")
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Config{}, fault.New(fault.Invalid, "mailbox.url_broken")
	}
	for name := range q {
		if err := c.option(name, strings.ToLower(q.Get(name)), u.Scheme); err != nil {
			return Config{}, err
		}
	}
	switch {
	case c.Host == "":
		return Config{}, fault.New(fault.Invalid, "mailbox.url_host")
	case c.User == "":
		return Config{}, fault.New(fault.Invalid, "mailbox.url_user")
	case c.Password == "" && c.Auth == Password:
		return Config{}, fault.New(fault.Invalid, "mailbox.url_password", "Mailbox", c.User+"@"+c.Host)
	}
	if c.Folder == "" || strings.EqualFold(c.Folder, "INBOX") {
		c.Folder = "INBOX"
	}
	if c.Port == "" {
		c.Port = "143"
		if c.Security == TLS {
			c.Port = "993"
		}
	}
	return c, nil
}

// option takes one parameter of the URL.
func (c *Config) option(name, value, scheme string) error {
	switch name {
	case "tls":
		if scheme == "imaps" || value != string(StartTLS) && value != string(Plaintext) {
			return fault.New(fault.Invalid, "mailbox.url_tls", "Value", value)
		}
		c.Security = Security(value)
	case "auth":
		if value != string(OAuthBearer) && value != string(XOAuth2) && value != string(Password) {
			return fault.New(fault.Invalid, "mailbox.url_auth", "Value", value)
		}
		c.Auth = Auth(value)
	case "since":
		day, err := clock.ParseDay(value)
		if err != nil || day == "" {
			return fault.New(fault.Invalid, "mailbox.url_since", "Value", value)
		}
		c.Since = day
	default:
		return fault.New(fault.Invalid, "mailbox.url_option", "Name", name)
	}
	return nil
}
