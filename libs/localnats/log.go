package localnats

import (
	"context"
	"fmt"
	"log/slog"
)

// logger passes the server's words on. Its notices are about itself and at the level of details here.
type logger struct{ to *slog.Logger }

func (l logger) Noticef(format string, v ...any) { l.log(slog.LevelDebug, format, v) }
func (l logger) Warnf(format string, v ...any)   { l.log(slog.LevelWarn, format, v) }
func (l logger) Errorf(format string, v ...any)  { l.log(slog.LevelError, format, v) }
func (l logger) Fatalf(format string, v ...any)  { l.log(slog.LevelError, format, v) }
func (l logger) Debugf(format string, v ...any)  { l.log(slog.LevelDebug, format, v) }
func (l logger) Tracef(format string, v ...any)  { l.log(slog.LevelDebug, format, v) }

func (l logger) log(level slog.Level, format string, v []any) {
	ctx := context.Background()
	if l.to.Enabled(ctx, level) {
		l.to.Log(ctx, level, "nats", "says", fmt.Sprintf(format, v...))
	}
}
