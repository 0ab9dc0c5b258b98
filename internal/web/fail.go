package web

import (
	"context"
	"errors"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"kualik/internal/fault"
	"kualik/internal/i18n"
)

// statusOf is the one table from the kind of a failure to the status of the answer.
var statusOf = map[fault.Kind]int{
	fault.Internal:        fiber.StatusInternalServerError,
	fault.Invalid:         fiber.StatusUnprocessableEntity,
	fault.NotFound:        fiber.StatusNotFound,
	fault.Conflict:        fiber.StatusConflict,
	fault.Forbidden:       fiber.StatusForbidden,
	fault.Unauthenticated: fiber.StatusUnauthorized,
	fault.TooLarge:        fiber.StatusRequestEntityTooLarge,
	fault.Unavailable:     fiber.StatusServiceUnavailable,
}

// fail answers a request that failed: a page in the reader's language that says what is safe. Failures of
// our own are logged here, once.
func (s *Server) fail(c *fiber.Ctx, err error) error {
	// The request's deadline may be what failed; the page that says so needs none.
	c.SetUserContext(context.WithoutCancel(c.UserContext()))
	kind := fault.KindOf(err)
	status := statusOf[kind]
	var f *fiber.Error
	if errors.As(err, &f) {
		status = f.Code
		switch f.Code {
		case fiber.StatusNotFound, fiber.StatusMethodNotAllowed:
			err = errNoPage
		case fiber.StatusRequestEntityTooLarge:
			err = errTooLarge
		}
	}
	if status >= 500 {
		s.Log.Error("request failed", "route", c.Route().Path, "method", c.Method(), "request", c.GetRespHeader(fiber.HeaderXRequestID), "error", err)
	}
	if needsEDS(err) {
		return c.Redirect("/login?"+url.Values{"eds": {"1"}, "next": {edsBack(c)}}.Encode(), fiber.StatusSeeOther)
	}
	if kind == fault.Unauthenticated && c.Method() == fiber.MethodGet {
		to := "/login"
		if c.Path() != "/" {
			to += "?next=" + url.QueryEscape(c.OriginalURL())
		}
		return c.Redirect(to, fiber.StatusSeeOther)
	}
	v, ok := c.Locals(visitKey).(*Visit)
	if !ok {
		v = &Visit{Ctx: c, s: s}
		v.env = s.baseEnv(c, i18n.Negotiate(c.Get(fiber.HeaderAcceptLanguage), s.Lang))
	}
	e := errorView{Status: status, Title: v.Error(err), Request: c.GetRespHeader(fiber.HeaderXRequestID), Known: v.Known()}
	return v.write(status, errorPage(e))
}
