//go:build !linux

package localpg

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// account is always ourselves here: only on Linux does the server run as somebody else.
type account struct{}

func (account) ourselves() bool { return true }

func serverAccount() (account, error) {
	if os.Geteuid() == 0 {
		return account{}, errors.New("PostgreSQL does not run as root: run this as an ordinary user")
	}
	return account{}, nil
}

// attributes are none: a server outlives us here, and the next Start on its Dir ends it.
func attributes(account, bool) *syscall.SysProcAttr { return nil }

// alive takes a file for stale when nobody listens on its port.
func alive(file pidFile, _ string) bool {
	c, err := net.Dial("tcp", net.JoinHostPort(host, strconv.Itoa(file.port)))
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}

func (s *Server) signal(pid int, how shutdown) {
	_ = exec.Command(s.binaries.path("pg_ctl"), "kill", string(how), strconv.Itoa(pid)).Run() // it may have ended by itself
}

func (account) own(string) error { return nil }

func (account) ownAll(string) error { return nil }

func admit(account, string) error { return nil }
