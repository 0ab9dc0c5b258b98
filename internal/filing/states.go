package filing

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
	Means    string // EDS, or another
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

// Actor who acts next.
type Turn string

// Whose turn it is.
const (
	TurnFiler     Turn = "filer"
	TurnAuthors   Turn = "authors"
	TurnOffice    Turn = "office"
	TurnInstitute Turn = "institute"
	TurnNobody    Turn = "nobody"
)

// Button is an action as the toolbar shows it to one person.
type Button struct {
	Action Action
	Live   bool
	Why    string // message key when it is not live
}
