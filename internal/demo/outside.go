package demo

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"kualik/internal/demo/world"
	"kualik/internal/sim"
	"kualik/internal/sim/epay"
)

// Outside starts what stands in for the outside with which applications are filed: keys and NCALayer, OCSP and
// CRL, the registry of persons, the bank. It remembers everything in the demo's folder and runs until ctx ends.
func (d *Demo) Outside(ctx context.Context, dir string, zone *time.Location) (*sim.Sim, error) {
	bank, err := epay.New(epay.Options{Dir: filepath.Join(dir, "bank"), Log: d.log, Now: d.clock.Now})
	if err != nil {
		return nil, fmt.Errorf("start the demo's bank: %w", err)
	}
	s, err := sim.Start(ctx, sim.Options{Dir: filepath.Join(dir, "authority"), People: Keys(d.World.People), OrFree: true, Bank: bank, Zone: zone,
		Clock: d.clock, Log: d.log})
	if err != nil {
		return nil, fmt.Errorf("start the demo's outside: %w", err)
	}
	return s, nil
}

// Keys are people as the certification authority knows them: names in capitals, as in the state's documents.
func Keys(people []world.Person) []sim.Person {
	list := make([]sim.Person, len(people))
	for i, p := range people {
		list[i] = sim.Person{IIN: p.IIN, Surname: strings.ToUpper(p.KK.Surname), GivenName: strings.ToUpper(p.KK.Given),
			Patronymic: strings.ToUpper(p.KK.Patronymic), RSA: i%3 == 0}
		if len(p.Emails) > 0 {
			list[i].Email = p.Emails[0]
		}
	}
	return list
}
