package app_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"kualik/internal/demo/mails"
	"kualik/internal/demo/world"
)

// heldOut is the seed of mails at which nobody looked while the readers were made.
const heldOut = 90417

// TestMailOfEveryMake takes in mails of every program, form and fault, on the way of the real ones, and holds
// the ledger and the certificates against the truth: at least 99 of 100 outcomes right, no certificate that
// nobody sent, and nothing decided wrongly without a person. KUALIK_WILD is another seed, KUALIK_WILD_MAILS
// another number.
func TestMailOfEveryMake(t *testing.T) {
	t.Parallel() // it waits for a program
	seed, n, slow := uint64(heldOut), 120, os.Getenv("KUALIK_TORTURE") != ""
	if slow {
		n = 600
	}
	if s, err := strconv.ParseUint(os.Getenv("KUALIK_WILD"), 10, 64); err == nil {
		seed = s
	}
	if s, err := strconv.Atoi(os.Getenv("KUALIK_WILD_MAILS")); err == nil {
		n = s
	}
	w := world.Generate(seed, world.Usual("2026-11-20"))
	list, err := mails.Wild(w, seed, n, slow)
	if err != nil {
		t.Fatal(err)
	}
	in := newInstallation(t, "KUALIK_MODE=demo")
	dir := t.TempDir()
	if keep := os.Getenv("KUALIK_WILD_DIR"); keep != "" {
		dir = keep
	}
	in.importWorld(w, dir)
	for i, m := range list {
		if err := os.WriteFile(filepath.Join(dir, "mails", fmt.Sprintf("%05d.eml", i)), m.Raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Now()
	p := in.start("ingest", filepath.Join(dir, "mails"))
	if !p.ended(time.Hour) || p.err != nil {
		t.Fatalf("kualik ingest: %v\n%s", p.err, p.said.tail())
	}
	took := time.Since(begun)
	j := &wildJudge{t: t, world: w, shapes: map[string]*tally{}, excuses: map[string]int{}}
	j.ledger(in.run("export", "mail", "--format", "jsonl"), list, j.certificates(in.run("export", "certificates", "--format", "jsonl")))
	j.report()
	t.Logf("seed %d: %d mails in %.0f s, outcomes right %d, excused %d, wrong %d; certificates right %d of %d; decided alone: %d applications, %d people, all right but %d",
		seed, len(list), took.Seconds(), j.right, j.excused, j.wrong, j.brought, j.sent, j.apps, j.people, j.decidedWrongly)
	if 100*j.wrong > len(list) || 100*(j.sent-j.brought) > j.sent {
		t.Error("too many mails are misunderstood")
	}
	if j.decidedWrongly > 0 || j.invented > 0 {
		t.Errorf("%d decisions without a person are wrong, %d certificates were never sent", j.decidedWrongly, j.invented)
	}
}

// importWorld imports the people and applications of a world.
func (in *installation) importWorld(w *world.World, dir string) {
	in.t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "mails"), 0o700); err != nil {
		in.t.Fatal(err)
	}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"staff":        func(b *bytes.Buffer) error { return w.WriteStaff(b) },
		"applications": func(b *bytes.Buffer) error { return w.WriteApplications(b) },
	} {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			in.t.Fatal(err)
		}
		path := filepath.Join(dir, name+".csv")
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			in.t.Fatal(err)
		}
		in.run("import", name, path)
	}
}

type tally struct{ right, excused, wrong int }

// wildJudge compares what Kualik exports with the truth.
type wildJudge struct {
	t                                    *testing.T
	world                                *world.World
	shapes                               map[string]*tally // by what a mail brings, and by how
	right, excused, wrong                int
	sent, brought                        int // certificates, once for each mail
	apps, people                         int
	decidedWrongly, invented, complaints int
	excuses                              map[string]int // why a person was asked who need not have been
}

func (j *wildJudge) complain(format string, args ...any) {
	if j.complaints++; j.complaints <= 40 {
		j.t.Logf(format, args...)
	}
}

