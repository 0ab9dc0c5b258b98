package filing

import (
	"maps"
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
)

// Actions are all actions, in the order of the toolbar.
var Actions = []Action{Look, Save, FormStatement, Edit, Invoice, Pay, Sign, SignAndSubmit, AddParticipant, Invite, Remind,
	Download, Receipt, Withdraw, Delete, Prolong}

// Relation is what a person is to a filing.
type Relation string

// The relations. A filer who is an author too is the filer. Office is the research office and the
// administrator: they look, and decide only about expiry.
const (
	RelFiler          Relation = "filer"
	RelAuthor         Relation = "author"
	RelRepresentative Relation = "representative" // attorney or representative who is not the filer, applicant who is no author
	RelOffice         Relation = "office"
	RelOther          Relation = "other"
)

// Relations are all relations.
var Relations = []Relation{RelFiler, RelAuthor, RelRepresentative, RelOffice, RelOther}

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
	TurnNobody    Turn = "nobody"
)

// until says where the term of a state comes from.
type until string

const (
	untilOpen     until = ""         // no term
	untilDeadline until = "deadline" // of the authors' signatures
	untilDay      until = "day"      // one working day, art. 9-1 p. 1 of the law on copyright
)

// row is one state of the table: who acts next, until when, which step the author sees, and for each action
// who may do it. An action that is not in live is dead for everybody, for the reason in dead; a reason that
// is not given is "not in this state".
type row struct {
	state State
	step  int // of the instruction's five; 0: the way has ended
	turn  Turn
	until until
	live  map[Action]grant
	dead  map[Action]string // action -> last part of the message key filing.why.…
}

// grant says who may do an action. Changing needs EDS (the office's decisions do not: the office says
// nothing in an author's name, and works with passwords too). order narrows it to one order of signing.
type grant struct {
	to    []Relation
	eds   bool
	order string
}

var (
	all    = []Relation{RelFiler, RelAuthor, RelRepresentative, RelOffice}
	filer  = []Relation{RelFiler}
	author = []Relation{RelAuthor}
)

func looks(to ...Relation) grant   { return grant{to: to} }
func changes(to ...Relation) grant { return grant{to: to, eds: true} }

// table is the one table of a filing's states.
var table = []row{
	{Draft, 1, TurnFiler, untilOpen, map[Action]grant{
		Look: looks(all...), Save: changes(filer...), FormStatement: changes(filer...), Invoice: changes(filer...),
		AddParticipant: changes(filer...), Invite: changes(filer...), Delete: changes(filer...),
	}, map[Action]string{
		Edit: "editing", Pay: "form_first", Sign: "form_first", SignAndSubmit: "form_first", Download: "form_first",
		Receipt: "not_submitted", Withdraw: "not_submitted", Remind: "not_submitted", Prolong: "not_submitted",
	}},
	{Formed, 1, TurnFiler, untilOpen, map[Action]grant{
		Look: looks(all...), Edit: changes(filer...), Invoice: changes(filer...), Pay: changes(filer...),
		Invite: changes(filer...), Delete: changes(filer...), Download: looks(all...),
	}, map[Action]string{
		Save: "edit_first", FormStatement: "formed", AddParticipant: "edit_first", Sign: "pay_first", SignAndSubmit: "pay_first",
		Receipt: "not_submitted", Withdraw: "not_submitted", Remind: "not_submitted", Prolong: "not_submitted",
	}},
	{Paid, 1, TurnFiler, untilOpen, map[Action]grant{
		Look: looks(all...), Edit: changes(filer...), SignAndSubmit: changes(filer...),
		Sign: {to: author, eds: true, order: AllFirst}, Remind: {to: filer, eds: true, order: AllFirst},
		Invite: changes(filer...), Delete: changes(filer...), Download: looks(all...),
	}, map[Action]string{
		Save: "edit_first", FormStatement: "formed", AddParticipant: "edit_first", Invoice: "paid", Pay: "paid", Sign: "filer_first",
		Receipt: "not_submitted", Withdraw: "not_submitted", Remind: "not_submitted", Prolong: "not_submitted",
	}},
	{Submitted, 2, TurnAuthors, untilDeadline, map[Action]grant{
		Look: looks(all...), Sign: changes(author...), Invite: changes(filer...), Remind: {to: []Relation{RelFiler, RelOffice}},
		Download: looks(all...), Receipt: looks(all...), Withdraw: changes(filer...), Prolong: looks(RelOffice),
	}, submittedDead},
	{Signed, 2, TurnInstitute, untilDay, map[Action]grant{
		Look: looks(all...), Download: looks(all...), Receipt: looks(all...), Withdraw: changes(filer...),
	}, submittedDead},
	{Expired, 2, TurnOffice, untilOpen, map[Action]grant{
		Look: looks(all...), Download: looks(all...), Receipt: looks(all...), Prolong: looks(RelOffice),
		Withdraw: {to: []Relation{RelFiler, RelOffice}},
	}, with(submittedDead, map[Action]string{Sign: "expired", Remind: "expired", Invite: "expired"})},
	{Withdrawn, 0, TurnNobody, untilOpen, map[Action]grant{
		Look: looks(all...), Download: looks(all...), Receipt: looks(all...),
	}, ended("withdrawn")},
	{Deleted, 0, TurnNobody, untilOpen, map[Action]grant{Look: looks(RelFiler, RelOffice)}, ended("deleted")},
}

var submittedDead = map[Action]string{
	Save: "submitted", FormStatement: "submitted", Edit: "submitted", AddParticipant: "submitted", Delete: "submitted_withdraw",
	Invoice: "paid", Pay: "paid", SignAndSubmit: "submitted_done", Sign: "all_signed", Remind: "all_signed", Invite: "all_signed",
	Prolong: "all_signed",
}

func with(base, more map[Action]string) map[Action]string {
	m := maps.Clone(base)
	maps.Copy(m, more)
	return m
}

func ended(why string) map[Action]string {
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

// Buttons are the toolbar of a state for one actor, in the order of Actions, without Look.
func Buttons(s State, who Actor) []Button {
	list := make([]Button, 0, len(Actions)-1)
	for _, a := range Actions[1:] {
		ok, why := Can(s, a, who)
		list = append(list, Button{Action: a, Live: ok, Why: why})
	}
	return list
}
