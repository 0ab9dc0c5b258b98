package sim

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"kualik/internal/clock"
	"kualik/internal/pki/issue"
)

// Keys are good for a year and made anew a month before their end.
const renewBefore = 30 * 24 * time.Hour

// issuedKey is what the authority remembers of a certificate: without it OCSP would not know the number.
type issuedKey struct {
	Authority string    `json:"authority"`
	IIN       string    `json:"iin"`
	Key       string    `json:"key"`
	NotAfter  time.Time `json:"not_after"`
	URL       string    `json:"url"` // under which OCSP and CRL are said to be
}

// memory is the authority's file: certificates by serial number, and by person since when they are revoked;
// the zero time: not.
type memory struct {
	Issued  map[string]issuedKey `json:"issued"`
	Revoked map[string]time.Time `json:"revoked"`
}

// ring holds the people and their keys. A key is made when it is first needed: hundreds of people cost nothing.
type ring struct {
	dir, webURL string
	clock       clock.Clock
	people      []Person
	byIIN       map[string]int
	authorities map[string]*authority

	mu     sync.Mutex
	memory memory
	keys   map[string]*key // by IIN and name
}

// openRing makes the authorities, or takes up those of the folder.
func openRing(dir, webURL string, people []Person, c clock.Clock) (*ring, error) {
	r := &ring{dir: dir, webURL: webURL, clock: c, people: people, byIIN: map[string]int{}, authorities: map[string]*authority{},
		memory: memory{map[string]issuedKey{}, map[string]time.Time{}}, keys: map[string]*key{}}
	for i, p := range people {
		r.byIIN[p.IIN] = i
	}
	for _, d := range []string{"trust", "ca", "keys"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			return nil, err
		}
	}
	for _, algorithm := range []string{algGOST, algRSA} {
		a, err := openAuthority(dir, webURL, algorithm, c.Now())
		if err != nil {
			return nil, fmt.Errorf("test authority %s: %w", algorithm, err)
		}
		r.authorities[algorithm] = a
	}
	data, err := os.ReadFile(r.memoryFile())
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &r.memory)
	}
	if err != nil {
		return nil, fmt.Errorf("what the test authority issued: %w", err)
	}
	return r, nil
}

func (r *ring) memoryFile() string { return filepath.Join(r.dir, "issued.json") }

func (r *ring) keep() error {
	data, err := json.MarshalIndent(r.memory, "", " ")
	if err != nil {
		return err
	}
	return writeFile(r.memoryFile(), data)
}

func (r *ring) everybody() []Person { return slices.Clone(r.people) }

// person is nil when nobody has the number.
func (r *ring) person(iin string) *Person {
	i, ok := r.byIIN[iin]
	if !ok {
		return nil
	}
	p := r.people[i]
	return &p
}

// another is somebody else whose keys are good.
func (r *ring) another(iin string) *Person {
	for _, p := range r.people {
		if p.IIN != iin && !p.Expired && !p.Revoked && !p.OnlyRSA {
			return &p
		}
	}
	return nil
}

// offered are the keys of a person that a page would accept; any: all of them.
func (r *ring) offered(p Person, w wish, any bool) []keyName {
	var list []keyName
	for _, n := range p.keys() {
		if any || r.fits(p, n, w) {
			list = append(list, n)
		}
	}
	return list
}

func (r *ring) fits(p Person, n keyName, w wish) bool {
	ekus := n.ekus()
	for _, e := range w.ekus {
		if !slices.Contains(ekus, e) {
			return false
		}
	}
	switch {
	case w.noFiles, w.iin != "" && w.iin != p.IIN, w.bin != "" && (!n.org || w.bin != p.BIN):
		return false
	case p.Expired && !w.allowExpired, !w.allowRevoked && r.revoked(p.IIN):
		return false
	case w.serial != "":
		k, err := r.key(p, n)
		return err == nil && strings.EqualFold(strings.TrimLeft(w.serial, "0"), k.parsed.SerialNumber.Text(16))
	}
	return true
}

