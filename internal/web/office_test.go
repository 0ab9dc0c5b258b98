package web

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/application"
	"kualik/internal/blob"
	"kualik/internal/desk"
	"kualik/internal/filing"
	"kualik/internal/issuing"
	"kualik/internal/pki/pades"
	"kualik/internal/secret"
	"kualik/internal/workday"
)

// wireOffice makes the desk of a world, with a register of its own that is sealed by the simulator's key.
func (f *filings) wireOffice(d *Deps, store blob.Store, keeper *secret.Keeper) {
	o := desk.Options{Pool: d.Pool, Clock: d.Clock, Zone: d.Zone, Log: slog.New(slog.DiscardHandler), Filings: d.Filings, Workdays: workday.New(), Letters: lettersKept{f},
		Applications: application.NewStore(d.Pool, keeper, d.Clock), PublicURL: d.PublicURL}
	if f.sealed {
		path, err := f.out.SealFile()
		must(err)
		data, err := os.ReadFile(path)
		must(err)
		seal, err := pades.OpenSeal(data, "")
		must(err)
		d.OwnRegister = issuing.New(issuing.Options{Pool: d.Pool, Clock: d.Clock, Zone: d.Zone, Blobs: store, Log: o.Log, Seal: seal, First: 1, Office: "Қаратал университеті", PublicURL: d.PublicURL})
		o.Book = d.OwnRegister
	}
	d.Cases = desk.New(o)
	if d.OwnRegister != nil {
		d.OwnRegister.OnIssued(d.Cases.Issued)
		d.OwnRegister.OnExtracted(d.Cases.Extracted)
	}
	must(d.Cases.Seed(context.Background()))
}

// newDeskWorld is a world whose applications go to the desk in a mode.
func newDeskWorld(t testing.TB, mode string) *filings {
	t.Helper()
	f := &filings{pages: "Органикалық химия: зертханалық практикум\nОқу құралы", sealed: mode == desk.Registering}
	f.world = newWorld(t, func(d *Deps) { f.wireFiling(t, d, func(o *filing.Options) { o.Desk = mode }) })
	f.admin()
	return f
}

// atDesk is an application that all have signed. The other authors' signatures are made out of the way: their
// pages have tests of their own.
func (f *filings) atDesk(filer *browser) (id uuid.UUID, path string) {
	f.t.Helper()
	at := f.submitted(filer)
	id = uuid.MustParse(strings.TrimPrefix(at, "/filings/"))
	ctx := context.Background()
	for _, sql := range []string{
		`INSERT INTO filing_signature (statement_id, participant_id, evidence_id, at) SELECT t.id, p.id, gen_random_uuid(), now() FROM filing_statement t
			JOIN filing_participant p ON p.filing_id = t.filing_id AND p.removed_at IS NULL WHERE t.filing_id = $1 AND t.voided_at IS NULL ON CONFLICT DO NOTHING`,
		`UPDATE filing SET state = 'signed', signed_at = now(), step_until = now() + interval '100 years' WHERE id = $1`,
	} {
		_, err := f.deps.Pool.Exec(ctx, sql, id)
		must(err)
	}
	tx, err := f.deps.Pool.Begin(ctx)
	must(err)
	must(f.deps.Cases.Submitted(ctx, tx, filing.Filing{ID: id}))
	must(tx.Commit(ctx))
	return id, casePath(id, "")
}

// does posts a form of the case's page as it stands there, with some of its fields.
func (b *browser) does(path, action string, fields ...string) reply {
	b.w.t.Helper()
	page := b.get(path)
	form := formOf(page.body, path+action)
	if form.Get("version") == "" {
		b.w.t.Fatalf("%s has no form %s\n%s", path, action, words(page.body))
	}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.post(path+action, form)
}

// writes posts a form with a letter.
func (b *browser) writes(path, action string, fields ...string) reply {
	b.w.t.Helper()
	version := formOf(b.get(path).body, path+action).Get("version")
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for i, list := 0, append([]string{"csrf", b.token, "version", version}, fields...); i+1 < len(list); i += 2 {
		must(m.WriteField(list[i], list[i+1]))
	}
	w, err := m.CreateFormFile("files", "Решение.pdf")
	must(err)
	_, err = w.Write(minimalPDF)
	must(err)
	must(m.Close())
	return b.send("POST", path+action, &body, m.FormDataContentType())
}

