package reply_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/internal/registry"
	"kualik/internal/reply"
)

// all holds that a text says each of the parts.
func all(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		require.Contains(t, text, p)
	}
}

func TestACertificateIsAnsweredWithWhatWasFound(t *testing.T) {
	h := newHouse(t)
	m := h.send(t, mail{from: "Меруерт <Meruert@karatal.example>", subject: "Куәлік", text: "Сәлеметсіздер ме! Куәлігімді жіберіп отырмын.",
		files: [][2]string{{"куәлік.pdf", "certificate 78498 " + meruert + "; " + asqar + "; Иванов Иван Иванович"}}})
	got := h.answer(t)
	require.Equal(t, "kk", got.Lang, "the language of the letter")
	require.Equal(t, "meruert@karatal.example", got.Recipient)
	require.True(t, got.Answer)
	require.Equal(t, h.the(t, "78498").ID.String(), got.Cap)
	all(t, got.BodyText, "Файл: куәлік.pdf", "№\u00a078\u00a0498, 16.09.2026", "Атауы: Органикалық химия", "Есептелді: Сагитова Меруерт Талгатовна (Химия)",
		"Анықталып жатыр: Куандыков Асқар Маратұлы", "табылмады: Иванов Иван Иванович", "10 × 1/3 = 3,33", "24.09.2026 дейін")
	require.NotContains(t, got.BodyText, "reply.")

	require.NoError(t, h.reply.Answer(t.Context(), m), "the job runs twice")
	require.Len(t, h.outbox(t, ""), 1)
	require.Equal(t, 1, h.count(t, `SELECT count(*) FROM reply_link`))
}

func TestEachKindOfTroubleSaysHowToMendIt(t *testing.T) {
	h := newHouse(t)
	for name, c := range map[string]struct {
		mail mail
		says []string
	}{
		"password":  {mail{files: [][2]string{{"a.pdf", "password"}}}, []string{"a.pdf: закрыт паролем", "Снимите с файла пароль"}},
		"damaged":   {mail{files: [][2]string{{"a.pdf", "damaged"}}}, []string{"a.pdf: повреждён", "Скачайте его из кабинета заново"}},
		"empty":     {mail{files: [][2]string{{"a.pdf", "empty"}}}, []string{"a.pdf: пуст"}},
		"limit":     {mail{files: [][2]string{{"a.pdf", "limit"}}}, []string{"a.pdf: слишком большой"}},
		"rar":       {mail{files: [][2]string{{"a.rar", "unsupported"}}}, []string{"a.rar: архив", "без архива"}},
		"heic":      {mail{files: [][2]string{{"a.heic", "unsupported"}}}, []string{"a.heic: снимок", "JPG"}},
		"doc":       {mail{files: [][2]string{{"a.doc", "unsupported"}}}, []string{"a.doc: файлы такого вида"}},
		"statement": {mail{files: [][2]string{{"a.pdf", "not_statement"}}}, []string{"a.pdf: заявление", "Охранных документах"}},
		"receipt":   {mail{files: [][2]string{{"a.pdf", "not_receipt"}}}, []string{"a.pdf: квитанция"}},
		"abstract":  {mail{files: [][2]string{{"a.pdf", "not_abstract"}}}, []string{"a.pdf: реферат"}},
		"link":      {mail{text: "Свидетельство: https://drive.google.com/file/d/abc/view"}, []string{"ссылка на облако", "приложите его"}},
		"no file":   {mail{text: "Свидетельство во вложении"}, []string{"не приложен ни один файл", "Приложите файл PDF"}},
		"two troubles": {mail{files: [][2]string{{"a.pdf", "password"}, {"b.pdf", "password"}, {"c.rar", "unsupported"}}},
			[]string{"a.pdf: закрыт", "b.pdf: закрыт", "c.rar: архив"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.mail.from, c.mail.subject = strings.ReplaceAll(name, " ", "")+"@mail.example", "Свидетельство"
			if c.mail.text == "" {
				c.mail.text = "Прошу учесть"
			}
			h.send(t, c.mail)
			list := h.outbox(t, reply.TopicAnswer)
			got := list[len(list)-1]
			require.Equal(t, c.mail.from, got.Recipient)
			require.Equal(t, "ru", got.Lang)
			require.Equal(t, "В вашем письме не нашлось свидетельства", got.Subject)
			require.Equal(t, "nothing", got.Cap)
			all(t, got.BodyText, c.says...)
			require.NotContains(t, got.BodyText, "reply.")
			require.NotContains(t, got.BodyText, "/a/")
			require.LessOrEqual(t, strings.Count(got.BodyText, "Снимите с файла пароль"), 1, "a remedy is told once")
		})
	}
}

