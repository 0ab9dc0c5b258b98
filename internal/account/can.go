package account

import "slices"

// Action is something that pages and commands let people do.
type Action string

// The actions. "All" is everybody's data, "Unit" those of the head's own unit, "Own" one's own.
const (
	SeeAll          Action = "see_all" // dashboard, certificates, applications, staff, mail ledger
	SeeUnit         Action = "see_unit"
	SeeOwn          Action = "see_own"
	SeeRating       Action = "see_rating"
	Upload          Action = "upload"
	Review          Action = "review"
	RevealIIN       Action = "reveal_iin"
	ImportData      Action = "import_data"
	MakeReports     Action = "make_reports"
	ChangeRules     Action = "change_rules"
	ChangeSchedules Action = "change_schedules"
	PollNow         Action = "poll_now"
	ChangeMailboxes Action = "change_mailboxes"
	ChangeAccounts  Action = "change_accounts"
	SeeOutbox       Action = "see_outbox"
	SeePatterns     Action = "see_patterns"

	File         Action = "file"          // one's own filings; each change of one needs a session by EDS
	SeeFilings   Action = "see_filings"   // everybody's; nobody changes another's
	DecideFiling Action = "decide_filing" // what happens when the time for signatures is over
	SeePayments  Action = "see_payments"
	Refund       Action = "refund"
	ChangeFees   Action = "change_fees"

	SeeDesk       Action = "see_desk"     // queues and cases of the desk; an expert sees the own ones
	RecordSteps   Action = "record_steps" // what the institute did: by hand, from a table, from its mails
	Register      Action = "register"     // registers, appoints experts, asks, refuses
	Examine       Action = "examine"      // the expert's part
	Issue         Action = "issue"        // certificates, corrections, extracts of the institution's own register
	ChangeDesk    Action = "change_desk"  // schemes of steps, patterns of the institute's mails
	SeeChase      Action = "see_chase"    // certificates that have not come; a head sees the unit's
	Chase         Action = "chase"        // writes to authors about them
	SeeAudit      Action = "see_audit"
	SeeOwnLooks   Action = "see_own_looks"  // who looked at one's own data
	ChangeLetters Action = "change_letters" // templates' preview, paused addresses
)

// may is the one table of who may do what.
var may = map[Action][]Role{
	SeeAll:          {Administrator, ResearchOffice},
	SeeUnit:         {Administrator, ResearchOffice, HeadOfUnit},
	SeeOwn:          {Administrator, ResearchOffice, Registrar, Expert, HeadOfUnit, Faculty, Author},
	SeeRating:       {Administrator, ResearchOffice, HeadOfUnit},
	Upload:          {Administrator, ResearchOffice, Registrar, Expert, HeadOfUnit, Faculty},
	Review:          {Administrator, ResearchOffice},
	RevealIIN:       {Administrator, ResearchOffice},
	ImportData:      {Administrator, ResearchOffice},
	MakeReports:     {Administrator, ResearchOffice},
	ChangeRules:     {Administrator, ResearchOffice},
	ChangeSchedules: {Administrator, ResearchOffice},
	PollNow:         {Administrator, ResearchOffice},
	ChangeMailboxes: {Administrator},
	ChangeAccounts:  {Administrator},
	SeeOutbox:       {Administrator, ResearchOffice},
	SeePatterns:     {Administrator},
	File:            {Administrator, ResearchOffice, Registrar, Expert, HeadOfUnit, Faculty, Author},
	SeeFilings:      {Administrator, ResearchOffice, Registrar},
	DecideFiling:    {Administrator, ResearchOffice},
	SeePayments:     {Administrator, ResearchOffice},
	Refund:          {Administrator, ResearchOffice},
	ChangeFees:      {Administrator, ResearchOffice},
	SeeDesk:         {Administrator, ResearchOffice, Registrar, Expert},
	RecordSteps:     {Administrator, ResearchOffice, Registrar},
	Register:        {Administrator, Registrar},
	Examine:         {Administrator, Registrar, Expert},
	Issue:           {Administrator, Registrar},
	ChangeDesk:      {Administrator, ResearchOffice, Registrar},
	SeeChase:        {Administrator, ResearchOffice, HeadOfUnit},
	Chase:           {Administrator, ResearchOffice},
	SeeAudit:        {Administrator},
	SeeOwnLooks:     {Administrator, ResearchOffice, Registrar, Expert, HeadOfUnit, Faculty, Author},
	ChangeLetters:   {Administrator, ResearchOffice},
}

// Can tells whether a role may do something; an action that stands in no table may be done by nobody.
func Can(r Role, a Action) bool { return slices.Contains(may[a], r) }

// Can tells whether the person may do something.
func (a Account) Can(do Action) bool { return !a.Disabled && Can(a.Role, do) }

// MayFile tells whether the person of a session may change their own filings now: whoever came by password
// or link only looks.
func (s Session) MayFile() bool { return s.Means == ByEDS && s.Can(File) }

// SeesUnit tells whether the person may see the data of a unit as its head or as one who sees all. A head
// of a faculty sees its departments.
func (a Account) SeesUnit(faculty, department string) bool {
	switch {
	case a.Can(SeeAll):
		return true
	case !a.Can(SeeUnit) || a.Faculty == "":
		return false
	}
	return a.Faculty == faculty && (a.Department == "" || a.Department == department)
}
