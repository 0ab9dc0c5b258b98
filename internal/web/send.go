package web

import (
	"strings"

	"kualik/internal/document"
)

// Where a reader sends certificates, as text and as a code for the telephone.

// tagged tells whether the address has a personal tag.
func tagged(address string) bool { return strings.Contains(address, "+") }

// sendCode is the drawing of the address; nothing when it cannot be drawn.
func sendCode(address string) string {
	svg, err := document.QRSVG("mailto:" + address)
	if err != nil {
		return ""
	}
	return svg
}
