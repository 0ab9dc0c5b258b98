package signing

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

	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/pki"
)

// ChallengeLife is how long a text may be signed.
const ChallengeLife = 5 * time.Minute

// Purpose is what a text is signed for. It stands in the text, so that a signature for one purpose is of no
// use for another.
type Purpose string

// The purposes.
const (
	ForLogin Purpose = "login"
	ForJoin  Purpose = "join" // binds a key to the account of somebody who is logged in otherwise
)

// Challenge is a text to be signed.
type Challenge struct {
	ID        uuid.UUID
	Content   []byte // UTF-8, to be signed byte by byte
	ExpiresAt time.Time
}

// Challenge makes a text for a key to sign, for this site and this browser alone: binding is the secret of
// the browser's cookie. The text can be read by whoever signs it, in each language of the program.
func (s *Service) Challenge(ctx context.Context, purpose Purpose, host, binding string) (Challenge, error) {
	if binding == "" || host == "" || purpose != ForLogin && purpose != ForJoin {
		return Challenge{}, fmt.Errorf("making a text to be signed: no purpose, host or cookie")
	}
	now := s.o.Clock.Now()
	c := Challenge{ID: clock.NewID(), ExpiresAt: now.Add(ChallengeLife)}
	c.Content = challengeText(purpose, host, now, newNonce())
	_, err := s.pool.Exec(ctx, `INSERT INTO challenge (id, purpose, host, binding_hash, content, created_at, expires_at)
		VALUES (@id, @purpose, @host, @binding, @content, @now, @expires)`,
		pgx.StrictNamedArgs{"id": c.ID, "purpose": string(purpose), "host": host, "binding": bindingHash(binding), "content": c.Content,
			"now": now, "expires": c.ExpiresAt})
	if err != nil {
		return Challenge{}, fmt.Errorf("storing a text to be signed: %w", err)
	}
	return c, nil
}

// newNonce makes 256 random bits.
func newNonce() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

func challengeText(purpose Purpose, host string, at time.Time, nonce string) []byte {
	in := func(key string) string {
		var words []string
		for _, l := range []i18n.Lang{i18n.KK, i18n.RU, i18n.EN} {
			if w := i18n.T(l, "signing.challenge."+key); len(words) == 0 || words[len(words)-1] != w {
				words = append(words, w)
			}
		}
		return strings.Join(words, " · ")
	}
	lines := []string{in(string(purpose)), in("site") + ": " + host, in("time") + ": " + at.UTC().Format(time.RFC3339), in("code") + ": " + nonce, ""}
	for _, l := range []i18n.Lang{i18n.KK, i18n.RU, i18n.EN} {
		lines = append(lines, i18n.T(l, "signing.challenge.note"))
	}
	return []byte(strings.Join(lines, "\n") + "\n")
}

func bindingHash(binding string) []byte {
	h := sha256.Sum256([]byte(binding))
	return h[:]
}

// consume uses a text up and gives it; of two at the same time one wins. Another browser's is as unknown.
func (s *Service) consume(ctx context.Context, purpose Purpose, id uuid.UUID, binding string) (content []byte, err error) {
	err = s.pool.QueryRow(ctx, `UPDATE challenge SET used_at = @now
		WHERE id = @id AND purpose = @purpose AND binding_hash = @binding AND used_at IS NULL AND expires_at > @now RETURNING content`,
		pgx.StrictNamedArgs{"id": id, "purpose": string(purpose), "binding": bindingHash(binding), "now": s.o.Clock.Now()}).Scan(&content)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, refuse(fault.Invalid, "challenge")
	}
	if err != nil {
		return nil, fmt.Errorf("using a text to be signed: %w", err)
	}
	return content, nil
}

// VerifyLogin tells who has signed the text of a challenge for log-in. cms is what NCALayer gave: PEM,
// base64 or DER. The text is used up whether or not the signature is good; Code tells why it is not.
func (s *Service) VerifyLogin(ctx context.Context, id uuid.UUID, binding string, cms []byte) (Identity, error) {
	return s.VerifyChallenge(ctx, ForLogin, id, binding, cms)
}

// VerifyChallenge is VerifyLogin for any purpose.
func (s *Service) VerifyChallenge(ctx context.Context, purpose Purpose, id uuid.UUID, binding string, cms []byte) (Identity, error) {
	message, err := unwrap(cms, largestLogin)
	if err != nil {
		return Identity{}, err // nothing was signed: the text stays good
	}
	content, err := s.consume(ctx, purpose, id, binding)
	if err != nil {
		return Identity{}, err
	}
	v, err := s.verify(message, content, s.o.Clock.Now(), "other_content")
	if err != nil {
		return Identity{}, err
	}
	switch {
	case v.signer.KeyUsage == pki.UsageAuth:
	case v.signer.KeyUsage == pki.UsageSign && s.o.LoginWithSignKey:
	case v.signer.KeyUsage == pki.UsageSign:
		return Identity{}, refuse(fault.Invalid, "not_auth_key")
	default:
		return Identity{}, refuse(fault.Invalid, "no_usage")
	}
	r, err := s.revocation(ctx, v, false)
	if err != nil {
		return Identity{}, err
	}
	return v.identity(r), nil
}

// Sweep forgets texts that nobody can sign any more, and answers about revocation that are used no more.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.o.Clock.Now()
	for _, q := range []struct {
		sql  string
		past time.Time
	}{
		{`DELETE FROM challenge WHERE expires_at < @past`, now},
		{`DELETE FROM revocation WHERE good_until < @past`, now.Add(-24 * time.Hour)},
		{`DELETE FROM revocation_list WHERE next_update < @past`, now.Add(-24 * time.Hour)},
	} {
		if _, err := s.pool.Exec(ctx, q.sql, pgx.StrictNamedArgs{"past": q.past}); err != nil {
			return fmt.Errorf("forgetting texts to be signed: %w", err)
		}
	}
	return nil
}
