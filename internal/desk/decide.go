package desk

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
	"kualik/internal/filing"
	"kualik/internal/i18n"
	"kualik/internal/issuing"
)

// source is whose words a letter of a case has: in recording the institute's, which the desk only writes down.
func (c Case) source() string {
	if c.Mode == Recording {
		return filing.SourceInstitute
	}
	return filing.SourceDesk
}

// Ask writes a query to the applicant.
func (s *Service) Ask(ctx context.Context, who filing.Who, ref Ref, l filing.NewLetter) error {
	return s.change(ctx, who, ref, Ask, func(d *deed) error {
		l.Source = d.source()
		_, err := s.o.Filings.Ask(ctx, d.tx, who, d.FilingID, l)
		return err
	})
}

// MoreTime moves the term of the open query.
func (s *Service) MoreTime(ctx context.Context, who filing.Who, ref Ref, until time.Time, note string) error {
	return s.change(ctx, who, ref, MoreTime, func(d *deed) error {
		return s.o.Filings.MoreTime(ctx, d.tx, who, d.FilingID, until, note)
	})
}

// Write sends a letter that asks nothing, or answers a request of the applicant and so ends it.
func (s *Service) Write(ctx context.Context, who filing.Who, ref Ref, l filing.NewLetter) error {
	return s.change(ctx, who, ref, Write, func(d *deed) error {
		if d.State == Examining && d.place == Expert && l.Answers != uuid.Nil {
			return errNotYours
		}
		_, err := s.o.Filings.Write(ctx, d.tx, who, d.FilingID, l)
		return err
	})
}

// Refuse ends an application with a ground in law.
func (s *Service) Refuse(ctx context.Context, who filing.Who, ref Ref, ground string, l filing.NewLetter) error {
	return s.change(ctx, who, ref, Refuse, func(d *deed) error {
		l.Source = d.source()
		return s.o.Filings.RefuseBy(ctx, d.tx, who, d.FilingID, ground, l)
	})
}

// Reopen takes back what was recorded, asked or refused by mistake.
func (s *Service) Reopen(ctx context.Context, who filing.Who, ref Ref, note string) error {
	return s.change(ctx, who, ref, Reopen, func(d *deed) error {
		return s.o.Filings.Reopen(ctx, d.tx, who, d.FilingID, note)
	})
}

// Issue hands the work to the register, which gives it a number, draws and seals; then Issued is called. A
// petition is answered with an extract in the same way.
func (s *Service) Issue(ctx context.Context, who filing.Who, ref Ref) error {
	if s.o.Book == nil {
		return fault.New(fault.Unavailable, "issuing.error.no_seal")
	}
	return s.change(ctx, who, ref, Issue, func(d *deed) error {
		m, err := s.o.Filings.Matter(ctx, d.tx, d.FilingID)
		if err != nil {
			return err
		}
		now := s.o.Clock.Now()
		d.IssuingAt = &now
		if d.Petition {
			err = s.prepareExtract(ctx, d, m)
		} else {
			_, err = s.o.Book.Prepare(ctx, d.tx, actorOf(who), issuing.Work{FilingID: d.FilingID, ApplicationNo: d.IncomingNo, FiledOn: m.FiledOn,
				Title: m.Title, Kind: m.Kind, CreatedOn: m.CreatedOn, Authors: printed(m)})
		}
		if err != nil {
			return err
		}
		sc, err := s.scheme(ctx, d.tx, d.Case)
		if err != nil {
			return err
		}
		if last := sc.Last().Code; d.Step != last {
			if err := s.step(ctx, d, last, ""); err != nil {
				return err
			}
		}
		return s.record(ctx, d, "issue", nil, "")
	})
}

func (s *Service) prepareExtract(ctx context.Context, d *deed, m filing.Matter) error {
	number, err := strconv.ParseInt(strings.TrimLeft(strings.TrimSpace(m.CertificateNo), "№ 0"), 10, 64)
	if err != nil {
		return fault.Wrap(err, fault.NotFound, "issuing.error.not_ours", "Number", m.CertificateNo)
	}
	recipient := d.Filer
	for _, p := range m.People {
		if p.Filer {
			recipient = p.Name
		}
	}
	_, err = s.o.Book.PrepareExtract(ctx, d.tx, actorOf(d.who), issuing.Petition{FilingID: d.FilingID, ApplicationNo: d.IncomingNo, Number: number,
		RegisteredOn: m.CertificateOn, Recipient: recipient, Purpose: m.Purpose, Lang: m.Filing.Lang})
	return err
}

// printed are the authors as the register has them.
func printed(m filing.Matter) (list []issuing.Author) {
	for _, a := range m.Authors {
		list = append(list, issuing.Author{Name: a.Name, Hidden: a.Unmentioned})
	}
	return list
}

