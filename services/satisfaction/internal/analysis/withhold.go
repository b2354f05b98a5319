package analysis

// part is a group of answers, whose total may be told otherwise.
type part struct {
	n int64
	// margins are what it is a part of, and what is told, too: "" stands for the whole.
	margins  []string
	withheld bool
}

// withhold decides which parts are not told of: those of fewer than least; and where one of these could be computed from a margin and the rest - it is the only one there, or all of
// them together are fewer than least - the smallest other part of the margin, too, until there is no more to be found out. Parts of none are nobody's secret.
func withhold(parts []part, least int64) {
	members := map[string][]int{}
	var margins []string
	for i := range parts {
		parts[i].withheld = parts[i].withheld || parts[i].n > 0 && parts[i].n < least
		for _, m := range parts[i].margins {
			if members[m] == nil {
				margins = append(margins, m)
			}
			members[m] = append(members[m], i)
		}
	}
	for changed := true; changed; {
		changed = false
		for _, m := range margins {
			if next := exposed(parts, members[m], least); next >= 0 {
				parts[next].withheld, changed = true, true
			}
		}
	}
}

// exposed is the part that has to be withheld with those that are, for none of them to be found out; -1 when there is none.
func exposed(parts []part, members []int, least int64) int {
	var count, sum int64
	smallest := -1
	for _, i := range members {
		switch {
		case parts[i].n == 0:
		case parts[i].withheld:
			count, sum = count+1, sum+parts[i].n
		case smallest < 0 || parts[i].n < parts[smallest].n:
			smallest = i
		}
	}
	if count == 0 || count > 1 && sum >= least {
		return -1
	}
	return smallest
}
