package document

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"kualik/internal/doctext"
	"kualik/internal/i18n"
)

var reader *doctext.Reader

func TestMain(m *testing.M) {
	r, err := doctext.NewReader(doctext.Options{CacheDir: doctext.SharedCache(os.TempDir()), Workers: 1})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	reader = r
	code := m.Run()
	_ = r.Close()
	os.Exit(code)
}

var zone = time.FixedZone("+05", 5*3600)

func instant(s string) time.Time {
	t, err := time.ParseInLocation("02.01.2006 15:04", s, zone)
	if err != nil {
		panic(err)
	}
	return t
}

const (
	sumA = "9c4157d0f3a86b2e1c0d4f5a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e07b"
	sumB = "0b1c2d3e4f5061728394a5b6c7d8e9fa0b1c2d3e4f5061728394a5b6c7d8e9fa"
)

// sample is an application of three authors, one of whom is not to be mentioned, filed by a representative.
// All persons are invented.
func sample() StatementData {
	return StatementData{
		Service: CopyrightWork, Draft: 110620, Version: 2, FormedAt: instant("16.09.2026 18:22"), Zone: zone,
		Office: "Қаратал университеті", URL: "https://kualik.karatal.example/applications/0199d2a1", FilerRole: TrustedRepresentative, Filer: "Имашев Тимур Болатович",
		Work: Work{Title: "Практикум по решению нестандартных задач: Ықтималдықтар теориясы және математикалық статистика", Kind: "scientific_work", CreatedOn: "2026-08-21",
			Description: "Бұл оқу құралында коллекция есептерін шешу жолдары ұсынылған. Предназначен для студентов педагогических колледжей; μ ≥ 0, Σ x² → ∞."},
		Contact: Contact{Name: "Имашев Тимур Болатович", Number: "700312399055", Country: "Республика Казахстан", City: "Жетісу, Каратал", Address: "ул. Достык, 14, кв. 8", PostCode: "041000", Phone: "+7 700 000 14 08", Email: "t.imashev@karatal.example"},
		Participants: []Participant{
			{Role: TrustedRepresentative, Filer: true, Signs: true, Authority: "№ 17 от 01.09.2026", Contact: Contact{Name: "Имашев Тимур Болатович", Number: "700312399055", Country: "Республика Казахстан", City: "Каратал", Address: "ул. Достык, 14, кв. 8", PostCode: "041000", Email: "t.imashev@karatal.example"}},
			{Role: Author, Signs: true, Contact: Contact{Name: "Сагитова Меруерт Талгатовна", Number: "840517499017", Country: "Республика Казахстан", City: "Каратал", Address: "ул. Абая, 3", PostCode: "041000", Phone: "+7 700 000 14 09", Email: "m.sagitova@karatal.example"}},
			{Role: Author, Signs: true, Contact: Contact{Name: "Құсайынов Өмірзақ Әділұлы", Number: "790209399022", Country: "Қазақстан Республикасы", City: "Үштөбе", Address: "Ғ. Мұратбаев көшесі, 21-үй", PostCode: "041001"}},
			{Role: Author, Hidden: true, Signs: true, Contact: Contact{Name: "Тажибаева Роза Кайратовна", Number: "881104499030", Country: "Республика Казахстан", City: "Алматы", Address: "пр. Достык, 100", PostCode: "050000"}},
			{Role: PatentAttorney, Authority: "№ 311", Contact: Contact{Name: "Камзин Асет Жарасович", Number: "650730399041", City: "Астана"}},
		},
		Documents: []Attached{
			{Sort: WorkCopy, FileName: "Практикум, том 1.docx", Sheets: 195, Description: "Учебное пособие целиком", SHA256: sumA, Size: 2_411_724},
			{Sort: PowerOfAttorney, FileName: "доверенность.pdf", Sheets: 1, SHA256: sumB, Size: 188_416},
		},
		Fee: Fee{Base: 619000, VAT: 99040, VATPercent: 16, Commission: 20000, Total: 738040, Reduction: "пенсионер", Percent: 50},
	}
}

