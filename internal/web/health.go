package web

import (
	"context"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kualik/internal/clock"
	"kualik/internal/fault"
)

// meter counts requests by route, never by address: addresses hold identifiers.
type meter struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newMeter(r *prometheus.Registry) *meter {
	m := &meter{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "kualik_http_requests_total", Help: "Requests by route and status."},
			[]string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "kualik_http_seconds", Help: "Time of a request by route.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}}, []string{"route"}),
	}
	if r != nil {
		r.MustRegister(m.requests, m.seconds)
	}
	return m
}

// observe numbers the request, answers its failure, and counts it.
func (s *Server) observe(c *fiber.Ctx) error {
	c.Set(fiber.HeaderXRequestID, clock.NewID().String())
	begun := time.Now()
	if err := c.Next(); err != nil {
		if err := s.fail(c, err); err != nil {
			return err
		}
	}
	route, method := c.Route().Path, c.Method()
	s.meter.requests.WithLabelValues(method, route, strconv.Itoa(c.Response().StatusCode())).Inc()
	s.meter.seconds.WithLabelValues(route).Observe(time.Since(begun).Seconds())
	return nil
}

func (s *Server) mountHealth() {
	s.app.Get("/healthz", func(c *fiber.Ctx) error {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		if err := s.Pool.Ping(ctx); err != nil {
			return fault.Wrap(err, fault.Unavailable, "web.error.database")
		}
		return c.SendString("ok\n")
	})
	if s.Metrics != nil {
		s.app.Get("/metrics", adaptor.HTTPHandler(promhttp.HandlerFor(s.Metrics, promhttp.HandlerOpts{})))
	}
}
