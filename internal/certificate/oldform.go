package certificate

import "strings"

// oldForm reads the paper form of 2010–2018: one sentence with the title, the kind in brackets and the
// authors, and the number once more in the last line. It has no date of creation.
func (s *source) oldForm(out *half, body span) {
	out.old = true
	text := s.of(body)
	title := reOldTitle.FindStringIndex(text)
	by := reOldBy.FindStringIndex(text[title[1]:])
	head := span{body.from, body.from + title[0]}
	s.numberAndDay(out, head)
	if by == nil {
		return
	}
	end := body.from + title[1] + by[0]
	names := span{body.from + title[1] + by[1], body.to}
	x := span{body.from + title[1], end}
	if m := reOldKind.FindStringSubmatchIndex(s.text[x.from:names.from]); m != nil {
		kind := s.trim(span{x.from + m[2], x.from + m[3]})
		out.kind, out.at[Kind] = joinLines(s.of(kind)), kind
		x.to = x.from + m[0]
	}
	x = s.trim(x)
	out.title, out.at[Title] = strings.TrimSuffix(s.joinTitle(s.of(x)), ","), x
	rest := names
	if m := reOldEnd.FindStringIndex(s.of(names)); m != nil {
		names.to = names.from + m[0]
	}
	names = s.trim(names)
	out.authors, out.at[Authors] = splitAuthors(strings.TrimSuffix(s.of(names), ".")), names
	out.labels = 3
	// «Запись в реестре за № … от …»
	numbers, days := s.numbers(span{names.to, rest.to}), s.days(span{names.to, rest.to})
	if len(numbers) > 0 && plain(numbers[0].number) != plain(out.number) {
		if out.number == "" {
			out.number, out.at[Number] = numbers[0].number, numbers[0].at
		} else {
			out.notes = append(out.notes, NoteHalvesDifferNumber)
		}
	}
	if len(days) > 0 && days[0].day != out.day {
		if out.day == "" {
			out.day, out.at[RegisteredOn] = days[0].day, days[0].at
		} else {
			out.notes = append(out.notes, NoteHalvesDifferDay)
		}
	}
}
