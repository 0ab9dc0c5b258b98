// Package e2e goes through the whole product as its users do: a real installation with its mail server and
// database, a real Chromium, three languages. It has tests only. It stands below everything but the
// commands and knows pages by their addresses, forms and fields, never by their words.
package e2e

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"kualik/internal/need"
)

// patience is how long one step in the browser may take.
const patience = 3 * time.Minute

// startBrowser starts the one Chromium of a test, with a profile of its own.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	path := need.Program(t, "chromium", "chromium-browser")
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile(t)),
		chromedp.NoSandbox, // it runs as root in most containers, and sees our own pages only
		chromedp.DisableGPU,
		chromedp.Flag("headless", "new"),
		chromedp.Flag("hide-scrollbars", false), // they take room, as on a desk
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-proxy-server", true),
		chromedp.WindowSize(desk.width, desk.height),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	t.Cleanup(func() {
		ending, done := context.WithTimeout(ctx, 20*time.Second)
		defer done()
		if err := chromedp.Cancel(ending); err != nil {
			t.Logf("ending Chromium: %v", err)
		}
	})
	return ctx
}

// profile is a folder that goes at the end, even while a last process of the browser writes into it.
func profile(t *testing.T) string {
	dir, err := os.MkdirTemp("", "kualik-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) }) //nolint:errcheck // a temporary folder
	return dir
}

// size is a window's.
type size struct{ width, height int }

var (
	desk  = size{1440, 1020}
	phone = size{390, 844}
)

// tab is a window with cookies of its own, and what the page's scripts complained of.
type tab struct {
	t         *testing.T
	ctx       context.Context
	base      string // address of the installation
	downloads string // folder

	mu         sync.Mutex
	complaints []string
}

func newTab(t *testing.T, browserCtx context.Context, base string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browserCtx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, base: base, downloads: t.TempDir()}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatalf("opening a window: %v", err)
	}
	b.resize(desk)
	_, err := chromedp.CallBrowser(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllowAndName, DownloadPath: b.downloads, EventsEnabled: new(true),
		BrowserContextID: chromedp.FromContext(ctx).BrowserContextID})
	b.must(err, "allowing downloads")
	return b
}

// hear keeps what a page's scripts, or the browser about the page, complain of.
func (b *tab) hear(event any) {
	text := ""
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			for _, a := range e.Args {
				text += string(a.Value) + a.Description + " "
			}
		}
	case *runtime.EventExceptionThrown:
		text = e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			text = e.Entry.Text + " " + e.Entry.URL
		}
	}
	if text == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, text)
}

// heard gives the complaints since the last call.
func (b *tab) heard() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := b.complaints
	b.complaints = nil
	return list
}