// ticked answers every item of the list on a page with yes.
func (b *browser) ticked(path string) (fields []string) {
	for _, m := range regexp.MustCompile(`name="(item-\w+)" value="yes"`).FindAllStringSubmatch(b.get(path).body, -1) {
		fields = append(fields, m[1], "yes", strings.Replace(m[1], "item-", "note-", 1), "посмотрено")
	}
	return fields
}

// went wants a form to have been taken.
func (f *filings) went(r reply, to string) {
	f.t.Helper()
	if r.status != http.StatusSeeOther || r.to() != to {
		f.t.Fatalf("%d %s, wanted %s\n%s", r.status, r.to(), to, words(r.body))
	}
}

func (f *filings) says(b *browser, path string, sentences ...string) {
	f.t.Helper()
	text := words(b.get(path).body)
	for _, s := range sentences {
		if !strings.Contains(text, s) {
			f.t.Errorf("%s does not say %q:\n%s", path, s, text)
		}
	}
}

// The pages of registering, from the queue to the sealed certificate, with a query on the way and a correction
// after it.
func TestOfficeRegisters(t *testing.T) {
	f := newDeskWorld(t, desk.Registering)
	filer := f.enters(filerIIN)
	id, path := f.atDesk(filer)
	clerk, expert := f.as(account.Registrar), f.as(account.Expert)
	f.says(clerk, "/desk", "к регистрации", "Органикалық химия")
	f.says(clerk, path, "Зарегистрировать", "3 подписи проверены", "похожих названий не найдено", "Практикум.pdf")
	if r := expert.get(path); r.status != fiber.StatusNotFound {
		t.Errorf("an expert who was not appointed sees it: %d", r.status)
	}
	r := clerk.does(path, "/register")
	if r.status != fiber.StatusUnprocessableEntity || !strings.Contains(words(r.body), "Пункт не отмечен: Документы полны") {
		t.Errorf("an empty list: %d\n%s", r.status, words(r.body))
	}
	f.went(clerk.does(path, "/register", clerk.ticked(path)...), path)
	f.says(clerk, path, "Назначить эксперта", "предлагается: меньше всех дел")
	f.went(clerk.does(path, "/appoint"), path)
	f.says(expert, "/desk", "Органикалық химия", "на экспертизе")

	f.went(expert.writes(path, "/ask", "text", "Титульный лист без названия.", "until", "2026-10-01"), path)
	f.says(clerk, path, "у заявителя", "до 01.10", "Запрос", "Решение.pdf")
	file := regexp.MustCompile(`href="(` + path + `/letters/[^"]+)"`).FindStringSubmatch(clerk.get(path).body)
	if file == nil {
		t.Fatal("the file of the letter has no address")
	}
	if r := clerk.get(file[1]); r.status != fiber.StatusOK || !strings.HasPrefix(r.body, "%PDF") {
		t.Errorf("the file of the letter: %d", r.status)
	}
	if r := f.as(account.Faculty).get(file[1]); r.status != fiber.StatusForbidden {
		t.Errorf("the file of the letter is shown to a stranger: %d", r.status)
	}
	f.went(expert.does(path, "/reopen", "note", "запрос по ошибке"), path)

	form := formOf(expert.get(path).body, path+"/conclude") // the button says where it goes
	form.Set("remarks", "смотрю")
	f.went(expert.post(path+"/examine", form), path)
	f.went(expert.does(path, "/conclude", append(expert.ticked(path), "conclusion", "issue")...), path)
	f.says(clerk, path, "свидетельство можно выдать", "смотрю")
	f.went(clerk.does(path, "/issue"), path)
	f.says(clerk, path, "оформляется")
	f.clock.Advance(2 * 60 * 1e9)
	must(f.deps.OwnRegister.Sweep(context.Background()))
	f.says(clerk, path, "Выдано: № 1", "действует")
	f.says(clerk, "/desk?list=ended", "выдано")
	page := clerk.get(path).body
	form = formOf(page, path+"/correct")
	form.Del("author")
	for _, m := range regexp.MustCompile(`name="author"[^>]*value="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		form.Add("author", m[1])
	}
	form.Set("reason", "опечатка в названии")
	form.Set("title", "Органикалық химия: практикум")
	form.Set("hidden", "2")
	f.went(clerk.post(path+"/correct", form), path)
	f.clock.Advance(2 * 60 * 1e9)
	must(f.deps.OwnRegister.Sweep(context.Background()))
	f.says(clerk, path, "редакция 2", "заменено новой редакцией", "опечатка в названии")
	entries, err := f.deps.OwnRegister.OfFiling(context.Background(), f.deps.Pool, id)
	must(err)
	for _, e := range entries {
		if len(e.Authors) != 3 || e.Authors[2].Hidden != (e.Version == 2) {
			t.Errorf("version %d: %v", e.Version, e.Authors)
		}
	}
}

// What is decided on a page that is no longer true is refused, and says who was faster.
func TestOfficeTellsWhoWasFaster(t *testing.T) {
	f := newDeskWorld(t, desk.Registering)
	_, path := f.atDesk(f.enters(filerIIN))
	clerk, admin := f.as(account.Registrar), f.as(account.Administrator)
	version := formOf(admin.get(path).body, path+"/register").Get("version")
	ticked := clerk.ticked(path)
	f.went(clerk.does(path, "/register", ticked...), path)
	form := url.Values{"version": {version}}
	for i := 0; i+1 < len(ticked); i += 2 {
		form.Set(ticked[i], ticked[i+1])
	}
	r := admin.post(path+"/register", form)
	if r.status != fiber.StatusConflict || !strings.Contains(words(r.body), "Ербол Тасов. Ваше действие не записано") {
		t.Errorf("the second: %d\n%s", r.status, words(r.body))
	}
	r = admin.writes(path, "/refuse", "ground", "incomplete", "text", "Документы неполны.")
	if r.status != fiber.StatusSeeOther { // sends reads the page anew
		t.Errorf("refusing: %d\n%s", r.status, words(r.body))
	}
	f.says(admin, path, "Отказано")
}

// The pages of recording: by hand, from a table, by mails, and what waits for a person.
func TestOfficeRecords(t *testing.T) {
	f := newDeskWorld(t, desk.Recording)
	id, path := f.atDesk(f.enters(filerIIN))
	office := f.as(account.ResearchOffice)
	var no string
	must(f.deps.Pool.QueryRow(context.Background(), `SELECT incoming_no FROM filing WHERE id = $1`, id).Scan(&no))
	f.says(office, "/desk?list=open", "в институте", "Органикалық химия")
	f.says(office, path, "Записать, что показывает кабинет", "регистрирует институт, мы записываем")
	f.went(office.does(path, "/record", "step", "examination", "cabinet_no", "110321", "registry_no", "89027"), path)
	f.says(office, path, "Экспертиза", "110321", "89027", "вручную")
	r := office.does(path, "/record", "step", "registration")
	if r.status != fiber.StatusUnprocessableEntity || !strings.Contains(words(r.body), "Этап возвращается назад: напишите почему.") {
		t.Errorf("back: %d\n%s", r.status, words(r.body))
	}

	table := "Вх. №;Статус;Св-во №;Дата публикации\n" + no + ";Охранный документ;;\n2026-999;Экспертиза;;\n"
	r = office.upload("/desk/table", "t.csv", table, "try", "1")
	if text := words(r.body); r.status != fiber.StatusOK || !strings.Contains(text, "Проба: t.csv") || !strings.Contains(text, "Экспертиза → Охранный документ") || !strings.Contains(text, "поданной заявки с таким номером нет") {
		t.Errorf("trying a table: %d\n%s", r.status, text)
	}
	f.says(office, path, "Экспертиза")
	r = office.upload("/desk/table", "t.csv", table)
	if text := words(r.body); !strings.Contains(text, "Изменений 1, без изменений 0, не принято 1") {
		t.Errorf("taking a table: %d\n%s", r.status, text)
	}
	if r := office.upload("/desk/table", "t.csv", "x\n"); r.status != fiber.StatusUnprocessableEntity {
		t.Errorf("no such table: %d", r.status)
	}

	r = office.post("/desk/try", url.Values{"text": {"По заявке № " + no + " «Органикалық химия: зертханалық практикум» выдано свидетельство № 78512 от 16.09.2026."}})
	if text := words(r.body); !strings.Contains(text, "Письмо записало бы") || !strings.Contains(text, "78512") {
		t.Errorf("trying a mail: %d\n%s", r.status, text)
	}
	r = office.post("/desk/try", url.Values{"text": {"Добрый день"}})
	if !strings.Contains(words(r.body), "Ни один образец не узнал это письмо") {
		t.Errorf("trying another mail: %d\n%s", r.status, words(r.body))
	}
	f.says(office, "/desk/news", "Образцы писем", "Свидетельство выдано (рус.)")
	f.says(office, "/desk/patterns/new", "Новый образец")
	r = office.post("/desk/patterns/new", url.Values{"name": {"Свой"}, "kind": {"step"}, "priority": {"5"}, "body": {"(?P<ref>"}})
	if r.status != fiber.StatusUnprocessableEntity || !strings.Contains(words(r.body), "Ошибка в строке 1") {
		t.Errorf("a wrong pattern: %d\n%s", r.status, words(r.body))
	}
	f.went(office.post("/desk/patterns/new", url.Values{"name": {"Свой"}, "kind": {"step"}, "priority": {"5"}, "enabled": {"1"}, "body": {"СВОЙ (?P<ref>{ref})"}}), "/desk/news")
	f.says(office, "/desk/news", "Свой")
}

// Schemes are copied, checked and put in force.
func TestOfficeSchemes(t *testing.T) {
	f := newDeskWorld(t, desk.Recording)
	office := f.as(account.ResearchOffice)
	f.says(office, "/desk/schemes", "Схема 1", "действует", "2–3 дня")
	form := formOf(office.get("/desk/schemes/new?from=2").body, "/desk/schemes/new")
	page := office.get("/desk/schemes/new?from=2").body
	codes := regexp.MustCompile(`name="code"[^>]*value="(\w*)"`).FindAllStringSubmatch(page, -1)
	form.Del("code")
	for _, c := range codes {
		form.Add("code", c[1])
	}
	r := office.post("/desk/schemes/new", form)
	if r.status != fiber.StatusUnprocessableEntity {
		t.Errorf("a scheme without a name: %d\n%s", r.status, words(r.body))
	}
	form.Set("name", "С 2027 года")
	form.Set("days-1", "3")
	f.went(office.post("/desk/schemes/new", form), "/desk/schemes")
	f.says(office, "/desk/schemes", "Схема 4", "С 2027 года", "3 рабочих дня")
	f.went(office.post("/desk/schemes/4/force", nil), "/desk/schemes")
	var in int
	must(f.deps.Pool.QueryRow(context.Background(), `SELECT version FROM filing_scheme WHERE in_force`).Scan(&in))
	if in != 4 {
		t.Errorf("scheme %d is in force", in)
	}
}

// upload posts a table.
func (b *browser) upload(path, name, content string, fields ...string) reply {
	b.w.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for i, list := 0, append([]string{"csrf", b.token}, fields...); i+1 < len(list); i += 2 {
		must(m.WriteField(list[i], list[i+1]))
	}
	w, err := m.CreateFormFile("file", name)
	must(err)
	_, err = fmt.Fprint(w, content)
	must(err)
	must(m.Close())
	return b.send("POST", path, &body, m.FormDataContentType())
}

// ofDesk are the routes of the desk with an object in their address: what a route does with a case, or the
// action that it needs when the object is no case.
var ofDesk = map[string]struct {
	does desk.Action
	role account.Action
}{
	"GET /desk/:id":                       {},
	"GET /desk/:id/letters/:letter/:file": {},
	"POST /desk/:id/register":             {does: desk.Register},
	"POST /desk/:id/appoint":              {does: desk.Appoint},
	"POST /desk/:id/examine":              {does: desk.Examine},
	"POST /desk/:id/conclude":             {does: desk.Conclude},
	"POST /desk/:id/return":               {does: desk.Return},
	"POST /desk/:id/issue":                {does: desk.Issue},
	"POST /desk/:id/take-back":            {does: desk.TakeBack},
	"POST /desk/:id/correct":              {does: desk.Correct},
	"POST /desk/:id/annul":                {does: desk.Annul},
	"POST /desk/:id/more-time":            {does: desk.MoreTime},
	"POST /desk/:id/reopen":               {does: desk.Reopen},
	"POST /desk/:id/record":               {does: desk.Record},
	"POST /desk/:id/ask":                  {does: desk.Ask},
	"POST /desk/:id/write":                {does: desk.Write},
	"POST /desk/:id/refuse":               {does: desk.Refuse},
	"GET /desk/news/:id":                  {role: account.RecordSteps},
	"POST /desk/news/:id/apply":           {role: account.RecordSteps},
	"POST /desk/news/:id/dismiss":         {role: account.RecordSteps},
	"GET /desk/patterns/:id":              {role: account.ChangeDesk},
	"POST /desk/patterns/:id":             {role: account.ChangeDesk},
	"POST /desk/patterns/:id/try":         {role: account.ChangeDesk},
	"POST /desk/schemes/:version/force":   {role: account.ChangeDesk},
}

// Every route of the desk, in both modes, for everybody: who may not gets nothing and changes nothing. Who may
// is refused for a form without the version of what they saw, and changes nothing either.
func TestMatrixOfTheDesk(t *testing.T) {
	f := newDeskWorld(t, desk.Registering)
	filer := f.enters(filerIIN)
	id, path := f.atDesk(filer)
	clerk := f.as(account.Registrar)
	own := f.as(account.Expert)
	f.went(clerk.does(path, "/register", clerk.ticked(path)...), path)
	f.went(clerk.does(path, "/appoint"), path)
	ctx := context.Background()
	news := uuid.New()
	_, err := f.deps.Pool.Exec(ctx, `INSERT INTO message (id, mailbox, sha256, size, received_at, stored_at, outcome, reason, attempts) VALUES ($1, 'file:x', 'x', 1, now(), now(), 'nothing_found', 'notice', 1)`, news)
	must(err)
	_, err = f.deps.Pool.Exec(ctx, `INSERT INTO desk_news (message_id, at, pattern_id, pattern_version, kind, found, outcome) SELECT $1, now(), id, version, kind, '{}', 'waiting' FROM desk_pattern LIMIT 1`, news)
	must(err)
	var pattern uuid.UUID
	must(f.deps.Pool.QueryRow(ctx, `SELECT id FROM desk_pattern LIMIT 1`).Scan(&pattern))
	admin, ok, err := f.deps.Accounts.ByEmail(ctx, "admin@karatal.example")
	if err != nil || !ok {
		t.Fatal(err)
	}
	_, err = f.deps.Accounts.Create(ctx, admin, account.NewAccount{Email: "expert2@karatal.example", Name: "Сағи Тілеу", Password: adminPassword, Role: account.Expert})
	must(err)
	other := f.browser()
	other.get("/login")
	other.post("/login", url.Values{"email": {"expert2@karatal.example"}, "password": {adminPassword}})
	other.get("/settings/me")
	nobody := f.browser()
	nobody.get("/login")
	people := []struct {
		name  string
		b     *browser
		role  account.Role
		place desk.Place
	}{
		{"the registrar", clerk, account.Registrar, desk.Registrar}, {"the administrator", f.as(account.Administrator), account.Administrator, desk.Registrar},
		{"the office", f.as(account.ResearchOffice), account.ResearchOffice, desk.Recorder}, {"the expert", own, account.Expert, desk.Expert},
		{"another expert", other, account.Expert, desk.Nobody}, {"the filer", filer, account.Author, desk.Nobody},
		{"a head of a unit", f.as(account.HeadOfUnit), account.HeadOfUnit, desk.Nobody}, {"one of the staff", f.as(account.Faculty), account.Faculty, desk.Nobody},
	}
	print := func() (out string) {
		must(f.deps.Pool.QueryRow(ctx, `SELECT row(f.*)::text || row(c.*)::text || (SELECT count(*) FROM filing_letter) || (SELECT count(*) FROM desk_record) || (SELECT count(*) FROM desk_check)
			|| (SELECT count(*) FROM desk_pattern) || (SELECT string_agg(outcome, '') FROM desk_news) || (SELECT version FROM filing_scheme WHERE in_force)
			FROM filing f JOIN desk_case c ON c.filing_id = f.id WHERE f.id = $1`, id).Scan(&out))
		return out
	}
	for _, mode := range []string{desk.Registering, desk.Recording} {
		_, err := f.deps.Pool.Exec(ctx, `UPDATE filing SET desk = $1 WHERE id = $2`, mode, id)
		must(err)
		before := print()
		for _, r := range f.s.routes {
			name := r.method + " " + r.path
			rule, ok := ofDesk[name]
			if !ok {
				continue
			}
			at := strings.NewReplacer(":id", id.String(), ":letter", uuid.NewString(), ":file", uuid.NewString(), ":version", "2").Replace(r.path)
			at = strings.Replace(strings.Replace(at, "news/"+id.String(), "news/"+news.String(), 1), "patterns/"+id.String(), "patterns/"+pattern.String(), 1)
			if got := call(nobody, r, at); got.status != fiber.StatusUnauthorized && !strings.HasPrefix(got.to(), "/login") {
				t.Errorf("%s lets a stranger in: %d", name, got.status)
			}
			for _, p := range people {
				if rule.role != "" && account.Can(p.role, rule.role) {
					continue // tried by the walks through the pages
				}
				got := call(p.b, r, at)
				refused := got.status == fiber.StatusNotFound || got.status == fiber.StatusForbidden
				switch {
				case got.status == fiber.StatusInternalServerError:
					t.Errorf("%s, %s: %s breaks", mode, p.name, name)
				case p.place == desk.Nobody && !refused:
					t.Errorf("%s, %s: %s lets them in: %d", mode, p.name, name, got.status)
				case p.place == desk.Nobody && strings.Contains(got.body, "Органикалық химия"):
					t.Errorf("%s, %s: %s leaks the title", mode, p.name, name)
				case rule.role != "" && !refused:
					t.Errorf("%s, %s: %s lets them in: %d", mode, p.name, name, got.status)
				case p.place != desk.Nobody && r.method == "GET" && name == "GET /desk/:id" && got.status != fiber.StatusOK:
					t.Errorf("%s, %s: %s is refused: %d", mode, p.name, name, got.status)
				case rule.does != "" && p.place != desk.Nobody && got.status != fiber.StatusConflict && got.status != fiber.StatusUnprocessableEntity && got.status != fiber.StatusNotFound && got.status != fiber.StatusUnsupportedMediaType:
					t.Errorf("%s, %s: %s: %d %s", mode, p.name, name, got.status, got.to())
				}
				if now := print(); now != before {
					t.Fatalf("%s, %s: %s changed something:\n%s\n%s", mode, p.name, name, before, now)
				}
			}
		}
		state := desk.Examining
		if mode == desk.Recording {
			state = desk.AtInstitute
		}
		for _, p := range people {
			if p.place == desk.Nobody {
				continue
			}
			body := p.b.get(path).body
			for _, a := range []desk.Action{desk.Ask, desk.Refuse, desk.Write, desk.Record, desk.Conclude} {
				may, _ := desk.Can(desk.Case{State: state, Mode: mode}, a, p.place)
				if shown := strings.Contains(body, `action="`+path+"/"+string(a)+`"`); shown != may {
					t.Errorf("%s, %s: the form of %s is shown: %t, may be used: %t", mode, p.name, a, shown, may)
				}
			}
		}
	}
	for _, p := range people {
		if got := p.b.post("/desk/reassign", url.Values{"case": {id.String()}}); !account.Can(p.role, account.Register) && got.status != fiber.StatusForbidden {
			t.Errorf("%s may reassign: %d", p.name, got.status)
		}
	}
}
