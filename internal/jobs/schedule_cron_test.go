package jobs

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kualik/internal/fault"
	"kualik/internal/i18n"
)

func parse(t *testing.T, expression, zone string) Cron {
	t.Helper()
	c, err := ParseCron(expression, zone)
	if err != nil {
		t.Fatalf("%q in %s: %v", expression, zone, err)
	}
	return c
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestParseCronRefuses(t *testing.T) {
	for _, c := range []struct{ expression, zone, key string }{
		{"", "UTC", "jobs.error.cron"},
		{"* * * *", "UTC", "jobs.error.cron"},
		{"61 * * * *", "UTC", "jobs.error.cron"},
		{"TZ=", "UTC", "jobs.error.cron_zone"},
		{"cron_tz=Asia/Almaty 0 9 * * *", "UTC", "jobs.error.cron_zone"},
		{"0 9 * * *", "Asia/Atlantis", "jobs.error.zone"},
		{"0 9 * * *", "", "jobs.error.zone"},
		{"0 0 31 2 *", "UTC", "jobs.error.never"},
	} {
		_, err := ParseCron(c.expression, c.zone)
		if !fault.Is(err, fault.Invalid) || !strings.HasPrefix(err.Error(), c.key) {
			t.Errorf("%q in %q: %v, want %s", c.expression, c.zone, err, c.key)
		}
	}
}

func TestClocksPutForward(t *testing.T) {
	c := parse(t, "30 2 * * *", "Europe/Berlin")
	got := c.Between(instant(t, "2026-03-28T00:00:00Z"), instant(t, "2026-03-31T00:00:00Z"))
	want := []Moment{
		{At: instant(t, "2026-03-28T01:30:00Z")},
		{At: instant(t, "2026-03-29T01:00:00Z").Add(151 * time.Microsecond), Gap: true},
		{At: instant(t, "2026-03-30T00:30:00Z")},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	next := c.Next(instant(t, "2026-03-28T02:00:00Z"), 1)
	if !next[0].Equal(instant(t, "2026-03-30T00:30:00Z")) {
		t.Errorf("next run after the gap: %v", next[0])
	}
}

func TestClocksPutBack(t *testing.T) {
	from, to := instant(t, "2026-10-24T22:00:00Z"), instant(t, "2026-10-25T04:00:00Z")
	once := parse(t, "30 2 * * *", "Europe/Berlin").Between(from, to)
	if len(once) != 1 || !once[0].At.Equal(instant(t, "2026-10-25T00:30:00Z")) {
		t.Errorf("a named hour runs once, in the first of the two: %v", once)
	}
	hourly := parse(t, "30 * * * *", "Europe/Berlin").Between(from, to)
	if len(hourly) != 6 {
		t.Errorf("an hourly one runs every hour that passes: %v", hourly)
	}
}

func TestEvery(t *testing.T) {
	c := parse(t, "@every 90m", "Asia/Almaty").From(instant(t, "2026-01-01T00:10:00Z"))
	got := c.Next(instant(t, "2026-01-01T03:10:00Z"), 2)
	if !got[0].Equal(instant(t, "2026-01-01T04:40:00Z")) || !got[1].Equal(instant(t, "2026-01-01T06:10:00Z")) {
		t.Errorf("next: %v", got)
	}
}

// The transitions that the property below is tried on: an hour forward and back, half an hour, midnight
// that does not exist, a zone that changed its offset for good, a whole day left out.
var transitions = []struct{ zone, at string }{
	{"Europe/Berlin", "2026-03-29T01:00:00Z"},
	{"Europe/Berlin", "2026-10-25T01:00:00Z"},
	{"Australia/Lord_Howe", "2026-10-03T15:30:00Z"},
	{"Australia/Lord_Howe", "2026-04-04T15:00:00Z"},
	{"America/Sao_Paulo", "2018-11-04T03:00:00Z"},
	{"Asia/Almaty", "2024-02-29T18:00:00Z"},
	{"Pacific/Apia", "2011-12-30T10:00:00Z"},
}

// Every minute that passes is compared with the expression by arithmetic of its own.
func TestMomentsAgreeWithTheClockOnTheWall(t *testing.T) {
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 1))
		for _, tr := range transitions {
			f := [2]field{randomField(r, 60), randomField(r, 24)}
			expression := fmt.Sprintf("%s %s * * *", f[0].text, f[1].text)
			c := parse(t, expression, tr.zone)
			at := instant(t, tr.at)
			from, to := at.Add(-60*time.Hour), at.Add(60*time.Hour)
			got := c.Between(from, to)
			want := passing(f, c.Zone, from, to)
			var runs []time.Time
			var gaps int
			for _, m := range got {
				if m.Gap {
					gaps++
				} else {
					runs = append(runs, m.At)
				}
			}
			if !slices.EqualFunc(runs, want, time.Time.Equal) {
				t.Fatalf("seed %d, %q in %s: runs\n%v, want\n%v", seed, expression, tr.zone, runs, want)
			}
			if missing := missingWalls(f, c.Zone, from, to); gaps != missing {
				t.Fatalf("seed %d, %q in %s: %d gaps, want %d", seed, expression, tr.zone, gaps, missing)
			}
			if next := c.Next(from, len(want)); !slices.EqualFunc(next, want, time.Time.Equal) {
				t.Fatalf("seed %d, %q in %s: next %v, want %v", seed, expression, tr.zone, next, want)
			}
			cut := from.Add(time.Duration(r.Int64N(int64(to.Sub(from)))))
			parts := append(c.Between(from, cut), c.Between(cut, to)...)
			if !slices.Equal(parts, got) {
				t.Fatalf("seed %d, %q in %s: cut at %v: %v, whole %v", seed, expression, tr.zone, cut, parts, got)
			}
		}
	}
}

