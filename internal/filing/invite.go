package filing

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/person"
	"kualik/internal/postgres"
)

const invitationLife = 30 * 24 * time.Hour

// Invite sends a participant a personal link; an earlier one stops working.
func (s *Service) Invite(ctx context.Context, who Who, id, participantID uuid.UUID) error {
	return s.change(ctx, who, id, Invite, func(d *deed) error {
		people, err := participants(ctx, d.tx, id)
		if err != nil {
			return err
		}
		for _, p := range people {
			if p.ID == participantID {
				return s.invite(ctx, d, p, filerOf(people))
			}
		}
		return errParticipant
	})
}

func (s *Service) invite(ctx context.Context, d *deed, p, by participantRow) error {
	if p.Filer || p.Type == Organisation {
		return errParticipant
	}
	if !isEmail(p.Email) {
		return errNoEmail
	}
	now, token, id := s.o.Clock.Now(), newToken(), clock.NewID()
	err := exec(ctx, d.tx, "revoking an invitation", `UPDATE filing_invitation SET revoked_at = @now WHERE participant_id = @id AND revoked_at IS NULL`,
		args{"now": now, "id": p.ID})
	if err != nil {
		return err
	}
	err = exec(ctx, d.tx, "writing an invitation", `INSERT INTO filing_invitation (id, participant_id, token_hash, sent_at, expires_at)
		VALUES (@id, @participant, @hash, @now, @expires)`,
		args{"id": id, "participant": p.ID, "hash": tokenHash(token), "now": now, "expires": now.Add(invitationLife)})
	if err != nil {
		return err
	}
	url := strings.TrimSuffix(s.o.PublicURL, "/") + "/sign/" + token
	if err := s.tell(ctx, d.tx, d.Filing, p, "invitation", id.String(), "Filer", by.ordinary(), "Invitation", url, "Expires", now.Add(invitationLife)); err != nil {
		return err
	}
	return s.record(ctx, d.tx, d.who, d.Filing, "invite", map[string]any{"participant": p.ID}, "")
}

func newToken() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails
	return base64.RawURLEncoding.EncodeToString(b)
}

// tokenHash is how a token is kept; 256 random bits need no salt and no slow hash.
func tokenHash(token string) []byte {
	h := sha256.Sum256([]byte(token))
	return h[:]
}

type invitationRow struct {
	ID            uuid.UUID  `db:"id"`
	ParticipantID uuid.UUID  `db:"participant_id"`
	FilingID      uuid.UUID  `db:"filing_id"`
	SentAt        time.Time  `db:"sent_at"`
	OpenedAt      *time.Time `db:"opened_at"`
	UsedAt        *time.Time `db:"used_at"`
	ExpiresAt     time.Time  `db:"expires_at"`
}

const invitationSelect = `SELECT i.id, i.participant_id, p.filing_id, i.sent_at, i.opened_at, i.used_at, i.expires_at
	FROM filing_invitation i JOIN filing_participant p ON p.id = i.participant_id `

// invitationsOf are the present invitations of a filing's participants.
func invitationsOf(ctx context.Context, db postgres.DB, filing uuid.UUID) (map[uuid.UUID]Invitation, error) {
	rows, err := db.Query(ctx, invitationSelect+`WHERE p.filing_id = @id AND i.revoked_at IS NULL AND p.removed_at IS NULL`, args{"id": filing})
	if err != nil {
		return nil, fmt.Errorf("reading invitations: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[invitationRow])
	if err != nil {
		return nil, fmt.Errorf("reading invitations: %w", err)
	}
	m := map[uuid.UUID]Invitation{}
	for _, r := range list {
		i := Invitation{State: InviteSent, SentAt: r.SentAt, OpenedAt: r.OpenedAt, ExpiresAt: r.ExpiresAt}
		switch {
		case r.UsedAt != nil:
			i.State = InviteLogged
		case r.OpenedAt != nil:
			i.State = InviteOpened
		}
		m[r.ParticipantID] = i
	}
	return m, nil
}

// invitation finds a link that is neither revoked nor over; its filing must still be there.
func (s *Service) invitation(ctx context.Context, db postgres.DB, token string, held bool) (invitationRow, error) {
	rest := `JOIN filing f ON f.id = p.filing_id WHERE i.token_hash = @hash AND i.revoked_at IS NULL AND i.expires_at > @now
		AND p.removed_at IS NULL AND f.state NOT IN ('deleted', 'withdrawn')`
	if held {
		rest += ` FOR UPDATE OF i`
	}
	rows, err := db.Query(ctx, invitationSelect+rest, args{"hash": tokenHash(token), "now": s.o.Clock.Now()})
	if err != nil {
		return invitationRow{}, fmt.Errorf("finding an invitation: %w", err)
	}
	r, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[invitationRow])
	if errors.Is(err, pgx.ErrNoRows) {
		return r, errLink
	}
	if err != nil {
		return r, fmt.Errorf("finding an invitation: %w", err)
	}
	return r, nil
}

// OpenInvitation is the page of a link before log-in; it changes nothing but "opened". It shows no more than
// the letter said: who invites, to what, and the first name of the invited.
func (s *Service) OpenInvitation(ctx context.Context, token string) (Invited, error) {
	r, err := s.invitation(ctx, s.o.Pool, token, false)
	if err != nil {
		return Invited{}, err
	}
	f, err := get(ctx, s.o.Pool, r.FilingID)
	if err != nil {
		return Invited{}, err
	}
	people, err := participants(ctx, s.o.Pool, f.ID)
	if err != nil {
		return Invited{}, err
	}
	i := Invited{FilingID: f.ID, FilerName: filerOf(people).short(), Title: f.shortTitle(), Deadline: f.Deadline, Used: r.UsedAt != nil}
	for _, p := range people {
		if p.ID == r.ParticipantID {
			i.Name = person.ParseName(p.Name).Given
		}
	}
	return i, exec(ctx, s.o.Pool, "noting an opened invitation", `UPDATE filing_invitation SET opened_at = @now WHERE id = @id AND opened_at IS NULL`,
		args{"id": r.ID, "now": s.o.Clock.Now()})
}

// AcceptInvitation uses the link up, after its owner logged in with EDS, and gives the filing. Forbidden
// when somebody else logged in: the link then stays good for the right person.
func (s *Service) AcceptInvitation(ctx context.Context, who Who, token string) (filing uuid.UUID, err error) {
	if who.Means != account.ByEDS {
		return uuid.Nil, fault.New(fault.Forbidden, "filing.why.needs_eds")
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		r, err := s.invitation(ctx, tx, token, true)
		if err != nil {
			return err
		}
		p, err := participant(ctx, tx, r.FilingID, r.ParticipantID)
		if err != nil {
			return err
		}
		own, err := s.isOwn(ctx, tx, who, p)
		if err != nil {
			return err
		}
		if !own {
			return errLinkOther
		}
		if r.UsedAt != nil {
			return errLink
		}
		filing = r.FilingID
		err = exec(ctx, tx, "using an invitation", `UPDATE filing_invitation SET used_at = @now, opened_at = coalesce(opened_at, @now) WHERE id = @id`,
			args{"id": r.ID, "now": s.o.Clock.Now()})
		if err != nil {
			return err
		}
		if err := s.seen(ctx, tx, who, filing); err != nil {
			return err
		}
		return s.record(ctx, tx, who, Filing{ID: filing}, "invitation_used", map[string]any{"participant": p.ID}, "")
	})
	return filing, err
}
