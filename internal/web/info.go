package web

import (
	"slices"

	"github.com/a-h/templ"

	"kualik/internal/account"
	"kualik/internal/kind"
	"kualik/internal/web/part"
)

// The information pages: how one files, what can be filed, what it costs, the law, whom to ask. They are
// open to everybody; who is logged in sees them inside the frame.

const infoPath = "/info"

// infoPages are the pages in the order in which they are offered. FAQ has the address of its own line in
// the side bar.
var infoPages = []string{"steps", "types", "cost", "law", "faq", "ask", "fee", "support"}

func infoHref(page string) string {
	if page == "faq" {
		return "/faq"
	}
	return infoPath + "/" + page
}

func (s *Server) mountInfo() {
	s.get(infoPath, anybody, s.infoIndex)
	s.get("/faq", anybody, s.faqPage)
	s.get("/info/steps", anybody, s.stepsPage)
	s.get("/info/types", anybody, s.typesPage)
	s.get("/info/law", anybody, s.lawPage)
	s.get("/info/ask", anybody, s.askPage)
	s.get("/info/support", anybody, func(v *Visit) error { return s.showSupport(v, supportView{}, 200) })
	s.post("/info/support", account.SeeOwn, s.sendSupport)
	if s.Payments != nil {
		s.get("/info/cost", anybody, s.costPage)
		s.get("/info/fee", anybody, func(v *Visit) error { return s.showWrongFee(v, wrongFeeView{}, 200) })
		s.post("/info/fee", account.SeeOwn, s.sendWrongFee)
	}
	s.addNav(navEntry{group: 0, order: 8, key: "info.page.faq", path: "/faq", icon: "help", action: account.File, cabinet: true})
}

// infoView is what stands around an information page.
type infoView struct {
	Page, Title, Note string
	Known             bool
	Tabs              []part.Tab
}

// showInfo answers with an information page: in the frame for who is logged in, else by itself.
func (s *Server) showInfo(v *Visit, page string, status int, body templ.Component) error {
	key := "info.page." + page
	view := infoView{Page: page, Title: v.T(key), Note: v.T("info.about." + page), Known: v.Known()}
	for _, p := range infoPages {
		if s.Payments == nil && (p == "cost" || p == "fee") {
			continue
		}
		if p == "fee" {
			continue // its place is beside the cost
		}
		view.Tabs = append(view.Tabs, part.Tab{Text: v.T("info.page." + p), Href: infoHref(p), Here: p == page || p == "cost" && page == "fee"})
	}
	if page == "" {
		view.Title, view.Note = v.T("info.title"), ""
	}
	inside := infoFrame(view, body)
	if v.Known() {
		return v.Show(Page{Title: view.Title, Here: "/faq", Status: status}, inside)
	}
	return v.write(status, infoOutside(view, inside))
}

func (s *Server) infoIndex(v *Visit) error {
	var list []infoCard
	for _, p := range infoPages {
		if s.Payments == nil && (p == "cost" || p == "fee") {
			continue
		}
		list = append(list, infoCard{v.T("info.page." + p), v.T("info.about." + p), infoHref(p)})
	}
	return s.showInfo(v, "", 200, infoIndex(list))
}

type infoCard struct{ Title, Text, Href string }

// faqs are the questions, in the order of the page, with the page that says more.
var faqs = []struct{ key, more string }{{"eds", "steps"}, {"ncalayer", "support"}, {"phone", ""}, {"other", "steps"}, {"unnamed", ""}, {"card", "support"},
	{"number", "ask"}, {"late", ""}, {"edit", ""}, {"when", "steps"}, {"send", ""}}

func (s *Server) faqPage(v *Visit) error {
	var list []infoCard
	for _, f := range faqs {
		c := infoCard{Title: v.T("info.faq." + f.key + ".q"), Text: v.T("info.faq." + f.key + ".a")}
		if f.more != "" {
			c.Href = infoHref(f.more)
		}
		list = append(list, c)
	}
	return s.showInfo(v, "faq", 200, faqBody(list))
}

