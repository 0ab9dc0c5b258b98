package message

import (
	"bytes"
	"image"
	_ "image/gif"  // sizes of pictures
	_ "image/jpeg" // sizes of pictures
	_ "image/png"  // sizes of pictures
	"regexp"

	_ "golang.org/x/image/bmp"  // sizes of pictures
	_ "golang.org/x/image/tiff" // sizes of pictures
	_ "golang.org/x/image/webp" // sizes of pictures
)

// Sizes in pixels by which a picture is told from a photograph of a document. A certificate cannot be
// read, by anybody, below the second; above the last no picture is taken for decoration.
const (
	tinySide   = 64
	logoSide   = 320
	bannerSide = 200
	photoArea  = 1_000_000
)

var logoName = regexp.MustCompile(`(?i)logo|banner|signature|footer|icon|логотип|баннер`)

// decoration tells whether a part is a logo, a signature's picture or a tracking pixel. When in doubt it
// is none: a photograph of a certificate must not be lost.
func decoration(p Part, s shown) bool {
	cfg, _, err := image.DecodeConfig(bytes.NewReader(p.Data))
	if err != nil {
		return false
	}
	w, h := cfg.Width, cfg.Height
	long, short := max(w, h), min(w, h)
	if long <= tinySide || short <= 16 {
		return true
	}
	if !p.Inline || w*h >= photoArea {
		return false
	}
	return long <= logoSide ||
		long >= 3*short && short <= bannerSide ||
		s.width > 0 && s.width <= 160 && s.height <= 160 || s.height > 0 && s.height <= 80 ||
		logoName.MatchString(p.Filename) || logoName.MatchString(p.ContentID)
}
