package powermap

import (
	"fmt"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// The sentences say what was found and why. They name nobody: who is meant stands beside them.

// SponsorText answers whether there is a sponsor.
func (r *Reading) SponsorText() fault.Text {
	n := len(r.Sponsors)
	if n == 0 {
		return fault.Text{En: "Nobody sponsors us. No sponsor, no sale.", Zh: "没有赞助者。没有赞助者就没有销售。"}
	}
	best := r.Sponsors[0].Strength
	return fault.Text{
		En: fmt.Sprintf("%d sponsor us; the strongest claim of it counts %.2f.", n, best), Zh: fmt.Sprintf("有 %d 位赞助者，其中最有力的论断强度为 %.2f。", n, best),
	}
}

// SupportText answers whether all hangs on one person.
func (r *Reading) SupportText(least int32) fault.Text {
	n := len(r.Supporters)
	if r.SingleThreaded {
		return fault.Text{
			En: fmt.Sprintf("Single-threaded: %d support us, and at least %d should.", n, least), Zh: fmt.Sprintf("关系单线：支持者 %d 位，至少应有 %d 位。", n, least),
		}
	}
	return fault.Text{En: fmt.Sprintf("%d support us; at least %d should.", n, least), Zh: fmt.Sprintf("支持者 %d 位，不少于应有的 %d 位。", n, least)}
}

// Uncovered are those who decide and are not covered.
func (r *Reading) Uncovered() []Node {
	var out []Node
	for i := range r.Deciders {
		if !r.Deciders[i].Covered {
			out = append(out, r.Deciders[i].Node)
		}
	}
	return out
}

// CoverageText answers who decides and is not covered.
func (r *Reading) CoverageText() fault.Text {
	all, open := len(r.Deciders), len(r.Uncovered())
	switch {
	case all == 0:
		return fault.Text{En: "Nobody is known to decide.", Zh: "尚不知道谁是决定者。"}
	case open == 0:
		return fault.Text{En: fmt.Sprintf("All %d who decide are covered.", all), Zh: fmt.Sprintf("%d 位决定者全部已覆盖。", all)}
	}
	return fault.Text{En: fmt.Sprintf("%d of %d who decide are not covered.", open, all), Zh: fmt.Sprintf("%d 位决定者中有 %d 位未覆盖。", all, open)}
}

// Text says how somebody who decides is covered.
func (d *Decider) Text() fault.Text {
	text := fault.Text{En: "Decides", Zh: "决定者"}
	if d.Hidden {
		text = fault.Text{En: "Decides without having the role", Zh: "隐性决策者"}
	}
	if !d.Covered {
		return fault.Text{
			En: text.En + "; does not support us, none of ours knows him, and nobody who supports us knows or influences him.",
			Zh: text.Zh + "；本人不支持我方，我方无人认识，支持者中也无人认识或影响此人。",
		}
	}
	return fault.Text{En: fmt.Sprintf("%s; covered by %d claims.", text.En, len(d.CoveredBy)), Zh: fmt.Sprintf("%s；由 %d 条论断覆盖。", text.Zh, len(d.CoveredBy))}
}

// Text says what a chain is.
func (c *Chain) Text() fault.Text {
	n := c.Length
	switch {
	case n == 0:
		return fault.Text{En: "Supports us himself: nobody has to lead to him.", Zh: "本人即支持我方，无需他人引见。"}
	case c.Ours:
		return fault.Text{
			En: fmt.Sprintf("From one of ours in %d steps; closeness by freshness of all steps is %.3f.", n, c.Strength),
			Zh: fmt.Sprintf("由我方人员经 %d 步到达；各步亲疏与新鲜度之积为 %.3f。", n, c.Strength),
		}
	}
	return fault.Text{
		En: fmt.Sprintf("From somebody who supports us in %d steps; closeness by freshness of all steps is %.3f.", n, c.Strength),
		Zh: fmt.Sprintf("由支持者经 %d 步到达；各步亲疏与新鲜度之积为 %.3f。", n, c.Strength),
	}
}

// Text says what a step rests on.
func (s *Step) Text() fault.Text {
	day := s.Claim.Newest.Format("2006-01-02")
	return fault.Text{
		En: fmt.Sprintf("Closeness %.2f, last observed on %s, which counts %.2f.", s.Claim.Weight, day, s.Claim.Strength),
		Zh: fmt.Sprintf("亲疏 %.2f，最近观察于 %s，新鲜度 %.2f。", s.Claim.Weight, day, s.Claim.Strength),
	}
}

// Text says what a cluster is.
func (c *Cluster) Text() fault.Text {
	n, m := len(c.People), len(c.Influences)
	return fault.Text{
		En: fmt.Sprintf("%d hostile people, connected by %d influences among themselves.", n, m), Zh: fmt.Sprintf("%d 位敌对者，彼此间有 %d 条影响关系。", n, m),
	}
}

// Text says what is to be known of a star.
func (s *Star) Text() fault.Text {
	if s.Known {
		return fault.Text{En: "Rising, and known to one of ours.", Zh: "未来之星，我方已有人认识。"}
	}
	return fault.Text{En: "Rising, and none of ours knows him.", Zh: "未来之星，我方尚无人认识。"}
}

var changeTexts = map[ChangeKind]fault.Text{
	SponsorWon:       {En: "Has become a sponsor.", Zh: "成为赞助者。"},
	SponsorLost:      {En: "Is no longer a sponsor.", Zh: "不再是赞助者。"},
	SupporterWon:     {En: "Has come to support us.", Zh: "转为支持我方。"},
	SupporterLost:    {En: "No longer supports us.", Zh: "不再支持我方。"},
	HostileTurned:    {En: "Has turned hostile.", Zh: "转为敌对。"},
	HostileGone:      {En: "Is hostile no longer.", Zh: "不再敌对。"},
	DeciderFound:     {En: "Is newly known to decide.", Zh: "新确认为决定者。"},
	DeciderGone:      {En: "Is no longer known to decide.", Zh: "不再视为决定者。"},
	DeciderCovered:   {En: "Decides, and is now covered.", Zh: "决定者，现已覆盖。"},
	DeciderUncovered: {En: "Decides, and is no longer covered.", Zh: "决定者，覆盖已失。"},
	StarFound:        {En: "Is newly known to rise.", Zh: "新发现的未来之星。"},
	StarGone:         {En: "Is no longer known to rise.", Zh: "不再视为未来之星。"},
	ClaimStale:       {En: "A claim has gone stale for want of renewal.", Zh: "论断久未更新，已失效。"},
}

// Text says what a change is.
func (c *Change) Text() fault.Text { return changeTexts[c.Kind] }
