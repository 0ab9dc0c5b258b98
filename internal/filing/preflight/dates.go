package preflight

import "regexp"

// datePattern is a date in figures or words, ru and kk, or the blank to be filled in.
const datePattern = `(?:[0-9]{1,2}[./-][0-9]{1,2}[./-](?:19|20)?[0-9]{2}(?:[ \n]*(?:г|ж)\.)?|(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}|[«"“]?[0-9]{1,2}[»"”]?[ \n]+(?:январ|феврал|март|апрел|ма[йя]|июн|июл|август|сентябр|октябр|ноябр|декабр)\pL*[ \n]+(?:19|20)[0-9]{2}(?:[ \n]*(?:года|г\.))?|(?:19|20)[0-9]{2}[ \n]*(?:жылғы|жылы|ж\.)[ \n]*[«"“]?[0-9]{1,2}[»"”]?[ \n]+(?:қаңтар|ақпан|наурыз|сәуір|мамыр|маусым|шілде|тамыз|қыркүйек|қазан|қараша|желтоқсан)\pL*|[0-9]{1,2}[ \n]+(?:қаңтар|ақпан|наурыз|сәуір|мамыр|маусым|шілде|тамыз|қыркүйек|қазан|қараша|желтоқсан)\pL*,?[ \n]+(?:19|20)[0-9]{2}|[«"“]?_{2,}[»"”]?[ \n]*_{2,}[ \n]*(?:20)?(?:[0-9]{2}|_{2,}))`

var (
	// Lines of a printer's imprint: "Сдано в набор 02.09.2026".
	rePrinted = expression(`(?i)((?:сдано в (?:набор|печать|производство)|подписано (?:в|к) печат[иь]|дата (?:печати|подписания в печать)|(?:теруге|басуға|баспаға|өндіріске) (?:берілді|жіберілді|тапсырылды|қол қойылды|қол қойылған)|басылған күні|басуға қол қойылған күні)(?:[ \n]*[:—-]?[ \n]*`+datePattern+`)?)`, "сдано в", "подписано", "дата п", "теруге", "басуға", "баспаға", "өндіріске", "басылған")
	// "Дата подачи: 02.09.2026".
	reFiled = expression(`(?i)((?:дата (?:подачи|поступления|при[её]ма|регистрации)(?: (?:заявки|заявления|документов))?|(?:өтінім(?:нің|ді)?|өтініш(?:тің|ті)?) ?(?:беру|берілген|түскен|қабылданған) күні|берілген күні|тапсырылған күні)[ \n]*[:—-]?[ \n]*(?:`+datePattern+`)?)`, "дата ", "күні")
	reDate  = regexp.MustCompile(`(?i)` + datePattern)
	// A word of handing in with a date.
	reHanded = expression(`(?i)((?:сдан[оа]?|подан[оа]?|получен[оа]?|принят[оа]?|поступил[оа]?)(?:[ \n]*:)?[ \n]+`+datePattern+`|`+datePattern+`[ \n]+(?:күні )?(?:берілді|тапсырылды|қабылданды|келіп түсті)|(?:берілді|тапсырылды|қабылданды)(?:[ \n]*:)?[ \n]+`+datePattern+`)`, "сдан", "подан", "получен", "принят", "поступил", "берілді", "тапсырылды", "қабылданды", "келіп түсті")
	// The number of an office's stamp.
	reIncoming = expression(`(?i)((?:вх\.?|вход\.|входящ\pL+|кіріс)(?:[ \n]+номер\pL*| нөмірі)?[ \n]*(?:№|N)[ \n]*[0-9][0-9/-]*(?:[ \n]+(?:от[ \n]+)?`+datePattern+`)?)`, "вх", "кіріс")
	reStamp    = expression(`(?i)(штамп[ \n]+(?:организации|регистрации|о при[её]ме|при[её]ма|канцелярии|учреждения)|место[ \n]+(?:для[ \n]+)?(?:печати|штампа)|м[өо]р(?:дің)?[ \n]+орны|мөртабан(?:ның)?[ \n]+орны)`, "штамп", "место", "мөр", "мор")
	reSealed   = expression(`(?m)(?:^|[ _])(М\. ?[ПО]\.) *$`, "М.П", "М. П", "М.О", "М. О").exactly()
)

// dates: "не должны быть указаны … дата подачи и печати". A date of anything else is none of these. What an
// image shows cannot be read; the finding says so.
func (c *check) dates() {
	var dates, stamps []place
	for _, h := range c.text.find(rePrinted) {
		dates = append(dates, c.sureWithin(h, "preflight.filing_date.print", reDate.MatchString(h.text())))
	}
	for _, h := range c.text.find(reFiled) {
		if reDate.MatchString(h.text()) {
			dates = append(dates, c.sureWithin(h, "preflight.filing_date.filed", true))
		}
	}
	for _, h := range c.text.find(reHanded) {
		if c.text.imprint(h) && !c.text.listed(h) {
			dates = append(dates, place{h, Warning, "preflight.filing_date.maybe"})
		}
	}
	for _, h := range c.text.find(reIncoming) {
		stamps = append(stamps, c.sureWithin(h, "preflight.stamp.incoming", true))
	}
	for _, re := range []pattern{reStamp, reSealed} {
		for _, h := range c.text.find(re) {
			if c.text.imprint(h) {
				stamps = append(stamps, place{h, Warning, "preflight.stamp.maybe"})
			}
		}
	}
	c.report(CodeFilingDate, "preflight.filing_date.ok", dates)
	c.report(CodeStamp, "preflight.stamp.ok", stamps)
}

// sureWithin makes an error of a place in the imprint, when it is complete, and a doubt of any other.
func (c *check) sureWithin(h hit, message string, complete bool) place {
	p := place{h, Warning, message}
	if complete && c.text.imprint(h) && !c.text.listed(h) {
		p.severity = Error
	}
	return p
}
