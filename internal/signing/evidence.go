package signing

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/blob"
	"kualik/internal/fault"
	"kualik/internal/pki"
	"kualik/internal/postgres"
)

// Evidence is a kept signature.
type Evidence struct {
	ID                uuid.UUID  `db:"id"`
	SubjectKind       string     `db:"subject_kind"`
	SubjectID         uuid.UUID  `db:"subject_id"`
	ContentSHA256     string     `db:"content_sha256"`
	ContentSize       int64      `db:"content_size"`
	Attached          bool       `db:"attached"`
	CMSSHA256         string     `db:"cms_sha256"`
	CertificateSHA256 string     `db:"certificate_sha256"`
	IINHash           []byte     `db:"iin_hash"`
	Name              string     `db:"name"`
	Organisation      string     `db:"organisation"`
	BIN               string     `db:"bin"`
	Roles             []string   `db:"roles"`
	Algorithm         string     `db:"algorithm"`
	KeyUsage          string     `db:"key_usage"`
	Serial            string     `db:"serial"`
	NotBefore         time.Time  `db:"not_before"`
	NotAfter          time.Time  `db:"not_after"`
	ClaimedAt         *time.Time `db:"claimed_at"`
	VerifiedAt        time.Time  `db:"verified_at"`
	RevocationState   string     `db:"revocation_state"`
	RevocationSource  string     `db:"revocation_source"`
	RevocationAt      *time.Time `db:"revocation_at"`
	KeptAt            time.Time  `db:"kept_at"`

	CMSFile         string `db:"cms_file"`
	CertificateFile string `db:"certificate_file"`
	IssuerFile      string `db:"issuer_file"`
	RevocationFile  string `db:"revocation_file"`
}

// Revocation is what was known when the signature was verified.
func (e Evidence) Revocation() Revocation {
	r := Revocation{State: e.RevocationState, Source: e.RevocationSource, file: e.RevocationFile}
	if e.RevocationAt != nil {
		r.CheckedAt = *e.RevocationAt
	}
	return r
}

func evidence(ctx context.Context, db postgres.DB, where string, args pgx.StrictNamedArgs) ([]Evidence, error) {
	rows, err := db.Query(ctx, `SELECT id, subject_kind, subject_id, content_sha256, content_size, attached, cms_sha256,
		certificate_sha256, iin_hash, name, organisation, bin, roles, algorithm, key_usage, serial, not_before, not_after, claimed_at,
		verified_at, revocation_state, revocation_source, revocation_at, kept_at, cms_file, certificate_file, issuer_file, revocation_file
		FROM signature WHERE `+where+` ORDER BY kept_at, id`, args)
	if err != nil {
		return nil, fmt.Errorf("reading signatures: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Evidence])
	if err != nil {
		return nil, fmt.Errorf("reading signatures: %w", err)
	}
	return list, nil
}

// Evidence finds a kept signature; fault.NotFound when there is none.
func (s *Service) Evidence(ctx context.Context, id uuid.UUID) (Evidence, error) {
	list, err := evidence(ctx, s.pool, `id = @id`, pgx.StrictNamedArgs{"id": id})
	if err == nil && len(list) == 0 {
		err = refuse(fault.NotFound, "no_evidence")
	}
	if err != nil {
		return Evidence{}, err
	}
	return list[0], nil
}

// EvidenceOf lists the signatures of a subject in the order in which they were kept.
func (s *Service) EvidenceOf(ctx context.Context, subjectKind string, subjectID uuid.UUID) ([]Evidence, error) {
	return evidence(ctx, s.pool, `subject_kind = @kind AND subject_id = @id`, pgx.StrictNamedArgs{"kind": subjectKind, "id": subjectID})
}

// CMS opens a kept message, as it was signed, in DER or BER. It names the signer's personal number.
func (s *Service) CMS(ctx context.Context, id uuid.UUID) ([]byte, error) {
	e, err := s.Evidence(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.unseal(ctx, e.CMSFile, cmsLabel, e.CMSSHA256)
}

const largestKept = 64 << 20 // bytes: a list of revoked certificates may be long

func (s *Service) unseal(ctx context.Context, file, label, sha string) ([]byte, error) {
	sealed, err := blob.ReadAll(ctx, s.o.Blobs, file, largestKept)
	if err != nil {
		return nil, fmt.Errorf("reading the evidence of a signature: %w", err)
	}
	plain, err := s.o.Keeper.Open(sealed, label)
	if err != nil {
		return nil, fmt.Errorf("opening the evidence of a signature: %w", err)
	}
	if !sameBytes(plain, sha) {
		return nil, fmt.Errorf("the evidence of a signature is not what was kept")
	}
	return plain, nil
}

// Verdict is what a kept signature is worth when it is verified again.
type Verdict struct {
	Valid      bool
	Reason     string // a code of pki, or other_person, evidence_changed; empty when valid
	At         time.Time
	Revocation Revocation // as the kept answer proves it; state unreachable when none was kept
}

// Reverify verifies a kept signature again, as of the instant at which it was accepted, from what was kept
// and without any network. content nil takes the document from the store.
func (s *Service) Reverify(ctx context.Context, id uuid.UUID, content []byte) (Verdict, error) {
	e, err := s.Evidence(ctx, id)
	if err != nil {
		return Verdict{}, err
	}
	if content == nil {
		if content, err = blob.ReadAll(ctx, s.o.Blobs, e.ContentSHA256, largestKept); err != nil {
			return Verdict{}, fmt.Errorf("reading what was signed: %w", err)
		}
	}
	message, err := s.unseal(ctx, e.CMSFile, cmsLabel, e.CMSSHA256)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{At: e.VerifiedAt, Revocation: Revocation{State: stateUnreachable}}
	result := pki.VerifyCMS(message, content, pki.Options{At: e.VerifiedAt, Trust: s.o.Trust})
	switch {
	case !sameBytes(content, e.ContentSHA256):
		v.Reason = pki.DigestMismatch
	case !result.Valid:
		v.Reason = result.Reason
	case len(result.Signers) != 1:
		v.Reason = "several_signers"
	case !sameBytes(result.Signers[0].Certificate, e.CertificateSHA256):
		v.Reason = "evidence_changed"
	}
	if v.Reason != "" {
		return v, nil
	}
	if e.RevocationFile != "" {
		proved := false
		if v.Revocation, proved, err = s.again(ctx, e, result.Signers[0]); err != nil {
			return Verdict{}, err
		}
		if !proved {
			v.Reason = "evidence_changed"
		}
	}
	v.Valid = v.Reason == ""
	return v, nil
}
