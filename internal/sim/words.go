package sim

import (
	"net/http"

	"golang.org/x/text/language"
)

// The pages' languages, in the order of the columns of words.
var (
	languages = []language.Tag{language.Kazakh, language.Russian, language.English}
	codes     = []string{"kk", "ru", "en"}
	matcher   = language.NewMatcher(languages)
)

// lang is the language of a page: as asked, as chosen before, as the browser prefers, else Kazakh.
func lang(r *http.Request) string {
	if l := chosenLang(r); l != "" {
		return l
	}
	_, i := language.MatchStrings(matcher, r.Header.Get("Accept-Language"))
	return codes[i]
}

// chosenLang is the language that somebody has pressed, empty when nobody has.
func chosenLang(r *http.Request) string {
	cookie := ""
	if c, err := r.Cookie("sim_lang"); err == nil {
		cookie = c.Value
	}
	for _, l := range []string{r.URL.Query().Get("lang"), cookie} {
		if contains(codes, l) {
			return l
		}
	}
	return ""
}

// words of the pages: Kazakh, Russian, English.
var words = map[string][3]string{
	"title":               {"NCALayer орнындағы бағдарлама", "Вместо NCALayer", "In place of NCALayer"},
	"overview":            {"Сынақ ортасы", "Испытательный стенд", "Test bench"},
	"standin":             {"Бұл NCALayer емес, оның орнындағы бағдарлама.", "Это не NCALayer, а программа вместо неё.", "This is not NCALayer but a program in its place."},
	"standin_more":        {"Адамдар ойдан шығарылған, кілттерді сынақ орталығы берген, құпиясөз сұралмайды. Қолтаңбалар нағыз, бірақ ештеңеге міндеттемейді.", "Люди вымышлены, ключи выданы тестовым центром, пароль не спрашивается. Подписи настоящие, но ни к чему не обязывают.", "The people are invented, the keys were issued by a test authority, no password is asked. The signatures are real but bind nobody."},
	"idle":                {"Қазір ешбір бет қол сұрап тұрған жоқ", "Сейчас ни одна страница не ждёт подписи", "No page waits for a signature now"},
	"idle_more":           {"Kualik-те «ЭЦҚ арқылы кіру» немесе «Қол қою» батырмасын басыңыз: сұрау осында шығады. Бет өзі жаңарып тұрады.", "Нажмите в Kualik «Войти с помощью ЭЦП» или «Подписать»: запрос появится здесь. Страница обновляется сама.", "Press \"Log in with EDS\" or \"Sign\" in Kualik: the request appears here. The page refreshes itself."},
	"what":                {"Не сұралады", "Что запрошено", "What is asked"},
	"act_text":            {"Мына мәтінге қол қою", "Подписать этот текст", "To sign this text"},
	"act_document":        {"Құжатқа қол қою", "Подписать документ", "To sign a document"},
	"act_key":             {"Кілт туралы мәлімет беру", "Сообщить сведения о ключе", "To tell about a key"},
	"from":                {"Сұраған бет", "Запросила страница", "The page that asks"},
	"size":                {"көлемі", "размер", "size"},
	"bytes":               {"байт", "байт", "bytes"},
	"open":                {"Құжатты ашу", "Открыть документ", "Open the document"},
	"digest":              {"құжаттың хеші ғана берілген", "передан только хеш документа", "only the document's hash was given"},
	"left":                {"Күту уақыты", "Ждёт до", "Waits until"},
	"more_waiting":        {"Кезекте тағы", "В очереди ещё", "Also waiting"},
	"who":                 {"Кім ретінде?", "От чьего имени?", "As whom?"},
	"who_sticky":          {"Келесі сұрауларға бірден жауап беру", "Отвечать на следующие запросы сразу", "Answer the next requests at once"},
	"search":              {"Аты-жөні немесе ЖСН", "Имя или ИИН", "Name or IIN"},
	"find_link":           {"Аты-жөні бойынша іздеу", "Найти по имени", "Find by name"},
	"await":               {"Іздеу кезінде бет жаңармайды. Сұрауды күтуге оралу", "Пока идёт поиск, страница не обновляется. Вернуться к ожиданию запроса", "The page does not refresh while you search. Back to waiting"},
	"find":                {"Іздеу", "Найти", "Find"},
	"nobody":              {"Ондай адам жоқ", "Таких людей нет", "There is nobody like that"},
	"shown":               {"Барлығы", "Всего", "In all"},
	"shown_more":          {"қалғанын іздеңіз", "остальных найдите по имени", "find the others by name"},
	"keep":                {"Келесілеріне де осылай бірден жауап беру", "И на следующие отвечать сразу так же", "Answer the next ones at once in the same way"},
	"cancel":              {"Бас тарту", "Отменить", "Cancel"},
	"refused":             {"Бет қабылдамайтын кілттер", "Ключи, которые страница не принимает", "Keys that the page does not accept"},
	"refused_more":        {"NCALayer оларды көрсетпес еді. Kualik не дейтінін көру үшін таңдауға болады.", "NCALayer их не показал бы. Можно выбрать, чтобы увидеть, что ответит Kualik.", "NCALayer would not show them. Choose one to see what Kualik answers."},
	"no_key":              {"қабылданатын кілт жоқ", "нет принимаемого ключа", "no key that is accepted"},
	"sticky":              {"Сұрауларға бірден жауап береді", "На запросы сразу отвечает", "Requests are answered at once by"},
	"release":             {"Енді сұрап тұру", "Снова спрашивать", "Ask again"},
	"done":                {"Жауап жіберілді. Kualik бетіне оралыңыз.", "Ответ отправлен. Вернитесь на страницу Kualik.", "The answer is sent. Go back to Kualik's page."},
	"gone":                {"Бұл сұрау енді күтіп тұрған жоқ: уақыты өтті немесе бет жабылды. Kualik-те қайта басыңыз.", "Этот запрос больше не ждёт: время вышло или страница закрыта. Нажмите в Kualik ещё раз.", "That request waits no more: its time is over or the page was closed. Press again in Kualik."},
	"bad":                 {"Орындалмады", "Не выполнено", "Not done"},
	"expired":             {"мерзімі өткен", "срок истёк", "expired"},
	"revoked":             {"кері қайтарылған", "отозван", "revoked"},
	"head":                {"ұйым басшысы", "руководитель организации", "head of organisation"},
	"ORG":                 {"ұйым", "организация", "organisation"},
	"iin":                 {"ЖСН", "ИИН", "IIN"},
	"parts":               {"Мұнда не бар", "Что здесь есть", "What is here"},
	"part_ncalayer":       {"NCALayer: кім қол қоятынын таңдау", "NCALayer: выбрать, кто подписывает", "NCALayer: choose who signs"},
	"part_ocsp":           {"Кілттердің күйі (OCSP)", "Состояние ключей (OCSP)", "State of keys (OCSP)"},
	"part_crl":            {"Кері қайтарылғандар тізімі (CRL)", "Список отозванных (CRL)", "List of the revoked (CRL)"},
	"part_persons":        {"Жеке тұлғалар тізілімі", "Реестр физических лиц", "Registry of persons"},
	"part_bank":           {"Банк (Halyk ePay орнында)", "Банк (вместо Halyk ePay)", "Bank (in place of Halyk ePay)"},
	"faults":              {"Ақаулар", "Неполадки", "Faults"},
	"faults_more":         {"Сырттағы қызмет істен шыққанда Kualik не істейтінін көру үшін.", "Чтобы увидеть, что сделает Kualik, когда внешняя служба подводит.", "To see what Kualik does when a service outside fails."},
	"fault":               {"Қанша рет", "Сколько раз", "How often"},
	"none":                {"жоқ", "нет", "none"},
	"once":                {"бір рет", "один раз", "once"},
	"always":              {"алынғанша", "пока не убрать", "until taken away"},
	"set":                 {"Қолдану", "Применить", "Apply"},
	"now":                 {"қазір", "сейчас", "now"},
	"fault_cancel":        {"бас тартылды", "отменено", "cancelled"},
	"fault_drop":          {"байланыс үзіледі", "связь обрывается", "the connection breaks"},
	"fault_silence":       {"жауап жоқ", "ответа нет", "no answer"},
	"fault_garbage":       {"жауап оқылмайды", "ответ нечитаем", "the answer is unreadable"},
	"fault_no_basics":     {"ескі нұсқа: тек commonUtils", "старая версия: только commonUtils", "an old version: only commonUtils"},
	"fault_wrong_content": {"басқа құжатқа қол қойылады", "подписан другой документ", "another document is signed"},
	"fault_base64_text":   {"құжаттың өзіне емес, оның base64 мәтініне қол қойылады", "подписан текст base64 вместо документа", "the base64 text is signed in place of the document"},
	"fault_other_person":  {"басқа адамның кілті", "ключ другого человека", "somebody else's key"},
	"fault_auth_key":      {"AUTH кілті", "ключ AUTH", "the AUTH key"},
	"fault_sign_key":      {"SIGN кілті", "ключ SIGN", "the SIGN key"},
	"fault_no_attributes": {"қол қойылған атрибуттарсыз", "без подписанных атрибутов", "no signed attributes"},
	"fault_two_signers":   {"екі адам қол қояды", "два подписавших", "two signers"},
	"fault_down":          {"жұмыс істемейді (503)", "не работает (503)", "down (503)"},
	"fault_slow":          {"баяу", "медленно", "slow"},
	"fault_stale":         {"бір апта бұрынғы мәлімет", "сведения недельной давности", "a week old"},
	"fault_unknown":       {"белгісіз", "неизвестно", "unknown"},
	"fault_forbidden":     {"рұқсат жоқ (401)", "доступа нет (401)", "no access (401)"},
	"revocation":          {"Кілтті кері қайтару", "Отозвать ключи", "Revoke keys"},
	"revoke":              {"Кері қайтару", "Отозвать", "Revoke"},
	"unrevoke":            {"Қалпына келтіру", "Вернуть", "Restore"},
}

// word is one of the words in a language.
func word(l, key string) string {
	w, ok := words[key]
	if !ok {
		return key
	}
	for i, code := range codes {
		if code == l {
			return w[i]
		}
	}
	return w[0]
}
