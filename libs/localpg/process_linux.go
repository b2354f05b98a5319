package localpg

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is whom the server runs as when we are root, which PostgreSQL refuses to be. The zero
// account is ourselves.
type account struct {
	name     string
	uid, gid uint32
}

func (a account) ourselves() bool { return a.name == "" }

func serverAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
			gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
			if uidErr == nil && gidErr == nil {
				return account{name: name, uid: uint32(uid), gid: uint32(gid)}, nil
			}
		}
	}
	return account{}, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as: run this as an ordinary user")
}

// attributes of the server's process: another account, a process group of its own (so that Ctrl-C
// reaches us alone), and an orderly end when we die; a server for tests just goes.
func attributes(a account, test bool) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGINT}
	if test {
		attr.Pdeathsig = syscall.SIGQUIT
	}
	if !a.ourselves() {
		attr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return attr
}

// alive says whether the process that wrote the file still runs as this data's server: its number
// may have gone to another program.
func alive(file pidFile, data string) bool {
	command, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", file.pid))
	return err == nil && bytes.Contains(command, []byte("\x00"+data+"\x00"))
}

func (s *Server) signal(pid int, how shutdown) {
	signals := map[shutdown]syscall.Signal{fast: syscall.SIGINT, immediate: syscall.SIGQUIT, kill: syscall.SIGKILL}
	_ = syscall.Kill(pid, signals[how]) // it may have ended by itself
}

// own hands a file to the account.
func (a account) own(path string) error {
	if a.ourselves() {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}

// ownAll hands a directory and all that is in it to the account.
func (a account) ownAll(dir string) error {
	if a.ourselves() {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return a.own(path)
	})
}

// admit lets the account through dir, which is ours, to its data below. Directories above are not
// ours to open.
func admit(a account, dir string) error {
	if a.ourselves() {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("localpg: %w", err)
	}
	if err := os.Chmod(dir, info.Mode().Perm()|0o001); err != nil {
		return fmt.Errorf("localpg: %w", err)
	}
	for above := filepath.Dir(dir); ; above = filepath.Dir(above) {
		if !a.enters(above) {
			return fmt.Errorf("PostgreSQL runs as user %s here, who may not enter %s: choose a data directory outside of it, such as /var/lib/guanxi", a.name, above)
		}
		if above == filepath.Dir(above) {
			return nil
		}
	}
}

func (a account) enters(dir string) bool {
	info, err := os.Stat(dir)
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case ok && stat.Uid == a.uid:
		return info.Mode()&0o100 != 0
	case ok && stat.Gid == a.gid:
		return info.Mode()&0o010 != 0
	default:
		return info.Mode()&0o001 != 0
	}
}
