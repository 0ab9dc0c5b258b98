package app_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kualik/internal/demo/world"
	"kualik/internal/mailbox/dovecottest"
)

const owner = "office" // of the mailbox

// kills is how often a program is killed in one torture, and tortures how many there are: 20 kills are
// everybody's, 200 the long version's.
const kills = 20

func tortures() int {
	if os.Getenv("KUALIK_TORTURE") != "" {
		return 10
	}
	return 1
}

// TestKilledAtAnyMoment polls and reads 2,000 messages with a program that is killed again and again. With
// it dies the private PostgreSQL. Nothing may be lost and nothing doubled.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel() // it waits more than it works
	for round := range tortures() {
		seed := uint64(round) + 1
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			k := newKiller(t, seed, 2000)
			for i := range kills {
				k.deliver(k.portion(i, kills))
				k.round(i)
			}
			k.deliver(len(k.list))
			begun := time.Now()
			k.run("poll", "--once")
			t.Logf("the rest took %.1f s; killed while starting %d, fetching %d, reading %d times; it had ended before %d times",
				time.Since(begun).Seconds(), k.hit["starting"], k.hit["fetching"], k.hit["reading"], k.hit["ended"])
			if k.hit["fetching"] < kills/10 || k.hit["reading"] < kills/10 {
				t.Errorf("the kills do not fall where they should: %v", k.hit)
			}
			k.complete()
			before := k.run("export", "mail") + k.run("export", "certificates")
			k.run("poll", "--once")
			if after := k.run("export", "mail") + k.run("export", "certificates"); after != before {
				t.Error("polling once more, with nothing new, has changed the data")
			}
		})
	}
}

// TestTwoProcessesOneKilled has a worker and a poller on one private database. One of them is killed, in
// turn the one and the other; now and then it is the one that runs PostgreSQL.
func TestTwoProcessesOneKilled(t *testing.T) {
	t.Parallel() // it waits more than it works
	for round := range tortures() {
		seed := uint64(round) + 101
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			rounds, letters := 2, 160
			if tortures() > 1 {
				rounds, letters = 6, 400
			}
			k := newKiller(t, seed, letters)
			k.env = append(k.env, "KUALIK_POLL_EVERY=@every 1s")
			worker := k.start("serve", "--role", "worker")
			for i := range rounds {
				k.deliver(k.portion(i, rounds))
				poller := k.start("poll", "--once")
				victim, other, name := worker, poller, "the worker"
				if i%2 == 1 {
					victim, other, name = poller, worker, "the poller"
				}
				after := time.Duration(k.rng.IntN(1500)) * time.Millisecond
				victim.wait(func() bool { return false }, after)
				state := "ended already"
				if victim.runs() {
					state = "killed"
				}
				victim.kill()
				t.Logf("kill %d: %s %s after %v", i, name, state, after)
				if victim == worker {
					worker = k.start("serve", "--role", "worker")
					if !poller.ended(2 * time.Minute) {
						t.Fatalf("the poller does not end after the worker's death:\n%s", poller.said.tail())
					}
					if poller.err != nil {
						t.Errorf("the poller did not survive the worker: %v\n%s", poller.err, poller.said.tail())
					}
				} else if !other.runs() {
					t.Fatalf("the worker did not survive the poller: %v\n%s", other.err, other.said.tail())
				}
			}
			k.deliver(len(k.list))
			k.run("poll", "--once")
			k.stop(worker)
			k.complete()
		})
	}
}

// killer kills the programs of one installation.
type killer struct {
	*installation
	rng     *rand.Rand
	dovecot *dovecottest.Server
	world   *world.World
	list    []letter
	given   int            // how many of the list are in the mailbox
	hit     map[string]int // in which phase the program was killed
}

