package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// mostWords is how much of what the workers said last is kept, in bytes: a panic with the stacks of some hundred goroutines.
const mostWords = 64 << 10

// worker is what the fuzz engine starts in place of the target to explore: the target, with an ear at its stderr. The engine itself
// throws that away, and with it why a worker died: of a panic in a goroutine of its own, of memory or a stack without end, or because
// one input took more than 10 seconds ("panic: deadlocked!").
const worker = `#!/bin/sh
exec "$GUANXI_FUZZ_TARGET" "$@" 2>"$GUANXI_FUZZ_WORDS"
`

// words is what the workers say.
type words struct {
	pipe string
	hold *os.File // else the pipe would end with the first worker
	from *os.File
	done chan struct{}
	last []byte
}

// listen makes the command's workers speak to the words. The engine starts them by the name that it was started by itself.
func listen(command *exec.Cmd) (w *words, err error) {
	script := command.Path + ".worker"
	if err := os.WriteFile(script, []byte(worker), 0o700); err != nil { //nolint:gosec // it is run, by nobody else
		return nil, err
	}
	w = &words{pipe: command.Path + ".words", done: make(chan struct{})}
	if err := syscall.Mkfifo(w.pipe, 0o600); err != nil {
		return nil, err
	}
	if w.hold, err = os.OpenFile(w.pipe, os.O_RDWR, 0); err != nil {
		return nil, errors.Join(err, os.Remove(w.pipe))
	}
	if w.from, err = os.Open(w.pipe); err != nil {
		return nil, errors.Join(err, w.hold.Close(), os.Remove(w.pipe))
	}
	command.Args[0] = script
	command.Env = append(os.Environ(), "GOTRACEBACK=all", "GUANXI_FUZZ_TARGET="+command.Path, "GUANXI_FUZZ_WORDS="+w.pipe)
	go func() {
		defer close(w.done)
		_, _ = io.Copy(w, w.from) // ends by finish
	}()
	return w, nil
}

// Write keeps what was said last.
func (w *words) Write(p []byte) (int, error) {
	w.last = append(w.last, p...)
	if more := len(w.last) - mostWords; more > 0 {
		w.last = append(w.last[:0], w.last[more:]...)
	}
	return len(p), nil
}

// finish returns the last words, when all workers have ended.
func (w *words) finish() (string, error) {
	err := errors.Join(w.hold.Close(), w.from.SetReadDeadline(time.Now().Add(10*time.Second))) // a worker that does not end holds it open
	<-w.done
	return string(w.last), errors.Join(err, w.from.Close(), os.Remove(w.pipe))
}
