//go:build unix

package postgres

import (
	"net"
	"syscall"
)

// quiet says whether an idle connection is as it should be: open, with nothing to read. A server
// that shut down has left its farewell and the end of the stream there.
func quiet(socket net.Conn) bool {
	source, ok := socket.(syscall.Conn)
	if !ok {
		return true
	}
	raw, err := source.SyscallConn()
	if err != nil {
		return false
	}
	idle := false
	err = raw.Control(func(fd uintptr) {
		var b [1]byte
		_, _, err := syscall.Recvfrom(int(fd), b[:], syscall.MSG_PEEK)
		idle = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
	})
	return err == nil && idle
}
