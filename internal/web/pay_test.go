package web

import (
	"context"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"kualik/internal/account"
	"kualik/internal/payment"
	"kualik/internal/sim/epay"
)

// A declined attempt is explained with the bank's own words; the attempts are counted; then it is paid.
func TestPaymentDeclinedThenPaid(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	path := f.formed(b)
	pay := b.post(path+"/pay", nil).to()
	r := b.get(pay)
	contains(t, words(r.body), "7 380,40 ₸", "3 из 3", "обязательно дождитесь ответа сервера", "На проведение платежа выделяется 20 минут или 3 попытки.")
	bank, err := url.Parse(f.out.URLs().Bank)
	must(err)
	if policy := r.header.Get("Content-Security-Policy"); !strings.Contains(policy, "form-action 'self' http://"+bank.Host) || !strings.Contains(policy, "script-src 'self' http://"+bank.Host) {
		t.Errorf("the bank is not let in: %s", policy)
	}
	if policy := b.get(path).header.Get("Content-Security-Policy"); strings.Contains(policy, bank.Host+";") && strings.Contains(policy, "script-src 'self' http") {
		t.Error("the bank is let in on another page")
	}
	f.payAtBank(b, pay, "5578342710750560")
	f.clock.Advance(time.Minute)
	back := strings.TrimSuffix(pay, "/pay") + "/return"
	contains(t, words(b.get(back).body), "Банк отклонил оплату", "На карте недостаточно денег", "484", "Осталось 2 попытки", "2 из 3")
	f.payAtBank(b, pay, "4405639704015096")
	f.clock.Advance(time.Minute)
	contains(t, words(b.get(back).body), "Банк подтвердил оплату", "Подписать и подать заявление")
	at := strings.TrimSuffix(pay, "/pay")
	for _, paper := range []string{"/receipt.pdf", "/invoice.pdf"} {
		if r := b.get(at + paper); !strings.HasPrefix(r.body, "%PDF") {
			t.Errorf("%s: %d", paper, r.status)
		}
	}
	contains(t, words(b.get(path+"/payments").body), "оплачен")
	contains(t, words(b.get("/payments").body), "оплачен", "7 380,40 ₸")
}

// A bank that does not answer: the page waits, says so, and nobody pays twice.
func TestPaymentWaitsForTheBank(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	path := f.formed(b)
	pay := b.post(path+"/pay", nil).to()
	f.bank.Misbehave(epay.Every, epay.StatusDown)
	f.payAtBank(b, pay, "4405639704015096")
	f.clock.Advance(time.Minute)
	r := b.get(strings.TrimSuffix(pay, "/pay") + "/return")
	contains(t, words(r.body), "Ждём ответа банка", "платить ещё раз не нужно")
	if r.header.Get("Refresh") == "" {
		t.Error("the page does not ask again")
	}
	if strings.Contains(r.body, "data-halyk") {
		t.Error("one may pay again while nobody knows")
	}
}

// The bank's message: anybody may post, nothing is believed, nothing breaks; no token, no session.
func TestCallback(t *testing.T) {
	f := newFilings(t)
	for body, want := range map[string]int{"": 422, "{}": 422, `{"invoiceId":"999999"}`: 422, "[" + strings.Repeat("1,", 50000) + "1]": 413} {
		r := f.browser().send("POST", callbackPath, strings.NewReader(body), "application/json", "Sec-Fetch-Site", "cross-site")
		if r.status != want {
			t.Errorf("%.20q: %d, want %d", body, r.status, want)
		}
	}
	b := f.enters(filerIIN)
	pay := b.post(f.formed(b)+"/pay", nil).to()
	i, err := f.s.Payments.Get(context.Background(), idOf(pay))
	must(err)
	r := f.browser().send("POST", callbackPath, strings.NewReader(`{"invoiceId":"`+i.Number+`","code":"ok","secret_hash":"guess"}`), "application/json")
	if r.status != 200 {
		t.Errorf("%d", r.status)
	}
	if i, _ = f.s.Payments.Get(context.Background(), i.ID); i.State != payment.Paying {
		t.Errorf("a guessed message made it %s", i.State)
	}
}

// The office: payments with the talk with the bank, refund with a reason, transfer, fees.
func TestOfficePayments(t *testing.T) {
	f := newFilings(t)
	b := f.enters(filerIIN)
	path := f.paid(b)
	office := f.as(account.ResearchOffice)
	contains(t, words(office.get("/filings").body), "оплачена, не подана")
	list := office.get("/payments")
	at := regexp.MustCompile(`/payments/[0-9a-f-]{36}`).FindString(list.body)
	contains(t, words(office.get(at).body), "Переговоры с банком", "банк выдал ключ оплаты", "Вернуть деньги")
	if r := office.post(at+"/refund", url.Values{"reason": {" "}}); r.status != fiber.StatusUnprocessableEntity || !strings.Contains(r.body, "Укажите причину") {
		t.Errorf("without a reason: %d", r.status)
	}
	other := f.formed(b)
	b.get(other + "/payments")
	if r := b.post(other+"/invoice", nil); r.to() != other+"/payments" {
		t.Fatalf("an invoice in advance: %d", r.status)
	}
	open := regexp.MustCompile(`/payments/[0-9a-f-]{36}`).FindString(b.get(other + "/payments").body)
	if r := office.post(open+"/transfer", url.Values{"document": {"п/п 12 от 16.09.2026"}}); r.to() != open {
		t.Fatalf("a transfer: %d %s", r.status, words(r.body))
	}
	contains(t, words(b.get(other).body), "Оплата получена")
	if r := office.post(at+"/refund", url.Values{"reason": {"по заявлению автора"}}); r.to() != at {
		t.Fatalf("a refund: %d %s", r.status, words(r.body))
	}
	contains(t, words(office.get(at).body), "по заявлению автора")
	_ = path
	contains(t, words(office.get("/fees").body), "6 190,00 ₸", "16 %", "7 380,40 ₸")
	fee := url.Values{"kind": {"commission"}, "service": {"copyright_work"}, "ground": {"student"}, "from": {"2026-10-01"}, "amount": {"250"}, "note": {"приказ № 5"}}
	if r := office.post("/fees", fee); r.to() != "/fees" {
		t.Fatalf("a fee: %d %s", r.status, words(r.body))
	}
	contains(t, words(office.get("/fees").body), "250,00 ₸", "приказ № 5", "Отозвать")
	fee.Set("from", "2026-09-17")
	if r := office.post("/fees", fee); r.status != fiber.StatusUnprocessableEntity || !strings.Contains(r.body, `value="250"`) {
		t.Errorf("a fee of today: %d", r.status)
	}
	if r := office.get("/payments/balance?from=2026-09-01&to=2026-09-30"); r.status != 200 {
		t.Errorf("the balance: %d", r.status)
	}
}
