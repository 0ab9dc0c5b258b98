// Package reports makes workbooks: the rating as people of a university read it, and plain tables for
// exports.
//
// It takes results of package rating and shows them; it counts nothing itself. It is the last stop of
// the flow, and one of the two rooms that excelize may enter. The same snapshot, language and settings
// give the same bytes.
package reports

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"

	"kualik/internal/i18n"
	"kualik/internal/kind"
	"kualik/internal/rating"
)

// Options are what a workbook says beside its numbers. PublicURL begins the links to the evidence
// (without a slash at its end); without it the evidence is not linked.
type Options struct {
	Lang       i18n.Lang
	PublicURL  string
	University string
	Contact    string // whom to ask; empty: the research office
}

// Write makes the rating's workbook.
func Write(ctx context.Context, w io.Writer, r *rating.Result, o Options) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b, err := newBook(o.Lang)
	if err != nil {
		return err
	}
	defer b.file.Close()
	about := b.t("sheet.about")
	if _, err := b.add(about); err != nil {
		return err
	}
	sheets := []sheet{
		b.faculties(r), b.departments(r), b.authors(r), b.certificates(r, o.PublicURL), b.shares(r),
		b.kinds(r), b.years(r), b.notCounted(r),
	}
	for _, s := range sheets {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.table(s); err != nil {
			return err
		}
	}
	if err := b.about(about, r, o, sheets); err != nil {
		return fmt.Errorf("sheet %q: %w", about, err)
	}
	if err := b.properties(r, o); err != nil {
		return err
	}
	return b.save(w)
}

// t is a word of this area in the book's language.
func (b *book) t(key string, args ...any) string { return i18n.T(b.lang, "reports."+key, args...) }

// col makes a column with a heading of this area.
func (b *book) col(key string, width float64, as cellType) column {
	return column{b.t("head." + key), width, as}
}

// list yields the rows of a list.
func list[T any](items []T, row func(*T) []any) (int, iter.Seq2[[]any, error]) {
	return len(items), func(yield func([]any, error) bool) {
		for i := range items {
			if !yield(row(&items[i]), nil) {
				return
			}
		}
	}
}

// unit is a unit's name, or that there is none.
func (b *book) unit(name string) string {
	if strings.TrimSpace(name) == "" {
		return b.t("unit.none")
	}
	return name
}

func (b *book) faculties(r *rating.Result) sheet {
	s := sheet{
		name: b.t("sheet.faculties"),
		columns: []column{
			b.col("rank", 9, rank), b.col("faculty", 56, wrapped),
			b.col("certificates", 15, integer), b.col("shares", 12, decimals), b.col("points", 12, decimals),
		},
		total: []any{b.t("total"), nil, r.Total.Certificates, r.Total.Shares, r.Total.Points},
	}
	s.count, s.rows = list(r.Faculties, func(u *rating.Unit) []any {
		return []any{u.Rank, b.unit(u.Faculty), u.Certificates, u.Shares, u.Points}
	})
	return s
}

func (b *book) departments(r *rating.Result) sheet {
	s := sheet{
		name: b.t("sheet.departments"),
		columns: []column{
			b.col("rank", 9, rank), b.col("department", 46, wrapped), b.col("faculty", 46, wrapped),
			b.col("certificates", 15, integer), b.col("shares", 12, decimals), b.col("points", 12, decimals),
		},
		total: []any{b.t("total"), nil, nil, r.Total.Certificates, r.Total.Shares, r.Total.Points},
	}
	s.count, s.rows = list(r.Departments, func(u *rating.Unit) []any {
		return []any{u.Rank, b.unit(u.Department), b.unit(u.Faculty), u.Certificates, u.Shares, u.Points}
	})
	return s
}

func (b *book) authors(r *rating.Result) sheet {
	s := sheet{
		name: b.t("sheet.authors"),
		columns: []column{
			b.col("rank", 9, rank), b.col("staff_id", 13, text), b.col("author", 36, wrapped),
			b.col("position", 26, wrapped), b.col("department", 34, wrapped), b.col("faculty", 34, wrapped),
			b.col("certificates", 15, integer), b.col("shares", 12, decimals), b.col("points", 12, decimals),
		},
		total: []any{b.t("total"), nil, nil, nil, nil, nil, r.Total.Certificates, r.Total.Shares, r.Total.Points},
	}
	s.count, s.rows = list(r.Authors, func(p *rating.Person) []any {
		return []any{p.Rank, p.StaffID, p.Name, p.Position, p.Department, p.Faculty, p.Certificates, p.Shares, p.Points}
	})
	return s
}

