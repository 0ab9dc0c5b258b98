package web

import (
	"net/http"
	"strings"
	"testing"
)

// The whole way in the pages: draft, participants, documents, statement, payment, signatures.
func TestFilingThroughThePages(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	contains(t, words(b.get("/cabinet").body), "Приступить к процессу подачи заявления", "Сейчас от вас ничего не ждут")
	path := f.submitted(b)
	page := words(b.get(path).body)
	contains(t, page, "Заявка подана: вх. № 2026-1", "Кто следующий", "Ветрова Ирина Петровна")
	second := f.enters(secondIIN)
	if r := f.sign(second, path, secondIIN, "SIGN-RSA"); !strings.HasPrefix(r.to(), path+"/done") {
		t.Fatalf("the second signature: %d %s", r.status, words(r.body))
	}
	third := f.enters(thirdIIN)
	if r := f.sign(third, path, thirdIIN, "SIGN-GOST"); r.to() != path+"/done?last=true" {
		t.Fatalf("the third signature: %d %s %s", r.status, r.to(), words(r.body))
	}
	contains(t, words(b.get(path).body), "Все подписи собраны")
	if r := b.get(path + "/receipt.pdf"); r.status != http.StatusOK || !strings.HasPrefix(r.body, "%PDF") {
		t.Errorf("the receipt: %d", r.status)
	}
}
