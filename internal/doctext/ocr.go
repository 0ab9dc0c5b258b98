package doctext

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxOCRPages = 8               // of one document
	maxTwice    = 150             // words with digits on a page that are read a second time
	ocrTime     = 5 * time.Minute // by the clock, of a machine that has much else to do
	languages   = "kaz+rus+eng"   // English besides: its digits and Latin titles
)

// errTooLong is the cause of a page whose recognition used up its time.
var errTooLong = errors.New("time limit of text recognition")

// recognisePDF recognises a scanned page of a PDF.
func (x *reading) recognisePDF(data []byte, number int) (Page, Reason, error) {
	img, reason, err := x.reader.renderPDF(x.ctx, data, number, 300)
	if err != nil || reason != "" {
		return Page{}, reason, err
	}
	page, reason, err := x.recognise(img)
	page.Number = number
	return page, reason, err
}

// recognise reads the text of a page image with Tesseract. A page without text is a page.
func (x *reading) recognise(img image.Image) (Page, Reason, error) {
	select {
	case x.reader.ocrSlots <- struct{}{}:
		defer func() { <-x.reader.ocrSlots }()
	case <-x.ctx.Done():
		return Page{}, "", x.ctx.Err()
	}
	x.tell(stepRecognises, File{})
	defer x.tell(stepRecognised, File{})
	ctx, done := context.WithTimeoutCause(x.ctx, ocrTime, errTooLong)
	defer done()
	page, err := x.reader.recognise(ctx, img)
	switch {
	case err == nil:
		return page, "", nil
	case x.ctx.Err() != nil:
		return Page{}, "", x.ctx.Err()
	case errors.Is(context.Cause(ctx), errTooLong):
		return Page{}, Limit, nil
	}
	x.reader.log.Warn("text recognition failed", "error", err)
	return Page{}, Damaged, nil
}

func (r *Reader) recognise(ctx context.Context, img image.Image) (Page, error) {
	s := straighten(img)
	words, err := r.tesseractWords(ctx, s, languages, "3")
	if err != nil {
		return Page{}, err
	}
	// A page that makes no sense may stand on its head.
	if meanConfidence(words) < 0.6 {
		turned := s.upsideDown()
		other, err := r.tesseractWords(ctx, turned, languages, "3")
		if err != nil {
			return Page{}, err
		}
		if meanConfidence(other) > meanConfidence(words) {
			s, words = turned, other
		}
	}
	if err := r.readTwice(ctx, s, words); err != nil {
		return Page{}, err
	}
	page := Page{Number: 1, Source: OCR}
	if code := decodeQR(s.img); code != "" {
		page.Codes = []Code{{Text: code}}
	}
	var em float64 = 30
	if len(words) > 0 {
		var heights []glyph
		for _, w := range words {
			heights = append(heights, glyph{r: 'х', y0: 0, y1: w.y1 - w.y0})
		}
		em = letterHeight(heights) / 1.7 // words are as high as a line
	}
	w, h := float64(s.img.Rect.Dx()), float64(s.img.Rect.Dy())
	markUnread(s.img, words, em)
	tilt := tiltOf(words, em)
	for i := range words {
		by := tilt * ((words[i].line0+words[i].line1)/2 - h/2)
		words[i].x0, words[i].x1 = words[i].x0-by, words[i].x1-by
	}
	page.Text, page.Words = arrange(words, w, h, em)
	for i := range page.Words {
		b := page.Words[i].Box
		page.Words[i].Level = b
		by := tilt * ((b.Y+b.H/2)*h - h/2)
		page.Words[i].Box = s.original(b.X*w+by, b.Y*h, (b.X+b.W)*w+by, (b.Y+b.H)*h)
	}
	return page, nil
}

func meanConfidence(words []token) float64 {
	sum, n := 0.0, 0.0
	for _, w := range words {
		if letters := float64(len([]rune(w.text))); letters > 2 {
			sum += w.conf * letters
			n += letters
		}
	}
	if n == 0 {
		return 0
	}
	return sum / n
}

// tesseractWords runs Tesseract over the sheet. It gets the picture on standard input and no files.
func (r *Reader) tesseractWords(ctx context.Context, s sheet, lang, layout string) ([]token, error) {
	args := []string{"stdin", "stdout", "-l", lang, "--psm", layout, "--dpi", "300"}
	if s.uneven {
		args = append(args, "-c", "thresholding_method=2") // Sauvola: by the neighbourhood, not by the page
	}
	cmd := exec.CommandContext(ctx, r.tesseract, append(args, "tsv")...)
	cmd.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1")
	cmd.WaitDelay = 5 * time.Second
	var picture, out, complaint bytes.Buffer
	fmt.Fprintf(&picture, "P5\n%d %d\n255\n", s.img.Rect.Dx(), s.img.Rect.Dy())
	for y := range s.img.Rect.Dy() {
		picture.Write(s.img.Pix[y*s.img.Stride : y*s.img.Stride+s.img.Rect.Dx()])
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &picture, &out, &complaint
	if err := runTied(cmd); err != nil {
		return nil, fmt.Errorf("running tesseract: %w: %s", err, firstLine(complaint.String()))
	}
	return parseTSV(out.String()), nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line[:min(len(line), 200)]
}

// parseTSV reads Tesseract's table: level page block par line word left top width height conf text.
func parseTSV(table string) []token {
	var out []token
	line, first := "", 0
	endLine := func() {
		y0, y1 := 1e9, -1e9
		for _, t := range out[first:] {
			y0, y1 = min(y0, t.y0), max(y1, t.y1)
		}
		for i := first; i < len(out); i++ {
			out[i].line0, out[i].line1 = y0, y1
		}
		first = len(out)
	}
	for row := range strings.SplitSeq(table, "\n") {
		f := strings.SplitN(strings.TrimRight(row, "\r"), "\t", 12)
		if len(f) < 12 || f[0] != "5" || strings.TrimSpace(f[11]) == "" {
			continue
		}
		var n [5]float64
		bad := false
		for i := range n {
			v, err := strconv.ParseFloat(f[6+i], 64)
			n[i], bad = v, bad || err != nil
		}
		if bad || n[4] < 0 || strings.Trim(f[11], "|¦_[]{}~ ") == "" { // rules of tables
			continue
		}
		if key := strings.Join(f[1:5], "."); key != line {
			endLine()
			line = key
		}
		t := token{text: strings.TrimSpace(f[11]), x0: n[0], y0: n[1], x1: n[0] + n[2], y1: n[1] + n[3], conf: n[4] / 100, gap: 1, seq: len(out)}
		if len(out) == first {
			t.gap = -1
		}
		out = append(out, t)
	}
	endLine()
	return withoutFrames(out)
}

// withoutFrames leaves out "words" far higher than the others: the edge of the sheet, a frame, a stamp.
// They would make one line of all the lines that they cross.
func withoutFrames(words []token) []token {
	if len(words) == 0 {
		return words
	}
	heights := make([]float64, len(words))
	for i, w := range words {
		heights[i] = w.y1 - w.y0
	}
	slices.Sort(heights)
	most := 3 * heights[len(heights)/2]
	kept := slices.DeleteFunc(words, func(t token) bool { return t.y1-t.y0 > most })
	for i := range kept {
		kept[i].seq = i
		if kept[i].line1-kept[i].line0 > most {
			kept[i].line0, kept[i].line1 = kept[i].y0, kept[i].y1
		}
	}
	return kept
}
