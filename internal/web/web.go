// Package web is the pages: Fiber, templ components, one style sheet. It stands before everything that
// people use and after all packages of the domain; it asks them, shows what they say, and decides nothing
// itself. It knows no SQL but that of its own settings and of the counts in the frame.
//
// Where things are:
//
//	web.go        what the pages need (Deps), the order of the middlewares
//	visit.go      Visit, one request: who, language, forms, answering with a page, undo and notices
//	route.go      routes with the action that each needs, uploads, the nav
//	guard.go      headers, sizes, deadlines, token of forms, first run
//	part/         the pieces of pages; /patterns shows them all
//	static/       style sheet, fonts, scripts, embedded
//	X.go, X.templ the pages of X; mountX in X.go registers its routes and its line in the side bar
//
// A new group of pages is two files, a mountX, and one line in New. A page works without JavaScript; every
// form that changes something is a POST whose first field is part.Token.
package web

import (
	"context"
	"log/slog"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"kualik/internal/account"
	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/directory"
	"kualik/internal/i18n"
	"kualik/internal/notify"
	"kualik/reports"
)

// Deps are what the pages need. Log, Clock, Pool and Accounts are needed always; a group of pages whose
// service is nil is left out.
type Deps struct {
	Log       *slog.Logger
	Clock     clock.Clock
	Zone      *time.Location
	Lang      i18n.Lang // when a reader wishes none
	PublicURL string
	Demo      bool
	Metrics   *prometheus.Registry // nil: no /metrics
	Pool      *pgxpool.Pool
	Accounts  *account.Service
	Staff     *directory.Store
	Flow      // certificates and mails, see flow.go
	Filing    // applications and payments, see cabinet.go
	Office    // the desk, see office.go
	EDS       // log-in and signatures, see eds.go
	Register  // the institution's own register, see register.go

	Reports *reports.Maker
	Outbox  *notify.Service
	Audit   *audit.Chain
	// LetterTemplates are the letters that the program writes, to be looked at.
	LetterTemplates []notify.Template

	// PollNow polls one mailbox, or all when name is empty; nil takes its button away.
	PollNow func(ctx context.Context, name string) (fetched int, err error)
	// Rematch queues the matching of what people left open, after staff or applications were taken in.
	Rematch func(ctx context.Context) error
}

// Server is the pages with what they need.
type Server struct {
	Deps
	app    *fiber.App
	static *assets
	nav    []navEntry
	routes []route
	facts  factsCache
	search string // the page that the search box asks
	secure bool   // cookies travel by TLS only
	meter  *meter
	checks *checkLimit // of files against the register
	chased missingItems
}

// maxForm bounds a form without files, maxUpload one with files.
const (
	maxForm   = 1 << 20
	maxUpload = 64 << 20
)

// New makes the application. It listens on nothing; Listener and ShutdownWithContext are its owner's.
func New(d Deps) *fiber.App { return newServer(d).app }

func newServer(d Deps) *Server {
	if d.Zone == nil {
		d.Zone = time.UTC
	}
	if d.Lang == "" {
		d.Lang = i18n.RU
	}
	s := &Server{Deps: d, static: loadAssets(), secure: hasTLS(d.PublicURL), meter: newMeter(d.Metrics)}
	s.app = fiber.New(fiber.Config{
		AppName:               "Kualik",
		DisableStartupMessage: true,
		// Values of a request stay what they were after the handler; the rest of Fiber reuses them.
		Immutable:    true,
		ErrorHandler: s.fail,
		// Bodies come as streams, so that an upload is never whole in memory; guard.go bounds the others.
		BodyLimit:                    maxForm,
		StreamRequestBody:            true,
		DisablePreParseMultipartForm: true,
		ReadTimeout:                  5 * time.Minute,
		IdleTimeout:                  2 * time.Minute,
	})
	s.app.Use(s.observe, s.recovered, s.headers)
	s.mountStatic()
	s.mountHealth()
	s.mountCallback()
	s.app.Use(s.deadline, s.bounded, s.visit, s.firstRun, s.token)
	s.mountFlow()
	s.mountFiling()
	s.mountOffice()
	s.mountHome()
	s.mountLogin()
	s.mountTheme()
	s.mountFirstRun()
	s.mountApplications()
	s.mountChase()
	s.mountRating()
	s.mountRules()
	s.mountReports()
	s.mountSchedules()
	s.mountStaff()
	s.mountSettings()
	s.mountMailboxes()
	s.mountAccounts()
	s.mountOutbox()
	s.mountAudit()
	s.mountLooks()
	s.mountMe()
	s.mountInfo()
	s.mountLetters()
	s.mountRecords()
	s.mountOwnCertificates()
	s.mountProfile()
	s.mountOwnSignatures()
	s.mountRegister()
	s.mountPatterns()
	s.app.Use(func(c *fiber.Ctx) error { return errNoPage })
	return s
}
