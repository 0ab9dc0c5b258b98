package desk

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"kualik/internal/account"
	"kualik/internal/desk/pattern"
	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/i18n"
	"kualik/internal/message"
	"kualik/internal/sheet"
)

const work = "Практикум по алгебре: задачи и решения"

func TestRecordByHand(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	office := w.account(account.ResearchOffice, "Отдел науки")
	f := w.filed(Recording, work, "Ахметов Айдар Нурланович")
	require.Equal(t, AtInstitute, w.read(f.id).State)
	refused(t, w.Register(ctx, office, w.ref(f.id), allYes(Registration)), fault.Conflict, "office.why.other_mode")

	changes, err := w.Record(ctx, office, w.ref(f.id), Fact{Words: "«Экспертиза»", On: "2026-09-16", CabinetNo: "№ 110321", RegistryNo: "89027"})
	require.NoError(t, err)
	require.Equal(t, []Change{{"cabinet_no", "", "110321"}, {"registry_no", "", "89027"}, {"step", "registration", "examination"}}, changes)
	c := w.read(f.id)
	require.Equal(t, "examination", c.Step)
	require.Equal(t, "89027", c.RegistryNo)
	require.Equal(t, "89027", one[string](w, `SELECT registry_application_no FROM application WHERE application_ref = $1`, f.no))

	changes, err = w.Record(ctx, office, w.ref(f.id), Fact{Words: "Экспертиза", CabinetNo: "110321"})
	require.NoError(t, err)
	require.Empty(t, changes)
	require.Equal(t, c.Version, w.read(f.id).Version, "what is known changes nothing")

	_, err = w.Record(ctx, office, w.ref(f.id), Fact{Step: "registration"})
	refused(t, err, fault.Invalid, "office.error.back_note")
	_, err = w.Record(ctx, office, w.ref(f.id), Fact{Step: "registration", Note: "записано по ошибке"})
	require.NoError(t, err)
	changes, err = w.Record(ctx, office, w.ref(f.id), Fact{Words: "На доработке у НИИС"})
	require.NoError(t, err)
	require.Equal(t, []Change{{"words", "«Экспертиза»", "На доработке у НИИС"}}, changes, "words that are no step are kept")
	require.Equal(t, "registration", w.read(f.id).Step)

	_, err = w.Record(ctx, office, w.ref(f.id), Fact{CertificateNo: "78512"})
	refused(t, err, fault.Invalid, "office.error.half_certificate")
	_, err = w.Record(ctx, office, w.ref(f.id), Fact{CertificateNo: "78512", CertificateOn: "2026-09-17"})
	refused(t, err, fault.Invalid, "office.error.future")
	_, err = w.Record(ctx, office, w.ref(f.id), Fact{CertificateNo: "78512", CertificateOn: "2026-09-16"})
	require.NoError(t, err)
	require.Equal(t, Issued, w.read(f.id).State)
	_, err = w.Record(ctx, office, w.ref(f.id), Fact{CertificateNo: "78513", CertificateOn: "2026-09-16"})
	require.NoError(t, err, "a slip is mended by hand")
	require.Equal(t, "78513", w.read(f.id).CertificateNo)
	require.NoError(t, w.Reopen(ctx, office, w.ref(f.id), "не та заявка"))
	require.Equal(t, AtInstitute, w.read(f.id).State)

	list, err := w.Recorded(ctx, w.pool, f.id)
	require.NoError(t, err)
	require.Len(t, list, 5)
	require.Equal(t, "Отдел науки", list[0].By)

	other := w.filed(Recording, "Другая работа", "Сагитова Айгуль Маратовна")
	_, err = w.Record(ctx, office, w.ref(other.id), Fact{CabinetNo: "110321"})
	refused(t, err, fault.Conflict, "office.error.cabinet_no")
	own := w.filed(Registering, "Третья работа", "Оспанов Марат Серикович")
	_, err = w.Record(ctx, office, w.ref(own.id), Fact{Step: "examination"})
	refused(t, err, fault.Conflict, "office.why.other_mode")
}

