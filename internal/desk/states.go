package desk

import (
	"slices"

	"kualik/internal/account"
	"kualik/internal/filing"
)

// State of a case. It is not stored: see stateSQL.
type State string

// The states, in the order of the way. The first five are of registering, AtInstitute is of recording.
const (
	Received    State = "received"     // all have signed: to be checked and registered
	Registered  State = "registered"   // to be given to an expert
	Examining   State = "examining"    // the expert has it
	Examined    State = "examined"     // the expert has concluded
	Issuing     State = "issuing"      // the register draws and seals
	AtInstitute State = "at_institute" // the institute works; the desk records what it shows
	Asked       State = "asked"        // the applicant must act: answer, or sign again
	Issued      State = "issued"
	Refused     State = "refused"
	Withdrawn   State = "withdrawn"
)

// States are all states.
var States = []State{Received, Registered, Examining, Examined, Issuing, AtInstitute, Asked, Issued, Refused, Withdrawn}

// Ended tells whether the way is over.
func (s State) Ended() bool { return s == Issued || s == Refused || s == Withdrawn }

// mayExamine is the condition that account x can have cases.
const mayExamine = `NOT x.disabled AND x.role IN ('administrator', 'registrar', 'expert')`

// stateSQL is the state of case c with its filing f. An appointed expert whose account was closed has the case
// no longer: it is to be given to another.
const stateSQL = `CASE
	WHEN f.state = 'issued' THEN 'issued'
	WHEN f.state = 'refused' THEN 'refused'
	WHEN f.state IN ('withdrawn', 'deleted') THEN 'withdrawn'
	WHEN f.state <> 'signed' THEN 'asked'
	WHEN f.desk = 'recording' THEN 'at_institute'
	WHEN c.issuing_at IS NOT NULL THEN 'issuing'
	WHEN c.registered_at IS NULL THEN 'received'
	WHEN c.concluded_at IS NOT NULL THEN 'examined'
	WHEN NOT EXISTS (SELECT FROM account x WHERE x.id = f.expert AND ` + mayExamine + `) THEN 'registered'
	ELSE 'examining' END`

// Action is something that the desk does with a case.
type Action string

// The actions, in the order of the toolbar.
const (
	Record   Action = "record"    // writes down what the institute's cabinet shows
	Register Action = "register"  // the list of registration is gone through
	Appoint  Action = "appoint"   // gives it to an expert, or to another one
	Examine  Action = "examine"   // the expert's list and remarks
	Conclude Action = "conclude"  //
	Return   Action = "return"    // back to the expert, with a word why
	Issue    Action = "issue"     // certificate, or the extract that a petition asks for
	TakeBack Action = "take_back" // what the register could not seal
	Correct  Action = "correct"   // a later version of what was issued
	Annul    Action = "annul"     // what was issued holds no longer
	Ask      Action = "ask"       // a query with a term
	MoreTime Action = "more_time" // for its answer
	Write    Action = "write"     // a letter that asks nothing, or answers a request
	Refuse   Action = "refuse"    //
	Reopen   Action = "reopen"    // a query, a refusal or a record by mistake is taken back
)

// Actions are all actions.
var Actions = []Action{Record, Register, Appoint, Examine, Conclude, Return, Issue, TakeBack, Correct, Annul, Ask, MoreTime, Write, Refuse, Reopen}

// Place is what a person is at the desk.
type Place string

// The places. Recorder is the research office: it writes down what the institute did, and decides nothing of
// the institution's own register.
const (
	Registrar Place = "registrar" // and the administrator
	Recorder  Place = "recorder"
	Expert    Place = "expert" // the one who is appointed
	Nobody    Place = ""
)

// Places are all places with a seat at the desk.
var Places = []Place{Registrar, Recorder, Expert}

// placeOf is what a person is to a case.
func placeOf(who filing.Who, c Case) Place {
	switch {
	case account.Can(who.Role, account.Register):
		return Registrar
	case account.Can(who.Role, account.RecordSteps):
		return Recorder
	case c.Expert != nil && *c.Expert == who.ID && account.Can(who.Role, account.Examine):
		return Expert
	}
	return Nobody
}

// row is one state of the table: whose turn it is, until when, and which actions live for whom. An action that
// is not there is dead for everybody, for the reason in dead.
type row struct {
	state State
	turn  string
	until string // in words, for the page of the lifecycle
	live  map[Action][]Place
	dead  map[Action]string // last part of the message key office.why.…
}

const (
	untilStep  = "the term of the step, in working days"
	untilQuery = "the term of the query, or of the signatures"
	untilNone  = "—"
)

var (
	registrar = []Place{Registrar}
	examiner  = []Place{Registrar, Expert}
)

