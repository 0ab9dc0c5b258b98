package desk

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"kualik/internal/i18n"
)

var update = flag.Bool("update", false, "write docs/lifecycle.md anew")

// expected says who may do what: mode and state, then action with the places that may (r registrar, o recorder,
// e expert). What is not here may nobody. It is written down a second time on purpose: the table and this must
// be changed together.
var expected = map[string]map[State]string{
	Registering: {
		Received:    "register:r ask:r write:r refuse:r",
		Registered:  "appoint:r ask:r write:r refuse:r",
		Examining:   "appoint:r examine:re conclude:re ask:re write:re refuse:r",
		Examined:    "return:r issue:r ask:r write:r refuse:r",
		Issuing:     "take_back:r",
		AtInstitute: "ask:r write:r refuse:r", // a case of the other mode does not get there
		Asked:       "more_time:re write:re refuse:r reopen:re",
		Issued:      "correct:r annul:r write:r",
		Refused:     "write:r reopen:r",
	},
	Recording: {
		Received:    "ask:ro write:ro refuse:ro",
		Registered:  "ask:ro write:ro refuse:ro",
		Examining:   "ask:roe write:roe refuse:ro",
		Examined:    "ask:ro write:ro refuse:ro",
		AtInstitute: "record:ro ask:ro write:ro refuse:ro",
		Asked:       "record:ro more_time:roe write:roe refuse:ro reopen:roe",
		Issued:      "record:ro write:ro reopen:ro",
		Refused:     "write:ro reopen:ro",
	},
}

// Every mode, every state, every action, every place; each dead button has a reason with words.
func TestTableOfTheDeskExhaustively(t *testing.T) {
	letters := map[Place]string{Registrar: "r", Recorder: "o", Expert: "e"}
	for mode, states := range expected {
		for _, state := range States {
			grants := map[string]string{}
			for g := range strings.FieldsSeq(states[state]) {
				action, who, _ := strings.Cut(g, ":")
				grants[action] = who
			}
			c := Case{State: state, Mode: mode, Conclusion: ConcludeIssue}
			for _, a := range Actions {
				for _, p := range append([]Place{Nobody}, Places...) {
					ok, why := Can(c, a, p)
					want := letters[p] != "" && strings.Contains(grants[string(a)], letters[p])
					require.Equal(t, want, ok, "%s %s %s by %q", mode, state, a, p)
					require.Equal(t, ok, why == "", "%s %s %s", mode, state, a)
					for _, l := range i18n.All {
						require.NotEqual(t, why, i18n.T(l, why)+when(ok, "x"), "%s has no words", why)
					}
				}
			}
		}
	}
	refusal := Case{State: Examined, Mode: Registering, Conclusion: ConcludeRefuse}
	ok, why := Can(refusal, Issue, Registrar)
	require.False(t, ok)
	require.Equal(t, "office.why.refusal_proposed", why)
	petition := Case{State: Received, Mode: Registering, Petition: true}
	for _, a := range Actions {
		ok, _ := Can(petition, a, Registrar)
		require.Equal(t, a == Issue || a == Ask || a == Write || a == Refuse, ok, a)
	}
	for _, s := range States {
		require.NotEqual(t, "office.state."+string(s), i18n.T(i18n.KK, "office.state."+string(s)))
		require.NotEqual(t, "office.turn."+rowOf(s).turn, i18n.T(i18n.KK, "office.turn."+rowOf(s).turn))
	}
}

func when(on bool, s string) string {
	if on {
		return s
	}
	return ""
}

// docs/lifecycle.md says what the table says; -update writes it anew.
func TestLifecyclePage(t *testing.T) {
	const page, begin, end = "../../docs/lifecycle.md", "<!-- desk: written by go test ./internal/desk -run LifecyclePage -update -->\n", "<!-- end of desk -->\n"
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(text), begin)
	written, after, closed := strings.Cut(rest, end)
	if *update {
		if !found {
			before = strings.TrimRight(before, "\n") + "\n\n## A case of the desk\n\nThe state of a case is not stored: it follows from the filing's state and from what the desk has written down.\n\n"
		}
		require.NoError(t, os.WriteFile(page, []byte(before+begin+Lifecycle()+end+after), 0o644))
		return
	}
	require.True(t, found && closed, "docs/lifecycle.md has no section about the desk: go test ./internal/desk -run LifecyclePage -update")
	require.Equal(t, Lifecycle(), written, "go test ./internal/desk -run LifecyclePage -update")
}
