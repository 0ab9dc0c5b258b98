package doctext

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
)

// findHEIC finds the program that decodes the pictures of iPhones (Debian's libheif-examples); empty without it.
func findHEIC() string {
	for _, name := range []string{"heif-convert", "heif-dec"} { // since libheif 1.18 under the second name
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// heicTooLarge tells by the sizes that a HEIC states, of the picture, its tiles and its preview.
func heicTooLarge(data []byte) bool {
	for {
		i := bytes.Index(data, []byte("ispe"))
		if i < 0 || i+16 > len(data) {
			return false
		}
		if int64(binary.BigEndian.Uint32(data[i+8:]))*int64(binary.BigEndian.Uint32(data[i+12:])) > maxPixels {
			return true
		}
		data = data[i+4:]
	}
}

// decodeHEIC decodes a picture with a program of its own. An error is trouble of ours.
func (r *Reader) decodeHEIC(ctx context.Context, data []byte) (image.Image, Reason, error) {
	if r.heic == "" {
		return nil, Unsupported, nil
	}
	if heicTooLarge(data) {
		return nil, Limit, nil
	}
	dir, err := os.MkdirTemp("", "kualik-heic")
	if err != nil {
		return nil, "", fmt.Errorf("decoding a HEIC: %w", err)
	}
	defer os.RemoveAll(dir)
	in, out := filepath.Join(dir, "in.heic"), filepath.Join(dir, "out.jpg")
	if err := os.WriteFile(in, data, 0o600); err != nil {
		return nil, "", fmt.Errorf("decoding a HEIC: %w", err)
	}
	cmd := exec.CommandContext(ctx, r.heic, "-q", "95", in, out)
	switch err := runTied(cmd); {
	case ctx.Err() != nil:
		return nil, "", ctx.Err()
	case err != nil:
		r.log.Debug("a HEIC could not be read", "error", err)
		return nil, Damaged, nil
	}
	picture, err := os.ReadFile(out)
	if errors.Is(err, os.ErrNotExist) {
		return nil, Damaged, nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("decoding a HEIC: %w", err)
	}
	if reason := checkImage(picture); reason != "" {
		return nil, reason, nil
	}
	img, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, Damaged, nil
	}
	return img, "", nil
}
