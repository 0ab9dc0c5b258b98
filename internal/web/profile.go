package web

import (
	"net/url"
	"strconv"

	"kualik/internal/account"
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/i18n"
	"kualik/internal/secret"
	"kualik/internal/web/part"
)

// The profile: what a person files with. It is first seen after the first log-in with EDS, with what the
// certificate told and what is still missing, and at any time from the account menu.

const profilePath = "/profile"

func (s *Server) mountProfile() {
	if s.Signing == nil {
		return
	}
	s.get(profilePath, account.File, s.profilePage)
	s.post(profilePath, account.File, s.saveProfile)
	s.post("/profile/refresh", account.File, s.refreshProfile)
	s.post("/profile/reveal", account.File, s.revealOwnIIN)
	s.postFile("/profile/document", account.File, s.saveGroundDocument)
	s.post("/profile/document/remove", account.File, s.removeGroundDocument)
	s.get("/profile/document", account.File, s.groundDocument)
}

// profileView is the page of a profile. P is as stored, or as typed when something in it is wrong.
type profileView struct {
	P        account.Profile
	Lang     i18n.Lang
	Country  string
	None     bool // never came by EDS
	First    bool
	Look     bool // came by link or password: may look only
	Registry bool
	IIN      string
	HeadIIN  string
	Next     string
	Problem  string
	Problems map[account.Field]string
	Links    []part.Link // to the fields that are wrong or missing
	Changes  []profileChange
	Asked    bool // the registry answered
	Grounds  []part.Option
	Document struct{ Size, Problem string }
	Refresh  string // why the registry did not answer
	Paused   []pauseRow
}

type profileChange struct{ Field, Before, After string }

func (s *Server) profilePage(v *Visit) error {
	p, err := s.Accounts.Profile(v.UserContext(), v.Who.ID)
	if fault.Is(err, fault.NotFound) {
		return s.showProfile(v, profileView{None: true}, 200)
	}
	if err != nil {
		return err
	}
	return s.showProfile(v, profileView{P: p}, 200)
}

// showProfile completes the view.
func (s *Server) showProfile(v *Visit, view profileView, status int) error {
	view.Lang, view.Look, view.Registry = v.Lang(), v.Who.Means != account.ByEDS, s.Accounts.HasRegistry()
	view.Next, view.First = safeBack(v.FormValue("next", "/")), v.FormValue("first") != ""
	view.Country = account.CountryName(v.Lang(), view.P.Country)
	if view.IIN == "" && view.P.IIN != "" {
		view.IIN = secret.Mask(view.P.IIN)
	}
	view.HeadIIN = view.P.HeadIIN
	if view.Look && view.HeadIIN != "" {
		view.HeadIIN = secret.Mask(view.HeadIIN)
	}
	if view.Problems == nil {
		view.Problems = map[account.Field]string{}
		for _, f := range account.Missing(view.P) {
			view.Links = append(view.Links, part.Link{Text: account.MissingText(v.Lang(), f), Href: part.FieldLink(string(f))})
		}
	}
	view.Grounds = []part.Option{{Value: "", Text: v.T("eds.profile.ground_none")}}
	for _, g := range account.Grounds {
		view.Grounds = append(view.Grounds, part.Option{Value: g, Text: v.T("account.ground." + g)})
	}
	if view.P.DocumentName != "" {
		view.Document.Size = part.Size(v.Context(), view.P.DocumentSize)
	}
	var err error
	if view.Paused, err = s.ownPauses(v.UserContext(), v); err != nil {
		return err
	}
	return v.Show(Page{Title: v.T("eds.profile.title"), Here: profilePath, Status: status}, profilePage(view))
}

