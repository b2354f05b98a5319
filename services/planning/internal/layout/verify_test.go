package layout_test

import (
	"fmt"
	"slices"

	"github.com/guanxi-crm/guanxi/services/planning/internal/layout"
)

// verify holds an answer to the hard rules by looking at every day and every pair of contacts. It shares no code with the layout.
func verify(h layout.Horizon, contacts []layout.Contact, places []layout.Place) error {
	if len(places) != len(contacts) {
		return fmt.Errorf("%d places for %d contacts", len(places), len(contacts))
	}
	for i, c := range contacts {
		d := places[i].Day
		if c.Fixed || c.Elsewhere {
			if d != c.At {
				return fmt.Errorf("contact %d is fixed on %d and stands on %d", i, c.At, d)
			}
			continue
		}
		if (d == layout.None) != (places[i].Obstacle != 0) {
			return fmt.Errorf("contact %d is on %d with obstacle %d", i, d, places[i].Obstacle)
		}
		if d == layout.None {
			continue
		}
		if why := forbidden(h, c, d); why != "" {
			return fmt.Errorf("contact %d is on %d: %s", i, d, why)
		}
		if why := crowded(h, contacts, places, i, d); why != "" {
			return fmt.Errorf("contact %d is on %d: %s", i, d, why)
		}
	}
	return nil
}

// forbidden says what forbids a contact a day, whatever else is on it.
func forbidden(h layout.Horizon, c layout.Contact, d int) string {
	if d < c.First || d > c.Last {
		return "outside of its window"
	}
	if c.Refused {
		return "refused"
	}
	if slices.Contains(c.Avoid, d) {
		return "a refused day"
	}
	if c.Minutes > 0 && !h.Works[d] {
		return "no working day"
	}
	if c.Minutes > 0 && c.Ownerless {
		return "nobody has time"
	}
	return ""
}

// crowded says what on and around a day forbids it to a contact.
func crowded(h layout.Horizon, contacts []layout.Contact, places []layout.Place, i, d int) string {
	c := contacts[i]
	if c.Minutes == 0 {
		return ""
	}
	minutes := c.Minutes
	if h.Load != nil {
		minutes += h.Load[d]
	}
	for j, other := range contacts {
		at := places[j].Day
		if j == i || at == layout.None || other.Minutes == 0 {
			continue
		}
		if at == d && !other.Elsewhere {
			minutes += other.Minutes
		}
		if other.Customer == c.Customer && at-d < h.Gap && d-at < h.Gap {
			return fmt.Sprintf("%d of the same customer is on %d", j, at)
		}
	}
	if minutes > h.Room[d] {
		return fmt.Sprintf("%d minutes of %d", minutes, h.Room[d])
	}
	return ""
}

// roomFor is a day that a contact without one could have without moving another, or None.
func roomFor(h layout.Horizon, contacts []layout.Contact, places []layout.Place, i int) int {
	for d := range h.Works {
		if forbidden(h, contacts[i], d) == "" && crowded(h, contacts, places, i, d) == "" {
			return d
		}
	}
	return layout.None
}

// most is how many contacts can have a day at best, by trying everything.
func most(h layout.Horizon, contacts []layout.Contact) int {
	places := make([]layout.Place, len(contacts))
	for i, c := range contacts {
		places[i].Day = layout.None
		if c.Fixed || c.Elsewhere {
			places[i].Day = c.At
		}
	}
	return search(h, contacts, places, 0, 0)
}

func search(h layout.Horizon, contacts []layout.Contact, places []layout.Place, i, placed int) int {
	if i == len(contacts) {
		return placed
	}
	if contacts[i].Fixed || contacts[i].Elsewhere {
		return search(h, contacts, places, i+1, placed)
	}
	best := search(h, contacts, places, i+1, placed)
	for d := range h.Works {
		if best == placed+len(contacts)-i {
			break
		}
		if forbidden(h, contacts[i], d) == "" && crowded(h, contacts, places, i, d) == "" {
			places[i].Day = d
			best = max(best, search(h, contacts, places, i+1, placed+1))
			places[i].Day = layout.None
		}
	}
	return best
}
