package web

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/web/part"
)

// Visit is one request: who asks, in which language, and how to answer.
type Visit struct {
	*fiber.Ctx
	Who account.Session // the zero Session when nobody is logged in

	s      *Server
	env    part.Env
	secret string // of the session's cookie
	notice *notice
}

const visitKey = "visit"

func visitOf(c *fiber.Ctx) *Visit { return c.Locals(visitKey).(*Visit) }

// visit finds the session, the language and the theme of a request.
func (s *Server) visit(c *fiber.Ctx) error {
	v := &Visit{Ctx: c, s: s, secret: s.cookie(c, "session")}
	session, ok, err := s.Accounts.Session(c.UserContext(), v.secret)
	if err != nil {
		return err
	}
	if ok {
		v.Who = session
	}
	lang, err := v.language()
	if err != nil {
		return err
	}
	v.env = s.baseEnv(c, lang)
	v.env.CSRF = v.csrf()
	v.takeNotice()
	c.Locals(visitKey, v)
	return c.Next()
}

// baseEnv is what the parts of every page share.
func (s *Server) baseEnv(c *fiber.Ctx, l i18n.Lang) part.Env {
	theme := s.cookie(c, "theme")
	if theme != "light" && theme != "dark" {
		theme = ""
	}
	return part.Env{Lang: l, Theme: theme, Path: c.Path(), Query: string(c.Request().URI().QueryString()),
		Assets: s.static.prefix, Now: s.Clock.Now(), Zone: s.Zone}
}

// csrf is the token of the session, or of the visitor, who is given a cookie for it.
func (v *Visit) csrf() string {
	if v.Known() {
		return v.Who.CSRF
	}
	text := v.s.cookie(v.Ctx, "visitor")
	if len(text) < 20 {
		text = randomText()
		v.s.setCookie(v.Ctx, "visitor", text, 0)
	}
	return visitorToken(text)
}

// language is that of ?lang=, which is kept, else of the cookie, the account, the browser, the installation.
func (v *Visit) language() (i18n.Lang, error) {
	if l, ok := i18n.Parse(v.Query("lang")); ok && v.Method() == fiber.MethodGet {
		v.s.setCookie(v.Ctx, "lang", string(l), 365*24*time.Hour)
		if v.Known() && v.Who.Lang != l {
			v.Who.Lang = l
			return l, v.s.Accounts.SetLang(v.UserContext(), v.Who.ID, l)
		}
		return l, nil
	}
	if l, ok := i18n.Parse(v.s.cookie(v.Ctx, "lang")); ok {
		return l, nil
	}
	if v.Known() && v.Who.Lang != "" {
		return v.Who.Lang, nil
	}
	return i18n.Negotiate(v.Get(fiber.HeaderAcceptLanguage), v.s.Lang), nil
}

// Known tells whether somebody is logged in.
func (v *Visit) Known() bool { return v.Who.ID != uuid.Nil }

// Context is that of the request, with what parts need.
func (v *Visit) Context() context.Context { return part.With(v.UserContext(), v.env) }

// Lang is the reader's language.
func (v *Visit) Lang() i18n.Lang { return v.env.Lang }

// T is a message in the reader's language.
func (v *Visit) T(key string, args ...any) string { return i18n.T(v.env.Lang, key, args...) }

// Error is what the reader is told about an error.
func (v *Visit) Error(err error) string { return i18n.Error(v.env.Lang, err) }

// Today is the day in the office.
func (v *Visit) Today() clock.Day { return clock.DayOf(v.env.Now, v.s.Zone) }

// Text is a field of the form, without white space around it.
func (v *Visit) Text(name string) string { return strings.TrimSpace(v.FormValue(name)) }

// All are the values of a field that may stand in the form several times.
func (v *Visit) All(name string) []string {
	var out []string
	for _, b := range v.Request().PostArgs().PeekMulti(name) {
		out = append(out, string(b))
	}
	return out
}

// Values is the query of the address.
func (v *Visit) Values() url.Values {
	q, err := url.ParseQuery(string(v.Request().URI().QueryString()))
	if err != nil {
		return url.Values{}
	}
	q.Del("lang")
	return q
}

// PageNo is the page of a list, from 1.
func (v *Visit) PageNo() int {
	n, err := strconv.Atoi(v.Query("page"))
	if err != nil || n < 1 || n > 1_000_000 {
		return 1
	}
	return n
}

// ID is an identifier in the address.
func (v *Visit) ID(param string) (uuid.UUID, error) {
	id, err := uuid.Parse(v.Params(param))
	if err != nil {
		return uuid.Nil, errNoPage
	}
	return id, nil
}

