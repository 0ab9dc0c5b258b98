package sim

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// Modules of NCALayer that are answered.
const (
	moduleBasics    = "kz.gov.pki.knca.basics"
	moduleCommon    = "kz.gov.pki.knca.commonUtils"
	moduleAccessory = "kz.gov.pki.ncalayerservices.accessory"
	moduleVendor    = "kz.digiflow.mobile.extensions" // how pages ask whether it is another vendor's program
)

// Extended key usages that tell the two keys of a person apart (RFC 5280, 4.2.1.12).
const (
	ekuSign = "1.3.6.1.5.5.7.3.4"
	ekuAuth = "1.3.6.1.5.5.7.3.2"
)

// act is what a frame wants of the person.
type act int

const (
	actSign act = iota
	actKeyInfo
)

// wish says which keys the page would accept.
type wish struct {
	ekus         []string // a key must have them all
	iin, bin     string
	serial       string // hexadecimal
	allowExpired bool
	allowRevoked bool
	noFiles      bool // only tokens, and nobody here has one
}

// asked is a frame that a person must answer.
type asked struct {
	act        act
	basics     bool // else commonUtils: replies differ
	data       [][]byte
	texts      []string // data as it stood in the frame
	list       bool     // the data were an array, so is the result
	detached   bool
	digested   bool // the data are digests
	outputCert bool
	wish       wish
	locale     string
}

// version is the first frame of a conversation.
var version = mustJSON(map[string]any{"result": map[string]any{"version": "1.4"}})

type frame struct {
	Module string          `json:"module"`
	Method string          `json:"method"`
	Args   json.RawMessage `json:"args"`
}

// parse reads a frame: it is for a person to answer, or there is a reply at once.
func parse(raw []byte) (*asked, []byte) {
	var f frame
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, basicsError("INVALID_REQUEST", "The request is not a JSON object.", err.Error())
	}
	switch f.Module {
	case moduleBasics:
		return parseBasics(f)
	case moduleCommon:
		return parseCommon(f)
	case moduleAccessory:
		return nil, mustJSON(map[string]any{"status": true, "body": map[string]any{}})
	case moduleVendor:
		return nil, commonError("Module not found: " + moduleVendor)
	}
	return nil, basicsError("MODULE_NOT_FOUND", "Module not found.", f.Module)
}

// parseBasics reads sign of the module basics (2022 and later): one object of arguments.
func parseBasics(f frame) (*asked, []byte) {
	if f.Method != "sign" {
		return nil, basicsError("METHOD_NOT_FOUND", "Method not found.", f.Method)
	}
	a, err := basicsArguments(f.Args)
	if err != nil {
		return nil, basicsError("INVOCATION_ERROR", "An invoked method threw an exception.", "org.json.JSONException: "+err.Error()+".")
	}
	return a, nil
}

func basicsArguments(raw json.RawMessage) (*asked, error) {
	args, err := object(raw, "args")
	if err != nil {
		return nil, err
	}
	if format := text(args["format"]); format != "cms" {
		return nil, fmt.Errorf("format %q: the stand-in signs cms only", format)
	}
	signing, err := object(args["signingParams"], "signingParams")
	if err != nil {
		return nil, err
	}
	signer, err := object(args["signerParams"], "signerParams")
	if err != nil {
		return nil, err
	}
	a := &asked{basics: true, locale: text(args["locale"]), detached: !truth(signing["encapsulate"], true), digested: truth(signing["digested"], false),
		outputCert: truth(signing["outputCert"], false)}
	a.wish = wish{iin: text(signer["iin"]), bin: text(signer["bin"]), serial: text(signer["serialNumber"]),
		allowExpired: truth(signing["allowExpired"], false), allowRevoked: truth(signing["allowRevoked"], false)}
	if err := json.Unmarshal(signer["extKeyUsageOids"], &a.wish.ekus); err != nil || a.wish.ekus == nil {
		return nil, errors.New(`JSONObject["extKeyUsageOids"] is not a JSONArray`)
	}
	var storages []string
	_ = json.Unmarshal(args["allowedStorages"], &storages) // absent, null and nonsense: all
	a.wish.noFiles = len(storages) > 0 && !contains(storages, "PKCS12") && !contains(storages, "JKS")
	return a, a.take(args["data"], truth(signing["decode"], false))
}

// take reads what is to be signed: a string or several, of text or of base64.
func (a *asked) take(raw json.RawMessage, decode bool) error {
	var one string
	if json.Unmarshal(raw, &one) == nil && len(raw) > 0 && raw[0] == '"' {
		a.texts = []string{one}
	} else if err := json.Unmarshal(raw, &a.texts); err != nil || len(a.texts) == 0 {
		return errors.New(`JSONObject["data"] is not a string`)
	} else {
		a.list = true
	}
	for _, s := range a.texts {
		data := []byte(s)
		if decode || a.digested {
			var err error
			if data, err = fromBase64(s); err != nil {
				return fmt.Errorf("data: %w", err)
			}
		}
		a.data = append(a.data, data)
	}
	return nil
}

