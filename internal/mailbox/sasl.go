package mailbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
)

// xoauth2 is Google's and Microsoft's older way to log in with an access token. go-sasl has only the
// standard one (OAUTHBEARER, RFC 7628), which Outlook does not take.
type xoauth2 struct{ user, token string }

var _ sasl.Client = xoauth2{}

// Start gives the mechanism and its only message.
func (x xoauth2) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next answers the error report of a server that refuses; the refusal itself follows.
func (x xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }

// refusedBearer makes OAUTHBEARER answer a refusal as the server expects, so that its own words come.
type refusedBearer struct{ sasl.Client }

// Next answers the error report with the empty message of RFC 7628.
func (refusedBearer) Next([]byte) ([]byte, error) { return []byte{1}, nil }

const tokenTimeout = 20 * time.Second

// accessToken runs the command that prints a fresh token. Its output is a secret, its complaints are not.
func accessToken(ctx context.Context, command string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	cmd.WaitDelay = time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if words := strings.TrimSpace(stderr.String()); words != "" {
			err = fmt.Errorf("%w: %s", err, words[:min(len(words), 500)])
		}
		return "", err
	}
	token := strings.TrimSpace(string(out))
	if token == "" || strings.ContainsAny(token, "\x01\r\n") {
		return "", errors.New("it printed no token")
	}
	return token, nil
}
