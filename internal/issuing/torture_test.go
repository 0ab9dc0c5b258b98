package issuing

import (
	"bufio"
	"bytes"
	"context"
	crypto "crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/phpdave11/gofpdf"
	"github.com/stretchr/testify/require"

	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/jobs"
	"kualik/internal/pki"
	"kualik/internal/pki/issue"
	"kualik/internal/pki/pades"
	"kualik/internal/postgres"
	"kualik/internal/postgres/pgtest"
)

// kills is how often the program is killed while it issues: 20 times for everybody, 200 in the long version.
func kills() int {
	if os.Getenv("KUALIK_TORTURE") != "" {
		return 200
	}
	return 20
}

// What the killed program is given.
const (
	victimURL  = "KUALIK_ISSUING_VICTIM" // its database; empty: this is no victim
	victimDir  = "KUALIK_ISSUING_DIR"
	victimSeed = "KUALIK_ISSUING_SEED"
	victimEnds = "KUALIK_ISSUING_ENDS" // it ends when nothing is pending
)

// TestKilledWhileIssuing has a desk that prepares, corrects, gives up and changes its mind, and the engine that
// seals, in one program that is killed again and again: by itself in the midst of the work, or from outside at any
// moment. Numbers stay unique and without an unexplained gap, each sealed version was told to the desk once, and
// no number that somebody was given is lost.
func TestKilledWhileIssuing(t *testing.T) {
	if os.Getenv(victimURL) != "" {
		t.Skip("this is the victim")
	}
	url, dir := pgtest.URL(t), t.TempDir()
	root, identity := tortureSeal(t, dir)
	pool, err := postgres.Open(t.Context(), url)
	require.NoError(t, err)
	defer pool.Close()
	_, err = pool.Exec(t.Context(), `CREATE TABLE told (id uuid PRIMARY KEY, n bigint, version int)`)
	require.NoError(t, err)
	rng := rand.New(rand.NewPCG(4, 0x6b696c6c))
	v := &victims{t: t, url: url, dir: dir}
	for i := 0; i < kills() || len(v.given) <= kills()/2 && i < 5*kills(); i++ { // a slow machine needs longer lives
		v.live(rng.Uint64(), time.Duration((20+rng.IntN(280))*(1+i/kills()))*time.Millisecond, i)
	}
	v.live(rng.Uint64(), 0, -1)
	t.Logf("%d numbers were given out loud; the program died by itself while it had just %v, and %d times at any moment", len(v.given), v.moments, v.outside)

	blobs, err := blob.Open(t.Context(), "", filepath.Join(dir, "files"))
	require.NoError(t, err)
	s := New(Options{Pool: pool, Clock: clock.System{}, Zone: zone, Blobs: blobs, Log: slog.New(slog.DiscardHandler), Seal: identity})
	n, err := s.Numbers(t.Context())
	require.NoError(t, err)
	require.Empty(t, n.Missing, "numbers that nothing explains")
	require.Equal(t, int64(n.Given), n.Last-n.First+1)
	require.Greater(t, n.Given, kills()/2, "hardly anything was issued")
	for _, g := range n.GivenUp {
		require.NotEmpty(t, g.Reason)
	}
	list, err := entries(t.Context(), pool, `WHERE true ORDER BY e.n, e.version`, args{})
	require.NoError(t, err)
	known := map[int64]bool{}
	sealed := 0
	for i, e := range list {
		known[e.Number] = true
		require.NotEqual(t, Pending, e.State, "№ %d is not sealed", e.Number)
		if e.SHA256 == "" {
			continue
		}
		sealed++
		_, pdf, err := s.PDF(t.Context(), e.ID)
		require.NoError(t, err, "№ %d has no file", e.Number)
		require.Equal(t, e.SHA256, blob.Sum(pdf))
		if i%7 == 0 {
			require.True(t, pades.Verify(pdf, pki.Options{At: time.Now(), Trust: pki.NewTrust(root)}).Valid)
		}
	}
	for _, number := range v.given {
		require.True(t, known[number], "№ %d was given and is gone", number)
	}
	var told, wrong int
	require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(*), count(*) FILTER (WHERE e.id IS NULL OR e.sha256 = '') FROM told t LEFT JOIN issuing_entry e ON e.id = t.id`).Scan(&told, &wrong))
	require.Equal(t, sealed, told, "each sealed version was told once")
	require.Zero(t, wrong)
}

func tortureSeal(t *testing.T, dir string) (root []byte, seal *pades.Seal) {
	t.Helper()
	now := time.Now()
	a, err := issue.NewAuthority(crypto.Reader, issue.RSA, "КО TEST", now)
	require.NoError(t, err)
	id, err := a.Issue(issue.Person{Surname: "ӘБІЛДИН", GivenName: "САМАТ", IIN: "700101399013"}, issue.Sign, now.Add(-time.Hour), now.AddDate(1, 0, 0))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "seal.pem"), id.Marshal(), 0o600))
	seal, err = pades.OpenSeal(id.Marshal(), "")
	require.NoError(t, err)
	return a.Certificate, seal
}

// victims are the programs that are killed.
type victims struct {
	t        *testing.T
	url, dir string
	given    []int64 // numbers of which one said that they are given
	moments  map[string]int
	outside  int
}

// live runs a program that dies: by itself, or after so long a life; life 0 lets it end what is left.
func (v *victims) live(seed uint64, life time.Duration, kill int) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.t.Context(), 2*time.Minute)
	defer cancel()
	cmd := osexec.CommandContext(ctx, os.Args[0], "-test.run=^TestVictim$", "-test.count=1") //nolint:gosec // ourselves
	cmd.Env = append(os.Environ(), victimURL+"="+v.url, victimDir+"="+v.dir, victimSeed+"="+strconv.FormatUint(seed, 10))
	if life == 0 {
		cmd.Env = append(cmd.Env, victimEnds+"=1")
	}
	var trouble bytes.Buffer
	cmd.Stderr = &trouble
	out, err := cmd.StdoutPipe()
	require.NoError(v.t, err)
	require.NoError(v.t, cmd.Start())
	died := ""
	var bomb *time.Timer
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "ready":
			if life > 0 {
				bomb = time.AfterFunc(life, func() { cmd.Process.Kill() }) //nolint:errcheck // it may have died
			}
		case "given":
			n, err := strconv.ParseInt(rest, 10, 64)
			require.NoError(v.t, err)
			v.given = append(v.given, n)
		case "dying":
			died = rest
		case "trouble":
			v.t.Errorf("kill %d: %s", kill, rest)
		}
	}
	err = cmd.Wait()
	if bomb != nil {
		bomb.Stop()
	}
	switch {
	case life == 0:
		require.NoError(v.t, err, "%s", trouble.String())
	case died != "":
		if v.moments == nil {
			v.moments = map[string]int{}
		}
		v.moments[died]++
	default:
		v.outside++
	}
	var status *osexec.ExitError
	if life > 0 && (!errors.As(err, &status) || status.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL) {
		v.t.Errorf("kill %d: it ended by itself: %v\n%s", kill, err, trouble.String())
	}
}

// TestVictim is the program that is killed, when the test above starts it.
func TestVictim(t *testing.T) {
	url, dir := os.Getenv(victimURL), os.Getenv(victimDir)
	if url == "" {
		t.Skip("started by another test only")
	}
	seed, err := strconv.ParseUint(os.Getenv(victimSeed), 10, 64)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	pool, err := postgres.Open(ctx, url)
	require.NoError(t, err)
	defer pool.Close()
	file, err := os.ReadFile(filepath.Join(dir, "seal.pem"))
	require.NoError(t, err)
	seal, err := pades.OpenSeal(file, "")
	require.NoError(t, err)
	blobs, err := blob.Open(ctx, "", filepath.Join(dir, "files"))
	require.NoError(t, err)
	d := &desk{pool: pool, rng: rand.New(rand.NewPCG(seed, 1))}
	d.Service = New(Options{Pool: pool, Clock: clock.System{}, Zone: zone, Blobs: blobs, Log: slog.New(slog.DiscardHandler), Seal: seal, Office: "Мекеме", PublicURL: "https://kualik.example"})
	d.paper = func(e Entry) ([]byte, error) {
		f := gofpdf.New("P", "mm", "A4", "")
		f.AddPage()
		f.SetFont("Helvetica", "", 12)
		f.Text(20, 30, fmt.Sprint(e.Number, e.Version))
		var b bytes.Buffer
		err := f.Output(&b)
		return b.Bytes(), err
	}
	d.OnIssued(func(ctx context.Context, tx pgx.Tx, e Entry) error {
		_, err := tx.Exec(ctx, `INSERT INTO told VALUES ($1, $2, $3)`, e.ID, e.Number, e.Version)
		return err
	})
	book := jobs.NewBook()
	jobs.Add(book, time.Minute, d.Work)
	engine, err := jobs.New(pool, book, 2, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	d.o.Jobs = engine
	if os.Getenv(victimEnds) == "" {
		d.doom()
	}
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(ctx) }()
	fmt.Println("ready")
	for {
		var left int
		require.NoError(t, pool.QueryRow(ctx, `SELECT count(*) FROM issuing_entry WHERE state = 'pending'`).Scan(&left))
		switch {
		case os.Getenv(victimEnds) == "" && left < 6:
			if err := d.deed(ctx); err != nil {
				fmt.Println("trouble", err)
			}
			continue
		case os.Getenv(victimEnds) != "" && left == 0:
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

// desk is somebody who issues without rest.
type desk struct {
	*Service
	pool *pgxpool.Pool
	rng  *rand.Rand
}

// doom chooses whether the program dies by itself, and when.
func (d *desk) doom() {
	moments := []string{"drawn", "sealed", "stored", "written", "told", ""}
	moment, times := moments[d.rng.IntN(len(moments))], 1+d.rng.IntN(4)
	left := make(chan int, 1)
	left <- times
	d.at = func(m string) error {
		if m != moment {
			return nil
		}
		n := <-left - 1
		left <- n
		if n == 0 {
			fmt.Println("dying", m)
			syscall.Kill(os.Getpid(), syscall.SIGKILL) //nolint:errcheck // nobody is left to see it
			select {}
		}
		return nil
	}
}

// deed is one thing that a desk does.
func (d *desk) deed(ctx context.Context) error {
	var number int64
	err := pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		switch how := d.rng.IntN(10); {
		case how < 6:
			e, err := d.Prepare(ctx, tx, registrar, Work{FilingID: uuid.New(), Title: "Еңбек", Kind: "scientific_work", CreatedOn: "2026-01-01", Authors: []Author{{Name: "Автор"}}})
			if number = e.Number; err == nil && how == 5 {
				return errDied // it changed its mind
			}
			return err
		case how < 8:
			e, err := d.some(ctx, tx, Valid)
			if err != nil {
				return err
			}
			_, err = d.Correct(ctx, tx, registrar, e, Correction{Cause: Change, Reason: "өзгерді", Title: "Еңбек", CreatedOn: "2026-01-01", Authors: []Author{{Name: "Автор"}}})
			return err
		case how == 8:
			e, err := d.some(ctx, tx, Valid)
			if err == nil {
				_, err = d.Annul(ctx, tx, registrar, e, "сот шешімі")
			}
			return err
		default:
			e, err := d.some(ctx, tx, Pending)
			if err == nil {
				err = d.GiveUp(ctx, tx, registrar, e, "өтінім кері қайтарылды")
			}
			return err
		}
	})
	if err == nil && number > 0 {
		fmt.Println("given", number)
	}
	if errors.Is(err, errDied) || errors.Is(err, errNotFound) || strings.Contains(fmt.Sprint(err), "issuing.error.") {
		return nil // somebody was there first, or nothing is there yet
	}
	return err
}

func (d *desk) some(ctx context.Context, tx pgx.Tx, st State) (id uuid.UUID, err error) {
	err = tx.QueryRow(ctx, `SELECT id FROM issuing_entry WHERE state = $1 ORDER BY random() LIMIT 1`, string(st)).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		err = errNotFound
	}
	return id, err
}
