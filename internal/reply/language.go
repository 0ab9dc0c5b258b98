package reply

import (
	"regexp"
	"strings"
	"unicode"

	"kualik/internal/i18n"
)

// forwarding is a line with which a mail program begins what is not the sender's own: a forwarded letter, or
// one that is answered.
var forwarding = regexp.MustCompile(`(?i)^[\s>*_=-]*(` +
	`begin forwarded message|forwarded message|original message|исходное сообщение|пересылаемое сообщение|переадресованное сообщение|пересланное сообщение|начало переадресованного сообщения|бастапқы хабар(лама)?|қайта жіберілген хабар(лама)?|жіберілген хабар(лама)?` +
	`)[\s:*_=-]*$|^[\s>*_=-]{4,}.*(forwarded|original|исходн|пересыл|переадрес|пересл|қайта ж|бастапқы)`)

// attribution is a line such as "17.09.2026 10:02, Лаура Н. пишет:" or "On Thu, 17 Sep 2026 … wrote:".
var attribution = regexp.MustCompile(`(?i)(wrote|writes|пиш[еу]т|писал\(?а?\)?|написал\(?а?\)?|жазды|жазған)\s*:\s*$`)

// headerLine is the first line of a letter's header as Outlook and mail.ru write it into the text.
var headerLine = regexp.MustCompile(`(?i)^\s*[*_]{0,2}(from|от|от кого|кімнен|отправитель)[*_]{0,2}\s*:\s*\S`)

// headerNext is what follows such a line within a few more.
var headerNext = regexp.MustCompile(`(?i)^\s*[*_]{0,2}(to|кому|кімге|sent|отправлено|date|дата|күні|жіберілді|subject|тема|тақырып|тақырыбы)[*_]{0,2}\s*:`)

// OwnWords is what the sender of a letter wrote, without what it answers or passes on and without quoted titles.
func OwnWords(text string) string {
	var own []string
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, ">") {
			continue
		}
		if trimmed == "--" || forwarding.MatchString(trimmed) || attribution.MatchString(trimmed) || headerLine.MatchString(line) && headed(lines[i+1:]) {
			break
		}
		own = append(own, line)
	}
	return strings.TrimSpace(strings.Join(own, "\n"))
}

// headed tells whether a line of a header stands among the next few.
func headed(next []string) bool {
	for _, l := range next[:min(4, len(next))] {
		if headerNext.MatchString(l) {
			return true
		}
	}
	return false
}

// passedOn tells whether a subject is that of another letter: FW:, Re:, Пересл., HA:.
var passedOn = regexp.MustCompile(`(?i)^\s*(re|fwd?|aw|wg|ha|на|отв|пересл|fw|жау|қжб|ответ)\s*(\[\d+\])?\s*[.:]`)

// Words that only one of the languages has, in lower case. Names and titles say nothing.
var (
	kazakhWords  = wordSet("бул осы мен сіз сиз бар жок жоқ емес керек салем сәлем салеметсиз рахмет рақмет куалик куалигим куалигин жибер жиберемин жиберип жолдап отырмын курметпен курметти косымшада туралы ушин ушін армысыз армысыздар кайырлы салем мына менин менің тиркеу salem salemetsiz rahmet kualik kualigim zhiberip zhiberemin jiberip jiberemin otyrmyn qurmetpen qosymshada")
	russianWords = wordSet("и в во на не с со по для от из к за что как это я мы вы вас вам мой моя мое моё прошу просьба добрый день здравствуйте привет спасибо свидетельство свидетельства свидетельств направляю отправляю высылаю пересылаю вложении вложение уважением уважаемые коллеги копия копию авторское авторского учесть получение подтвердить посмотрите пожалуйста нужно или если уже был была")
	englishWords = wordSet("the a an of to and please find attached is are my our your dear hello hi regards thank thanks best this that for with from i we you here sending certificate copyright")
)

func wordSet(list string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}

var quotedTitle = regexp.MustCompile(`«[^»]{0,400}»|“[^”]{0,400}”|"[^"\n]{0,400}"`)

// Language is the one in which somebody wrote; ok is false when their words do not tell.
func Language(own string) (l i18n.Lang, ok bool) {
	own = quotedTitle.ReplaceAllString(own[:min(len(own), 16<<10)], " ")
	score := map[i18n.Lang]int{}
	sentence := true // the next word begins a sentence, where a capital is no sign of a name
	for _, field := range strings.Fields(own) {
		word := strings.TrimFunc(field, func(r rune) bool { return !unicode.IsLetter(r) })
		if word == "" {
			continue
		}
		name := !sentence && unicode.IsUpper([]rune(word)[0])
		sentence = strings.ContainsAny(field[len(field)-1:], ".!?:;,")
		lower := strings.ToLower(word)
		switch {
		case kazakhWords[lower], !name && strings.ContainsAny(lower, "әғқңөұүһі"):
			score[i18n.KK]++
		case russianWords[lower]:
			score[i18n.RU]++
		case englishWords[lower]:
			score[i18n.EN]++
		}
	}
	best := i18n.Lang("")
	for _, c := range i18n.All {
		if score[c] > score[best] {
			best = c
		}
	}
	for _, c := range i18n.All {
		if c != best && score[c] == score[best] {
			return "", false
		}
	}
	return best, best != ""
}

// ownLanguage is the language of a letter's own words, or of its subject where that is the sender's too.
func ownLanguage(subject, text string) (i18n.Lang, bool) {
	if l, ok := Language(OwnWords(text)); ok {
		return l, true
	}
	if passedOn.MatchString(subject) {
		return "", false
	}
	return Language(subject)
}

// about is a word by which a letter says that it is about a certificate.
var about = regexp.MustCompile(`(?i)куәлі|куалик|свидетельств|сертификат|certificate|kualik|svidetel|авторлық|авторск|copyright`)
