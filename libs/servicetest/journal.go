package servicetest

import (
	"bytes"
	"log/slog"
	"sync"
	"testing"
)

// journal keeps what a service warns of, for tests that fail.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// mostJournal is how much is kept, in bytes: the beginning tells more than the end.
const mostJournal = 16 << 10

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.text.Len() < mostJournal {
		j.text.Write(line)
	}
	return len(line), nil
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// logTo is a log whose warnings are shown when the test has failed.
func logTo(t testing.TB, name string) *slog.Logger {
	t.Helper()
	kept := &journal{}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what %s warned of:\n%s", name, kept)
		}
	})
	return slog.New(slog.NewTextHandler(kept, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
