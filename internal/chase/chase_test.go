package chase_test

import (
	"context"
	"errors"
	"sync/atomic"

	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"kualik/internal/audit"
	"kualik/internal/chase"
	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/notify"
	"kualik/internal/registry"
	"kualik/internal/sheet"
)

// Filed on 2 March; ten working days later is the 17th, because the 9th is off. Five more are the 27th, because
// of Nauryz. After two letters the head is told, and once more a week later.
func TestRoundsAcrossHolidays(t *testing.T) {
	w := newWorld(t)
	w.head("head.chemistry", "Факультет естественных наук", "Кафедра химии")
	w.head("dean", "Факультет естественных наук", "")
	w.goes("2026-03-16", 10)
	require.Empty(t, w.refs(chase.Application))
	w.goes("2026-03-17", 8)
	require.Equal(t, "110402 110406 110407 110588", w.refs(chase.Application), "what ended, was not filed or is too young is not missing")
	require.Empty(t, w.sent(chase.TopicReminder), "before the morning nobody is written to")
	require.Equal(t, clock.Day("2026-03-17"), w.must("110588").NextOn)

	w.days("2026-04-30")
	require.Equal(t, []string{"a.kuandykov 17.03", "a.otegen 17.03", "m.sagitova 17.03", "a.kuandykov 27.03", "a.otegen 27.03", "m.sagitova 27.03"},
		w.sent(chase.TopicReminder))
	// Ким has no address, so the dean is told as soon as the term is over: physics has no head of its own. The
	// head of chemistry is told when both letters were in vain, five working days after the second.
	require.Equal(t, []string{"dean 17.03", "dean 27.03", "head.chemistry 03.04", "head.chemistry 10.04"}, w.sent(chase.TopicEscalation))
	require.Equal(t, chase.StateEscalated, w.must("110588").State)
	require.Equal(t, chase.StateUnreachable, w.must("110407").State, "nobody knows who that is")

	subject, text := w.text("head.chemistry")
	require.Equal(t, "Келмеген куәліктер: Кафедра химии, 1", subject)
	require.Contains(t, text, "№ 110588 өтінім, берілген күні 02.03.2026: «Органикалық химия: зертханалық практикум» Авторлары: Сагитова Меруерт Талгатовна, Куандыков Аскар Маратович (2 рет жазылды, соңғысы 27.03.2026)")
	require.Contains(t, text, "certificates@karatal.example")
	_, text = w.text("dean")
	require.Contains(t, text, "мекенжайы белгісіз")
	require.NotContains(t, text, "110588", "chemistry has a head of its own")
}

// A person has one letter with everything of theirs, and no second one because another certificate is missing.
func TestOneLetterForEverything(t *testing.T) {
	w := newWorld(t)
	w.importApplications(strings.Replace(applicationCSV, "110405,,Не поданная,составное произведение,2026-01-12,,",
		"110405,,Вторая работа,составное произведение,2026-01-12,2026-03-04,", 1))
	w.days("2026-03-17")
	require.Len(t, w.sent(chase.TopicReminder), 3)
	subject, text := w.text("a.otegen")
	require.Equal(t, "Пришлите свидетельство: Қазақ тілі: деңгейлік тапсырмалар жинағы", subject)
	require.NotContains(t, text, "Вторая работа", "it is not late yet")

	w.days("2026-03-26")
	require.Len(t, w.sent(chase.TopicReminder), 3, "the second work became late on the 19th, and waits for the next letter")
	w.days("2026-03-27")
	subject, text = w.text("a.otegen")
	require.Equal(t, "Пришлите свидетельства: 2", subject)
	for _, want := range []string{"Өтеген Айгүл Серікқызы, мы ждём от вас свидетельство.", "заявка № 110402 от 02.03.2026: «Қазақ тілі: деңгейлік тапсырмалар жинағы»",
		"заявка № 110405 от 04.03.2026: «Вторая работа»", "Отправьте свидетельство на адрес: certificates+tag@karatal.example\n",
		"сообщите: nauka@karatal.example", "http://kualik.example/my\n\n-- \nПисьмо отправлено автоматически."} {
		require.Contains(t, text, want)
	}
}