// The same table twice changes nothing; a wrong row hinders no other; a dry run writes nothing.
func TestTable(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	office := w.account(account.ResearchOffice, "Отдел науки")
	a, b, own := w.filed(Recording, work, "Ахметов Айдар Нурланович"), w.filed(Recording, "Другая работа", "Сагитова Айгуль Маратовна"), w.filed(Registering, "Третья работа", "Оспанов Марат Серикович")
	_, err := w.Record(ctx, office, w.ref(b.id), Fact{Step: "examination", CabinetNo: "110400"})
	require.NoError(t, err)
	table := "Вх. №;Рег. номер заявки;Статус;Дата статуса;Св-во №;Дата публикации;Примечание\n" +
		a.no + ";89027;Охранный документ;16.09.2026;78 512;16.09.2026;x\n" +
		"110400;;Регистрация;;;;по номеру кабинета, и назад\n" +
		own.no + ";;Экспертиза;;;;\n" +
		"2026-999;;Экспертиза;;;;\n" +
		a.no + ";;Экспертиза;;;;второй раз\n" +
		";;Экспертиза;;;;\n" +
		b.no + ";;;;;;ничего\n"
	run := func(dry bool) *RecordingReport {
		t.Helper()
		r, err := w.RecordTable(ctx, office, strings.NewReader(table), sheet.Options{Lang: i18n.RU, DryRun: dry})
		require.NoError(t, err)
		return r
	}
	r := run(true)
	require.Equal(t, 1, r.Changed)
	require.False(t, r.Taken)
	require.Equal(t, AtInstitute, w.read(a.id).State, "a dry run writes nothing")
	require.Equal(t, 0, one[int](w, `SELECT count(*)::int FROM desk_record WHERE filing_id = $1`, a.id))

	r = run(false)
	require.Equal(t, []string{"Примечание"}, r.IgnoredColumns)
	require.Equal(t, 1, r.Changed)
	codes := map[int]string{}
	for _, x := range r.Refused {
		codes[x.Row] = x.Code
		require.NotContains(t, x.Reason, "import.reason.")
		require.NotContains(t, x.Reason, "office.")
	}
	require.Equal(t, map[int]string{3: "backwards", 4: "other_mode", 5: "unknown_ref", 6: "duplicate", 7: "required", 8: "nothing_said"}, codes)
	require.Len(t, r.Rows, 7)
	require.Equal(t, work, r.Rows[0].Title)
	require.Equal(t, []Change{{"registry_no", "", "89027"}, {"certificate", "", "78 512"}}, r.Rows[0].Changes)
	c := w.read(a.id)
	require.Equal(t, Issued, c.State)
	letters := one[int](w, `SELECT count(*)::int FROM letter`)

	r = run(false)
	require.Equal(t, 0, r.Changed)
	require.Equal(t, 1, r.Unchanged)
	require.Equal(t, c.Version, w.read(a.id).Version)
	require.Equal(t, 1, one[int](w, `SELECT count(*)::int FROM desk_record WHERE filing_id = $1`, a.id))
	require.Equal(t, letters, one[int](w, `SELECT count(*)::int FROM letter`), "no letter twice")

	_, err = w.RecordTable(ctx, office, bytes.NewReader([]byte("Название\nx\n")), sheet.Options{Lang: i18n.RU})
	require.Error(t, err, "not such a table")
}

// mail stores a message and lets the desk take it.
func (w *world) mail(subject, text string) (id uuid.UUID, taken bool) {
	w.t.Helper()
	id = uuid.New()
	w.exec(`INSERT INTO message (id, mailbox, sha256, size, received_at, stored_at, outcome, reason, subject, from_addr, excerpt, attempts)
		VALUES ($1, 'file:test', $2, 1, $3, $3, 'nothing_found', 'notice', $4, 'someone@karatal.example', '', 1)`, id, id.String(), w.clock.Now(), subject)
	taken, err := w.TakeNotice(context.Background(), id, message.Message{Subject: subject, Text: text})
	require.NoError(w.t, err)
	return id, taken
}

