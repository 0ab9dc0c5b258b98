package certificate

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A certificate may say everything in sentences, without labels. Each field is then known by what it is: the title
// is what stands in quotation marks, the authors are names, the kind is one of the list, of the two days one stands
// by the number.

// sentences reads a half in sentences. It gives all six fields or nothing.
func (s *source) sentences(body span) []label {
	body = s.cut(body)
	title := s.quotedTitle(body)
	if title.empty() {
		return nil
	}
	body.to = s.footAfter(title.to, body.to)
	rest := []span{{body.from, title.from}, {title.to, body.to}}
	names, kind := s.listOfNames(rest), s.kindWithin(rest)
	numbers := slices.DeleteFunc(s.numbersInWords(body), func(n foundNumber) bool {
		return n.at.from < title.to && title.from < n.at.to || reOtherNumber.MatchString(s.around(n.at, 40, body))
	})
	if len(numbers) == 0 {
		return nil
	}
	entered, created := s.twoDays(body, title, numbers[0].at)
	found := []label{{field: Authors, value: names}, {field: Title, value: title}, {field: Kind, value: kind},
		{field: CreatedOn, value: created}, {field: Number, value: numbers[0].at}, {field: RegisteredOn, value: entered}}
	within := 0
	for i := range found {
		l := &found[i]
		if l.value.empty() {
			return nil
		}
		if reGoesOn.MatchString(s.text[l.value.to:body.to]) {
			within++
		}
		l.span, l.lang, l.cue, l.told = span{l.value.from, l.value.from}, kazakh|russian, true, true
	}
	if within < 3 { // values that stand alone are not told in sentences
		return nil
	}
	slices.SortFunc(found, func(a, b label) int { return a.from - b.from })
	return found
}

// reGoesOn is how a sentence goes on after a value in its middle.
var reGoesOn = regexp.MustCompile(`^[ ,.;)»"”–—-]*\n?[–—(]* ?\p{Ll}`)

// footAfter is where the first line after a place begins that is no part of what the certificate says.
func (s *source) footAfter(at, end int) int {
	for at < end {
		from := at + strings.IndexByte(s.text[at:end]+"\n", '\n') + 1
		if from >= end {
			break
		}
		if line := s.text[from : from+strings.IndexByte(s.text[from:end]+"\n", '\n')]; reFoot.MatchString(line) {
			return from
		}
		at = from
	}
	return end
}

// around is the text near a stretch, up to so many bytes on each side.
func (s *source) around(x span, n int, within span) string {
	return s.text[max(within.from, x.from-n):min(within.to, x.to+n)]
}

// numbersInWords are the numbers that follow their sign or the word for it.
func (s *source) numbersInWords(x span) []foundNumber {
	out := s.numbers(x)
	for _, m := range reNumberWords.FindAllStringSubmatchIndex(s.of(x), -1) {
		if m[2] < 0 {
			m = m[2:]
		}
		at := span{x.from + m[2], x.from + m[3]}
		out = append(out, foundNumber{s.of(at), at})
	}
	return out
}

// quotedTitle is the longest text in quotation marks that is neither a kind nor the name of a law or of the register.
func (s *source) quotedTitle(x span) span {
	best := span{}
	text := s.of(x)
	for at := 0; at < len(text); {
		r, n := utf8.DecodeRuneInString(text[at:])
		length := 0
		switch r {
		case '«', '“', '„':
			length = quoted(text[at:])
		case '"':
			if closing := strings.IndexByte(text[at+1:], '"'); closing >= 0 {
				length = closing + 2
			}
		}
		if length == 0 {
			at += n
			continue
		}
		q := span{x.from + at, x.from + at + length}
		at += length
		if inner := s.of(q); kindIn(inner) == "" && !reAround.MatchString(inner) && !reLaw.MatchString(inner) && q.to-q.from > best.to-best.from {
			best = q
		}
	}
	return best
}

var reLaw = compile(`авторском праве|авторлық құқық|электронн[а-я]+ документ|электрондық құжат|мемлекеттік көрсетілетін|закон|заңы`)

