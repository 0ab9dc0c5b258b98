package web

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The style sheet's tokens must keep the contrasts that the design promises, in both themes.
func TestContrastOfTokens(t *testing.T) {
	css, err := staticFiles.ReadFile("static/kualik.css")
	if err != nil {
		t.Fatal(err)
	}
	light := tokensOf(t, string(css), ":root{")
	system := tokensOf(t, string(css), ":root:not([data-theme=light]){")
	dark := tokensOf(t, string(css), ":root[data-theme=dark]{")
	if len(light) != len(dark) || len(dark) != len(system) {
		t.Fatalf("%d light, %d dark, %d system tokens", len(light), len(dark), len(system))
	}
	for name, v := range dark {
		if system[name] != v {
			t.Errorf("--%s differs between the two dark blocks: %s and %s", name, v, system[name])
		}
	}
	// least contrast of the first on the second, light and dark, as the design states them
	for _, c := range []struct {
		on, ground  string
		light, dark float64
	}{
		{"ink", "surface", 16.7, 14.3}, {"ink2", "surface", 8.2, 9.0}, {"ink3", "surface", 5.5, 6.2},
		{"ink3", "paper", 4.6, 4.6}, {"ink3", "sunken", 4.5, 4.6}, {"edge", "surface", 3.6, 4.2},
		{"accent", "surface", 7.7, 9.0}, {"accent", "accent-s", 6.5, 7.4}, {"accent-m", "surface", 3.3, 4.4},
		{"on-accent", "accent", 7.7, 8.9}, {"on-accent", "accent-h", 7, 8},
		{"ok", "ok-s", 5.7, 7.6}, {"warn", "warn-s", 5.8, 7.8}, {"bad", "bad-s", 5.9, 7.3}, {"ink", "mark", 13.9, 7.6},
		{"spine-ink", "spine", 12.4, 12.4}, {"spine-mut", "spine", 7.2, 7.2}, {"spine-on", "spine", 8.7, 8.7},
		{"spine-ink", "spine2", 4.5, 4.5}, {"docink", "doc", 7, 7}, {"accent", "paper", 4.5, 4.5}, {"warn", "surface", 4.5, 4.5},
		{"bad", "surface", 4.5, 4.5}, {"ok", "surface", 4.5, 4.5}, {"ink2", "sunken", 4.5, 4.5}, {"accent", "sunken", 4.5, 4.5},
	} {
		// The design gives one place, sometimes rounded up.
		const near = 0.1
		if got := contrast(t, light, c.on, c.ground) + near; got < c.light {
			t.Errorf("light: %s on %s is %.1f, not %.1f", c.on, c.ground, got, c.light)
		}
		if got := contrast(t, dark, c.on, c.ground) + near; got < c.dark {
			t.Errorf("dark: %s on %s is %.1f, not %.1f", c.on, c.ground, got, c.dark)
		}
	}
}

var tokenLine = regexp.MustCompile(`--([a-z0-9-]+):(#[0-9A-Fa-f]{6})`)

func tokensOf(t *testing.T, css, block string) map[string]string {
	t.Helper()
	_, after, ok := strings.Cut(css, "\n"+block)
	if !ok {
		_, after, ok = strings.Cut(css, block)
	}
	body, _, closed := strings.Cut(after, "\n}")
	if !ok || !closed {
		t.Fatalf("no block %s", block)
	}
	out := map[string]string{}
	for _, m := range tokenLine.FindAllStringSubmatch(body, -1) {
		out[m[1]] = m[2]
	}
	return out
}

// contrast is the ratio of WCAG 2 between two tokens.
func contrast(t *testing.T, tokens map[string]string, a, b string) float64 {
	t.Helper()
	la, lb := luminance(t, tokens, a), luminance(t, tokens, b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

func luminance(t *testing.T, tokens map[string]string, name string) float64 {
	t.Helper()
	hex, ok := tokens[name]
	if !ok {
		t.Fatalf("no token --%s", name)
	}
	n, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	linear := func(c uint64) float64 {
		v := float64(c&255) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8) + 0.0722*linear(n)
}

// Paper must not take the phone's rules: every narrow rule says "screen".
func TestPhoneRulesAreOfTheScreen(t *testing.T) {
	css, err := staticFiles.ReadFile("static/kualik.css")
	if err != nil {
		t.Fatal(err)
	}
	media := regexp.MustCompile(`@media[^{]*`).FindAllString(string(css), -1)
	narrow := 0
	for _, m := range media {
		if strings.Contains(m, "max-width") {
			narrow++
			if !strings.HasPrefix(m, "@media screen and") {
				t.Errorf("%q would be taken by A4", m)
			}
		}
	}
	if narrow == 0 {
		t.Error("no rules for the phone")
	}
}
