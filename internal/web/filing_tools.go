package web

import (
	"context"
	"slices"
	"strings"

	"kualik/internal/filing"
	"kualik/internal/web/part"
)

// The toolbar of an application: which buttons stand there, and why one cannot be pressed. What is live
// comes from the filing's table of states; this file only gives it words and places.

// tool is a button of the toolbar. Form is the form that it submits with Value; else it posts to or opens Path.
type tool struct {
	Text, Icon, Kind  string
	Path, Form, Value string
	Post, Live        bool
}

type tools struct {
	Main        *tool // what is to be done now; stands alone on the phone
	Left, Right []tool
	Away        []tool // what ends the application, apart from the others
	Why         []string
}

// toolbar is that of the state for the reader.
func (f *filingView) toolbar(ctx context.Context) tools {
	var t tools
	add := func(list *[]tool, a filing.Action, b tool) {
		button := f.Button(a)
		b.Live = button.Live
		if b.Text == "" {
			b.Text = part.T(ctx, "cabinet.do."+string(a))
		}
		if !b.Live {
			b.Kind = ""
			if why := whyDead(ctx, button.Why); why != "" && !slices.Contains(t.Why, why) && list == &t.Left {
				t.Why = append(t.Why, why)
			}
		}
		*list = append(*list, b)
		if b.Live && b.Kind == "primary" && t.Main == nil {
			t.Main = &b
		}
	}
	path := func(more string) string { return filingPath(f.ID, more) }
	if f.Relation == filing.RelFiler && !f.ended() {
		f.filerTools(ctx, &t, add, path)
	}
	if f.Relation == filing.RelAuthor && !f.ended() {
		add(&t.Left, filing.Sign, tool{Icon: "key", Kind: "primary", Path: path("/sign")})
	}
	if f.Paper.File != "" {
		add(&t.Left, filing.Download, tool{Text: part.T(ctx, "cabinet.do.paper."+string(f.Service)), Icon: "download", Kind: "primary", Path: f.Paper.File})
	}
	if f.Statement != nil && f.IncomingNo != "" {
		add(&t.Right, filing.Download, tool{Icon: "download", Path: path("/statement.pdf")})
	}
	if f.IncomingNo != "" {
		add(&t.Right, filing.Receipt, tool{Icon: "download", Path: path("/receipt.pdf")})
	}
	switch {
	case f.State == filing.Issued && (f.Relation == filing.RelFiler || f.Relation == filing.RelAuthor):
		add(&t.Right, filing.Request, tool{Icon: "pencil", Path: path("/correspondence?ask=1#request")})
	case f.Relation != filing.RelFiler || f.ended():
	case f.IncomingNo == "":
		add(&t.Away, filing.Delete, tool{Kind: "danger", Path: path("/delete")})
	case f.State.Asked() && f.EDS:
		t.Why = []string{part.T(ctx, "correspondence.why."+string(f.State))}
	}
	return t
}

func (f *filingView) filerTools(ctx context.Context, t *tools, add func(*[]tool, filing.Action, tool), path func(string) string) {
	if f.State == filing.Queried && f.Tab != filing.TabCorrespondence {
		add(&t.Left, filing.Answer, tool{Icon: "mail", Kind: "primary", Path: path("/correspondence?answer=1#" + letterAnchor(f.Query.ID))})
	}
	if f.State.Editable() {
		if f.Tab == filing.TabData {
			add(&t.Left, filing.Save, tool{Form: "data", Value: "save"})
			add(&t.Left, filing.FormStatement, tool{Icon: "document", Kind: "primary", Form: "data", Value: "form"})
		} else {
			add(&t.Left, filing.FormStatement, tool{Icon: "document", Kind: "primary", Path: path("/form"), Post: true})
		}
	} else {
		add(&t.Left, filing.Edit, tool{Icon: "pencil", Path: path("/edit")})
	}
	if !f.State.Asked() {
		pay := tool{Icon: "card", Kind: "primary", Path: path("/pay"), Post: true}
		if f.PaidAt != nil {
			pay.Text = part.T(ctx, "cabinet.do.paid")
		}
		add(&t.Left, filing.Pay, pay)
	}
	if f.State == filing.Queried {
		return
	}
	sign := tool{Icon: "key", Kind: "primary", Path: path("/sign")}
	if f.IncomingNo != "" && f.State != filing.Amending && f.State != filing.Amended {
		sign.Text = part.T(ctx, "cabinet.do.signed_and_submitted")
	}
	add(&t.Left, filing.SignAndSubmit, sign)
}

// rest are the buttons that the phone keeps under "Ещё".
func (t tools) rest() []tool {
	var out []tool
	for _, b := range slices.Concat(t.Left, t.Right, t.Away) {
		if b.Live && (t.Main == nil || b != *t.Main) {
			out = append(out, b)
		}
	}
	return out
}

// whyDead is the sentence below the toolbar about a button that cannot be pressed; nothing where the button
// or another message says it already.
func whyDead(ctx context.Context, key string) string {
	switch {
	case strings.HasSuffix(key, ".needs_eds"), strings.HasSuffix(key, ".paid"), strings.HasSuffix(key, ".submitted_done"):
		return ""
	case strings.HasSuffix(key, ".form_first"):
		return part.T(ctx, "cabinet.why.form_first")
	}
	return say(ctx, key, nil)
}
