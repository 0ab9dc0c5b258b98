// Package config reads the settings from defaults, kualik.yaml and the environment, in this order, and
// checks them all at once.
//
// Every setting has one name: public_url in the file is KUALIK_PUBLIC_URL in the environment, and
// KUALIK_PUBLIC_URL_FILE names a file that holds it.
package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"time"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/robfig/cron/v3"

	"kualik/internal/workday"
)

// Secret is a setting that is never printed.
type Secret string

// String hides the value.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "***"
}

// MarshalText hides the value from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Config is every setting. The tags are the names in the file.
type Config struct {
	Mode                string `koanf:"mode"`
	DataDir             string `koanf:"data_dir"`
	DatabaseURL         Secret `koanf:"database_url"`
	BlobURL             Secret `koanf:"blob_url"`
	Listen              string `koanf:"listen"`
	PublicURL           string `koanf:"public_url"`
	MailboxURL          Secret `koanf:"mailbox_url"`
	MailboxTokenCommand string `koanf:"mailbox_token_command"`
	PollEvery           string `koanf:"poll_every"`
	SMTPURL             Secret `koanf:"smtp_url"`
	MailFrom            string `koanf:"mail_from"`
	SecretKey           Secret `koanf:"secret_key"`
	TrustDir            string `koanf:"trust_dir"`
	TimeZone            string `koanf:"time_zone"`
	Workdays            string `koanf:"workdays"`
	Lang                string `koanf:"lang"`
	University          string `koanf:"university"`
	LogFormat           string `koanf:"log_format"`
	LogLevel            string `koanf:"log_level"`
	Workers             int    `koanf:"workers"`
	AlarmAfter          string `koanf:"alarm_after"`
	Filing              `koanf:",squash"`
	Desk                `koanf:",squash"`

	zone *time.Location
}

// Modes of an installation. Only in Demo may simulators and test certificates be used.
const (
	Production = "production"
	Demo       = "demo"
)

// Defaults are the settings of an installation that sets nothing.
func Defaults() Config {
	return Config{
		Mode: Production, DataDir: "data", Listen: "127.0.0.1:8080", PublicURL: "http://127.0.0.1:8080",
		PollEvery: "@every 2m", TimeZone: "Asia/Almaty", Lang: "ru", LogFormat: "text", LogLevel: "info",
		Workers: 4, AlarmAfter: "30m", Filing: filingDefaults(), Desk: deskDefaults(),
	}
}

// Error lists everything that is wrong with the settings.
type Error struct{ Problems []string }

func (e *Error) Error() string { return "settings: " + strings.Join(e.Problems, "; ") }

// Load reads the settings. getenv is os.Getenv, lookups of KUALIK_CONFIG included. The error is an
// *Error that names every problem with its setting.
func Load(getenv func(string) string) (Config, error) {
	k := koanf.New(".")
	var problems []string
	if err := k.Load(confmap.Provider(defaultsMap(), "."), nil); err != nil {
		return Config{}, err
	}
	path := getenv("KUALIK_CONFIG")
	explicit := path != ""
	if !explicit {
		path = "kualik.yaml"
	}
	if _, err := os.Stat(path); err == nil || explicit {
		if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
			problems = append(problems, fmt.Sprintf("KUALIK_CONFIG: %v", err))
		}
	}
	known := names()
	for _, key := range k.Keys() {
		if !known[strings.TrimSuffix(key, "_file")] {
			problems = append(problems, fmt.Sprintf("%s: there is no setting %q", path, key))
		}
	}
	for name := range known {
		v, err := lookup(name, k, getenv)
		if err != nil {
			problems = append(problems, err.Error())
		} else if v != nil {
			_ = k.Set(name, *v)
		}
	}
	c := Config{}
	if err := k.UnmarshalWithConf("", &c, koanf.UnmarshalConf{Tag: "koanf"}); err != nil {
		problems = append(problems, err.Error())
	}
	problems = append(problems, c.check()...)
	if len(problems) > 0 {
		sort.Strings(problems)
		return c, &Error{Problems: problems}
	}
	return c, nil
}

// lookup finds the value of a setting in the environment, or in a file that the environment or the
// settings file names.
func lookup(name string, k *koanf.Koanf, getenv func(string) string) (*string, error) {
	env := "KUALIK_" + strings.ToUpper(name)
	if v := getenv(env); v != "" {
		return &v, nil
	}
	path := getenv(env + "_FILE")
	if path == "" {
		path = k.String(name + "_file")
	}
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s_FILE: %w", env, err)
	}
	v := strings.TrimSpace(string(data))
	return &v, nil
}