// quoted is how long a text in quotation marks is that may hold others; where they do not pair off, it ends with the
// last one of its sentence.
func quoted(text string) int {
	depth, last := 0, 0
	for i, r := range text {
		switch r {
		case '«', '“', '„':
			depth++
		case '»', '”':
			depth--
			last = i + utf8.RuneLen(r)
		case '\n':
			if i+1 < len(text) && text[i+1] == '\n' {
				return last
			}
		}
		if depth == 0 || i > 1500 {
			return last
		}
	}
	return last
}

// twoDays are the day beside the number and the other one, which is that of the creation. Dates in the title are
// neither.
func (s *source) twoDays(x, title, number span) (entered, created span) {
	var days []foundDay
	for _, part := range []span{{x.from, title.from}, {title.to, x.to}} {
		days = append(days, s.days(part)...)
	}
	away := func(d foundDay) int { return max(d.at.from-number.to, number.from-d.at.to) }
	slices.SortStableFunc(days, func(a, b foundDay) int { return away(a) - away(b) })
	if len(days) < 2 || away(days[0]) > 120 {
		return span{}, span{}
	}
	for _, d := range days[1:] {
		if field, _ := speaksOf(s.around(d.at, 50, x), s.ocr); field == CreatedOn {
			return days[0].at, d.at
		}
	}
	return days[0].at, days[1].at
}

// kindWithin is the first stretch that is the name of a kind.
func (s *source) kindWithin(parts []span) span {
	for _, x := range parts {
		starts := wordStarts(strings.ReplaceAll(s.of(x), "\n", " "))
		for i := range starts {
			best := span{}
			for j := i; j < min(len(starts), i+9); j++ {
				end := len(s.of(x))
				if j+1 < len(starts) {
					end = starts[j+1]
				}
				if one := s.trim(span{x.from + starts[i], x.from + end}); namesKind(s.of(one)) {
					best = one
				}
			}
			if !best.empty() {
				return best
			}
		}
	}
	return span{}
}

// namesKind tells whether a text is the name of a kind letter by letter.
func namesKind(text string) bool {
	_, known := kindNames[compact(text)]
	return known && !strings.ContainsAny(strings.Trim(text, `.,;:()«»"“” `), ".;:()")
}

var reBetweenNames = regexp.MustCompile(`^(?:\s*[,;]\s*|\s+(?:и|және|мен)\s+|\s*[,;]\s*(?:и|және)\s+)$`)

// listOfNames is the stretch with the names of people: the longest list of them, those with patronymics first.
func (s *source) listOfNames(parts []span) span {
	best, most := span{}, 0
	for _, x := range parts {
		list, worth := span{}, 0
		for _, name := range s.namesWithin(x) {
			if list.empty() || !reBetweenNames.MatchString(s.text[list.to:name.from]) {
				list, worth = name, 0
			}
			list.to = name.to
			worth++
			if rePatronymic.MatchString(s.of(name)) {
				worth += 3
			}
			if field, _ := speaksOf(s.around(list, 90, x), s.ocr); field == Authors {
				worth++
			}
			if worth > most {
				best, most = list, worth
			}
		}
	}
	return best
}

// namesWithin are the runs of two to four words that all begin with a capital letter.
func (s *source) namesWithin(x span) []span {
	var out []span
	run, words := span{}, 0
	end := func() {
		if words >= 2 && words <= 4 && !reAround.MatchString(s.of(run)) {
			out = append(out, run)
		}
		run, words = span{}, 0
	}
	for at := x.from; at < x.to; {
		r, n := utf8.DecodeRuneInString(s.text[at:])
		if !unicode.IsLetter(r) {
			if r != ' ' && r != '\n' {
				end()
			}
			at += n
			continue
		}
		to := at
		for to < x.to {
			r, n := utf8.DecodeRuneInString(s.text[to:])
			if !unicode.IsLetter(r) && !strings.ContainsRune("-'’ʼ", r) {
				break
			}
			to += n
		}
		switch word := s.text[at:to]; {
		case !unicode.IsUpper(r) && !(words > 0 && reOfChild.MatchString(word)), isLabelWord(word, s.ocr), utf8.RuneCountInString(word) == 1:
			end()
		default:
			if words == 0 {
				run.from = at
			}
			run.to = to
			if words++; words > 2 && rePatronymic.MatchString(word) {
				end()
			}
		}
		at = to
	}
	end()
	return out
}
