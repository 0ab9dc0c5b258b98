package web

import (
	"context"
	"errors"

	"kualik/internal/fault"
	"kualik/internal/signing"
	"kualik/internal/web/part"
)

// EDS is what the browser must know to sign.
type EDS struct {
	Signing     *signing.Service // nil: nobody logs in with EDS
	NCALayerURL string           // of NCALayer on the reader's computer, wss://127.0.0.1:13579/; empty: nobody signs
	// NCALayerPage is where a key is chosen when a stand-in answers in NCALayer's place (demo); else empty.
	NCALayerPage     string
	LoginWithSignKey bool // a key for signing opens a session too
}

// errNeedEDS is what a page that changes a filing answers to who came by link or password; fail leads them
// to the log-in and back.
var errNeedEDS = fault.New(fault.Unauthenticated, "eds.error.need")

func needsEDS(err error) bool { return errors.Is(err, errNeedEDS) }

// Key usages that NCALayer offers keys by (RFC 5280 4.2.1.12).
const (
	oidClientAuth      = "1.3.6.1.5.5.7.3.2"
	oidEmailProtection = "1.3.6.1.5.5.7.3.4"
)

// edsView is a form that is sent with a signature; static/eds.js gets it from NCALayer. Its fields are csrf,
// cms (CMS in base64), challenge when it logs in, and those of Hidden.
type edsView struct {
	Kind    string // login, or sign
	Action  string
	Content string // sign: address of the bytes that are signed
	Button  string
	Primary bool
	Hidden  []part.Link // name and value
	Key     string      // CommonUtils: AUTHENTICATION or SIGNATURE
	OIDs    string
	URL     string
	Page    string
}

// edsLogin is the form that opens a session.
func (s *Server) edsLogin(v *Visit, next string) edsView {
	e := edsView{Kind: "login", Action: "/login/eds", Button: v.T("eds.login.button"), Primary: true, Key: "AUTHENTICATION", OIDs: oidClientAuth,
		URL: s.NCALayerURL, Page: s.NCALayerPage, Hidden: []part.Link{{Text: "next", Href: next}}}
	if s.LoginWithSignKey {
		e.OIDs, e.Key = "", "ANY"
	}
	return e
}

// edsSign is a form that signs the bytes at content, a page of ours, and is sent to action.
func (s *Server) edsSign(v *Visit, action, content, button string, hidden ...part.Link) edsView {
	return edsView{Kind: "sign", Action: action, Content: content, Button: button, Primary: true, Key: "SIGNATURE", OIDs: oidEmailProtection,
		URL: s.NCALayerURL, Page: s.NCALayerPage, Hidden: hidden}
}

// edsState is a state of signing in the browser, as eds.js names it, and the lamp that it is shown with.
type edsState struct{ word, lamp string }

var edsStates = []edsState{{"ready", "ok"}, {"absent", "warn"}, {"connecting", "unknown"}, {"waiting", "unknown"}, {"sending", "unknown"},
	{"cancelled", "warn"}, {"refused", "bad"}, {"old", "bad"}, {"lost", "bad"}, {"silent", "warn"}, {"network", "bad"}, {"session", "warn"}}

// connectSources are what scripts may talk to: our own pages, and NCALayer.
func (s *Server) connectSources() string {
	if s.NCALayerURL == "" {
		return "'self'"
	}
	return "'self' " + s.NCALayerURL
}

func edsButton(e edsView) string {
	if e.Primary {
		return "primary"
	}
	return ""
}

// edsFact and edsNote are what a state says; "ready" says which key is wanted.
func edsFact(ctx context.Context, e edsView, word string) string {
	return part.T(ctx, "eds.state."+edsNote(e, word))
}

func edsNote(e edsView, word string) string {
	if word == "ready" {
		return word + "_" + e.Kind
	}
	return word
}