func (b *tab) must(err error, doing string) {
	b.t.Helper()
	if err == nil {
		return
	}
	ctx, done := context.WithTimeout(b.ctx, 5*time.Second)
	defer done()
	where, _ := chromedp.Run(ctx, chromedp.Location())
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText.slice(0, 2000)`))
	b.shot("failed-" + filepath.Base(b.t.Name()))
	b.t.Fatalf("%s at %s: %v\nthe page says:\n%s", doing, where, err, text)
}

// within is the tab's context with a limit of time.
func (b *tab) within() (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.ctx, patience)
}

// open goes to an address of the installation and wants the page to be there.
func (b *tab) open(path string) {
	b.t.Helper()
	ctx, done := b.within()
	defer done()
	response, err := chromedp.Run(ctx, chromedp.NavigateResponse(b.base+path))
	for ctx.Err() == nil && (err == nil && response == nil || err != nil && strings.Contains(err.Error(), "net::ERR_ABORTED")) { // a page that refreshes itself got in between
		response, err = chromedp.Run(ctx, chromedp.NavigateResponse(b.base+path))
	}
	b.must(err, "opening "+path)
	if response.Status >= 400 {
		b.must(statusError(response.Status), "opening "+path)
	}
}

type statusError int64

func (s statusError) Error() string {
	return "the server answers " + strings.TrimSpace(jsonOf(int64(s)))
}

func jsonOf(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and numbers always can be written
	}
	return string(data)
}

// press presses something that leads to another page, and waits for that.
func (b *tab) press(selector string) {
	b.t.Helper()
	ctx, done := b.within()
	defer done()
	_, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
	b.must(err, "pressing "+selector)
}

// key presses a key of the keyboard that leads to another page.
func (b *tab) key(keys string) {
	b.t.Helper()
	ctx, done := b.within()
	defer done()
	_, err := chromedp.RunResponse(ctx, chromedp.KeyEvent(keys))
	b.must(err, "pressing the key "+keys)
}

// strike presses a key that stays on the page.
func (b *tab) strike(keys string) {
	b.t.Helper()
	ctx, done := b.within()
	defer done()
	b.must(chromedp.Do(ctx, chromedp.KeyEvent(keys)), "pressing the key "+keys)
}

// tick presses something that stays on the page.
func (b *tab) tick(selector string) {
	b.t.Helper()
	ctx, done := b.within()
	defer done()
	b.must(chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)), "ticking "+selector)
}

// submit presses the first button of the form that posts to an address.
func (b *tab) submit(action string) {
	b.t.Helper()
	b.press(`form[action^="` + action + `"] button[type=submit]`)
}

// fill writes values into fields, by their names within a form.
func (b *tab) fill(action string, values map[string]string) {
	b.t.Helper()
	for name, value := range values {
		selector := `form[action="` + action + `"] [name="` + name + `"]`
		ctx, done := b.within()
		b.must(chromedp.Do(ctx, chromedp.SetValue(chromedp.CSS(selector), value)), "filling "+selector)
		done()
	}
}

// choose puts files into a field of a form.
func (b *tab) choose(action, name string, files ...string) {
	b.t.Helper()
	ctx, done := b.within()
	defer done()
	selector := `form[action="` + action + `"] [name="` + name + `"]`
	b.must(chromedp.Do(ctx, chromedp.SetUploadFiles(chromedp.CSS(selector), files)), "choosing files for "+selector)
}

// enter types into a field, key by key, and ends with Enter.
func (b *tab) enter(selector, text string) {
	b.t.Helper()
	ctx, done := b.within()
	defer done()
	_, err := chromedp.RunResponse(ctx, chromedp.SendKeys(chromedp.CSS(selector), text+"\r", chromedp.NodeVisible))
	b.must(err, "typing into "+selector)
}

// has tells whether the page has an element.
func (b *tab) has(selector string) bool {
	b.t.Helper()
	return eval[bool](b, `document.querySelector(`+jsonOf(selector)+`) !== null`)
}

// wants fails the test when the page has no such element.
func (b *tab) wants(selector, why string) {
	b.t.Helper()
	if !b.has(selector) {
		b.must(missing(selector), why)
	}
}

type missing string

func (m missing) Error() string { return "the page has no " + string(m) }

// text is what the page says.
func (b *tab) text() string {
	b.t.Helper()
	return eval[string](b, `document.body.innerText`)
}

// path is where the tab is, without the installation's address.
func (b *tab) path() string {
	b.t.Helper()
	return strings.TrimPrefix(eval[string](b, `location.href`), b.base)
}

func eval[T any](b *tab, script string) T {
	b.t.Helper()
	ctx, done := b.within()
	defer done()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	b.must(err, "asking the page "+script[:min(len(script), 80)])
	return v
}

// resize makes the window as large as a desk's screen or a telephone's.
func (b *tab) resize(s size) {
	b.t.Helper()
	ctx, done := b.within()
	defer done()
	var options []chromedp.EmulateViewportOption
	if s == phone {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	b.must(chromedp.Do(ctx, chromedp.EmulateViewport(int64(s.width), int64(s.height), options...)), "resizing")
}

// dark turns the system's theme.
func (b *tab) dark(on bool) {
	b.t.Helper()
	ctx, done := b.within()
	defer done()
	scheme := "light"
	if on {
		scheme = "dark"
	}
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	b.must(err, "turning the theme")
}

// download presses a link and gives the file that comes.
func (b *tab) download(selector string) []byte {
	b.t.Helper()
	ctx, done := b.within()
	defer done()
	events := chromedp.BrowserEvents(ctx, browser.DownloadProgress)
	b.must(chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)), "pressing "+selector)
	for e, err := range events {
		b.must(err, "downloading "+selector)
		if e.State == browser.DownloadProgressStateCanceled {
			b.must(missing("download behind "+selector), "downloading")
		}
		if e.State == browser.DownloadProgressStateCompleted {
			data, err := os.ReadFile(filepath.Join(b.downloads, e.GUID))
			b.must(err, "reading the download")
			return data
		}
	}
	b.must(ctx.Err(), "downloading "+selector)
	return nil
}

// shots is the folder into which pictures of pages go; empty for none.
var shots = os.Getenv("KUALIK_SHOTS")

// shot takes a picture of the whole page.
func (b *tab) shot(name string) {
	if shots == "" {
		return
	}
	ctx, done := context.WithTimeout(b.ctx, 20*time.Second)
	defer done()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(shots, name+".png"), picture, 0o644)
	}
	if err != nil {
		b.t.Logf("picture of %s: %v", name, err)
	}
}
