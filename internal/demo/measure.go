package demo

import (
	"context"
	"fmt"
	"net"
	"net/smtp"

	"kualik/internal/demo/mails"
	"kualik/internal/demo/world"
)

// Fresh are mails, so many at most, with certificates that nobody has sent yet: to show, and to time, how a new
// one arrives.
func (d *Demo) Fresh(most int) ([]mails.Mail, error) {
	return mails.Unsent(d.World, d.clock.Now(), most)
}

// Send brings a mail to the demo's mailbox by SMTP, as a stranger's program would.
func (d *Demo) Send(ctx context.Context, m mails.Mail) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", d.Mail.SMTPAddr())
	if err != nil {
		return fmt.Errorf("send a mail to the demo: %w", err)
	}
	defer conn.Close()
	if until, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(until); err != nil {
			return fmt.Errorf("send a mail to the demo: %w", err)
		}
	}
	c, err := smtp.NewClient(conn, "localhost")
	if err != nil {
		return fmt.Errorf("send a mail to the demo: %w", err)
	}
	if err := transmit(c, m.Raw); err != nil {
		return fmt.Errorf("send a mail to the demo: %w", err)
	}
	return c.Quit()
}

func transmit(c *smtp.Client, raw []byte) error {
	if err := c.Mail("somebody@pochta.example"); err != nil {
		return err
	}
	if err := c.Rcpt(world.Mailbox); err != nil {
		return err
	}
	w, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(raw); err != nil {
		return err
	}
	return w.Close()
}
