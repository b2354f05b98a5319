package localpg

import (
	"os"
	"path/filepath"
	"time"
)

// RemoveAbandoned removes the temporary Dirs matching pattern whose processes are gone, a minute
// after their last start at the earliest. Tests end without a chance to clean up after themselves.
func RemoveAbandoned(pattern string) {
	dirs, _ := filepath.Glob(pattern) // errs on a bad pattern only
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if err != nil || !ours(info) || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		lock, err := lockFile(filepath.Join(dir, "lock"))
		if err != nil {
			continue
		}
		if file, ok := readPIDFile(filepath.Join(dir, "data")); !ok || !alive(file, filepath.Join(dir, "data")) {
			_ = os.RemoveAll(dir) // the next one to come tries again
		}
		_ = lock.Close()
	}
}
