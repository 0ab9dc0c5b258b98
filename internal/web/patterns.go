package web

import "kualik/internal/account"

func (s *Server) mountPatterns() {
	s.get("/patterns", account.SeePatterns, func(v *Visit) error {
		return v.Show(Page{Title: v.T("web.nav.patterns"), Here: "/patterns"}, patternsPage())
	})
	if s.Demo {
		s.addNav(navEntry{group: 2, order: 90, key: "web.nav.patterns", path: "/patterns", icon: "box", action: account.SeePatterns})
	}
}
