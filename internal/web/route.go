package web

import (
	"cmp"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"kualik/internal/account"
	"kualik/internal/web/part"
)

// anybody is the action of pages that need no log-in.
const anybody account.Action = "anybody"

type handler func(*Visit) error

// route is a page with the action that it needs; a test walks over all of them with every role.
type route struct {
	method, path string
	action       account.Action
	files        bool
}

func (s *Server) get(path string, a account.Action, h handler) {
	s.add(route{"GET", path, a, false}, h)
}
func (s *Server) post(path string, a account.Action, h handler) {
	s.add(route{"POST", path, a, false}, h)
}

// postFile takes a form with files; h reads it by Visit.Upload, which holds its token.
func (s *Server) postFile(path string, a account.Action, h handler) {
	s.add(route{"POST", path, a, true}, h)
}

func (s *Server) add(r route, h handler) {
	s.routes = append(s.routes, r)
	s.app.Add(r.method, r.path, func(c *fiber.Ctx) error {
		v := visitOf(c)
		switch {
		case r.action == anybody:
		case !v.Known():
			return errLogIn
		case !v.Who.Can(r.action):
			return errNotYours
		}
		return h(v)
	})
}

func (s *Server) takesFiles(path string) bool {
	return slices.ContainsFunc(s.routes, func(r route) bool { return r.files && fiber.RoutePatternMatch(path, r.path) })
}

// Upload reads a form with files, part after part, without keeping a file in memory. The first field must
// be the token. take is given each file as it comes; fields are those that stood before it.
func (v *Visit) Upload(take func(field, name string, file io.Reader, fields map[string]string) error) (map[string]string, error) {
	_, params, err := mime.ParseMediaType(v.Get(fiber.HeaderContentType))
	if err != nil || params["boundary"] == "" {
		return nil, errBadUpload
	}
	body := v.Ctx.Context().RequestBodyStream()
	if body == nil {
		return nil, errBadUpload
	}
	v.Ctx.Context().SetConnectionClose() // should the form be refused, its rest is not read
	limited := &bound{r: body, left: maxUpload}
	mr := multipart.NewReader(limited, params["boundary"])
	fields := map[string]string{}
	for first := true; ; first = false {
		p, err := mr.NextPart()
		if errors.Is(err, io.EOF) && !first {
			return fields, nil
		}
		if limited.over {
			return nil, errTooLarge
		}
		if err != nil {
			return nil, errBadUpload
		}
		if p.FileName() == "" {
			text, err := io.ReadAll(io.LimitReader(p, maxForm))
			if err != nil {
				return nil, errBadUpload
			}
			fields[p.FormName()] = strings.TrimSpace(string(text))
		}
		if first && !sameToken(fields["csrf"], v.env.CSRF) {
			return nil, errToken
		}
		if p.FileName() != "" {
			if err := take(p.FormName(), p.FileName(), p, fields); err != nil {
				if limited.over {
					return nil, errTooLarge
				}
				return fields, err
			}
		}
	}
}

// bound fails when more is read than may be.
type bound struct {
	r    io.Reader
	left int64
	over bool
}

func (b *bound) Read(p []byte) (int, error) {
	if b.left <= 0 {
		b.over = true
		return 0, errTooLarge
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// navEntry is a line of the side bar. Group 0 stands on top without a title.
type navEntry struct {
	group, order    int
	key, path, icon string
	action          account.Action
	count           func(Facts) int
	call            bool                                       // the count calls for work
	own             bool                                       // only for who is a member of staff
	cabinet         bool                                       // a line of the author's cabinet; who looks after everything has another place for it
	mine            func(cabinetCounts) int                    // count of the reader's own things
	asks            func(context.Context, *Visit) (int, error) // count of what waits for the reader
}

var navGroups = []string{"", "web.nav.group.rating", "web.nav.group.reference"}

func (s *Server) addNav(n navEntry) {
	s.nav = append(s.nav, n)
	slices.SortStableFunc(s.nav, func(a, b navEntry) int { return cmp.Or(a.group-b.group, a.order-b.order) })
}

// frame is what stands around a page for the reader.
func (s *Server) frame(v *Visit, p Page) (part.ShellView, error) {
	facts, err := s.shellFacts(v.UserContext())
	if err != nil {
		return part.ShellView{}, err
	}
	view := part.ShellView{Title: p.Title, University: facts.University, Query: p.Query, PrintLine: p.PrintLine, Folded: p.Folded, Bare: p.Bare,
		User: part.UserView{Name: titleCase(v.Who.Name), Role: v.T("account.role." + string(v.Who.Role))}}
	if s.Signing != nil && v.Who.Can(account.File) {
		view.User.Profile = profilePath
	}
	counts, err := s.cabinetFrame(v, &view)
	if err != nil {
		return view, err
	}
	if v.Who.Can(account.SeeAll) {
		view.Foot = footOf(v, facts)
		view.Search = s.search
	} else if view.Foot, err = s.sendFoot(v); err != nil {
		return view, err
	}
	if s.Demo {
		view.Banner = v.T("web.banner.demo")
	}
	for i, title := range navGroups {
		g := part.NavGroup{}
		if title != "" {
			g.Title = v.T(title)
		}
		for _, n := range s.nav {
			if n.group != i || !v.Who.Can(n.action) || n.own && v.Who.StaffID == nil || n.cabinet && v.Who.Can(account.SeeAll) {
				continue
			}
			item := part.NavItem{Text: v.T(n.key), Href: n.path, Icon: n.icon, Here: n.path == p.Here, Call: n.call}
			if n.count != nil && v.Who.Can(account.SeeAll) { // the counts are of everything
				item.Count = n.count(facts)
			}
			if n.mine != nil {
				item.Count = n.mine(counts)
			}
			if n.asks != nil {
				if item.Count, err = n.asks(v.UserContext(), v); err != nil {
					return view, err
				}
			}
			g.Items = append(g.Items, item)
		}
		if len(g.Items) > 0 {
			view.Nav = append(view.Nav, g)
		}
	}
	if n := v.notice; n != nil {
		view.Undo = &part.UndoView{Text: s.noticeText(v, n), Action: n.Undo, Key: "Z", Hidden: map[string]string{"id": n.Hidden}}
	}
	return view, nil
}

func (s *Server) noticeText(v *Visit, n *notice) string {
	args := make([]any, 0, 2*len(n.Args))
	for k, a := range n.Args {
		args = append(args, k, a)
	}
	return v.T(n.Key, args...)
}

// sendFoot tells an author where certificates are sent.
func (s *Server) sendFoot(v *Visit) (part.FootView, error) {
	if v.Who.StaffID == nil && !v.Who.Can(account.File) {
		return part.FootView{}, nil
	}
	address, err := s.sendTo(v)
	if err != nil || address == "" {
		return part.FootView{}, err
	}
	return part.FootView{Lead: v.T("cabinet.foot.send"), Strong: address}, nil
}

func footOf(v *Visit, f Facts) part.FootView {
	foot := part.FootView{Strong: v.T("web.foot.none_left"), Text: v.T("web.foot.no_poll")}
	if f.Unaccounted > 0 {
		foot.Strong = v.T("web.foot.left", "Count", f.Unaccounted)
	}
	if !f.LastPoll.IsZero() {
		foot.Text = v.T("web.foot.poll", "At", part.ShortMoment(part.With(context.Background(), v.env), f.LastPoll))
	}
	return foot
}