func TestAScanAndADoubtfulReadingWaitAndTheSenderIsToldOnceHowItEnded(t *testing.T) {
	h := newHouse(t)
	h.send(t, mail{from: "meruert@karatal.example", subject: "x", text: "Посмотрите, пожалуйста", files: [][2]string{{"scan.jpg", "scan 78498 " + meruert}}})
	got := h.answer(t)
	require.Equal(t, "Скан свидетельства получен, идёт сверка", got.Subject)
	all(t, got.BodyText, "Это скан или снимок", "никому не учитывается", "Итог сообщим письмом")
	require.NotContains(t, got.BodyText, "Учтено:")

	require.NoError(t, h.reply.Sweep(t.Context()))
	require.Empty(t, h.outbox(t, reply.TopicDecided), "nobody has decided yet")
	c := h.the(t, "78498")
	_, err := h.desk.ConfirmReading(t.Context(), office, ref(c))
	require.NoError(t, err)
	require.NoError(t, h.reply.Sweep(t.Context()))
	require.Empty(t, h.outbox(t, reply.TopicDecided), "it may be undone yet")
	h.clock.Advance(15 * time.Minute)
	for range 2 {
		require.NoError(t, h.reply.Sweep(t.Context()))
	}
	list := h.outbox(t, reply.TopicDecided)
	require.Len(t, list, 1)
	all(t, list[0].BodyText, "от 17.09.2026", "Учтено: Сагитова Меруерт Талгатовна", "Свидетельство учтено в рейтинге")
	require.Equal(t, reply.Open, h.look(t, list[0].token(t)).State)
}

func TestACopyWithItsSender(t *testing.T) {
	h := newHouse(t)
	files := [][2]string{{"a.pdf", "certificate 78498 " + meruert + "; " + laura}}
	h.send(t, mail{from: "laura@karatal.example", subject: "x", text: "Прошу учесть", files: files})
	h.clock.Advance(time.Hour)
	h.send(t, mail{from: "meruert@karatal.example", subject: "x", text: "Прошу учесть", files: files})
	h.send(t, mail{from: "stranger@mail.example", subject: "x", text: "Прошу учесть", files: files})
	list := h.outbox(t, reply.TopicAnswer)
	require.Len(t, list, 3)
	require.Contains(t, list[1].BodyText, "у нас с 17.09.2026, его прислал(а) Нұрбаева Л. С.")
	require.Contains(t, list[2].BodyText, "у нас с 17.09.2026.", "a stranger is not told who")
	require.NotContains(t, list[2].BodyText, "Нұрбаева Л. С.")
	require.NotContains(t, list[2].BodyText, "(Химия)", "nor where anybody works")

	h.clock.Advance(25 * time.Hour)
	h.send(t, mail{from: "laura@karatal.example", subject: "x", text: "Прошу учесть", files: files})
	list = h.outbox(t, reply.TopicAnswer)
	require.Contains(t, list[3].BodyText, "вы уже прислали 17.09.2026")
}

func TestOneAnswerADayForOneThing(t *testing.T) {
	h := newHouse(t)
	one, two := [2]string{"a.pdf", "certificate 78498 " + meruert}, [2]string{"b.pdf", "certificate 78499 " + meruert}
	states := func() (out []string) {
		for _, l := range h.outbox(t, reply.TopicAnswer) {
			out = append(out, l.State+" "+l.Reason)
		}
		return out
	}
	const goes, held = "held no_server", "held too_many"
	for _, files := range [][][2]string{{one}, {one}, {one, two}, {two}, nil, nil} {
		h.send(t, mail{from: "meruert@karatal.example", subject: "Свидетельство", text: "Прошу учесть свидетельство", files: files})
		h.clock.Advance(time.Minute)
	}
	require.Equal(t, []string{goes, held, goes, held, goes, held}, states())
	h.clock.Advance(24 * time.Hour)
	h.send(t, mail{from: "meruert@karatal.example", subject: "Свидетельство", text: "Прошу учесть", files: [][2]string{one}})
	require.Equal(t, goes, states()[6])
}

