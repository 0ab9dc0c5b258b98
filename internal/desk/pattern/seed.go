package pattern

import (
	_ "embed" // the patterns with which an installation begins
	"encoding/json"

	"github.com/google/uuid"
)

//go:embed seed.json
var seedJSON []byte

// Seed is a pattern with which every installation begins. No real mail of the institute was seen when they were
// written: they are tolerant guesses in Russian and Kazakh, to be mended on the page with the first real ones.
type Seed struct {
	ID       uuid.UUID `json:"id"`
	Name     string    `json:"name"`
	Priority int       `json:"priority"`
	Pattern
}

// Seeds are all of them; the file is part of the program, so a failure is a broken build.
func Seeds() []Seed {
	var list []Seed
	if err := json.Unmarshal(seedJSON, &list); err != nil {
		panic("pattern: " + err.Error())
	}
	return list
}
