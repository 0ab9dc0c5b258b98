package filing

import "maps"

// row is one state of the table: who acts next, until when, which step the author sees, and for each action
// who may do it. An action that is not in live is dead for everybody, for the reason in dead; a reason that
// is not given is "not in this state".
type row struct {
	state State
	step  int // 1 before the submission, ofFiling after it; 0: the way has ended
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
	all       = []Relation{RelFiler, RelAuthor, RelRepresentative, RelDesk, RelOffice}
	everybody = []Relation{RelFiler, RelAuthor, RelRepresentative, RelExpert, RelDesk, RelOffice}
	filer     = []Relation{RelFiler}
	author    = []Relation{RelAuthor}
	authors   = []Relation{RelFiler, RelAuthor}
	clerks    = []Relation{RelDesk, RelOffice}            // record
	examiners = []Relation{RelDesk, RelExpert, RelOffice} // ask, refuse, go on
)

func looks(to ...Relation) grant   { return grant{to: to} }
func changes(to ...Relation) grant { return grant{to: to, eds: true} }

// ofFiling: the step stands in the filing, and is one of its scheme.
const ofFiling = -1

// table is the one table of a filing's states.
var table = []row{
	{Draft, 1, TurnFiler, untilOpen, map[Action]grant{
		Look: looks(all...), Save: changes(filer...), FormStatement: changes(filer...), Invoice: changes(filer...),
		AddParticipant: changes(filer...), Invite: changes(filer...), Delete: changes(filer...),
	}, with(unsubmitted, map[Action]string{
		Edit: "editing", Pay: "form_first", Sign: "form_first", SignAndSubmit: "form_first", Download: "form_first",
		Receipt: "not_submitted", Withdraw: "not_submitted", Remind: "not_submitted", Prolong: "not_submitted",
	})},
	{Formed, 1, TurnFiler, untilOpen, map[Action]grant{
		Look: looks(all...), Edit: changes(filer...), Invoice: changes(filer...), Pay: changes(filer...),
		Invite: changes(filer...), Delete: changes(filer...), Download: looks(all...),
	}, with(unsubmitted, map[Action]string{
		Save: "edit_first", FormStatement: "formed", AddParticipant: "edit_first", Sign: "pay_first", SignAndSubmit: "pay_first",
		Receipt: "not_submitted", Withdraw: "not_submitted", Remind: "not_submitted", Prolong: "not_submitted",
	})},
	{Paid, 1, TurnFiler, untilOpen, map[Action]grant{
		Look: looks(all...), Edit: changes(filer...), SignAndSubmit: changes(filer...),
		Sign: {to: author, eds: true, order: AllFirst}, Remind: {to: filer, eds: true, order: AllFirst},
		Invite: changes(filer...), Delete: changes(filer...), Download: looks(all...),
	}, with(unsubmitted, map[Action]string{
		Save: "edit_first", FormStatement: "formed", AddParticipant: "edit_first", Invoice: "paid", Pay: "paid", Sign: "filer_first",
		Receipt: "not_submitted", Withdraw: "not_submitted", Remind: "not_submitted", Prolong: "not_submitted",
	})},
	{Submitted, ofFiling, TurnAuthors, untilDeadline, map[Action]grant{
		Look: looks(everybody...), Sign: changes(author...), Invite: changes(filer...), Remind: {to: []Relation{RelFiler, RelOffice}},
		Download: looks(everybody...), Receipt: looks(everybody...), Withdraw: changes(filer...), Prolong: looks(RelOffice), RecordIssue: looks(clerks...),
	}, with(submittedDead, deskDead("not_signed"))},
	{Signed, ofFiling, TurnInstitute, untilStep, map[Action]grant{
		Look: looks(everybody...), Download: looks(everybody...), Receipt: looks(everybody...), Withdraw: changes(filer...),
		Proceed: looks(examiners...), Appoint: looks(RelDesk), Ask: looks(examiners...), Write: looks(examiners...), Refuse: looks(examiners...),
		Issue: looks(RelDesk), RecordIssue: looks(clerks...),
	}, with(submittedDead, map[Action]string{Reopen: "nothing_back", MoreTime: "no_query"})},
	{Queried, ofFiling, TurnFiler, untilQuery, map[Action]grant{
		Look: looks(everybody...), Download: looks(everybody...), Receipt: looks(everybody...), Withdraw: changes(filer...),
		Answer: changes(filer...), Edit: changes(filer...),
		Proceed: looks(clerks...), Appoint: looks(RelDesk), MoreTime: looks(examiners...), Write: looks(examiners...), Refuse: looks(examiners...),
		RecordIssue: looks(clerks...), Reopen: looks(examiners...),
	}, with(submittedDead, map[Action]string{Save: "edit_first", FormStatement: "edit_first", AddParticipant: "edit_first", Issue: "query_open", Ask: "query_open"})},
	{Amending, ofFiling, TurnFiler, untilQuery, map[Action]grant{
		Look: looks(everybody...), Save: changes(filer...), FormStatement: changes(filer...), AddParticipant: changes(filer...), Invite: changes(filer...),
		Receipt: looks(everybody...), Withdraw: changes(filer...), Answer: changes(filer...),
		Appoint: looks(RelDesk), MoreTime: looks(examiners...), Write: looks(examiners...), Refuse: looks(examiners...), RecordIssue: looks(clerks...),
	}, with(submittedDead, deskDead("amending"), map[Action]string{Edit: "editing", Sign: "form_first", SignAndSubmit: "form_first", Download: "form_first",
		Remind: "form_first", Prolong: "form_first"})},
	{Amended, ofFiling, TurnFiler, untilQuery, map[Action]grant{
		Look: looks(everybody...), Edit: changes(filer...), SignAndSubmit: changes(filer...),
		Sign: {to: author, eds: true, order: AllFirst}, Remind: {to: filer, eds: true, order: AllFirst},
		Invite: changes(filer...), Download: looks(everybody...), Receipt: looks(everybody...), Withdraw: changes(filer...), Answer: changes(filer...),
		Appoint: looks(RelDesk), MoreTime: looks(examiners...), Write: looks(examiners...), Refuse: looks(examiners...), RecordIssue: looks(clerks...),
	}, with(submittedDead, deskDead("amending"), map[Action]string{Save: "edit_first", FormStatement: "formed", AddParticipant: "edit_first",
		Sign: "filer_first", Remind: "filer_first", Prolong: "filer_first"})},
	{Issued, 0, TurnNobody, untilOpen, map[Action]grant{
		Look: looks(everybody...), Download: looks(everybody...), Receipt: looks(everybody...), Request: changes(authors...),
		Write: looks(clerks...), Issue: looks(RelDesk), RecordIssue: looks(clerks...), Reopen: looks(clerks...),
	}, ended("issued")},
	{Expired, ofFiling, TurnOffice, untilOpen, map[Action]grant{
		Look: looks(everybody...), Download: looks(everybody...), Receipt: looks(everybody...), Prolong: looks(RelOffice),
		Withdraw: {to: []Relation{RelFiler, RelOffice}}, RecordIssue: looks(clerks...),
	}, with(submittedDead, deskDead("not_signed"), map[Action]string{Sign: "expired", Remind: "expired", Invite: "expired"})},
	{Refused, 0, TurnNobody, untilOpen, map[Action]grant{
		Look: looks(everybody...), Download: looks(everybody...), Receipt: looks(everybody...), Write: looks(clerks...), Reopen: looks(clerks...),
	}, ended("refused")},
	{Withdrawn, 0, TurnNobody, untilOpen, map[Action]grant{
		Look: looks(everybody...), Download: looks(everybody...), Receipt: looks(everybody...),
	}, ended("withdrawn")},
	{Deleted, 0, TurnNobody, untilOpen, map[Action]grant{Look: looks(RelFiler, RelDesk, RelOffice)}, ended("deleted")},
}

var unsubmitted = with(deskDead("not_submitted"), map[Action]string{Answer: "not_submitted", Request: "not_submitted"})

var submittedDead = map[Action]string{
	Save: "submitted", FormStatement: "submitted", Edit: "submitted", AddParticipant: "submitted", Delete: "submitted_withdraw",
	Invoice: "paid", Pay: "paid", SignAndSubmit: "submitted_done", Sign: "all_signed", Remind: "all_signed", Invite: "all_signed",
	Prolong: "all_signed", Answer: "no_query", Request: "not_issued",
}

// deskDead is one reason for all that the desk cannot do.
func deskDead(why string) map[Action]string {
	m := map[Action]string{}
	for _, a := range deskActions {
		m[a] = why
	}
	return m
}

func with(base map[Action]string, more ...map[Action]string) map[Action]string {
	m := maps.Clone(base)
	for _, x := range more {
		maps.Copy(m, x)
	}
	return m
}

func ended(why string) map[Action]string {
	m := map[Action]string{}
	for _, a := range Actions {
		m[a] = why
	}
	return m
}
