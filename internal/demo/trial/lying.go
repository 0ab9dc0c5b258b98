package trial

import (
	"fmt"

	"kualik/internal/demo/paper"
)

// lying makes a PDF that shows the page and whose text says something else.
func (d *draft) lying(page *paper.Page) error {
	lie := paper.Lies[d.rng.IntN(len(paper.Lies))]
	d.tag("%s", lie)
	d.extension = "pdf"
	camera := paper.DrawCamera(d.rng, "office200")
	var err error
	if d.Data, err = paper.LyingPDF(page, lie, camera); err != nil {
		return fmt.Errorf("lie %s: %w", lie, err)
	}
	return nil
}
