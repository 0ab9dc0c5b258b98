package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"kualik/internal/account"
	"kualik/internal/app"
	"kualik/internal/fault"
)

type accountCmd struct {
	Add accountAdd `cmd:"" help:"${account_add}"`
}

type accountAdd struct {
	Email         string `required:"" help:"${email}"`
	Name          string `required:"" help:"${name}"`
	Role          string `default:"administrator" help:"${account_role}"`
	PasswordStdin bool   `help:"${password_stdin}"`
}

// Run adds an account from the command line: the way in when nobody can log in.
func (c *accountAdd) Run(w *world) error {
	role, ok := account.ParseRole(c.Role)
	if !ok {
		return usageError{fault.New(fault.Invalid, "cli.bad_account_role", "Value", c.Role)}
	}
	password := ""
	if c.PasswordStdin {
		b, err := io.ReadAll(io.LimitReader(os.Stdin, 4096))
		if err != nil {
			return fmt.Errorf("read password: %w", err)
		}
		password = strings.TrimRight(string(b), "\r\n")
	}
	return w.with(app.Options{}, func(a *app.App) error {
		return a.AddAccount(w.ctx, account.NewAccount{Email: c.Email, Name: c.Name, Password: password, Role: role, Lang: w.lang})
	})
}
