// Package i18n says the program's own words in Kazakh, Russian and English.
//
// Messages lie in locales/AREA.LANG.json, flat keys, one file an area and language; a test holds the
// languages against each other. What came from a document or a letter is never translated.
package i18n

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"kualik/internal/clock"
	"kualik/internal/fault"
)

//go:embed locales/*.json
var files embed.FS

// Lang is a language of the program.
type Lang string

// The languages. RU is the one that an unknown wish falls back to.
const (
	KK Lang = "kk"
	RU Lang = "ru"
	EN Lang = "en"
)

// All are the languages in the order in which they are offered.
var All = []Lang{KK, RU, EN}

// dictionary is the messages of a language.
type dictionary struct {
	*goi18n.Localizer
	keys []string
}

// dictionaries are read when somebody first speaks the language: a command that ends at once needs one at most.
var dictionaries = map[Lang]func() dictionary{
	KK: sync.OnceValue(func() dictionary { return load(KK) }),
	RU: sync.OnceValue(func() dictionary { return load(RU) }),
	EN: sync.OnceValue(func() dictionary { return load(EN) }),
}

func load(l Lang) (d dictionary) {
	b := goi18n.NewBundle(language.Make(string(l)))
	b.RegisterUnmarshalFunc("json", json.Unmarshal)
	names, err := fs.Glob(files, "locales/*."+string(l)+".json")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		data, err := files.ReadFile(name)
		var messages *goi18n.MessageFile
		if err == nil {
			messages, err = b.ParseMessageFileBytes(data, path.Base(name))
		}
		if err != nil {
			panic(fmt.Sprintf("%s: %v", name, err))
		}
		for _, m := range messages.Messages {
			d.keys = append(d.keys, m.ID)
		}
	}
	d.Localizer = goi18n.NewLocalizer(b, string(l))
	return d
}

// of is the dictionary of a language, the Russian one for a language that the program does not speak.
func of(l Lang) dictionary {
	if read, ok := dictionaries[l]; ok {
		return read()
	}
	return dictionaries[RU]()
}

// Parse reads a language code; ok is false for a language that the program does not speak.
func Parse(s string) (l Lang, ok bool) {
	s, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(s)), "-")
	switch s {
	case "kk", "kz":
		return KK, true
	case "ru":
		return RU, true
	case "en":
		return EN, true
	}
	return "", false
}

// Negotiate picks the first language of an Accept-Language header that the program speaks, else def.
func Negotiate(header string, def Lang) Lang {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err == nil {
		for _, t := range tags {
			if l, ok := Parse(t.String()); ok {
				return l
			}
		}
	}
	return def
}

// Keys are the keys of all messages, sorted; they are the same in every language.
func Keys() []string { return slices.Sorted(slices.Values(of(RU).keys)) }

// T is the message of a key. args alternate name and value; the value of "Count" chooses the plural.
// A key that nobody translated is shown as it is, so that a slip is seen and not hidden.
func T(l Lang, key string, args ...any) string {
	var data map[string]any
	if len(args) > 1 {
		data = make(map[string]any, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			data[fmt.Sprint(args[i])] = args[i+1]
		}
	}
	return translate(l, key, data)
}

func translate(l Lang, key string, data map[string]any) string {
	loc := of(l)
	cfg := &goi18n.LocalizeConfig{MessageID: key, TemplateData: data}
	if c, ok := data["Count"]; ok {
		cfg.PluralCount = c
	}
	s, err := loc.Localize(cfg)
	if err != nil && cfg.PluralCount != nil {
		cfg.PluralCount = nil // a message of one form says the same of any count
		s, err = loc.Localize(cfg)
	}
	if err != nil || s == "" {
		return key
	}
	return s
}

// Error is what the user is told about an error: the sentence of the first fault in its chain, else
// the sentence "error.internal".
func Error(l Lang, err error) string {
	var f *fault.Error
	if errors.As(err, &f) && f.Key != "" {
		return translate(l, f.Key, f.Args)
	}
	return translate(l, "error.internal", nil)
}

// Day writes a day as people of the language do: dd.mm.yyyy, in English 2 Jan 2006; "—" when unknown.
func Day(l Lang, d clock.Day) string {
	if d == "" {
		return "—"
	}
	if l == EN {
		return d.Time().Format("2 Jan 2006")
	}
	return d.Time().Format("02.01.2006")
}

// Number groups the digits of a whole number by thin spaces: 2 418.
func Number(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u2009" + s[i:]
	}
	return sign + s
}

// Decimal writes a number with a fixed count of decimals: a comma in kk and ru, a point in en.
func Decimal(l Lang, f float64, decimals int) string {
	s := strconv.FormatFloat(f, 'f', decimals, 64)
	whole, frac, _ := strings.Cut(s, ".")
	n, err := strconv.Atoi(whole)
	if err != nil {
		return s
	}
	out := Number(n)
	if n == 0 && strings.HasPrefix(whole, "-") {
		out = "−0"
	}
	if frac == "" {
		return out
	}
	if l == EN {
		return out + "." + frac
	}
	return out + "," + frac
}
