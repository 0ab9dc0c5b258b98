package notify

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/mail"
	"os"
	osexec "os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/jobs"
	"kualik/internal/postgres"
	"kualik/internal/postgres/pgtest"
)

// kills is how often the program is killed while it sends: 20 times for everybody, 200 in the long version.
func kills() int {
	if os.Getenv("KUALIK_TORTURE") != "" {
		return 200
	}
	return 20
}

// What the killed program is given.
const (
	victimURL  = "KUALIK_NOTIFY_VICTIM" // its database; empty: this is no victim
	victimPost = "KUALIK_NOTIFY_POST"   // the mail server's address
	victimSeed = "KUALIK_NOTIFY_SEED"
	victimEnds = "KUALIK_NOTIFY_ENDS" // it queues nothing, and ends when nothing waits
)

// sending is a program that queues letters and sends them, and is killed: by the mail server in the midst of a
// letter, or from outside at any moment.
type sending struct {
	t         *testing.T
	url, post string
	server    *post
	queued    []uuid.UUID // letters of which a program said that they are queued
	moments   map[string]int
}

// TestKilledWhileMailing: no letter that was queued is lost, and none goes twice unless the program died between
// the letter's last dot and the server's answer; then its attempt says so.
func TestKilledWhileMailing(t *testing.T) {
	if os.Getenv(victimURL) != "" {
		t.Skip("this is the victim")
	}
	server, address := startPost(t)
	url := pgtest.URL(t)
	s := &sending{t: t, url: url, post: address, server: server, moments: map[string]int{}}
	rng := rand.New(rand.NewPCG(7, 0x6c6574746572))
	for i := 0; i < kills() || (s.moments["dot"] == 0 || len(s.queued) <= kills()/2) && i < 5*kills(); i++ { // a slow machine needs longer lives
		s.live(rng.Uint64(), []string{"rcpt", "data", "dot", ""}[rng.IntN(4)], 1+rng.IntN(4), time.Duration((20+rng.IntN(300))*(1+i/kills()))*time.Millisecond)
	}
	s.live(rng.Uint64(), "", 0, 0)

	pool, err := postgres.Open(t.Context(), url)
	require.NoError(t, err)
	defer pool.Close()
	went := map[string]int{}
	for _, raw := range server.taken() {
		m, err := mail.ReadMessage(strings.NewReader(raw))
		require.NoError(t, err)
		went[strings.Trim(m.Header.Get("Message-ID"), "<>")]++
	}
	rows, err := pool.Query(t.Context(), `SELECT l.id, l.state, l.message_id, (SELECT count(*) FROM letter_attempt a WHERE a.letter_id = l.id AND a.outcome = 'offered') AS open FROM letter l`)
	require.NoError(t, err)
	type row struct {
		ID        uuid.UUID
		State     string
		MessageID string
		Open      int
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[row])
	require.NoError(t, err)
	known, twice, uncertain := map[uuid.UUID]bool{}, 0, 0
	for _, l := range list {
		known[l.ID] = true
		n := went[l.MessageID]
		require.Equal(t, string(Sent), l.State, "a letter that nobody sends")
		require.GreaterOrEqual(t, n, 1, "a letter is called sent and never went")
		require.LessOrEqual(t, n, 1+l.Open, "a letter went %d times, and only %d attempts say that they may have", n, l.Open)
		if n > 1 {
			twice++
		}
		if l.Open > 0 {
			uncertain++
		}
	}
	require.Len(t, went, len(list), "a letter that no row knows")
	for _, id := range s.queued {
		require.True(t, known[id], "a letter was queued and is gone")
	}
	require.Greater(t, len(s.queued), kills()/2, "hardly anything was sent")
	t.Logf("%d letters, each delivered; %d twice, %d recorded as uncertain; killed %v", len(list), twice, uncertain, s.moments)
}

