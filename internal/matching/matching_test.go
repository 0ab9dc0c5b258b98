package matching

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kualik/internal/clock"
)

// A case is a folder of testdata: a certificate, what there is, and what must be decided ("auto ID",
// "review REASON", "none", "not_staff").
type testCase struct {
	Certificate struct {
		RegisteredOn  clock.Day `json:"registered_on"`
		CreatedOn     clock.Day `json:"created_on"`
		Kind          string    `json:"kind"`
		Title         string    `json:"title"`
		TitleKK       string    `json:"title_kk"`
		Authors       []string  `json:"authors"`
		ApplicationNo string    `json:"application_no"`
	} `json:"certificate"`
	Applications []struct {
		ID        string      `json:"id"`
		Title     string      `json:"title"`
		Kind      string      `json:"kind"`
		CreatedOn clock.Day   `json:"created_on"`
		FiledOn   clock.Day   `json:"filed_on"`
		Authors   [][2]string `json:"authors"`
		Taken     bool        `json:"taken"`
	} `json:"applications"`
	Staff []struct {
		StaffID    string   `json:"staff_id"`
		Surname    string   `json:"surname"`
		GivenName  string   `json:"given_name"`
		Patronymic string   `json:"patronymic"`
		OtherNames []string `json:"other_names"`
		Department string   `json:"department"`
		Key        string   `json:"key"`
	} `json:"staff"`
	Application string   `json:"application"`
	People      []string `json:"people"`
}

func (c testCase) values() (cert Certificate, apps []Application, staff []Staff) {
	x := c.Certificate
	cert = Certificate{x.RegisteredOn, x.CreatedOn, x.Kind, x.Title, x.TitleKK, x.Authors, x.ApplicationNo}
	for _, a := range c.Applications {
		app := Application{ID: a.ID, Ref: a.ID, Title: a.Title, Kind: a.Kind, CreatedOn: a.CreatedOn, FiledOn: a.FiledOn, Taken: a.Taken}
		for _, author := range a.Authors {
			app.Authors = append(app.Authors, ApplicationAuthor{author[0], author[1]})
		}
		apps = append(apps, app)
	}
	for _, s := range c.Staff {
		staff = append(staff, Staff{ID: s.StaffID, StaffID: s.StaffID, Surname: s.Surname, GivenName: s.GivenName, Patronymic: s.Patronymic,
			OtherNames: s.OtherNames, Department: s.Department, Key: s.Key})
	}
	return cert, apps, staff
}

// said is a decision as the cases write it.
func said(m Match) string {
	switch m.Decision {
	case Auto:
		return "auto " + m.ID
	case Review:
		return "review " + m.Reason
	}
	return string(m.Decision)
}

func TestCases(t *testing.T) {
	folders, _ := filepath.Glob("testdata/*/case.json")
	if len(folders) < 40 {
		t.Fatalf("only %d cases", len(folders))
	}
	for _, file := range folders {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var c testCase
			if err := json.Unmarshal(data, &c); err != nil {
				t.Fatal(err)
			}
			cert, apps, staff := c.values()
			m := Applications(cert, apps)
			if got := said(m); got != c.Application {
				t.Errorf("application: %s, want %s: %+v", got, c.Application, m.Candidates)
			}
			var app *Application
			for i := range apps {
				if m.Decision == Auto && apps[i].ID == m.ID {
					app = &apps[i]
				}
			}
			var got []string
			for _, p := range People(cert, staff, app) {
				got = append(got, said(p))
			}
			if strings.Join(got, ", ") != strings.Join(c.People, ", ") {
				t.Errorf("people: %q, want %q", got, c.People)
			}
		})
	}
}

func TestTitles(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"«Оқу  құралы»", "Оқу құралы.", titleSame},
		{"Оқу-әдістемелік құрал", "ОҚУӘДІСТЕМЕЛІК ҚҰРАЛ", titleSame},
		{"Учёт и отчётность", "Учет и отчетность", titleSame},
		{"Методика преподавания физики в школе", "Методика преподования физики в школе", titleNear},
		{"География туризма Казахстана", "Геология туризма Казахстана", titleSimilar},
		{"Алгебра. 7 класс", "Алгебра. 8 класс", titleDigits},
		{"Часть I. Механика", "Часть II. Механика", titleDigits},
		{"Часть І. Механика", "Часть I. Механика", titleSame}, // the Cyrillic and the Latin letter
		{"Часть 2. Механика", "Часть II. Механика", titleSame},
		{"Программирование на C++", "Программирование на C", titleSimilar},
		{"Book 11", "Book 1", titleDigits},
		{"Физика / Physics", "Physics", titleHalf},
		{"Физика / Physics (2-бөлім)", "Physics", titleDiffers},
		{"Физика", "Химия", titleDiffers},
		{"", "Химия", titleMissing},
	} {
		for _, pair := range [][2]string{{c.a, c.b}, {c.b, c.a}} {
			if got, _ := comparePair(newTitle(pair[0]), newTitle(pair[1])); got != c.want && !(c.want == titleDiffers && got == titleDigits) {
				t.Errorf("%q and %q: %s, want %s", pair[0], pair[1], got, c.want)
			}
		}
	}
}
