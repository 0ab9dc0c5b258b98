package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"kualik/internal/fault"
)

// How long a request may take.
const (
	pageDeadline   = 30 * time.Second
	uploadDeadline = 4 * time.Minute
)

// policy lets a page load nothing but our own files and run nothing that stands in the page itself; its
// scripts talk to these pages and to NCALayer on the reader's computer, which signs.
func (s *Server) policy() string {
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
		"connect-src " + s.connectSources() + "; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
}

var (
	errNoPage    = fault.New(fault.NotFound, "web.error.no_page")
	errNotYours  = fault.New(fault.Forbidden, "web.error.not_yours")
	errLogIn     = fault.New(fault.Unauthenticated, "web.error.log_in")
	errToken     = fault.New(fault.Forbidden, "web.error.token")
	errTooLarge  = fault.New(fault.TooLarge, "web.error.too_large")
	errBadUpload = fault.New(fault.Invalid, "web.error.upload")
)

func hasTLS(publicURL string) bool { return strings.HasPrefix(publicURL, "https://") }

func (s *Server) headers(c *fiber.Ctx) error {
	c.Set("Content-Security-Policy", s.policy())
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("X-Frame-Options", "DENY")
	c.Set("Referrer-Policy", "same-origin")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=()")
	if s.secure {
		c.Set("Strict-Transport-Security", "max-age=31536000")
	}
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Next()
}

// recovered turns a panic into an error of one request.
func (s *Server) recovered(c *fiber.Ctx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return c.Next()
}

// deadline gives the request a context that ends.
func (s *Server) deadline(c *fiber.Ctx) error {
	d := pageDeadline
	if isMultipart(c) {
		d = uploadDeadline
	}
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	c.SetUserContext(ctx)
	return c.Next()
}

func isMultipart(c *fiber.Ctx) bool {
	return strings.HasPrefix(c.Get(fiber.HeaderContentType), fiber.MIMEMultipartForm)
}

// bounded reads the body of an ordinary form, up to its limit. Forms with files stay streams, and only
// routes made by postFile take them.
func (s *Server) bounded(c *fiber.Ctx) error {
	if c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead {
		return c.Next()
	}
	if isMultipart(c) {
		if !s.takesFiles(c.Path()) {
			return errBadUpload
		}
		if c.Request().Header.ContentLength() > maxUpload {
			c.Context().SetConnectionClose() // the rest of the body is not read
			return errTooLarge
		}
		return c.Next()
	}
	body := c.Context().RequestBodyStream()
	if body == nil {
		return c.Next()
	}
	data, err := io.ReadAll(io.LimitReader(body, maxForm+1))
	if err != nil {
		return fault.Wrap(err, fault.Invalid, "web.error.upload")
	}
	if len(data) > maxForm {
		c.Context().SetConnectionClose()
		return errTooLarge
	}
	c.Request().SetBodyRaw(data)
	return c.Next()
}

// token holds the token of a form against that of the session. Forms with files carry it as their first
// field, which upload reads.
func (s *Server) token(c *fiber.Ctx) error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
		return c.Next()
	}
	if site := c.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return errToken
	}
	if isMultipart(c) {
		return c.Next()
	}
	v := visitOf(c)
	given := c.Get("X-CSRF-Token")
	if given == "" {
		given = c.FormValue("csrf")
	}
	if !sameToken(given, v.env.CSRF) {
		return errToken
	}
	return c.Next()
}

func sameToken(given, want string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(given), []byte(want)) == 1
}

// visitorToken is the token of who has no session yet: it follows from a cookie that other sites cannot read.
func visitorToken(cookie string) string {
	h := sha256.Sum256([]byte("form of a visitor " + cookie))
	return base64.RawURLEncoding.EncodeToString(h[:])
}

func randomText() string {
	b := make([]byte, 24)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// firstRun leads everybody to the first-run page while there is no account.
func (s *Server) firstRun(c *fiber.Ctx) error {
	if visitOf(c).Known() || strings.HasPrefix(c.Path(), "/first-run") || c.Path() == "/theme" {
		return c.Next()
	}
	needs, err := s.Accounts.NeedsFirstRun(c.UserContext())
	if err != nil {
		return err
	}
	if needs {
		return c.Redirect("/first-run", fiber.StatusSeeOther)
	}
	return c.Next()
}

// hostOf is the address on the network that asks. A proxy on this machine is believed about who it asks for.
func hostOf(c *fiber.Ctx) string {
	remote := c.Context().RemoteIP()
	if remote.IsLoopback() {
		list := strings.Split(c.Get(fiber.HeaderXForwardedFor), ",")
		if ip := net.ParseIP(strings.TrimSpace(list[len(list)-1])); ip != nil {
			return ip.String()
		}
	}
	return remote.String()
}

// safeBack is a path of our own pages to go back to; anything else is the front page.
func safeBack(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}
