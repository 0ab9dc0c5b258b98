// Package demo makes the pieces of `kualik demo`: a made-up university on disk, a mail server of its own that
// holds what the university's people wrote, and the accounts with which to look at it all.
//
// It stands beside the product, not in it: Kualik polls this mailbox over the network like any other and
// imports these files like anybody's. Putting the pieces together and running them is app's.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"kualik/internal/clock"
	"kualik/internal/demo/mails"
	"kualik/internal/demo/mailserver"
	"kualik/internal/demo/world"
)

// Where the demo's mail server listens when nothing else does.
const (
	IMAPAddr = "127.0.0.1:1143"
	SMTPAddr = "127.0.0.1:1025"
)

const mailboxPassword = "koktobe-mail"

// Options of Prepare; the zero value is the usual demo.
type Options struct {
	Seed     uint64
	IMAPAddr string // IMAPAddr, or a free port when that is taken
	SMTPAddr string
	Clock    clock.Clock
	Log      *slog.Logger

	compose func(*world.World) ([]mails.Mail, error) // mails.Write; tests remember what it wrote
}

// Demo is a prepared demo with its mail server running. The files are in the form that the import commands
// take.
type Demo struct {
	World            *world.World
	Mail             *mailserver.Server
	StaffFile        string
	ApplicationsFile string
	First            bool // the world was made by this start, not by an earlier one
	Messages         int  // how many messages the mailbox holds

	clock clock.Clock
	log   *slog.Logger
}

// state is what the folder remembers: the world follows from it.
type state struct {
	Seed uint64    `json:"seed"`
	On   clock.Day `json:"on"`
}

// Prepare makes the demo in a folder, or takes up the one that is there: its people, its day and its mail stay
// as they were, with whatever has been sent to it since. The mail server runs until ctx ends.
func Prepare(ctx context.Context, dir string, o Options) (*Demo, error) {
	o = o.withDefaults()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the demo's folder: %w", err)
	}
	d := &Demo{StaffFile: filepath.Join(dir, "staff.csv"), ApplicationsFile: filepath.Join(dir, "applications.csv"), clock: o.Clock, log: o.Log}
	st, err := d.state(filepath.Join(dir, "world.json"), state{o.Seed, clock.DayOf(o.Clock.Now(), time.UTC)})
	if err != nil {
		return nil, err
	}
	d.World = world.Generate(st.Seed, world.Usual(st.On))
	if err := d.files(dir); err != nil {
		return nil, err
	}
	d.Mail, err = startMail(ctx, mailserver.Options{Dir: filepath.Join(dir, "mail"), IMAPAddr: o.IMAPAddr, SMTPAddr: o.SMTPAddr,
		Users: map[string]string{world.Mailbox: mailboxPassword}, Clock: o.Clock, Log: o.Log,
		Before: func(s *mailserver.Server) error { return d.fill(s, dir, o.compose) }})
	if err != nil {
		return nil, err
	}
	d.Messages = d.Mail.Count(world.Mailbox)
	return d, nil
}

func (o Options) withDefaults() Options {
	if o.Seed == 0 {
		o.Seed = 2026
	}
	if o.IMAPAddr == "" {
		o.IMAPAddr = IMAPAddr
	}
	if o.SMTPAddr == "" {
		o.SMTPAddr = SMTPAddr
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.compose == nil {
		o.compose = mails.Write
	}
	return o
}

func (d *Demo) state(path string, otherwise state) (state, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		d.First = true
		data, err = json.Marshal(otherwise)
		if err != nil {
			return state{}, err
		}
		return otherwise, write(path, func(w io.Writer) error { _, err := w.Write(data); return err })
	}
	if err != nil {
		return state{}, fmt.Errorf("open the demo: %w", err)
	}
	var st state
	if err := json.Unmarshal(data, &st); err != nil {
		return state{}, fmt.Errorf("open the demo: %s: %w", path, err)
	}
	return st, nil
}

// files writes the world's files where they are missing; one that the user has changed stays changed.
func (d *Demo) files(dir string) error {
	for path, content := range map[string]func(io.Writer) error{
		d.StaffFile:                              d.World.WriteStaff,
		d.ApplicationsFile:                       d.World.WriteApplications,
		filepath.Join(dir, "certificates.jsonl"): lines(d.World.Certificates),
	} {
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if err := write(path, content); err != nil {
			return err
		}
	}
	return nil
}

// fill puts the world's mails into the mailbox, once. A start that was cut off is continued: nobody can have
// written to the mailbox before it was full, so what is there are the first of the mails.
func (d *Demo) fill(s *mailserver.Server, dir string, compose func(*world.World) ([]mails.Mail, error)) error {
	truth := filepath.Join(dir, "mails.jsonl") // written last: its presence says that the mailbox was filled
	if _, err := os.Stat(truth); err == nil {
		return nil
	}
	list, err := compose(d.World)
	if err != nil {
		return err
	}
	for _, m := range list[min(s.Count(world.Mailbox), len(list)):] {
		if err := s.Deliver(world.Mailbox, m.Raw, m.ReceivedAt); err != nil {
			return err
		}
	}
	truths := make([]mails.Truth, len(list))
	for i, m := range list {
		truths[i] = m.Truth
	}
	return write(truth, lines(truths))
}

// lines writes one JSON object a line.
func lines[T any](list []T) func(io.Writer) error {
	return func(w io.Writer) error {
		e := json.NewEncoder(w)
		for _, v := range list {
			if err := e.Encode(v); err != nil {
				return err
			}
		}
		return nil
	}
}

// write makes a file whole or not at all.
func write(path string, content func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("write the demo's files: %w", err)
	}
	defer os.Remove(f.Name()) // of no effect once renamed
	if err := errors.Join(content(f), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("write the demo's files: %w", err)
	}
	return nil
}

// startMail starts the mail server; a port that somebody else has is replaced by a free one.
func startMail(ctx context.Context, o mailserver.Options) (*mailserver.Server, error) {
	s, err := mailserver.Start(ctx, o)
	if errors.Is(err, syscall.EADDRINUSE) {
		o.Log.Info("the demo's usual mail ports are taken, others are used")
		o.IMAPAddr, o.SMTPAddr = "127.0.0.1:0", "127.0.0.1:0"
		return mailserver.Start(ctx, o)
	}
	return s, err
}

// MailboxURL is the setting KUALIK_MAILBOX_URL for the demo's mailbox.
func (d *Demo) MailboxURL() string { return d.Mail.MailboxURL(world.Mailbox, "INBOX") }

// SMTPURL is the setting KUALIK_SMTP_URL for it.
func (d *Demo) SMTPURL() string { return d.Mail.SMTPURL() }

// MailFrom is the setting KUALIK_MAIL_FROM: answers reach the mailbox.
func (d *Demo) MailFrom() string { return world.Mailbox }