// infoStep is a step of the instruction.
type infoStep struct{ Title, Text, Warning string }

// instructionSteps are the instruction's steps, in its order; those with a warning have one there too.
var instructionSteps = []struct {
	key  string
	warn bool
}{{"ready", true}, {"login", true}, {"profile", false}, {"new", false}, {"data", true}, {"people", false}, {"files", false}, {"statement", false},
	{"pay", true}, {"submit", true}, {"others", true}, {"after", false}, {"certificate", true}}

var filingStates = []string{"preparation", "registration", "expert", "examination", "protection"}

func (s *Server) stepsPage(v *Visit) error {
	address, err := s.sendTo(v)
	if err != nil {
		return err
	}
	view := stepsView{Known: v.Known(), Address: address, File: s.Filings != nil}
	for _, st := range instructionSteps {
		one := infoStep{Title: v.T("info.steps." + st.key), Text: v.T("info.steps." + st.key + ".text")}
		if st.warn {
			one.Warning = v.T("info.steps." + st.key + ".warn")
		}
		view.Steps = append(view.Steps, one)
	}
	for _, st := range filingStates {
		view.States = append(view.States, part.Fact{Name: v.T("info.state." + st), Text: v.T("info.state_about." + st)})
	}
	return s.showInfo(v, "steps", 200, stepsBody(view))
}

// stepsView is the instruction in our own pages.
type stepsView struct {
	Known, File bool
	Steps       []infoStep
	States      []part.Fact
	Address     string // where certificates are sent
}

// recordKinds are the kinds that are filed at the institute itself.
var recordKinds = []string{"trademark", "invention", "selection_achievement", "appellation_of_origin", "industrial_design", "utility_model",
	"integrated_circuit", "commercialisation_contract"}

func (s *Server) typesPage(v *Visit) error {
	var works, others []part.Fact
	for _, code := range kind.Codes {
		works = append(works, part.Fact{Name: sentence(kind.Name(string(v.Lang()), code)), Text: v.T("info.kind." + code)})
	}
	for _, code := range recordKinds {
		others = append(others, part.Fact{Name: v.T("info.record." + code), Text: v.T("info.record_about." + code)})
	}
	return s.showInfo(v, "types", 200, typesBody(works, others))
}

// acts are the legal acts, with the addresses where they are read.
var acts = []struct{ key, at string }{{"law", "adilet.zan.kz/rus/docs/Z960000006_"}, {"order", "adilet.zan.kz/rus/docs/V1800017325"},
	{"eds", "adilet.zan.kz/rus/docs/Z030000370_"}, {"data", "adilet.zan.kz/rus/docs/Z1300000094"}}

// lawSays is how many sentences there are about article 9-1.
const lawSays = 6

func (s *Server) lawPage(v *Visit) error {
	var list []infoCard
	for _, a := range acts {
		list = append(list, infoCard{v.T("info.law.act." + a.key), v.T("info.law.about." + a.key), a.at})
	}
	return s.showInfo(v, "law", 200, lawBody(list))
}

// askView is whom to ask.
type askView struct {
	Office       []string // addresses of the research office
	Email, Phone string   // of the institute's support
}

func (s *Server) askPage(v *Visit) error {
	office, err := s.officeAddresses(v)
	if err != nil {
		return err
	}
	return s.showInfo(v, "ask", 200, askBody(askView{Office: office, Email: s.SupportEmail, Phone: s.SupportPhone}))
}

// officeAddresses are those of the research office, else of the administrators.
func (s *Server) officeAddresses(v *Visit) ([]string, error) {
	all, err := s.Accounts.List(v.UserContext())
	if err != nil {
		return nil, err
	}
	byRole := map[account.Role][]string{}
	for _, a := range all {
		if a.Email != "" && !a.Disabled {
			byRole[a.Role] = append(byRole[a.Role], a.Email)
		}
	}
	list := byRole[account.ResearchOffice]
	if len(list) == 0 {
		list = byRole[account.Administrator]
	}
	slices.Sort(list)
	return list, nil
}
