package part

import "github.com/a-h/templ"

func fieldID(name string) string { return "f-" + name }

// FieldLink is the address of a field on its own page, for the summary of errors.
func FieldLink(name string) string { return "#" + fieldID(name) }

// described ties a field to its hint and its fault for those who hear the page.
func described(name, hint, problem string) templ.Attributes {
	a := templ.Attributes{}
	by := ""
	if problem != "" {
		a["aria-invalid"] = "true"
		by = fieldID(name) + "-problem"
	}
	if hint != "" {
		by += when(by != "", " ") + fieldID(name) + "-hint"
	}
	if by != "" {
		a["aria-describedby"] = by
	}
	return a
}

func orText(t string) string {
	if t == "" {
		return "text"
	}
	return t
}

func choiceType(radio bool) string {
	if radio {
		return "radio"
	}
	return "checkbox"
}

func messageIcon(kind string) string {
	switch kind {
	case "ok":
		return "tick"
	case "warn":
		return "warning"
	case "bad":
		return "alarm"
	}
	return "info"
}

func idOr(id, name string) string {
	if id != "" {
		return id
	}
	return name
}

// keyed makes a thing pressed by a key; no key, no attribute.
func keyed(key string) templ.Attributes {
	if key == "" {
		return nil
	}
	return templ.Attributes{"data-key": key}
}

func tabTag(mild bool) string {
	if mild {
		return "warn"
	}
	return "bad"
}
