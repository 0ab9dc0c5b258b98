package forward_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"kualik/internal/clock"
	"kualik/internal/forward"
	"kualik/internal/postgres/pgtest"
)

const base = "Certificates@karatal.example"

func service(random io.Reader) *forward.Service {
	return forward.New(forward.Options{Base: base, Clock: clock.At(time.Date(2026, 9, 17, 9, 0, 0, 0, time.UTC)), Random: random})
}

func staff(t *testing.T, pool *pgxpool.Pool, id, email string, iin []byte) uuid.UUID {
	s := clock.NewID()
	_, err := pool.Exec(t.Context(), `INSERT INTO staff (id, staff_id, surname, given_name, emails, iin_hash, created_at, updated_at) VALUES ($1, $2, 'С', 'М', ARRAY[$3::text], $4, now(), now())`, s, id, email, iin)
	require.NoError(t, err)
	return s
}

var personal = regexp.MustCompile(`^certificates\+[2-9bcdfghjkmnpqrstvwxz]{4}@karatal\.example$`)

func TestAPersonHasOneAddressForEver(t *testing.T) {
	pool := pgtest.New(t)
	s := service(nil)
	laura := staff(t, pool, "T1", "laura@karatal.example", []byte("iin of Laura"))
	bare := staff(t, pool, "T2", "bare@karatal.example", nil)

	first, err := s.Address(t.Context(), pool, []byte("iin of Laura"))
	require.NoError(t, err)
	require.Regexp(t, personal, first)
	for name, ask := range map[string]func() (string, error){
		"by number":  func() (string, error) { return s.Address(t.Context(), pool, []byte("iin of Laura")) },
		"by staff":   func() (string, error) { return s.AddressOfStaff(t.Context(), pool, laura) },
		"by address": func() (string, error) { return s.AddressOf(t.Context(), pool, " Laura@karatal.example") },
	} {
		again, err := ask()
		require.NoError(t, err, name)
		require.Equal(t, first, again, name)
	}
	of, ok, err := s.Staff(t.Context(), pool, s.TagOf([]string{first}))
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, laura, of)

	other, err := s.AddressOfStaff(t.Context(), pool, bare)
	require.NoError(t, err)
	require.Regexp(t, personal, other)
	require.NotEqual(t, first, other)
	of, ok, err = s.Staff(t.Context(), pool, s.TagOf([]string{other}))
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, bare, of)
}

func TestAnAddressThatTwoShareIsNobodys(t *testing.T) {
	pool := pgtest.New(t)
	s := service(nil)
	staff(t, pool, "T1", "chemistry@karatal.example", []byte("a"))
	staff(t, pool, "T2", "chemistry@karatal.example", nil)
	for _, who := range []string{"chemistry@karatal.example", "stranger@mail.example", ""} {
		got, err := s.AddressOf(t.Context(), pool, who)
		require.NoError(t, err)
		require.Equal(t, "certificates@karatal.example", got, who)
	}
	account := clock.NewID()
	_, err := pool.Exec(t.Context(), `INSERT INTO account (id, email, name, role, iin_sealed, iin_hash, created_at) VALUES ($1, '', 'А', 'author', 'x', 'b', now())`, account)
	require.NoError(t, err)
	_, err = pool.Exec(t.Context(), `INSERT INTO profile (account_id, email_eds, updated_at) VALUES ($1, 'author@mail.example', now())`, account)
	require.NoError(t, err)
	got, err := s.AddressOf(t.Context(), pool, "author@mail.example")
	require.NoError(t, err)
	require.Regexp(t, personal, got, "an author who is no staff is known by the number")
	again, err := s.AddressOfAccount(t.Context(), pool, account)
	require.NoError(t, err)
	require.Equal(t, got, again)
	_, ok, err := s.Staff(t.Context(), pool, s.TagOf([]string{got}))
	require.NoError(t, err)
	require.False(t, ok)
}

func TestNoTagIsGivenTwice(t *testing.T) {
	pool := pgtest.New(t)
	same := service(bytes.NewReader(append(bytes.Repeat([]byte{1}, 8), bytes.Repeat([]byte{2}, 4)...)))
	a, err := same.Address(t.Context(), pool, []byte("a"))
	require.NoError(t, err)
	require.Equal(t, "certificates+3333@karatal.example", a)
	b, err := same.Address(t.Context(), pool, []byte("b"))
	require.NoError(t, err)
	require.Equal(t, "certificates+4444@karatal.example", b, "the tag that was drawn again is another's")

	// When the short ones are used up the tag grows.
	full := service(io.MultiReader(bytes.NewReader(bytes.Repeat([]byte{1}, 8*4)), bytes.NewReader(bytes.Repeat([]byte{1}, 5))))
	c, err := full.Address(t.Context(), pool, []byte("c"))
	require.NoError(t, err)
	require.Equal(t, "certificates+33333@karatal.example", c)
}

func TestManyAtOnceAgree(t *testing.T) {
	pool := pgtest.New(t)
	s := service(rand.Reader)
	got := make([]string, 16)
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			address, err := s.Address(t.Context(), pool, []byte("one person"))
			if err == nil {
				got[i] = address
			}
		})
	}
	wg.Wait()
	for _, g := range got {
		require.Regexp(t, personal, g)
		require.Equal(t, got[0], g)
	}
}

func TestTagsOfALetter(t *testing.T) {
	s := service(nil)
	for want, to := range map[string][]string{
		"k7f3": {"a@b.example", "CERTIFICATES+K7F3@Karatal.Example", "certificates+k7f3@karatal.example"},
	} {
		require.Equal(t, want, s.TagOf(to))
	}
	for name, to := range map[string][]string{
		"none":         {"certificates@karatal.example"},
		"empty":        {"certificates+@karatal.example"},
		"two people's": {"certificates+k7f3@karatal.example", "certificates+m9x4@karatal.example"},
		"another host": {"certificates+k7f3@evil.example"},
		"another box":  {"rector+k7f3@karatal.example"},
		"no address":   {"", "+", "@"},
	} {
		require.Empty(t, s.TagOf(to), name)
	}
	require.Empty(t, forward.New(forward.Options{}).TagOf([]string{"+k7f3@"}))
}

func TestWithoutTags(t *testing.T) {
	pool := pgtest.New(t)
	for want, o := range map[string]forward.Options{"": {}, "office@karatal.example": {Base: "office@karatal.example", Plain: true}} {
		s := forward.New(o)
		got, err := s.Address(t.Context(), pool, []byte("a"))
		require.NoError(t, err)
		require.Equal(t, want, got)
		got, err = s.AddressOf(t.Context(), pool, "a@b.example")
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	var n int
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*) FROM forward_tag`).Scan(&n))
	require.Zero(t, n)
}
