package layout

const (
	// What keeps a contact from the middle of its window, or from a day that is liked, in minutes of load: so much fuller may a better day be.
	awayMinutes    = 20
	dislikeMinutes = 60
	// reach is how many days around a day its load is told from: of two days alike, the one in a quieter month is better, since what has to be made in a busy month can go
	// nowhere else.
	reach = 15
	// The same for contacts that take no time, in contacts of that day.
	awayCount, dislikeCount, restCount = 20, 5, 40
)

// cost is how bad a day is for a contact that is not on it.
func (p *planner) cost(i, d int) float64 {
	c := &p.contacts[i]
	away := 0.0
	if c.Last > c.First {
		away = float64(d-c.First)/float64(c.Last-c.First) - c.Position
		away = max(away, -away)
	}
	disliked := c.Liked != 0 && c.Liked&(1<<((p.Weekday+d)%7)) == 0
	if c.Minutes > 0 {
		cost := float64(p.load[d]) + float64(p.around[d])/p.worked[d] + awayMinutes*away
		if disliked {
			cost += dislikeMinutes
		}
		return cost
	}
	cost := float64(p.count[d]) + awayCount*away
	if disliked {
		cost += dislikeCount
	}
	if !p.Works[d] {
		cost += restCount
	}
	return cost
}

// best is the best day that a contact can have as things stand, or None.
func (p *planner) best(i int) int {
	c := &p.contacts[i]
	best, least := None, 0.0
	for d := c.First; d <= c.Last; d++ {
		if !p.possible(i, d) || !p.fits(i, d) {
			continue
		}
		if cost := p.cost(i, d); best == None || cost < least {
			best, least = d, cost
		}
	}
	return best
}

// put gives a contact the best day that it can have as things stand.
func (p *planner) put(i int) bool {
	d := p.best(i)
	if d == None {
		return false
	}
	p.set(i, d)
	return true
}

// obstacle says why a contact has no day.
func (p *planner) obstacle(i int) Obstacle {
	c := &p.contacts[i]
	if c.Refused {
		return Preferences
	}
	if c.Ownerless && c.Minutes > 0 {
		return NoOwner
	}
	works, wanted, distant := false, false, false
	for d := c.First; d <= c.Last; d++ {
		if c.Minutes > 0 && !p.Works[d] {
			continue
		}
		works = true
		if p.possible(i, d) {
			wanted, distant = true, distant || p.clear(i, d)
		}
	}
	switch {
	case distant:
		return NoCapacity
	case wanted:
		return TooClose
	case works:
		return Preferences
	}
	return NoWorkingDay
}