func (b *book) certificates(r *rating.Result, publicURL string) sheet {
	s := sheet{
		name: b.t("sheet.certificates"),
		columns: []column{
			b.col("number", 16, text), b.col("registered_on", 14, day), b.col("created_on", 13, day),
			b.col("kind", 24, wrapped), b.col("title", 56, wrapped), b.col("authors", 44, wrapped),
			b.col("author_count", 11, integer), b.col("staff_count", 16, integer), b.col("application", 13, text),
			b.col("decision", 18, wrapped), b.col("received_on", 15, day), b.col("evidence", 30, link),
		},
	}
	authors, staff := 0, 0
	for i := range r.Certificates {
		authors += len(r.Certificates[i].Authors)
		staff += r.Certificates[i].StaffAuthors
	}
	s.total = []any{b.t("total"), nil, nil, nil, b.certificateCount(r.Total.Certificates), nil, authors, staff}
	publicURL = strings.TrimRight(publicURL, "/")
	s.url = func(i int) string {
		if publicURL == "" {
			return ""
		}
		return publicURL + "/certificates/" + r.Certificates[i].ID
	}
	i := -1
	s.count, s.rows = list(r.Certificates, func(c *rating.Counted) []any {
		i++
		names := make([]string, len(c.Authors))
		for k, a := range c.Authors {
			names[k] = a.Name
		}
		return []any{
			c.Number, c.RegisteredOn, c.CreatedOn, b.kindName(c.Kind, c.KindText), c.Title,
			strings.Join(names, "; "), len(c.Authors), c.StaffAuthors, c.ApplicationRef,
			i18n.T(b.lang, "rating.decision."+c.ApplicationDecision), c.ReceivedOn, s.url(i),
		}
	})
	return s
}

// kindName is the kind in the book's language, or the certificate's own wording of an unknown one.
func (b *book) kindName(code, wording string) string {
	switch {
	case code != "":
		return kind.Name(string(b.lang), code)
	case wording != "":
		return wording
	}
	return b.t("unit.none")
}

func (b *book) certificateCount(n int) string {
	return b.t("certificates", "N", i18n.Number(n), "Count", n)
}

func (b *book) shares(r *rating.Result) sheet {
	s := sheet{
		name: b.t("sheet.shares"),
		columns: []column{
			b.col("number", 16, text), b.col("registered_on", 14, day), b.col("staff_id", 13, text),
			b.col("author", 36, wrapped), b.col("department", 40, wrapped), b.col("faculty", 40, wrapped),
			b.col("share", 12, fraction), b.col("points", 12, decimals),
		},
		total: []any{b.t("total"), nil, nil, nil, nil, nil, r.Total.Shares, r.Total.Points},
	}
	s.count, s.rows = list(r.Shares, func(h *rating.Share) []any {
		return []any{
			h.Certificate.Number, h.Certificate.RegisteredOn, h.Person.StaffID, h.Person.Name,
			h.Person.Department, h.Person.Faculty, h.Share, h.Points,
		}
	})
	return s
}

func (b *book) kinds(r *rating.Result) sheet {
	s := sheet{
		name: b.t("sheet.kinds"),
		columns: []column{
			b.col("kind", 56, wrapped), b.col("certificates", 15, integer), b.col("shares", 12, decimals),
			b.col("points", 12, decimals),
		},
		total: []any{b.t("total"), r.Total.Certificates, r.Total.Shares, r.Total.Points},
	}
	s.count, s.rows = list(r.Kinds, func(k *rating.KindSum) []any {
		return []any{b.kindName(k.Kind, ""), k.Certificates, k.Shares, k.Points}
	})
	return s
}

func (b *book) years(r *rating.Result) sheet {
	s := sheet{
		name: b.t("sheet.years"),
		columns: []column{
			{b.t("head.year"), 12, text}, b.col("certificates", 15, integer), b.col("shares", 12, decimals),
			b.col("points", 12, decimals),
		},
		total: []any{b.t("total"), r.Total.Certificates, r.Total.Shares, r.Total.Points},
	}
	s.count, s.rows = list(r.Years, func(y *rating.YearSum) []any {
		return []any{y.Year, y.Certificates, y.Shares, y.Points}
	})
	return s
}

func (b *book) notCounted(r *rating.Result) sheet {
	s := sheet{
		name: b.t("sheet.not_counted"),
		columns: []column{
			b.col("number", 16, text), b.col("registered_on", 14, day), b.col("title", 70, wrapped),
			b.col("reason", 60, wrapped),
		},
		total: []any{b.t("total"), nil, b.certificateCount(len(r.NotCounted))},
	}
	s.count, s.rows = list(r.NotCounted, func(n *rating.NotCounted) []any {
		return []any{n.Number, n.RegisteredOn, n.Title, n.Reason.Words(b.lang)}
	})
	return s
}
