package signing

import (
	"bytes"
	"context"
	"crypto/subtle"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"kualik/internal/blob"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/person"
	"kualik/internal/pki"
)

// Wanted is the signature that is needed: over these stored bytes, by the owner of this number.
type Wanted struct {
	Content []byte
	IIN     string    // the participant's; empty: anybody's
	At      time.Time // when it was signed; zero: now
}

// Signed is a verified signature whose evidence lies in the store; Keep gives it its row.
type Signed struct {
	Identity      Identity
	ContentSHA256 string
	ContentSize   int64
	Attached      bool      // the message held the document too
	ClaimedAt     time.Time // the signer's own clock; zero when not told
	VerifiedAt    time.Time

	cmsSHA256, certificateSHA256         string
	cmsFile, certificateFile, issuerFile string
}

// Labels under which evidence is sealed.
const (
	cmsLabel         = "signature cms"
	certificateLabel = "signature certificate"
)

// VerifyDocument verifies a signature over stored bytes, detached, or with the same bytes in it, and puts
// its evidence into the store. It asks the network and must not be called inside a transaction. Code tells
// why a signature is refused.
func (s *Service) VerifyDocument(ctx context.Context, w Wanted, cms []byte) (Signed, error) {
	message, err := unwrap(cms, largestMessage+len(w.Content))
	if err != nil {
		return Signed{}, err
	}
	at := w.At
	if at.IsZero() {
		at = s.o.Clock.Now()
	}
	v, err := s.verify(message, w.Content, at, "other_document")
	if err != nil {
		return Signed{}, err
	}
	switch {
	case v.signer.KeyUsage == pki.UsageAuth:
		return Signed{}, refuse(fault.Invalid, "auth_key")
	case v.signer.KeyUsage != pki.UsageSign:
		return Signed{}, refuse(fault.Invalid, "no_usage")
	case w.IIN != "" && subtle.ConstantTimeCompare([]byte(w.IIN), []byte(v.signer.IIN)) != 1:
		return Signed{}, refuse(fault.Invalid, "other_person", "Name", fullName(v.signer))
	}
	r, err := s.revocation(ctx, v, true)
	if err != nil {
		return Signed{}, err
	}
	attached := pki.VerifyCMS(message, nil, pki.Options{At: at, Trust: s.o.Trust}).Reason != pki.NoContent
	signed := Signed{Identity: v.identity(r), ContentSHA256: blob.Sum(w.Content), ContentSize: int64(len(w.Content)), Attached: attached,
		ClaimedAt: v.signer.SigningTime, VerifiedAt: at, cmsSHA256: blob.Sum(message), certificateSHA256: blob.Sum(v.signer.Certificate)}
	return signed, s.store(ctx, v, &signed)
}

// store puts the message and the certificates into the store. Those that name a personal number lie sealed.
func (s *Service) store(ctx context.Context, v verified, signed *Signed) error {
	contents := [][]byte{s.o.Keeper.Seal(v.message, cmsLabel), s.o.Keeper.Seal(v.signer.Certificate, certificateLabel)}
	if len(v.signer.Issuer) > 0 {
		contents = append(contents, v.signer.Issuer)
	}
	refs, err := s.o.Blobs.PutAll(ctx, contents)
	if err != nil {
		return fmt.Errorf("storing the evidence of a signature: %w", err)
	}
	signed.cmsFile, signed.certificateFile = refs[0].SHA256, refs[1].SHA256
	if len(refs) > 2 {
		signed.issuerFile = refs[2].SHA256
	}
	return nil
}

// Keep writes the row of a verified signature in the transaction of what it is for. The same person's
// signature over the same bytes for the same subject is kept once: the one that was there is given back.
func (s *Service) Keep(ctx context.Context, tx pgx.Tx, g Signed, subjectKind string, subjectID uuid.UUID) (Evidence, error) {
	if g.cmsFile == "" {
		return Evidence{}, fmt.Errorf("keeping a signature that was not verified")
	}
	id, hash := clock.NewID(), s.o.Keeper.Hash(person.HashLabel, g.Identity.IIN)
	var claimed, asked *time.Time
	if !g.ClaimedAt.IsZero() {
		claimed = &g.ClaimedAt
	}
	if !g.Identity.Revocation.CheckedAt.IsZero() {
		asked = &g.Identity.Revocation.CheckedAt
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO signature (id, subject_kind, subject_id, content_sha256, content_size, attached, cms_sha256, cms_file,
			certificate_sha256, certificate_file, issuer_file, iin_sealed, iin_hash, name, organisation, bin, roles, algorithm,
			key_usage, serial, not_before, not_after, claimed_at, verified_at, revocation_state, revocation_source, revocation_at,
			revocation_file, kept_at)
		VALUES (@id, @kind, @subject, @content, @size, @attached, @cms, @cms_file, @certificate, @certificate_file, @issuer_file,
			@sealed, @hash, @name, @organisation, @bin, @roles, @algorithm, @usage, @serial, @not_before, @not_after, @claimed,
			@verified, @state, @source, @asked, @answer, @now)
		ON CONFLICT ON CONSTRAINT signature_once DO NOTHING`,
		pgx.StrictNamedArgs{"id": id, "kind": subjectKind, "subject": subjectID, "content": g.ContentSHA256, "size": g.ContentSize,
			"attached": g.Attached, "cms": g.cmsSHA256, "cms_file": g.cmsFile, "certificate": g.certificateSHA256,
			"certificate_file": g.certificateFile, "issuer_file": g.issuerFile, "sealed": s.o.Keeper.Seal([]byte(g.Identity.IIN), iinLabel(id)),
			"hash": hash, "name": g.Identity.Name, "organisation": g.Identity.Organisation, "bin": g.Identity.BIN, "roles": orEmpty(g.Identity.Roles),
			"algorithm": g.Identity.Algorithm, "usage": g.Identity.KeyUsage, "serial": g.Identity.Serial, "not_before": g.Identity.NotBefore,
			"not_after": g.Identity.NotAfter, "claimed": claimed, "verified": g.VerifiedAt, "state": g.Identity.Revocation.State,
			"source": g.Identity.Revocation.Source, "asked": asked, "answer": g.Identity.Revocation.file, "now": s.o.Clock.Now()})
	if err != nil {
		return Evidence{}, fmt.Errorf("keeping a signature: %w", err)
	}
	list, err := evidence(ctx, tx, `subject_kind = @kind AND subject_id = @subject AND content_sha256 = @content AND iin_hash = @hash`,
		pgx.StrictNamedArgs{"kind": subjectKind, "subject": subjectID, "content": g.ContentSHA256, "hash": hash})
	if err != nil {
		return Evidence{}, err
	}
	if len(list) != 1 {
		return Evidence{}, fmt.Errorf("keeping a signature: %d rows", len(list))
	}
	return list[0], nil
}

func iinLabel(id uuid.UUID) string { return "signature:" + id.String() }

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// sameBytes tells whether content is what was signed.
func sameBytes(content []byte, sha string) bool {
	return bytes.Equal([]byte(blob.Sum(content)), []byte(sha))
}
