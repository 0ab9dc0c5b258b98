package epay

import (
	"net/http"
	"slices"
	"strings"
)

// controlView is the page on which the bank is told how to misbehave.
type controlView struct {
	view
	Faults []Fault
	Rules  []rule
	Orders []line
	Late   int // messages that wait
}

type rule struct{ Who, Faults string }

type line struct{ Number, Sum, Status, Attempts, Faults string }

// control shows what the bank did, and its faults.
func (b *Bank) control(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := controlView{view: view{Lang: language(r.URL.Query().Get("lang"))}, Faults: Faults, Late: len(b.late)}
	for who, set := range b.faults {
		if who == Next || who == Every {
			c.Rules = append(c.Rules, rule{who, listed(set)})
		}
	}
	slices.SortFunc(c.Rules, func(x, y rule) int { return strings.Compare(x.Who, y.Who) })
	for _, o := range b.orders {
		l := line{Number: o.Number, Sum: string(tenge(o.Amount)), Faults: listed(b.faults[o.Number])}
		if a := o.last(); a != nil {
			l.Status = a.Status
		}
		var tries []string
		for _, a := range o.Attempts {
			tries = append(tries, a.Mask+" "+a.Status)
		}
		l.Attempts = strings.Join(tries, ", ")
		c.Orders = append(c.Orders, l)
	}
	slices.SortFunc(c.Orders, func(x, y line) int { return strings.Compare(y.Number, x.Number) })
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = templates.ExecuteTemplate(w, "control.html", c) // a browser that is gone has no use for it
}

func listed(set map[Fault]bool) string {
	var names []string
	for _, f := range Faults {
		if set[f] {
			names = append(names, string(f))
		}
	}
	return strings.Join(names, ", ")
}

// command sets faults (fields who and fault, repeated) or sends late messages (field deliver).
func (b *Bank) command(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "the form cannot be read", http.StatusBadRequest)
		return
	}
	if r.Form.Has("deliver") {
		b.Deliver()
	} else {
		who := r.Form.Get("who")
		if who == "number" || who == "" {
			who = strings.TrimSpace(r.Form.Get("number"))
		}
		var faults []Fault
		for _, f := range r.Form["fault"] {
			faults = append(faults, Fault(f))
		}
		if who != "" {
			b.Misbehave(who, faults...)
		}
	}
	http.Redirect(w, r, "/control?lang="+language(r.URL.Query().Get("lang")), http.StatusSeeOther)
}
