package web

import (
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/fault"
	"kualik/internal/signing"
)

// Log-in with EDS: the browser fetches a challenge, has it signed by NCALayer and sends the signature. The
// challenge is good for this browser only: it is bound to the token of its forms, which other sites and
// other browsers cannot know.

func (s *Server) mountEDSLogin() {
	if s.Signing == nil {
		return
	}
	s.post("/login/eds/challenge", anybody, s.edsChallenge)
	s.post("/login/eds", anybody, s.loginByEDS)
}

// host is the name under which readers know this installation; it stands in what they sign.
func (s *Server) host() string {
	u, err := url.Parse(s.PublicURL)
	if err != nil {
		return s.PublicURL
	}
	return u.Host
}

func (s *Server) edsChallenge(v *Visit) error {
	c, err := s.Signing.Challenge(v.UserContext(), v.edsPurpose(), s.host(), v.env.CSRF)
	if err != nil {
		return err
	}
	return v.JSON(fiber.Map{"id": c.ID, "content": base64.StdEncoding.EncodeToString(c.Content)})
}

// signature is the CMS that eds.js put into a form, in base64 with or without armour; empty when none came.
func (v *Visit) signature() ([]byte, error) {
	var text strings.Builder
	for line := range strings.Lines(v.FormValue("cms")) {
		if !strings.HasPrefix(line, "-----") {
			text.WriteString(strings.Join(strings.Fields(line), ""))
		}
	}
	cms, err := base64.StdEncoding.DecodeString(text.String())
	if err != nil || len(cms) == 0 {
		return nil, errNoSignature
	}
	return cms, nil
}

var errNoSignature = fault.New(fault.Invalid, "eds.error.empty")

func (s *Server) loginByEDS(v *Visit) error {
	secret, first, err := s.edsSession(v)
	if err != nil {
		if !mendable(err) && fault.KindOf(err) != fault.Forbidden {
			return err
		}
		l, lerr := s.newLoginView(v)
		if lerr != nil {
			return lerr
		}
		l.EDSProblem, l.In, l.Join = v.Error(err), v.Known(), v.joins()
		return v.write(statusOf[fault.KindOf(err)], loginPage(l))
	}
	next := safeBack(v.FormValue("next"))
	if first {
		next = "/profile?" + url.Values{"first": {"1"}, "next": {next}}.Encode()
	}
	if v.Known() { // the session by link or password is over
		if err := s.Accounts.Logout(v.UserContext(), v.secret); err != nil {
			return err
		}
	}
	return v.enter(secret, next)
}

// edsSession verifies the signature and opens the session of its owner.
func (s *Server) edsSession(v *Visit) (secret string, first bool, err error) {
	cms, err := v.signature()
	if err != nil {
		return "", false, err
	}
	challenge, err := uuid.Parse(v.Text("challenge"))
	if err != nil {
		return "", false, errNoSignature
	}
	purpose := v.edsPurpose()
	who, err := s.Signing.VerifyChallenge(v.UserContext(), purpose, challenge, v.env.CSRF, cms)
	if err != nil {
		return "", false, err
	}
	if purpose == signing.ForJoin {
		secret, _, first, err = s.Accounts.JoinEDS(v.UserContext(), v.Who.Account, who)
		return secret, first, err
	}
	secret, _, first, err = s.Accounts.LoginByEDS(v.UserContext(), who)
	return secret, first, err
}

// edsPurpose is what the reader's key is asked to sign for: to be let in, or to open the account in which
// they already are from now on.
func (v *Visit) edsPurpose() signing.Purpose {
	if v.Text("join") != "" && v.joins() != "" {
		return signing.ForJoin
	}
	return signing.ForLogin
}

// joins is the name of the account that a key may be bound to: that of a reader who came by link or password
// and has no key yet.
func (v *Visit) joins() string {
	if !v.Known() || v.Who.HasEDS {
		return ""
	}
	return v.Who.Name
}

// needEDS is nil when the reader may change their filings now; else what leads them to the log-in and back.
func (v *Visit) needEDS() error {
	if v.Who.Means == account.ByEDS {
		return nil
	}
	return errNeedEDS
}

// edsBack is where a reader who must log in with EDS comes back to: the page itself, or the one that a form
// stood on.
func edsBack(c *fiber.Ctx) string {
	if c.Method() == fiber.MethodGet {
		return safeBack(c.OriginalURL())
	}
	u, err := url.Parse(c.Get(fiber.HeaderReferer))
	if err != nil || u.Host != string(c.Request().Host()) {
		return "/"
	}
	return safeBack(u.RequestURI())
}
