package account

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"kualik/internal/clock"
	"kualik/internal/i18n"
	"kualik/internal/person"
)

// Field is a field of a profile; its label is the message "account.profile." + Field.
type Field string

// The fields, in the order of the form.
const (
	FieldGivenName    Field = "given_name"
	FieldSurname      Field = "surname"
	FieldPatronymic   Field = "patronymic"
	FieldNameForeign  Field = "name_foreign"
	FieldIIN          Field = "iin"
	FieldBirthDate    Field = "birth_date"
	FieldEAPONumber   Field = "eapo_number"
	FieldOrganisation Field = "organisation"
	FieldBIN          Field = "bin"
	FieldHeadName     Field = "head_name"
	FieldHeadIIN      Field = "head_iin"
	FieldReduction    Field = "reduction"
	FieldCountry      Field = "country"
	FieldRegion       Field = "region"
	FieldPostcode     Field = "postcode"
	FieldAddress      Field = "address"
	FieldPhone        Field = "phone"
	FieldFax          Field = "fax"
	FieldEmail        Field = "email"
)

// requiredFields are those with a red star, in the order in which the form names the missing ones.
var requiredFields = []Field{FieldCountry, FieldRegion, FieldPostcode, FieldAddress, FieldPhone, FieldEmail}

// Label is the name of a field as the form has it.
func (f Field) Label(l i18n.Lang) string { return i18n.T(l, "account.profile."+string(f)) }

// Required tells whether nothing can be filed without the field.
func (f Field) Required() bool { return slices.Contains(requiredFields, f) }

// Source is where the value of a field came from; empty for what was typed.
type Source string

// The sources.
const (
	FromEDS      Source = "eds"
	FromRegistry Source = "registry"
	FromIIN      Source = "iin" // the day of birth that a personal number begins with
)

// Grounds are the codes of grounds for a reduced fee; their names are messages "account.ground." + code.
var Grounds = []string{"war_veteran", "disability", "pensioner", "student", "qandas"}

// Kazakhstan is the code of the country; other countries are kept as they are written.
const Kazakhstan = "KZ"

// Profile is what a person files with. IIN, and HeadIIN, are open here: pages mask them.
type Profile struct {
	AccountID         uuid.UUID        `db:"account_id"`
	Surname           string           `db:"surname"`
	GivenName         string           `db:"given_name"`
	Patronymic        string           `db:"patronymic"`
	NameForeign       string           `db:"name_foreign"`
	IIN               string           `db:"-"`
	BirthDate         clock.Day        `db:"birth_date"`
	EAPONumber        string           `db:"eapo_number"`
	Organisation      string           `db:"organisation"`
	BIN               string           `db:"bin"`
	HeadName          string           `db:"head_name"`
	HeadIIN           string           `db:"-"`
	Reduction         bool             `db:"reduction"`
	Ground            string           `db:"reduction_ground"` // a code of Grounds
	DocumentName      string           `db:"reduction_filename"`
	DocumentType      string           `db:"reduction_type"`
	DocumentSize      int64            `db:"reduction_size"`
	Country           string           `db:"country"` // Kazakhstan, or a name
	Region            string           `db:"region"`
	Postcode          string           `db:"postcode"`
	Address           string           `db:"address"`
	Phone             string           `db:"phone"`
	Fax               string           `db:"fax"`
	Email             string           `db:"email"`
	EmailEDS          string           `db:"email_eds"`
	Sources           map[Field]Source `db:"sources"`
	CertificateSerial string           `db:"certificate_serial"`
	RefreshedAt       *time.Time       `db:"refreshed_at"`
	Version           int              `db:"version"` // rises with every change; a save names the one that it saw
	UpdatedAt         time.Time        `db:"updated_at"`
}

// FullName is the person's name in one line.
func (p Profile) FullName() string {
	return person.Name{Surname: p.Surname, Given: p.GivenName, Patronymic: p.Patronymic}.Full()
}

// NotifyAt is where letters go: the address in the certificate, as the instruction says, else the typed one.
func (p Profile) NotifyAt() string {
	if p.EmailEDS != "" {
		return p.EmailEDS
	}
	return p.Email
}

// ReadOnly tells whether a field came from the certificate or the registry and is not for typing.
func (p Profile) ReadOnly(f Field) bool {
	switch f {
	case FieldSurname, FieldGivenName, FieldPatronymic, FieldIIN:
		return true
	case FieldOrganisation, FieldBIN, FieldHeadName, FieldHeadIIN:
		return p.Sources[f] == FromEDS
	case FieldBirthDate:
		return p.Sources[f] == FromRegistry
	}
	return false
}

// Missing are the required fields that are empty, in the order of the form.
func Missing(p Profile) []Field {
	var out []Field
	for _, f := range requiredFields {
		if strings.TrimSpace(*p.text(f)) == "" {
			out = append(out, f)
		}
	}
	return out
}

// MissingText is the line that the form shows of an empty required field.
func MissingText(l i18n.Lang, f Field) string {
	return i18n.T(l, "account.profile.missing", "Field", f.Label(l))
}

