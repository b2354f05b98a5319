package contract

import (
	"fmt"
	"runtime"

	"github.com/stretchr/testify/require"
)

// complaints is what a check would fail a test with.
func complaints(check func(require.TestingT)) []string {
	var heard listener
	done := make(chan struct{})
	go func() { // FailNow ends a goroutine
		defer close(done)
		check(&heard)
	}()
	<-done
	return heard
}

type listener []string

func (l *listener) Errorf(format string, args ...any) { *l = append(*l, fmt.Sprintf(format, args...)) }
func (l *listener) FailNow()                          { runtime.Goexit() }
