package pki

import (
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"kualik/internal/need"
	"kualik/internal/pki/der"
	"kualik/internal/pki/issue"
)

// files is a folder with these files; run runs openssl in it.
func files(t *testing.T, data map[string][]byte) (run func(args ...string) []byte, read func(name string) []byte) {
	t.Helper()
	openssl := need.Program(t, "openssl")
	dir := t.TempDir()
	for name, d := range data {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), d, 0o600))
	}
	run = func(args ...string) []byte {
		t.Helper()
		cmd := exec.Command(openssl, args...)
		cmd.Dir = dir
		out, err := cmd.Output()
		require.NoError(t, err, "openssl %v", args)
		return out
	}
	read = func(name string) []byte {
		t.Helper()
		d, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		return d
	}
	return run, read
}

func certificatePEM(raw []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})
}

// OpenSSL writes a content in pieces and lengths that are not told before (-stream), attributes of its own,
// and certificates or none.
func TestMessagesOfOpenSSL(t *testing.T) {
	h := houses[issue.RSA]()
	run, read := files(t, map[string][]byte{"data": content, "key": keyOf(t, h.first), "key2": keyOf(t, h.second), "cert": certificatePEM(h.first.Certificate),
		"cert2": certificatePEM(h.second.Certificate), "ca": certificatePEM(h.ca.Certificate)})
	o := Options{At: now, Trust: NewTrust(h.root.Certificate)}
	for name, c := range map[string]struct {
		args     []string
		detached bool
		reason   string
	}{
		"attached":        {[]string{"-nodetach"}, false, ""},
		"in pieces":       {[]string{"-nodetach", "-stream"}, false, ""},
		"pem":             {[]string{"-nodetach", "-outform", "PEM"}, false, ""},
		"by key":          {[]string{"-nodetach", "-keyid"}, false, ""},
		"detached":        {nil, true, ""},
		"two":             {[]string{"-nodetach", "-signer", "cert2", "-inkey", "key2"}, false, ""},
		"no attributes":   {[]string{"-nodetach", "-noattr"}, false, Malformed},
		"no certificates": {[]string{"-nodetach", "-nocerts"}, false, Untrusted},
		"sha1":            {[]string{"-nodetach", "-md", "sha1"}, false, UnsupportedAlgorithm},
		"sha512":          {[]string{"-nodetach", "-md", "sha512"}, false, UnsupportedAlgorithm},
		"pss":             {[]string{"-nodetach", "-keyopt", "rsa_padding_mode:pss"}, false, UnsupportedAlgorithm},
	} {
		base := []string{"cms", "-sign", "-binary", "-in", "data", "-signer", "cert", "-inkey", "key", "-certfile", "ca", "-outform", "DER", "-out", "m"}
		run(append(base, c.args...)...)
		var data []byte
		if c.detached {
			data = content
		}
		r := VerifyCMS(read("m"), data, o)
		require.Equal(t, c.reason, r.Reason, name)
		if name == "pss" {
			require.Equal(t, "1.2.840.113549.1.1.10", r.Signers[0].Algorithm)
		}
	}
}

// The engine of OpenSSL signs the attributes with a key of the same curve. In the Russian form, which is the
// NCA's with its octets reversed, the signature is put into a message of the NCA's profile.
func TestMessageSignedByTheEngine(t *testing.T) {
	h := houses[issue.GOST]()
	run, read := files(t, nil)
	if exec.Command(need.Program(t, "openssl"), "dgst", "-engine", "gost", "-md_gost12_512", "/dev/null").Run() != nil {
		need.Program(t, "libengine-gost-openssl") // not a program: it says what is missing
	}
	run("genpkey", "-engine", "gost", "-algorithm", "gost2012_512", "-pkeyopt", "paramset:A", "-out", "key")
	block, _ := pem.Decode(read("key"))
	number := block.Bytes[len(block.Bytes)-64:]
	text := pem.EncodeToMemory(&pem.Block{Type: "KUALIK GOST PRIVATE KEY", Bytes: number})
	loaded, err := issue.ParseIdentity(append(text, certificatePEM(h.first.Certificate)...))
	require.NoError(t, err)
	id := h.issue(t, issue.Profile{Key: loaded.Key()})

	cms := h.sign(t, id)
	m, err := parseMessage(cms)
	require.NoError(t, err)
	run2, read2 := files(t, map[string][]byte{"key": read("key"), "attributes": m.signers[0].signed})
	run2("dgst", "-engine", "gost", "-md_gost12_512", "-sign", "key", "-out", "signature", "attributes")
	theirs := read2("signature")
	slices.Reverse(theirs)
	require.NotEqual(t, m.signers[0].signature, theirs)
	r := h.judge(replaced(t, cms, der.Octets(m.signers[0].signature), der.Octets(theirs)))
	require.Empty(t, reason(t, r))
	slices.Reverse(theirs)
	require.Equal(t, BadSignature, reason(t, h.judge(replaced(t, cms, der.Octets(m.signers[0].signature), der.Octets(theirs)))), "not re-encoded")
}
