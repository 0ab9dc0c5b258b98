package secret

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"kualik/internal/fault"
)

func keeper(t *testing.T, key string) *Keeper {
	t.Helper()
	k, err := New([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const someKey, otherKey = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"

func TestSealAndOpen(t *testing.T) {
	k := keeper(t, someKey)
	sealed := k.Seal([]byte("850101999996"), "staff.iin")
	if plain, err := k.Open(sealed, "staff.iin"); err != nil || string(plain) != "850101999996" {
		t.Errorf("opened %q (%v)", plain, err)
	}
	if bytes.Equal(sealed, k.Seal([]byte("850101999996"), "staff.iin")) {
		t.Error("two sealings of one value are equal: they tell who is the same")
	}
	if bytes.Contains(sealed, []byte("8501")) {
		t.Error("the value can be read")
	}
	if _, err := k.Open(sealed, "application.iin"); err == nil {
		t.Error("opens under another label")
	}
	if _, err := keeper(t, otherKey).Open(sealed, "staff.iin"); err == nil {
		t.Error("opens with another key")
	}
	for i := range sealed {
		spoilt := bytes.Clone(sealed)
		spoilt[i] ^= 1
		if _, err := k.Open(spoilt, "staff.iin"); err == nil {
			t.Errorf("opens with byte %d changed", i)
		}
		if _, err := k.Open(sealed[:i], "staff.iin"); err == nil {
			t.Errorf("opens when cut to %d bytes", i)
		}
	}
}

func TestHash(t *testing.T) {
	k := keeper(t, someKey)
	base := k.Hash("staff.iin", "850101999996")
	if !bytes.Equal(base, keeper(t, someKey).Hash("staff.iin", "850101999996")) {
		t.Error("the same value has two hashes")
	}
	for name, other := range map[string][]byte{
		"value":  k.Hash("staff.iin", "850101999997"),
		"label":  k.Hash("other.iin", "850101999996"),
		"border": k.Hash("staff.iin8", "50101999996"),
		"key":    keeper(t, otherKey).Hash("staff.iin", "850101999996"),
	} {
		if bytes.Equal(base, other) {
			t.Errorf("another %s has the same hash", name)
		}
	}
}

func TestLoadKey(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	keys := make([][]byte, 8)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() { keys[i], _ = LoadKey("", folder) })
	}
	all.Wait()
	for i, key := range keys {
		if len(key) != KeySize || !bytes.Equal(key, keys[0]) {
			t.Errorf("process %d has the key %x, the first %x", i, key, keys[0])
		}
	}
	if info, err := os.Stat(filepath.Join(folder, keyFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the key: %v (%v), want 0600", info.Mode(), err)
	}
	if left, _ := os.ReadDir(folder); len(left) != 1 {
		t.Errorf("drafts are left: %v", left)
	}
	setting := base64.StdEncoding.EncodeToString([]byte(someKey))
	if key, err := LoadKey(setting+"\n", folder); err != nil || string(key) != someKey {
		t.Errorf("from the setting: %q (%v)", key, err)
	}
	for _, wrong := range []string{"short", base64.StdEncoding.EncodeToString([]byte("short"))} {
		if _, err := LoadKey(wrong, folder); !fault.Is(err, fault.Invalid) {
			t.Errorf("setting %q: %v", wrong, err)
		}
	}
}

func TestSaveKey(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	for range 2 { // the second time it is there already
		if err := SaveKey([]byte(someKey), folder); err != nil {
			t.Fatal(err)
		}
	}
	if err := SaveKey([]byte(otherKey), folder); !fault.Is(err, fault.Conflict) {
		t.Errorf("another key over the first: %v", err)
	}
	if key, err := LoadKey("", folder); err != nil || string(key) != someKey {
		t.Errorf("%q (%v)", key, err)
	}
}

func TestMask(t *testing.T) {
	for in, want := range map[string]string{"850101999996": "8501••••••••", "": "", "123": "•••"} {
		if got := Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}
