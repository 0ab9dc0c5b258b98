package person

import "time"

// NumberFault says what is wrong with a personal or business number; empty when nothing is.
type NumberFault string

// The faults of a number.
const (
	NumberLength  NumberFault = "length"  // not 12 digits
	NumberDate    NumberFault = "date"    // no such birthday or month
	NumberControl NumberFault = "control" // the last digit does not fit
)

// CheckIIN checks a personal number (ИИН, ЖСН): yymmdd, century and sex, four digits, control digit.
func CheckIIN(s string) NumberFault {
	if !twelveDigits(s) {
		return NumberLength
	}
	century := map[byte]string{'1': "18", '2': "18", '3': "19", '4': "19", '5': "20", '6': "20"}[s[6]]
	// A foreigner's number may have 0 there; its century is then unknown.
	if s[6] == '0' {
		century = "19"
	}
	if _, err := time.Parse("20060102", century+s[:6]); err != nil {
		return NumberDate
	}
	return checkControl(s)
}

// CheckBIN checks a business number (БИН, БСН): yymm, kind of body 4 to 6, and the same control digit.
func CheckBIN(s string) NumberFault {
	switch {
	case !twelveDigits(s):
		return NumberLength
	case s[2:4] < "01" || s[2:4] > "12" || s[4] < '4' || s[4] > '6':
		return NumberDate
	}
	return checkControl(s)
}

func checkControl(s string) NumberFault {
	if k := ControlDigit(s[:11]); k < 0 || int(s[11]-'0') != k {
		return NumberControl
	}
	return ""
}

// ControlDigit is the twelfth digit of a number's first eleven; -1 when such a number is never issued.
func ControlDigit(eleven string) int {
	weigh := func(shift int) int {
		sum := 0
		for i := range 11 {
			sum += int(eleven[i]-'0') * ((i+shift)%11 + 1)
		}
		return sum % 11
	}
	k := weigh(0)
	if k == 10 {
		k = weigh(2)
	}
	if k == 10 {
		return -1
	}
	return k
}

func twelveDigits(s string) bool {
	if len(s) != 12 {
		return false
	}
	for i := range 12 {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// HashLabel is the label under which personal numbers are hashed with the installation's key. It is one
// everywhere, so that a person has one hash in the staff directory and in applications.
const HashLabel = "iin"
