package web

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/google/uuid"

	"kualik/internal/audit"
	"kualik/internal/i18n"
)

// Words for what stands in the audit as codes. A code without words is shown as it is.

func actionWords(l i18n.Lang, action string) string {
	if deed, ok := strings.CutPrefix(action, "review."); ok {
		if undone, ok := strings.CutPrefix(deed, "undo_"); ok {
			return i18n.T(l, "audit.action.undo", "Deed", actionWords(l, "review."+undone))
		}
		return wordsOr(l, "desk.deed."+deed, action)
	}
	return wordsOr(l, "audit.action."+action, action)
}

func areaWords(l i18n.Lang, area string) string { return wordsOr(l, "audit.area."+area, area) }

func kindOfSubject(l i18n.Lang, kind string) string { return wordsOr(l, "audit.kind."+kind, kind) }

func wordsOr(l i18n.Lang, key, otherwise string) string {
	if text := i18n.T(l, key); text != key {
		return text
	}
	return otherwise
}

// pageOf leads from a subject of the audit to its page.
var pageOf = map[string]string{"filing": filingsPath + "/", "certificate": certificatesPath + "/", "staff": "/staff/", "message": mailPath + "/",
	"application": "/applications/", "invoice": paymentsPath + "/", "mailbox": "/settings/mailboxes#"}

// subjectWords says what a deed was done to, with its page where there is one.
func subjectWords(l i18n.Lang, d audit.Deed, numbers map[string]string) (text, href string) {
	kind, id := d.SubjectKind, d.SubjectID
	if f := filingOf(d); f != "" {
		kind, id = "filing", f
	}
	name := short(id)
	if number, ok := numbers[id]; ok {
		name = numero(number)
	}
	if page, ok := pageOf[kind]; ok && isID(id) {
		href = page + id
	}
	return joinNonEmpty(" ", kindOfSubject(l, kind), name), href
}

// filingOf is the application that a deed belongs to.
func filingOf(d audit.Deed) string {
	if d.SubjectKind == "filing" {
		return d.SubjectID
	}
	var after struct {
		Filing string `json:"filing"`
	}
	if json.Unmarshal(d.After, &after) != nil {
		return ""
	}
	return after.Filing
}

// filingNumbers are the numbers of the applications that deeds belong to.
func (s *Server) filingNumbers(ctx context.Context, list []audit.Deed) (map[string]string, error) {
	if s.Filings == nil {
		return nil, nil
	}
	var ids []uuid.UUID
	for _, d := range list {
		if id, err := uuid.Parse(filingOf(d)); err == nil {
			ids = append(ids, id)
		}
	}
	found, err := s.Filings.Numbers(ctx, ids)
	if err != nil {
		return nil, err
	}
	numbers := make(map[string]string, len(found))
	for id, number := range found {
		numbers[id.String()] = number
	}
	return numbers, nil
}