func (w *world) newsOf(id uuid.UUID) News {
	w.t.Helper()
	n, err := w.NewsOf(context.Background(), filing.Who{Role: account.Registrar}, id)
	require.NoError(w.t, err)
	return n
}

// The institute's mails move an application forward, each once, and never what they do not fit.
func TestMails(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	a, b := w.filed(Recording, work, "Ахметов Айдар Нурланович"), w.filed(Recording, "Органикалық химия: зертханалық практикум", "Сагитова Айгуль Маратовна")
	own := w.filed(Registering, "Третья работа автора", "Оспанов Марат Серикович")
	outcome := func(text string) (string, string) {
		t.Helper()
		id, taken := w.mail("Fwd: НИИС", text)
		require.True(t, taken)
		n := w.newsOf(id)
		return n.Outcome, n.Reason
	}
	step := func(f filed) string { return w.read(f.id).Step }

	is, err := w.IsNotice(ctx, message.Message{Text: "Статус заявки № " + a.no + " изменен на «Экспертиза»"})
	require.NoError(t, err)
	require.True(t, is)
	is, err = w.IsNotice(ctx, message.Message{Auto: message.Bounce, Text: "Статус заявки № " + a.no + " изменен на «Экспертиза»"})
	require.NoError(t, err)
	require.False(t, is)

	id, taken := w.mail("НИИС", "Статус Вашей заявки № "+a.no+" на объект «"+work+"» изменен на «Назначение эксперта». Рег. номер заявки: 89027.")
	require.True(t, taken)
	require.Equal(t, NewsApplied, w.newsOf(id).Outcome)
	require.Equal(t, "appointment", step(a))
	require.Equal(t, "89027", w.read(a.id).RegistryNo)
	version := w.read(a.id).Version
	again, err := w.TakeNotice(ctx, id, message.Message{Subject: "НИИС", Text: "Статус Вашей заявки № " + a.no + " на объект «" + work + "» изменен на «Охранный документ»."})
	require.NoError(t, err)
	require.True(t, again)
	require.Equal(t, version, w.read(a.id).Version, "a mail is taken once")
	require.Equal(t, 1, one[int](w, `SELECT count(*)::int FROM desk_record WHERE source = 'mail'`))

	// The same news from a co-author: another mail, and nothing new.
	o, _ := outcome("Статус Вашей заявки № " + a.no + " на объект «" + work + "» изменен на «Назначение эксперта».")
	require.Equal(t, NewsKnown, o)
	o, why := outcome("Статус Вашей заявки № " + a.no + " на объект «" + work + "» изменен на «Регистрация».")
	require.Equal(t, []string{NewsWaiting, WhyBackwards}, []string{o, why})
	require.Equal(t, "appointment", step(a), "never backwards")
	require.Equal(t, version, w.read(a.id).Version)

	for name, mail := range map[string]struct{ text, why string }{
		"another's number with one's own title": {"Статус заявки № " + a.no + " на объект «Органикалық химия: зертханалық практикум» изменен на «Экспертиза».", WhyOther},
		"another's number with one's own name":  {"Уважаемая Сагитова Айгуль Маратовна! Статус заявки № " + a.no + " изменен на «Экспертиза».", WhyOther},
		"a number alone":                        {"Статус заявки № " + a.no + " изменен на «Экспертиза».", WhyOther},
		"two applications":                      {"Статус заявки № " + a.no + " «" + work + "» изменен на «Экспертиза». У заявки № " + b.no + " тоже.", WhySeveral},
		"one that is only mentioned":            {"Статус заявки № " + a.no + " «" + work + "» изменен на «Экспертиза» (см. " + b.no + ").", WhySeveral},
		"two steps":                             {"Статус заявки № " + a.no + " «" + work + "» изменен на «Экспертиза», затем на «Охранный документ».", WhySeveral},
		"a number that nobody has":              {"Статус заявки № 2026-9999 «" + work + "» изменен на «Экспертиза».", WhyUnknown},
		"a step that nobody knows":              {"Статус заявки № " + a.no + " «" + work + "» изменен на «Публикация отложена».", WhyWords},
		"another register number":               {"Статус заявки № " + a.no + " «" + work + "» изменен на «Экспертиза». Рег. номер заявки: 90000.", WhyBackwards},
		"of the own register":                   {"Статус заявки № " + own.no + " «Третья работа автора» изменен на «Экспертиза».", WhyMode},
		"a query":                               {"По заявке № " + a.no + " «" + work + "» направлен запрос экспертизы. Ответ до 02.10.2026.", WhyKind},
		"a refusal":                             {"По заявке № " + a.no + " «" + work + "» отказано во внесении сведений.", WhyKind},
		"a certificate without its day":         {"По заявке № " + a.no + " «" + work + "» выдано свидетельство № 78512.", WhyNothing},
	} {
		o, why := outcome(mail.text)
		require.Equal(t, []string{NewsWaiting, mail.why}, []string{o, why}, name)
		require.Equal(t, version, w.read(a.id).Version, name)
	}
	require.Equal(t, "registration", step(b))
	require.Equal(t, "registration", step(own))

	o, _ = outcome("Құрметті Сагитова Айгуль! № " + b.no + " өтініміңіздің мәртебесі «Сараптама» болып өзгерді.")
	require.Equal(t, NewsApplied, o, "the author fits, no other work of hers is named")
	require.Equal(t, "examination", step(b))
	second := w.filed(Recording, "Бейорганикалық химия негіздері", "Сагитова Айгуль Маратовна")
	o, why = outcome("Құрметті Сагитова Айгуль! № " + second.no + " өтініміңіздің мәртебесі «Сараптама» болып өзгерді. Органикалық химия: зертханалық практикум")
	require.Equal(t, []string{NewsWaiting, WhyOther}, []string{o, why}, "another work of the same author is named")

	o, _ = outcome("По заявке с рег. номером заявки 89027 выдано свидетельство № 78512 от «16» сентября 2026 года. Название: «" + work + "».")
	require.Equal(t, NewsApplied, o, "by the register's own number")
	require.Equal(t, Issued, w.read(a.id).State)
	require.Equal(t, "78512", w.read(a.id).CertificateNo)

	_, taken = w.mail("Вопрос", "Добрый день! Когда будет свидетельство?")
	require.False(t, taken)
}

