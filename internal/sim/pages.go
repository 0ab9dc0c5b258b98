package sim

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

//go:embed page.html sim.css
var files embed.FS

var templates = template.Must(template.ParseFS(files, "page.html"))

// How many people a page lists, and how long a text it shows.
const (
	listed    = 12
	shownText = 4096
)

// page is what every page is made of.
type page struct {
	Lang, Title, Self string
	Refresh           int // seconds, 0 never
	Said, Tone        string
	Query             string
	People            []personRow
	Total             int
	Hidden            bool
}

func (p page) T(key string) string      { return word(p.Lang, key) }
func (p page) Fault(kind string) string { return word(p.Lang, "fault_"+kind) }
func (page) Langs() []string            { return codes }
func (page) LangName(l string) string {
	return map[string]string{"kk": "Қаз", "ru": "Рус", "en": "Eng"}[l]
}

type personRow struct {
	Name, IIN, IINWord, Organisation string
	Chips                            []string
	Keys                             []keyButton
	Revoked                          bool
}

type keyButton struct{ Value, Label string }

type itemRow struct {
	Act, Text, Hash, Link string
	Size                  int
	Digested              bool
}

type chooserPage struct {
	page
	Request string
	Items   []itemRow
	Origin  string
	Until   string
	Others  int
	Sticky  string
	Refused []personRow
}

// chooser is the page on which somebody decides what NCALayer answers. It works without scripts: while nothing
// waits it asks again every two seconds, and stands still while there is something to decide.
func (s *Sim) chooser(w http.ResponseWriter, r *http.Request) {
	p := chooserPage{page: s.page(w, r, "title", "ncalayer")}
	var want wish
	if q := s.find(""); q != nil {
		if chosen := chosenLang(r); chosen == "" && contains(codes, q.locale) {
			p.Lang = q.locale // as the page that asks
		}
		p.Request, p.Origin, p.Others, want = q.id, q.origin, s.Waiting()-1, q.wish
		p.Until = q.at.Add(s.patience).In(s.zone).Format("15:04:05")
		p.Items = items(q)
	} else if !r.URL.Query().Has("q") { // not while somebody types
		p.Refresh = 2
	}
	s.mu.Lock()
	if s.sticky != nil {
		p.Sticky = s.stickyName(p.Lang)
	}
	s.mu.Unlock()
	for _, person := range s.search(&p.page) {
		row := s.row(p.Lang, person)
		if p.Request == "" {
			row.Keys = []keyButton{{Label: word(p.Lang, "set")}}
			p.People = append(p.People, row)
			continue
		}
		offered := s.ring.offered(person, want, false)
		row.Keys = buttons(p.Lang, offered)
		p.People = append(p.People, row)
		others := slices.DeleteFunc(s.ring.offered(person, want, true), func(n keyName) bool { return slices.Contains(offered, n) })
		if len(others) > 0 {
			row.Keys = buttons(p.Lang, others)
			p.Refused = append(p.Refused, row)
		}
	}
	s.render(w, "ncalayer", p)
}

