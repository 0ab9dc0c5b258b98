package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"kualik/internal/app"
	"kualik/internal/desk"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/sheet"
)

type deskCmd struct {
	Record deskRecord `cmd:"" help:"${desk_record}"`
}

type deskRecord struct {
	DryRun bool   `help:"${dry_run}"`
	JSON   bool   `name:"json" help:"${json}"`
	File   string `arg:"" help:"${file}"`
}

// recordedTable is the object of `kualik desk record --json`: that of every import, with its rows.
type recordedTable struct {
	Changed        int             `json:"changed"`
	Unchanged      int             `json:"unchanged"`
	Refused        []sheet.Refusal `json:"refused"`
	IgnoredColumns []string        `json:"ignored_columns"`
	Rows           []recordedRow   `json:"rows"`
}

type recordedRow struct {
	desk.Row
	Changes []recordedChange `json:"changes"`
}

type recordedChange struct {
	What string `json:"what"`
	From string `json:"from"`
	To   string `json:"to"`
}

// Run writes down what a table says that the institute's cabinet shows.
func (c *deskRecord) Run(w *world) error {
	f, err := os.Open(c.File)
	if err != nil {
		return fault.Wrap(err, fault.NotFound, "cli.cannot_open", "File", c.File)
	}
	defer f.Close()
	return w.with(app.Options{}, func(a *app.App) error {
		r, err := a.RecordTable(w.ctx, f, sheet.Options{DryRun: c.DryRun, Lang: w.lang, Progress: w.progress(c.File)})
		if err != nil {
			return err
		}
		if c.JSON {
			err = json.NewEncoder(w.stdout).Encode(tableOf(r))
		} else {
			w.showRecorded(r)
		}
		if err == nil && len(r.Refused) > 0 {
			err = errSaid
		}
		return err
	})
}

func tableOf(r *desk.RecordingReport) recordedTable {
	t := recordedTable{r.Changed, r.Unchanged, append([]sheet.Refusal{}, r.Refused...), append([]string{}, r.IgnoredColumns...), []recordedRow{}}
	for _, row := range r.Rows {
		x := recordedRow{Row: row, Changes: []recordedChange{}}
		for _, c := range row.Changes {
			x.Changes = append(x.Changes, recordedChange(c))
		}
		t.Rows = append(t.Rows, x)
	}
	return t
}

// showRecorded is the report for people.
func (w *world) showRecorded(r *desk.RecordingReport) {
	for _, row := range r.Rows {
		var changes []string
		for _, c := range row.Changes {
			changes = append(changes, strings.TrimSpace(i18n.T(w.lang, "office.change."+c.What)+": "+c.From+" → "+c.To))
		}
		if row.Outcome == "changed" {
			fmt.Fprintf(w.stdout, "%4d  %-14s %s\n", row.Row, row.Ref, strings.Join(changes, "; "))
		}
	}
	fmt.Fprintln(w.stdout, i18n.T(w.lang, "office.table.counts", "Changed", r.Changed, "Unchanged", r.Unchanged, "Refused", len(r.Refused)))
	if !r.Taken {
		fmt.Fprintln(w.stdout, i18n.T(w.lang, "cli.nothing_taken"))
	}
	for _, name := range r.IgnoredColumns {
		fmt.Fprintln(w.stderr, i18n.T(w.lang, "cli.ignored_column", "Name", name))
	}
	for _, bad := range r.Refused {
		fmt.Fprintln(w.stderr, i18n.T(w.lang, "cli.refused_row", "Row", bad.Row, "Column", bad.Column, "Reason", bad.Reason))
	}
}
