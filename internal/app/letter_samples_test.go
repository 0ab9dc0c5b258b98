package app

import (
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"kualik/config"
	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/notify"
	"kualik/internal/postgres/pgtest"
)

// Every letter that the program writes can be looked at beforehand, in each language, with nothing missing:
// a new argument of a letter wants a value in sampleArgs.
func TestEveryLetterHasASample(t *testing.T) {
	a := &App{Config: config.Config{PublicURL: "https://kualik.example"}}
	a.Config.SupportEmail = "help@kualik.example"
	a.buildChase()
	service, err := notify.New(pgtest.New(t), nil, clock.System{}, slog.New(slog.DiscardHandler), "", "")
	require.NoError(t, err)
	service.House = notify.House{Name: "Қаратал университеті", URL: a.Config.PublicURL}
	list := a.LetterTemplates()
	require.Greater(t, len(list), 20)
	names := map[string]bool{}
	link := regexp.MustCompile(`https://kualik\.example\S*$`)
	for _, template := range list {
		require.False(t, names[template.Name], template.Name)
		names[template.Name] = true
		for _, l := range i18n.All {
			made, err := service.Preview(t.Context(), template, l)
			require.NoError(t, err)
			for what, text := range map[string]string{"subject": made.Subject, "text": made.Text, "html": made.HTML} {
				assert.False(t, strings.Contains(text, "no value"), "%s, %s: the %s has an argument without a sample value", template.Name, l, what)
				assert.False(t, strings.Contains(text, template.Name+"."), "%s, %s: the %s is not translated", template.Name, l, what)
			}
			assert.True(t, strings.Contains(made.HTML, `lang="`+string(l)+`"`), "%s, %s", template.Name, l)
			for _, line := range strings.Split(made.Text, "\n") {
				if found := link.FindString(line); found != "" {
					assert.True(t, strings.Contains(made.HTML, `href="`+found+`"`), "%s, %s: a link is no button", template.Name, l)
				}
			}
		}
	}
	for _, want := range []string{"account.letter.login", "filing.letter.submitted", "reports.letter", "app.payment_alarm", "info.support", "chase.letter.reminder", "chase.letter.escalation"} {
		assert.True(t, names[want], want)
	}
}
