// Package doctext turns untrusted bytes into pages of text with the place of each word.
//
// It stands between a file as it came (mail, upload, command line) and package certificate, and knows
// nothing of either: it detects the format by content, opens archives, reads text layers and runs OCR.
// A file that cannot be read gives a Reason, never a panic and never a silence.
package doctext

// Source says where the text of a page came from.
type Source string

// The sources.
const (
	TextLayer Source = "text-layer"
	OCR       Source = "ocr"
)

// Reason says why a file gave no text; it is part of the interchange format.
type Reason string

// The reasons; the empty Reason is success.
const (
	Damaged     Reason = "damaged"
	Password    Reason = "password"
	Empty       Reason = "empty"
	NeedsOCR    Reason = "needs_ocr"
	Limit       Reason = "limit"
	Unsupported Reason = "unsupported"
)

// Rect is a rectangle on a page in fractions of its width and height, origin at the top left.
type Rect struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
	W float64 `json:"w"`
	H float64 `json:"h"`
}

// Word is a run of letters in Page.Text with its place on the page. Offsets are bytes. Confidence is
// 1 for a text layer, Tesseract's word confidence divided by 100 for OCR. Box is zero where the format
// has no places (DOCX, ODT). Level is its place on the page turned upright, with level lines, where that
// is another page than the one that came; see Place.
type Word struct {
	Start, End int
	Box        Rect
	Level      Rect `json:",omitzero"`
	Confidence float64
	Twice      Twice  `json:",omitempty"`
	Second     string `json:",omitempty"` // the word with the digits of the second reading, where they differ
	Unread     bool   `json:",omitempty"` // beside its line there is ink that was not read
}

// Place is where the word stands among the others: on the page turned upright, with level lines.
func (w Word) Place() Rect {
	if w.Level != (Rect{}) {
		return w.Level
	}
	return w.Box
}

// Twice says how the second reading of a recognised word with digits went.
type Twice uint8

// The second readings: there was none; it had the same digits, others, or not as many.
const (
	Once Twice = iota
	Same
	Differs
	Lost
)

// Page is one page of a document: its text in reading order, lines parted by \n.
type Page struct {
	Number int // from 1
	Text   string
	Words  []Word
	Source Source
	Codes  []Code // QR codes
}

// File is one readable document: the file itself, or one inside an archive.
type File struct {
	Name   string // name inside the archive, empty for the file itself
	SHA256 string // of its bytes
	Type   string // MIME type by content
	Reason Reason // why it has no pages
	Pages  []Page

	PageCount int // of a PDF, also of pages that were not read or have no text; 0: not known
}

// Result is all that one file held. Reason is the reason for the whole when nothing could be read.
type Result struct {
	Reason Reason
	Files  []File
}
