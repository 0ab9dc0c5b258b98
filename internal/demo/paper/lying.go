package paper

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"strings"

	"github.com/phpdave11/gofpdf"
)

// Lies are the ways in which a text layer does not say what stands on the page: no map to Unicode, a map that is
// off by some letters, one in which only the Kazakh letters are wrong, the bytes of windows-1251 taken for Latin,
// and the invisible layer of somebody's poor text recognition over a scan.
var Lies = []string{"no_map", "shifted", "kazakh_broken", "mojibake", "poor_recognition"}

// LyingPDF writes a page whose text layer lies.
func LyingPDF(p *Page, lie string, camera Camera) ([]byte, error) {
	switch lie {
	case "no_map":
		pdf, err := plainPDF(p)
		return bytes.ReplaceAll(pdf, []byte("/ToUnicode"), []byte("/ToUnic0de")), err
	case "shifted":
		return mapped(p, func(r rune) rune { return r + 7 })
	case "kazakh_broken":
		return mapped(p, func(r rune) rune {
			if strings.ContainsRune("ҚқҒғӘәҢңӨөҰұҮүҺһІі", r) {
				return 0x2219 // what fonts of the nineties leave of them
			}
			return r
		})
	case "mojibake":
		return mapped(p, func(r rune) rune {
			if r >= 'А' && r <= 'я' {
				return r - 'А' + 0xc0
			}
			return r
		})
	case "poor_recognition":
		return poorlyRecognised(p, camera)
	}
	return nil, fmt.Errorf("no lie %q", lie)
}

// plainPDF writes a page without compression, so that its parts can be changed.
func plainPDF(p *Page) ([]byte, error) {
	f := newPDF()
	f.SetCompression(false)
	fill(f, p)
	return finish(f)
}

// mapped writes a page whose map to Unicode is another one. The library's own maps each code to itself.
func mapped(p *Page, to func(rune) rune) ([]byte, error) {
	pdf, err := plainPDF(p)
	if err != nil {
		return nil, err
	}
	var rows []string
	for _, block := range [][2]rune{{0x20, 0x7e}, {0xa0, 0xff}, {0x400, 0x4ff}, {0x2010, 0x2030}, {0x2116, 0x2116}} {
		for r := block[0]; r <= block[1]; r++ {
			rows = append(rows, fmt.Sprintf("<%04X> <%04X>", r, to(r)))
		}
	}
	var table strings.Builder
	for len(rows) > 0 {
		n := min(len(rows), 100)
		fmt.Fprintf(&table, "%d beginbfchar\n%s\nendbfchar\n", n, strings.Join(rows[:n], "\n"))
		rows = rows[n:]
	}
	const whole = "1 beginbfrange\n<0000> <FFFF> <0000>\nendbfrange\n"
	if !bytes.Contains(pdf, []byte(whole)) {
		return nil, fmt.Errorf("the PDF has no map to change")
	}
	// Lengths and places in the file are wrong afterwards, as in much that is forwarded; readers find the parts anew.
	return bytes.ReplaceAll(pdf, []byte(whole), []byte(table.String())), nil
}

// poorlyRecognised writes a scan over text that a bad recognition made of it.
func poorlyRecognised(p *Page, camera Camera) ([]byte, error) {
	img, err := camera.Take(p)
	if err != nil {
		return nil, err
	}
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, img, &jpeg.Options{Quality: 80}); err != nil {
		return nil, fmt.Errorf("write a picture: %w", err)
	}
	wrong := &Page{wide: p.wide}
	for i, r := range p.runs {
		letters := []rune(r.text)
		for j, l := range letters {
			if k := (i*31 + j*17) % 7; k < 2 {
				letters[j] = misread(l)
			}
		}
		r.text = string(letters)
		wrong.runs = append(wrong.runs, r)
	}
	f := newPDF()
	fill(f, wrong)
	f.SetPage(1)
	o := gofpdf.ImageOptions{ImageType: "JPG"}
	f.RegisterImageOptionsReader("scan", o, bytes.NewReader(picture.Bytes()))
	f.ImageOptions("scan", 0, 0, p.width(), p.height(), false, o, 0, "")
	return finish(f)
}

// misread is a letter as a recognition without Kazakh and Russian takes it.
func misread(r rune) rune {
	from, to := []rune("абвгдежзийклмнопрстуфхцчшщъыьэюяқғңөұүһі0123456789"), []rune("a6Brдe>k3uuKлMHonpcTyфxц4шщ'bl6эloяKFHeYYhio!Z3A5bT8g")
	for i, f := range from {
		if r == f && i < len(to) {
			return to[i]
		}
	}
	return r
}
