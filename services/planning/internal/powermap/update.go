package powermap

import (
	"slices"

	"github.com/google/uuid"
)

// Delta is what a version changes. The claims are those of the new version, or of the old one where they are removed.
type Delta struct{ Added, Renewed, Removed []Claim }

// Empty says that nothing changes.
func (d *Delta) Empty() bool { return len(d.Added)+len(d.Renewed)+len(d.Removed) == 0 }

// Replace makes the version that holds the given claims. Claims that are new have no id yet.
func Replace(stored, given []Claim) []Claim {
	old := byKey(stored)
	next := make([]Claim, len(given))
	for i, c := range given {
		c.ID = uuid.Nil
		was, known := old[c.Key]
		if known {
			c.ID = was.ID
			c.Evidence = recorded(was.Evidence, c.Evidence)
		}
		slices.SortFunc(c.Evidence, Evidence.compare)
		c.Evidence = slices.CompactFunc(c.Evidence, Evidence.same)
		next[i] = c
	}
	sortClaims(next)
	return next
}

// recorded are the given observations, those that were stored before with who recorded them then.
func recorded(stored, given []Evidence) []Evidence {
	out := slices.Clone(given)
	for i := range out {
		if j := slices.IndexFunc(stored, out[i].same); j >= 0 {
			out[i].Recorder = stored[j].Recorder
		}
	}
	return out
}

// Observe makes the version without the retracted claims and with the observations. Claims that are new have no id yet. unknown is the first retraction of a claim that is not
// there, else -1.
func Observe(stored []Claim, retracted []Key, observations []Claim) (next []Claim, unknown int) {
	there := byKey(stored)
	for i, k := range retracted {
		if _, ok := there[k]; !ok {
			return nil, i
		}
	}
	for _, k := range retracted {
		delete(there, k)
	}
	for _, o := range observations {
		c, known := there[o.Key]
		if !known {
			there[o.Key] = Claim{Key: o.Key, Weight: o.Weight, Evidence: trim(nil, o.Evidence)}
			continue
		}
		c.Weight, c.Evidence = o.Weight, trim(c.Evidence, o.Evidence)
		there[o.Key] = c
	}
	next = make([]Claim, 0, len(there))
	for _, c := range there {
		next = append(next, c)
	}
	sortClaims(next)
	return next, -1
}

// trim adds observations that are not there yet. Of too many the oldest go, first those whose observer has one that is newer.
func trim(stored, more []Evidence) []Evidence {
	out := slices.Clone(stored)
	for _, e := range more {
		if !slices.ContainsFunc(out, e.same) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, Evidence.compare)
	for len(out) > evidenceOfAClaim {
		drop := len(out) - 1
		for i := drop; i > 0; i-- {
			if slices.ContainsFunc(out[:i], func(e Evidence) bool { return e.Observer == out[i].Observer }) {
				drop = i
				break
			}
		}
		out = slices.Delete(out, drop, drop+1)
	}
	return out
}

func byKey(claims []Claim) map[Key]Claim {
	out := make(map[Key]Claim, len(claims))
	for _, c := range claims {
		out[c.Key] = c
	}
	return out
}

// Compare tells two versions apart. A claim that was retracted and observed anew at once is another one.
func Compare(stored, next []Claim) Delta {
	var d Delta
	old := byKey(stored)
	for _, c := range next {
		was, known := old[c.Key]
		switch {
		case !known:
			d.Added = append(d.Added, c)
		case was.ID != c.ID:
			d.Removed, d.Added = append(d.Removed, was), append(d.Added, c)
		case !was.equal(&c):
			d.Renewed = append(d.Renewed, c)
		}
		delete(old, c.Key)
	}
	for _, c := range stored {
		if _, left := old[c.Key]; left {
			d.Removed = append(d.Removed, c)
		}
	}
	return d
}
