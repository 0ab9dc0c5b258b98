package notify

import (
	"context"

	"kualik/internal/i18n"
)

// Template is a sort of letter, to be looked at before there is one.
type Template struct {
	Name   string                     // unique, as the letter's message key has it
	Sample func(l i18n.Lang) Letter   // with invented people and numbers
	Foot   func(l i18n.Lang) []string // what the installation's foot would say; nil: nothing
}

// Preview is a letter as it would be sent now.
type Preview struct{ Subject, Text, HTML string }

// Preview makes a template's letter in a language.
func (s *Service) Preview(ctx context.Context, t Template, l i18n.Lang) (Preview, error) {
	house, err := houseName(ctx, s.pool, s.House.Name)
	if err != nil {
		return Preview{}, err
	}
	letter := t.Sample(l)
	letter.Lang = string(l)
	var foot []string
	if t.Foot != nil {
		foot = t.Foot(l)
	}
	html, err := finish(&letter, house, s.House.URL, foot)
	return Preview{letter.Subject, letter.Text, html}, err
}
