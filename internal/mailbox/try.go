package mailbox

import (
	"context"
	"errors"
	"time"

	"kualik/internal/fault"
)

// Report is what trying a mailbox out has shown.
type Report struct {
	OK       bool
	Key      string         // a sentence of package i18n
	Args     map[string]any // its arguments
	Words    string         // of the server, or the system, verbatim; empty when all is well
	Messages int            // in the folder
	ToRead   int            // of them, how many the first poll reads
	Idle     bool           // the server tells at once when something comes
	Took     time.Duration
}

// Try connects, logs in, opens the folder and counts; it reads no message and changes nothing.
func Try(ctx context.Context, cfg Config, limits Limits) Report {
	began := time.Now()
	report, err := try(ctx, cfg, limits)
	report.Took = time.Since(began)
	if err == nil {
		report.OK, report.Key = true, "mailbox.try_ok"
		report.Args = map[string]any{"Folder": cfg.Folder, "Count": report.Messages, "ToRead": report.ToRead}
		return report
	}
	report.Key, report.Words = "mailbox.broken_answer", err.Error()
	var f *fault.Error
	if errors.As(err, &f) {
		report.Key, report.Args = f.Key, f.Args
		report.Words, _ = f.Args["Words"].(string)
	}
	return report
}

func try(ctx context.Context, cfg Config, limits Limits) (Report, error) {
	s, err := open(ctx, cfg, limits, nil)
	if err != nil {
		return Report{}, err
	}
	defer s.close()
	var since time.Time
	if cfg.Since != "" {
		since = cfg.Since.Time()
	}
	uids, err := s.list(1, since)
	if err != nil {
		return Report{}, refused(err, "mailbox.broken_answer")
	}
	s.begin(limits.Command)
	return Report{Messages: int(s.messages), ToRead: len(uids), Idle: s.canIdle()}, nil
}
