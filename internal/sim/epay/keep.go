package epay

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const stateFile = "epay.json"

// kept is what outlives a restart. Tokens do too, so that a payer who is on the way arrives.
type kept struct {
	Orders map[string]*order
	Tokens map[string]token
	Faults map[string]map[Fault]bool
}

func (b *Bank) load() error {
	if b.o.Dir == "" {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(b.o.Dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the bank's state: %w", err)
	}
	k := kept{Orders: b.orders, Tokens: b.tokens, Faults: b.faults}
	if err := json.Unmarshal(text, &k); err != nil {
		return fmt.Errorf("reading the bank's state: %w", err)
	}
	b.orders, b.tokens, b.faults = k.Orders, k.Tokens, k.Faults
	return nil
}

// keep writes the state whole under its name; b.mu is held. Tokens that have run out are left out.
func (b *Bank) keep() {
	for key, t := range b.tokens {
		if !b.now().Before(t.Until) {
			delete(b.tokens, key)
		}
	}
	if b.o.Dir == "" {
		return
	}
	text, err := json.MarshalIndent(kept{b.orders, b.tokens, b.faults}, "", " ")
	if err == nil {
		err = os.MkdirAll(b.o.Dir, 0o700)
	}
	name := filepath.Join(b.o.Dir, stateFile)
	if err == nil {
		err = os.WriteFile(name+".new", text, 0o600)
	}
	if err == nil {
		err = os.Rename(name+".new", name)
	}
	if err != nil {
		b.o.Log.Error("keeping the bank's state", "error", err)
	}
}
