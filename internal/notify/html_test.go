package notify

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"kualik/internal/i18n"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestBlocks(t *testing.T) {
	const base = "https://kualik.example/app/"
	const link = "https://kualik.example/app/a/1"
	button := func(label string, primary bool) block { return block{Label: label, Link: link, Primary: primary} }
	lines := func(l ...string) block { return block{Lines: l} }
	for name, c := range map[string]struct {
		text string
		want []block
	}{
		"paragraphs":                     {"One.\nstill one\n\n\nTwo.\n", []block{lines("One.", "still one"), lines("Two.")}},
		"a labelled button":              {"Receipt: " + link, []block{button("Receipt", true)}},
		"the label is the last sentence": {"Paid. Now sign: " + link, []block{lines("Paid."), button("Now sign", true)}},
		"alone":                          {"Open it:\n\n" + link + "\n\nGood for a day.", []block{lines("Open it:"), button("Open", true), lines("Good for a day.")}},
		"below its label":                {"Audit:\n" + link, []block{button("Audit", true)}},
		"no colon":                       {"Paid. " + link, []block{lines("Paid."), button("Open", true)}},
		"a long label stays text":        {strings.Repeat("word ", 20) + "end: " + link, []block{lines(strings.Repeat("word ", 20) + "end:"), button("Open", true)}},
		"two, one of them primary":       {"Yes: " + link + "\nNo: " + link, []block{button("Yes", true), button("No", false)}},
		"another's link":                 {"Open: https://evil.example/a", []block{lines("Open: https://evil.example/a")}},
		"a host that begins alike":       {"Open: https://kualik.example.evil/app/a", []block{lines("Open: https://kualik.example.evil/app/a")}},
		"a path that begins alike":       {"Open: https://kualik.example/application", []block{lines("Open: https://kualik.example/application")}},
		"no script":                      {"Open: javascript:alert(1)", []block{lines("Open: javascript:alert(1)")}},
		"amid a line":                    {"See " + link + " today.", []block{lines("See " + link + " today.")}},
		"facts":                          {"Number: 78498\nDay: 12.03.2026", []block{{Facts: []fact{{"Number", "78498"}, {"Day", "12.03.2026"}}}}},
		"one fact is a line":             {"Number: 78498", []block{lines("Number: 78498")}},
		"a list":                         {"Missing:\n- the year\n- the title\nThat is all.", []block{lines("Missing:"), {List: []string{"the year", "the title"}}, lines("That is all.")}},
	} {
		if got := blocks(c.text, base, i18n.EN); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, c.want)
		}
	}
}

// The whole letter, and nothing in it that is fetched or that somebody's words could do.
func TestLetterAsHTML(t *testing.T) {
	l := Letter{Lang: "kk", Subject: "Куәлік № 78498 <b>", Text: "Сәлеметсіз бе.\n\n«<script>alert(1)</script>» & \"тырнақша\"\n\nНөмірі: 78498\nКүні: 12.03.2026\n\n- бірінші\n- екінші\n\n" +
		"Иә, менікі: https://kualik.example/a/1?x=1&y=2\nМенікі емес: https://kualik.example/a/2\n\nhttps://evil.example/"}
	html, err := finish(&l, "Қаратал университеті", "https://kualik.example", []string{"Куәлікті мына мекенжайға жіберіңіз: certificates+k7f3@kualik.example"})
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/letter.html"
	if *update {
		if err := os.WriteFile(golden, []byte(html), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil || html != string(want) {
		t.Errorf("the letter differs from %s (%v):\n%s", golden, err, html)
	}
	for _, bad := range []string{"<script", "<b>", "<img", "url(", "<link", `href="https://evil`} {
		if strings.Contains(html, bad) {
			t.Errorf("%q in the letter", bad)
		}
	}
	if found := fmt.Sprint(regexp.MustCompile(`(?:src|href)="[^"]*"`).FindAllString(html, -1)); found != `[href="https://kualik.example/a/1?x=1&amp;y=2" href="https://kualik.example/a/2"]` {
		t.Errorf("addresses in the letter: %s", found)
	}
	if !strings.HasSuffix(l.Text, "\n\n-- \nКуәлікті мына мекенжайға жіберіңіз: certificates+k7f3@kualik.example\nҚаратал университеті. Хат автоматты түрде жіберілді.") {
		t.Errorf("the text's foot: %q", l.Text)
	}
}

func FuzzLetterAsHTML(f *testing.F) {
	f.Add("Label: https://kualik.example/a\n- x\n\nA: b\nC: d\n-- \nfoot", "subject")
	f.Fuzz(func(t *testing.T, text, subject string) {
		l := Letter{Lang: "ru", Subject: subject, Text: text}
		html, err := finish(&l, "house", "https://kualik.example", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, address := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(html, -1) {
			if !strings.HasPrefix(address[1], "https://kualik.example/") && address[1] != "https://kualik.example" {
				t.Errorf("a link to %q", address[1])
			}
		}
	})
}
