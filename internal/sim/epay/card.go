package epay

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// outcome is what a test card does.
type outcome int

const (
	pays       outcome = iota
	asksCode           // 3-D step, the code is Code
	failsCode          // 3-D step, no code is right
	noMoney            // 484
	isBlocked          // 465
	hasExpired         // 485, whatever date is entered
)

// Code is the code of the 3-D step.
const Code = "1234"

// Card is a test card. Any name, any CVV and any date to come will do.
type Card struct {
	Number string
	Does   string // key of its words
	does   outcome
}

// Cards are the test cards. The first four numbers are those of the bank's documentation.
var Cards = []Card{
	{"4405639704015096", "card_pays", pays},
	{"5522042705066736", "card_code", asksCode},
	{"5578342710750560", "card_money", noMoney},
	{"4003032704547597", "card_blocked", isBlocked},
	{"377514500004820", "card_code_fails", failsCode},
	{"4000000000000069", "card_expired", hasExpired},
}

// entered is the form of the payment page.
type entered struct {
	Name, Number, Month, Year, CVV, Email, Phone string
}

// problems names what is wrong with the form, by field; nothing of it goes to the card's bank.
func (e entered) problems(now time.Time) map[string]bool {
	bad := map[string]bool{}
	bad["name"] = strings.TrimSpace(e.Name) == ""
	bad["number"] = len(e.Number) < 13 || len(e.Number) > 19 || strings.Trim(e.Number, "0123456789") != "" || !luhn(e.Number)
	bad["cvv"] = len(e.CVV) < 3 || len(e.CVV) > 4 || strings.Trim(e.CVV, "0123456789") != ""
	at := strings.Index(e.Email, "@")
	bad["email"] = at < 1 || at == len(e.Email)-1
	month, err1 := strconv.Atoi(e.Month)
	year, err2 := strconv.Atoi(e.Year)
	bad["expiry"] = err1 != nil || err2 != nil || month < 1 || month > 12 || year < 2000 || year > now.Year()+20
	for field, wrong := range bad {
		if !wrong {
			delete(bad, field)
		}
	}
	return bad
}

// expired tells whether the entered date is over.
func (e entered) expired(now time.Time) bool {
	month, _ := strconv.Atoi(e.Month)
	year, _ := strconv.Atoi(e.Year)
	return !now.Before(time.Date(year, time.Month(month)+1, 1, 0, 0, 0, 0, now.Location()))
}

func (e entered) card() (Card, bool) {
	for _, c := range Cards {
		if c.Number == e.Number {
			return c, true
		}
	}
	return Card{}, false
}

func (e entered) mask() string { return e.Number[:6] + "..." + e.Number[len(e.Number)-4:] }

func (e entered) kind() string {
	switch e.Number[0] {
	case '4':
		return "VISA"
	case '3':
		return "AMEX"
	}
	return "MASTERCARD"
}

// Spaced writes a card's number in groups of four.
func (c Card) Spaced() string {
	var groups []string
	for n := c.Number; n != ""; n = n[min(4, len(n)):] {
		groups = append(groups, n[:min(4, len(n))])
	}
	return strings.Join(groups, " ")
}

func luhn(digits string) bool {
	sum := 0
	for n := range len(digits) {
		d := int(digits[len(digits)-1-n] - '0')
		if n%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// reasonWords are the bank's words for its codes, as the shop gets them.
func reasonWords(code int) string {
	switch code {
	case 0:
		return "success"
	case 457, 485:
		return "Срок действия карты истёк или указан неверно"
	case 459:
		return "Проверьте номер карты"
	case 465:
		return "Карта заблокирована"
	case 484:
		return "Недостаточно средств на карте"
	case 499:
		return "Проверка 3DSecure не пройдена"
	}
	return fmt.Sprintf("Операция отклонена (%d)", code)
}
