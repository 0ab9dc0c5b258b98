package jobs

import (
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"kualik/internal/fault"
)

// Cron is a cron expression (five fields, or @daily and its kin, or @every) in a time zone.
//
// The library's own Next is not used across zones: it silently skips what falls into the hour that does
// not exist when clocks are put forward. Here the expression gives times of the wall clock, and each of
// them is looked up in the zone: once, never, or twice.
type Cron struct {
	Expression string
	Zone       *time.Location

	wall  *cron.SpecSchedule // in UTC, standing for the wall clock
	every time.Duration      // of @every, else 0
	from  time.Time          // where @every begins to count
}

var cronParser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

// ParseCron reads an expression; zone is an IANA name. @every counts from the Unix epoch unless From
// says otherwise.
func ParseCron(expression, zone string) (Cron, error) {
	expression = strings.TrimSpace(expression)
	location, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		return Cron{}, fault.Wrap(err, fault.Invalid, "jobs.error.zone", "Value", zone)
	}
	if upper := strings.ToUpper(expression); strings.HasPrefix(upper, "TZ=") || strings.HasPrefix(upper, "CRON_TZ=") {
		return Cron{}, fault.New(fault.Invalid, "jobs.error.cron_zone")
	}
	parsed, err := cronParser.Parse(expression)
	if err != nil {
		return Cron{}, fault.Wrap(err, fault.Invalid, "jobs.error.cron", "Value", expression)
	}
	c := Cron{Expression: expression, Zone: location, from: time.Unix(0, 0).UTC()}
	switch s := parsed.(type) {
	case cron.ConstantDelaySchedule:
		c.every = s.Delay
	case *cron.SpecSchedule:
		s.Location = time.UTC
		c.wall = s
		if s.Next(time.Unix(0, 0).UTC()).IsZero() {
			return Cron{}, fault.New(fault.Invalid, "jobs.error.never", "Value", expression)
		}
	}
	return c, nil
}

// From makes @every count from t.
func (c Cron) From(t time.Time) Cron { c.from = t.UTC().Truncate(time.Second); return c }

// Moment is a time at which the expression comes true. With Gap it is a time of the wall clock that
// does not exist that day; At is then the instant at which the clocks were put forward, plus as many
// microseconds as keep two such times apart from each other and from real ones.
type Moment struct {
	At  time.Time
	Gap bool
}

// margin is more than any zone has ever moved its clocks.
const margin = 26 * time.Hour

// Between gives the moments after from and up to to, in order. Expressions that name an hour come true
// once where clocks are put back; those of every hour come true in both of the equal hours.
func (c Cron) Between(from, to time.Time) []Moment {
	from, to = from.UTC(), to.UTC()
	var moments []Moment
	if c.every > 0 {
		for t := c.nextEvery(from); !t.After(to); t = t.Add(c.every) {
			moments = append(moments, Moment{At: t})
		}
		return moments
	}
	end := wallClock(to, c.Zone).Add(margin)
	for w := c.wall.Next(wallClock(from, c.Zone).Add(-margin)); !w.IsZero() && !w.After(end); w = c.wall.Next(w) {
		for _, m := range c.lookUp(w) {
			if m.At.After(from) && !m.At.After(to) {
				moments = append(moments, m)
			}
		}
	}
	slices.SortFunc(moments, func(a, b Moment) int { return a.At.Compare(b.At) })
	return moments
}

// Next gives the next n instants after from.
func (c Cron) Next(from time.Time, n int) []time.Time {
	var out []time.Time
	from = from.UTC()
	if c.every > 0 {
		for t := c.nextEvery(from); len(out) < n; t = t.Add(c.every) {
			out = append(out, t)
		}
		return out
	}
	var last time.Time
	for w := c.wall.Next(wallClock(from, c.Zone).Add(-margin)); !w.IsZero(); w = c.wall.Next(w) {
		if len(out) >= n && w.Sub(last) > margin {
			break
		}
		for _, m := range c.lookUp(w) {
			if !m.Gap && m.At.After(from) {
				if len(out) < n {
					last = w
				}
				out = append(out, m.At)
			}
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return out[:min(n, len(out))]
}

func (c Cron) nextEvery(from time.Time) time.Time {
	if from.Before(c.from) {
		return c.from.Add(c.every)
	}
	return c.from.Add((from.Sub(c.from)/c.every + 1) * c.every)
}

// wallClock is the reading of the zone's clocks at an instant, written as if it were UTC.
func wallClock(t time.Time, zone *time.Location) time.Time {
	t = t.In(zone)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// lookUp finds when the zone's clocks show w.
func (c Cron) lookUp(w time.Time) []Moment {
	guess := time.Date(w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second(), 0, c.Zone)
	start, end := guess.ZoneBounds()
	var moments []Moment
	for _, t := range []time.Time{guess, neighbour(w, start.Add(-time.Second), start), neighbour(w, end, end)} {
		if !t.IsZero() && wallClock(t, c.Zone).Equal(w) && !has(moments, t) {
			moments = append(moments, Moment{At: t.UTC()})
		}
	}
	switch {
	case len(moments) == 0 && !c.everyHour():
		forward := start // the guess lies after the gap
		if wallClock(guess, c.Zone).Before(w) {
			forward = end
		}
		offset := time.Duration(w.Hour()*60+w.Minute()+1) * time.Microsecond
		return []Moment{{At: forward.UTC().Add(offset), Gap: true}}
	case len(moments) > 1 && !c.everyHour():
		slices.SortFunc(moments, func(a, b Moment) int { return a.At.Compare(b.At) })
		return moments[:1]
	}
	return moments
}

// neighbour is the instant at which clocks show w if they go by the offset that holds at the given
// instant; zero when the zone has no such border.
func neighbour(w, at, border time.Time) time.Time {
	if border.IsZero() {
		return time.Time{}
	}
	_, offset := at.Zone()
	return w.Add(-time.Duration(offset) * time.Second).In(at.Location())
}

func has(moments []Moment, t time.Time) bool {
	return slices.ContainsFunc(moments, func(m Moment) bool { return m.At.Equal(t) })
}

// everyHour tells whether the expression leaves the hour open: then nothing is missed in an hour that
// does not exist, and an hour that comes twice counts twice. The library marks a star in the top bit.
func (c Cron) everyHour() bool { return c.wall.Hour&(1<<63) != 0 }
