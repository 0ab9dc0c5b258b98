package certificate

import "strings"

// The labels as letters only, for text recognition that got some of them wrong.
var recognisedLabels = func() map[Field][]string {
	lists := map[Field][]string{
		Kind:      {"Вид объекта авторского права", "Авторлық құқық объектісі", "Авторлық құқық объектісінің түрі", "Авторлық құқық объектісі / Вид объекта авторского права"},
		Title:     {"Название объекта", "Название произведения", "Объектінің атауы", "Объектінің атауы / Название объекта"},
		CreatedOn: {"Дата создания объекта", "Объектіні жасаған күні", "Объект жасалған күн", "Объектіні жасаған күні / Дата создания объекта", "Объект жасалған күн / Дата создания объекта"},
	}
	out := map[Field][]string{}
	for f, list := range lists {
		for _, l := range list {
			out[f] = append(out[f], compact(l))
		}
	}
	return out
}()

// The ends of the long label of the authors, which is broken into lines anywhere.
var authorsLabelEnds = []string{compact("личность) автора (-ов)"), compact("құжатта көрсетілсе)")}

// nearLabels finds the labels that recognition garbled, for the fields that have none yet: the text of a
// line before its colon is nearly a label, one letter in six being wrong.
func (s *source) nearLabels(x span, found []label) []label {
	have := map[Field]bool{}
	for _, l := range found {
		have[l.field] = true
	}
	var out []label
	before := ""
	for from := x.from; from < x.to; {
		to := min(from+strings.IndexByte(s.text[from:]+"\n", '\n'), x.to)
		head, _, colon := strings.Cut(s.text[from:to], ":")
		letters := compact(head)
		for field, list := range recognisedLabels {
			if have[field] || letters == "" {
				continue
			}
			for _, l := range list {
				if n := len([]rune(l)) / 6; near(letters, l, n) {
					end := from + len(head)
					if colon {
						end++
					}
					out = append(out, label{field: field, span: span{from, end}, lang: kazakh | russian})
					break
				}
			}
		}
		if tail := []rune(compact(before + head)); colon && !have[Authors] {
			for _, l := range authorsLabelEnds {
				if n := len([]rune(l)); len(tail) >= n && near(string(tail[len(tail)-n:]), l, 3) {
					out = append(out, label{field: Authors, span: span{from, from + len(head) + 1}, lang: kazakh | russian})
					have[Authors] = true
				}
			}
		}
		before = head
		from = to + 1
	}
	return out
}