// What waits is decided by a person, once.
func TestWaitingNews(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	office, expert := w.account(account.ResearchOffice, "Отдел науки"), w.account(account.Expert, "Эксперт")
	a := w.filed(Recording, work, "Ахметов Айдар Нурланович")
	id, _ := w.mail("НИИС", "Статус заявки № 2026-9999 изменен на «Экспертиза».")
	list, err := w.ListNews(ctx, office, false, uuid.Nil, 10, 0)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, pattern.Found{"ref": {"2026-9999"}, "step": {"Экспертиза"}}, list[0].Found)
	_, err = w.ListNews(ctx, expert, false, uuid.Nil, 10, 0)
	refused(t, err, fault.Forbidden, "office.why.nobody")
	_, _, err = w.Decide(ctx, expert, id, a.no, Fact{Words: "Экспертиза"})
	refused(t, err, fault.Forbidden, "office.why.nobody")
	_, _, err = w.Decide(ctx, office, id, "2026-9999", Fact{Words: "Экспертиза"})
	refused(t, err, fault.Invalid, "office.error.no_such_number")
	got, changes, err := w.Decide(ctx, office, id, "№ "+a.no, Fact{Words: "Экспертиза"})
	require.NoError(t, err)
	require.Equal(t, a.id, got)
	require.Len(t, changes, 1)
	require.Equal(t, "examination", w.read(a.id).Step)
	refused(t, w.Dismiss(ctx, office, id), fault.Conflict, "office.error.news_decided")
	other, _ := w.mail("НИИС", "По заявке № "+a.no+" отказано во внесении сведений. «"+work+"»")
	require.Equal(t, WhyKind, w.newsOf(other).Reason)
	require.NoError(t, w.Dismiss(ctx, office, other))
	require.Equal(t, a.id, *w.newsOf(other).FilingID, "what it was found to belong to stays")
	counts, err := w.Counts(ctx, office)
	require.NoError(t, err)
	require.Zero(t, counts.News)
}

