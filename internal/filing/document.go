package filing

import (
	"io"
	"time"

	"github.com/google/uuid"
)

// DocumentKind is what an attached document is.
type DocumentKind string

// The kinds. IdentityCopy belongs to a participant and is encrypted.
const (
	WorkCopy        DocumentKind = "work_copy"         // Экземпляр произведения
	PowerOfAttorney DocumentKind = "power_of_attorney" // Доверенность
	IdentityCopy    DocumentKind = "identity_copy"     // копия удостоверения личности
	ReligiousReport DocumentKind = "religious_expertise"
	ReductionGround DocumentKind = "reduction_ground"
	Abstract        DocumentKind = "abstract"    // реферат, for programs and databases
	SourceText      DocumentKind = "source_text" // исходный текст
	OtherDocument   DocumentKind = "other"       // Другой документ
)

// DocumentKinds are all kinds in the order of the tab.
var DocumentKinds = []DocumentKind{WorkCopy, PowerOfAttorney, IdentityCopy, ReligiousReport, ReductionGround, Abstract, SourceText, OtherDocument}

// MaxDocument is the size that one document may have, in bytes.
const MaxDocument = 30 << 20

// Upload is a document to be attached. Replaces, when set, is the document that this one takes the place of.
type Upload struct {
	Kind        DocumentKind
	Participant uuid.UUID // of an identity copy
	Filename    string
	Content     io.Reader
	Sheets      string // "Кол-во листов", as typed
	Description string // "Описание"
	Replaces    uuid.UUID
}

// Document is an attached document. SHA256 is of the document's own bytes, also when it is kept encrypted.
type Document struct {
	ID          uuid.UUID    `db:"id"`
	Kind        DocumentKind `db:"kind"`
	Participant *uuid.UUID   `db:"participant_id"`
	Filename    string       `db:"filename"`
	ContentType string       `db:"content_type"`
	SHA256      string       `db:"sha256"`
	Size        int64        `db:"size"` // bytes
	Sealed      bool         `db:"sealed"`
	Sheets      string       `db:"sheets"`
	Description string       `db:"description"`
	UploadedAt  time.Time    `db:"uploaded_at"`
	UploadedBy  string       `db:"uploaded_by"`
	ReplacedAt  *time.Time   `db:"replaced_at"` // history: another took its place, or it was removed
	ErasedAt    *time.Time   `db:"erased_at"`   // an identity copy whose time was over: only the hash is left
	Check       *Check       `db:"-"`           // preflight; nil when this kind is not checked
}

// Check is the preflight of a document. Pending while the file is being read.
type Check struct {
	Pending   bool
	Failure   string // message key when the reading itself failed
	CheckedAt time.Time
	Pages     int // 0 when unknown
	Findings  []Finding
}

// Finding is one thing that the preflight says. Severity is error (blocks), warning (doubt) or ok. A doubt
// that the author answered carries the answer and no longer warns.
type Finding struct {
	Key        string // stable for the same file: answers hold on to it
	Code       string // isbn, council, filing_date, title, sheets, …
	Severity   string
	Message    string // message key
	Args       []any
	Page       int
	Before     string // snippet
	Hit        string
	After      string
	Answer     string // code of the answer, empty when none
	AnsweredBy string
	AnsweredAt *time.Time
}

// Severities of a finding.
const (
	SeverityError   = "error"
	SeverityWarning = "warning"
	SeverityOK      = "ok"
	SeverityUnknown = "unknown" // could not be checked
)

// AnswerNotSo is the answer "this is not what it looks like" ("Это не дата подачи").
const AnswerNotSo = "not_so"
