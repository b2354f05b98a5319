//go:build !linux

package testkit

import "os"

// place is where what does not outlive the tests is kept; see the one for Linux.
func place() (dir string, inMemory bool) { return os.TempDir(), false }
