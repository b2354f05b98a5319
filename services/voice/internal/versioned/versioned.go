// Package versioned keeps records that people know by a code and of which each change makes a new version, such as calendars and rules. What a version says is never changed, so
// that what was reckoned by it can be explained.
package versioned

import (
	"regexp"
	"time"

	"github.com/google/uuid"
)

// Head is what is kept of a record beside what people write.
type Head struct {
	ID         uuid.UUID `db:"id"`
	Code       string    `db:"code"`
	Version    int32     `db:"version"`
	Author     string    `db:"author"`
	CreateTime time.Time `db:"create_time"`
}

var codeForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// longestCode is how long a code may be.
const longestCode = 60

// IsCode says whether something can be called so, and not be taken for an id.
func IsCode(text string) bool {
	_, err := uuid.Parse(text)
	return err != nil && len(text) <= longestCode && codeForm.MatchString(text)
}