// page is what is common: language (remembered in a cookie), what has just happened, what is searched for.
func (s *Sim) page(w http.ResponseWriter, r *http.Request, title, self string) page {
	p := page{Lang: lang(r), Title: title, Self: self, Query: strings.TrimSpace(r.URL.Query().Get("q"))}
	if r.URL.Query().Has("lang") {
		http.SetCookie(w, &http.Cookie{Name: "sim_lang", Value: p.Lang, Path: "/", MaxAge: 1 << 25, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
	switch r.URL.Query().Get("said") {
	case "done":
		p.Said, p.Tone = word(p.Lang, "done"), "ok"
	case "gone":
		p.Said, p.Tone = word(p.Lang, "gone"), "bad"
	}
	return p
}

// search lists those whom the page's query names. Without one those who signed last stand first, and the
// special people are in the list however long it is.
func (s *Sim) search(p *page) []Person {
	all := s.ring.everybody()
	special := Special()
	isSpecial := func(x Person) bool {
		return slices.ContainsFunc(special, func(y Person) bool { return x.IIN == y.IIN })
	}
	s.mu.Lock()
	recent := slices.Clone(s.recent)
	s.mu.Unlock()
	if p.Query != "" {
		q := strings.ToUpper(p.Query)
		all = slices.DeleteFunc(all, func(x Person) bool {
			return !strings.Contains(strings.ToUpper(x.Name()), q) && !strings.HasPrefix(x.IIN, q)
		})
	} else {
		slices.SortStableFunc(all, func(a, b Person) int { return rank(recent, a.IIN) - rank(recent, b.IIN) })
	}
	p.Total = len(all)
	if len(all) <= listed {
		return all
	}
	p.Hidden = true
	if p.Query != "" {
		return all[:listed]
	}
	isLast := func(x Person) bool { return isSpecial(x) && !slices.Contains(recent, x.IIN) }
	last := slices.DeleteFunc(slices.Clone(all), func(x Person) bool { return !isLast(x) })
	first := slices.DeleteFunc(all, isLast)
	return append(first[:min(len(first), listed-len(last))], last...)
}

func rank(recent []string, iin string) int {
	if i := slices.Index(recent, iin); i >= 0 {
		return i
	}
	return len(recent)
}

func (s *Sim) row(l string, p Person) personRow {
	row := personRow{Name: p.Name(), IIN: p.IIN, IINWord: word(l, "iin"), Organisation: p.Organisation, Revoked: s.ring.revoked(p.IIN)}
	if p.Expired {
		row.Chips = append(row.Chips, word(l, "expired"))
	}
	if row.Revoked {
		row.Chips = append(row.Chips, word(l, "revoked"))
	}
	if p.BIN != "" {
		row.Chips = append(row.Chips, word(l, "head"))
	}
	return row
}

func buttons(l string, names []keyName) []keyButton {
	var list []keyButton
	for _, n := range names {
		b := keyButton{Value: n.String(), Label: word(l, n.usage) + " · " + n.algorithm}
		if n.org {
			b.Label += " · " + word(l, "ORG")
		}
		list = append(list, b)
	}
	return list
}

// items describes what would be signed: a text is shown, a document is named and can be opened.
func items(r *request) []itemRow {
	if r.act == actKeyInfo {
		return []itemRow{{Act: "act_key"}}
	}
	var list []itemRow
	for i, data := range r.data {
		row := itemRow{Act: "act_document", Size: len(data), Digested: r.digested}
		switch {
		case r.digested:
			row.Hash = hex.EncodeToString(data)
		case readable(data):
			row.Act, row.Text = "act_text", string(data)
		default:
			sum := sha256.Sum256(data)
			row.Hash = hex.EncodeToString(sum[:])
			row.Link = "document?request=" + r.id + "&n=" + strconv.Itoa(i)
		}
		list = append(list, row)
	}
	return list
}

func readable(data []byte) bool {
	return len(data) <= shownText && utf8.Valid(data) && !bytes.ContainsFunc(data, func(c rune) bool {
		return unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t'
	})
}

// document shows the bytes that wait to be signed: a PDF as such, anything else as text.
func (s *Sim) document(w http.ResponseWriter, r *http.Request) {
	q := s.find(r.URL.Query().Get("request"))
	n, err := strconv.Atoi(r.URL.Query().Get("n"))
	if q == nil || q.digested || err != nil || n < 0 || n >= len(q.data) {
		http.NotFound(w, r)
		return
	}
	kind := "text/plain; charset=utf-8"
	if bytes.HasPrefix(q.data[n], []byte("%PDF-")) {
		kind = "application/pdf"
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(q.data[n])
}

func (s *Sim) render(w http.ResponseWriter, name string, data any) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		s.log.Error("simulator: page", "error", err)
		http.Error(w, "error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'")
	_, _ = w.Write(b.Bytes())
}

func (s *Sim) style(w http.ResponseWriter, r *http.Request) {
	http.ServeFileFS(w, r, files, "sim.css")
}