func TestWhatIsNotAnswered(t *testing.T) {
	h := newHouse(t)
	for name, c := range map[string]struct {
		mail    mail
		silence string
	}{
		"a machine":             {mail{header: "Auto-Submitted: auto-generated\r\n", files: [][2]string{{"a.pdf", "certificate 78498 " + meruert}}}, "auto_submitted"},
		"a list":                {mail{header: "List-Id: <x.example>\r\n", files: [][2]string{{"a.pdf", "certificate 78498 " + meruert}}}, "list"},
		"ourselves":             {mail{from: "certificates+k7f3@karatal.example", files: [][2]string{{"a.pdf", "certificate 78498 " + meruert}}}, "own_address"},
		"nobody":                {mail{from: "noreply@qazpatent.example", files: [][2]string{{"a.pdf", "certificate 78498 " + meruert}}}, "no_reply"},
		"a forged author":       {mail{from: "meruert@karatal.example", header: "Authentication-Results: mx.example; dmarc=fail\r\n", files: [][2]string{{"a.pdf", "certificate 78498 " + meruert + "; " + laura}}}, "forged"},
		"a question":            {mail{from: "meruert@karatal.example", text: "Когда будет рейтинг?"}, "unasked"},
		"thanks":                {mail{from: "meruert@karatal.example", subject: "Re: Свидетельство № 78 498 учтено", text: "Спасибо!\n\n> Свидетельство учтено в рейтинге"}, "unasked"},
		"an offer of strangers": {mail{text: "Лучшие цены", files: [][2]string{{"price.pdf", "not_other"}}}, "unasked"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.mail.from == "" {
				c.mail.from = "x@mail.example"
			}
			if c.mail.subject == "" {
				c.mail.subject = "Добрый день"
			}
			told := h.outbox(t, reply.TopicColleague)
			m := h.send(t, c.mail)
			require.Empty(t, h.outbox(t, reply.TopicAnswer))
			if c.silence == "forged" {
				require.Equal(t, told, h.outbox(t, reply.TopicColleague), "nobody is told that she has sent it")
			}
			var silence string
			require.NoError(t, h.pool.QueryRow(t.Context(), `SELECT silence FROM reply_answer WHERE message_id = $1`, m.ID).Scan(&silence))
			require.Equal(t, c.silence, silence)
		})
	}
}

func TestOldMailFilesAndUploadsGetNoAnswer(t *testing.T) {
	h := newHouse(t)
	m := h.take(t, mail{from: "meruert@karatal.example", subject: "x", text: "x", files: [][2]string{{"a.pdf", "certificate 78498 " + meruert}}})
	for _, change := range []func(*reply.Message){
		func(m *reply.Message) { m.ReceivedAt = now.Add(-reply.Fresh - time.Second) },
		func(m *reply.Message) { m.Mailbox = "file:a.eml" }, func(m *reply.Message) { m.Mailbox = "web:a@b.example" },
		func(m *reply.Message) { m.Outcome = "duplicate" },
	} {
		other := m
		change(&other)
		require.NoError(t, h.reply.Answer(t.Context(), other))
	}
	require.Zero(t, h.count(t, `SELECT count(*) FROM reply_answer`))
	m.ReceivedAt = now.Add(-reply.Fresh)
	require.NoError(t, h.reply.Answer(t.Context(), m))
	h.answer(t)
}

func TestSeveralFiles(t *testing.T) {
	h := newHouse(t)
	h.send(t, mail{from: "meruert@karatal.example", subject: "x", text: "Please find my certificates attached",
		files: [][2]string{{"one.pdf", "certificate 78498 " + meruert}, {"two.pdf", "certificate 78499 " + meruert}, {"statement.pdf", "not_statement"}, {"http://evil.example:x.rar", "unsupported"}}})
	got := h.answer(t)
	require.Equal(t, "en", got.Lang)
	require.Equal(t, "2 certificates have arrived", got.Subject)
	all(t, got.BodyText, "File: one.pdf", "File: two.pdf", "statement.pdf: is a statement", "Another 2 files")
	require.Equal(t, 2, len(linkInText.FindAllString(got.BodyText, -1)), "each certificate has a link of its own")
	require.NotContains(t, got.BodyText, "http://evil", "what a stranger writes becomes no link in our letter")
}