// monster is the longest that the register has seen: 26 authors, a title of 811 letters.
func monster() StatementData {
	d := sample()
	title := []rune(strings.Repeat("Қазақстан Республикасының жоғары оқу орындарындағы білім беру үдерісін цифрландыру: ", 10))
	d.Work.Title = string(title[:811])
	d.Participants = d.Participants[:1]
	for i := range 26 {
		d.Participants = append(d.Participants, Participant{Role: Author, Signs: true, Hidden: i%5 == 0, Contact: Contact{
			Name: fmt.Sprintf("Нұрмағамбетқожаев Әбдіжаппар%d Сүлейменұлы", i), Number: fmt.Sprintf("8001013990%02d", i), Country: "Республика Казахстан", City: "Алматинская область, Талдыкорган",
			Address: "микрорайон Каратал, улица академика Жансугурова, дом 187а, корпус 2, квартира 114", PostCode: "040000", Phone: "+7 700 000 00 00", Email: fmt.Sprintf("author.with.a.very.long.address%d@department.karatal.example", i)}})
	}
	d.Work.Description = strings.Repeat("Бұл тапсырмалар студенттерді пәнді тереңірек игеруге бағытталған. ", 120)
	d.Documents[0].FileName = strings.Repeat("оченьдлинноеимяфайлабезпробелов", 8) + ".pdf"
	return d
}

// flat is a document's text with all white space taken out: lines are broken anywhere.
func flat(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\u00a0", " ")), "")
}

func read(t *testing.T, data []byte) (pages int, text string) {
	t.Helper()
	got, err := reader.Read(context.Background(), "x.pdf", data, doctext.ReadOptions{})
	require.NoError(t, err)
	require.Empty(t, got.Reason)
	var all strings.Builder
	for _, p := range got.Files[0].Pages {
		all.WriteString(p.Text + "\n")
	}
	return len(got.Files[0].Pages), flat(all.String())
}

// says requires every word of a text: in a table the lines of neighbouring cells stand between them.
func says(t *testing.T, text, want, about string) {
	t.Helper()
	for _, word := range strings.Fields(want) {
		require.Contains(t, text, flat(word), about)
	}
}

// keep leaves the document where a person may look at it, when KUALIK_LOOK names a folder.
func keep(t *testing.T, name string, data []byte) {
	if dir := os.Getenv("KUALIK_LOOK"); dir != "" {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".pdf"), data, 0o644))
	}
}

func TestStatementSaysAllThatItWasGiven(t *testing.T) {
	for _, lang := range i18n.All {
		d := sample()
		data, err := Statement(d, lang)
		require.NoError(t, err)
		keep(t, "statement-"+string(lang), data)
		_, text := read(t, data)
		for _, want := range []string{"110 620", "16", "18:22", d.Office, d.Work.Title, d.Work.Description, d.Contact.Address, d.Contact.PostCode, d.Contact.Phone, d.Contact.Email, sumA, sumB,
			"Практикум, том 1.docx", "195", "Учебное пособие целиком", "№ 17 от 01.09.2026", "16 %", "пенсионер", "50 %", "7 380"} {
			says(t, text, want, string(lang))
		}
		for _, p := range d.Participants {
			says(t, text, p.Name+" "+p.Number+" "+p.Address+" "+i18n.T(lang, "document.role."+p.Role), string(lang))
		}
		require.Equal(t, 4, strings.Count(text, flat(i18n.T(lang, "document.signatures.eds"))), "four of the five sign, %s", lang)
		require.NotContains(t, text, "document.", "a message without words, %s", lang)
	}
}

func TestSameDataGiveTheSameBytes(t *testing.T) {
	a, err := Statement(sample(), i18n.KK)
	require.NoError(t, err)
	b, err := Statement(sample(), i18n.KK)
	require.NoError(t, err)
	require.Equal(t, a, b)
	changed := sample()
	changed.Participants[3].Hidden = false
	c, err := Statement(changed, i18n.KK)
	require.NoError(t, err)
	require.NotEqual(t, a, c)
}

func TestLongestStatementLosesNothing(t *testing.T) {
	for _, lang := range []i18n.Lang{i18n.KK, i18n.RU} {
		d := monster()
		data, err := Statement(d, lang)
		require.NoError(t, err)
		keep(t, "monster-"+string(lang), data)
		pages, text := read(t, data)
		require.Contains(t, text, flat(d.Work.Title))
		require.Contains(t, text, flat(d.Documents[0].FileName))
		require.Equal(t, 120, strings.Count(text, flat("тереңірек игеруге бағытталған.")))
		for _, p := range d.Participants {
			require.GreaterOrEqual(t, strings.Count(text, p.Number), 2, "%s among the participants and among those who sign", p.Name)
			says(t, text, p.Name+" "+p.Email, p.Name)
		}
		heads := strings.Count(text, flat(i18n.T(lang, "document.participant.publication")))
		require.Greater(t, heads, 2, "the head of the table stands on each of its pages")
		require.Contains(t, text, flat(i18n.T(lang, "document.page", "Page", pages, "Pages", pages)))
	}
}

func BenchmarkStatement(b *testing.B) {
	d := sample()
	for b.Loop() {
		if _, err := Statement(d, i18n.KK); err != nil {
			b.Fatal(err)
		}
	}
}
