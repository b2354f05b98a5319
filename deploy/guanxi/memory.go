package main

import (
	"os"
	"runtime/debug"
)

const (
	// gcPercent is how much the heap may grow before it is collected. What lives in our processes is some ten MiB, what each call leaves
	// behind some ten KiB: by Go's default of 100 collecting takes a tenth to a seventh of the processor, by 400 a quarter of that.
	gcPercent = 400
	// softLimit in bytes is where collecting becomes as frequent as it must.
	softLimit = 1 << 30
	// serviceLimit is the same of a process that is one service: with the program itself it stays below 200 MB also while it works through a million customers, of whom it
	// holds a batch at a time.
	serviceLimit = 140 << 20
)

// tuneMemory gives memory for speed up to a limit, unless the operator has said by Go's own variables what he wants.
func tuneMemory(limit int64) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit)
	}
}
