package web

import (
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"kualik/internal/account"
	"kualik/internal/filing"
	"kualik/internal/signing"
)

// The reader's own signatures: what was signed when and with which key, the message itself, and whether it
// still proves itself from what was kept.

const ownSignaturesPath = "/my/signatures"

func (s *Server) mountOwnSignatures() {
	if s.Signing == nil {
		return
	}
	s.get(ownSignaturesPath, account.File, func(v *Visit) error { return s.showOwnSignatures(v, "", signing.Verdict{}) })
	s.post("/my/signatures/:id/verify", account.File, s.verifyOwnSignature)
	s.get("/my/signatures/:id/cms", account.File, s.ownSignatureFile)
}

// ownSignature is one of them.
type ownSignature struct {
	ID, What, Href           string
	SHA256, Algorithm        string
	Serial, Revocation, Name string
	At                       time.Time
	Lamp, Fact, Evidence     string // of the verification that was just done
}

func (s *Server) ownEvidence(v *Visit) ([]signing.Evidence, error) {
	iin, err := s.Accounts.IIN(v.UserContext(), v.Who.ID)
	if err != nil {
		return nil, err
	}
	return s.Signing.EvidenceBy(v.UserContext(), iin)
}

// showOwnSignatures lists them, with the verdict on the one that was just verified.
func (s *Server) showOwnSignatures(v *Visit, verified string, verdict signing.Verdict) error {
	list, err := s.ownEvidence(v)
	if err != nil {
		return err
	}
	var rows []ownSignature
	for _, e := range slices.Backward(list) {
		row := ownSignature{ID: e.ID.String(), What: v.T("eds.my.what.other"), SHA256: e.ContentSHA256, Algorithm: e.Algorithm, Serial: e.Serial, Name: e.Name,
			At: e.VerifiedAt, Revocation: e.Revocation().Text(v.Lang(), s.Zone)}
		if e.SubjectKind == filing.SubjectKind {
			row.What, row.Href = v.T("eds.my.what.filing"), filingsPath+"/"+e.SubjectID.String()
		}
		if row.ID == verified {
			row.Lamp, row.Fact, row.Evidence = "ok", v.T("eds.my.valid"), verdict.Revocation.Text(v.Lang(), s.Zone)
			if !verdict.Valid {
				row.Lamp, row.Fact, row.Evidence = "bad", v.T("eds.my.invalid"), verdict.Reason
			}
		}
		rows = append(rows, row)
	}
	return v.Show(Page{Title: v.T("eds.my.title"), Here: profilePath}, ownSignaturesPage(rows))
}

// ownOne is the signature in the address, if it is the reader's.
func (s *Server) ownOne(v *Visit) (signing.Evidence, error) {
	id, err := v.ID("id")
	if err != nil {
		return signing.Evidence{}, err
	}
	list, err := s.ownEvidence(v)
	if err != nil {
		return signing.Evidence{}, err
	}
	for _, e := range list {
		if e.ID == id {
			return e, nil
		}
	}
	return signing.Evidence{}, errNoPage
}

func (s *Server) verifyOwnSignature(v *Visit) error {
	e, err := s.ownOne(v)
	if err != nil {
		return err
	}
	content, err := s.signedContent(v, e)
	if err != nil {
		return err
	}
	verdict, err := s.Signing.Reverify(v.UserContext(), e.ID, content)
	if err != nil {
		return err
	}
	return s.showOwnSignatures(v, e.ID.String(), verdict)
}

// signedContent are the bytes that were signed; the statements of an application lie sealed with it.
func (s *Server) signedContent(v *Visit, e signing.Evidence) ([]byte, error) {
	if e.SubjectKind != filing.SubjectKind || s.Filings == nil {
		return nil, nil // they lie open under their hash
	}
	view, err := s.Filings.View(v.UserContext(), v.me(), e.SubjectID)
	if err != nil {
		return nil, err
	}
	list := view.Voided
	if view.Statement != nil {
		list = append(list, *view.Statement)
	}
	for _, st := range list {
		if st.SHA256 == e.ContentSHA256 {
			_, content, err := s.Filings.OpenStatement(v.UserContext(), v.me(), e.SubjectID, st.ID)
			return content, err
		}
	}
	return nil, errNoDocument
}

func (s *Server) ownSignatureFile(v *Visit) error {
	e, err := s.ownOne(v)
	if err != nil {
		return err
	}
	cms, err := s.Signing.CMS(v.UserContext(), e.ID)
	if err != nil {
		return err
	}
	v.Set(fiber.HeaderContentType, "application/pkcs7-signature")
	v.Set(fiber.HeaderContentDisposition, attachment(e.ContentSHA256[:12]+".p7s"))
	return v.Send(cms)
}
