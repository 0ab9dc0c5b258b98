package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"kualik/internal/certificate"
	"kualik/internal/demo/paper"
	"kualik/internal/demo/trial"
	"kualik/internal/doctext"
	"kualik/internal/i18n"
)

// measureCmd makes documents whose truth is known, reads them and says how much was right.
type measureCmd struct {
	Seed    uint64   `default:"1" help:"${measure_seed}"`
	HeldOut bool     `help:"${measure_held_out}"`
	Words   string   `default:"known" enum:"known,rare,unseen,fresh" help:"${measure_words}"`
	Count   int      `default:"40" help:"${measure_count}"`
	Family  []string `help:"${measure_family}"`
	List    int      `help:"${measure_list}"`
	Plot    string   `help:"${measure_plot}" type:"path"`
	Keep    string   `help:"${measure_keep}" type:"path"`
	Texts   string   `help:"${measure_texts}" type:"path"`
	Jobs    int      `help:"${measure_jobs}"`
}

// Run reads the cases, several at a time, and prints the tables.
func (c *measureCmd) Run(w *world) error {
	cfg, err := w.settings()
	if err != nil {
		return err
	}
	if c.Jobs <= 0 {
		c.Jobs = runtime.NumCPU()
	}
	for _, dir := range []string{c.Keep, c.Texts} {
		if dir != "" {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
		}
	}
	reader, err := doctext.NewReader(doctext.Options{CacheDir: doctext.SharedCache(filepath.Join(os.TempDir(), "kualik-cache")), Workers: c.Jobs, OCR: true,
		Log: w.logger(cfg, 8)})
	if err != nil {
		return err
	}
	defer reader.Close()
	if c.HeldOut {
		c.Seed = trial.HeldOut
	}
	maker := trial.NewMaker(c.Seed, map[string]paper.Vocabulary{"known": paper.Known, "rare": paper.Rare, "unseen": paper.Unseen, "fresh": paper.Fresh}[c.Words])
	var todo []trial.Family
	for _, f := range trial.Families {
		if len(c.Family) == 0 || strings.Contains(strings.Join(c.Family, " "), string(f)) {
			todo = append(todo, f)
		}
	}
	results := make([]trial.Result, len(todo)*c.Count)
	progress := w.progress(i18n.T(w.lang, "cli.reading_files"))
	var done atomic.Int64
	var g errgroup.Group
	g.SetLimit(c.Jobs)
	for i := range results {
		g.Go(func() error {
			var err error
			if results[i], err = c.one(w, reader, maker, todo[i/c.Count], i%c.Count); err != nil {
				return err
			}
			progress(int(done.Add(1)), len(results))
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	trial.Table(w.stdout, results)
	fmt.Fprintln(w.stdout)
	trial.Calibration(w.stdout, results)
	trial.Misses(w.stdout, results, c.List)
	return c.plot(results)
}

func (c *measureCmd) plot(results []trial.Result) error {
	if c.Plot == "" {
		return nil
	}
	f, err := os.Create(c.Plot)
	if err != nil {
		return err
	}
	trial.Plot(f, results)
	return f.Close()
}

// one makes, reads and judges a case.
func (c *measureCmd) one(w *world, reader *doctext.Reader, maker *trial.Maker, f trial.Family, n int) (trial.Result, error) {
	made, err := maker.Case(f, n)
	if err != nil {
		return trial.Result{}, err
	}
	if c.Keep != "" {
		if err := os.WriteFile(filepath.Join(c.Keep, made.Name), made.Data, 0o644); err != nil {
			return trial.Result{}, err
		}
	}
	begun := time.Now()
	text, err := c.text(w, reader, made)
	if err != nil {
		return trial.Result{}, err
	}
	made.Data = nil
	return trial.Result{Case: made, Judgement: made.Judge(certificate.Read(text)), Took: time.Since(begun)}, nil
}

// text reads a document, or takes what an earlier measurement kept of it.
func (c *measureCmd) text(w *world, reader *doctext.Reader, made trial.Case) (doctext.Result, error) {
	path := ""
	if c.Texts != "" {
		path = filepath.Join(c.Texts, fmt.Sprintf("%d-%s-%s.json", c.Seed, c.Words, made.Name))
		data, err := os.ReadFile(path)
		if err == nil {
			var r doctext.Result
			return r, json.Unmarshal(data, &r)
		}
		if !errors.Is(err, os.ErrNotExist) {
			return doctext.Result{}, err
		}
	}
	r, err := reader.Read(w.ctx, made.Name, made.Data, doctext.ReadOptions{OCR: true})
	if err != nil || path == "" {
		return r, err
	}
	data, err := json.Marshal(r)
	if err != nil {
		return r, err
	}
	return r, os.WriteFile(path, data, 0o644)
}