// typedProfile is the stored profile with what the form says.
func (s *Server) typedProfile(v *Visit) (account.Profile, error) {
	p, err := s.Accounts.Profile(v.UserContext(), v.Who.ID)
	if err != nil {
		return p, err
	}
	p.Version, _ = strconv.Atoi(v.Text("version")) // anything else is a conflict
	for f, to := range map[account.Field]*string{account.FieldNameForeign: &p.NameForeign, account.FieldEAPONumber: &p.EAPONumber,
		account.FieldOrganisation: &p.Organisation, account.FieldBIN: &p.BIN, account.FieldHeadName: &p.HeadName, account.FieldHeadIIN: &p.HeadIIN,
		account.FieldCountry: &p.Country, account.FieldRegion: &p.Region, account.FieldPostcode: &p.Postcode, account.FieldAddress: &p.Address,
		account.FieldPhone: &p.Phone, account.FieldFax: &p.Fax, account.FieldEmail: &p.Email} {
		if !p.ReadOnly(f) {
			*to = v.Text(string(f))
		}
	}
	if born := v.Text(string(account.FieldBirthDate)); !p.ReadOnly(account.FieldBirthDate) {
		p.BirthDate = clock.Day(born)
		if d, err := clock.ParseDay(born); err == nil {
			p.BirthDate = d
		}
	}
	p.Reduction, p.Ground = v.Text("reduction") != "", v.Text("ground")
	return p, nil
}

func (s *Server) saveProfile(v *Visit) error {
	if err := v.needEDS(); err != nil {
		return err
	}
	p, err := s.typedProfile(v)
	if err != nil {
		return err
	}
	saved, err := s.Accounts.SaveProfile(v.UserContext(), v.Who.Account, p)
	if err != nil {
		if !mendable(err) {
			return err
		}
		view := profileView{P: p, Problem: v.Error(err), Problems: map[account.Field]string{}}
		for _, w := range p.Check(v.Today()) {
			view.Problems[w.Field] = w.Text(v.Lang())
			view.Links = append(view.Links, part.Link{Text: w.Field.Label(v.Lang()) + ": " + w.Text(v.Lang()), Href: part.FieldLink(string(w.Field))})
		}
		return s.showProfile(v, view, statusOf[fault.KindOf(err)])
	}
	v.Notice("web.saved")
	next := safeBack(v.FormValue("next"))
	if len(account.Missing(saved)) > 0 || next == "/" && v.FormValue("first") == "" {
		return v.Go(profileAgain(v))
	}
	return v.Go(next)
}

// profileAgain is the profile with what its address said.
func profileAgain(v *Visit) string {
	q := url.Values{}
	if v.FormValue("first") != "" {
		q.Set("first", "1")
	}
	if next := safeBack(v.FormValue("next")); next != "/" {
		q.Set("next", next)
	}
	if len(q) == 0 {
		return profilePath
	}
	return profilePath + "?" + q.Encode()
}

// refreshProfile asks the state's registry of persons and shows what is different now.
func (s *Server) refreshProfile(v *Visit) error {
	if err := v.needEDS(); err != nil {
		return err
	}
	changes, err := s.Accounts.Refresh(v.UserContext(), v.Who.Account, v.Text("consent") != "")
	status := 200
	var why string
	if err != nil {
		if !mendable(err) && !fault.Is(err, fault.NotFound) {
			return err
		}
		why, status = v.Error(err), statusOf[fault.KindOf(err)]
	}
	p, err := s.Accounts.Profile(v.UserContext(), v.Who.ID)
	if err != nil {
		return err
	}
	view := profileView{P: p, Refresh: why, Asked: why == ""}
	for _, c := range changes {
		view.Changes = append(view.Changes, profileChange{c.Field.Label(v.Lang()), s.profileValue(v, c.Field, c.Before), s.profileValue(v, c.Field, c.After)})
	}
	return s.showProfile(v, view, status)
}

// profileValue writes the value of a field as people read it.
func (s *Server) profileValue(v *Visit, f account.Field, value string) string {
	switch {
	case value == "":
		return "—"
	case f == account.FieldBirthDate:
		return i18n.Day(v.Lang(), clock.Day(value))
	case f == account.FieldCountry:
		return account.CountryName(v.Lang(), value)
	}
	return value
}

// revealOwnIIN shows the owner's number whole, and records that it was shown.
// The form stays as it was typed.
func (s *Server) revealOwnIIN(v *Visit) error {
	p, err := s.typedProfile(v)
	if err != nil {
		return err
	}
	iin, err := s.Accounts.RevealIIN(v.UserContext(), v.Who.Account)
	if err != nil {
		return err
	}
	return s.showProfile(v, profileView{P: p, IIN: iin}, 200)
}
