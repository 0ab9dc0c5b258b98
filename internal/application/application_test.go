package application_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/application"
	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/person"
	"kualik/internal/postgres/pgtest"
	"kualik/internal/secret"
	"kualik/internal/sheet"
)

const list = `Заявка №,Рег. номер заявки,Название,Вид,Дата создания объекта,Дата подачи заявки,Авторы,ИИН авторов,Статус
208175,,"Робототехника. Учебник",произведение науки,12.06.2024,2024-10-07,Утегенова Назира Сакеновна; ЕСИМОВА РОЗА ДАРХАНҚЫЗЫ,610914499100;,Подана
208176,91001,"Робототехника. Учебник, часть 2",ғылыми туынды,2024-06-12,2024-10-07,Утегенова Назира Сакеновна,,Подана
300001,,Кітап,новый вид,,2025-01-10,Ким Елена,10308699577,Регистрация
`

func newStore(t *testing.T) (*application.Store, *pgxpool.Pool) {
	t.Helper()
	keeper, err := secret.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	pool := pgtest.New(t)
	return application.NewStore(pool, keeper, clock.At(time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC))), pool
}

func take(t *testing.T, s *application.Store, file, want string, o sheet.Options) *sheet.Report {
	t.Helper()
	o.Lang = i18n.RU
	r, err := s.Import(context.Background(), strings.NewReader(file), o)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("added %d changed %d unchanged %d refused %d absent %d", r.Added, r.Changed, r.Unchanged, len(r.Refused), r.Absent); got != want {
		out, _ := json.Marshal(r)
		t.Errorf("%s, want %s: %s", got, want, out)
	}
	return r
}

func TestImportTwice(t *testing.T) {
	s, _ := newStore(t)
	ctx := context.Background()
	take(t, s, list, "added 3 changed 0 unchanged 0 refused 0 absent 0", sheet.Options{DryRun: true})
	take(t, s, list, "added 3 changed 0 unchanged 0 refused 0 absent 0", sheet.Options{})
	take(t, s, list, "added 0 changed 0 unchanged 3 refused 0 absent 0", sheet.Options{})
	a, err := s.ByRef(ctx, "300001")
	if err != nil || a.Kind != "" || a.KindText != "новый вид" || a.FiledOn != "2025-01-10" || a.CreatedOn != "" || len(a.Authors) != 1 {
		t.Fatalf("%+v %v", a, err)
	}
	if iins, err := s.IINs(ctx, a.ID); err != nil || iins[0] != "010308699577" {
		t.Errorf("%v %v", iins, err)
	}
	// Another order of authors is a change; without the column of numbers they keep theirs.
	changed := "application_ref;authors\n208175;ЕСИМОВА РОЗА ДАРХАНҚЫЗЫ; Утегенова Назира Сакеновна\n"
	changed = strings.Replace(changed, "ЕСИМОВА РОЗА ДАРХАНҚЫЗЫ; Утегенова Назира Сакеновна", "\"ЕСИМОВА РОЗА ДАРХАНҚЫЗЫ; Утегенова Назира Сакеновна\"", 1)
	take(t, s, changed, "added 0 changed 1 unchanged 0 refused 0 absent 2", sheet.Options{})
	a, _ = s.ByRef(ctx, "208175")
	iins, err := s.IINs(ctx, a.ID)
	if err != nil || strings.Join(iins, ",") != ",610914499100" || a.Title != "Робототехника. Учебник" || a.Kind != "scientific_work" {
		t.Errorf("%v %v %+v", iins, err, a)
	}
	take(t, s, list, "added 0 changed 3 unchanged 0 refused 0 absent 0", sheet.Options{})
}

func TestImportRefuses(t *testing.T) {
	s, _ := newStore(t)
	file := "application_ref,authors,author_iins,filed_on\n1,Ким Елена,,\n1,Ким Анна,,\n,Ким Анна,,\n" +
		"2,Ким Анна; Цой Анна,610914499100,\n3,Ким Анна,610914499101,31.02.2024\n"
	r := take(t, s, file, "added 1 changed 0 unchanged 0 refused 5 absent 0", sheet.Options{AllOrNothing: true})
	if r.Taken {
		t.Error("all or nothing took something")
	}
	var got []string
	for _, f := range take(t, s, file, "added 1 changed 0 unchanged 0 refused 5 absent 0", sheet.Options{}).Refused {
		got = append(got, fmt.Sprint(f.Row, f.Column, " ", f.Code))
	}
	want := "3application_ref duplicate, 4application_ref required, 5author_iins iin_count, 6author_iins iin_control, 6filed_on day"
	if strings.Join(got, ", ") != want {
		t.Errorf("%s", strings.Join(got, ", "))
	}
}