// Whoever's co-author has sent the certificate is not asked, and what a person has to decide about first is not
// asked for.
func TestNobodyIsAskedForWhatCame(t *testing.T) {
	w := newWorld(t)
	w.certificate("500", "110588", registry.Auto)
	twin := w.certificate("501", "110402", registry.DecisionReview)
	w.days("2026-03-17")
	require.Empty(t, w.sent(chase.TopicReminder))
	x := w.must("110402")
	require.Equal(t, chase.StateOnDesk, x.State)
	require.Equal(t, twin, *x.Waits)
	_, missing := w.item("110588")
	require.False(t, missing)

	// The person decided that it is another one's; the author is asked on the next working day.
	_, err := w.pool.Exec(t.Context(), `UPDATE certificate SET application_decision = 'none' WHERE id = $1`, twin)
	require.NoError(t, err)
	w.days("2026-03-18")
	require.Equal(t, []string{"a.otegen 18.03"}, w.sent(chase.TopicReminder))
}

// The office's list may name an application of Kualik again; a certificate of one is that of both.
func TestTheSameApplicationTwice(t *testing.T) {
	w := newWorld(t)
	w.importApplications(applicationCSV + "220001,91001,Органикалық химия: зертханалық практикум,произведение науки,2026-01-02,2026-03-02,Сагитова Меруерт Талгатовна,,Подана\n")
	w.certificate("500", "110588", registry.Auto)
	w.days("2026-03-17")
	require.Equal(t, "110402 110406 110407", w.refs(chase.Application))
}

// What has come between the list and the letter is not asked for.
func TestWhatComesMeanwhileIsLeftOut(t *testing.T) {
	w := newWorld(t)
	w.goes("2026-03-17", 8)
	x := w.must("110402")
	p, err := w.s.Preview(t.Context(), []chase.Subject{x.Subject})
	require.NoError(t, err)
	require.Len(t, p.Drafts, 1)
	w.certificate("502", "110402", registry.DecisionConfirmed)
	sent, err := w.s.Deliver(t.Context(), office, p.Drafts[0])
	require.NoError(t, err)
	require.False(t, sent)
	require.Empty(t, w.sent(chase.TopicReminder))
}

// A mailbox that was not read may hold what we would ask for.
func TestNobodyIsAskedWhileMailIsNotRead(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	_, err := w.pool.Exec(ctx, `INSERT INTO mailbox (name, origin, url_sealed, last_good_at, created_at) VALUES ('c@karatal.example/INBOX', 'page', '', $1, now())`, at("2026-03-15", 9))
	require.NoError(t, err)
	w.goes("2026-03-17", 10)
	require.Empty(t, w.sent(chase.TopicReminder))
	blind, err := w.s.Blind(ctx)
	require.NoError(t, err)
	require.Equal(t, "c@karatal.example/INBOX", blind)
	_, err = w.pool.Exec(ctx, `UPDATE mailbox SET last_good_at = $1`, at("2026-03-17", 10))
	require.NoError(t, err)
	w.goes("2026-03-17", 11)
	require.Len(t, w.sent(chase.TopicReminder), 3)
}

// What was just imported is not asked for at once, however old it is: the office looks through the list first.
func TestOldOnesAreNotAskedForOnTheDayOfTheImport(t *testing.T) {
	w := newWorld(t)
	w.clock.Advance(at("2026-03-10", 9).Sub(w.clock.Now()))
	w.importApplications(applicationCSV + "90001,,Ескі еңбек,произведение науки,2020-01-02,2020-03-02,Сагитова Меруерт Талгатовна,,Подана\n")
	require.Equal(t, "90001", w.refs(chase.Application))
	// Ten working days after the 10th, over Nauryz.
	require.Equal(t, clock.Day("2026-03-27"), w.must("90001").NextOn)
}

