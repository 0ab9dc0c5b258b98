package web

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"kualik/internal/account"
)

// kept is a log that many write to.
type kept struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.Write(p)
}

// No page, address, letter or log line holds a whole personal number, whoever reads and wherever they click; it
// is shown by a POST that is recorded, and stands in the statement that is signed.
func TestNumbersStandNowhereButWhereTheyAreAskedFor(t *testing.T) {
	log := &kept{}
	f := everyPage(t, func(d *Deps) {
		d.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	filer, second := f.enters(filerIIN), f.enters(secondIIN)
	path := f.submitted(filer)
	office := f.as(account.ResearchOffice)
	const ofStaff = "610914499100"
	body, kind := fileForm(t, office.token, "s.csv", "staff_id,iin,surname,given_name,emails\n101,"+ofStaff+",Сагитова,Меруерт,m.sagitova@karatal.example\n")
	if r := office.send("POST", "/staff/import", body, kind); r.status != http.StatusOK {
		t.Fatal("staff is not taken in")
	}
	ctx := context.Background()
	one := func(sql string, args ...any) (id string) {
		t.Helper()
		must(f.deps.Pool.QueryRow(ctx, sql, args...).Scan(&id))
		return id
	}
	filingID := strings.TrimPrefix(path, filingsPath+"/")
	ids := f.objectsOf(filingID)
	staff := one(`SELECT id::text FROM staff WHERE staff_id = '101'`)
	invoice := one(`SELECT id::text FROM invoice WHERE subject_id = $1`, filingID)
	signature := one(`SELECT id::text FROM signature LIMIT 1`)
	if r := office.post("/staff/"+staff+"/iin", nil); !strings.Contains(r.body, ofStaff) {
		t.Fatal("where it is asked for it is shown; the test would see nothing else")
	}
	if r := filer.post(path+"/participants/"+ids.person+"/reveal", nil); !strings.Contains(r.body, filerIIN) {
		t.Fatal("where it is asked for it is shown")
	}
	idOf := func(route string) string {
		switch {
		case strings.HasPrefix(route, "/staff"):
			return staff
		case strings.HasPrefix(route, "/payments"):
			return invoice
		case strings.HasPrefix(route, "/my/signatures"):
			return signature
		case strings.HasPrefix(route, filingsPath), strings.HasPrefix(route, "/desk"):
			return filingID
		}
		return uuid.NewString()
	}
	numbers := []string{filerIIN, secondIIN, thirdIIN, ofStaff}
	clean := func(where, text string) {
		t.Helper()
		for _, n := range numbers {
			if strings.Contains(text, n) {
				t.Errorf("%s holds a whole number", where)
			}
		}
	}
	readers := map[string]*browser{"administrator": f.as(account.Administrator), "office": office, "registrar": f.as(account.Registrar), "filer": filer, "author": second}
	seen := 0
	for _, r := range f.s.routes {
		if r.method != "GET" {
			continue
		}
		at := strings.NewReplacer(":id", idOf(r.path), ":person", ids.person, ":document", ids.document, ":statement", ids.statement, ":n", "1").Replace(r.path)
		for who, b := range readers {
			got := b.get(at)
			where := who + " " + at
			clean(where, fmt.Sprint(got.header))
			if got.status == http.StatusOK {
				seen++
			}
			if got.status >= 500 && got.status != http.StatusServiceUnavailable {
				t.Errorf("%s: %d", where, got.status)
			}
			// A person's own signature holds their certificate, and that their IIN: it is asked for, by nobody else.
			own := r.path == "/my/signatures/:id/cms"
			if own && who != "filer" && got.status == http.StatusOK {
				t.Errorf("%s is another's signature", where)
			}
			if !strings.HasPrefix(got.body, "%PDF") && !own {
				clean(where, got.body)
			}
		}
	}
	if seen < 150 {
		t.Errorf("only %d pages were seen", seen)
	}
	for _, l := range f.sent {
		clean("letter "+l.Topic, l.Subject+l.Text+l.Recipient+l.About)
	}
	for _, l := range f.letters {
		clean("letter of the log-in", l.Subject+l.Text+l.About)
	}
	if len(f.sent)+len(f.letters) == 0 {
		t.Error("no letter was sent")
	}
	log.mu.Lock()
	defer log.mu.Unlock()
	clean("the log", log.text.String())
}
