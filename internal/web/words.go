package web

import "kualik/internal/web/part"

func when(on bool, s string) string {
	if on {
		return s
	}
	return ""
}

// problemLinks is a summary of one fault, none when there is no fault.
func problemLinks(problem, field, text string) []part.Link {
	if problem == "" {
		return nil
	}
	return []part.Link{{Text: text, Href: part.FieldLink(field)}}
}
