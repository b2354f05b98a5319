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
)

// tuneMemory gives memory for speed, unless the operator has said by Go's own variables what he wants.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softLimit)
	}
}