// certificates judges every decision, and gives the key in the world for each certificate's id.
func (j *wildJudge) certificates(jsonl string) map[string]string {
	keys := map[string]string{}
	for line := range strings.Lines(jsonl) {
		var c struct {
			ID, Number, Title, Reading string
			RegisteredOn               string `json:"registered_on"`
			ApplicationDecision        string `json:"application_decision"`
			ApplicationRef             string `json:"application_ref"`
			Authors                    []struct {
				Name, Decision string
				StaffID        string `json:"staff_id"`
			}
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			j.t.Fatal(err)
		}
		i := slices.IndexFunc(j.world.Certificates, func(x world.Certificate) bool {
			return x.Number == c.Number && string(x.RegisteredOn) == c.RegisteredOn
		})
		if i < 0 {
			keys[c.ID] = "?" + c.Number
			if c.Reading == "sure" && c.Number != "40311" { // that one is on a photograph of nobody in this world
				j.invented++
				j.complain("a certificate that nobody sent: %s", line)
			}
			continue
		}
		truth := j.world.Certificates[i]
		keys[c.ID] = truth.Key
		if c.ApplicationDecision == "auto" {
			if j.apps++; c.ApplicationRef != truth.ApplicationRef || truth.Ambiguous {
				j.decidedWrongly++
				j.complain("application %s of %s, should be %q", c.ApplicationRef, truth.Key, truth.ApplicationRef)
			}
		}
		for k, a := range c.Authors {
			if a.Decision != "auto" {
				continue
			}
			if j.people++; k >= len(truth.Authors) || a.StaffID != truth.Authors[k].StaffID {
				j.decidedWrongly++
				j.complain("author %s of %s is %s", a.Name, truth.Key, a.StaffID)
			}
		}
	}
	return keys
}

func (j *wildJudge) ledger(jsonl string, list []mails.Mail, keys map[string]string) {
	rows := map[string]ledgerRow{} // by the mailbox file:NAME
	for line := range strings.Lines(jsonl) {
		var r ledgerRow
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			j.t.Fatal(err)
		}
		rows[r.Mailbox] = r
	}
	for i, m := range list {
		r, ok := rows[fmt.Sprintf("file:%05d.eml", i)]
		if sum := sha256.Sum256(m.Raw); !ok || r.SHA256 != hex.EncodeToString(sum[:]) {
			j.t.Errorf("mail %d has no row", i)
			continue
		}
		j.mail(i, m, r, keys)
	}
}

type ledgerRow struct {
	Mailbox, SHA256, Outcome, Reason string
	Certificates                     []string
}

func (j *wildJudge) mail(i int, m mails.Mail, r ledgerRow, keys map[string]string) {
	var got []string
	for _, id := range r.Certificates {
		got = append(got, keys[id])
	}
	var missing, strange []string
	for _, k := range m.Truth.Certificates {
		if !slices.Contains(got, k) && m.Truth.Outcome != mails.Duplicate {
			missing = append(missing, k)
		}
	}
	for _, k := range got {
		if !slices.Contains(m.Truth.Certificates, k) && !strings.HasPrefix(k, "?") {
			strange = append(strange, k)
		}
	}
	j.invented += len(strange)
	if m.Truth.Outcome != mails.Duplicate && r.Outcome != mails.Quarantined || len(m.Truth.Also) == 0 {
		j.sent += len(m.Truth.Certificates)
		j.brought += len(m.Truth.Certificates) - len(missing)
	} else {
		missing = nil
	}
	one := &tally{right: 1}
	switch {
	case r.Outcome == m.Truth.Outcome && len(missing)+len(strange) == 0:
		j.right++
	case slices.Contains(m.Truth.Also, r.Outcome) && len(strange) == 0:
		j.excused++
		j.excuses[fmt.Sprintf("%s, %d certificates", r.Reason, len(got))]++
		one = &tally{excused: 1}
	default:
		j.wrong++
		one = &tally{wrong: 1}
		j.complain("mail %05d %v: %s %s, should be %s; missing %v, strange %v", i, m.Truth.Tags, r.Outcome, r.Reason, m.Truth.Outcome, missing, strange)
	}
	for _, tag := range m.Truth.Tags {
		if j.shapes[tag] == nil {
			j.shapes[tag] = &tally{}
		}
		s := j.shapes[tag]
		s.right, s.excused, s.wrong = s.right+one.right, s.excused+one.excused, s.wrong+one.wrong
	}
}

func (j *wildJudge) report() {
	var names []string
	for n := range j.shapes {
		names = append(names, n)
	}
	sort.Strings(names)
	var b strings.Builder
	for _, n := range names {
		s := j.shapes[n]
		fmt.Fprintf(&b, "%s %d/%d", n, s.right, s.right+s.excused+s.wrong)
		if s.excused > 0 {
			fmt.Fprintf(&b, " (%d excused)", s.excused)
		}
		b.WriteString("; ")
	}
	j.t.Log(b.String())
	if len(j.excuses) > 0 {
		j.t.Logf("left to a person who need not have been asked: %v", j.excuses)
	}
}