// table is the one table of the desk. In recording, where the institute decides and the desk only writes down,
// the recorder may what the registrar may. What the filing itself allows is asked too, in its own table.
var table = []row{
	{Received, "registrar", untilStep,
		map[Action][]Place{Register: registrar, Ask: registrar, Write: registrar, Refuse: registrar},
		why(map[Action]string{Appoint: "register_first", Examine: "register_first", Conclude: "register_first", Return: "register_first", Issue: "examine_first"})},
	{Registered, "registrar", untilStep,
		map[Action][]Place{Appoint: registrar, Ask: registrar, Write: registrar, Refuse: registrar},
		why(map[Action]string{Register: "registered", Examine: "appoint_first", Conclude: "appoint_first", Return: "appoint_first", Issue: "examine_first"})},
	{Examining, "expert", untilStep,
		map[Action][]Place{Appoint: registrar, Examine: examiner, Conclude: examiner, Ask: examiner, Write: examiner, Refuse: registrar},
		why(map[Action]string{Register: "registered", Return: "with_expert", Issue: "examine_first"})},
	{Examined, "registrar", untilStep,
		map[Action][]Place{Return: registrar, Issue: registrar, Ask: registrar, Write: registrar, Refuse: registrar},
		why(map[Action]string{Register: "registered", Appoint: "examined", Examine: "examined", Conclude: "examined"})},
	{Issuing, "program", untilNone,
		map[Action][]Place{TakeBack: registrar}, everything("issuing")},
	{AtInstitute, "institute", untilStep,
		map[Action][]Place{Record: registrar, Ask: registrar, Write: registrar, Refuse: registrar}, why(map[Action]string{})},
	{Asked, "applicant", untilQuery,
		map[Action][]Place{Record: registrar, MoreTime: examiner, Write: examiner, Refuse: registrar, Reopen: examiner}, everything("asked")},
	{Issued, "nobody", untilNone,
		map[Action][]Place{Record: registrar, Correct: registrar, Annul: registrar, Write: registrar, Reopen: registrar}, everything("ended")},
	{Refused, "nobody", untilNone,
		map[Action][]Place{Write: registrar, Reopen: registrar}, everything("ended")},
	{Withdrawn, "nobody", untilNone,
		map[Action][]Place{}, everything("ended")},
}

// why are the reasons of what waits for another step; what is of an open query or of the end is not there yet.
func why(m map[Action]string) map[Action]string {
	for a, reason := range map[Action]string{TakeBack: "not_issuing", Correct: "not_issued", Annul: "not_issued", MoreTime: "no_query", Reopen: "nothing_back"} {
		m[a] = reason
	}
	return m
}

func everything(why string) map[Action]string {
	m := map[Action]string{}
	for _, a := range Actions {
		m[a] = why
	}
	return m
}

func rowOf(s State) row {
	for _, r := range table {
		if r.state == s {
			return r
		}
	}
	return row{state: s, turn: "nobody", dead: everything("ended")}
}

// mineOf are the actions of one mode only: the other does not even show them.
var mineOf = map[string][]Action{
	Recording:   {Record},
	Registering: {Register, Appoint, Examine, Conclude, Return, Issue, TakeBack, Correct, Annul},
}

// belongs tells whether an action is of the case's mode and service. A petition for an extract is answered at
// once: there is nothing to examine.
func (c Case) belongs(a Action) bool {
	other := Registering
	if c.Mode == Registering {
		other = Recording
	}
	if c.Petition && slices.Contains([]Action{Register, Appoint, Examine, Conclude, Return, Correct, Annul}, a) {
		return false
	}
	return !slices.Contains(mineOf[other], a)
}

// Can tells whether a place may do an action with a case; if not, why is the message key of the reason.
func Can(c Case, a Action, p Place) (ok bool, why string) {
	const key = "office.why."
	r := rowOf(c.State)
	to, there := r.live[a]
	switch {
	case p == Nobody:
		return false, key + "nobody"
	case !c.belongs(a):
		return false, key + "other_mode"
	case a == Issue && c.Petition && c.State == Received:
		to, there = registrar, true
	case a == Issue && c.State == Examined && c.Conclusion == ConcludeRefuse:
		return false, key + "refusal_proposed"
	case a == TakeBack && c.Petition:
		return false, key + "issuing" // an extract takes no number that others wait for
	case a == Reopen && c.Mode == Registering && c.State == Issued:
		return false, key + "in_register" // a certificate of the own register is corrected or annulled, never forgotten
	}
	if !there {
		reason := r.dead[a]
		if reason == "" {
			reason = "state"
		}
		return false, key + reason
	}
	if !slices.Contains(to, p) && !(p == Recorder && c.Mode == Recording) {
		return false, key + "only_registrar"
	}
	if ok, _ := filing.Can(c.FilingState, filingAction[a], filing.Actor{Relation: relationOf[p]}); c.State == Asked && c.FilingState != "" && !ok {
		return false, key + "asked" // the application is with its authors: there is no query to prolong or to take back
	}
	return true, ""
}

// relationOf is what each place is to an application, in the filing's own table.
var relationOf = map[Place]filing.Relation{Registrar: filing.RelDesk, Recorder: filing.RelOffice, Expert: filing.RelExpert}

// Button is an action as the toolbar shows it to one person.
type Button struct {
	Action Action
	Live   bool
	Why    string // message key when it is not live
}

// Buttons are the toolbar of a case: what can be done now, and of the way on what cannot yet.
func Buttons(c Case, p Place) (list []Button) {
	onWay := []Action{Register, Appoint, Conclude, Issue}
	for _, a := range Actions {
		ok, why := Can(c, a, p)
		if ok || c.belongs(a) && !c.State.Ended() && slices.Contains(onWay, a) {
			list = append(list, Button{a, ok, why})
		}
	}
	return list
}