type field struct {
	text string
	set  map[int]bool
	star bool
}

func randomField(r *rand.Rand, size int) field {
	f := field{set: map[int]bool{}}
	switch r.IntN(4) {
	case 0:
		f.text, f.star = "*", true
		for i := range size {
			f.set[i] = true
		}
	case 1:
		step := 2 + r.IntN(size/3)
		f.text = "*/" + strconv.Itoa(step)
		for i := 0; i < size; i += step {
			f.set[i] = true
		}
	default:
		var parts []string
		for range 1 + r.IntN(4) {
			n := r.IntN(min(size, 6)) * max(1, size/24)
			f.set[n] = true
			parts = append(parts, strconv.Itoa(n))
		}
		f.text = strings.Join(parts, ",")
	}
	return f
}

// passing walks through the minutes as they pass.
func passing(f [2]field, zone *time.Location, from, to time.Time) (runs []time.Time) {
	seen := map[string]bool{}
	// Walls shown before the span count as seen, or a repeated hour at its border would run again.
	for m := from.Add(-26 * time.Hour).Truncate(time.Minute); !m.After(to); m = m.Add(time.Minute) {
		l := m.In(zone)
		wall := l.Format("2006-01-02 15:04")
		if f[0].set[l.Minute()] && f[1].set[l.Hour()] && (f[1].star || !seen[wall]) && m.After(from) {
			runs = append(runs, m)
		}
		seen[wall] = true
	}
	return runs
}

// missingWalls counts the wall times of the expression that clocks never showed in the span.
func missingWalls(f [2]field, zone *time.Location, from, to time.Time) (n int) {
	if f[1].star {
		return 0
	}
	shown := map[string]bool{}
	first, last := from.In(zone).Format("2006-01-02 15:04"), to.In(zone).Format("2006-01-02 15:04")
	for m := from.Truncate(time.Minute); !m.After(to); m = m.Add(time.Minute) {
		shown[m.In(zone).Format("2006-01-02 15:04")] = true
	}
	for w := from.Truncate(24 * time.Hour).Add(-48 * time.Hour); w.Before(to.Add(48 * time.Hour)); w = w.Add(time.Minute) {
		s := w.Format("2006-01-02 15:04")
		if s > first && s < last && !shown[s] && f[0].set[w.Minute()] && f[1].set[w.Hour()] {
			n++
		}
	}
	return n
}

func TestWords(t *testing.T) {
	for _, c := range []struct {
		expression string
		ru, kk, en string
	}{
		{"0 9 * * 1", "По понедельникам в 09:00", "Дүйсенбі сайын, 09:00", "On Mondays at 09:00"},
		{"0 8 1 * *", "1-го числа в 08:00", "Ай сайын, 1-күні, 08:00", "On day 1 of each month at 08:00"},
		{"0 7 1 9 *", "1 сентября в 07:00", "Жыл сайын, 1 қыркүйек, 07:00", "On 1 September at 07:00"},
		{"30 18 * * mon-fri", "По будням в 18:30", "Жұмыс күндері (дүйсенбі–жұма), 18:30", "On working days at 18:30"},
		{"@daily", "Ежедневно в 00:00", "Күн сайын, 00:00", "Every day at 00:00"},
		{"@every 2m", "Каждые 2 минуты", "2 минут сайын", "Every 2 minutes"},
		{"*/5 * * * *", "Каждые 5 минут", "5 минут сайын", "Every 5 minutes"},
		{"@every 21h", "Каждый 21 час", "21 сағат сайын", "Every 21 hours"},
		{"0 9 1-7 * 1", "По выражению 0 9 1-7 * 1", "Өрнек бойынша: 0 9 1-7 * 1", "By the expression 0 9 1-7 * 1"},
	} {
		cron := parse(t, c.expression, "Asia/Almaty")
		for l, want := range map[i18n.Lang]string{i18n.RU: c.ru, i18n.KK: c.kk, i18n.EN: c.en} {
			if got := cron.Words(l); got != want {
				t.Errorf("%q in %s: %q, want %q", c.expression, l, got, want)
			}
		}
	}
	at := instant(t, "2026-09-21T04:00:00Z")
	if got := When(i18n.RU, at, parse(t, "@daily", "Asia/Almaty").Zone); got != "Пн 21.09.2026, 09:00" {
		t.Errorf("when: %q", got)
	}
}