func newKiller(t *testing.T, seed uint64, n int) *killer {
	t.Helper()
	server := dovecottest.Start(t)
	k := &killer{installation: newInstallation(t, "KUALIK_REPLY=false", "KUALIK_MAILBOX_URL="+server.URL(owner, "INBOX")), dovecot: server,
		rng: rand.New(rand.NewPCG(seed, 0x6b696c6c)), hit: map[string]int{}}
	begun := time.Now()
	k.world = world.Generate(seed, world.Usual(tortureDay))
	k.list = letters(t, k.world, n)
	size := 0
	for _, l := range k.list {
		size += len(l.raw)
	}
	t.Logf("%d letters of %d KB on average, written in %.1f s", len(k.list), size/len(k.list)>>10, time.Since(begun).Seconds())
	for name, write := range map[string]func(*bytes.Buffer) error{
		"staff":        func(b *bytes.Buffer) error { return k.world.WriteStaff(b) },
		"applications": func(b *bytes.Buffer) error { return k.world.WriteApplications(b) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), name+".csv")
		if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 { // killed while it makes the database, at first, and while it imports
			p := k.start("import", name, file)
			p.wait(func() bool { return false }, time.Duration(k.rng.IntN(1200))*time.Millisecond)
			p.kill()
		}
		k.run("import", name, file)
	}
	// The reader of PDF compiles itself once in a data folder, for seconds. That is done before the first
	// kill, or no program would live long enough to read anything.
	k.deliver(5)
	k.run("poll", "--once")
	return k
}

// portion is how much of the mail has arrived by the i-th of n kills: a fifth at once, then evenly, so that
// there is something to fetch and to read in every round.
func (k *killer) portion(i, n int) int {
	first := len(k.list) / 5
	return first + (len(k.list)-first)*i/n
}

// deliver puts letters into the mailbox until there are n.
func (k *killer) deliver(n int) {
	for ; k.given < n; k.given++ {
		k.dovecot.Deliver(k.t, owner, "INBOX", k.list[k.given].raw)
	}
}

// round starts the program and kills it: some time after its start, while it stores what it fetches, or
// after it has fetched all.
func (k *killer) round(i int) {
	files := k.files()
	p := k.start("poll", "--once")
	begun := time.Now()
	var trigger string
	switch how := k.rng.IntN(10); {
	case how < 2:
		after := time.Duration(k.rng.IntN(1200)) * time.Millisecond
		trigger = fmt.Sprintf("%v after its start", after)
		p.wait(func() bool { return false }, after)
	case how < 6:
		more := 1 + k.rng.IntN(60)
		after := time.Duration(k.rng.IntN(12)) * time.Millisecond
		trigger = fmt.Sprintf("%v after %d new files", after, more)
		p.wait(func() bool { return k.files() >= files+more }, 20*time.Second)
		p.wait(func() bool { return false }, after)
	default:
		after := time.Duration(k.rng.IntN(1500)) * time.Millisecond
		trigger = fmt.Sprintf("%v after all was fetched", after)
		p.wait(func() bool { return p.said.has("msg=polled") }, 20*time.Second)
		p.wait(func() bool { return false }, after)
	}
	running := p.runs()
	p.kill()
	phase := "starting"
	switch fetched := p.said.has("msg=polled"); {
	case !running && p.err != nil:
		k.t.Fatalf("the program failed before it was killed: %v\n%s", p.err, p.said.tail())
	case !running:
		phase = "ended"
	case fetched:
		phase = "reading"
	case k.files() > files:
		phase = "fetching"
	}
	k.hit[phase]++
	k.t.Logf("kill %d: %s, %d ms after its start: %s", i, trigger, time.Since(begun).Milliseconds(), phase)
	if i%5 == 4 {
		k.consistent()
	}
}

// files counts the files of the store.
func (k *killer) files() (n int) {
	folders, _ := os.ReadDir(filepath.Join(k.dir, "files"))
	for _, f := range folders {
		if len(f.Name()) == 2 {
			list, _ := os.ReadDir(filepath.Join(k.dir, "files", f.Name()))
			n += len(list)
		}
	}
	return n
}
