package stage

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
)

// Log keeps what was logged. The zero value is ready.
type Log struct {
	mu   sync.Mutex
	text strings.Builder
}

// Logger writes to the log.
func (l *Log) Logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// Write implements io.Writer.
func (l *Log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

// Text is all that was logged.
func (l *Log) Text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Faults are the lines that say that we are at fault: errors, panics, and answers of codes that blame us.
func (l *Log) Faults() []string {
	var faults []string
	for line := range strings.Lines(l.Text()) {
		for _, sign := range []string{"level=ERROR", "panic", "code=Internal", "code=Unknown", "code=DataLoss", "code=Unimplemented"} {
			if strings.Contains(line, sign) {
				faults = append(faults, fmt.Sprintf("%.2000s", line))
				break
			}
		}
	}
	return faults
}