// TakeBack gives up what the register could not seal: the number stays there with the reason. The register is
// held before the filing, as where it seals.
func (s *Service) TakeBack(ctx context.Context, who filing.Who, ref Ref, note string) error {
	if note = strings.TrimSpace(note); note == "" {
		return errNote
	}
	return pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error {
		list, err := s.o.Book.OfFiling(ctx, tx, ref.ID)
		if err != nil {
			return err
		}
		for _, e := range list {
			if e.State == issuing.Pending {
				if err := s.o.Book.GiveUp(ctx, tx, actorOf(who), e.ID, note); err != nil {
					return err
				}
			}
		}
		return s.changeIn(ctx, tx, who, ref, TakeBack, func(d *deed) error {
			d.IssuingAt = nil
			return s.record(ctx, d, "take_back", nil, note)
		})
	})
}

// Correct makes a later version of what was issued: a technical error, or a change of the register. With a
// request of the applicant, that is answered when the new version is sealed.
func (s *Service) Correct(ctx context.Context, who filing.Who, ref Ref, entry, request uuid.UUID, c issuing.Correction) error {
	return pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error {
		// The register is held before the filing, as where it seals.
		if _, err := s.o.Book.Correct(ctx, tx, actorOf(who), entry, c); err != nil {
			return err
		}
		return s.changeIn(ctx, tx, who, ref, Correct, func(d *deed) error {
			d.Request = nil
			if request != uuid.Nil {
				d.Request = &request
			}
			list, err := s.o.Book.OfFiling(ctx, tx, d.FilingID)
			if err != nil {
				return err
			}
			for _, e := range list {
				if e.ID == entry {
					return s.record(ctx, d, "correct", map[string]any{"number": e.Number, "cause": c.Cause}, c.Reason)
				}
			}
			return errNotFound // a certificate of another application
		})
	})
}

// Annul takes a certificate out of the register: by a court's decision, or because it was issued by mistake. Its
// number stays used, its public page says so, and the applicant is told why.
func (s *Service) Annul(ctx context.Context, who filing.Who, ref Ref, reason string) error {
	if reason = strings.TrimSpace(reason); reason == "" {
		return errNote
	}
	return pgx.BeginFunc(ctx, s.o.Pool, func(tx pgx.Tx) error {
		// The register is held before the filing, as where it seals.
		list, err := s.o.Book.OfFiling(ctx, tx, ref.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(e issuing.Entry) bool { return e.State == issuing.Valid })
		if i < 0 {
			return fault.New(fault.Conflict, "issuing.error.not_valid")
		}
		e, err := s.o.Book.Annul(ctx, tx, actorOf(who), list[i].ID, reason)
		if err != nil {
			return err
		}
		return s.changeIn(ctx, tx, who, ref, Annul, func(d *deed) error {
			m, err := s.o.Filings.Matter(ctx, tx, d.FilingID)
			if err != nil {
				return err
			}
			text := i18n.T(s.langOr(m.Filing.Lang), "office.letter.annulled", "Number", e.Number, "Reason", reason)
			if _, err := s.o.Filings.Write(ctx, tx, who, d.FilingID, filing.NewLetter{Text: text}); err != nil {
				return err
			}
			return s.record(ctx, d, "annul", map[string]any{"number": e.Number}, reason)
		})
	})
}

// Issued is called by the register in the transaction in which a certificate, or a later version of it, is
// sealed.
func (s *Service) Issued(ctx context.Context, tx pgx.Tx, e issuing.Entry) error {
	day := e.RegisteredOn
	if err := s.o.Filings.Issued(ctx, tx, program, e.FilingID, strconv.FormatInt(e.Number, 10), day, filing.OwnRegister); err != nil {
		return err
	}
	c, err := readCase(ctx, tx, e.FilingID)
	if err != nil {
		return err
	}
	if c.Request != nil {
		if err := s.answerRequest(ctx, tx, c, e); err != nil {
			return err
		}
	}
	return s.touch(ctx, tx, e.FilingID)
}

func (s *Service) answerRequest(ctx context.Context, tx pgx.Tx, c Case, e issuing.Entry) error {
	m, err := s.o.Filings.Matter(ctx, tx, c.FilingID)
	if err != nil {
		return err
	}
	l := s.langOr(m.Filing.Lang)
	_, err = s.o.Filings.Write(ctx, tx, program, c.FilingID, filing.NewLetter{Answers: *c.Request, Closed: filing.ClosedDone,
		Text: i18n.T(l, "office.letter.corrected", "Number", e.Number, "Version", e.Version, "Day", i18n.Day(l, e.IssuedOn))})
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE desk_case SET request = NULL WHERE filing_id = @id`, args{"id": c.FilingID}); err != nil {
		return fmt.Errorf("answering a request: %w", err)
	}
	return nil
}

// Extracted is called by the register in the transaction in which an extract is sealed.
func (s *Service) Extracted(ctx context.Context, tx pgx.Tx, x issuing.Extract) error {
	if err := s.o.Filings.Issued(ctx, tx, program, x.FilingID, x.Name(), x.IssuedOn, filing.OwnRegister); err != nil {
		return err
	}
	return s.touch(ctx, tx, x.FilingID)
}
