package rating

import (
	"math/big"
	"strconv"

	"kualik/internal/i18n"
)

// Fraction writes an exact number as people do: "1/3", "3 1/3", "2".
func Fraction(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	whole, rest := new(big.Int).QuoRem(r.Num(), r.Denom(), new(big.Int))
	s := rest.Abs(rest).String() + "/" + r.Denom().String()
	switch {
	case whole.Sign() != 0:
		return whole.String() + " " + s
	case r.Sign() < 0:
		return "-" + s
	}
	return s
}

// Float is the nearest number that a cell or a bar can show.
func Float(r *big.Rat) float64 {
	f, _ := r.Float64()
	return f
}

// Show rounds for the eye: so many decimals, halves away from zero, in the language's form.
func Show(l i18n.Lang, r *big.Rat, decimals int) string {
	f, err := strconv.ParseFloat(r.FloatString(decimals), 64)
	if err != nil {
		return r.FloatString(decimals)
	}
	return i18n.Decimal(l, f, decimals)
}