// A pattern is tried before it counts, changed in versions, and two who change it are told.
func TestPatternsAreTriedAndChanged(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	office := w.account(account.ResearchOffice, "Отдел науки")
	a := w.filed(Recording, work, "Ахметов Айдар Нурланович")
	text := "Мәртебе жаңарды. ӨТІНІМ-НӨМІР=" + a.no + " КЕЗЕҢ=Экспертиза «" + work + "»"
	tried, err := w.Try(ctx, "", text, nil)
	require.NoError(t, err)
	require.False(t, tried.Known)
	p := Pattern{Name: "Новый вид", Kind: pattern.Step, Body: []string{`ӨТІНІМ-НӨМІР=(?P<ref>{ref})`, `КЕЗЕҢ=(?P<step>\pL+)`}, Priority: 1, Enabled: true}
	tried, err = w.Try(ctx, "", text, &p)
	require.NoError(t, err)
	require.True(t, tried.Known)
	require.Equal(t, a.id, tried.Filing)
	require.Equal(t, []Change{{"step", "registration", "examination"}}, tried.Changes)
	require.Equal(t, "registration", w.read(a.id).Step, "a try moves nothing")
	saved, err := w.SavePattern(ctx, office, p)
	require.NoError(t, err)
	_, taken := w.mail("", text)
	require.True(t, taken)
	require.Equal(t, "examination", w.read(a.id).Step)
	tried, err = w.Try(ctx, "", text, nil)
	require.NoError(t, err)
	require.Empty(t, tried.Why)
	require.Empty(t, tried.Changes, "known already")

	stale := saved
	saved.Enabled = false
	saved, err = w.SavePattern(ctx, office, saved)
	require.NoError(t, err)
	require.Equal(t, 2, saved.Version)
	_, err = w.SavePattern(ctx, office, stale)
	refused(t, err, fault.Conflict, "office.pattern.error.changed")
	_, taken = w.mail("", text)
	require.False(t, taken, "it is switched off")
	_, err = w.SavePattern(ctx, office, Pattern{Name: "x", Kind: pattern.Step, Body: []string{"("}})
	refused(t, err, fault.Invalid, "office.pattern.error.wrong")
	require.NoError(t, w.Seed(ctx))
	list, err := w.Patterns(ctx)
	require.NoError(t, err)
	require.Len(t, list, len(pattern.Seeds())+1)
}

// Certificates are known although a signature is waited for here: the case begins with the record.
func TestTheInstituteGoesOnWithoutUs(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	office := w.account(account.ResearchOffice, "Отдел науки")
	a := w.filed(Recording, work, "Ахметов Айдар Нурланович")
	w.exec(`DELETE FROM desk_case WHERE filing_id = $1`, a.id)
	w.exec(`UPDATE filing SET state = 'submitted', signed_at = NULL, deadline = $2 WHERE id = $1`, a.id, begin.AddDate(0, 0, 2))
	r, err := w.RecordTable(ctx, office, strings.NewReader("application_ref,certificate_no,certificate_date\n"+a.no+",78512,2026-09-16\n"), sheet.Options{Lang: i18n.RU})
	require.NoError(t, err)
	require.Equal(t, 1, r.Changed, "%v", r.Refused)
	require.Equal(t, Issued, w.read(a.id).State)
}

