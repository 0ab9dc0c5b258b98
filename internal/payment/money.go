package payment

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"kualik/internal/i18n"
)

// Tiyn is money, in hundredths of a tenge.
type Tiyn int64

// Percent is a share in hundredths of a percent: 1200 is 12 %.
type Percent int64

// Whole is 100 %.
const Whole Percent = 10000

// Of is the share p of an amount, rounded to the nearest tiyn, halves up. The amount is not negative.
func (p Percent) Of(t Tiyn) Tiyn { return (t*Tiyn(p) + Tiyn(Whole)/2) / Tiyn(Whole) }

// String is the amount as banks write it: 7380.40.
func (t Tiyn) String() string {
	sign := ""
	if t < 0 {
		sign, t = "-", -t
	}
	return fmt.Sprintf("%s%d.%02d", sign, t/100, t%100)
}

// Text is the amount as people of the language write it: 7 380,40 ₸.
func (t Tiyn) Text(l i18n.Lang) string {
	sign, mark := "", ","
	if t < 0 {
		sign, t = "−", -t
	}
	if l == i18n.EN {
		mark = "."
	}
	return fmt.Sprintf("%s%s%s%02d\u00a0₸", sign, i18n.Number(int(t/100)), mark, t%100)
}

// Text is the share as people of the language write it: 12 %, 12,5 %.
func (p Percent) Text(l i18n.Lang) string {
	s := strconv.FormatInt(int64(p/100), 10)
	if rest := strings.TrimRight(fmt.Sprintf("%02d", p%100), "0"); rest != "" {
		mark := ","
		if l == i18n.EN {
			mark = "."
		}
		s += mark + rest
	}
	if l == i18n.EN {
		return s + "%"
	}
	return s + "\u00a0%"
}

var errAmount = errors.New("not an amount of money")

// ParseTiyn reads an amount: 7380.4, 7 380,40, 200. More than two decimals that are not zero are an error.
func ParseTiyn(s string) (Tiyn, error) {
	n, err := hundredths(s)
	return Tiyn(n), err
}

// ParsePercent reads a share: 12, 12,5 or 12 %.
func ParsePercent(s string) (Percent, error) {
	n, err := hundredths(strings.TrimSuffix(strings.TrimSpace(s), "%"))
	return Percent(n), err
}

func hundredths(s string) (int64, error) {
	s = strings.NewReplacer(" ", "", "\u00a0", "", "\u2009", "", "\u202f", "", ",", ".").Replace(s)
	whole, part, _ := strings.Cut(s, ".")
	part = strings.TrimRight(part, "0")
	if whole == "" || len(whole) > 13 || len(part) > 2 || strings.Trim(whole+part, "0123456789") != "" {
		return 0, errAmount
	}
	return strconv.ParseInt(whole+part+"00"[len(part):], 10, 64)
}
