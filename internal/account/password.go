package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
)

const (
	minPassword = 10
	maxPassword = 200
)

// owaspMinimum is the least cost of Argon2id that OWASP allows: 19 MiB, two passes.
var owaspMinimum = argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const inParallel = 4 // bounds the memory that a burst of log-ins may take

// hasher makes and compares password hashes, a few at a time. decoy is compared when there is no account,
// so that the time of the answer says nothing.
type hasher struct {
	cost  *argon2id.Params
	room  chan struct{}
	decoy string
}

func newHasher(cost *argon2id.Params) (*hasher, error) {
	if cost == nil {
		cost = &owaspMinimum
	}
	h := &hasher{cost: cost, room: make(chan struct{}, inParallel)}
	var err error
	h.decoy, err = argon2id.CreateHash("a password that nobody has", cost)
	if err != nil {
		return nil, fmt.Errorf("hashing a password: %w", err)
	}
	return h, nil
}

func (h *hasher) enter(ctx context.Context) error {
	select {
	case h.room <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer func() { <-h.room }()
	s, err := argon2id.CreateHash(password, h.cost)
	if err != nil {
		return "", fmt.Errorf("hashing a password: %w", err)
	}
	return s, nil
}

// same compares; an empty hash is of an account without a password, which no password opens.
func (h *hasher) same(ctx context.Context, password, hash string) (bool, error) {
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer func() { <-h.room }()
	against := hash
	if against == "" {
		against = h.decoy
	}
	ok, err := argon2id.ComparePasswordAndHash(password, against)
	if err != nil {
		return false, fmt.Errorf("comparing a password: %w", err)
	}
	return ok && hash != "", nil
}

// checkPassword holds a new password against what is asked: long enough, and not the address or the name.
// There are no rules about kinds of characters (NIST SP 800-63B).
func checkPassword(password, email, name string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case n < minPassword:
		return errShort
	case n > maxPassword:
		return errLong
	}
	low := strings.ToLower(password)
	local, _, _ := strings.Cut(email, "@")
	for _, w := range append(strings.Fields(strings.ToLower(name)), local, "password", "парол", "құпиясөз", "1234567890", "qwertyuiop") {
		if utf8.RuneCountInString(w) >= 4 && strings.Contains(low, w) && utf8.RuneCountInString(w)*2 >= n {
			return errGuessable
		}
	}
	if strings.Count(low, low[:1]) == len(low) {
		return errGuessable
	}
	return nil
}

// WrongOldPassword tells whether a change was refused because of the present password.
func WrongOldPassword(err error) bool { return errors.Is(err, errOld) }
