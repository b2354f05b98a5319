package testkit

import (
	"os"
	"syscall"
)

const (
	memory = "/dev/shm"
	tmpfs  = 0x01021994
	// room is what the databases and streams of several test processes at once stay below by far.
	room = 3 << 30
)

// place is where what does not outlive the tests is kept: in memory, where making the hundreds of files of a database costs next to nothing, if there is room;
// containers often have little. The second result says whether it is in memory.
func place() (dir string, inMemory bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(memory, &s); err != nil || s.Type != tmpfs || s.Bavail*uint64(s.Bsize) < room {
		return os.TempDir(), false
	}
	probe, err := os.MkdirTemp(memory, "guanxi-probe-")
	if err != nil {
		return os.TempDir(), false
	}
	return memory, os.Remove(probe) == nil
}
