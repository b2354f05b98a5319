package calendar

import (
	"time"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Reach is how far is reckoned at most, in days: 100 years. It keeps calendars that hardly work, and hostile ones, from being searched for ever.
const Reach = 36525

// The instants that are reckoned with. A hundred years after the last one, nanoseconds since 1970 still fit into 64 bits.
var (
	earliest = time.Date(1900, time.January, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2150, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// Within says whether an instant can be reckoned with: from 1900 to 2149.
func Within(t time.Time) bool { return !t.Before(earliest) && t.Before(latest) }

// NeverError says that so much working time does not come.
func NeverError(field string) error {
	return fault.Invalid(fault.Field(field, "NEVER_REACHED", fault.Text{
		En: "that much working time does not come within 100 years", Zh: "100 年内没有这么多工作时间",
	}))
}

const second = int64(time.Second)

// Add is when so much working time after an instant is used up: the first instant at which it is, so that what ends with a frame is due at its end. For none it is the instant
// itself within working time, and else - the end of a frame included - the next opening. It is not ok when that does not come within 100 years.
func (t *Time) Add(start time.Time, seconds int64) (due time.Time, ok bool) {
	if !Within(start) || seconds > Reach*dayLength {
		return time.Time{}, false
	}
	from, left := start.UnixNano(), max(seconds, 0)*second
	if t.always {
		return time.Unix(0, from+left).UTC(), true
	}
	for s := range t.spans(start.Unix(), start.Unix()+Reach*dayLength) {
		opens := max(s.start*second, from)
		lasts := s.end*second - opens
		if left < lasts || left > 0 && left == lasts {
			return time.Unix(0, opens+left).UTC(), true
		}
		left -= max(lasts, 0)
	}
	return time.Time{}, false
}

// Between is the working time from an instant to another, in whole seconds; 0 when the second is not after the first, or one cannot be reckoned with.
func (t *Time) Between(start, end time.Time) int64 {
	if !end.After(start) || !Within(start) || !Within(end) {
		return 0
	}
	from, to := start.UnixNano(), end.UnixNano()
	if t.always {
		return (to - from) / second
	}
	var sum int64
	for s := range t.spans(start.Unix(), end.Unix()+1) {
		sum += max(min(s.end*second, to)-max(s.start*second, from), 0)
	}
	return sum / second
}

// Open says whether an instant is working time; the end of a frame is not.
func (t *Time) Open(at time.Time) bool {
	next, ok := t.Add(at, 0)
	return ok && next.Equal(at)
}