// live runs a program that dies at the times-th moment of that name at the mail server, or after its life if that
// comes first; life 0 lets it end what is left.
func (s *sending) live(seed uint64, moment string, times int, life time.Duration) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	cmd := osexec.CommandContext(ctx, os.Args[0], "-test.run=^TestVictim$", "-test.count=1") //nolint:gosec // ourselves
	cmd.Env = append(os.Environ(), victimURL+"="+s.url, victimPost+"="+s.post, victimSeed+"="+strconv.FormatUint(seed, 10))
	if life == 0 {
		cmd.Env = append(cmd.Env, victimEnds+"=1")
	}
	var trouble bytes.Buffer
	cmd.Stderr = &trouble
	out, err := cmd.StdoutPipe()
	require.NoError(s.t, err)
	killed := make(chan string, 2)
	kill := func(why string) {
		killed <- why
		cmd.Process.Kill() //nolint:errcheck // it may have died
	}
	left := make(chan int, 1)
	left <- times
	require.NoError(s.t, cmd.Start())
	s.server.tell(func(step string) error {
		if n := <-left; step == moment && n == 1 {
			kill(step)
			left <- 0
		} else if step == moment {
			left <- n - 1
		} else {
			left <- n
		}
		return nil
	})
	var bomb *time.Timer
	began := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "ready":
			if life > 0 {
				bomb = time.AfterFunc(10*life, func() { kill("any moment") }) // nothing may be left to queue
			}
		case "queued":
			if s.queued = append(s.queued, uuid.MustParse(rest)); bomb != nil && !began {
				began = bomb.Reset(life)
			}
		case "trouble":
			s.t.Errorf("the program says: %s", rest)
		}
	}
	err = cmd.Wait()
	if bomb != nil {
		bomb.Stop()
	}
	if life == 0 {
		require.NoError(s.t, err, "%s", trouble.String())
		return
	}
	var status *osexec.ExitError
	if !errors.As(err, &status) || status.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		s.t.Errorf("it ended by itself: %v\n%s", err, trouble.String())
		return
	}
	s.moments[<-killed]++
}

// TestVictim is the program that is killed, when the test above starts it.
func TestVictim(t *testing.T) {
	if os.Getenv(victimURL) == "" {
		t.Skip("started by another test only")
	}
	seed, err := strconv.ParseUint(os.Getenv(victimSeed), 10, 64)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	pool, err := postgres.Open(ctx, os.Getenv(victimURL))
	require.NoError(t, err)
	defer pool.Close()
	blobs, err := blob.Open(ctx, "", t.TempDir())
	require.NoError(t, err)
	s, err := New(pool, blobs, clock.System{}, slog.New(slog.DiscardHandler), "smtp://"+os.Getenv(victimPost)+"?tls=none", "Kualik <office@example.kz>")
	require.NoError(t, err)
	book := jobs.NewBook()
	jobs.Add(book, time.Minute, s.Work)
	engine, err := jobs.New(pool, book, 2, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	s.Jobs = engine
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(ctx) }()
	fmt.Println("ready")
	rng := rand.New(rand.NewPCG(seed, 2))
	for n := 0; ; n++ {
		var waiting int
		require.NoError(t, pool.QueryRow(ctx, `SELECT count(*) FROM letter WHERE state = 'waiting'`).Scan(&waiting))
		switch {
		case os.Getenv(victimEnds) == "" && waiting < 8:
			if err := queueOne(ctx, s, fmt.Sprintf("%d-%d", seed, n), rng); err != nil {
				fmt.Println("trouble", err)
			}
			continue
		case os.Getenv(victimEnds) != "" && waiting == 0:
			cancel()
			require.NoError(t, <-ended)
			return
		}
		select {
		case err := <-ended:
			t.Fatal("the engine ended: ", err)
		case <-time.After(3 * time.Millisecond):
		}
	}
}

// queueOne writes a letter in a transaction that commits, or, now and then, does not.
func queueOne(ctx context.Context, s *Service, about string, rng *rand.Rand) error {
	var id uuid.UUID
	undone := errors.New("changed its mind")
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		l := Letter{Topic: "report", Recipient: "reader-" + about + "@example.kz", About: about, Lang: "ru", Subject: "Рейтинг", Text: strings.Repeat("Ссылка на отчёт. ", 1+rng.IntN(200))}
		if err := s.Queue(ctx, tx, l); err != nil {
			return err
		}
		if rng.IntN(10) == 0 {
			return undone
		}
		return tx.QueryRow(ctx, `SELECT id FROM letter WHERE about = $1`, about).Scan(&id)
	})
	if errors.Is(err, undone) {
		return nil
	}
	if err == nil {
		fmt.Println("queued", id)
	}
	return err
}
