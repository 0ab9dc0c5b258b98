package e2e

import (
	"fmt"
	"time"

	"kualik/internal/clock"
)

// The institute registers, and its mails tell how far it is: the filer forwards them, and the desk records.

const instituteNumber = "81733" // of the certificate that the institute gives

// news forwards a mail of the institute and waits until it is taken.
func (f *filingWalk) news(subject, text string) {
	f.t.Helper()
	before := f.count(`SELECT count(*) FROM desk_news`)
	f.mails(agent.email, "Fwd: "+subject, text, "", nil)
	until(f.t, "the institute's news are taken", func() bool { return f.count(`SELECT count(*) FROM desk_news`) > before })
}

// instituteTells moves the application by the institute's forwarded mails, and gives its certificate.
func (f *filingWalk) instituteTells(w *walk) []byte {
	number := one[string](f.installation, `SELECT incoming_no FROM filing WHERE id = $1`, f.id())
	step := func(words string) string {
		return fmt.Sprintf("Құрметті өтініш беруші!\nСіздің № %s өтініміңіздің мәртебесі «%s» болып өзгерді.\nТуынды атауы: «%s».", number, words, workTitle)
	}
	f.news("Хабарлама", step("Сараптама"))
	if got := one[string](f.installation, `SELECT step FROM filing WHERE id = $1`, f.id()); got != "examination" {
		f.t.Errorf("after the institute's mail the application stands at %q", got)
	}
	f.news("Хабарлама", fmt.Sprintf("Сіздің № %s өтініміңіздің мәртебесі «Қорғау құжаты» болып өзгерді.\nТуынды атауы: «Басқа біреудің еңбегі».", number))
	if got := one[string](f.installation, `SELECT step FROM filing WHERE id = $1`, f.id()); got != "examination" {
		f.t.Errorf("a mail about another work moved the application to %q", got)
	}
	w.open("/desk")
	w.look("desk")
	w.open("/desk/news")
	w.look("desk-news")
	w.open("/desk/try")
	w.fill("/desk/try", map[string]string{"text": step("Сараптама")})
	w.submit("/desk/try")
	w.look("desk-try")
	w.open(f.deskPath())
	w.look("desk-case")
	w.open("/desk/table")
	w.look("desk-table")
	w.open("/desk/schemes")
	w.look("desk-schemes")
	w.open("/desk/schemes/new")
	w.look("desk-scheme-new")
	w.open("/desk/patterns/new")
	w.look("desk-pattern-new")
	w.open("/desk/news/" + one[string](f.installation, `SELECT message_id::text FROM desk_news WHERE outcome = 'waiting' LIMIT 1`))
	w.look("desk-news-one")

	day := clock.DayOf(time.Now(), f.app.Config.Zone())
	f.news("Куәлік", fmt.Sprintf("№ %s өтінім бойынша № %s куәлік берілді.\nТіркелген күні: %s\nТуынды атауы: «%s».", number, instituteNumber, day.Time().Format("02.01.2006"), workTitle))
	if f.state() != "issued" {
		w.open("/desk/news")
		w.must(missing("issued application"), "the institute's mail about the certificate")
	}
	f.agent.open(f.path)
	f.agent.look("filing-issued")
	return f.certificateOfTheInstitute(instituteNumber, day)
}
