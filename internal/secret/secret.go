// Package secret keeps what must not lie in the database in the clear: personal numbers and passwords of
// mailboxes. One key of the installation; it is backed up together with the data.
//
// It stands above the domain and knows only bytes and labels. A label names the column that a value
// belongs to: a value that is moved to another column does not open there.
package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"kualik/internal/fault"
)

// KeySize is the length of the installation's key in bytes.
const KeySize = 32

const (
	keyFile = "secret.key"
	version = 1 // first byte of everything sealed
)

// Keeper seals, opens and hashes with the key of the installation.
type Keeper struct {
	seal cipher.AEAD
	mac  []byte
}

// New makes a keeper. Sealing and hashing use keys of their own, derived from the one given.
func New(key []byte) (*Keeper, error) {
	if len(key) != KeySize {
		return nil, fault.New(fault.Invalid, "secret.key_size")
	}
	sealing, err := hkdf.Key(sha256.New, key, nil, "kualik seal", KeySize)
	if err != nil {
		return nil, fmt.Errorf("deriving the key for sealing: %w", err)
	}
	hashing, err := hkdf.Key(sha256.New, key, nil, "kualik hash", KeySize)
	if err != nil {
		return nil, fmt.Errorf("deriving the key for hashing: %w", err)
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return nil, fmt.Errorf("making the cipher: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("making the cipher: %w", err)
	}
	return &Keeper{seal: aead, mac: hashing}, nil
}

// Seal encrypts plain for a label. The same value sealed twice differs.
func (k *Keeper) Seal(plain []byte, label string) []byte {
	return k.seal.Seal([]byte{version}, nil, plain, []byte(label))
}

// Open decrypts what Seal made for the same label. It fails when the bytes, the label or the key are others.
func (k *Keeper) Open(sealed []byte, label string) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != version {
		return nil, fault.Wrap(errors.New("not sealed by us"), fault.Internal, "secret.open")
	}
	plain, err := k.seal.Open(nil, nil, sealed[1:], []byte(label))
	if err != nil {
		return nil, fault.Wrap(err, fault.Internal, "secret.open")
	}
	return plain, nil
}

// Hash gives the key for looking a value up: the same for the same label and value, and of no use without
// the installation's key. Personal numbers are too few for an unkeyed hash to hide them.
func (k *Keeper) Hash(label, value string) []byte {
	mac := hmac.New(sha256.New, k.mac)
	fmt.Fprintf(mac, "%d:%s", len(label), label)
	mac.Write([]byte(value))
	return mac.Sum(nil)
}

// LoadKey reads the key from a setting; when that is empty, from the data folder, where it is made once
// and can be read by its owner only. Two processes that make it at once get the same.
func LoadKey(setting, dataDir string) ([]byte, error) {
	if setting != "" {
		return decode(setting)
	}
	path := filepath.Join(dataDir, keyFile)
	written, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeKey(path); err != nil {
			return nil, err
		}
		written, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the installation's key: %w", err)
	}
	return decode(string(written))
}

func decode(text string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != KeySize {
		return nil, fault.New(fault.Invalid, "secret.key_size") // without the cause: it quotes the key
	}
	return key, nil
}

// makeKey writes a new key whole under its name, or leaves the one that another process was first to write.
func makeKey(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	key := make([]byte, KeySize)
	rand.Read(key) // never fails
	draft, err := os.CreateTemp(filepath.Dir(path), keyFile+".*")
	if err != nil {
		return fmt.Errorf("making the installation's key: %w", err)
	}
	defer os.Remove(draft.Name())
	_, err = draft.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return fmt.Errorf("writing the installation's key: %w", err)
	}
	if err := os.Link(draft.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("naming the installation's key: %w", err)
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("writing the data folder out: %w", err)
	}
	defer folder.Close()
	return folder.Sync()
}

// SaveKey puts a key into the data folder, as restoring does. A different one that is there is not
// overwritten: what it sealed would be lost.
func SaveKey(key []byte, dataDir string) error {
	if len(key) != KeySize {
		return fault.New(fault.Invalid, "secret.key_size")
	}
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	path := filepath.Join(dataDir, keyFile)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		there, err := LoadKey("", dataDir)
		if err == nil && hmac.Equal(there, key) {
			return nil
		}
		return fault.Wrap(err, fault.Conflict, "secret.key_differs")
	}
	if err != nil {
		return fmt.Errorf("writing the installation's key: %w", err)
	}
	_, err = file.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("writing the installation's key: %w", err)
	}
	return nil
}

// Mask shows the first four digits of a personal number (year and month of birth) and hides the rest.
func Mask(iin string) string {
	digits := []rune(iin)
	if len(digits) == 0 {
		return ""
	}
	shown := 4
	if len(digits) < 12 {
		shown = 0
	}
	return string(digits[:shown]) + strings.Repeat("•", len(digits)-shown)
}
