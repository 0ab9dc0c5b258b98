package backup

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"kualik/internal/fault"
)

// dumpTo writes a dump with pg_dump of the server's version, or a newer one, and gives that version.
func dumpTo(ctx context.Context, address string, to *os.File) (int, error) {
	major, err := serverVersion(ctx, address)
	if err != nil {
		return 0, err
	}
	path, major, err := program("pg_dump", major)
	if err != nil {
		return 0, err
	}
	// uncompressed, because the whole archive is
	return major, runProgram(ctx, address, path, nil, to, "--format=custom", "--compress=0", "--no-owner", "--no-privileges")
}

// restoreFrom reads a dump into an empty database: all of it or nothing.
func restoreFrom(ctx context.Context, address string, major int, dump *os.File) error {
	path, _, err := program("pg_restore", major)
	if err != nil {
		return err
	}
	return runProgram(ctx, address, path, dump, nil, "--no-owner", "--no-privileges", "--no-comments", "--single-transaction", "--exit-on-error")
}

func serverVersion(ctx context.Context, address string) (int, error) {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return 0, fault.Wrap(err, fault.Unavailable, "postgres.unavailable")
	}
	defer conn.Close(ctx)
	var number int
	if err := conn.QueryRow(ctx, `SELECT current_setting('server_version_num')::int / 10000`).Scan(&number); err != nil {
		return 0, fmt.Errorf("asking for PostgreSQL's version: %w", err)
	}
	return number, nil
}

// program finds the program of PostgreSQL at a version, or the nearest later one.
func program(name string, least int) (path string, major int, err error) {
	consider := func(candidate string, version int) {
		if version >= least && (major == 0 || version < major) {
			path, major = candidate, version
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if inPath, err := exec.LookPath(name); err == nil {
		found = append(found, inPath)
	}
	for _, candidate := range found {
		said, err := exec.Command(candidate, "--version").Output() // pg_dump (PostgreSQL) 15.14 (Debian …)
		if fields := strings.Fields(string(said)); err == nil && len(fields) > 2 {
			number, _, _ := strings.Cut(fields[2], ".")
			if version, err := strconv.Atoi(number); err == nil {
				consider(candidate, version)
			}
		}
	}
	if path == "" {
		return "", 0, fault.New(fault.Unavailable, "backup.missing", "program", name, "version", least)
	}
	return path, major, nil
}

// runProgram runs a program on the database. The password goes by the environment, because arguments can
// be seen by everybody on the machine.
func runProgram(ctx context.Context, address, path string, in, out *os.File, args ...string) error {
	u, err := url.Parse(address)
	if err != nil {
		return fault.New(fault.Invalid, "postgres.url")
	}
	cmd := exec.CommandContext(ctx, path)
	cmd.Env = append(os.Environ(), "LC_MESSAGES=C")
	if password, ok := u.User.Password(); ok {
		cmd.Env = append(cmd.Env, "PGPASSWORD="+password)
		u.User = url.User(u.User.Username())
	}
	query := u.Query()
	for name := range query {
		if strings.HasPrefix(name, "pool_") { // ours, not PostgreSQL's
			query.Del(name)
		}
	}
	// libpq wants %20 where a query has +
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	cmd.Args = append([]string{path, "--dbname=" + u.String()}, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if in != nil {
		cmd.Stdin = in
	}
	if out != nil {
		cmd.Stdout = out
	}
	if err := cmd.Run(); err != nil {
		return fault.Wrap(err, fault.Internal, "backup.program", "program", filepath.Base(path), "answer", strings.TrimSpace(said.String()))
	}
	return nil
}
