package filing

import (
	"slices"

	"kualik/internal/account"
)

// Action is something that a person does with a filing; most are buttons of the instruction's toolbar.
type Action string

// The actions.
const (
	Look           Action = "look"
	Save           Action = "save"            // Сохранить; also participants, documents and answers to doubts
	FormStatement  Action = "form_statement"  // Сформировать заявление
	Edit           Action = "edit"            // Редактировать: voids the statement and its signatures
	Invoice        Action = "invoice"         // счёт на оплату, can be formed in advance
	Pay            Action = "pay"             // Оплатить подачу заявки
	Sign           Action = "sign"            // Подписать заявление: another author
	SignAndSubmit  Action = "sign_and_submit" // Подписать и подать заявление: the filer
	AddParticipant Action = "add_participant" // Добавить участника
	Invite         Action = "invite"          // personal link by mail
	Remind         Action = "remind"          // Напомнить
	Download       Action = "download"        // Заявление PDF
	Receipt        Action = "receipt"         // Расписка
	Withdraw       Action = "withdraw"        // Отозвать заявку
	Delete         Action = "delete"          // Удалить заявку
	Prolong        Action = "prolong"         // the office gives more time for signatures

	Answer      Action = "answer"       // Ответить: by text and files, without touching what was signed
	Request     Action = "request"      // after the issue: correction of a technical error, change of the register
	Proceed     Action = "proceed"      // the desk: another step
	Appoint     Action = "appoint"      // the desk: an expert, also another one
	Ask         Action = "ask"          // the desk: a query with a term
	Write       Action = "write"        // the desk: a letter that asks nothing, the answer to a request
	Refuse      Action = "refuse"       // the desk: with a ground in law
	Issue       Action = "issue"        // the institution's own certificate or extract; a new version of it
	MoreTime    Action = "more_time"    // the desk: for the answer to the open query
	RecordIssue Action = "record_issue" // the desk notes what the institute has issued
	Reopen      Action = "reopen"       // the desk takes back what was recorded or asked by mistake
)

// Actions are all actions, in the order of the toolbar.
var Actions = []Action{Look, Save, FormStatement, Edit, Invoice, Pay, Sign, SignAndSubmit, AddParticipant, Invite, Remind,
	Download, Receipt, Answer, Request, Withdraw, Delete, Prolong, Proceed, Appoint, Ask, Write, Refuse, Issue, MoreTime, RecordIssue, Reopen}

// deskActions are those of the desk; the applicants' toolbar does not show them.
var deskActions = []Action{Proceed, Appoint, Ask, Write, Refuse, Issue, MoreTime, RecordIssue, Reopen}

// Relation is what a person is to a filing.
type Relation string

// The relations. A filer who is an author too is the filer. Office is the research office and the
// administrator: they look, decide about expiry, and record what the institute did.
const (
	RelFiler          Relation = "filer"
	RelAuthor         Relation = "author"
	RelRepresentative Relation = "representative" // attorney or representative who is not the filer, applicant who is no author
	RelExpert         Relation = "expert"         // whom the desk has appointed
	RelDesk           Relation = "desk"           // registrar; in desk work the administrator too
	RelOffice         Relation = "office"
	RelOther          Relation = "other"
)

// Relations are all relations.
var Relations = []Relation{RelFiler, RelAuthor, RelRepresentative, RelExpert, RelDesk, RelOffice, RelOther}

// Actor is a person as the table sees them. AllFirst is the installation's order of signing.
type Actor struct {
	Relation Relation
	Means    account.Means
	AllFirst bool
}

// Order of signing.
const (
	FilerFirst = "filer_first" // the instruction's: number first, then the other authors
	AllFirst   = "all_first"   // all other authors sign before submission
)

// Expiry: what happens when the term for signing has passed.
const (
	ExpiryWait     = "wait"     // the office decides
	ExpiryWithdraw = "withdraw" // withdrawn by itself
)

// Turn is who acts next.
type Turn string

// Whose turn it is.
const (
	TurnFiler     Turn = "filer"
	TurnAuthors   Turn = "authors"
	TurnOffice    Turn = "office"
	TurnInstitute Turn = "institute"
	TurnRegistrar Turn = "registrar"
	TurnExpert    Turn = "expert"
	TurnNobody    Turn = "nobody"
)

// until says where the term of a state comes from.
type until string

const (
	untilOpen     until = ""         // no term
	untilDeadline until = "deadline" // of the authors' signatures
	untilStep     until = "step"     // of the scheme's step, in working days; one by art. 9-1 p. 1 of the law on copyright
	untilQuery    until = "query"    // of the query
)

func rowOf(s State) row {
	for _, r := range table {
		if r.state == s {
			return r
		}
	}
	return row{state: s, turn: TurnNobody, dead: ended("unknown")}
}

// Can tells whether an actor may do an action in a state; if not, why is the message key of the reason.
// What depends on more than the state (this author has signed already) is decided where it is done.
func Can(s State, a Action, who Actor) (ok bool, why string) {
	const key = "filing.why."
	r := rowOf(s)
	if who.Relation == RelOther || who.Relation == "" {
		return false, key + "other"
	}
	order := FilerFirst
	if who.AllFirst {
		order = AllFirst
	}
	g, there := r.live[a]
	if !there || g.order != "" && g.order != order {
		if why = r.dead[a]; why == "" {
			why = "state"
		}
		return false, key + why
	}
	if !slices.Contains(g.to, who.Relation) {
		return false, key + "only_" + string(g.to[0])
	}
	if needsEDS := g.eds || a == Withdraw && who.Relation == RelFiler; needsEDS && who.Means != account.ByEDS {
		return false, key + "needs_eds"
	}
	return true, ""
}

// Button is an action as the toolbar shows it to one person.
type Button struct {
	Action Action
	Live   bool
	Why    string // message key when it is not live
}

// Buttons are the toolbar of a state for one applicant, in the order of Actions, without Look.
func Buttons(s State, who Actor) []Button {
	return buttons(s, who, func(a Action) bool { return a != Look && !slices.Contains(deskActions, a) })
}

// DeskButtons are those of the desk.
func DeskButtons(s State, who Actor) []Button {
	return buttons(s, who, func(a Action) bool { return slices.Contains(deskActions, a) })
}

func buttons(s State, who Actor, of func(Action) bool) []Button {
	list := make([]Button, 0, len(Actions))
	for _, a := range Actions {
		if !of(a) {
			continue
		}
		ok, why := Can(s, a, who)
		list = append(list, Button{Action: a, Live: ok, Why: why})
	}
	return list
}