// Certificates of the public register's two tables are known, and those of our staff that nobody sent are asked
// for, in the same letter as the applications.
func TestNeverSent(t *testing.T) {
	w := newWorld(t)
	current := "Св-во №;Дата публикации;Рег. номер заявки;Дата подачи заявки;Дата создания объекта;Тип объекта;Название RU;Авторы;Статус\n" +
		"78498;03.03.2026;91777;02.03.2026;02.01.2026;произведение науки;Мектеп физикасы;\"САГИТОВА МЕРУЕРТ ТАЛГАТОВНА; Чужой Иван\";Действует\n" +
		"78499;03.03.2026;91778;02.03.2026;02.01.2026;программа для ЭВМ;Чужая программа;Чужой Иван;Действует\n"
	archive := "Св-во №;Дата регистрации;Дата поступления;ФИО;Вид объекта авторских прав;Название произведения;Дата создания объекта;Статус\n" +
		"2642;14.05.2018;20.04.2018;Куандыков Аскар Маратович;произведение литературы;Ескі жинақ;01.02.2018;Действует\n"
	for _, list := range []string{current, archive} {
		report, err := w.reg.Import(t.Context(), strings.NewReader(list), sheet.Options{Lang: i18n.RU}, false)
		require.NoError(t, err)
		require.Empty(t, report.Refused)
		require.Empty(t, report.IgnoredColumns)
	}
	require.Equal(t, "2642 78498", w.refs(chase.Certificate), "only those of our staff")
	x := w.must("78498")
	require.Equal(t, "scientific_work", x.WorkKind)
	require.Equal(t, clock.Day("2026-03-03"), x.Since)
	w.days("2026-03-17")
	_, text := w.text("a.kuandykov")
	require.Contains(t, text, "Это свидетельство есть в реестре, но сам файл нам никто не прислал:\n— свидетельство № 2642 от 14.05.2018: «Ескі жинақ»")
	require.Contains(t, text, "По этой заявке свидетельство к нам ещё не пришло:\n— заявка № 110588")

	// Somebody sends it: it is not missing any more.
	w.certificate("1", "", registry.DecisionNone)
	_, err := w.pool.Exec(t.Context(), `INSERT INTO receipt (certificate_id, message_id, attachment_sha256, received_at) SELECT $1, id, '', now() FROM message LIMIT 1`, x.ID)
	require.NoError(t, err)
	require.Equal(t, "2642", w.refs(chase.Certificate))
}

// The office's own certificates, taken in as confirmed, are listed and asked for by hand only.
func TestVouchedForByTheOffice(t *testing.T) {
	w := newWorld(t)
	list := "number,registered_on,title,authors\n300,2020-05-05,Растайтын еңбек,Өтеген Айгүл Серікқызы\n"
	_, err := w.reg.Import(t.Context(), strings.NewReader(list), sheet.Options{Lang: i18n.RU}, true)
	require.NoError(t, err)
	w.days("2026-03-17")
	x := w.must("300")
	require.Equal(t, chase.StateByHand, x.State)
	_, text := w.text("a.otegen")
	require.NotContains(t, text, "300")
	w.goes("2026-03-18", 10)
	sent, err := w.s.Remind(t.Context(), office, []chase.Subject{x.Subject})
	require.NoError(t, err)
	require.Equal(t, 1, sent)
	_, text = w.text("a.otegen")
	require.Contains(t, text, "№ 300")
	require.Contains(t, text, "№ 110402", "a letter by hand lists everything too")
	require.Equal(t, chase.StateReminded, w.must("300").State)
}

// What a person says of it: not expected, put off, and both taken back.
func TestMarks(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.goes("2026-03-17", 8)
	one, two := []chase.Subject{w.must("110402").Subject}, []chase.Subject{w.must("110588").Subject}
	require.Error(t, w.s.NotExpect(ctx, office, one, "because", ""))
	require.Error(t, w.s.NotExpect(ctx, office, one, "other", " "))
	require.Error(t, w.s.Snooze(ctx, office, two, "2026-03-17"))
	require.Error(t, w.s.NotExpect(ctx, office, []chase.Subject{{Kind: chase.Certificate, ID: one[0].ID}}, "refused", ""))
	require.NoError(t, w.s.NotExpect(ctx, office, one, "refused", "хатпен келді"))
	require.NoError(t, w.s.Snooze(ctx, office, two, "2026-03-20"))
	require.Equal(t, chase.StateNotExpected, w.must("110402").State)
	require.Equal(t, chase.StateSnoozed, w.must("110588").State)
	w.days("2026-03-19")
	require.Empty(t, w.sent(chase.TopicReminder))
	_, err := w.s.Remind(ctx, office, one)
	require.Error(t, err, "what is not expected is not asked for by hand either")
	w.days("2026-03-20")
	require.Equal(t, []string{"a.kuandykov 20.03", "m.sagitova 20.03"}, w.sent(chase.TopicReminder))
	require.NoError(t, w.s.Expect(ctx, office, one))
	require.Equal(t, chase.StateNew, w.must("110402").State)
	w.days("2026-03-26")
	require.Contains(t, w.sent(chase.TopicReminder), "a.otegen 26.03", "the first working day after Nauryz")
	var actions string
	require.NoError(t, w.pool.QueryRow(ctx, `SELECT string_agg(action || ' ' || actor_name, ', ' ORDER BY id) FROM audit WHERE subject_id = $1`, one[0].ID.String()).Scan(&actions))
	require.Equal(t, "chase.not_expected Аружан Иманова, chase.expected Аружан Иманова, chase.remind ", actions)
}

