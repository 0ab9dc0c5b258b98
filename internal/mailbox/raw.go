package mailbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	literalEnd   = regexp.MustCompile(`(?i)(BODY\[\] )?~?\{(\d+)\+?\}$`)
	quotedBody   = regexp.MustCompile(`(?i)BODY\[\] ("(?:[^"\\]|\\.)*"|NIL)`)
	uidItem      = regexp.MustCompile(`(?i)[( ]UID (\d+)`)
	internalDate = regexp.MustCompile(`(?i)INTERNALDATE "([^"]+)"`)
)

// fetchRaw gets one message without the library, for answers that it does not understand: an attribute
// that nobody knows, a broken date, a UID in the wrong place. It reads only what is needed of the answer.
// Afterwards the session can do nothing else.
func (s *session) fetchRaw(ctx context.Context, f facts, blobs Blobs) (body, time.Time, error) {
	if s.raw == nil {
		s.raw = bufio.NewReaderSize(s.conn.takeOver(), 64<<10)
	}
	r := s.raw
	s.conn.allow(s.limits.Stall, s.limits.whole(max(f.size, smallMessage)))
	defer s.conn.rest()
	if _, err := fmt.Fprintf(s.conn, "R1 UID FETCH %d (UID INTERNALDATE BODY.PEEK[])\r\n", f.uid); err != nil {
		return body{}, f.date, fmt.Errorf("fetching a message: %w", err)
	}
	var got *body
	date := f.date
	for {
		text, b, err := readRawAnswer(ctx, r, s.limits.cap(f.size), blobs)
		if err != nil {
			return body{}, date, err
		}
		if rest, ok := strings.CutPrefix(text, "R1 "); ok {
			if !strings.HasPrefix(strings.ToUpper(rest), "OK") {
				return body{}, date, errors.New(rest)
			}
			break
		}
		m := uidItem.FindStringSubmatch(text)
		if m == nil || m[1] != strconv.FormatUint(uint64(f.uid), 10) {
			continue
		}
		if d := internalDate.FindStringSubmatch(text); d != nil {
			if t, err := time.Parse("_2-Jan-2006 15:04:05 -0700", d[1]); err == nil {
				date = t.UTC()
			}
		}
		if b != nil {
			got = b
		}
	}
	if got == nil {
		return body{}, date, errNoBody
	}
	return *got, date, nil
}

// maxAnswer bounds the text of one answer around its literals.
const maxAnswer = 1 << 20

// readRawAnswer reads one answer: lines, and the literals between them. The literal after BODY[] is the
// message, others are skipped.
func readRawAnswer(ctx context.Context, r *bufio.Reader, limit int64, blobs Blobs) (string, *body, error) {
	var text strings.Builder
	var found *body
	for {
		line, err := readRawLine(r)
		if err != nil {
			return "", nil, fmt.Errorf("fetching a message: %w", err)
		}
		if text.WriteString(line); text.Len() > maxAnswer {
			return "", nil, errAnnounced
		}
		m := literalEnd.FindStringSubmatch(line)
		if m == nil {
			break
		}
		size, err := strconv.ParseInt(m[2], 10, 64)
		if err != nil || size > limit {
			return "", nil, errAnnounced
		}
		literal := io.LimitReader(r, size)
		if m[1] == "" {
			if n, err := io.Copy(io.Discard, literal); err != nil || n < size {
				return "", nil, fmt.Errorf("fetching a message: %w", errors.Join(err, io.ErrUnexpectedEOF))
			}
			continue
		}
		b, err := take(ctx, literal, size, limit, blobs)
		if err != nil {
			return "", nil, err
		}
		found = &b
	}
	if found == nil {
		if m := quotedBody.FindStringSubmatch(text.String()); m != nil && m[1] != "NIL" {
			data := []byte(strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(m[1][1 : len(m[1])-1]))
			found = &body{data: data, size: int64(len(data))}
		}
	}
	return text.String(), found, nil
}

// readRawLine reads a line without its end.
func readRawLine(r *bufio.Reader) (string, error) {
	var line strings.Builder
	for {
		piece, err := r.ReadSlice('\n')
		line.Write(piece)
		if errors.Is(err, bufio.ErrBufferFull) && line.Len() <= maxAnswer {
			continue
		}
		return strings.TrimRight(line.String(), "\r\n"), err
	}
}