// text is the place of a field that is a text; nil for the others.
func (p *Profile) text(f Field) *string {
	switch f {
	case FieldGivenName:
		return &p.GivenName
	case FieldSurname:
		return &p.Surname
	case FieldPatronymic:
		return &p.Patronymic
	case FieldNameForeign:
		return &p.NameForeign
	case FieldEAPONumber:
		return &p.EAPONumber
	case FieldOrganisation:
		return &p.Organisation
	case FieldBIN:
		return &p.BIN
	case FieldHeadName:
		return &p.HeadName
	case FieldHeadIIN:
		return &p.HeadIIN
	case FieldCountry:
		return &p.Country
	case FieldRegion:
		return &p.Region
	case FieldPostcode:
		return &p.Postcode
	case FieldAddress:
		return &p.Address
	case FieldPhone:
		return &p.Phone
	case FieldFax:
		return &p.Fax
	case FieldEmail:
		return &p.Email
	}
	return nil
}

// typed are the text fields that a person may write, in the order of the form.
var typed = []Field{FieldNameForeign, FieldEAPONumber, FieldOrganisation, FieldBIN, FieldHeadName, FieldHeadIIN,
	FieldCountry, FieldRegion, FieldPostcode, FieldAddress, FieldPhone, FieldFax, FieldEmail}

// FieldProblem is a field that was filled in wrongly; Key is the sentence's message.
type FieldProblem struct {
	Field Field
	Key   string
}

// Text is the sentence for the user.
func (p FieldProblem) Text(l i18n.Lang) string { return i18n.T(l, p.Key) }

var (
	postcodeKZ = regexp.MustCompile(`^[0-9]{6}$`)
	postcode   = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z -]{1,11}$`)
	eapo       = regexp.MustCompile(`^[0-9A-Za-zА-Яа-я][0-9A-Za-zА-Яа-я/. -]{0,29}$`)
	phoneSigns = regexp.MustCompile(`^\+?[0-9 ()-]+$`)
)

const (
	longestField   = 300
	longestAddress = 600
)

// Check names the fields that are filled in wrongly, as they were typed. What is empty is no fault here: see
// Missing.
func (p Profile) Check(today clock.Day) []FieldProblem {
	p.tidy()
	var out []FieldProblem
	bad := func(f Field, wrong bool, code string) {
		if wrong {
			out = append(out, FieldProblem{f, "account.profile.error." + code})
		}
	}
	for _, f := range typed {
		s, limit := *p.text(f), longestField
		if f == FieldAddress {
			limit = longestAddress
		}
		if utf8.RuneCountInString(s) > limit || strings.ContainsFunc(s, isControl) {
			bad(f, true, "long")
			continue
		}
		if s == "" || p.ReadOnly(f) {
			continue
		}
		switch f {
		case FieldEAPONumber:
			bad(f, !eapo.MatchString(s), "eapo_number")
		case FieldBIN:
			bad(f, person.CheckBIN(s) != "", "bin")
		case FieldHeadIIN:
			bad(f, person.CheckIIN(s) != "", "iin")
		case FieldPostcode:
			bad(f, p.Country == Kazakhstan && !postcodeKZ.MatchString(s), "postcode_kz")
			bad(f, p.Country != Kazakhstan && !postcode.MatchString(s), "postcode")
		case FieldPhone, FieldFax:
			bad(f, !isPhone(s, p.Country), "phone")
		case FieldEmail:
			_, ok := ParseEmail(s)
			bad(f, !ok, "email")
		}
	}
	bad(FieldBirthDate, p.BirthDate != "" && (p.BirthDate > today || p.BirthDate < "1900-01-01"), "birth_date")
	bad(FieldReduction, p.Reduction && p.Ground != "" && !slices.Contains(Grounds, p.Ground), "ground")
	return out
}

// isPhone takes numbers as people write them. In Kazakhstan a number has ten digits after 8 or +7.
func isPhone(s, country string) bool {
	if !phoneSigns.MatchString(s) {
		return false
	}
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
	if country == Kazakhstan && len(digits) == 11 {
		return digits[0] == '7' || digits[0] == '8' && s[0] != '+'
	}
	return country == Kazakhstan && len(digits) == 10 || country != Kazakhstan && len(digits) >= 6 && len(digits) <= 15
}

func isControl(r rune) bool { return r < ' ' || r == 0x7F || r == utf8.RuneError }

// tidy trims what was typed and gives the country its code.
func (p *Profile) tidy() {
	for _, f := range typed {
		t := p.text(f)
		*t = strings.Join(strings.Fields(*t), " ")
	}
	p.Country = countryCode(p.Country)
	if e, ok := ParseEmail(p.Email); ok {
		p.Email = e
	}
	if !p.Reduction {
		p.Ground = ""
	}
}

func countryCode(s string) string {
	switch strings.ToLower(strings.Join(strings.Fields(s), " ")) {
	case "kz", "kaz", "казахстан", "республика казахстан", "қазақстан", "қазақстан республикасы", "kazakhstan", "republic of kazakhstan", "the republic of kazakhstan":
		return Kazakhstan
	}
	return s
}

// CountryName writes a country of a profile in a language.
func CountryName(l i18n.Lang, country string) string {
	if country == Kazakhstan {
		return i18n.T(l, "account.country.kz")
	}
	return country
}

// birthDay is the day that a personal number begins with, empty when it holds none: such numbers exist in
// test certificates, and of some foreigners the century is not told.
func birthDay(iin string) clock.Day {
	if len(iin) != 12 {
		return ""
	}
	century := map[byte]string{'1': "18", '2': "18", '3': "19", '4': "19", '5': "20", '6': "20"}[iin[6]]
	if century == "" {
		return ""
	}
	d, err := clock.ParseDay(century + iin[:2] + "-" + iin[2:4] + "-" + iin[4:6])
	if err != nil {
		return ""
	}
	return d
}
