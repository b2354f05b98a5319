package powermap

import "slices"

// ChangeKind is what has changed between two days; the numbers are those of the API.
type ChangeKind int16

// The kinds.
const (
	SponsorWon ChangeKind = iota + 1
	SponsorLost
	SupporterWon
	SupporterLost
	HostileTurned
	HostileGone
	DeciderFound
	DeciderGone
	DeciderCovered
	DeciderUncovered
	StarFound
	StarGone
	ClaimStale
)

// Change is one difference between the confirmed readings of two days.
type Change struct {
	Kind   ChangeKind
	Node   Node
	Claims []*Weighed // of today for what has come, of then for what has gone
}

// Changes are what differs, in the order of kinds and nodes.
func Changes(then, now *Analysis) []Change {
	before, after := &then.Confirmed, &now.Confirmed
	var out []Change
	for _, set := range []struct {
		came, went    ChangeKind
		before, after []Standing
	}{
		{SponsorWon, SponsorLost, before.Sponsors, after.Sponsors},
		{SupporterWon, SupporterLost, before.Supporters, after.Supporters},
		{HostileTurned, HostileGone, before.Hostile, after.Hostile},
		{DeciderFound, DeciderGone, before.whoDecides(), after.whoDecides()},
		{StarFound, StarGone, before.whoRises(), after.whoRises()},
	} {
		out = append(out, beyond(set.came, set.after, set.before)...)
		out = append(out, beyond(set.went, set.before, set.after)...)
	}
	out = append(out, coverage(before, after)...)
	out = append(out, wornOut(then, now)...)
	slices.SortStableFunc(out, func(a, b Change) int {
		if a.Kind != b.Kind {
			return int(a.Kind) - int(b.Kind)
		}
		return a.Node.compare(b.Node)
	})
	return out
}

func (r *Reading) whoDecides() []Standing {
	out := make([]Standing, len(r.Deciders))
	for i := range r.Deciders {
		out[i] = r.Deciders[i].Standing
	}
	return out
}

func (r *Reading) whoRises() []Standing {
	out := make([]Standing, len(r.Stars))
	for i := range r.Stars {
		out[i] = r.Stars[i].Standing
	}
	return out
}

// beyond are those of one set who are not of the other.
func beyond(kind ChangeKind, set, other []Standing) []Change {
	there := make(map[Node]bool, len(other))
	for _, s := range other {
		there[s.Node] = true
	}
	var out []Change
	for _, s := range set {
		if !there[s.Node] {
			out = append(out, Change{kind, s.Node, s.Claims})
		}
	}
	return out
}

// coverage are they who decide, then and now, and are covered in one of them only.
func coverage(before, after *Reading) []Change {
	then := make(map[Node]*Decider, len(before.Deciders))
	for i := range before.Deciders {
		then[before.Deciders[i].Node] = &before.Deciders[i]
	}
	var out []Change
	for i := range after.Deciders {
		d := &after.Deciders[i]
		switch was := then[d.Node]; {
		case was == nil || was.Covered == d.Covered:
		case d.Covered:
			out = append(out, Change{DeciderCovered, d.Node, d.CoveredBy})
		default:
			out = append(out, Change{DeciderUncovered, d.Node, was.CoveredBy})
		}
	}
	return out
}

// wornOut are the claims that counted then and are on the map now, but stale.
func wornOut(then, now *Analysis) []Change {
	counted := make(map[Key]bool, len(then.Claims))
	for _, c := range then.Claims {
		counted[c.Key] = c.Confirmed
	}
	var out []Change
	for i := range now.Claims {
		if c := &now.Claims[i]; c.Stale && counted[c.Key] {
			out = append(out, Change{ClaimStale, c.Who, []*Weighed{c}})
		}
	}
	return out
}