func TestLanguageOfTheAccountThenOfTheInstallation(t *testing.T) {
	h := newHouse(t)
	_, err := h.pool.Exec(t.Context(), `INSERT INTO account (id, email, name, role, staff_id, lang, created_at) VALUES (gen_random_uuid(), 'm@home.example', 'М', 'faculty', $1, 'kk', now())`, h.staff[meruert])
	require.NoError(t, err)
	for from, lang := range map[string]string{"meruert@karatal.example": "kk", "m@home.example": "kk", "laura@karatal.example": "ru"} {
		h.send(t, mail{from: from, subject: "Fwd: Сіздің куәлігіңіз дайын", text: "---------- Forwarded message ---------\nFrom: Institute\n\nYour certificate is ready, please find it attached",
			files: [][2]string{{"a.pdf", fmt.Sprintf("certificate 7%d %s", len(from), meruert)}}})
		list := h.outbox(t, reply.TopicAnswer)
		require.Equal(t, lang, list[len(list)-1].Lang, from)
	}
}

func TestColleaguesOfOtherUnitsAreToldOnce(t *testing.T) {
	h := newHouse(t)
	files := [][2]string{{"a.pdf", "certificate 78498 " + meruert + "; " + laura + "; " + asqar}}
	h.send(t, mail{from: "laura@karatal.example", subject: "x", text: "Прошу учесть", files: files})
	h.send(t, mail{from: "stranger@mail.example", subject: "x", text: "Прошу учесть", files: files})
	list := h.outbox(t, reply.TopicColleague)
	require.Len(t, list, 1, "not the sender, not who is undecided, and once")
	got := list[0]
	require.Equal(t, "meruert@karatal.example", got.Recipient)
	require.False(t, got.Answer)
	all(t, got.BodyText, "Коллега уже прислал", "Прислал(а): Нұрбаева Л. С.", "10 × 1/3")

	// From an address that nobody knows every author may be the sender; one who is called so is not told.
	h.send(t, mail{from: `"Лаура Нурбаева" <laura1990@mail.example>`, subject: "x", text: "Прошу учесть", files: [][2]string{{"b.pdf", "certificate 78499 " + meruert + "; " + laura}}})
	list = h.outbox(t, reply.TopicColleague)
	require.Len(t, list, 2)
	require.Equal(t, "meruert@karatal.example", list[1].Recipient)
	require.Contains(t, list[1].BodyText, "с адреса, которого нет в справочнике")
	require.NotContains(t, list[1].BodyText, "laura1990")

	// One who sits in the same unit is not told, nor one whose address is another's too.
	h.send(t, mail{from: "meruert@karatal.example", subject: "x", text: "Прошу учесть", files: [][2]string{{"c.pdf", "certificate 78500 " + meruert + "; Тілеуов Ерлан Болатұлы"}}})
	require.Len(t, h.outbox(t, reply.TopicColleague), 2)

	for i := range 10 { // an archive does not fill anybody's mailbox
		h.send(t, mail{from: "laura@karatal.example", subject: "x", text: "Прошу учесть", files: [][2]string{{"c.pdf", fmt.Sprintf("certificate 8%d %s; %s", i, meruert, laura)}}})
	}
	require.Len(t, h.outbox(t, reply.TopicColleague), 5)
}

func TestTheTagOfAnAddressSuggestsTheSender(t *testing.T) {
	h := newHouse(t)
	address, err := h.forward.AddressOfStaff(t.Context(), h.pool, h.staff[laura])
	require.NoError(t, err)
	h.send(t, mail{from: "stranger@mail.example", to: address, subject: "x", text: "Прошу учесть", files: [][2]string{{"a.pdf", "certificate 78498 " + meruert + "; " + laura}}})
	l := h.look(t, h.answer(t).token(t))
	require.Nil(t, l.StaffID)
	require.False(t, l.Decides, "it proves nothing")
	require.Equal(t, 2, l.Suggested)
	list := h.outbox(t, reply.TopicColleague)
	require.Len(t, list, 1)
	require.Equal(t, "meruert@karatal.example", list[0].Recipient, "whom the tag suggests is not told what they sent")
	require.Equal(t, registry.Auto, h.the(t, "78498").Authors[1].Decision)
}
