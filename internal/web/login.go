package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"kualik/internal/account"
	"kualik/internal/fault"
)

// loginView is the log-in page. Asked: a link was asked for, whether or not one was sent. Again: a page
// that needs EDS sent the reader here; In: they are logged in already, by another means.
type loginView struct {
	University, Next, Support        string
	Email, LinkEmail                 string
	Problem, LinkProblem, EDSProblem string
	Asked, Password, Again, In       bool
	Minutes                          int
	EDS                              edsView
	Register                         bool   // certificates can be verified here
	Join                             string // name of the account that the key may be bound to
}

func (s *Server) mountLogin() {
	s.get("/login", anybody, s.loginPage)
	s.mountEDSLogin()
	s.post("/login", anybody, s.loginByPassword)
	s.post("/login/link", anybody, s.askLink)
	s.get("/login/link/:secret", anybody, s.linkPage)
	s.post("/login/link/:secret", anybody, s.loginByLink)
	s.get("/reset", anybody, s.resetAskPage)
	s.post("/reset", anybody, s.resetAsk)
	s.get("/reset/:secret", anybody, s.resetPage)
	s.post("/reset/:secret", anybody, s.reset)
	s.post("/logout", account.SeeOwn, s.logout)
}

func (s *Server) newLoginView(v *Visit) (loginView, error) {
	f, err := s.shellFacts(v.UserContext())
	l := loginView{University: f.University, Next: safeBack(v.FormValue("next", "/")), Minutes: int(account.LinkLife.Minutes()), Support: s.SupportEmail, Register: s.Issuing != nil && s.Keeps}
	if s.Signing != nil {
		l.EDS = s.edsLogin(v, l.Next)
	}
	return l, err
}

func (s *Server) loginPage(v *Visit) error {
	l, err := s.newLoginView(v)
	if err != nil {
		return err
	}
	l.Again = v.Query("eds") != "" && l.EDS.URL != ""
	l.In, l.Join = v.Known(), v.joins()
	if l.In && (!l.Again || v.Who.Means == account.ByEDS) {
		return v.Go(l.Next)
	}
	l.Password = v.Query("password") != ""
	return v.write(fiber.StatusOK, loginPage(l))
}

// enter gives the browser the session's cookie and goes on.
func (v *Visit) enter(secret, next string) error {
	v.s.setCookie(v.Ctx, "session", secret, account.Absolute)
	return v.Go(safeBack(next))
}

func (s *Server) loginByPassword(v *Visit) error {
	l, err := s.newLoginView(v)
	if err != nil {
		return err
	}
	secret, _, err := s.Accounts.Login(v.UserContext(), v.Text("email"), v.FormValue("password"), hostOf(v.Ctx))
	if err == nil {
		return v.enter(secret, l.Next)
	}
	if !mendable(err) {
		return err
	}
	l.Email, l.Password, l.Problem = v.Text("email"), true, v.Error(err)
	return v.write(statusOf[fault.KindOf(err)], loginPage(l))
}

func (s *Server) askLink(v *Visit) error {
	l, err := s.newLoginView(v)
	if err != nil {
		return err
	}
	l.LinkEmail = v.Text("email")
	err = s.Accounts.RequestLink(v.UserContext(), l.LinkEmail, hostOf(v.Ctx), account.ForLogin, v.Lang())
	if err != nil {
		if !mendable(err) {
			return err
		}
		l.LinkProblem = v.Error(err)
		return v.write(statusOf[fault.KindOf(err)], loginPage(l))
	}
	l.Asked = true
	return v.write(fiber.StatusOK, loginPage(l))
}

// linkPage shows a button; only its press uses the link, for scanners of mail open links too.
func (s *Server) linkPage(v *Visit) error {
	lives, err := s.Accounts.LinkLives(v.UserContext(), v.Params("secret"), account.ForLogin)
	if err != nil {
		return err
	}
	return v.write(linkStatus(lives), linkPage(linkView{Lives: lives, Action: "/login/link/" + v.Params("secret")}))
}

