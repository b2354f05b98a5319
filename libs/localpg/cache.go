package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// fromCache copies the cached cluster of this version, which the first to come initializes.
func (s *Server) fromCache(ctx context.Context, data, passwordFile string) error {
	if err := privateDir(s.options.Cache); err != nil {
		return err
	}
	lock, err := waitLock(ctx, filepath.Join(s.options.Cache, "lock"))
	if err != nil {
		return fmt.Errorf("localpg: lock the cluster cache: %w", err)
	}
	defer func() { _ = lock.Close() }()
	kept := filepath.Join(s.options.Cache, s.binaries.version)
	if _, err := os.Stat(kept); errors.Is(err, fs.ErrNotExist) {
		return s.fillCache(ctx, kept, data, passwordFile)
	}
	return s.copyCluster(kept, data, passwordFile)
}

// fromServer copies the cluster of a server that is down.
func (s *Server) fromServer(_ context.Context, data, passwordFile string) error {
	return s.copyCluster(s.options.From, data, passwordFile)
}

func (s *Server) copyCluster(from, data, passwordFile string) error {
	password, err := os.ReadFile(filepath.Join(from, "password"))
	if err != nil {
		return fmt.Errorf("localpg: %w", err)
	}
	err = errors.Join(
		os.WriteFile(passwordFile, password, 0o600),
		os.CopyFS(data, os.DirFS(filepath.Join(from, "data"))),
		os.Chmod(data, 0o700),
		s.account.ownAll(data))
	if err != nil {
		return fmt.Errorf("localpg: copy the cluster of %s: %w", from, err)
	}
	return nil
}

func (s *Server) fillCache(ctx context.Context, kept, data, passwordFile string) error {
	if err := s.initialize(ctx, data, passwordFile); err != nil {
		return err
	}
	password, err := os.ReadFile(passwordFile)
	if err != nil {
		return fmt.Errorf("localpg: %w", err)
	}
	fresh := kept + ".new"
	err = errors.Join(
		os.RemoveAll(fresh),
		os.Mkdir(fresh, 0o700),
		os.CopyFS(filepath.Join(fresh, "data"), os.DirFS(data)),
		os.WriteFile(filepath.Join(fresh, "password"), password, 0o600))
	if err != nil {
		return fmt.Errorf("localpg: keep the cluster: %w", err)
	}
	if err := os.Rename(fresh, kept); err != nil {
		return fmt.Errorf("localpg: keep the cluster: %w", err)
	}
	return nil
}

// privateDir makes a directory that only we can write to, and refuses one of somebody else.
func privateDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("localpg: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return fmt.Errorf("localpg: %w", err)
	}
	if !info.IsDir() || !ours(info) {
		return fmt.Errorf("localpg: %s belongs to somebody else", dir)
	}
	return nil
}

func waitLock(ctx context.Context, path string) (*os.File, error) {
	for {
		lock, err := lockFile(path)
		if !errors.Is(err, errLocked) {
			return lock, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
