package main

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// plainEvery is how often progress is told where there is no terminal.
const plainEvery = 5 * time.Second

// newProgress shows how far a long task is: as a bar on a terminal, else as a line now and then.
func newProgress(to *os.File) func(done, total, lines int64) {
	if term.IsTerminal(int(to.Fd())) {
		return bar(to)
	}
	last := time.Now()
	return func(done, total, lines int64) {
		if now := time.Now(); now.Sub(last) >= plainEvery {
			last = now
			fmt.Fprintf(to, "%d lines, %d %%\n", lines, done*100/max(total, 1))
		}
	}
}

func bar(to *os.File) func(done, total, lines int64) {
	shown := progressbar.NewOptions64(1,
		progressbar.OptionSetWriter(to),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
	return func(done, total, lines int64) {
		shown.Describe(strconv.FormatInt(lines, 10))
		shown.ChangeMax64(max(total, 1))
		_ = shown.Set64(done) // a bar that cannot be drawn is no reason to stop
	}
}
