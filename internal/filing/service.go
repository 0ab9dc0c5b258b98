package filing

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/notify"
)

// Options are what a Service needs. The first block must be set.
type Options struct {
	Pool    *pgxpool.Pool
	Clock   clock.Clock
	Zone    *time.Location
	Keeper  Keeper
	Blobs   blob.Store
	Letters Letters
	Log     *slog.Logger

	SignDays  int    // working days for the other authors' signatures
	Order     string // FilerFirst or AllFirst
	Expiry    string // ExpiryWait or ExpiryWithdraw
	Support   string // e-mail and phone, shown when no number came
	PublicURL string
	Office    []string // addresses that are told of what needs the office
}

// Keeper seals personal numbers and copies of identity documents; package secret has it.
type Keeper interface {
	Seal(plain []byte, label string) []byte
	Open(sealed []byte, label string) ([]byte, error)
	Hash(label, value string) []byte
}

// Letters is the outgoing mail; package notify has it.
type Letters interface {
	Queue(ctx context.Context, tx pgx.Tx, l notify.Letter) error
}

// Service is the filing.
type Service struct{ o Options }

// New makes the service.
func New(o Options) *Service { return &Service{o: o} }

// Create begins a filing and gives its id. role is Author or Representative.
func (s *Service) Create(ctx context.Context, who Who, service ServiceCode, role Role, reduced bool) (uuid.UUID, error) {
	return uuid.Nil, errUnwritten
}

// List gives the filings that a person files or is named in, newest first, and how many there are.
func (s *Service) List(ctx context.Context, who Who, f Filter) ([]Listed, int, error) {
	return nil, 0, errUnwritten
}

// Counts are the numbers beside the list and in the side bar.
func (s *Service) Counts(ctx context.Context, who Who, all bool) (Counts, error) {
	return Counts{}, errUnwritten
}

// View is everything about one filing for one person; fault.NotFound when it does not exist or is not theirs
// to see. With problems set, places to mend are listed also before the first try to form the statement.
func (s *Service) View(ctx context.Context, who Who, id uuid.UUID) (*View, error) {
	return nil, errUnwritten
}

// Save stores the tab "Данные" as typed. A *Conflict when version is not the present one.
func (s *Service) Save(ctx context.Context, who Who, id uuid.UUID, version int, d Data) (Saved, error) {
	return Saved{}, errUnwritten
}

// SetLang sets the language of the statement, kk or ru.
func (s *Service) SetLang(ctx context.Context, who Who, id uuid.UUID, lang string) error {
	return errUnwritten
}

// SetReduced says whether there are grounds for a reduced fee; not after payment.
func (s *Service) SetReduced(ctx context.Context, who Who, id uuid.UUID, reduced bool) error {
	return errUnwritten
}

// AddParticipant names somebody. Problems when the entry is wrong; nothing is stored then.
func (s *Service) AddParticipant(ctx context.Context, who Who, id uuid.UUID, e Entry) (uuid.UUID, error) {
	return uuid.Nil, errUnwritten
}

// ChangeParticipant changes an entry; an empty Number leaves the number as it is.
func (s *Service) ChangeParticipant(ctx context.Context, who Who, id, participant uuid.UUID, e Entry) error {
	return errUnwritten
}

// RemoveParticipant takes somebody out; never the filer.
func (s *Service) RemoveParticipant(ctx context.Context, who Who, id, participant uuid.UUID) error {
	return errUnwritten
}

// RevealNumber gives a participant's whole IIN or BIN and records who saw it.
func (s *Service) RevealNumber(ctx context.Context, who Who, id, participant uuid.UUID) (string, error) {
	return "", errUnwritten
}

// Suggest finds entries of the person's address book and, for members of staff, of the staff directory.
func (s *Service) Suggest(ctx context.Context, who Who, query string) ([]Suggestion, error) {
	return nil, errUnwritten
}

// ForgetContact takes an entry out of the person's address book.
func (s *Service) ForgetContact(ctx context.Context, who Who, suggestion string) error {
	return errUnwritten
}

// Invite sends a participant a personal link; an earlier one stops working.
func (s *Service) Invite(ctx context.Context, who Who, id, participant uuid.UUID) error {
	return errUnwritten
}

// OpenInvitation is the page of a link before log-in; it changes nothing but "opened".
func (s *Service) OpenInvitation(ctx context.Context, token string) (Invited, error) {
	return Invited{}, errUnwritten
}

// AcceptInvitation uses the link up, after its owner logged in with EDS, and gives the filing. Forbidden
// when somebody else logged in: the link then stays good for the right person.
func (s *Service) AcceptInvitation(ctx context.Context, who Who, token string) (uuid.UUID, error) {
	return uuid.Nil, errUnwritten
}

// Attach stores a document, in the place of another when u.Replaces is set.
func (s *Service) Attach(ctx context.Context, who Who, id uuid.UUID, u Upload) (uuid.UUID, error) {
	return uuid.Nil, errUnwritten
}

// Describe changes the number of sheets and the description of a document.
func (s *Service) Describe(ctx context.Context, who Who, id, document uuid.UUID, sheets, description string) error {
	return errUnwritten
}

