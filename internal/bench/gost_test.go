package bench

import (
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"kualik/internal/need"
	"kualik/internal/pki"
	"kualik/internal/pki/gost"
	"kualik/internal/pki/issue"
)

// gostLimit is what one verification of GOST R 34.10-2015 with 512 bits may take of the processor.
const gostLimit = 5 * time.Millisecond

// BenchmarkGOSTVerify verifies signatures of GOST in our own Go, beside the engine of OpenSSL, and whole CMS
// messages of GOST beside those of RSA. OpenSSL verifies one signature a process; what the process takes
// without the signature, only hashing, is taken off.
func BenchmarkGOSTVerify(b *testing.B) {
	asked(b)
	const n = 200
	key, err := gost.GenerateKey(gost.TC26ParamSetA(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	digest := gost.Sum512([]byte("Каталог"))
	signature, err := key.Sign(rand.Reader, digest)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		ours := busy(b, n, func() bool { return key.Verify(digest, signature) })
		ofGOST := busy(b, n, message(b, issue.GOST))
		ofRSA := busy(b, n, message(b, issue.RSA))
		b.ReportMetric(float64(ours.Microseconds())/1000, "ms/signature")
		b.ReportMetric(float64(ofGOST.Microseconds())/1000, "ms/message-gost")
		b.ReportMetric(float64(ofRSA.Microseconds())/1000, "ms/message-rsa")
		b.Logf("\n  a signature of GOST   %v\n  a message of GOST     %v (two signatures: the person's, and the authority's under the certificate)\n  a message of RSA      %v",
			ours, ofGOST, ofRSA)
		if theirs := engine(b, 20); theirs > 0 {
			b.ReportMetric(theirs.Seconds()/ours.Seconds(), "times-peer-cpu")
			b.Logf("\n  OpenSSL's engine      %v a signature of GOST", theirs)
		}
		if ours > gostLimit {
			b.Errorf("a verification took %v of the processor, %v is the limit", ours, gostLimit)
		}
	}
}

// busy is the time of the processor that one call takes, of n.
func busy(b *testing.B, n int, verify func() bool) time.Duration {
	b.Helper()
	spent := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	begun := spent()
	for range n {
		if !verify() {
			b.Fatal("a good signature was refused")
		}
	}
	return (spent() - begun) / time.Duration(n)
}

// message makes a message of a person's whom an authority certified, and gives its verification.
func message(b *testing.B, alg issue.Algorithm) func() bool {
	b.Helper()
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	ca, err := issue.NewAuthority(rand.Reader, alg, "ҰКО TEST", now)
	if err != nil {
		b.Fatal(err)
	}
	id, err := ca.Issue(issue.Person{Surname: "САГИТОВА", GivenName: "МЕРУЕРТ", IIN: "850312499014"}, issue.Sign, now, now.AddDate(1, 0, 0))
	if err != nil {
		b.Fatal(err)
	}
	cms, err := id.SignCMS([]byte("Каталог"), false, now)
	if err != nil {
		b.Fatal(err)
	}
	o := pki.Options{At: now, Trust: pki.NewTrust(ca.Certificate)}
	return func() bool { return pki.VerifyCMS(cms, nil, o).Valid }
}

// engine is the processor's time of one verification by OpenSSL, 0 where its engine is not installed.
func engine(b *testing.B, n int) time.Duration {
	b.Helper()
	openssl := need.Program(b, "openssl")
	dir := b.TempDir()
	key, data, signature := filepath.Join(dir, "key"), filepath.Join(dir, "data"), filepath.Join(dir, "signature")
	if err := os.WriteFile(data, []byte("Каталог"), 0o600); err != nil {
		b.Fatal(err)
	}
	if exec.Command(openssl, "genpkey", "-engine", "gost", "-algorithm", "gost2012_512", "-pkeyopt", "paramset:A", "-out", key).Run() != nil {
		b.Log("NOT MEASURED: OpenSSL's engine (libengine-gost-openssl) is not installed")
		return 0
	}
	hash := []string{"dgst", "-engine", "gost", "-md_gost12_512"}
	run := func(args ...string) time.Duration {
		return measure(b, exec.Command(openssl, slices.Concat(hash, args)...)).cpu
	}
	run("-sign", key, "-out", signature, data)
	var with, without time.Duration
	for range n {
		with += run("-prverify", key, "-signature", signature, data)
		without += run(data)
	}
	return max(with-without, time.Microsecond) / time.Duration(n)
}
