// Package etag makes entity tags from revisions and holds callers to them (AIP-154).
package etag

import (
	"strconv"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Of returns the tag of a revision. It is opaque to callers.
func Of(revision int64) string {
	return strconv.Quote(strconv.FormatInt(revision, 36))
}

// Check returns an ABORTED error when a caller sent a tag and it is not that of the stored revision: somebody else has changed the named resource in between.
// No tag means that the caller takes the risk.
func Check(given string, revision int64, name string) error {
	if given == "" || given == Of(revision) {
		return nil
	}
	return fault.Aborted(name)
}
