package main

import (
	"encoding/json"
	"fmt"
	"io"

	"kualik/internal/app"
	"kualik/internal/audit"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/web"
)

type auditCmd struct {
	Verify auditVerify `cmd:"" help:"${audit_verify}"`
	Seal   auditSeal   `cmd:"" help:"${audit_seal}"`
}

type auditVerify struct {
	Anchor []string `placeholder:"HEAD" help:"${audit_anchor}"`
	JSON   bool     `name:"json" help:"${json}"`
}

// Run verifies the chain over what was recorded; the status is 1 when a row is not as it was sealed.
func (c *auditVerify) Run(w *world) error {
	var anchors []audit.Head
	for _, s := range c.Anchor {
		head, err := audit.ParseHead(s)
		if err != nil || head.N == 0 {
			return usageError{fault.New(fault.Invalid, "audit.bad_anchor", "Value", s)}
		}
		anchors = append(anchors, head)
	}
	return w.with(app.Options{}, func(a *app.App) error {
		bar := w.progress(i18n.T(w.lang, "audit.verifying"))
		r, err := a.Audit.Verify(w.ctx, anchors, func(done, total int64) { bar(int(done), int(total)) })
		if err != nil {
			return err
		}
		if c.JSON {
			b, err := json.Marshal(r)
			if err != nil {
				return err
			}
			fmt.Fprintln(w.stdout, string(b))
		} else {
			sayAudit(w, w.stdout, r)
		}
		if !r.Whole {
			return errSaid
		}
		return nil
	})
}

// sayAudit is the report for people.
func sayAudit(w *world, out io.Writer, r audit.Report) {
	for _, f := range r.Faults {
		fmt.Fprintln(out, web.FaultWords(w.lang, f))
	}
	if r.More > 0 {
		fmt.Fprintln(out, i18n.T(w.lang, "audit.more", "N", r.More))
	}
	key := "audit.whole"
	if !r.Whole {
		key = "audit.broken"
	}
	fmt.Fprintln(out, i18n.T(w.lang, key, "Sealed", r.Sealed, "Waiting", r.Waiting))
	if r.Head != "" {
		fmt.Fprintln(out, i18n.T(w.lang, "audit.head", "Head", r.Head))
	}
}

type auditSeal struct{}

// Run seals what was recorded so far and writes the head, to be kept outside.
func (c *auditSeal) Run(w *world) error {
	return w.with(app.Options{}, func(a *app.App) error {
		if _, _, err := a.Audit.Seal(w.ctx); err != nil {
			return err
		}
		head, err := a.Audit.Head(w.ctx)
		if err != nil {
			return err
		}
		fmt.Fprintln(w.stdout, head.String())
		return nil
	})
}