// Each morning of a working day the desk hears what is late, once, each their own.
func TestDigest(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	w.account(account.ResearchOffice, "Отдел науки")
	w.account(account.Administrator, "Администратор")
	w.account(account.Expert, "Эксперт без дел")
	clerk, expert := w.account(account.Registrar, "Регистратор"), w.account(account.Expert, "Эксперт")
	w.filed(Recording, work, "Ахметов Айдар Нурланович")
	f := w.filed(Registering, "Другая работа", "Сагитова Айгуль Маратовна")
	require.NoError(t, w.Register(ctx, clerk, w.ref(f.id), allYes(Registration)))
	require.NoError(t, w.Appoint(ctx, clerk, w.ref(f.id), expert.ID))
	require.NoError(t, w.Digest(ctx))
	require.Zero(t, w.letters("desk_digest"), "nothing is late")
	w.clock.Advance(begin.AddDate(0, 0, 3).Sub(begin)) // Saturday
	require.NoError(t, w.Digest(ctx))
	require.Zero(t, w.letters("desk_digest"), "not on a day off")
	w.clock.Advance(44 * 60 * 60 * 1e9) // Monday, 7:41
	require.NoError(t, w.Digest(ctx))
	require.Zero(t, w.letters("desk_digest"), "not before eight")
	w.clock.Advance(60 * 60 * 1e9)
	for range 3 {
		require.NoError(t, w.Digest(ctx))
	}
	require.Equal(t, 3, w.letters("desk_digest"), "registrar, office, expert: once")
	require.Contains(t, one[string](w, `SELECT body_text FROM letter l JOIN account a ON a.email = l.recipient WHERE topic = 'desk_digest' AND a.id = $1`, clerk.ID), work)
	require.NotContains(t, one[string](w, `SELECT body_text FROM letter l JOIN account a ON a.email = l.recipient WHERE topic = 'desk_digest' AND a.id = $1`, expert.ID), work)
	require.Equal(t, 3, one[int](w, `SELECT max(letters) FROM desk_digest`))
	c := w.read(f.id)
	require.Equal(t, 2, w.OverdueDays(c, w.clock.Now()), "Friday and Monday")
}

func TestSearchAndRightsOfLists(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	office, faculty := w.account(account.ResearchOffice, "Отдел науки"), w.account(account.Faculty, "ППС")
	a := w.filed(Recording, work, "Ахметов Айдар Нурланович")
	w.filed(Recording, "Другая работа", "Өтеген Айгүл Серікқызы")
	for query, want := range map[string]int{"": 2, "алгебр": 1, a.no: 1, "утеген": 1, "нет такого": 0, "110321": 0} {
		_, n, err := w.Queue(ctx, office, Filter{Query: query, Limit: 5})
		require.NoError(t, err)
		require.Equal(t, want, n, query)
	}
	_, err := w.Record(ctx, office, w.ref(a.id), Fact{CabinetNo: "110321", RegistryNo: "89027"})
	require.NoError(t, err)
	for _, query := range []string{"110321", "89027"} {
		_, n, err := w.Queue(ctx, office, Filter{Query: query, Limit: 5})
		require.NoError(t, err)
		require.Equal(t, 1, n, query)
	}
	_, _, err = w.Queue(ctx, faculty, Filter{Limit: 5})
	refused(t, err, fault.Forbidden, "office.why.nobody")
	_, _, err = w.Get(ctx, faculty, a.id)
	refused(t, err, fault.NotFound, "office.error.not_found")
	counts, err := w.Counts(ctx, office)
	require.NoError(t, err)
	require.Equal(t, 2, counts.Lists[Open])
	require.Equal(t, 2, counts.States[AtInstitute])
	require.NoError(t, pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error { return w.Withdrawn(ctx, tx, filing.Filing{ID: a.id}) }))
	require.NoError(t, pgx.BeginFunc(ctx, w.pool, func(tx pgx.Tx) error { return w.Withdrawn(ctx, tx, filing.Filing{ID: uuid.New()}) }))
}
