package filing

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kualik/internal/account"
	"kualik/internal/i18n"
)

var update = flag.Bool("update", false, "write docs/lifecycle.md anew")

// expected says who may do what: state, then action with the relations that may. What is not here may nobody.
// It is written down a second time on purpose: the table and this must be changed together.
var expected = map[State]string{
	Draft:     "look:fardO save:F form_statement:F invoice:F add_participant:F invite:F delete:F",
	Formed:    "look:fardO edit:F invoice:F pay:F invite:F delete:F download:fardO",
	Paid:      "look:fardO edit:F sign_and_submit:F invite:F delete:F download:fardO sign:A1 remind:F1",
	Submitted: "look:faredO sign:A invite:F remind:fO download:faredO receipt:faredO withdraw:F prolong:O record_issue:dO",
	Signed: "look:faredO download:faredO receipt:faredO withdraw:F proceed:edO appoint:d ask:edO write:edO refuse:edO issue:d " +
		"record_issue:dO",
	Queried: "look:faredO download:faredO receipt:faredO withdraw:F answer:F edit:F proceed:dO appoint:d more_time:edO write:edO refuse:edO " +
		"record_issue:dO reopen:edO",
	Amending: "look:faredO save:F form_statement:F add_participant:F invite:F receipt:faredO withdraw:F answer:F appoint:d more_time:edO " +
		"write:edO refuse:edO record_issue:dO",
	Amended: "look:faredO edit:F sign_and_submit:F sign:A1 remind:F1 invite:F download:faredO receipt:faredO withdraw:F answer:F appoint:d " +
		"more_time:edO write:edO refuse:edO record_issue:dO",
	Issued:    "look:faredO download:faredO receipt:faredO request:FA write:dO issue:d record_issue:dO reopen:dO",
	Expired:   "look:faredO download:faredO receipt:faredO prolong:O withdraw:FO record_issue:dO",
	Refused:   "look:faredO download:faredO receipt:faredO write:dO reopen:dO",
	Withdrawn: "look:faredO download:faredO receipt:faredO",
	Deleted:   "look:fdO",
}

// Every state, every action, every relation, both means, both orders of signing.
func TestTableOfStatesExhaustively(t *testing.T) {
	letters := map[Relation]string{RelFiler: "f", RelAuthor: "a", RelRepresentative: "r", RelExpert: "e", RelDesk: "d", RelOffice: "o"}
	cases := 0
	for _, state := range States {
		grants := map[string]string{}
		for g := range strings.FieldsSeq(expected[state]) {
			action, who, _ := strings.Cut(g, ":")
			grants[action] = who
		}
		for _, a := range Actions {
			for _, rel := range Relations {
				for _, means := range []account.Means{account.ByEDS, account.ByPassword, account.ByLink} {
					for _, allFirst := range []bool{false, true} {
						who := grants[string(a)]
						letter := letters[rel]
						free := letter != "" && (strings.Contains(who, letter) || letter == "o" && strings.Contains(who, "O"))
						needsEDS := letter != "" && letter != "o" && strings.Contains(who, strings.ToUpper(letter))
						want := (free || needsEDS && means == account.ByEDS) && (allFirst || !strings.HasSuffix(who, "1"))
						ok, why := Can(state, a, Actor{Relation: rel, Means: means, AllFirst: allFirst})
						require.Equal(t, want, ok, "%s %s %s by %s, all first: %t", state, a, rel, means, allFirst)
						require.Equal(t, ok, why == "", "%s %s %s: a dead button has a reason", state, a, rel)
						if !ok {
							require.NotEqual(t, "filing.why.state", why, "%s %s %s: the reason says nothing", state, a, rel)
							require.NotEqual(t, why, i18n.T(i18n.KK, why), "%s has no words", why)
						}
						cases++
					}
				}
			}
		}
	}
	require.Equal(t, len(States)*len(Actions)*len(Relations)*6, cases)
}

func TestEveryMoveHasItsStates(t *testing.T) {
	seen := map[State]bool{Draft: true}
	for _, m := range moves {
		require.Contains(t, States, m.from)
		require.Contains(t, States, m.to)
		seen[m.to] = true
	}
	require.Len(t, seen, len(States), "every state is reached")
	f := Filing{State: Draft}
	require.Error(t, f.move(Submitted))
	require.Equal(t, Draft, f.State)
}

// docs/lifecycle.md says what the table says; -update writes it anew.
func TestLifecyclePage(t *testing.T) {
	const page, begin, end = "../../docs/lifecycle.md", "<!-- filing: written by go test ./internal/filing -run LifecyclePage -update -->\n", "<!-- end of filing -->\n"
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(text), begin)
	written, after, closed := strings.Cut(rest, end)
	if *update {
		if !found {
			before = strings.TrimRight(before, "\n") + "\n\n## A filing\n\n"
		}
		require.NoError(t, os.WriteFile(page, []byte(before+begin+Lifecycle()+end+after), 0o644))
		return
	}
	require.True(t, found && closed, "docs/lifecycle.md has no section about filings: go test ./internal/filing -run LifecyclePage -update")
	require.Equal(t, Lifecycle(), written, "go test ./internal/filing -run LifecyclePage -update")
}

func TestBarcode(t *testing.T) {
	require.Equal(t, "2604189", Barcode(2026, 418))
	require.Equal(t, "26123455", Barcode(2026, 12345))
	for n := int64(1); n < 3000; n++ {
		b := Barcode(2026, n)
		for i := range b {
			for d := byte('0'); d <= '9'; d++ {
				other := []byte(b)
				other[i] = d
				if d != b[i] && luhn(string(other)) {
					t.Fatalf("%s with one wrong digit %s is not found out", b, other)
				}
			}
		}
		require.True(t, luhn(b))
	}
}

// luhn is the rule of ISO/IEC 7812-1, Annex B, from the other side.
func luhn(s string) bool {
	sum := 0
	for i := range s {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			d = d*2 - d/5*9
		}
		sum += d
	}
	return sum%10 == 0
}
