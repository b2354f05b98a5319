package calendar

import (
	"iter"
	"slices"
	"time"
)

// span is working time from an instant to another, in seconds since 1970.
type span struct{ start, end int64 }

// spans are the spans of working time that have some of it within [from, to), in order. None overlaps another, but one may begin where the one before ends. The first and the last
// may reach out of the range.
func (t *Time) spans(from, to int64) iter.Seq[span] {
	return func(yield func(span) bool) {
		w := walker{t: t, covered: from - 1<<40}
		first, last := dayOf(from)-3, dayOf(to)+2 // a day begins at most 14 hours from that of UTC, and a frame ends at most two days after it
		if !t.weeks() {
			first, last = max(first, t.first), min(last, t.last)
		}
		for day := first; day <= last; day++ {
			if steady := w.add(day); !steady && day < last {
				continue // what follows may come before it
			}
			for _, s := range w.flush() {
				if s.start >= to {
					return
				}
				if s.end > from && !yield(s) {
					return
				}
			}
		}
	}
}

func dayOf(second int64) int64 {
	day := second / dayLength
	if second%dayLength < 0 {
		day--
	}
	return day
}

// walker turns days into spans, remembering the offset of the zone as long as that lasts.
type walker struct {
	t        *Time
	offset   int64
	from, to int64 // within which offset counts
	pending  []span
	unsorted bool
	covered  int64 // what was handed out ends here
}

// add takes the frames of a day in. It answers whether the zone is steady around the day, so that nothing later begins before it.
func (w *walker) add(day int64) (steady bool) {
	frames := w.t.of(day)
	midnight := day * dayLength
	if len(frames) == 0 && len(w.pending) == 0 {
		return true
	}
	steady = w.steady(midnight)
	for _, f := range frames {
		s := span{midnight + f.start - w.offset, midnight + f.end - w.offset}
		if !steady {
			s, w.unsorted = span{instant(w.t.zone, midnight+f.start), instant(w.t.zone, midnight+f.end)}, true
		}
		if s.end > s.start {
			w.pending = append(w.pending, s)
		}
	}
	return steady
}

// flush hands out what was taken in, without what overlaps. It counts until the next add.
func (w *walker) flush() []span {
	if w.unsorted {
		slices.SortFunc(w.pending, func(a, b span) int { return int(a.start - b.start) })
	}
	out := w.pending[:0]
	for _, s := range w.pending {
		s.start = max(s.start, w.covered)
		if s.end > s.start {
			out, w.covered = append(out, s), s.end
		}
	}
	w.pending, w.unsorted = w.pending[:0], false
	return out
}

// steady says whether the offset of the zone is the same for all frames of a day, and sets it.
func (w *walker) steady(midnight int64) bool {
	const margin = dayLength + 2*hour
	from, to := midnight-margin, midnight+2*dayLength+margin
	if from < w.from || to > w.to || w.from == w.to {
		at := time.Unix(midnight, 0).In(w.t.zone)
		_, offset := at.Zone()
		start, end := at.ZoneBounds()
		w.offset, w.from, w.to = int64(offset), -1<<62, 1<<62
		if !start.IsZero() {
			w.from = start.Unix()
		}
		if !end.IsZero() {
			w.to = end.Unix()
		}
	}
	return from >= w.from && to <= w.to
}

// instant is when a wall-clock time of a zone is, both in seconds since 1970. One that a change of clocks skips is moved forward by what was skipped; of one that comes twice it is
// the first. (time.Date would answer either side of a change, depending on the zone.)
func instant(zone *time.Location, wall int64) int64 {
	at := time.Unix(wall, 0).UTC()
	guess := time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, zone)
	_, offset := guess.Zone()
	switch shown := guess.Unix() + int64(offset); {
	case shown < wall: // skipped; the guess is before the change
		return wall - int64(offset)
	case shown > wall: // skipped; the guess is after the change
		return guess.Unix()
	}
	if start, _ := guess.ZoneBounds(); !start.IsZero() {
		_, before := start.Add(-time.Second).Zone()
		if earlier := wall - int64(before); earlier < start.Unix() {
			return earlier
		}
	}
	return guess.Unix()
}
