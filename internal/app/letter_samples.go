package app

import (
	"slices"
	"strings"

	"kualik/internal/i18n"
	"kualik/internal/notify"
	"kualik/internal/reply"
)

// LetterTemplates are the letters that the program writes, with invented people and numbers. What stands
// under a key with "letter" in it, as NAME.subject and NAME.text, is one; no list has to be kept of them.
func (a *App) LetterTemplates() []notify.Template {
	keys := i18n.Keys()
	var list []notify.Template
	for _, key := range keys {
		name, ok := strings.CutSuffix(key, ".subject")
		_, text := slices.BinarySearch(keys, name+".text")
		if ok && text && (strings.Contains(name, ".letter") || name == "app.payment_alarm") {
			list = append(list, notify.Template{Name: name, Sample: func(l i18n.Lang) notify.Letter {
				return a.sample(l, name+".subject", name+".text")
			}})
		}
	}
	for _, name := range []string{"info.fee", "info.support"} { // what people write by a form
		list = append(list, notify.Template{Name: name, Sample: func(l i18n.Lang) notify.Letter { return a.sample(l, name+".subject", name+".letter") }})
	}
	for _, t := range reply.Templates(strings.TrimRight(a.Config.PublicURL, "/")) { // what is put together from facts
		t.Foot = func(l i18n.Lang) []string { return a.footLines(l, "certificates+k7f3@karatal.example", true) }
		list = append(list, t)
	}
	return append(list, a.Chase.Templates()...)
}

func (a *App) sample(l i18n.Lang, subject, text string) notify.Letter {
	args := a.sampleArgs(l)
	return notify.Letter{Lang: string(l), Subject: i18n.T(l, subject, args...), Text: i18n.T(l, text, args...)}
}

// sampleWords are values of letters' arguments that are words, in kk, ru and en.
var sampleWords = map[string][3]string{
	"Title":    {"Органикалық химия: зертханалық практикум", "Органическая химия: лабораторный практикум", "Organic chemistry: laboratory course"},
	"Name":     {"Серікова Айгүл Болатқызы", "Серикова Айгуль Болатовна", "Serikova Aigul"},
	"Filer":    {"Ахметов Серік Маратұлы", "Ахметов Серик Маратович", "Akhmetov Serik"},
	"Why":      {"Кілттің мерзімі өтіп кеткен.", "Срок действия ключа истёк.", "The key has expired."},
	"What":     {"Банк шоттағыдан басқа соманы алды. Ақшаны қайтару керек.", "Банк списал не ту сумму, что в счёте. Деньги нужно вернуть.", "The bank took another sum than the invoice's. The money is to be given back."},
	"Detail":   {"9 407,00 ₸ орнына 9 000,00 ₸", "9 000,00 ₸ вместо 9 407,00 ₸", "9,000.00 ₸ instead of 9,407.00 ₸"},
	"Period":   {"2025–2026 оқу жылы", "2025–2026 учебный год", "academic year 2025–2026"},
	"Topic":    {"Қол қою", "Подписание", "Signing"},
	"Text":     {"Қол қойғаннан кейін бет жабылып қалды.", "После подписи страница закрылась.", "The page closed after I had signed."},
	"Service":  {"Мәліметтерді Мемлекеттік тізілімге енгізу", "Внесение сведений в Государственный реестр", "Entry into the State register"},
	"Source":   {"Бағалар туралы бұйрық", "Приказ о ценах", "Order on prices"},
	"Office":   {"Ғылым бөлімі", "Отдел науки", "Research office"},
	"Ground":   {"құжаттар толық емес", "неполный комплект документов", "incomplete documents"},
	"Law":      {"«Авторлық құқық және сабақтас құқықтар туралы» заңның 9-1-бабы", "статья 9-1 закона «Об авторском праве и смежных правах»", "article 9-1 of the law on copyright"},
	"Step":     {"Сараптама", "Экспертиза", "Examination"},
	"StepNote": {"Өтінім сарапшыларда.", "Заявка находится на рассмотрении у экспертов.", "The experts examine the application."},
	"Lines": {"№ 2026-118 · Органикалық химия · тіркеу керек, 12.03.2026 18:00 дейін", "№ 2026-118 · Органическая химия · к регистрации, срок 12.03.2026 18:00",
		"No. 2026-118 · Organic chemistry · to be registered, until 12 Mar 2026 18:00"},
}

// sampleArgs are the arguments of every letter, by name.
func (a *App) sampleArgs(l i18n.Lang) []any {
	base := strings.TrimRight(a.Config.PublicURL, "/")
	link := base + "/filings/0198c0de-5a7b-7c3d-8e9f-0a1b2c3d4e5f"
	args := []any{"Link", link, "URL", base + "/reports", "Invitation", base + "/sign/k3mq7x2v9p", "Minutes", 20,
		"Draft", 100041, "Number", "2026-118", "Barcode", "2600000001186", "Until", "12.03.2026 18:00", "Expires", "16.03.2026 18:00",
		"At", "02.03.2026 14:07", "Total", "9\u00a0407,00\u00a0₸", "Now", "9\u00a0407,00\u00a0₸", "Right", "9\u00a0000,00\u00a0₸", "Table", "9\u00a0407,00\u00a0₸",
		"Support", support(a.Config), "Email", "a.serikova@kualik.example", "N", "3", "Count", 3, "First", "№ 41: 02.03.2026 14:07, certificate.confirm",
		"Certificates", i18n.T(l, "reports.certificates", "N", "2\u2009418", "Count", 2418), "Points", i18n.Decimal(l, 8061.67, 2), "NotCounted", "17",
		"Day", i18n.Day(l, "2026-03-02"), "Letter", "И-2026-12", "Certificate", "418", "Address", "certificates+k7f3@kualik.example"}
	i := slices.Index(i18n.All, l)
	for name, said := range sampleWords {
		args = append(args, name, said[max(i, 0)])
	}
	return args
}
