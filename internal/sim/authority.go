package sim

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kualik/internal/pki/issue"
)

// authority is the test authority of one algorithm: a root that is only trusted, and the one that issues.
type authority struct {
	issuing *issue.Authority
}

var algorithms = map[string]issue.Algorithm{algGOST: issue.GOST, algRSA: issue.RSA}

// openAuthority takes up the folder's authority or makes one, and puts its certificates where the trusted ones
// are. Its names say TEST in every language that matters, so that nobody can take it for the NCA.
func openAuthority(dir, webURL, algorithm string, now time.Time) (*authority, error) {
	name := strings.ToLower(algorithm)
	path := filepath.Join(dir, "ca", name+".pem")
	issuing, err := kept(path)
	if errors.Is(err, fs.ErrNotExist) {
		issuing, err = newAuthority(path, algorithm, now)
	}
	if err != nil {
		return nil, err
	}
	issuing.OCSPURL, issuing.CRLURL, issuing.IssuerURL = webURL+"/ocsp/"+name, webURL+"/crl/"+name+".crl", webURL+"/cert/"+name+".cer"
	for file, der := range map[string][]byte{name + ".pem": issuing.Certificate, name + "-root.pem": issuing.Issuers[0]} {
		if err := writeFile(filepath.Join(dir, "trust", file), []byte(pemText("CERTIFICATE", der))); err != nil {
			return nil, err
		}
	}
	return &authority{issuing}, nil
}

func kept(path string) (*issue.Authority, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	a, err := issue.ParseAuthority(rand.Reader, data)
	if err == nil && len(a.Issuers) == 0 {
		err = errors.New("the root's certificate is missing")
	}
	return a, err
}

// newAuthority makes root and issuing authority; the root's key is not kept, for nothing more is asked of it.
// Both began long ago, so that there can be people whose keys have ended.
func newAuthority(path, algorithm string, now time.Time) (*issue.Authority, error) {
	began := now.AddDate(-3, 0, 0)
	root, err := issue.NewAuthorityWith(rand.Reader, algorithms[algorithm], "СЫНАҚ НЕГІЗГІ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ ("+algorithm+") KUALIK TEST", began, now.AddDate(20, 0, 0), issue.Profile{})
	if err != nil {
		return nil, err
	}
	issuing, err := root.SubWith(algorithms[algorithm], "СЫНАҚ КУӘЛАНДЫРУШЫ ОРТАЛЫҚ ("+algorithm+") KUALIK TEST", began, now.AddDate(10, 0, 0), issue.Profile{})
	if err != nil {
		return nil, err
	}
	return issuing, writeFile(path, issuing.Marshal())
}

// issue makes a key and a certificate in the NCA's profile.
func (a *authority) issue(p Person, n keyName, from, until time.Time) (*issue.Identity, error) {
	who := issue.Person{Surname: p.Surname, GivenName: p.GivenName, Patronymic: p.Patronymic, IIN: p.IIN, Email: p.Email}
	if n.org {
		who.Organisation, who.BIN, who.Roles = p.Organisation, p.BIN, []string{"legal_entity", "head"}
	}
	usage := issue.Sign
	if n.usage == useAuth {
		usage = issue.Auth
	}
	return a.issuing.Issue(who, usage, from, until)
}
