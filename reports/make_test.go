package reports_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"

	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/notify"
	"kualik/internal/rating"
	"kualik/reports"
)

// maker is a Maker on a small world, with a store of files in a folder and letters that are held.
func maker(t *testing.T) (*reports.Maker, *notify.Service, *clock.Manual) {
	t.Helper()
	pool, service, c := settled(t, world(21, 30, 60))
	files, err := blob.Open(t.Context(), "", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	letters, err := notify.New(pool, files, c, slog.New(slog.DiscardHandler), "", "office@univer.example")
	if err != nil {
		t.Fatal(err)
	}
	return &reports.Maker{Pool: pool, Clock: c, Rating: service, Blobs: files, Letters: letters, PublicURL: publicURL}, letters, c
}

func content(t *testing.T, m *reports.Maker, r reports.Report) []byte {
	t.Helper()
	f, size, err := m.Open(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil || int64(len(data)) != size || blob.Sum(data) != r.SHA256 {
		t.Fatalf("%d bytes of %d, %v", len(data), size, err)
	}
	return data
}

func TestMakeKeepsAndReuses(t *testing.T) {
	m, _, c := maker(t)
	req := reports.Request{Period: rating.AcademicYear(2024), Lang: i18n.RU, MadeBy: "cli"}
	first, err := m.Make(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if first.Filename != "rating-2024-2025-ru.xlsx" || first.Period() != req.Period || first.RuleVersion != 1 {
		t.Errorf("%+v", first)
	}
	c.Advance(time.Hour)
	again, err := m.Make(t.Context(), req)
	if err != nil || again.ID != first.ID {
		t.Errorf("nothing has changed, but there is another report: %+v, %v", again, err)
	}
	req.Lang = i18n.KK
	other, err := m.Make(t.Context(), req)
	if err != nil || other.SnapshotID != first.SnapshotID || other.SHA256 == first.SHA256 {
		t.Errorf("in another language: %+v, %v", other, err)
	}
	shown, err := m.Make(t.Context(), reports.Request{Snapshot: first.SnapshotID, Lang: i18n.RU, MadeBy: "cli"})
	if err != nil || !bytes.Equal(content(t, m, shown), content(t, m, first)) {
		t.Errorf("an old snapshot gives other bytes: %v", err)
	}
	list, err := m.List(t.Context(), 10)
	if err != nil || len(list) != 2 || list[0].ID != other.ID {
		t.Errorf("list %+v, %v", list, err)
	}
	if got, err := m.Get(t.Context(), first.ID); err != nil || got != first {
		t.Errorf("read back %+v, want %+v, %v", got, first, err)
	}
	if _, err := m.Get(t.Context(), uuid.New()); !fault.Is(err, fault.NotFound) {
		t.Errorf("no such report: %v", err)
	}
}

func TestScheduledReportIsSentOnceAnOccurrence(t *testing.T) {
	m, letters, c := maker(t)
	args, err := reports.ParseRatingArgs(json.RawMessage(`{"period":"last_month","lang":"ru","recipients":["dean@univer.example","rector@univer.example"]}`))
	if err != nil {
		t.Fatal(err)
	}
	schedule, at := clock.NewID(), time.Date(2026, 1, 31, 19, 0, 0, 0, time.UTC) // 1 February in Almaty
	c.Advance(60 * 24 * time.Hour)                                               // the work comes late
	for range 2 {
		r, err := m.ForSchedule(t.Context(), args, schedule, at)
		if err != nil || r.PeriodFrom != "2026-01-01" || r.PeriodTo != "2026-01-31" || *r.ScheduleID != schedule {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	count := func() int {
		t.Helper()
		box, err := letters.Outbox(t.Context(), notify.Filter{}, 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(box)
	}
	if n := count(); n != 2 {
		t.Errorf("%d letters for one occurrence", n)
	}
	if _, err := m.ForSchedule(t.Context(), args, schedule, at.Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 4 {
		t.Errorf("%d letters for two occurrences", n)
	}
}

func TestRatingArgsAreChecked(t *testing.T) {
	for _, raw := range []string{
		`{"period":"last_month","lang":"fr"}`, `{"period":"sometime","lang":"ru"}`, `{"period":"2025","lang":"ru","recipients":["nobody"]}`,
	} {
		if _, err := reports.ParseRatingArgs(json.RawMessage(raw)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestTable(t *testing.T) {
	source := func(yield func([]any, error) bool) {
		_ = yield([]any{"=1+1", clockDay("2025-10-02"), 3, "a; b"}, nil) && yield([]any{"x,\"y\"", nil, 4, ""}, nil)
	}
	var csv, xlsx bytes.Buffer
	heads := []string{"title", "registered_on", "n", "list"}
	if err := reports.Table(&csv, reports.CSV, "t", heads, source); err != nil {
		t.Fatal(err)
	}
	if want := "title,registered_on,n,list\n=1+1,2025-10-02,3,a; b\n\"x,\"\"y\"\"\",,4,\n"; csv.String() != want {
		t.Errorf("%q, want %q", csv.String(), want)
	}
	if err := reports.Table(&xlsx, reports.XLSX, "certificates", heads, source); err != nil {
		t.Fatal(err)
	}
	f := open(t, xlsx.Bytes())
	if formula, _ := f.GetCellFormula("certificates", "A2"); formula != "" {
		t.Errorf("a formula: %q", formula)
	}
	list := rows(t, f, "certificates")
	if len(list) != 3 || list[1][0] != "=1+1" || list[1][1] != "45932" || list[1][2] != "3" {
		t.Errorf("%q", list)
	}
	if err := reports.Table(&csv, "pdf", "t", heads, source); !fault.Is(err, fault.Invalid) {
		t.Errorf("an unknown format: %v", err)
	}
}

func clockDay(s string) clock.Day { return clock.Day(s) }
