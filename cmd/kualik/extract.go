package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"kualik/internal/certificate"
	"kualik/internal/doctext"
	"kualik/internal/i18n"
)

type extractCmd struct {
	JSON     bool     `name:"json" help:"${json}"`
	Explain  bool     `help:"${explain}"`
	DebugDir string   `help:"${debug_dir}" type:"path"`
	Files    []string `arg:"" name:"file" help:"${files}"`
}

// extracted is a line of `kualik extract --json`.
type extracted struct {
	File         string               `json:"file"`
	Verdict      certificate.Verdict  `json:"verdict"`
	Reason       string               `json:"reason"`
	Certificates []extractCertificate `json:"certificates"`

	text doctext.Result // for --explain
	read certificate.Extraction
}

// extractCertificate is CERTIFICATE of the interchange format.
type extractCertificate struct {
	Number          string                        `json:"number"`
	RegisteredOn    string                        `json:"registered_on"`
	CreatedOn       string                        `json:"created_on"`
	Kind            string                        `json:"kind"`
	KindText        string                        `json:"kind_text"`
	Title           string                        `json:"title"`
	Authors         []string                      `json:"authors"`
	VerificationURL string                        `json:"verification_url"`
	Confidence      map[certificate.Field]float64 `json:"confidence"`
	Source          doctext.Source                `json:"source"`
}

// Run reads the files with no database, several at a time, and prints their lines in the order given.
func (c *extractCmd) Run(w *world) error {
	cfg, err := w.settings()
	if err != nil {
		return err
	}
	reader, err := doctext.NewReader(doctext.Options{CacheDir: doctext.SharedCache(filepath.Join(os.TempDir(), "kualik-cache")), Workers: runtime.NumCPU(), OCR: true,
		Log: w.logger(cfg, 8), Child: w.child})
	if err != nil {
		return err
	}
	defer reader.Close()
	lines := make([]chan extracted, len(c.Files))
	for i := range lines {
		lines[i] = make(chan extracted, 1)
	}
	var wg sync.WaitGroup
	next := make(chan int)
	for range runtime.NumCPU() {
		wg.Go(func() {
			for i := range next {
				lines[i] <- c.extract(w, reader, c.Files[i])
			}
		})
	}
	go func() {
		for i := range c.Files {
			next <- i
		}
		close(next)
	}()
	err = c.print(w, lines)
	wg.Wait()
	return err
}

func (c *extractCmd) print(w *world, lines []chan extracted) error {
	progress := w.progress(i18n.T(w.lang, "cli.reading_files"))
	var failed error
	for i, ch := range lines {
		l := <-ch
		if l.Reason == "not_opened" {
			failed = errSaid
		}
		if c.JSON {
			b, err := json.Marshal(l)
			if err != nil {
				return err
			}
			fmt.Fprintln(w.stdout, string(b))
		} else {
			l.show(w)
		}
		if c.Explain {
			w.explain(l.File, l.text, l.read)
		}
		progress(i+1, len(lines))
	}
	return failed
}

func (c *extractCmd) extract(w *world, reader *doctext.Reader, name string) extracted {
	line := extracted{File: name, Verdict: certificate.Unreadable, Reason: "not_opened", Certificates: []extractCertificate{}}
	data, err := os.ReadFile(name)
	if err != nil {
		fmt.Fprintln(w.stderr, "kualik:", err)
		return line
	}
	text, err := reader.Read(w.ctx, filepath.Base(name), data, doctext.ReadOptions{OCR: true})
	x := certificate.Read(text)
	if err == nil && c.DebugDir != "" {
		err = w.debugPages(c.DebugDir, reader, name, data, text, x)
	}
	if err != nil {
		fmt.Fprintf(w.stderr, "kualik: %s: %v\n", name, err)
		return line
	}
	line.text, line.read = text, x
	line.Verdict, line.Reason = x.Verdict, string(x.Reason)
	for _, r := range x.Certificates {
		authors := r.Authors
		if authors == nil {
			authors = []string{}
		}
		line.Certificates = append(line.Certificates, extractCertificate{Number: r.Number, RegisteredOn: string(r.RegisteredOn),
			CreatedOn: string(r.CreatedOn), Kind: r.Kind, KindText: r.KindText, Title: r.Title, Authors: authors,
			VerificationURL: r.VerificationURL, Confidence: r.Confidence, Source: r.Source})
	}
	return line
}

// show is the line for people.
func (l extracted) show(w *world) {
	fmt.Fprintf(w.stdout, "%s: %s %s\n", l.File, i18n.T(w.lang, "cli.verdict."+string(l.Verdict)), l.Reason)
	for _, c := range l.Certificates {
		fmt.Fprintf(w.stdout, "  № %s  %s  %s\n  %s\n", c.Number, c.RegisteredOn, c.KindText, c.Title)
		for _, a := range c.Authors {
			fmt.Fprintf(w.stdout, "    %s\n", a)
		}
	}
}