func names() map[string]bool {
	m := map[string]bool{}
	for name := range defaultsMap() {
		m[name] = true
	}
	return m
}

// defaultsMap are the defaults by their names; those of a part of the settings stand beside the others.
func defaultsMap() map[string]any {
	m := map[string]any{}
	addDefaults(m, reflect.ValueOf(Defaults()))
	return m
}

func addDefaults(m map[string]any, v reflect.Value) {
	for i := range v.NumField() {
		field, tag := v.Field(i), v.Type().Field(i).Tag.Get("koanf")
		switch {
		case tag == "":
		case field.Kind() == reflect.Struct:
			addDefaults(m, field)
		case field.Kind() == reflect.Int:
			m[tag] = field.Int()
		case field.Kind() == reflect.Bool:
			m[tag] = field.Bool()
		default:
			m[tag] = field.String()
		}
	}
}

func (c *Config) check() (problems []string) {
	bad := func(name, format string, args ...any) {
		problems = append(problems, "KUALIK_"+name+": "+fmt.Sprintf(format, args...))
	}
	if c.Mode != Production && c.Mode != Demo {
		bad("MODE", "%q is neither production nor demo", c.Mode)
	}
	if c.DataDir == "" {
		bad("DATA_DIR", "is empty")
	}
	if u := string(c.DatabaseURL); u != "" {
		if p, err := url.Parse(u); err != nil || (p.Scheme != "postgres" && p.Scheme != "postgresql") {
			bad("DATABASE_URL", "must look like postgres://user:password@host/name")
		}
	}
	if u := string(c.BlobURL); u != "" && !strings.HasPrefix(u, "file:///") && !strings.HasPrefix(u, "s3://") {
		bad("BLOB_URL", "must begin with file:/// or s3://")
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		bad("LISTEN", "must be host:port")
	}
	if p, err := url.Parse(c.PublicURL); err != nil || (p.Scheme != "http" && p.Scheme != "https") || p.Host == "" {
		bad("PUBLIC_URL", "must look like https://kualik.example")
	}
	if _, err := cron.ParseStandard(c.PollEvery); err != nil {
		bad("POLL_EVERY", "%v", err)
	}
	if u := string(c.SMTPURL); u != "" {
		if p, err := url.Parse(u); err != nil || (p.Scheme != "smtp" && p.Scheme != "smtps") || p.Host == "" {
			bad("SMTP_URL", "must look like smtps://user:password@host:465 or smtp://host:25?tls=starttls")
		} else if c.MailFrom == "" {
			bad("MAIL_FROM", "is needed when KUALIK_SMTP_URL is set")
		}
	}
	if s := string(c.SecretKey); s != "" {
		if b, err := base64.StdEncoding.DecodeString(s); err != nil || len(b) != 32 {
			bad("SECRET_KEY", "must be 32 bytes in base64")
		}
	}
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil || c.TimeZone == "" {
		bad("TIME_ZONE", "%q is no time zone", c.TimeZone)
		zone = time.UTC
	}
	c.zone = zone
	if _, err := c.ExtraDays(); err != nil {
		bad("WORKDAYS", "%v", err)
	}
	if c.Lang != "kk" && c.Lang != "ru" && c.Lang != "en" {
		bad("LANG", "%q is none of kk, ru, en", c.Lang)
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		bad("LOG_FORMAT", "%q is neither text nor json", c.LogFormat)
	}
	if c.Workers < 1 || c.Workers > 64 {
		bad("WORKERS", "must be from 1 to 64")
	}
	if _, err := time.ParseDuration(c.AlarmAfter); err != nil {
		bad("ALARM_AFTER", "must be a duration such as 30m")
	}
	return append(append(problems, c.Filing.check(c.Mode)...), c.Desk.check()...)
}

// Zone is the time zone of the installation.
func (c Config) Zone() *time.Location {
	if c.zone == nil {
		return time.UTC
	}
	return c.zone
}

// ExtraDays are the days of the office's own calendar; none when there is no such file.
func (c Config) ExtraDays() ([]workday.Day, error) {
	if c.Workdays == "" {
		return nil, nil
	}
	file, err := os.Open(c.Workdays)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return workday.Read(file)
}

// Alarm is the age of the last good poll at which the dashboard warns.
func (c Config) Alarm() time.Duration {
	d, _ := time.ParseDuration(c.AlarmAfter)
	return d
}

// BlobDir is the folder of the files when no other store is set.
func (c Config) BlobDir() string { return filepath.Join(c.DataDir, "files") }

// Problems are the sentences of a settings error, nil for another error.
func Problems(err error) []string {
	var e *Error
	if errors.As(err, &e) {
		return e.Problems
	}
	return nil
}
