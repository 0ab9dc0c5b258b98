package main

import (
	"time"

	"kualik/internal/clock"
	"kualik/internal/demo"
	"kualik/internal/demo/world"
	"kualik/internal/sim"
)

// people are those of the made-up university, and before them those of the file.
func (c *cli) people() ([]sim.Person, error) {
	var list []sim.Person
	if c.People != "" {
		given, err := sim.ReadPeople(c.People)
		if err != nil {
			return nil, err
		}
		if len(given) == 0 {
			return nil, errNobody
		}
		list = given
	}
	today := clock.DayOf(clock.System{}.Now(), time.UTC)
	return append(list, demo.Keys(world.Generate(c.Seed, world.Usual(today)).People)...), nil
}