// By hand nobody is written to twice a day, and the morning's letter waits for its term after it.
func TestByHand(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.goes("2026-03-17", 8)
	all := []chase.Subject{w.must("110402").Subject, w.must("110406").Subject, w.must("110588").Subject}
	p, err := w.s.Preview(ctx, all)
	require.NoError(t, err)
	require.Len(t, p.Drafts, 3)
	require.Len(t, p.Nobody, 1)
	sent, err := w.s.Remind(ctx, office, all[:1])
	require.NoError(t, err)
	require.Equal(t, 1, sent)
	_, err = w.s.Remind(ctx, office, all[:1])
	require.Error(t, err)
	p, err = w.s.Preview(ctx, all)
	require.NoError(t, err)
	require.Len(t, p.Already, 1)
	w.days("2026-03-26")
	require.Equal(t, []string{"a.otegen 17.03", "a.kuandykov 17.03", "m.sagitova 17.03"}, w.sent(chase.TopicReminder))
}

// With no letters of its own the list is there all the same.
func TestOnlyByHand(t *testing.T) {
	w := newWorld(t, func(o *chase.Options) { o.Times = 0 })
	w.days("2026-04-10")
	require.Empty(t, w.sent(chase.TopicReminder))
	require.Empty(t, w.sent(chase.TopicEscalation))
	x := w.must("110402")
	require.Equal(t, clock.Day(""), x.NextOn)
	sent, err := w.s.Remind(t.Context(), office, []chase.Subject{x.Subject})
	require.NoError(t, err)
	require.Equal(t, 1, sent)
}

// Whom a letter reaches, and where.
func TestPeople(t *testing.T) {
	w := newWorld(t)
	w.importApplications(applicationCSV +
		"3,,Үй,произведение науки,2026-01-02,2026-03-02,Оспан Бауыржан Ерланұлы; С. М.; Сыртқы Адам; Көрші Адам,;;910101300019;,Подана\n")
	_, err := w.pool.Exec(t.Context(), `INSERT INTO account (id, email, name, role, iin_sealed, iin_hash, lang, created_at) VALUES ($1, '', 'Сыртқы', 'author', '', $2, 'en', now())`,
		clock.NewID(), w.hash("910101300019"))
	require.NoError(t, err)
	_, err = w.pool.Exec(t.Context(), `INSERT INTO profile (account_id, email, email_eds, updated_at) SELECT id, 'Typed@x.example', 'eds@x.example', now() FROM account`)
	require.NoError(t, err)
	w.goes("2026-03-17", 8)
	x := w.must("3")
	require.Len(t, x.Authors, 4)
	gone, initials, outside, neighbour := x.Authors[0].Person, x.Authors[1].Person, x.Authors[2].Person, x.Authors[3].Person
	require.Equal(t, "left", gone.Why, "the mailbox of somebody who left is nobody's")
	require.Empty(t, gone.Address)
	require.Nil(t, initials)
	require.Nil(t, neighbour, "nobody outside is written to without an address of theirs")
	require.Equal(t, "eds@x.example", outside.Address)
	require.Equal(t, i18n.EN, outside.Lang)
	require.True(t, x.In("Факультет естественных наук", "Кафедра физики"))
	require.True(t, x.In("Факультет естественных наук", ""))
	require.False(t, x.In("Факультет естественных наук", "Кафедра химии"))

	b := w.must("110588")
	require.Equal(t, "a.kuandykov@karatal.example", b.Authors[1].Person.Address, "by the personal number")
	require.Equal(t, "m.sagitova@karatal.example", b.Authors[0].Person.Address, "by a name that is one person's")
	o := w.must("110402")
	require.Equal(t, "a.otegen@karatal.example", o.Authors[0].Person.Address, "in a Russian spelling")
	_, err = w.pool.Exec(t.Context(), `INSERT INTO address_pause (id, address, paused_at) VALUES ($1, 'a.otegen@karatal.example', now())`, clock.NewID())
	require.NoError(t, err)
	o = w.must("110402")
	require.Equal(t, "paused", o.Authors[0].Person.Why)
	require.Equal(t, chase.StateUnreachable, o.State)
	_, err = w.pool.Exec(t.Context(), `UPDATE staff SET emails = '{нет}' WHERE 'a.otegen@karatal.example' = ANY(emails)`)
	require.NoError(t, err)
	o = w.must("110402")
	require.Equal(t, "no_address", o.Authors[0].Person.Why, "a word is no address")
	require.Equal(t, chase.StateUnreachable, o.State)
}

