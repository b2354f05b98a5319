package localpg

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	embedded "github.com/fergusstrange/embedded-postgres"
)

func (s *Server) fetchedDir() string { return filepath.Join(s.options.Dir, "postgresql") }

// fetched is where an earlier start has put fetched programs.
func (s *Server) fetched() []string { return []string{filepath.Join(s.fetchedDir(), "bin")} }

// fetch downloads PostgreSQL into Dir. The library that knows how to can only do so by starting a
// server once; ours is then started from the programs that it leaves behind.
func (s *Server) fetch(ctx context.Context) ([]binaries, error) {
	s.options.Log.Info("PostgreSQL is not installed: fetching it", "dir", s.fetchedDir())
	scratch, err := os.MkdirTemp(s.options.Dir, "fetch-")
	if err != nil {
		return nil, fmt.Errorf("localpg: %w", err)
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	once := embedded.NewDatabase(embedded.DefaultConfig().
		Port(uint32(port)).
		Logger(io.Discard).
		CachePath(filepath.Join(scratch, "cache")).
		RuntimePath(filepath.Join(scratch, "run")).
		DataPath(filepath.Join(scratch, "data")).
		BinariesPath(s.fetchedDir()))
	if err := once.Start(); err != nil {
		return nil, fmt.Errorf("%w (fetching it failed as well: %w)", ErrNotInstalled, err)
	}
	if err := once.Stop(); err != nil {
		return nil, fmt.Errorf("localpg: stop the server that fetched PostgreSQL: %w", err)
	}
	return installed(ctx, s.fetched()), nil
}