func linkStatus(lives bool) int {
	if lives {
		return fiber.StatusOK
	}
	return fiber.StatusGone
}

// linkView is the page of a one-time link.
type linkView struct {
	Lives  bool
	Action string
}

func (s *Server) loginByLink(v *Visit) error {
	secret, _, err := s.Accounts.LoginByLink(v.UserContext(), v.Params("secret"))
	if fault.Is(err, fault.Invalid) {
		return v.write(fiber.StatusGone, linkPage(linkView{}))
	}
	if err != nil {
		return err
	}
	return v.enter(secret, "/")
}

// resetView is the page where a new password is asked for or set.
type resetView struct {
	University, Email, Problem string
	Asked, Setting, Lives      bool
	Action                     string
	Minutes                    int
}

func (s *Server) newResetView(v *Visit) (resetView, error) {
	f, err := s.shellFacts(v.UserContext())
	return resetView{University: f.University, Email: v.Text("email"), Minutes: int(account.LinkLife.Minutes())}, err
}

func (s *Server) resetAskPage(v *Visit) error {
	r, err := s.newResetView(v)
	if err != nil {
		return err
	}
	return v.write(fiber.StatusOK, resetPage(r))
}

func (s *Server) resetAsk(v *Visit) error {
	r, err := s.newResetView(v)
	if err != nil {
		return err
	}
	err = s.Accounts.RequestLink(v.UserContext(), r.Email, hostOf(v.Ctx), account.ForReset, v.Lang())
	if err != nil {
		if !mendable(err) {
			return err
		}
		r.Problem = v.Error(err)
		return v.write(statusOf[fault.KindOf(err)], resetPage(r))
	}
	r.Asked = true
	return v.write(fiber.StatusOK, resetPage(r))
}

func (s *Server) resetPage(v *Visit) error {
	lives, err := s.Accounts.LinkLives(v.UserContext(), v.Params("secret"), account.ForReset)
	if err != nil {
		return err
	}
	r, err := s.newResetView(v)
	if err != nil {
		return err
	}
	r.Setting, r.Lives, r.Action = true, lives, "/reset/"+v.Params("secret")
	return v.write(linkStatus(lives), resetPage(r))
}

func (s *Server) reset(v *Visit) error {
	secret, _, err := s.Accounts.ResetPassword(v.UserContext(), v.Params("secret"), v.FormValue("password"))
	if err == nil {
		return v.enter(secret, "/")
	}
	if !mendable(err) {
		return err
	}
	r, ferr := s.newResetView(v)
	if ferr != nil {
		return ferr
	}
	r.Setting, r.Lives, r.Action, r.Problem = true, true, "/reset/"+v.Params("secret"), v.Error(err)
	return v.write(statusOf[fault.KindOf(err)], resetPage(r))
}

func (s *Server) logout(v *Visit) error {
	if err := s.Accounts.Logout(v.UserContext(), v.secret); err != nil {
		return err
	}
	s.dropCookie(v.Ctx, "session")
	return v.Go("/login")
}

func (s *Server) mountTheme() {
	s.post("/theme", anybody, func(v *Visit) error {
		switch t := v.FormValue("theme"); t {
		case "light", "dark":
			s.setCookie(v.Ctx, "theme", t, 365*24*time.Hour)
		default:
			s.dropCookie(v.Ctx, "theme")
		}
		return v.Go(safeBack(v.FormValue("back")))
	})
}

// mountHome sends the reader to the first page of their side bar.
func (s *Server) mountHome() {
	s.get("/", account.SeeOwn, func(v *Visit) error {
		for _, n := range s.nav {
			if v.Who.Can(n.action) && n.path != "/" {
				return v.Go(n.path)
			}
		}
		return v.Go("/settings/me")
	})
}
