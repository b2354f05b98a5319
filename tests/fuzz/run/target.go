package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// build makes the package's test binary, instrumented to show the fuzzer which ways its inputs take.
func (p pkg) build(ctx context.Context, binary string) error {
	_, err := goCommand(ctx, "-C", p.dir, "test", "-c", "-fuzz", "^Fuzz", "-o", binary, ".")
	return err
}

// target is one fuzz target in its package's test binary.
type target struct {
	pkg
	name, binary string
}

// String names the target.
func (t target) String() string { return t.path + "." + t.name }

// grace is what starting, seeds and minimizing may take beside the time of exploring.
const grace = 3 * time.Minute

// run lets the target explore, and says what it found.
func (t target) run(ctx context.Context, o options) error {
	cache, err := corpus(o.Corpus)
	if err != nil {
		return err
	}
	cache = filepath.Join(cache, t.path)
	bounded, cancel := context.WithTimeout(ctx, o.Time+o.Minimize+grace)
	defer cancel()
	command := exec.CommandContext(bounded, t.binary,
		"-test.run=^$", "-test.fuzz=^"+t.name+"$", "-test.fuzzcachedir="+cache,
		fmt.Sprintf("-test.parallel=%d", o.Workers), "-test.fuzztime="+o.Time.String(), "-test.fuzzminimizetime="+o.Minimize.String())
	command.Dir = t.dir // where testdata is
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	command.WaitDelay = 10 * time.Second
	words, err := listen(command)
	if err != nil {
		return err
	}
	said, err := command.CombinedOutput()
	last, trouble := words.finish()
	if trouble != nil {
		return errors.Join(err, trouble)
	}
	memory := peak(command)
	fmt.Printf("%-75s %10s inputs  %4d MiB  %s\n", t, inputs(said), memory, verdict(err))
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case bounded.Err() != nil:
		return fmt.Errorf("did not end\n%s\n%s", said, last)
	case err != nil:
		return fmt.Errorf("%w\n%s\nwhat its workers said last:\n%s", err, said, last)
	case memory > o.Memory:
		return fmt.Errorf("used %d MiB, which is more than %d", memory, o.Memory)
	case !bytes.Contains(said, []byte("gathering baseline coverage")): // what is known already can take all of a short time
		return errors.New("did not begin\n" + string(said))
	}
	return nil
}

// corpus is the directory asked for, or one among the user's caches.
func corpus(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "guanxi-fuzz"), nil
}

var executions = regexp.MustCompile(`execs: (\d+)`)

// inputs is how many were tried.
func inputs(said []byte) string {
	all := executions.FindAllSubmatch(said, -1)
	if len(all) == 0 {
		return ""
	}
	return string(all[len(all)-1][1])
}

// peak is the most memory in MiB that the target or one of its workers had.
func peak(command *exec.Cmd) int64 {
	usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss >> 10
}

func verdict(err error) string {
	if err == nil {
		return "clean"
	}
	return strings.ToUpper("found something")
}
