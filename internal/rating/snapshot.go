package rating

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/google/uuid"

	"kualik/internal/clock"
)

// dataFormat rises when the same database would give other bytes of Data.
const dataFormat = 1

// Data is everything that a result depends on. It holds no instant and no personal number, so the same
// facts give the same bytes in any installation.
type Data struct {
	Format       int           `json:"format"`
	Period       Period        `json:"period"`
	Zone         string        `json:"zone"` // in which days of receipt and borders of periods are meant
	RuleVersion  int           `json:"rule_version"`
	Rules        Rules         `json:"rules"`
	Staff        []Staff       `json:"staff"`        // by StaffID; those whom a certificate names
	Certificates []Certificate `json:"certificates"` // of the period or without a day; in reading order
}

// Staff is a member of staff as the rating needs them.
type Staff struct {
	StaffID      string    `json:"staff_id"`
	Name         string    `json:"name"`
	Position     string    `json:"position"`
	Department   string    `json:"department"`
	Faculty      string    `json:"faculty"`
	Programme    string    `json:"programme"`
	EmployedFrom clock.Day `json:"employed_from"`
	EmployedTo   clock.Day `json:"employed_to"`
}

// EmployedOn tells whether the person worked here on the day; an empty border is open.
func (s Staff) EmployedOn(d clock.Day) bool {
	return (s.EmployedFrom == "" || s.EmployedFrom <= d) && (s.EmployedTo == "" || d <= s.EmployedTo)
}

// Certificate is a certificate as the rating needs it. ApplicationRef is empty unless decided.
type Certificate struct {
	ID                  string    `json:"id"`
	Number              string    `json:"number"`
	RegisteredOn        clock.Day `json:"registered_on"`
	CreatedOn           clock.Day `json:"created_on"`
	ReceivedOn          clock.Day `json:"received_on"`
	Kind                string    `json:"kind"`
	KindText            string    `json:"kind_text"`
	Title               string    `json:"title"`
	Reading             string    `json:"reading"`
	NotOurs             bool      `json:"not_ours"`
	ApplicationDecision string    `json:"application_decision"`
	ApplicationRef      string    `json:"application_ref"`
	Authors             []Author  `json:"authors"`
}

// Author is an author as printed; StaffID is set when the decision is auto or confirmed.
type Author struct {
	Name     string `json:"name"`
	Decision string `json:"decision"`
	StaffID  string `json:"staff_id"`
}

// Day is the day by which the certificate is counted; empty when it is not known.
func (c *Certificate) Day(d Dating) clock.Day {
	switch d {
	case ByCreated:
		return c.CreatedOn
	case ByReceived:
		return c.ReceivedOn
	default:
		return c.RegisteredOn
	}
}

// Snapshot is sealed data. ID, SHA256 and SealedAt are empty for data that nobody sealed (a preview).
type Snapshot struct {
	ID       uuid.UUID
	SHA256   string
	SealedAt time.Time
	Data
}

// Sealed tells whether the snapshot is kept.
func (s *Snapshot) Sealed() bool { return s.ID != uuid.Nil }

// encode gives the canonical bytes of the data and their hash. Fields stand in the order of the types,
// maps are sorted by encoding/json, lists by collect.
func encode(d *Data) (canonical []byte, sum string, err error) {
	canonical, err = json.Marshal(d)
	if err != nil {
		return nil, "", fmt.Errorf("encode snapshot: %w", err)
	}
	h := sha256.Sum256(canonical)
	return canonical, hex.EncodeToString(h[:]), nil
}

func pack(canonical []byte) ([]byte, error) {
	var buf bytes.Buffer
	zw := gzip.NewWriter(&buf)
	if _, err := zw.Write(canonical); err != nil {
		return nil, fmt.Errorf("pack snapshot: %w", err)
	}
	if err := zw.Close(); err != nil {
		return nil, fmt.Errorf("pack snapshot: %w", err)
	}
	return buf.Bytes(), nil
}

// unpack reads a stored snapshot and refuses one whose bytes are not those that were sealed.
func unpack(packed []byte, sum string) (*Data, error) {
	zr, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpack snapshot: %w", err)
	}
	canonical, err := io.ReadAll(zr)
	if err != nil {
		return nil, fmt.Errorf("unpack snapshot: %w", err)
	}
	h := sha256.Sum256(canonical)
	if got := hex.EncodeToString(h[:]); got != sum {
		return nil, fmt.Errorf("snapshot does not match its seal: %s instead of %s", got, sum)
	}
	d := &Data{}
	if err := json.Unmarshal(canonical, d); err != nil {
		return nil, fmt.Errorf("decode snapshot: %w", err)
	}
	return d, nil
}

// staffIndex finds staff by their id.
func (d *Data) staffIndex() map[string]*Staff {
	m := make(map[string]*Staff, len(d.Staff))
	for i := range d.Staff {
		m[d.Staff[i].StaffID] = &d.Staff[i]
	}
	return m
}

// accepts tells whether the rules count certificates read so.
func (r Rules) accepts(reading string) bool { return slices.Contains(r.Readings, reading) }

// trusts tells whether the rules count authors decided so.
func (r Rules) trusts(decision string) bool { return slices.Contains(r.Decisions, decision) }