// Detach takes a document out; it stays in the history.
func (s *Service) Detach(ctx context.Context, who Who, id, document uuid.UUID) error {
	return errUnwritten
}

// OpenDocument gives a document's bytes; opening an identity copy is recorded.
func (s *Service) OpenDocument(ctx context.Context, who Who, id, document uuid.UUID) (Document, io.ReadCloser, error) {
	return Document{}, nil, errUnwritten
}

// AnswerFinding stores the author's answer to a doubt of the preflight; an empty answer takes it back.
func (s *Service) AnswerFinding(ctx context.Context, who Who, id, document uuid.UUID, finding, answer string) error {
	return errUnwritten
}

// FormStatement renders and stores the statement. Problems when there are places to mend.
func (s *Service) FormStatement(ctx context.Context, who Who, id uuid.UUID) (Statement, error) {
	return Statement{}, errUnwritten
}

// OpenStatement gives the stored bytes of a statement, the present one when statement is uuid.Nil.
func (s *Service) OpenStatement(ctx context.Context, who Who, id, statement uuid.UUID) (Statement, []byte, error) {
	return Statement{}, nil, errUnwritten
}

// Edit opens a formed or paid filing for changes: the statement and its signatures are void.
func (s *Service) Edit(ctx context.Context, who Who, id uuid.UUID) error { return errUnwritten }

// Invoice gives the open invoice of a filing, made now if there is none: package payment's id, for its pages.
func (s *Service) Invoice(ctx context.Context, who Who, id uuid.UUID) (uuid.UUID, error) {
	return uuid.Nil, errUnwritten
}

// DeleteConsequence says what deleting does, with the money too, before it is done.
func (s *Service) DeleteConsequence(ctx context.Context, who Who, id uuid.UUID) (Consequence, error) {
	return Consequence{}, errUnwritten
}

// Delete deletes a filing that was not submitted. confirm is Consequence.Confirm.
func (s *Service) Delete(ctx context.Context, who Who, id uuid.UUID, confirm string) error {
	return errUnwritten
}

// SignContent is what a person is about to sign: the stored bytes and how they are named.
type SignContent struct {
	Statement Statement
	Content   []byte
	As        Role       // in which role the person signs
	Submits   bool       // this signature submits the application
	Until     *time.Time // term, nil when there is none
}

// ToSign gives what this person may sign now.
func (s *Service) ToSign(ctx context.Context, who Who, id uuid.UUID) (SignContent, error) {
	return SignContent{}, errUnwritten
}

// Submit verifies the filer's detached signature over the stored statement and gives the application its
// number and barcode, once. The same key gives the same answer again.
func (s *Service) Submit(ctx context.Context, who Who, id uuid.UUID, cms []byte, key string) (Receipted, error) {
	return Receipted{}, errUnwritten
}

// Sign verifies and stores another author's signature over the same bytes. last is true when it was the
// last one that was wanted.
func (s *Service) Sign(ctx context.Context, who Who, id uuid.UUID, cms []byte) (last bool, err error) {
	return false, errUnwritten
}

// SubmissionReceipt gives the receipt's PDF.
func (s *Service) SubmissionReceipt(ctx context.Context, who Who, id uuid.UUID) (name string, pdf []byte, err error) {
	return "", nil, errUnwritten
}

// Remind sends an author who has not signed a letter now; once a day.
func (s *Service) Remind(ctx context.Context, who Who, id, participant uuid.UUID) error {
	return errUnwritten
}

// Withdraw ends a submitted filing.
func (s *Service) Withdraw(ctx context.Context, who Who, id uuid.UUID, reason string) error {
	return errUnwritten
}

// Prolong gives the authors more time; the office's decision.
func (s *Service) Prolong(ctx context.Context, who Who, id uuid.UUID, until time.Time, reason string) error {
	return errUnwritten
}

// Records lists a person's records of the other kinds, of one kind when it is not empty; all for those who
// may see everybody's.
func (s *Service) Records(ctx context.Context, who Who, kind string, all bool) ([]Record, error) {
	return nil, errUnwritten
}

// RecordCounts counts records by kind.
func (s *Service) RecordCounts(ctx context.Context, who Who, all bool) (map[string]int, error) {
	return nil, errUnwritten
}

// Record is one record.
func (s *Service) Record(ctx context.Context, who Who, id uuid.UUID) (Record, error) {
	return Record{}, errUnwritten
}

// SaveRecord makes (ID uuid.Nil) or changes a record. Problems when a field is wrong. content nil leaves the
// document as it is.
func (s *Service) SaveRecord(ctx context.Context, who Who, r Record, content io.Reader) (uuid.UUID, error) {
	return uuid.Nil, errUnwritten
}

// DeleteRecord deletes a record.
func (s *Service) DeleteRecord(ctx context.Context, who Who, id uuid.UUID) error { return errUnwritten }

// OpenRecordDocument gives the document of a record.
func (s *Service) OpenRecordDocument(ctx context.Context, who Who, id uuid.UUID) (Record, io.ReadCloser, error) {
	return Record{}, nil, errUnwritten
}

// Price is what filing costs today, before there is a filing.
func (s *Service) Price(ctx context.Context, service ServiceCode, reduction string) (Price, error) {
	return Price{}, errUnwritten
}
