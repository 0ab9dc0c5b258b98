package message

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
)

var (
	quotedFrom = regexp.MustCompile(`^>+From `)
	// the envelope line in full: address, then a date as ctime writes it
	fromLine = regexp.MustCompile(`^From \S+ +(Mon|Tue|Wed|Thu|Fri|Sat|Sun) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2} \d\d:\d\d`)
)

// ReadMbox calls f with the raw bytes of each mail of an mbox file: the envelope line and the empty line
// before the next one taken off, the quoting of mboxrd undone, line ends untouched. It stops at the first
// error of f. A mail over MaxSize is cut there.
func ReadMbox(r io.Reader, f func(raw []byte) error) error {
	br := bufio.NewReaderSize(r, 64<<10)
	var mail []byte
	inMail, blank := false, true // blank: the line before was empty
	emit := func() error {
		if !inMail {
			return nil
		}
		if blank {
			mail = withoutLastLine(mail)
		}
		return f(bytes.Clone(mail))
	}
	for n := 1; ; n++ {
		line, err := readLine(br)
		if len(line) > 0 {
			if bytes.HasPrefix(line, []byte("From ")) && (blank || fromLine.Match(line)) {
				if err := emit(); err != nil {
					return err
				}
				mail, inMail, blank = mail[:0], true, false
			} else {
				if !inMail && len(bytes.TrimSpace(line)) > 0 {
					return fmt.Errorf("line %d of the mbox stands before any mail", n)
				}
				blank = len(bytes.TrimRight(line, "\r\n")) == 0
				if quotedFrom.Match(line) {
					line = line[1:]
				}
				if len(mail)+len(line) <= MaxSize {
					mail = append(mail, line...)
				}
			}
		}
		if errors.Is(err, io.EOF) {
			return emit()
		}
		if err != nil {
			return fmt.Errorf("reading an mbox: %w", err)
		}
	}
}

// readLine reads a line with its end, in bounded memory: what is over MaxSize is dropped.
func readLine(br *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		piece, err := br.ReadSlice('\n')
		if len(line)+len(piece) <= MaxSize {
			line = append(line, piece...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// withoutLastLine takes off the empty line at the end.
func withoutLastLine(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte("\n"))
	return bytes.TrimSuffix(b, []byte("\r"))
}