// Page is what stands around the content of a page.
type Page struct {
	Title     string
	Here      string // the path of its line in the side bar
	Status    int    // 0 is 200
	Query     string // what the search box holds
	PrintLine string // university, page, period; what paper needs to know
	Folded    bool   // narrow side bar
	Bare      bool   // no padding around the content
}

// Show answers with a page in the frame.
func (v *Visit) Show(p Page, body templ.Component) error {
	view, err := v.s.frame(v, p)
	if err != nil {
		return err
	}
	status := p.Status
	if status == 0 {
		status = fiber.StatusOK
	}
	ctx := templ.WithChildren(v.Context(), body)
	return v.writeIn(ctx, status, part.Shell(view))
}

// write answers with a whole document.
func (v *Visit) write(status int, doc templ.Component) error {
	return v.writeIn(v.Context(), status, doc)
}

func (v *Visit) writeIn(ctx context.Context, status int, doc templ.Component) error {
	var b bytes.Buffer
	if err := doc.Render(ctx, &b); err != nil {
		return err
	}
	v.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	v.Set(fiber.HeaderContentLanguage, string(v.env.Lang))
	return v.Status(status).Send(b.Bytes())
}

// Go sends the reader to another page after a POST.
func (v *Visit) Go(path string) error { return v.Redirect(path, fiber.StatusSeeOther) }

// mendable tells whether an error is one that the form it came from should show.
func mendable(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.Unauthenticated, fault.TooLarge, fault.Unavailable:
		var f *fault.Error
		return errors.As(err, &f)
	}
	return false
}

// A notice is shown once, on the next page: what was done, and how to undo it.
type notice struct {
	Key    string         `json:"k"`
	Args   map[string]any `json:"a,omitempty"`
	Undo   string         `json:"u,omitempty"` // path of the POST that takes it back
	Hidden string         `json:"h,omitempty"` // value of the field "id" in it
}

// Notice says on the next page what was done: the message of key, with args as in T.
func (v *Visit) Notice(key string, args ...any) { v.noticeUndo(notice{Key: key, Args: pairs(args)}) }

// NoticeUndo is Notice with a button that posts id to path.
func (v *Visit) NoticeUndo(path, id, key string, args ...any) {
	v.noticeUndo(notice{Key: key, Args: pairs(args), Undo: path, Hidden: id})
}

func (v *Visit) noticeUndo(n notice) {
	data, err := json.Marshal(n)
	if err != nil {
		return // numbers and strings always can be written
	}
	v.s.setCookie(v.Ctx, "notice", base64.RawURLEncoding.EncodeToString(data), time.Minute)
}

func pairs(args []any) map[string]any {
	m := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		if k, ok := args[i].(string); ok {
			m[k] = args[i+1]
		}
	}
	return m
}

// takeNotice reads the notice of a page that is about to be shown, and forgets it.
func (v *Visit) takeNotice() {
	text := v.s.cookie(v.Ctx, "notice")
	if text == "" || v.Method() != fiber.MethodGet {
		return
	}
	v.s.dropCookie(v.Ctx, "notice")
	data, err := base64.RawURLEncoding.DecodeString(text)
	var n notice
	if err == nil && json.Unmarshal(data, &n) == nil && v.T(n.Key) != n.Key {
		v.notice = &n
	}
}

// cookieName keeps our cookies apart from those of others on the host; with TLS the browser itself holds
// them to this host.
func (s *Server) cookieName(name string) string {
	if s.secure {
		return "__Host-kualik-" + name
	}
	return "kualik-" + name
}

func (s *Server) cookie(c *fiber.Ctx, name string) string { return c.Cookies(s.cookieName(name)) }

// setCookie sets a cookie that scripts cannot read; life 0 ends with the browser.
func (s *Server) setCookie(c *fiber.Ctx, name, value string, life time.Duration) {
	c.Cookie(&fiber.Cookie{Name: s.cookieName(name), Value: value, Path: "/", HTTPOnly: true, Secure: s.secure,
		SameSite: fiber.CookieSameSiteLaxMode, MaxAge: int(life.Seconds()), SessionOnly: life == 0})
}

func (s *Server) dropCookie(c *fiber.Ctx, name string) {
	c.Cookie(&fiber.Cookie{Name: s.cookieName(name), Path: "/", HTTPOnly: true, Secure: s.secure,
		SameSite: fiber.CookieSameSiteLaxMode, Expires: time.Unix(1, 0)})
}

// number is a whole number of the form.
func (v *Visit) number(name string) (int, error) { return strconv.Atoi(v.Text(name)) }
