package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"path"
	"sort"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"

	"kualik/internal/web/part"
)

//go:embed static
var staticFiles embed.FS

// asset is a static file, also packed when that makes it smaller.
type asset struct {
	kind   string
	data   []byte
	packed []byte
}

// assets are all static files. Their prefix changes when any of them does, so that browsers may keep them
// for ever.
type assets struct {
	prefix string
	files  map[string]asset
}

var assetKinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8",
}

// loadAssets packs the static files, once in a process: they are part of the program.
var loadAssets = sync.OnceValue(func() *assets {
	a := &assets{files: map[string]asset{
		"mark.svg":    {kind: assetKinds[".svg"], data: []byte(part.MarkFile())},
		"ring.svg":    {kind: assetKinds[".svg"], data: []byte(part.RingFile())},
		"rosette.svg": {kind: assetKinds[".svg"], data: []byte(part.RosetteFile())},
	}}
	err := fs.WalkDir(staticFiles, "static", func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := staticFiles.ReadFile(p)
		if err != nil {
			return err
		}
		a.files[strings.TrimPrefix(p, "static/")] = asset{kind: assetKinds[path.Ext(p)], data: data}
		return nil
	})
	if err != nil {
		panic(err) // the files are part of the program
	}
	names := make([]string, 0, len(a.files))
	for n := range a.files {
		names = append(names, n)
	}
	sort.Strings(names)
	sum := sha256.New()
	for _, n := range names {
		f := a.files[n]
		sum.Write([]byte(n))
		sum.Write(f.data)
		if path.Ext(n) != ".woff2" {
			f.packed = pack(f.data)
		}
		a.files[n] = f
	}
	a.prefix = "/static/" + hex.EncodeToString(sum.Sum(nil))[:12] + "/"
	return a
})

func pack(data []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	w.Write(data)
	w.Close()
	if b.Len() >= len(data) {
		return nil
	}
	return b.Bytes()
}

func (s *Server) mountStatic() {
	s.app.Get("/static/:version/*", func(c *fiber.Ctx) error {
		f, ok := s.static.files[c.Params("*")]
		if !ok {
			return errNoPage
		}
		c.Set(fiber.HeaderContentType, f.kind)
		etag := `"` + path.Base(s.static.prefix) + `"`
		c.Set(fiber.HeaderETag, etag)
		if "/static/"+c.Params("version")+"/" == s.static.prefix {
			c.Set(fiber.HeaderCacheControl, "public, max-age=31536000, immutable")
		} else {
			c.Set(fiber.HeaderCacheControl, "no-cache")
		}
		if c.Get(fiber.HeaderIfNoneMatch) == etag {
			return c.SendStatus(fiber.StatusNotModified)
		}
		c.Set(fiber.HeaderVary, fiber.HeaderAcceptEncoding)
		if f.packed != nil && strings.Contains(c.Get(fiber.HeaderAcceptEncoding), "gzip") {
			c.Set(fiber.HeaderContentEncoding, "gzip")
			return c.Send(f.packed)
		}
		return c.Send(f.data)
	})
	s.app.Get("/favicon.ico", func(c *fiber.Ctx) error {
		return c.Redirect(s.static.prefix+"mark.svg", fiber.StatusMovedPermanently)
	})
	s.app.Get("/robots.txt", func(c *fiber.Ctx) error { return c.SendString("User-agent: *\nDisallow: /\n") })
}
