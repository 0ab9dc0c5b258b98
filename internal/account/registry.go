package account

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/audit"
	"kualik/internal/clock"
	"kualik/internal/fault"
)

// PersonRecord is what the state's registry of persons (ГБД ФЛ) says of one.
type PersonRecord struct {
	Surname, GivenName, Patronymic     string
	BirthDate                          clock.Day
	Country, Region, Address, Postcode string
}

// PersonRegistry looks people up. fault.NotFound when it has nobody with the number, fault.Forbidden when it
// refuses us, fault.Unavailable when it does not answer. The university's way to it (SHEP) is another adapter
// than the HTTP one here.
type PersonRegistry interface {
	Lookup(ctx context.Context, iin string) (PersonRecord, error)
}

var (
	errConsent         = fault.New(fault.Invalid, "account.registry.error.consent")
	errRegistryOff     = fault.New(fault.Unavailable, "account.registry.error.off")
	errRegistryUnknown = fault.New(fault.NotFound, "account.registry.error.unknown")
	errRegistryRefused = fault.New(fault.Forbidden, "account.registry.error.refused")
)

func errRegistryAway(err error) error {
	return fault.Wrap(err, fault.Unavailable, "account.registry.error.unavailable")
}

// FieldChange is a field that the registry has changed.
type FieldChange struct {
	Field         Field
	Before, After string
}

// HasRegistry tells whether there is a registry to ask.
func (s *Service) HasRegistry() bool { return s.persons != nil && s.keeper != nil }

// Refresh asks the registry about the owner of an account and takes its answer into the profile; it gives
// what has changed. consent is the person's own, given on the page, without which the registry is not asked
// (law "On personal data", art. 7); it is recorded with the question.
func (s *Service) Refresh(ctx context.Context, who Account, consent bool) ([]FieldChange, error) {
	switch {
	case !s.HasRegistry():
		return nil, errRegistryOff
	case !consent:
		return nil, errConsent
	}
	iin, err := s.IIN(ctx, who.ID)
	if err != nil {
		return nil, err
	}
	if iin == "" {
		return nil, errNoProfile
	}
	if err := s.mayAsk(ctx, who.ID); err != nil {
		return nil, err
	}
	lookup := clock.NewID()
	_, err = s.pool.Exec(ctx, `INSERT INTO registry_lookup (id, account_id, consent_at, asked_at) VALUES (@id, @account, @now, @now)`,
		pgx.StrictNamedArgs{"id": lookup, "account": who.ID, "now": s.clock.Now()})
	if err != nil {
		return nil, fmt.Errorf("recording a question to the registry: %w", err)
	}
	record, err := s.persons.Lookup(ctx, iin)
	if err != nil {
		// Written down also when the person has gone away meanwhile.
		return nil, errors.Join(err, s.answered(context.WithoutCancel(ctx), s.pool, lookup, outcomeOf(err), nil))
	}
	var changes []FieldChange
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		p, ok, err := s.readProfile(ctx, tx, who.ID, "FOR UPDATE")
		if err != nil || !ok {
			return errOr(err, errNoProfile)
		}
		changes = p.refresh(record)
		now := s.clock.Now()
		p.RefreshedAt = &now
		if err := s.writeProfile(ctx, tx, &p); err != nil {
			return err
		}
		names := []string{}
		for _, c := range changes {
			names = append(names, string(c.Field))
		}
		if err := s.answered(ctx, tx, lookup, "found", names); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{At: now, Actor: who.Actor(), Action: "account.registry", SubjectKind: "account",
			SubjectID: who.ID.String(), After: map[string]any{"fields": names, "consent": true}})
	})
	return changes, err
}

// questionsInARow bounds how often one person may have the registry asked within limitWindow.
const questionsInARow = 10

func (s *Service) mayAsk(ctx context.Context, id uuid.UUID) error {
	var n int
	err := s.pool.QueryRow(ctx, `SELECT count(*) FROM registry_lookup WHERE account_id = @id AND asked_at > @since`,
		pgx.StrictNamedArgs{"id": id, "since": s.clock.Now().Add(-limitWindow)}).Scan(&n)
	if err != nil {
		return fmt.Errorf("counting questions to the registry: %w", err)
	}
	if n >= questionsInARow {
		return errTooMany
	}
	return nil
}

func outcomeOf(err error) string {
	switch fault.KindOf(err) {
	case fault.NotFound:
		return "unknown"
	case fault.Forbidden:
		return "refused"
	}
	return "unavailable"
}