// key is a person's key, made when there is none yet, when its end is near, or when its certificate says that
// OCSP is where it no longer is.
func (r *ring) key(p Person, n keyName) (*key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := p.IIN + "-" + n.String()
	if k := r.keys[id]; k != nil && r.lasts(p, k) {
		return k, nil
	}
	k, err := r.load(id, p.IIN, n)
	if err != nil || !r.lasts(p, k) {
		if k, err = r.make(p, n, id); err != nil {
			return nil, fmt.Errorf("make the key %s: %w", n, err)
		}
	}
	r.keys[id] = k
	return k, nil
}

func (r *ring) lasts(p Person, k *key) bool {
	known := r.memory.Issued[k.parsed.SerialNumber.Text(16)]
	return known.URL == r.webURL && (p.Expired || k.parsed.NotAfter.Sub(r.clock.Now()) > renewBefore)
}

func (r *ring) keyFile(id string) string { return filepath.Join(r.dir, "keys", id+".pem") }

func (r *ring) load(id, iin string, n keyName) (*key, error) {
	data, err := os.ReadFile(r.keyFile(id))
	if err != nil {
		return nil, err
	}
	identity, err := issue.ParseIdentity(data)
	if err != nil {
		return nil, err
	}
	return newKey(identity, iin, n)
}

// make issues a key and remembers it before anybody can use it.
func (r *ring) make(p Person, n keyName, id string) (*key, error) {
	from := r.clock.Now().Add(-time.Hour).Truncate(time.Second)
	until := from.AddDate(1, 0, 0)
	if p.Expired {
		until = from.AddDate(0, -1, 0)
		from = until.AddDate(-1, 0, 0)
	}
	identity, err := r.authorities[n.algorithm].issue(p, n, from, until)
	if err != nil {
		return nil, err
	}
	k, err := newKey(identity, p.IIN, n)
	if err != nil {
		return nil, err
	}
	r.memory.Issued[k.parsed.SerialNumber.Text(16)] = issuedKey{n.algorithm, p.IIN, n.String(), until, r.webURL}
	if _, told := r.memory.Revoked[p.IIN]; p.Revoked && !told {
		r.memory.Revoked[p.IIN] = r.clock.Now()
	}
	return k, errors.Join(r.keep(), writeFile(r.keyFile(id), identity.Marshal()))
}

// revoked tells whether a person's keys are revoked now.
func (r *ring) revoked(iin string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, told := r.memory.Revoked[iin]
	if !told {
		p := r.person(iin)
		return p != nil && p.Revoked
	}
	return !at.IsZero()
}

// Revoke revokes all keys of a person, or makes them good again.
func (s *Sim) Revoke(iin string, revoked bool) error {
	if s.ring.person(iin) == nil {
		return fmt.Errorf("nobody has the number %q", iin)
	}
	r := s.ring
	r.mu.Lock()
	defer r.mu.Unlock()
	at := time.Time{}
	if revoked {
		at = r.clock.Now()
	}
	r.memory.Revoked[iin] = at
	return r.keep()
}

// status is what the authority says about a serial number: whether it issued it and since when it is revoked.
func (r *ring) status(algorithm, serial string) (known bool, revokedAt time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k, ok := r.memory.Issued[serial]
	if !ok || k.Authority != algorithm {
		return false, time.Time{}
	}
	return true, r.memory.Revoked[k.IIN]
}

// revocations are the revoked serial numbers of an authority, in their order.
func (r *ring) revocations(algorithm string) (serials []string, times map[string]time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	times = map[string]time.Time{}
	for serial, k := range r.memory.Issued {
		if at := r.memory.Revoked[k.IIN]; k.Authority == algorithm && !at.IsZero() {
			times[serial] = at
		}
	}
	return slices.SortedFunc(maps.Keys(times), func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }), times
}

// writeFile replaces a file at once and whole.
func writeFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
