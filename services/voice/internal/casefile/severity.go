package casefile

import "github.com/guanxi-crm/guanxi/services/voice/internal/settings"

// Weight computes a severity: number affected, duration and the class of the customer give points, whose sum gives it.
func Weight(r *settings.Severity, affected, minutes int32, class int16) Severity {
	points := reached(r.Affected, affected) + reached(r.Duration, minutes) + r.Class[class]
	switch {
	case points >= r.Critical:
		return Critical
	case points >= r.High:
		return High
	case points >= r.Medium:
		return Medium
	}
	return Low
}

// reached counts the steps that a number has come to.
func reached(steps []int32, number int32) (n int32) {
	for _, step := range steps {
		if number >= step {
			n++
		}
	}
	return n
}

// IsMajor says whether it is a major complaint [重大投诉].
func IsMajor(r *settings.Major, request Request, severity Severity, affected int32, class int16) bool {
	if request != Complaint {
		return false
	}
	return r.Severities[int16(severity)] || r.Affected > 0 && affected >= r.Affected || severity == High && r.HighClasses[class]
}

// Judge finds severity and major, as far as nobody has set them by hand, and says whether one has changed.
func (c *Case) Judge(n *settings.Numbers, class int16) bool {
	severity, major := c.Severity, c.Major
	switch {
	case c.Basis == ByHand:
	case c.Grading != 0:
		c.Severity, c.Basis = c.Grading, Grading
	default:
		c.Severity, c.Basis = Weight(&n.Severity, c.Affected, c.DurationMinutes, class), Computed
	}
	if !c.MajorByHand {
		c.Major = IsMajor(&n.Major, c.Request, c.Severity, c.Affected, class)
	}
	return c.Severity != severity || c.Major != major
}

// Worsen takes in what a further voice says of number affected, duration and grading, where that is worse.
func (c *Case) Worsen(grading Severity, affected, minutes int32) {
	c.Affected, c.DurationMinutes = max(c.Affected, affected), max(c.DurationMinutes, minutes)
	if grading != 0 && (c.Grading == 0 || grading < c.Grading) {
		c.Grading = grading
	}
}