// parseCommon reads the old module commonUtils: arguments by their places.
func parseCommon(f frame) (*asked, []byte) {
	var args []json.RawMessage
	_ = json.Unmarshal(f.Args, &args) // none is as good as an empty list
	mismatch := commonError("java.lang.IllegalArgumentException: argument type mismatch. Method: " + f.Method)
	switch f.Method {
	case "getActiveTokens":
		return nil, commonDone([]string{})
	case "changeLocale":
		if len(args) != 1 || !isString(args[0]) {
			return nil, mismatch
		}
		return nil, mustJSON(map[string]any{"code": "200"})
	case "getKeyInfo":
		if len(args) != 1 || !isString(args[0]) {
			return nil, mismatch
		}
		return &asked{act: actKeyInfo}, nil
	case "createCAdESFromBase64", "createCMSSignatureFromBase64":
		if len(args) != 4 || !isString(args[0]) || !isString(args[1]) || !isString(args[2]) || !isBool(args[3]) {
			return nil, mismatch
		}
		return commonSign(args, !truth(args[3], false), false)
	case "createCAdESFromBase64Hash":
		if len(args) != 3 || !isString(args[0]) || !isString(args[1]) || !isString(args[2]) {
			return nil, mismatch
		}
		return commonSign(args, true, true)
	}
	return nil, commonError("java.lang.NoSuchMethodException: " + f.Method)
}

func commonSign(args []json.RawMessage, detached, digested bool) (*asked, []byte) {
	a := &asked{detached: detached, digested: digested}
	switch text(args[1]) {
	case "SIGNATURE":
		a.wish.ekus = []string{ekuSign}
	case "AUTHENTICATION":
		a.wish.ekus = []string{ekuAuth}
	}
	data, err := fromBase64(text(args[2]))
	if err != nil || len(data) == 0 {
		return nil, mustJSON(map[string]any{"code": "500"})
	}
	a.data, a.texts = [][]byte{data}, []string{text(args[2])}
	return a, nil
}

// done is the reply with the signatures, DER.
func (a *asked) done(signatures [][]byte, certificate []byte) []byte {
	if !a.basics {
		return commonDone(base64.StdEncoding.EncodeToString(signatures[0]))
	}
	armoured := make([]string, len(signatures))
	for i, der := range signatures {
		armoured[i] = string(pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: der}))
	}
	var result any = armoured
	if !a.list {
		result = armoured[0]
	}
	if a.outputCert {
		result = map[string]any{"signatures": result, "certificate": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate}))}
	}
	return mustJSON(map[string]any{"status": true, "body": map[string]any{"result": result}})
}

// cancelled is the reply when the person refuses or does not answer.
func (a *asked) cancelled() []byte {
	if !a.basics {
		return commonError("action.canceled")
	}
	return mustJSON(map[string]any{"status": true, "body": map[string]any{}})
}

// failed is the reply when the program itself does not succeed.
func (a *asked) failed(why string) []byte {
	if !a.basics {
		return commonError(why)
	}
	return basicsError("INVOCATION_ERROR", "An invoked method threw an exception.", why)
}

func basicsError(code, message, details string) []byte {
	return mustJSON(map[string]any{"status": false, "code": code, "message": message, "details": details})
}

func commonError(message string) []byte {
	return mustJSON(map[string]any{"code": "500", "message": message})
}

func commonDone(result any) []byte {
	return mustJSON(map[string]any{"code": "200", "responseObject": result})
}

func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // only maps of strings come here
	}
	return data
}

func object(raw json.RawMessage, name string) (map[string]json.RawMessage, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil || m == nil {
		return nil, fmt.Errorf("JSONObject[%q] is not a JSONObject", name)
	}
	return m, nil
}

// text is a string, or nothing.
func text(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s)
	return s
}

// truth is a boolean, which pages also send as the text of one, as the NCA's own sample does.
func truth(raw json.RawMessage, otherwise bool) bool {
	switch strings.ToLower(strings.Trim(string(raw), `"`)) {
	case "true":
		return true
	case "false":
		return false
	}
	return otherwise
}

func isString(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '"' }

func isBool(raw json.RawMessage) bool { return string(raw) == "true" || string(raw) == "false" }

func fromBase64(s string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.Map(func(r rune) rune {
		if r == '\r' || r == '\n' || r == ' ' {
			return -1
		}
		return r
	}, s))
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if strings.EqualFold(x, s) {
			return true
		}
	}
	return false
}
