package web

import (
	"slices"

	"kualik/internal/account"
	"kualik/internal/i18n"
	"kualik/internal/notify"
	"kualik/internal/web/part"
)

const templatesPath = "/settings/letters"

func (s *Server) mountTemplates() {
	if len(s.LetterTemplates) == 0 {
		return
	}
	s.get(templatesPath, account.ChangeLetters, s.templatesPage)
	s.get(templatesPath+"/:name", account.ChangeLetters, s.templatePage)
	s.get(templatesPath+"/:name/html", account.ChangeLetters, s.templateHTML)
}

// templatesView is the list of the letters that the program writes.
type templatesView struct {
	Tabs []part.Tab
	Rows []templateRow
}

type templateRow struct{ Href, Name, Subject string }

func (s *Server) templatesPage(v *Visit) error {
	view := templatesView{Tabs: s.settingsTabs(v, templatesPath)}
	for _, t := range s.LetterTemplates {
		view.Rows = append(view.Rows, templateRow{Href: templatesPath + "/" + t.Name, Name: t.Name, Subject: t.Sample(v.Lang()).Subject})
	}
	return v.Show(Page{Title: v.T("notify.templates.title"), Here: "/settings"}, templatesPage(view))
}

// templateView is one letter in one language, as text and as HTML.
type templateView struct {
	Tabs                      []part.Tab
	Name, Subject, Text, HTML string
	Langs, Themes             []part.Tab
}

// templateOf finds the letter of an address and the language in which it is looked at: the reader's, or in=.
func (s *Server) templateOf(v *Visit) (t notify.Template, l i18n.Lang, err error) {
	at := slices.IndexFunc(s.LetterTemplates, func(t notify.Template) bool { return t.Name == v.Params("name") })
	if at < 0 {
		return t, l, errNoPage
	}
	l, ok := i18n.Parse(v.Query("in"))
	if !ok {
		l = v.Lang()
	}
	return s.LetterTemplates[at], l, nil
}

func (s *Server) templatePage(v *Visit) error {
	t, l, err := s.templateOf(v)
	if err != nil {
		return err
	}
	made, err := s.Outbox.Preview(v.UserContext(), t, l)
	if err != nil {
		return err
	}
	theme := v.Query("theme")
	if theme != "dark" {
		theme = "light"
	}
	path := templatesPath + "/" + t.Name
	view := templateView{Tabs: s.settingsTabs(v, templatesPath), Name: t.Name, Subject: made.Subject, Text: made.Text,
		HTML: path + "/html?in=" + string(l) + "&theme=" + theme}
	for _, other := range i18n.All {
		view.Langs = append(view.Langs, part.Tab{Text: v.T("web.lang." + string(other)), Href: path + "?in=" + string(other) + "&theme=" + theme, Here: other == l})
	}
	for _, other := range []string{"light", "dark"} {
		view.Themes = append(view.Themes, part.Tab{Text: v.T("notify.templates." + other), Href: path + "?in=" + string(l) + "&theme=" + other, Here: other == theme})
	}
	v.allowFrames()
	return v.Show(Page{Title: v.T("notify.templates.title"), Here: "/settings"}, templatePage(view))
}

func (s *Server) templateHTML(v *Visit) error {
	t, l, err := s.templateOf(v)
	if err != nil {
		return err
	}
	made, err := s.Outbox.Preview(v.UserContext(), t, l)
	if err != nil {
		return err
	}
	return v.sendLetter(made.HTML)
}
