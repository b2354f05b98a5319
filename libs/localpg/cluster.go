package localpg

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ensureCluster makes the data directory if there is none, and reads the password. What is
// interrupted halfway is made anew: the directory gets its name when it is complete.
func (s *Server) ensureCluster(ctx context.Context) error {
	passwordFile := filepath.Join(s.options.Dir, "password")
	if _, err := os.Stat(s.dataDir()); errors.Is(err, fs.ErrNotExist) {
		if err := s.makeCluster(ctx, passwordFile); err != nil {
			return err
		}
	}
	password, err := os.ReadFile(passwordFile)
	if err != nil {
		return fmt.Errorf("the password of the database in %s cannot be read: %w", s.options.Dir, err)
	}
	s.password = strings.TrimSpace(string(password))
	return nil
}

func (s *Server) makeCluster(ctx context.Context, passwordFile string) error {
	fresh := s.dataDir() + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("localpg: %w", err)
	}
	provide := s.initialize
	switch {
	case s.options.From != "":
		provide = s.fromServer
	case s.options.Cache != "":
		provide = s.fromCache
	}
	if err := provide(ctx, fresh, passwordFile); err != nil {
		return err
	}
	if err := os.Rename(fresh, s.dataDir()); err != nil {
		return fmt.Errorf("localpg: %w", err)
	}
	return nil
}

// initialize runs initdb. The superuser's password is random; there is no way in without it.
func (s *Server) initialize(ctx context.Context, data, passwordFile string) error {
	password := []byte(rand.Text())
	if err := os.WriteFile(passwordFile, password, 0o600); err != nil {
		return fmt.Errorf("localpg: %w", err)
	}
	handed := data + ".password" // a copy that the server's account can read
	defer func() { _ = os.Remove(handed) }()
	if err := errors.Join(os.WriteFile(handed, password, 0o600), s.account.own(handed)); err != nil {
		return fmt.Errorf("localpg: %w", err)
	}
	err := s.initdb(ctx, data, handed, "C.UTF-8")
	if err != nil && ctx.Err() == nil {
		err = s.initdb(ctx, data, handed, "C") // systems without C.UTF-8
	}
	return err
}

func (s *Server) initdb(ctx context.Context, data, passwordFile, locale string) error {
	err := errors.Join(os.RemoveAll(data), os.Mkdir(data, 0o700), s.account.own(data))
	if err != nil {
		return fmt.Errorf("localpg: %w", err)
	}
	args := []string{
		"--pgdata=" + data, "--username=" + superuser, "--pwfile=" + passwordFile,
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=" + locale, "--no-instructions",
	}
	if s.options.Fast {
		args = append(args, "--no-sync")
	} else {
		args = append(args, "--data-checksums")
	}
	var output bytes.Buffer
	cmd := s.command("initdb", args...)
	cmd.Dir = data
	cmd.Stdout, cmd.Stderr = &output, &output
	exited, err := begin(cmd)
	if err != nil {
		return fmt.Errorf("localpg: initdb: %w", err)
	}
	select {
	case <-ctx.Done():
		_ = cmd.Process.Kill() // it may have ended meanwhile
		<-exited
		return fmt.Errorf("localpg: initdb: %w", ctx.Err())
	case <-exited:
	}
	if !cmd.ProcessState.Success() {
		return fmt.Errorf("PostgreSQL's initdb failed in %s: %s", s.options.Dir, lastLines(output.String()))
	}
	return nil
}

// command is a server program to be run as the server's account, with nothing of our environment
// that could change what it does.
func (s *Server) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(s.binaries.path(program), args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_MESSAGES=C", "TZ=UTC"}
	if root := os.Getenv("SYSTEMROOT"); root != "" { // Windows programs do not start without it
		cmd.Env = append(cmd.Env, "SYSTEMROOT="+root)
	}
	cmd.SysProcAttr = attributes(s.account, s.options.Fast)
	return cmd
}

func lastLines(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "; ")
}
