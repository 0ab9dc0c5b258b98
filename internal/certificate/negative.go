package certificate

import (
	"strings"

	"kualik/internal/doctext"
)

// The labels of files that are read and are no certificate of the register.
const (
	LabelStatement = "statement"
	LabelAbstract  = "abstract"
	LabelReceipt   = "receipt"
	LabelPatent    = "patent"
	LabelLetter    = "letter"
	LabelOther     = "other"
)

var (
	reStatement = compile(`^ (?:заявление|өтініш|заявка №)|прошу внести сведения`)
	reAbstract  = compile(`^ реферат$|^ реферат\b|тип реализующей эвм`)
	reReceipt   = compile(`квитанция|чек об оплате|платежное поручение|төлем түбіртегі|түбіртек|назначение платежа|плательщик`)
	rePatent    = compile(`^ патент(?:$| №)|өнертабысқа|на изобретение|на полезную модель|пайдалы модель|патентообладатель`)
	reLetter    = compile(`служебная записка|қызметтік хат|^ (?:проректору|ректору|декану|заведующему)|уважаем(?:ый|ая|ые)|құрметті|справка|прошу учесть|сообщаю`)
)

// negativeLabel names the sort of a file that is no certificate, for the ledger.
func negativeLabel(f doctext.File) string {
	var text strings.Builder
	for i, p := range f.Pages {
		if i == 3 {
			break
		}
		text.WriteString(p.Text)
		text.WriteByte('\n')
	}
	t := text.String()
	switch {
	case reReceipt.MatchString(t):
		return LabelReceipt
	case reAbstract.MatchString(t):
		return LabelAbstract
	case reStatement.MatchString(t):
		return LabelStatement
	case rePatent.MatchString(t):
		return LabelPatent
	case reLetter.MatchString(t):
		return LabelLetter
	}
	return LabelOther
}