func TestEnded(t *testing.T) {
	for status, want := range map[string]bool{"Отказ": true, "ОТОЗВАНА заявителем": true, "Бас тартылды": true, "кері қайтарып алынды": true,
		"кери кайтарып алынды": true, "Аннулировано": true, "Черновик": true, "Refused": true, "Прекращено делопроизводство": true,
		"": false, "Подана": false, "Регистрация": false, "Экспертиза": false, "Охранный документ": false, "Тіркелді": false, "Свидетельство выдано": false, "Registered": false} {
		require.Equal(t, want, chase.Ended(status), status)
	}
}

// Five hundred missing among a thousand of staff are found in the time of a page.
func TestMany(t *testing.T) {
	w := newWorld(t)
	var staff, apps strings.Builder
	staff.WriteString("staff_id,surname,given_name,patronymic,emails\n")
	apps.WriteString("application_ref,title,authors,filed_on\n")
	for i := range 1000 {
		n := "б" + strings.Repeat("ор", i%7) + strings.Repeat("ег", i/7%7) + strings.Repeat("ин", i/49%8) + strings.Repeat("уз", i/392%8)
		staff.WriteString("S" + n + ",Фамил" + n + "ов,Имя,Отчествович," + "p" + time.Duration(i).String() + "@karatal.example\n")
		if i < 500 {
			apps.WriteString(time.Duration(i).String() + ",Работа " + n + ",Фамил" + n + "ов Имя Отчествович; Чужой Иван,2025-01-01\n")
		}
	}
	_, err := w.staff.Import(t.Context(), strings.NewReader(staff.String()), sheet.Options{Lang: i18n.RU})
	require.NoError(t, err)
	w.importApplications(apps.String())
	began := time.Now()
	all, err := w.s.All(t.Context())
	require.NoError(t, err)
	first := time.Since(began)
	began = time.Now()
	_, err = w.s.All(t.Context())
	require.NoError(t, err)
	t.Logf("%d missing: %v, again %v", len(all), first, time.Since(began))
	known := 0
	for _, x := range all {
		known += len(x.Reachable())
	}
	require.Equal(t, 500, known)
	require.Less(t, first, 10*time.Second)
}

// failing lets some letters through and then none.
type failing struct {
	chase.Letters
	left atomic.Int32
}

func (f *failing) Queue(ctx context.Context, tx pgx.Tx, l notify.Letter) error {
	if f.left.Add(-1) < 0 {
		return errors.New("cut off")
	}
	return f.Letters.Queue(ctx, tx, l)
}

// A round that is cut off at any letter is gone on with, by however many processes, and nobody has two.
func TestCutOffRoundsAndManyProcesses(t *testing.T) {
	var cut failing
	w := newWorld(t, func(o *chase.Options) { cut.Letters = o.Letters; o.Letters = &cut })
	w.head("dean", "Факультет естественных наук", "")
	w.clock.Advance(at("2026-03-17", 10).Sub(w.clock.Now()))
	for n := range 4 {
		cut.left.Store(1)
		require.Error(t, w.s.Tick(t.Context()))
		require.Len(t, append(w.sent(chase.TopicReminder), w.sent(chase.TopicEscalation)...), min(n+1, 4))
		if n == 2 {
			break
		}
	}
	cut.left.Store(100)
	others := chase.New(w.o)
	var g errgroup.Group
	for i := range 8 {
		s := w.s
		if i%2 == 0 {
			s = others
		}
		g.Go(func() error { return s.Tick(t.Context()) })
	}
	require.NoError(t, g.Wait())
	require.Equal(t, []string{"a.kuandykov 17.03", "a.otegen 17.03", "m.sagitova 17.03"}, w.sent(chase.TopicReminder))
	require.Equal(t, []string{"dean 17.03"}, w.sent(chase.TopicEscalation))
	var letters, rounds int
	require.NoError(t, w.pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM chase_letter), (SELECT count(*) FROM chase_round)`).Scan(&letters, &rounds))
	require.Equal(t, []int{4, 1}, []int{letters, rounds})
}

// Without a mail server nobody is asked, and nothing counts as asked.
func TestNobodyIsAskedWithoutAMailServer(t *testing.T) {
	w := newWorld(t, func(o *chase.Options) { o.Mute = func() bool { return true } })
	w.clock.Advance(91 * 24 * time.Hour)
	r, err := w.s.Round(t.Context(), audit.System, false)
	require.NoError(t, err)
	require.True(t, r.Mute)
	var n int
	require.NoError(t, w.pool.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM chase_letter) + (SELECT count(*) FROM chase_round)`).Scan(&n))
	require.Zero(t, n)
}
