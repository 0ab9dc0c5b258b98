package pgtest

import (
	"context"
	"testing"
	"time"
)

func TestNew(t *testing.T) {
	ctx := context.Background()
	begin := time.Now()
	first := New(t)
	t.Logf("first database with its server: %v", time.Since(begin))
	begin = time.Now()
	second := New(t)
	t.Logf("second database: %v", time.Since(begin))
	if _, err := first.Exec(ctx, "INSERT INTO setting VALUES ('a', '1', now())"); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := second.QueryRow(ctx, "SELECT count(*) FROM setting").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows of another test are seen (%v)", n, err)
	}
	if err := second.QueryRow(ctx, "SELECT count(*) FROM river_job").Scan(&n); err != nil {
		t.Errorf("River's schema is missing: %v", err)
	}
	var at time.Time
	if err := first.QueryRow(ctx, "SELECT changed_at FROM setting").Scan(&at); err != nil || at.Location() != time.UTC {
		t.Errorf("instant in zone %v (%v), want UTC", at.Location(), err)
	}
	if err := first.QueryRow(ctx, "SELECT cardinality(show_trgm('жұмыс'))").Scan(&n); err != nil || n == 0 {
		t.Errorf("no Cyrillic trigrams (%v)", err)
	}
}