func (s *Service) answered(ctx context.Context, db audit.Execer, lookup uuid.UUID, outcome string, changed []string) error {
	if changed == nil {
		changed = []string{}
	}
	_, err := db.Exec(ctx, `UPDATE registry_lookup SET answered_at = @now, outcome = @outcome, changed = @changed WHERE id = @id`,
		pgx.StrictNamedArgs{"id": lookup, "now": s.clock.Now(), "outcome": outcome, "changed": changed})
	if err != nil {
		return fmt.Errorf("recording the registry's answer: %w", err)
	}
	return nil
}

// refresh takes over what the registry says; what it does not say stays.
func (p *Profile) refresh(r PersonRecord) []FieldChange {
	var out []FieldChange
	for _, v := range []struct {
		field Field
		value string
	}{
		{FieldGivenName, r.GivenName}, {FieldSurname, r.Surname}, {FieldPatronymic, r.Patronymic},
		{FieldCountry, countryCode(r.Country)}, {FieldRegion, r.Region}, {FieldPostcode, r.Postcode}, {FieldAddress, r.Address},
	} {
		value, t := strings.Join(strings.Fields(v.value), " "), p.text(v.field)
		if value == "" {
			continue
		}
		if *t != value {
			out = append(out, FieldChange{v.field, *t, value})
		}
		*t, p.Sources[v.field] = value, FromRegistry
	}
	if r.BirthDate != "" {
		if r.BirthDate != p.BirthDate {
			out = append(out, FieldChange{FieldBirthDate, string(p.BirthDate), string(r.BirthDate)})
		}
		p.BirthDate, p.Sources[FieldBirthDate] = r.BirthDate, FromRegistry
	}
	return out
}

// httpRegistry asks a registry that speaks JSON over HTTP.
type httpRegistry struct {
	base   *url.URL
	token  string
	client *http.Client
}

// NewPersonRegistry asks GET <address>/persons/<number>. The token for the header Authorization is the
// password of the address (https://:token@host). nil is a client that gives up after ten seconds.
func NewPersonRegistry(address string, client *http.Client) (PersonRegistry, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fault.New(fault.Invalid, "account.registry.error.url") // without the cause: it quotes the token
	}
	token, _ := u.User.Password()
	u.User = nil
	if client == nil {
		client = &http.Client{Timeout: 10 * time.Second}
	}
	return &httpRegistry{base: u, token: token, client: client}, nil
}

// largestRecord is more than any answer about a person has, in bytes.
const largestRecord = 64 << 10

// Lookup asks for one person. The number stands in no error: errors are logged.
func (r *httpRegistry) Lookup(ctx context.Context, iin string) (PersonRecord, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base.JoinPath("persons", iin).String(), nil)
	if err != nil {
		return PersonRecord{}, errRegistryAway(nil)
	}
	req.Header.Set("Accept", "application/json")
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	answer, err := r.client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // the rest quotes the address, with the number in it
		}
		return PersonRecord{}, errRegistryAway(err)
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return PersonRecord{}, errRegistryUnknown
	case http.StatusUnauthorized, http.StatusForbidden:
		return PersonRecord{}, errRegistryRefused
	default:
		return PersonRecord{}, errRegistryAway(fmt.Errorf("the registry answered %d", answer.StatusCode))
	}
	return readRecord(io.LimitReader(answer.Body, largestRecord))
}

func readRecord(body io.Reader) (PersonRecord, error) {
	var j struct {
		Surname    string `json:"surname"`
		GivenName  string `json:"given_name"`
		Patronymic string `json:"patronymic"`
		BirthDate  string `json:"birth_date"`
		Country    string `json:"country"`
		Region     string `json:"region"`
		Address    string `json:"address"`
		Postcode   string `json:"postcode"`
	}
	if err := json.NewDecoder(body).Decode(&j); err != nil {
		return PersonRecord{}, errRegistryAway(errors.New("the registry's answer is not what was agreed"))
	}
	born, err := clock.ParseDay(j.BirthDate)
	if err != nil || j.Surname == "" {
		return PersonRecord{}, errRegistryAway(errors.New("the registry's answer lacks a name or a good day of birth"))
	}
	return PersonRecord{Surname: j.Surname, GivenName: j.GivenName, Patronymic: j.Patronymic, BirthDate: born,
		Country: j.Country, Region: j.Region, Address: j.Address, Postcode: j.Postcode}, nil
}
