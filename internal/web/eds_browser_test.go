package web

import (
	"context"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kualik/internal/need"
	"kualik/internal/sim"
)

// chromium starts one browser.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path := need.Program(t, "chromium", "chromium-browser")
	dir, err := os.MkdirTemp("", "kualik-eds-")
	must(err)
	t.Cleanup(func() { os.RemoveAll(dir) }) //nolint:errcheck // a last process may still write there
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path),
		chromedp.UserDataDir(dir), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("headless", "new"), chromedp.Flag("no-proxy-server", true),
		chromedp.WindowSize(1440, 900))...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(cancel)
	return ctx
}

// serve puts the pages on a port.
func (w *world) serve() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	go w.s.app.Listener(l)                     //nolint:errcheck // it ends with the test
	w.t.Cleanup(func() { w.s.app.Shutdown() }) //nolint:errcheck // the same
	return "http://" + l.Addr().String()
}

// The browser's side of signing with a real browser and NCALayer's stand-in: each state says what it is, and
// after each failure the same button works.
func TestEDSInTheBrowser(t *testing.T) {
	w, out := loginWorld(t)
	w.s.NCALayerURL = out.URLs().NCALayer
	base := w.serve()
	ctx := chromium(t)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	state := func() string { return script(ctx, `document.querySelector("form[data-eds]")?.dataset.edsState || ""`) }
	waits := func(what string, is func() bool) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s; the form says %q", what, state())
			}
		}
	}
	press := func() { must(chromedp.Do(ctx, chromedp.Click(chromedp.CSS(`form[data-eds] button[type=submit]`)))) }
	says := func(word string) {
		t.Helper()
		waits("never "+word, func() bool { return state() == word })
		if shown := script(ctx, `String([...document.querySelectorAll("[data-eds-say]")].filter(e => e.offsetParent).length)`); shown != "1" {
			t.Errorf("%s: %s sentences are shown", word, shown)
		}
	}
	must(chromedp.Do(ctx, chromedp.Navigate(base+"/login?lang=ru&next=/settings/me")))
	says("ready")

	must(out.Fault(sim.Fault{At: sim.AtNCALayer, Kind: sim.FaultCancel, Times: 1}))
	press()
	says("cancelled")

	must(out.Fault(sim.Fault{At: sim.AtNCALayer, Kind: sim.FaultDrop, Times: 1}))
	press()
	says("lost")

	press()
	says("waiting")
	waits("nobody is asked for a key", func() bool { return out.Waiting() == 1 })
	press() // while one request is under way a second is not sent
	must(out.Choose(sim.Choice{Cancel: true}))
	says("cancelled")
	if n := out.Waiting(); n != 0 {
		t.Errorf("%d requests wait", n)
	}

	must(out.Fault(sim.Fault{At: sim.AtNCALayer, Kind: sim.FaultWrongContent, Times: 1}))
	must(out.Choose(sim.Choice{Person: salem, Key: "AUTH-GOST", Sticky: true}))
	press()
	waits("the server does not refuse", func() bool {
		return text(ctx, "main") != "" && strings.Contains(text(ctx, "main"), "Вход с ЭЦП не удался")
	})

	must(out.Fault(sim.Fault{At: sim.AtNCALayer, Kind: sim.FaultNoBasics, Times: 1})) // an old version: commonUtils
	says("ready")
	press()
	waits("not in", func() bool { return strings.Contains(text(ctx, "body"), "ОМАРБАЕВ") })

	// NCALayer is not running: the page says so and what to do.
	script(ctx, `document.querySelector('form[action="/logout"]').submit(), ""`)
	w.s.NCALayerURL = "ws://127.0.0.1:1/"
	waits("not out", func() bool { return strings.Contains(text(ctx, "body"), "Рабочая почта") })
	must(chromedp.Do(ctx, chromedp.Navigate(base+"/login")))
	says("absent")
}

// text is what a reader sees of an element; empty while the page changes.
func text(ctx context.Context, of string) string {
	return script(ctx, `document.querySelector("`+of+`")?.innerText || ""`)
}

// script is what a script of the page says; empty while the page changes.
func script(ctx context.Context, js string) string {
	s, err := chromedp.Run(ctx, chromedp.Evaluate[string](js))
	if err != nil {
		return ""
	}
	return s
}
