package registry

import (
	"sort"

	"kualik/internal/certificate"
	"kualik/internal/clock"
	"kualik/internal/doctext"
)

// judged is what the machine makes of a reading before it looks at other certificates.
type judged struct {
	reading Reading
	reason  string // a code: scan, halves_differ, unsure_title, in_future, …
	keyed   bool   // number and date are sure, so that they may identify the certificate
}

// judge decides the first of the three questions: is it read right? today is the day in the zone of
// the installation; a certificate of tomorrow is a misreading.
func judge(r certificate.Reading, today clock.Day) judged {
	if r.Source == doctext.OCR {
		return judged{reading: Review, reason: "scan"}
	}
	keyed := r.Confidence[certificate.Number] >= certificate.SureAt && NumberKey(r.Number) != "" &&
		r.Confidence[certificate.RegisteredOn] >= certificate.SureAt && r.RegisteredOn != ""
	if keyed && r.RegisteredOn > today.AddDays(1) {
		return judged{reading: Review, reason: "in_future"}
	}
	if r.Sure() && keyed {
		return judged{reading: Sure, keyed: true}
	}
	for _, n := range r.Notes {
		if len(n) > 14 && n[:14] == "halves_differ_" {
			return judged{reading: Review, reason: "halves_differ", keyed: keyed}
		}
	}
	return judged{reading: Review, reason: "unsure_" + string(least(r.Confidence)), keyed: keyed}
}

// least is the field with the lowest confidence.
func least(c map[certificate.Field]float64) certificate.Field {
	fields := []certificate.Field{certificate.Number, certificate.RegisteredOn, certificate.CreatedOn,
		certificate.Kind, certificate.Title, certificate.Authors}
	sort.SliceStable(fields, func(i, j int) bool { return c[fields[i]] < c[fields[j]] })
	return fields[0]
}
