package main

import (
	"strings"
	"time"

	"kualik/internal/clock"
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
	for i, p := range world.Generate(c.Seed, world.Usual(today)).People {
		q := sim.Person{IIN: p.IIN, Surname: strings.ToUpper(p.KK.Surname), GivenName: strings.ToUpper(p.KK.Given), Patronymic: strings.ToUpper(p.KK.Patronymic), RSA: i%3 == 0}
		if len(p.Emails) > 0 {
			q.Email = p.Emails[0]
		}
		list = append(list, q)
	}
	return list, nil
}
