package certificate

import (
	"regexp"
	"strings"
)

// loose makes a pattern tolerant: white space of any sort or none where the pattern has a space, Latin
// look-alikes for Cyrillic letters, and for Kazakh letters also what a font without them leaves: the
// Russian letter beneath, a question mark, or nothing.
func loose(pattern string) string {
	var out strings.Builder
	class := false
	for i, r := range pattern {
		escaped := i > 0 && pattern[i-1] == '\\'
		switch {
		case r == '[' && !escaped:
			class = true
			out.WriteRune(r)
		case r == ']' && !escaped:
			class = false
			out.WriteRune(r)
		case class || escaped:
			out.WriteRune(r)
		case r == ' ':
			out.WriteString(`\s*`)
		case lookAlikes[r] != "":
			out.WriteString("[" + string(r) + lookAlikes[r] + "]")
			if strings.ContainsRune("әғқңөұүһі", r) {
				out.WriteByte('?')
			}
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}

const lost = `?\x{fffd}□■`

var lookAlikes = map[rune]string{
	'а': "a", 'в': "b", 'е': "eё", 'к': "kқ", 'м': "m", 'н': "hң", 'о': "o0", 'р': "p", 'с': "c", 'т': "t", 'у': "y", 'х': "x",
	'ъ': "ь", 'щ': "ш", 'й': "и", // text recognition
	'ә': "əaаэ" + lost, 'ғ': "гf" + lost, 'қ': "кk" + lost, 'ң': "нh" + lost, 'ө': "ɵоo" + lost,
	'ұ': "үуyv" + lost, 'ү': "ұуyv" + lost, 'һ': "hх" + lost, 'і': "iıl1иы" + lost,
}

func compile(pattern string) *regexp.Regexp { return regexp.MustCompile(`(?im)` + loose(pattern)) }

// Labels of the fields in both languages. A label stands at the beginning of a line; in the combined
// form both languages stand before one colon.
const (
	authorsKK = `(?:автор(?:дың|лардың|дын)[^:]{0,60}?(?:аты|жөні)[^:]{0,110}?|автор(?:лары|лар|ы) (?:\( ?лары ?\))?)`
	authorsRU = `(?:(?:фамилия|ф\. ?и\. ?о\.?|фио)[^:]{0,170}автор[а-я]* (?:\( ?-? ?[а-я]{1,3} ?\))?|автор(?:ы|ов|а)? (?:\( ?-? ?[а-я]{1,3} ?\))?)`
	kindKK    = `(?:авторлық құқық(?:тың)? объектісі(?:нің)?(?: түрі)?|(?:объекті|туынды)(?:нің|ның) түрі)`
	kindRU    = `(?:(?:вид|тип) (?:объекта|произведения)(?: авторск(?:ого|их) прав[ао]?)?|объект авторского права)`
	titleKK   = `(?:объекті|туынды|шығарма)(?:нің|ның|сінің)? (?:атауы|аты)`
	titleRU   = `(?:название|наименование) (?:объекта|произведения)(?: авторского права)?`
	createdKK = `(?:(?:объекті|объект|туынды)(?:ні|ны|нің|ның)? (?:жасаған|жасалған|жасау|құрылған) күні?|жасалған күні)`
	createdRU = `дата создания (?:объекта|произведения)?(?: авторского права)?`
)

var fieldLabels = []struct {
	field  Field
	kk, ru string
}{
	{Authors, authorsKK, authorsRU},
	{Kind, kindKK, kindRU},
	{Title, titleKK, titleRU},
	{CreatedOn, createdKK, createdRU},
}

// language of a label or of a half of the certificate.
type language uint8

const (
	kazakh language = 1 << iota
	russian
)

type labelPattern struct {
	field Field
	line  *regexp.Regexp // groups: kk first, then ru; ru first, then kk
}

var labelPatterns = func() []labelPattern {
	var out []labelPattern
	for _, f := range fieldLabels {
		end := `(?:[:;]|$)`
		if f.field == Authors {
			end = `[:;]` // a long label, whose lines end anywhere
		}
		re := compile(`^ (?:(` + f.kk + `)(?: / (` + f.ru + `))?|(` + f.ru + `)(?: / (` + f.kk + `))?) ` + end)
		out = append(out, labelPattern{f.field, re})
	}
	return out
}()

const (
	quote    = `["«»“”„‟'‹›<>]`
	monthsRU = `январ[ьяи]|феврал[ьяи]|март[ае]?|апрел[ьяи]|ма[йяе]|июн[ьяи]|июл[ьяи]|август[ае]?|сентябр[ьяи]|октябр[ьяи]|ноябр[ьяи]|декабр[ьяи]`
	monthsKK = `қаңтар|ақпан|наурыз|сәуір|мамыр|маусым|шілде|тамыз|қыркүйек|қазан|қараша|желтоқсан`
	dayRU    = `(?:от )?` + quote + `{0,2} (\d{1,2}) ` + quote + `{0,2} (` + monthsRU + `) (\d{4}) (?:года|год|г\.|г)?`
	dayKK    = `(\d{4}) (?:жылғы|жылы|жылдың|жыл|ж\.) ` + quote + `{0,2} (\d{1,2}) ` + quote + `{0,2} (` + monthsKK + `)[а-яәіңғүұқөһ]{0,5}`
	dayPlain = `(?:от )?(\d{1,2})[./](\d{1,2})[./](\d{4})(?: (?:года|год|г\.|г|жылы|жылғы|ж\.))?`
	dayISO   = `(\d{4})-(\d{2})-(\d{2})`
	marker   = `(?:№|nº|n°|no|nо|#)\.?`
	markerO  = `(?:№|nº|n°|n[oоeе9]?|хо|ко|м[ео2г]?|хе|ле|jfe|ns|лг|no|#)[.:]?` // as recognition sees №
	place    = `(?:г\. ?|ғ\. ?)?(?:астана|нур-султан|нұр-сұлтан|алматы|қаласы|қ\.)`
)

var (
	reDayRU    = compile(dayRU)
	reDayKK    = compile(dayKK)
	reDayPlain = compile(dayPlain)
	reDayISO   = compile(dayISO)
	reNumber   = compile(marker + ` (\d{1,8})(?:$|[^\d])`)
	reNumberO  = compile(`(?:^|[^а-яa-z])` + markerO + ` (\d{1,8})(?:$|[^\d])`)

	// The number where words stand for its sign.
	reNumberWords = compile(`(?:номер|нөмір|запис[ьи]|жазба|тіркеу|рег)[а-яәіңғүұқөһ.]{0,8} (?:в реестре|реестра|записи|свидетельства|куәліктің|тізілімдегі)? ?[:—–-]? ?(?:№|no?)? (\d{1,8})(?:$|[^\d./-]|\.(?:\s|$))|(\d{1,8}) (?:нөмірі?мен|нөмірлі|номером)`)
	reBareNumber  = regexp.MustCompile(`^\s*(?:№|N|#)?\s*(\d{1,8})\s*\.?\s*$`)

	// Lines with a number that is not the certificate's: of the application, of the blank, of a contract or a law.
	reOtherNumber = regexp.MustCompile(`(?i)заявк|заявлен|өтінім|өтініш|бланк|серия|договор|шарт|закон|заңы|приказ|бұйрық|сертификат|серийн|сериялық|уникальн|бірегей`)

	// A line that holds nothing but number and date, in any order.
	reNumberLine  = compile(`^ (?:(?:` + marker + ` \d{1,8}|` + dayRU + `|` + dayKK + `|` + dayPlain + `|` + place + `|/|,|года|жылғы) )+$`)
	reNumberLineO = compile(`^ (?:(?:` + markerO + ` \d{1,8}|` + dayRU + `|` + dayKK + `|` + dayPlain + `|` + place + `|[/,.'|]|года|жылғы) )+$`)

	reRegister = compile(`о внесении сведений в государственный реестр|прав на объекты охраняемые авторским|прав на объекты, охраняемые авторским|` +
		`мемлекеттік тізілімге мәліметтерді енгізу|авторлық құқықпен қорғалатын объектілерге`)
	reOldRegister = compile(`о государственной регистрации прав на объекты? авторского права|исключительные имущественные права на`)

	// What follows the fields.
	reEnd = compile(`^ (?:эцқ қол қойылды|подписано эцп|электрондық цифрлық қол|подписано электронной|құжат түпнұсқалығын|құжаттың түпнұсқалығын|подлинность документа|https?://|директор |заместитель директора|первый заместитель|руководитель |и\. ?о\. директора)`)

	// The link to the state register, or to the public page of a register that Kualik keeps.
	reURL = regexp.MustCompile(`(?i)https?://(?:copyright\.[kq]azpatent\.kz/?\s?\?[!.lI]*i[dD]\s?=\s?[0-9A-Za-z]{2,12}|[0-9a-z.:-]+(?:/[0-9a-z._~-]+)*?/r/[0-9a-z]{12}\b)`)

	// «under the title … (kind), by author(s) … is (are) …»
	reOldTitle = compile(`под названием `)
	reOldKind  = compile(`\(((?:[^()]|\([^()]*\))*)\) ,? автор[а-я]* (?:\( ?-? ?[а-я]{1,4} ?\))? котор`)
	reOldBy    = compile(`автор[а-я]* (?:\( ?-? ?[а-я]{1,4} ?\))? котор[^.]{0,120}?явля(?:е|ю)тся (?:\( ?-? ?ются ?\))? ?:?`)
	reOldEnd   = compile(`запись в реестре|(?:^ (?:заместитель|директор|вице-министр|министр|председатель))`)
)
