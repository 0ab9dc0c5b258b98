package main

import (
	"errors"
	"os"

	"github.com/alecthomas/kong"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"kualik/internal/fault"
	"kualik/internal/i18n"
)

// helpKeys are the texts of the command line; the message of KEY is cli.KEY.
var helpKeys = []string{"serve", "demo", "doctor", "import", "import_staff", "import_applications", "import_certificates", "desk", "desk_record",
	"poll", "ingest", "extract", "export", "export_certificates", "export_mail", "report", "report_rating", "schedule",
	"schedule_list", "schedule_add", "schedule_run", "schedule_pause", "schedule_resume", "schedule_remove", "schedule_next",
	"account", "account_add", "audit", "audit_verify", "audit_seal", "audit_anchor", "chase", "replay", "latency", "backup", "restore", "config", "dry_run", "all_or_nothing", "json",
	"confirmed", "once", "format", "out", "period", "lang", "snapshot", "role", "cron", "recipients", "zone", "period_expression",
	"name", "email", "account_role", "password_stdin", "mails", "dir", "fresh", "paths", "file", "files",
	"replay_outcome", "replay_ids", "schedule_id",
	"signature", "signature_verify", "signature_cms", "signature_data", "signature_at", "signature_trust", "verify", "verify_file",
	"explain", "debug_dir", "measure", "measure_seed", "measure_held_out", "measure_words", "measure_count", "measure_family", "measure_list", "measure_plot", "measure_keep", "measure_texts", "measure_jobs"}

func helpTexts(l i18n.Lang) kong.Vars {
	v := kong.Vars{}
	for _, k := range helpKeys {
		v[k] = i18n.T(l, "cli."+k)
	}
	return v
}

// progress is a bar on a terminal and nothing elsewhere.
func (w *world) progress(label string) func(done, of int) {
	f, ok := w.stderr.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func(int, int) {}
	}
	var bar *progressbar.ProgressBar
	return func(done, of int) {
		if bar == nil {
			bar = progressbar.NewOptions(of, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(label),
				progressbar.OptionShowCount(), progressbar.OptionClearOnFinish())
		}
		bar.ChangeMax(of)
		_ = bar.Set(done)
		if done >= of {
			_ = bar.Finish()
		}
	}
}

// lastFault is the first fault in the chain, or the error itself.
func lastFault(err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return f
	}
	return err
}
