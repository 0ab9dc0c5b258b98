package sim

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/coder/websocket"
)

// largestFrame holds a document of 24 MiB in base64.
const largestFrame = 32 << 20

// ncalayer answers on NCALayer's own port: a conversation for a page, and for a person who looks there with
// the browser the way to the chooser.
func (s *Sim) ncalayer(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		http.Redirect(w, r, s.URLs().NCALayerPage, http.StatusFound)
		return
	}
	// Every page may ask, as with NCALayer itself: it is the person who decides.
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		s.log.Debug("NCALayer: no conversation", "error", err)
		return
	}
	c.SetReadLimit(largestFrame)
	s.talks.Add(1)
	defer s.talks.Done()
	defer c.CloseNow()
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	if err := s.converse(ctx, cancel, c, originOf(r)); err != nil && ctx.Err() == nil {
		s.log.Debug("NCALayer: the conversation ended", "error", err)
	}
}

// converse answers the frames in their order: replies carry no number by which to tell them apart.
func (s *Sim) converse(ctx context.Context, cancel context.CancelFunc, c *websocket.Conn, origin string) error {
	if err := c.Write(ctx, websocket.MessageText, version); err != nil {
		return err
	}
	frames := make(chan []byte, 16)
	s.talks.Go(func() {
		defer cancel() // whoever goes away takes their requests along
		for {
			_, data, err := c.Read(ctx)
			if err != nil {
				return
			}
			select {
			case frames <- data:
			case <-ctx.Done():
				return
			}
		}
	})
	for {
		select {
		case <-ctx.Done():
			return nil
		case data := <-frames:
			reply, err := s.reply(ctx, data, origin)
			if err != nil {
				return err
			}
			if err := c.Write(ctx, websocket.MessageText, reply); err != nil {
				return err
			}
		}
	}
}

var errDropped = errors.New("dropped, as the fault wants")

// reply answers one frame; an error ends the conversation.
func (s *Sim) reply(ctx context.Context, data []byte, origin string) ([]byte, error) {
	a, reply := parse(data)
	if a == nil {
		return reply, nil
	}
	if a.basics && s.fault(AtNCALayer, FaultNoBasics).Kind != "" {
		return basicsError("MODULE_NOT_FOUND", "Module not found.", moduleBasics), nil
	}
	switch s.fault(AtNCALayer, FaultCancel, FaultDrop, FaultSilence).Kind {
	case FaultCancel:
		return a.cancelled(), nil
	case FaultDrop:
		return nil, errDropped
	case FaultSilence:
		<-ctx.Done()
		return nil, ctx.Err()
	}
	choice := s.ask(ctx, *a, origin)
	if choice.Cancel {
		return a.cancelled(), nil
	}
	return s.carryOut(*a, choice), nil
}

// carryOut does what was chosen and makes the reply.
func (s *Sim) carryOut(a asked, c Choice) []byte {
	fault := s.fault(AtNCALayer).Kind
	k, err := s.keyFor(a, c, fault)
	if err != nil {
		return a.failed(err.Error())
	}
	if a.act == actKeyInfo {
		return commonDone(keyInfo(k))
	}
	if fault == FaultGarbage {
		return a.done([][]byte{[]byte("this is no signature")}, k.Certificate)
	}
	signatures := make([][]byte, len(a.data))
	for i := range a.data {
		if signatures[i], err = s.signWith(k, a, i, fault); err != nil {
			return a.failed(err.Error())
		}
	}
	s.log.Debug("NCALayer: signed", "key", k.name.String(), "documents", len(signatures))
	return a.done(signatures, k.Certificate)
}

// keyFor is the key that was chosen, or that a fault puts in its place.
func (s *Sim) keyFor(a asked, c Choice, fault string) (*key, error) {
	p := s.ring.person(c.Person)
	if p == nil {
		return nil, fmt.Errorf("nobody has the number %q", c.Person)
	}
	if fault == FaultOtherPerson {
		p = s.ring.another(p.IIN)
		c.Key = ""
	}
	names := s.ring.offered(*p, a.wish, c.Any || fault == FaultOtherPerson)
	switch {
	case fault == FaultAuthKey || fault == FaultSignKey:
		names = withUsage(p.keys(), map[string]string{FaultAuthKey: useAuth, FaultSignKey: useSign}[fault])
	case c.Key != "":
		wanted, err := parseKeyName(c.Key)
		if err != nil {
			return nil, err
		}
		names = only(names, wanted)
	}
	if len(names) == 0 {
		return nil, errNoKey
	}
	return s.ring.key(*p, names[0])
}

var errNoKey = errors.New("the person has no key that the page accepts")

// keyInfo is the description of a key as commonUtils gives it; times are milliseconds since 1970, as text.
func keyInfo(k *key) map[string]string {
	c := k.parsed
	return map[string]string{
		"alias": hex.EncodeToString(c.SubjectKeyId), "keyId": hex.EncodeToString(c.SubjectKeyId), "algorithm": k.algorithmName(),
		"subjectCn": c.Subject.CommonName, "subjectDn": dn(c.Subject.Names), "issuerCn": c.Issuer.CommonName, "issuerDn": dn(c.Issuer.Names),
		"serialNumber": c.SerialNumber.Text(16), "authorityKeyIdentifier": hex.EncodeToString(c.AuthorityKeyId),
		"certNotBefore": strconv.FormatInt(c.NotBefore.UnixMilli(), 10), "certNotAfter": strconv.FormatInt(c.NotAfter.UnixMilli(), 10),
		"pem": pemText("CERTIFICATE", k.Certificate),
	}
}
