package sim

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
)

// Person is an invented one. Every person has an AUTH and a SIGN key of GOST; RSA and Organisation give more.
// The registry of persons answers with the same names, with the birth date of the IIN and with the address.
type Person struct {
	IIN        string `json:"iin"`
	Surname    string `json:"surname"`
	GivenName  string `json:"given_name"`
	Patronymic string `json:"patronymic,omitempty"`
	Email      string `json:"email,omitempty"`

	Country  string `json:"country,omitempty"` // KZ when empty
	Region   string `json:"region,omitempty"`  // an invented address when empty
	Postcode string `json:"postcode,omitempty"`
	Address  string `json:"address,omitempty"`

	Organisation string `json:"organisation,omitempty"`
	BIN          string `json:"bin,omitempty"` // with it the person also has the keys of the organisation's head

	RSA      bool `json:"rsa,omitempty"`      // has RSA keys beside those of GOST
	OnlyRSA  bool `json:"only_rsa,omitempty"` // has RSA keys and none of GOST
	Expired  bool `json:"expired,omitempty"`  // the keys ended a month before they were made
	Revoked  bool `json:"revoked,omitempty"`  // the keys are revoked from the beginning
	Unlisted bool `json:"unlisted,omitempty"` // the registry of persons does not know them
}

// Special are the people whom every simulator knows beside those that it is given: one of each kind that
// Kualik must tell apart. Their numbers belong to nobody: serials of 99xx are not given out.
func Special() []Person {
	return []Person{
		{IIN: "790412399011", Surname: "ҚАЛДЫБАЕВ", GivenName: "ЕРЖАН", Patronymic: "МҰРАТҰЛЫ", Email: "e.qaldybaev@koktobe.example", Organisation: "КӨКТӨБЕ УНИВЕРСИТЕТІ", BIN: "990440000018"},
		{IIN: "880607499047", Surname: "ВЕТРОВА", GivenName: "ИРИНА", Patronymic: "ПЕТРОВНА", Email: "i.vetrova@koktobe.example", OnlyRSA: true},
		{IIN: "950130399053", Surname: "ОМАРБАЕВ", GivenName: "САНЖАР", Email: "s.omarbaev@koktobe.example", RSA: true, Unlisted: true},
		{IIN: "840923499028", Surname: "ҚУАНЫШЕВА", GivenName: "АЙГҮЛ", Patronymic: "СЕРІКҚЫЗЫ", Email: "a.quanysheva@koktobe.example", Expired: true},
		{IIN: "910215399038", Surname: "ТАСТАНОВ", GivenName: "ДӘУРЕН", Patronymic: "ЕРЛАНҰЛЫ", Email: "d.tastanov@koktobe.example", Revoked: true},
	}
}

// ReadPeople reads a file with a list of people, JSON.
func ReadPeople(path string) ([]Person, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list []Person
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

// everybody is the list with the special people added and those without a number refused.
func everybody(given []Person) ([]Person, error) {
	var list []Person
	seen := map[string]bool{}
	for _, p := range append(append([]Person{}, given...), Special()...) {
		if len(p.IIN) != 12 || strings.Trim(p.IIN, "0123456789") != "" || p.Surname == "" || p.GivenName == "" {
			return nil, fmt.Errorf("a person needs an IIN of 12 digits, a surname and a given name: %q %s %s", p.IIN, p.Surname, p.GivenName)
		}
		if !seen[p.IIN] {
			seen[p.IIN] = true
			list = append(list, p)
		}
	}
	return list, nil
}

// Name is the person's name as one writes it.
func (p Person) Name() string {
	return strings.TrimSpace(p.Surname + " " + p.GivenName + " " + p.Patronymic)
}

// born is the birth date that the IIN tells, empty when it tells none.
func (p Person) born() string {
	century := map[byte]string{'1': "18", '2': "18", '3': "19", '4': "19", '5': "20", '6': "20"}[p.IIN[6]]
	t, err := time.Parse("20060102", century+p.IIN[:6])
	if err != nil {
		return ""
	}
	return t.Format(time.DateOnly)
}

// Places of invented addresses: a region with its postal code.
var places = []struct{ region, postcode, street string }{
	{"Алматы қаласы", "050013", "Көктөбе көшесі"},
	{"Астана қаласы", "010000", "Бәйтерек көшесі"},
	{"Қарағанды облысы, Қарағанды қаласы", "100008", "Ақниет көшесі"},
	{"Алматы облысы, Қонаев қаласы", "040800", "Жағалау көшесі"},
}

// home is the person's address, an invented one where none is given.
func (p Person) home() (country, region, postcode, address string) {
	country, region, postcode, address = p.Country, p.Region, p.Postcode, p.Address
	n := int(p.IIN[9]-'0')*10 + int(p.IIN[10]-'0')
	at := places[n%len(places)]
	if country == "" {
		country = "KZ"
	}
	if region == "" {
		region = at.region
	}
	if postcode == "" {
		postcode = at.postcode
	}
	if address == "" {
		address = fmt.Sprintf("%s, %d үй, %d пәтер", at.street, 1+n, 2+n/2)
	}
	return country, region, postcode, address
}
