package epay

// language reads the bank's codes of languages; Russian when there is none.
func language(s string) string {
	switch s {
	case "kaz", "KAZ", "KK", "kk":
		return "kk"
	case "eng", "ENG", "EN", "en":
		return "en"
	}
	return "ru"
}

// say gives a sentence of the pages; the key itself when there is none.
func say(lang, key string) string {
	at := map[string]int{"kk": 0, "ru": 1, "en": 2}
	n, ok := at[lang]
	if !ok {
		n = 1
	}
	if w, ok := words[key]; ok {
		return w[n]
	}
	return key
}

// words are the sentences of the pages in kk, ru and en; the Russian ones follow the page that the
// applicants' instruction shows.
var words = map[string][3]string{
	"stand_in":   {"Бұл банктің орнына тұрған бет: нақты ақша алынбайды", "Это замена банка для проверки: настоящие деньги не списываются", "This page stands in for the bank: no real money moves"},
	"title":      {"Төлем", "Оплата", "Payment"},
	"safe":       {"Транзакциялар қауіпсіздігін банк қамтамасыз етеді", "Безопасность транзакций гарантирует банк", "The bank guarantees the safety of transactions"},
	"sum":        {"Тапсырыс сомасы", "Сумма заказа", "Sum of the order"},
	"seller":     {"Сатушы", "Продавец", "Seller"},
	"number":     {"Тапсырыс нөмірі", "Номер заказа", "Order number"},
	"limits":     {"Төлем жүргізуге 20 минут немесе 3 әрекет беріледі.", "На проведение платежа выделяется 20 минут или 3 попытки.", "There are 20 minutes or 3 attempts for a payment."},
	"left":       {"Қалғаны", "Осталось", "Left"},
	"minutes":    {"мин", "мин", "min"},
	"attempts":   {"әрекет саны", "попыток", "attempts"},
	"name":       {"Картадағы аты", "Имя на карте", "Name on the card"},
	"card":       {"Карта нөмірі", "Номер карты", "Card number"},
	"hide":       {"Нөмірді жасыру", "Скрыть номер", "Hide the number"},
	"show":       {"Нөмірді көрсету", "Показать номер", "Show the number"},
	"expiry":     {"Картаның қолданылу мерзімі", "Срок действия карты", "Valid until"},
	"month":      {"Ай", "Месяц", "Month"},
	"year":       {"Жыл", "Год", "Year"},
	"email":      {"Қолданыстағы e-mail", "Ваш действующий e-mail", "Your e-mail"},
	"phone":      {"Байланыс телефоны", "Ваш контактный телефон", "Your phone"},
	"back":       {"Қайту", "Вернуться", "Go back"},
	"pay":        {"Төлеу", "Оплатить", "Pay"},
	"wait":       {"НАЗАР АУДАРЫҢЫЗ! «Төлеу» түймесін басқаннан кейін сервердің жауабын міндетті түрде күтіңіз!", "ВНИМАНИЕ! После нажатия на кнопку «Оплатить» обязательно дождитесь ответа сервера!", "ATTENTION! After pressing “Pay” be sure to wait for the server's answer!"},
	"required":   {"міндетті өріс", "обязательное поле", "required"},
	"cards":      {"Тексеруге арналған карталар", "Карты для проверки", "Test cards"},
	"cards_note": {"Кез келген аты, CVV және алдағы мерзім жарайды.", "Подойдут любое имя, любой CVV и будущий срок.", "Any name, any CVV and any date to come will do."},

	"card_pays":       {"төленеді", "оплата проходит", "pays"},
	"card_code":       {"3-D коды: 1234", "код 3-D: 1234", "3-D code: 1234"},
	"card_money":      {"ақша жеткіліксіз (484)", "недостаточно средств (484)", "not enough money (484)"},
	"card_blocked":    {"бұғатталған (465)", "заблокирована (465)", "blocked (465)"},
	"card_code_fails": {"3-D тексеруі өтпейді (499)", "3-D не проходит (499)", "3-D fails (499)"},
	"card_expired":    {"мерзімі өткен (485)", "срок истёк (485)", "expired (485)"},

	"bad_name":   {"Картадағы атты жазыңыз.", "Укажите имя на карте.", "Enter the name on the card."},
	"bad_number": {"Карта нөмірін тексеріңіз.", "Проверьте номер карты.", "Check the card number."},
	"bad_expiry": {"Айы мен жылын таңдаңыз.", "Выберите месяц и год.", "Choose month and year."},
	"bad_cvv":    {"CVV: артқы жақтағы 3 немесе 4 цифр.", "CVV: 3 или 4 цифры на обороте.", "CVV: the 3 or 4 digits on the back."},
	"bad_email":  {"E-mail мекенжайын тексеріңіз.", "Проверьте адрес e-mail.", "Check the e-mail address."},

	"declined":   {"Төлем өтпеді", "Оплата не прошла", "The payment failed"},
	"reason_459": {"Карта нөмірін тексеріңіз. Төменде тексеруге арналған карталар бар.", "Проверьте номер карты. Карты для проверки перечислены ниже.", "Check the card number. The test cards are listed below."},
	"reason_465": {"Карта бұғатталған.", "Карта заблокирована.", "The card is blocked."},
	"reason_484": {"Картада ақша жеткіліксіз.", "Недостаточно средств на карте.", "There is not enough money on the card."},
	"reason_485": {"Картаның мерзімі өткен.", "Срок действия карты истёк.", "The card has expired."},
	"reason_499": {"3-D Secure тексеруі өтпеді.", "Проверка 3-D Secure не пройдена.", "The 3-D Secure check failed."},

	"code_title": {"3-D Secure растауы", "Подтверждение 3-D Secure", "3-D Secure confirmation"},
	"code_note":  {"Картаны берген банк код жіберді. Мұнда код әрқашан 1234.", "Банк, выпустивший карту, отправил код. Здесь код всегда 1234.", "The bank of the card sent a code. Here it is always 1234."},
	"code":       {"Код", "Код", "Code"},
	"confirm":    {"Растау", "Подтвердить", "Confirm"},

	"done":        {"Төлем қабылданды", "Оплата принята", "The payment is accepted"},
	"done_note":   {"Сатушының бетіне бірнеше секундтан кейін оралады.", "Через несколько секунд откроется страница продавца.", "The seller's page opens in some seconds."},
	"to_shop":     {"Сатушыға оралу", "Вернуться к продавцу", "Back to the seller"},
	"over":        {"Төлемге берілген уақыт немесе әрекеттер бітті. Сатушының бетінде жаңадан бастаңыз.", "Время или попытки на этот платёж закончились. Начните заново на странице продавца.", "The time or the attempts for this payment are over. Begin again on the seller's page."},
	"no_order":    {"Мұнда төленетін тапсырыс жоқ. Сатушының бетінен бастаңыз.", "Здесь нет заказа к оплате. Начните со страницы продавца.", "There is no order to be paid here. Begin on the seller's page."},
	"wrong_order": {"Тапсырыс токенге сәйкес келмейді немесе токеннің мерзімі өткен. Сатушының бетінде жаңадан бастаңыз.", "Заказ не совпадает с токеном, или токен истёк. Начните заново на странице продавца.", "The order does not fit its token, or the token has run out. Begin again on the seller's page."},

	"control":                     {"Банктің ақаулары", "Сбои банка", "Faults of the bank"},
	"which":                       {"Қай шот үшін", "Для какого счёта", "For which invoice"},
	"next":                        {"келесі шот", "следующий счёт", "the next invoice"},
	"every":                       {"барлық шоттар", "все счета", "every invoice"},
	"this":                        {"мына нөмір", "этот номер", "this number"},
	"wrong":                       {"Не дұрыс болмайды", "Что пойдёт не так", "What goes wrong"},
	"set":                         {"Орнату", "Задать", "Set"},
	"set_note":                    {"Ештеңе белгіленбесе, банк қалыпты жұмыс істейді.", "Если ничего не отмечено, банк работает как положено.", "With nothing ticked the bank behaves."},
	"fault":                       {"ақау", "сбой", "fault"},
	"status":                      {"күйі", "статус", "status"},
	"late":                        {"Кешіктірілген хабарлар", "Отложенные сообщения", "Late messages"},
	"deliver":                     {"Қазір жеткізу", "Доставить сейчас", "Deliver now"},
	"tries":                       {"әрекеттер", "попытки", "attempts"},
	"none":                        {"Төлемдер әлі жоқ", "Платежей ещё нет", "No payments yet"},
	"fault_lost_callback":         {"дүкенге хабар келмейді", "магазин не узнаёт ничего", "the shop is told nothing"},
	"fault_double_callback":       {"хабар екі рет келеді", "сообщение приходит дважды", "the shop is told twice"},
	"fault_late_callback":         {"хабар екі минут кешігеді", "сообщение опаздывает на две минуты", "the message is two minutes late"},
	"fault_early_callback":        {"хабар төлеуші оралғанша келеді", "сообщение приходит раньше плательщика", "the message comes before the payer is back"},
	"fault_wrong_secret":          {"хабардағы құпия белгі басқа", "в сообщении другой секрет", "the message carries another secret"},
	"fault_wrong_callback_amount": {"хабарда басқа сома", "в сообщении другая сумма", "the message names another sum"},
	"fault_wrong_amount":          {"100 теңге кем алынады", "списывается на 100 тенге меньше", "100 tenge less are taken"},
	"fault_status_down":           {"күй сұрауға жауап жоқ", "запрос статуса не работает", "the status API is down"},
	"fault_status_pending":        {"күй сұрауға «кейінірек» деген жауап", "на запрос статуса ответ «позже»", "the status API says “try later”"},
	"fault_answer_lost":           {"орындалады, бірақ жауап жоғалады", "операция выполнена, ответ потерян", "it is done, and the answer is lost"},
	"fault_refund_refused":        {"қайтарудан бас тартылады", "в возврате отказано", "the refund is refused"},
	"fault_token_down":            {"токен берілмейді", "токен не выдаётся", "no token is given"},
	"fault_two_steps":             {"сома алдымен бұғатталады", "сумма сначала блокируется", "the sum is held first"},
}
