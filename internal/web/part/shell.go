package part

import (
	"context"
	"net/url"

	"kualik/internal/i18n"
)

var langName = map[i18n.Lang]string{i18n.KK: "Қаз", i18n.RU: "Рус", i18n.EN: "Eng"}

// langHref is the address of the same page in another language.
func langHref(ctx context.Context, l i18n.Lang) string {
	e := From(ctx)
	q, err := url.ParseQuery(e.Query)
	if err != nil {
		q = url.Values{}
	}
	q.Set("lang", string(l))
	return e.Path + "?" + q.Encode()
}

// here is the address of the page with its query.
func here(ctx context.Context) string {
	e := From(ctx)
	if e.Query == "" {
		return e.Path
	}
	return e.Path + "?" + e.Query
}

// nextTheme goes round: that of the system, light, dark.
func nextTheme(now string) string {
	switch now {
	case "light":
		return "dark"
	case "dark":
		return "auto"
	}
	return "light"
}

func themeIcon(now string) string {
	switch now {
	case "light":
		return "sun"
	case "dark":
		return "moon"
	}
	return "half"
}
