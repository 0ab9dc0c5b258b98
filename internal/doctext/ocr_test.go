package doctext_test

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"kualik/internal/certificate"
	"kualik/internal/demo/paper"
	"kualik/internal/doctext"
	"kualik/internal/need"
)

// recogniser reads pictures.
func recogniser(t *testing.T) *doctext.Reader {
	t.Helper()
	need.Program(t, "tesseract")
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	r, err := doctext.NewReader(doctext.Options{CacheDir: filepath.Join(dir, "kualik"), OCR: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

// shortPage is a certificate of few words.
func shortPage(t *testing.T) *paper.Page {
	t.Helper()
	p, err := paper.CertificatePage(paper.Subject{Fields: certificate.Fields{Number: "40311", RegisteredOn: "2023-12-07", CreatedOn: "2023-05-02",
		KindText: "произведение науки", Title: "Почвы Алтая", Authors: []string{"Тлеубаев Ринат Олегович"}}}, paper.Variant{Layout: paper.RussianOnly, NoCode: true})
	require.NoError(t, err)
	return p
}

// However a sheet lies on the glass, its text is read, and the words' boxes are those of the sheet as it came.
func TestTurnedScansAreRead(t *testing.T) {
	r, p := recogniser(t), shortPage(t)
	require.True(t, r.HasOCR())
	photo, err := paper.Photo(p, paper.Look{DPI: 150, Skew: 3, Noise: 12, Shade: 60})
	require.NoError(t, err)
	upright, err := jpeg.Decode(bytes.NewReader(photo))
	require.NoError(t, err)
	for _, quarters := range []int{1, 2} {
		var b bytes.Buffer
		require.NoError(t, png.Encode(&b, turn(upright, quarters)))
		got, err := r.Read(context.Background(), "a.png", b.Bytes(), doctext.ReadOptions{OCR: true})
		require.NoError(t, err)
		require.Empty(t, got.Reason)
		page := got.Files[0].Pages[0]
		require.Equal(t, doctext.OCR, page.Source)
		require.Contains(t, page.Text, "Тлеубаев Ринат Олегович", "%d quarters", quarters)
		require.Contains(t, page.Text, "40311", "%d quarters", quarters)
		for _, w := range page.Words {
			if page.Text[w.Start:w.End] != "40311" {
				continue
			}
			x, y := w.Box.X+w.Box.W/2, w.Box.Y+w.Box.H/2
			for range (4 - quarters) % 4 { // clockwise until the sheet stands upright
				x, y = 1-y, x
			}
			require.InDelta(t, 0.4, x, 0.12, "%d quarters: %v", quarters, w.Box)
			require.InDelta(t, 0.2, y, 0.12, "%d quarters: %v", quarters, w.Box)
		}
	}
}

// turn turns a picture clockwise.
func turn(img image.Image, quarters int) image.Image {
	for range quarters {
		b := img.Bounds()
		out := image.NewGray(image.Rect(0, 0, b.Dy(), b.Dx()))
		for y := range b.Dy() {
			for x := range b.Dx() {
				out.Set(b.Dy()-1-y, x, img.At(x, y))
			}
		}
		img = out
	}
	return img
}

// The text that somebody's recognition left below the picture of a scan is not believed.
func TestALayerBelowThePictureIsRecognisedAnew(t *testing.T) {
	r, p := recogniser(t), shortPage(t)
	pdf, err := paper.LyingPDF(p, "poor_recognition", paper.DrawCamera(rand.New(rand.NewPCG(1, 2)), "office300"))
	require.NoError(t, err)
	got, err := r.Read(context.Background(), "a.pdf", pdf, doctext.ReadOptions{OCR: true})
	require.NoError(t, err)
	page := got.Files[0].Pages[0]
	require.Equal(t, doctext.OCR, page.Source)
	require.Contains(t, page.Text, "Тлеубаев Ринат Олегович")
	require.Contains(t, page.Text, "Почвы Алтая")
}
