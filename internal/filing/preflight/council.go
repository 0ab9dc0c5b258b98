package preflight

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	// A council by its name, ru and kk, in any case of the singular: "советы" are mostly advice.
	reCouncil = expression(`(?i)((?:уч[её]н|научн|научно-[\pL]+|методическ|учебно-методическ|научно-методическ|редакционно-издательск|художественн|диссертационн)\pL*(?:[- \n]+\pL+(?:ого|ому|ым|им|ый|ий|ой|ом|ая|ую))?[ \n]+(?:совет(?:а|у|ом|е)?|секци[яиюей]+|комисси[яиюей]+)|(?:ғылыми|ғалымдар|ғылыми-әдістемелік|оқу-әдістемелік|әдістемелік|ғылыми-техникалық|редакциялық-баспа|редакциялық баспа)[ \n]+(?:кеңес|секция|комиссия)(?:сы)?(?:н?(?:і|ің|е|де|тің|нің|нде|мен|пен|ке|те|сі|інің|інде|імен|іне|ның|нда|на))?|заседани\pL+[ \n]+кафедр\pL+|кафедра\pL*[ \n]+(?:мәжіліс|отырыс)\pL*)`, "совет", "секци", "комисси", "кеңес", "кафедр")
	// "Методический совет", "әдістемелік кеңес": a council, or a piece of advice.
	reAdvice = regexp.MustCompile(`(?i)^(?:методический[ \n]+совет|әдістемелік[ \n]+кеңес)$`)
	// Councils by their letters; capitals only, and no figure: "РИС. 5".
	reShort = expression(`((?:РИС|РУМС|РУМК|УМС|НМС|УМО РУМС|РОӘК|РОӘС|ОӘК|ҒӘК|РБК))(?:[^\pL\pN.]|\.[^ 0-9]|$)`, "РИС", "РУМ", "УМС", "НМС", "РОӘ", "ОӘК", "ҒӘК", "РБК").exactly()
	// What councils decide, and what may only be said of them.
	reDecides   = regexp.MustCompile(`(?i)(решени|протокол|рекоменд|утвержд|одобрен|допущен|шешім|хаттама|ұсын|бекіт|мақұлда)`)
	reDiscusses = regexp.MustCompile(`(?i)(рассмотрен|обсужд|принят|талқылан|қаралды|қаралған)`)
	// What needs no council beside it.
	reToPrint  = expression(`(?i)((?:рекомендован|допущен|одобрен|утвержд[её]н)\pL*[ \n]+(?:к[ \n]+(?:изданию|печати|публикации|выпуску)|в[ \n]+печать)|(?:баспаға|басуға|жариялауға|шығаруға)[ \n]+(?:ұсын|рұқсат|мақұлда|бекіт)\pL*)`, "рекомендован", "допущен", "одобрен", "утвержд", "баспаға", "басуға", "жариялауға", "шығаруға")
	reTextbook = expression(`(?i)((?:рекомендован|допущен|утвержд[её]н)\pL*[^.\n]{0,80}в[ \n]+качестве[ \n]+учебн\pL+|(?:оқулық|оқу құралы|оқу-әдістемелік құрал) ретінде[ \n]+(?:ұсын|бекіт|мақұлда)\pL*)`, "рекомендован", "допущен", "утвержд", "ретінде")
	// Minutes with a number: "протокол № 5 от 12.05.2026". A protocol of a network has none.
	reMinutes = expression(`(?i)((?:протокол|хаттама)(?:\pL{0,4})?[ \n]*(?:№|N)[ \n]*[0-9]+(?:[/-][0-9]+)?(?:[ \n]+(?:от[ \n]+)?`+datePattern+`)?|`+datePattern+`[ \n]*(?:№|N)[ \n]*[0-9]+(?:[/-][0-9]+)?[ \n]+хаттама\pL*|(?:№|N)[ \n]*[0-9]+(?:[/-][0-9]+)?[ \n]+(?:санды )?хаттама\pL*)`, "протокол", "хаттама")
)

// near is how many bytes of context belong to one statement: some fifteen Cyrillic words.
const near = 220

// council: "в содержании документа не должны быть указаны Решения РИС, РУМС". The name of a council with
// what it decided is sure in the imprint; amid the book it may be the history of somebody else's decision.
func (c *check) council() {
	var places []place
	sure := func(h hit, message string) {
		p := place{h, Error, message}
		if !c.text.imprint(h) || c.text.listed(h) {
			p.severity, p.message = Warning, "preflight.council.maybe"
		}
		places = append(places, p)
	}
	for _, h := range c.text.find(reCouncil) {
		around := h.around(near, near)
		switch decides := reDecides.MatchString(around); {
		case decides && !reAdvice.MatchString(h.text()):
			sure(h, "preflight.council.found")
		case decides || reDiscusses.MatchString(around):
			places = append(places, place{h, Warning, "preflight.council.maybe"})
		}
	}
	for _, h := range c.text.find(reShort) {
		switch {
		case figure(h) || capitals(h.line()) && !reDecides.MatchString(h.line()):
		case reDecides.MatchString(h.around(near, near)):
			sure(h, "preflight.council.found")
		case c.text.imprint(h):
			places = append(places, place{h, Warning, "preflight.council.short"})
		}
	}
	for _, h := range c.text.find(reToPrint) {
		sure(h, "preflight.council.found")
	}
	for _, h := range c.text.find(reTextbook) {
		if c.text.imprint(h) {
			places = append(places, place{h, Warning, "preflight.council.maybe"})
		}
	}
	for _, h := range c.text.find(reMinutes) {
		switch around := h.around(near, near); {
		case reCouncil.re.MatchString(around) || reShort.re.MatchString(around):
			sure(h, "preflight.council.found")
		case c.text.imprint(h) && !c.text.listed(h):
			places = append(places, place{h, Warning, "preflight.council.minutes"})
		}
	}
	c.report(CodeCouncil, "preflight.council.ok", merge(places))
}

// figure tells "РИС. 5" and "РИС 5", the caption of a figure in capitals, from the council.
func figure(h hit) bool {
	rest := strings.TrimLeft(strings.TrimPrefix(h.page.text[h.to:], "."), " ")
	return h.text() == "РИС" && rest != "" && unicode.IsDigit(rune(rest[0]))
}

// capitals: a line of several words without a small letter, in which an abbreviation cannot be told from a
// word: "РИС И ДРУГИЕ ЗЕРНОВЫЕ".
func capitals(line string) bool {
	return strings.ToUpper(line) == line && len(strings.Fields(line)) > 1
}

// merge makes one place of those of one statement, which stand close together.
func merge(places []place) []place {
	var out []place
	for _, p := range places {
		joined := false
		for i := range out {
			q := &out[i]
			if q.page == p.page && p.from-q.to < near && q.from-p.to < near {
				if p.severity == Error && q.severity != Error {
					q.severity, q.message = p.severity, p.message
				}
				if p.from < q.from || p.to > q.to {
					q.from, q.to = min(q.from, p.from), max(q.to, p.to)
				}
				joined = true
				break
			}
		}
		if !joined {
			out = append(out, p)
		}
	}
	return out
}