func TestFinding(t *testing.T) {
	s, pool := newStore(t)
	ctx := context.Background()
	take(t, s, list, "added 3 changed 0 unchanged 0 refused 0 absent 0", sheet.Options{})
	refs := func(list []application.Application) (out string) {
		for _, a := range list {
			out += a.Ref + " "
		}
		return strings.TrimSpace(out)
	}
	for name, c := range map[string]struct {
		w    application.Wanted
		want string
	}{
		"title and name": {application.Wanted{NameKeys: person.Keys("Өтегенова"), Titles: []string{"РОБОТОТЕХНИКА. УЧЕБНИК"}}, "208175 208176"},
		"name":           {application.Wanted{NameKeys: person.Keys("Есімова")}, "208175"},
		"title in kk":    {application.Wanted{Titles: []string{"чужое", "Kitap"}}, "300001"},
		"number":         {application.Wanted{Number: "91001"}, "208176"},
		"nothing":        {application.Wanted{}, ""},
	} {
		list, err := s.Candidates(ctx, c.w, 20)
		if got := refs(list); got != c.want || err != nil {
			t.Errorf("%s: %q, want %q (%v)", name, got, c.want, err)
		}
	}
	a, _ := s.ByRef(ctx, "208175")
	if _, err := pool.Exec(ctx, `INSERT INTO certificate (id, number, registered_on, source, reading, application_decision, application_id, first_received_at, created_at, updated_at)
		VALUES ($1, '55', '2024-10-08', 'person', 'confirmed', 'confirmed', $2, now(), now(), now())`, clock.NewID(), a.ID); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		f    application.Filter
		want string
	}{
		{application.Filter{}, "300001 208175 208176"},
		{application.Filter{WithoutCertificate: true}, "300001 208176"},
		{application.Filter{Query: "өтегенова учебник"}, "208175 208176"},
		{application.Filter{Query: "esimova"}, "208175"},
		{application.Filter{Query: "91001"}, "208176"},
		{application.Filter{FiledFrom: "2025-01-01", FiledTo: "2025-12-31"}, "300001"},
		{application.Filter{Kind: "scientific_work", Status: "Подана"}, "208175 208176"},
	} {
		list, total, err := s.Search(ctx, c.f, application.Page{Limit: 10})
		got := ""
		for _, l := range list {
			got += l.Ref + " "
			if (l.CertificateNumber == "55") != (l.Ref == "208175") || len(l.Authors) == 0 {
				t.Errorf("%+v", l)
			}
		}
		if got = strings.TrimSpace(got); got != c.want || total != len(list) || err != nil {
			t.Errorf("%+v: %q of %d, want %q (%v)", c.f, got, total, c.want, err)
		}
	}
	if n, err := s.WithoutCertificate(ctx); n != 2 || err != nil {
		t.Errorf("%d %v", n, err)
	}
}

// Ten thousand are taken in seconds, and candidates among them are found at once.
func TestImportMany(t *testing.T) {
	s, _ := newStore(t)
	var b strings.Builder
	b.WriteString("application_ref,title,authors,filed_on\n")
	for i := range 10_000 {
		fmt.Fprintf(&b, "%d,Учебное пособие по предмету номер %d для студентов,Фамилия%d Имя Отчествович; Ким Анна,2024-01-01\n", 100000+i, i, i%900)
	}
	began := time.Now()
	take(t, s, b.String(), "added 10000 changed 0 unchanged 0 refused 0 absent 0", sheet.Options{})
	took := time.Since(began)
	began = time.Now()
	found, err := s.Candidates(context.Background(), application.Wanted{NameKeys: person.Keys("Фамилия77"), Titles: []string{"Учебное пособие по предмету номер 77 для студентов"}}, 20)
	if err != nil || len(found) != 20 || found[0].Ref != "100077" {
		t.Fatalf("%d found, first %v, %v", len(found), found[0].Ref, err)
	}
	t.Logf("10,000 rows: %v; candidates: %v", took, time.Since(began))
	if took > 20*time.Second {
		t.Errorf("10,000 rows took %v", took)
	}
}
