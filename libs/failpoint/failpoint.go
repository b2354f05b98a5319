// Package failpoint lets a test kill or hold up a process at a named line of it. The points are compiled in, so that what is tested is
// what is shipped; without the variable GUANXI_FAILPOINTS, which is read once when the process starts, passing one costs a comparison
// with nil and nothing can switch it on.
//
//	GUANXI_FAILPOINTS="relay.after_ack=kill@3,commit.before=pause:2s@1,clock=skew:-1h"
//
// kills the process when it passes relay.after_ack for the third time, holds it up for two seconds when it commits for the first time,
// and moves its clock. Nothing but killing, waiting and the clock: a failpoint is an accident at a place, never another behaviour.
package failpoint

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Variable is the variable of the environment that sets points.
const Variable = "GUANXI_FAILPOINTS"

// Clock is the point that Now moves by.
const Clock = "clock"

// Kinds of accidents.
const (
	kill  = "kill"
	pause = "pause"
	skew  = "skew"
)

var points = mustParse(os.Getenv(Variable))

// point is what happens at a place, and when.
type point struct {
	kind string
	wait time.Duration
	at   int64 // the passage at which it happens, counted from 1
	hits atomic.Int64
}

// Hit marks a place. It returns at once, unless this is the passage at which the process is to be killed or held up.
func Hit(name string) {
	if points == nil {
		return
	}
	points[name].pass()
}

// Now is the clock to use in place of now: now itself, unless the process is to have a wrong clock.
func Now(now func() time.Time) func() time.Time {
	p := points[Clock]
	if p == nil {
		return now
	}
	return func() time.Time { return now().Add(p.wait) }
}

func (p *point) pass() {
	if p == nil || p.hits.Add(1) != p.at {
		return
	}
	switch p.kind {
	case kill:
		die()
	case pause:
		<-time.After(p.wait)
	}
}

// die is kill -9 by the own hand: nothing deferred runs, nothing is flushed.
func die() {
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {}
}

// mustParse refuses to start with a point that is misspelt: it would test nothing.
func mustParse(text string) map[string]*point {
	if text == "" {
		return nil
	}
	parsed, err := parse(text)
	if err != nil {
		panic(err)
	}
	return parsed
}

func parse(text string) (map[string]*point, error) {
	all := map[string]*point{}
	for one := range strings.SplitSeq(text, ",") {
		name, action, ok := strings.Cut(one, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("failpoint: %q is not name=action", one)
		}
		p, err := parsePoint(action)
		if err != nil {
			return nil, err
		}
		if (p.kind == skew) != (name == Clock) {
			return nil, fmt.Errorf("failpoint: %q: skew is for the clock, and the clock for skew", one)
		}
		all[name] = p
	}
	return all, nil
}

// parsePoint reads kill@N, pause:DURATION@N and skew:DURATION.
func parsePoint(action string) (*point, error) {
	what, count, counted := strings.Cut(action, "@")
	kind, wait, waits := strings.Cut(what, ":")
	p := &point{kind: kind}
	var errWait, errCount error
	if waits {
		p.wait, errWait = time.ParseDuration(wait)
	}
	if counted {
		p.at, errCount = strconv.ParseInt(count, 10, 64)
	}
	known := map[string]bool{kill: counted && !waits, pause: counted && waits, skew: !counted && waits}[kind]
	if !known || errWait != nil || errCount != nil || counted && p.at < 1 {
		return nil, fmt.Errorf("failpoint: %q is not kill@N, pause:DURATION@N or skew:DURATION", action)
	}
	return p, nil
}
