package config

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Filing are the settings of log-in by electronic signature, payment and the filing of applications.
type Filing struct {
	NCALayerURL       string `koanf:"ncalayer_url"`
	LoginWithSignKey  bool   `koanf:"login_with_sign_key"`
	Revocation        string `koanf:"revocation"`
	PersonRegistryURL string `koanf:"person_registry_url"`
	PersonRegistryKey Secret `koanf:"person_registry_key"`
	EpayOAuthURL      string `koanf:"epay_oauth_url"`
	EpayAPIURL        string `koanf:"epay_api_url"`
	EpayPageURL       string `koanf:"epay_page_url"`
	EpayClientID      string `koanf:"epay_client_id"`
	EpayClientSecret  Secret `koanf:"epay_client_secret"`
	EpayTerminal      string `koanf:"epay_terminal"`
	PayeeName         string `koanf:"payee_name"`
	PayeeBIN          string `koanf:"payee_bin"`
	PayeeAccount      string `koanf:"payee_account"`
	PayeeBank         string `koanf:"payee_bank"`
	PayeeBankCode     string `koanf:"payee_bank_code"`
	PayeePurpose      string `koanf:"payee_purpose"`
	SignDays          int    `koanf:"sign_days"`
	SignOrder         string `koanf:"sign_order"`
	SignExpiry        string `koanf:"sign_expiry"`
	SupportEmail      string `koanf:"support_email"`
	SupportPhone      string `koanf:"support_phone"`
}

// Values of settings.
const (
	RevocationPreferred = "preferred" // where neither OCSP nor CRL answers, the signature is taken and this is noted
	RevocationRequired  = "required"

	FilerFirst = "filer_first" // the filer submits, then the other authors sign
	AllFirst   = "all_first"   // all authors sign before the submission

	ExpiryWait     = "wait"     // the office decides about an application whose authors did not sign in time
	ExpiryWithdraw = "withdraw" // it is withdrawn
)

func filingDefaults() Filing {
	return Filing{NCALayerURL: "wss://127.0.0.1:13579/", LoginWithSignKey: true, Revocation: RevocationPreferred,
		SignDays: 2, SignOrder: FilerFirst, SignExpiry: ExpiryWait, SupportEmail: "support@kazpatent.kz", SupportPhone: "8 (7172) 62-15-15"}
}

// Pays tells whether a bank is set up.
func (f Filing) Pays() bool { return f.EpayOAuthURL != "" }

func (f Filing) check(mode string) (problems []string) {
	bad := func(name, format string, args ...any) {
		problems = append(problems, "KUALIK_"+name+": "+fmt.Sprintf(format, args...))
	}
	if u, err := url.Parse(f.NCALayerURL); err != nil || (u.Scheme != "wss" && u.Scheme != "ws") || u.Host == "" {
		bad("NCALAYER_URL", "must look like wss://127.0.0.1:13579/")
	}
	one := func(name, value string, of ...string) {
		for _, o := range of {
			if value == o {
				return
			}
		}
		bad(name, "%q is none of %s", value, strings.Join(of, ", "))
	}
	one("REVOCATION", f.Revocation, RevocationPreferred, RevocationRequired)
	one("SIGN_ORDER", f.SignOrder, FilerFirst, AllFirst)
	one("SIGN_EXPIRY", f.SignExpiry, ExpiryWait, ExpiryWithdraw)
	if f.SignDays < 1 || f.SignDays > 30 {
		bad("SIGN_DAYS", "must be from 1 to 30 working days")
	}
	epay := map[string]string{"EPAY_OAUTH_URL": f.EpayOAuthURL, "EPAY_API_URL": f.EpayAPIURL, "EPAY_PAGE_URL": f.EpayPageURL,
		"EPAY_CLIENT_ID": f.EpayClientID, "EPAY_CLIENT_SECRET": string(f.EpayClientSecret), "EPAY_TERMINAL": f.EpayTerminal}
	set := 0
	for _, value := range epay {
		if value != "" {
			set++
		}
	}
	for name, value := range epay {
		if set > 0 && value == "" {
			bad(name, "is needed when another setting of the bank is set")
		}
	}
	for name, value := range map[string]string{"EPAY_OAUTH_URL": f.EpayOAuthURL, "EPAY_API_URL": f.EpayAPIURL, "EPAY_PAGE_URL": f.EpayPageURL,
		"PERSON_REGISTRY_URL": f.PersonRegistryURL} {
		if problem := outside(value, mode); problem != "" {
			bad(name, "%s", problem)
		}
	}
	return problems
}

// outside checks the address of a service outside. Stand-ins run on this machine and without TLS: in
// production such an address is refused, so that nobody pays or signs with a simulator.
func outside(address, mode string) string {
	if address == "" {
		return ""
	}
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		return "must look like https://host/path"
	}
	if mode != Production {
		return ""
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme != "https" || u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		return "is a simulator's; only https:// addresses of others are accepted in production"
	}
	return ""
}
