package directory_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"kualik/internal/clock"
	"kualik/internal/directory"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/person"
	"kualik/internal/postgres/pgtest"
	"kualik/internal/secret"
	"kualik/internal/sheet"
)

const heading = "staff_id;iin;surname;given_name;patronymic;other_names;emails;faculty;department;employed_from;employed_to;shoe size\n"

const list = heading +
	"T1;610914499100;Утегенова;Жанар;Кайратовна;Муканова Жанар Кайратовна; Utegenova;zhanar@univer.example;Факультет А;Кафедра 1;1998-03-20;;38\n" +
	"T2;;Өмірзақов;Тимур;;;\"timur@univer.example; TIMUR@mail.example\";Факультет А;Кафедра 2;01.09.2001;31.08.2024;\n" +
	"T3;10308699577;Ким;Елена;Ильинична;;shared@univer.example;Факультет Б;Кафедра 3;;;\n" +
	"T4;;Ким;Ольга;;;shared@univer.example;Факультет Б;Кафедра 3;;;\n"

func newStore(t *testing.T) *directory.Store {
	t.Helper()
	keeper, err := secret.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	return directory.NewStore(pgtest.New(t), keeper, clock.At(time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)))
}

func take(t *testing.T, s *directory.Store, file string, o sheet.Options) *sheet.Report {
	t.Helper()
	o.Lang = i18n.EN
	r, err := s.Import(context.Background(), strings.NewReader(file), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func counts(r *sheet.Report) string {
	return fmt.Sprintf("added %d changed %d unchanged %d refused %d absent %d taken %v", r.Added, r.Changed, r.Unchanged, len(r.Refused), r.Absent, r.Taken)
}

func expect(t *testing.T, r *sheet.Report, want string) {
	t.Helper()
	if got := counts(r); got != want {
		out, _ := json.Marshal(r)
		t.Errorf("%s, want %s: %s", got, want, out)
	}
}

func TestImportTwice(t *testing.T) {
	s, ctx := newStore(t), context.Background()
	file := strings.ReplaceAll(list, "Муканова Жанар Кайратовна; Utegenova", "\"Муканова Жанар Кайратовна; Utegenova\"")
	expect(t, take(t, s, file, sheet.Options{DryRun: true}), "added 4 changed 0 unchanged 0 refused 0 absent 0 taken false")
	first := take(t, s, file, sheet.Options{})
	expect(t, first, "added 4 changed 0 unchanged 0 refused 0 absent 0 taken true")
	if len(first.IgnoredColumns) != 1 || first.IgnoredColumns[0] != "shoe size" {
		t.Errorf("ignored %v", first.IgnoredColumns)
	}
	expect(t, take(t, s, file, sheet.Options{}), "added 0 changed 0 unchanged 4 refused 0 absent 0 taken true")

	// One changes, one goes, one comes; a file without the column of numbers keeps them.
	changed := "staff_id,surname,given_name\nT1,Утегенова,Жанара\nT3,Ким,Елена\nT5,Цой,Анна\n"
	expect(t, take(t, s, changed, sheet.Options{}), "added 1 changed 1 unchanged 1 refused 0 absent 2 taken true")
	expect(t, take(t, s, changed, sheet.Options{}), "added 0 changed 0 unchanged 3 refused 0 absent 2 taken true")
	one, err := s.ByStaffID(ctx, "T1")
	if err != nil || one.GivenName != "Жанара" || one.Department != "Кафедра 1" {
		t.Fatalf("%+v %v", one, err)
	}
	if iin, err := s.IIN(ctx, one.ID); iin != "610914499100" || err != nil {
		t.Errorf("number %q %v", iin, err)
	}
	gone, _ := s.ByStaffID(ctx, "T2")
	if !gone.Absent || gone.EmployedTo != "2024-08-31" {
		t.Errorf("%+v", gone)
	}
	// Who comes back has changed.
	expect(t, take(t, s, file, sheet.Options{}), "added 0 changed 3 unchanged 1 refused 0 absent 1 taken true")
}

func TestImportRefuses(t *testing.T) {
	s := newStore(t)
	file := heading +
		"T1;;Ким;Елена;;;;;;;;\n" +
		";;Ким;;;;;;;;;\n" +
		"T1;;Ким;Анна;;;;;;;;\n" +
		"T2;610914499101;Ким;Анна;;;;;;;;\n" +
		"T3;1234;Ким;Анна;;;not an address;;;2024-13-01;;\n" +
		"T4;;Ким;Анна;;;;;;2024-02-01;2024-01-01;\n"
	refused := "3 staff_id required, 3 given_name required, 4 staff_id duplicate, 5 iin iin_control, 6 emails email, 6 emails email, 6 emails email, 6 employed_from day, 6 iin iin_length, 7 employed_to day_order"
	r := take(t, s, file, sheet.Options{AllOrNothing: true})
	if r.Taken {
		t.Error("all or nothing took something")
	}
	r = take(t, s, file, sheet.Options{})
	if r.Added != 1 || !r.Taken {
		t.Error(counts(r))
	}
	got := map[string]int{}
	for _, f := range r.Refused {
		got[fmt.Sprintf("%d %s %s", f.Row, f.Column, f.Code)]++
		if strings.Contains(f.Reason, "import.") || strings.Contains(f.Reason, "<no value>") {
			t.Errorf("reason %q", f.Reason)
		}
	}
	for _, want := range strings.Split(refused, ", ") {
		if got[want]--; got[want] < 0 {
			t.Errorf("%s is missing from %v", want, r.Refused)
		}
	}
}

func TestFinding(t *testing.T) {
	s, ctx := newStore(t), context.Background()
	take(t, s, strings.ReplaceAll(list, "Муканова Жанар Кайратовна; Utegenova", "\"Муканова Жанар Кайратовна; Utegenova\""), sheet.Options{})
	for query, want := range map[string]string{
		"өтегенова": "T1", "utegenova жан": "T1", "мұқанова": "T1", "omirzakov": "T2", "t3": "T3", "ким": "T3 T4", "timur@mail": "T2", "нет": "", "": "T3 T4 T1 T2",
	} {
		found, total, err := s.Search(ctx, directory.Filter{Query: query}, directory.Page{Limit: 10})
		var ids []string
		for _, f := range found {
			ids = append(ids, f.StaffID)
		}
		if got := strings.Join(ids, " "); got != want || err != nil || total != len(ids) {
			t.Errorf("%q finds %q of %d, want %q (%v)", query, got, total, want, err)
		}
	}
	if one, err := s.ByEmail(ctx, " Timur@Univer.example"); err != nil || one.StaffID != "T2" {
		t.Errorf("%v %v", one, err)
	}
	if _, err := s.ByEmail(ctx, "shared@univer.example"); !fault.Is(err, fault.Conflict) {
		t.Errorf("a shared address: %v", err)
	}
	if _, err := s.ByEmail(ctx, "nobody@univer.example"); !fault.Is(err, fault.NotFound) {
		t.Errorf("an unknown address: %v", err)
	}
	for surname, want := range map[string]int{"МҰҚАНОВА": 1, "Утегенов": 1, "Ким": 2, "Иванов": 0} {
		if list, err := s.Candidates(ctx, person.Keys(surname), nil); len(list) != want || err != nil {
			t.Errorf("%s: %d candidates, want %d (%v)", surname, len(list), want, err)
		}
	}
	keeper, _ := secret.New(make([]byte, 32))
	if list, err := s.Candidates(ctx, nil, [][]byte{keeper.Hash(person.HashLabel, "010308699577")}); len(list) != 1 || list[0].StaffID != "T3" || err != nil {
		t.Errorf("by number: %v %v", list, err)
	}
	units, err := s.Units(ctx)
	if len(units) != 3 || units[2].People != 2 || err != nil {
		t.Errorf("units %v %v", units, err)
	}
}

// A university's whole list is taken in seconds.
func TestImportMany(t *testing.T) {
	s := newStore(t)
	var b strings.Builder
	b.WriteString("staff_id,surname,given_name,department\n")
	for i := range 10_000 {
		fmt.Fprintf(&b, "N%d,Фамилия%d,Имя,Кафедра %d\n", i, i, i%40)
	}
	began := time.Now()
	expect(t, take(t, s, b.String(), sheet.Options{}), "added 10000 changed 0 unchanged 0 refused 0 absent 0 taken true")
	expect(t, take(t, s, b.String(), sheet.Options{}), "added 0 changed 0 unchanged 10000 refused 0 absent 0 taken true")
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("10,000 rows twice took %v", took)
	} else {
		t.Logf("10,000 rows twice: %v", took)
	}
}
