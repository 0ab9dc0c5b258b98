package web

import (
	"kualik/internal/clock"
	"kualik/internal/fault"
	"kualik/internal/payment"
)

// What filing costs: today's rows of the fee table, summed as an invoice sums them.

// costView is the page of costs.
type costView struct {
	Day      clock.Day
	Services []serviceCost
}

// serviceCost is one service with its reductions.
type serviceCost struct {
	Name       string
	Fee        payment.Fee
	None       bool // no price today
	Reductions []reducedCost
}

type reducedCost struct {
	Ground string
	Fee    payment.Fee
}

func (s *Server) costs(v *Visit) (costView, error) {
	view := costView{Day: v.Today()}
	for _, service := range payment.Services {
		c := serviceCost{Name: v.T("info.cost.service." + service)}
		fee, err := s.Payments.Quote(v.UserContext(), service, "", view.Day)
		switch {
		case fault.Is(err, fault.Invalid):
			c.None = true
		case err != nil:
			return view, err
		}
		c.Fee = fee
		for _, ground := range payment.Grounds {
			fee, err := s.Payments.Quote(v.UserContext(), service, ground, view.Day)
			if fault.Is(err, fault.Invalid) {
				continue
			}
			if err != nil {
				return view, err
			}
			c.Reductions = append(c.Reductions, reducedCost{v.T("payment.ground." + ground), fee})
		}
		view.Services = append(view.Services, c)
	}
	return view, nil
}

func (s *Server) costPage(v *Visit) error {
	view, err := s.costs(v)
	if err != nil {
		return err
	}
	return s.showInfo(v, "cost", 200, costBody(view))
}

// reduced tells whether any ground for a reduction is in force.
func (c costView) reduced() bool {
	for _, s := range c.Services {
		if len(s.Reductions) > 0 {
			return true
		}
	}
	return false
}
