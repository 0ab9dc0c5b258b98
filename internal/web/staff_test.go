package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/url"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"kualik/internal/account"
	"kualik/internal/audit"
)

// form is a form with a file, in the order of its fields.
func fileForm(t *testing.T, token, name, content string, fields ...string) (body *bytes.Buffer, kind string) {
	t.Helper()
	body = &bytes.Buffer{}
	mw := multipart.NewWriter(body)
	mw.WriteField("csrf", token)
	for i := 0; i+1 < len(fields); i += 2 {
		mw.WriteField(fields[i], fields[i+1])
	}
	part, err := mw.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	part.Write([]byte(content))
	mw.Close()
	return body, mw.FormDataContentType()
}

func TestStaffFileIsTakenIn(t *testing.T) {
	w := newWorld(t)
	w.admin()
	b := w.as(account.Administrator)
	rows := staffCSV + "104,Жаңа,Адам,,new@karatal.example,Инженерный факультет,Кафедра машин,ассистент,2026-09-01,\n105,,Бес,,,,,,,\n"
	count := func() (n int) {
		w.deps.Pool.QueryRow(context.Background(), `SELECT count(*) FROM staff`).Scan(&n)
		return n
	}
	body, kind := fileForm(t, b.token, "staff.csv", rows, "try", "1")
	if r := b.send("POST", "/staff/import", body, kind); r.status != 200 || count() != 3 || !strings.Contains(r.body, "ничего не записано") {
		t.Fatalf("a trial: %d, %d people", r.status, count())
	}
	body, kind = fileForm(t, "wrong", "staff.csv", rows)
	if r := b.send("POST", "/staff/import", body, kind); r.status != fiber.StatusForbidden || count() != 3 {
		t.Fatalf("a wrong token: %d, %d people", r.status, count())
	}
	body, kind = fileForm(t, b.token, "staff.csv", rows)
	r := b.send("POST", "/staff/import", body, kind)
	if r.status != 200 || count() != 4 || !strings.Contains(r.body, "1 строка не принята") {
		t.Fatalf("%d, %d people", r.status, count())
	}
	body, kind = fileForm(t, b.token, "staff.csv", "\x00\x01 not a table")
	if r := b.send("POST", "/staff/import", body, kind); r.status < 400 || r.status >= 500 {
		t.Fatalf("no table: %d", r.status)
	}
	if r := b.get("/staff?q=өтеген"); !strings.Contains(r.body, "Өтеген Айгүл") || strings.Contains(r.body, "Сагитова") {
		t.Error("the search does not find, or finds too much")
	}
	if r := b.get("/staff?sort=-staff_id"); strings.Index(r.body, ">104<") > strings.Index(r.body, ">101<") || !strings.Contains(r.body, `aria-sort="descending"`) {
		t.Error("the list is not sorted")
	}
}

// A file larger than an ordinary form comes as a stream; one larger than all files may be is refused before
// it is read.
func TestLargeFiles(t *testing.T) {
	w := newWorld(t)
	w.admin()
	b := w.as(account.Administrator)
	var rows strings.Builder
	rows.WriteString("staff_id,surname,given_name,department\n")
	for i := range 3000 {
		fmt.Fprintf(&rows, "A%d,Тегі%d,Аты,%s\n", i, i, strings.Repeat("кафедра ", 60))
	}
	if rows.Len() < 2*maxForm {
		t.Fatalf("only %d bytes", rows.Len())
	}
	body, kind := fileForm(t, b.token, "large.csv", rows.String(), "try", "1")
	if r := b.send("POST", "/staff/import", body, kind); r.status != 200 || !strings.Contains(words(r.body), "Добавлено 3 000") && !strings.Contains(words(r.body), "Добавлено 3\u2009000") {
		t.Fatalf("%d", r.status)
	}
	if r := b.send("POST", "/staff/import", strings.NewReader("x"), "multipart/form-data; boundary=x", "Content-Length", "99999999999"); r.status < 400 {
		t.Errorf("%d", r.status)
	}
	over := &bound{r: strings.NewReader("12345"), left: 4}
	got, err := io.ReadAll(over)
	if string(got) != "1234" || !over.over || err == nil {
		t.Errorf("%q %v", got, err)
	}
}

func TestHeadSeesOnlyTheirUnit(t *testing.T) {
	w := newWorld(t)
	w.admin()
	b := w.as(account.HeadOfUnit) // of Кафедра химии
	r := b.get("/staff?faculty=" + url.QueryEscape("Педагогический факультет"))
	if r.status != 200 || strings.Contains(r.body, "Өтеген") || !strings.Contains(r.body, "Сагитова") {
		t.Errorf("%d", r.status)
	}
	var own, foreign string
	pool := w.deps.Pool
	pool.QueryRow(context.Background(), `SELECT id::text FROM staff WHERE staff_id = '101'`).Scan(&own)
	pool.QueryRow(context.Background(), `SELECT id::text FROM staff WHERE staff_id = '103'`).Scan(&foreign)
	if r := b.get("/staff/" + own); r.status != 200 {
		t.Errorf("own: %d", r.status)
	}
	if r := b.get("/staff/" + foreign); r.status != 404 || strings.Contains(r.body, "Өтеген") {
		t.Errorf("another unit's: %d", r.status)
	}
}

func TestRevealingANumberIsRecorded(t *testing.T) {
	w := newWorld(t)
	w.admin()
	b := w.as(account.ResearchOffice)
	const iin = "610914499100"
	body, kind := fileForm(t, b.token, "s.csv", "staff_id,iin,surname,given_name\n101,"+iin+",Сагитова,Меруерт\n")
	if r := b.send("POST", "/staff/import", body, kind); r.status != 200 || strings.Contains(r.body, "не принят") {
		t.Fatalf("the number of the test is refused: %d", r.status)
	}
	var id string
	w.deps.Pool.QueryRow(context.Background(), `SELECT id::text FROM staff WHERE staff_id = '101'`).Scan(&id)
	if r := b.get("/staff/" + id); strings.Contains(r.body, iin) || !strings.Contains(r.body, "•") {
		t.Error("the number is not masked")
	}
	if r := b.post("/staff/"+id+"/iin", nil); !strings.Contains(r.body, iin) {
		t.Error("the number is not shown")
	}
	var n int
	w.deps.Pool.QueryRow(context.Background(), `SELECT count(*) FROM audit WHERE action = 'staff.reveal_iin' AND subject_id = $1 AND actor_name = 'Ербол Тасов'`, id).Scan(&n)
	if n != 1 {
		t.Errorf("%d records", n)
	}
	keys, err := w.deps.Staff.Keys(context.Background(), uuid.MustParse(id))
	must(err)
	for _, key := range keys {
		if looks, err := audit.Looks(context.Background(), w.deps.Pool, []audit.Person{key}, "", 0, 10); err != nil || len(looks) != 1 {
			t.Errorf("looks by %s: %v (%v)", key, looks, err)
		}
	}
}
