package certificate

import (
	"context"
	"fmt"

	"kualik/internal/doctext"
)

// Extract reads a file and tells what it is. With ocr false a scan is unreadable for want of OCR at
// once. The error is trouble of ours, never of the file.
func Extract(ctx context.Context, r *doctext.Reader, name string, data []byte, ocr bool) (Extraction, error) {
	result, err := r.Read(ctx, name, data, doctext.ReadOptions{OCR: ocr})
	if err != nil {
		return Extraction{}, fmt.Errorf("extracting certificates: %w", err)
	}
	return Read(result), nil
}
