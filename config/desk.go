package config

import (
	"fmt"
	"net/mail"
)

// Desk are the settings of what comes after the submission: the desk, the certificates that the institution
// issues, the letters to authors, and how long copies of identity documents are kept.
type Desk struct {
	DeskMode            string `koanf:"desk_mode"`
	QueryDays           int    `koanf:"query_days"`
	Seal                string `koanf:"seal"`
	SealPassword        Secret `koanf:"seal_password"`
	RegisterFirst       int    `koanf:"register_first"`
	CertificatesAddress string `koanf:"certificates_address"`
	Reply               bool   `koanf:"reply"`
	ReplyLinkDays       int    `koanf:"reply_link_days"`
	ChaseAfterDays      int    `koanf:"chase_after_days"`
	ChaseEveryDays      int    `koanf:"chase_every_days"`
	ChaseTimes          int    `koanf:"chase_times"`
	IdentityDays        int    `koanf:"identity_days"`
}

// Modes of the desk.
const (
	Recording   = "recording"   // the application went to the institute; the desk records what the institute does
	Registering = "registering" // the institution keeps the register itself
)

func deskDefaults() Desk {
	return Desk{DeskMode: Recording, QueryDays: 10, RegisterFirst: 1, Reply: true, ReplyLinkDays: 7,
		ChaseAfterDays: 10, ChaseEveryDays: 10, ChaseTimes: 3, IdentityDays: 90}
}

func (d Desk) check() (problems []string) {
	bad := func(name, format string, args ...any) {
		problems = append(problems, "KUALIK_"+name+": "+fmt.Sprintf(format, args...))
	}
	if d.DeskMode != Recording && d.DeskMode != Registering {
		bad("DESK_MODE", "%q is neither %s nor %s", d.DeskMode, Recording, Registering)
	}
	if d.CertificatesAddress != "" {
		if a, err := mail.ParseAddress(d.CertificatesAddress); err != nil || a.Address != d.CertificatesAddress {
			bad("CERTIFICATES_ADDRESS", "must be an address such as certificates@kualik.example")
		}
	}
	for _, n := range []struct {
		name              string
		value, least, max int
		unit              string
	}{
		{"QUERY_DAYS", d.QueryDays, 1, 60, "working days"}, {"REGISTER_FIRST", d.RegisterFirst, 1, 1 << 30, ""},
		{"REPLY_LINK_DAYS", d.ReplyLinkDays, 1, 60, "days"}, {"CHASE_AFTER_DAYS", d.ChaseAfterDays, 1, 365, "working days"},
		{"CHASE_EVERY_DAYS", d.ChaseEveryDays, 1, 365, "working days"}, {"CHASE_TIMES", d.ChaseTimes, 0, 20, "letters"},
		{"IDENTITY_DAYS", d.IdentityDays, 1, 3650, "days"},
	} {
		if n.value < n.least || n.value > n.max {
			bad(n.name, "must be from %d to %d %s", n.least, n.max, n.unit)
		}
	}
	return problems
}
