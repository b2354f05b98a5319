package powermap

import (
	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/civil"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// speaker turns an analysis into its answer and notes which claims it refers to.
type speaker struct {
	customer uuid.UUID
	rules    settings.Evidence
	said     map[uuid.UUID]bool
}

func (s *speaker) analysis(v *version, a *Analysis) *planningv1.PowerMapAnalysis {
	out := &planningv1.PowerMapAnalysis{
		Name: v.name(), Project: v.Project, Version: v.Number, Date: civil.Date(a.Day), Confirmed: s.reading(&a.Confirmed), Claimed: s.reading(&a.Claimed),
	}
	for i := range a.Claims {
		switch c := &a.Claims[i]; {
		case c.Stale:
			out.StaleClaims = append(out.StaleClaims, s.ref(c))
		case !c.Confirmed:
			out.UnconfirmedClaims = append(out.UnconfirmedClaims, s.ref(c))
		}
	}
	return out
}

// claims are those that have been referred to, of the ones of today.
func (s *speaker) claims(a *Analysis) []*planningv1.PowerClaim {
	var out []*planningv1.PowerClaim
	lifetime := Lifetime(s.rules)
	for i := range a.Claims {
		if c := &a.Claims[i]; s.said[c.ID] {
			out = append(out, c.toProto(s.customer, lifetime))
		}
	}
	return out
}

func (s *speaker) ref(c *Weighed) string {
	s.said[c.ID] = true
	return c.ID.String()
}

func (s *speaker) refs(claims []*Weighed) []string {
	out := make([]string, len(claims))
	for i, c := range claims {
		out[i] = s.ref(c)
	}
	return out
}

func (s *speaker) reading(r *Reading) *planningv1.PowerReading {
	sponsor, support, coverage := r.SponsorText(), r.SupportText(s.rules.SingleThreadBelow), r.CoverageText()
	out := &planningv1.PowerReading{
		Sponsor: &planningv1.PowerSponsorAnswer{
			Present: len(r.Sponsors) > 0, Sponsors: s.standings(r.Sponsors), TextEn: sponsor.En, TextZh: sponsor.Zh,
		},
		Support: &planningv1.PowerSupportAnswer{
			SingleThreaded: r.SingleThreaded, Supporters: s.standings(r.Supporters), TextEn: support.En, TextZh: support.Zh,
		},
		Coverage: &planningv1.PowerCoverageAnswer{NoDecider: len(r.Deciders) == 0, TextEn: coverage.En, TextZh: coverage.Zh},
	}
	for _, n := range r.Uncovered() {
		out.Coverage.Uncovered = append(out.Coverage.Uncovered, nodeName(s.customer, n))
	}
	for i := range r.Deciders {
		d := &r.Deciders[i]
		text := d.Text()
		out.Deciders = append(out.Deciders, &planningv1.PowerDecider{
			Standing: s.standing(&d.Standing), Hidden: d.Hidden, Covered: d.Covered, CoveredBy: s.refs(d.CoveredBy), Chain: s.chain(d.Chain),
			TextEn: text.En, TextZh: text.Zh,
		})
	}
	for i := range r.Clusters {
		c := &r.Clusters[i]
		text := c.Text()
		out.HostileClusters = append(out.HostileClusters, &planningv1.PowerHostileCluster{
			People: s.standings(c.People), Influences: s.refs(c.Influences), TextEn: text.En, TextZh: text.Zh,
		})
	}
	for i := range r.Stars {
		star := &r.Stars[i]
		text := star.Text()
		out.RisingStars = append(out.RisingStars, &planningv1.PowerRisingStar{
			Standing: s.standing(&star.Standing), Known: star.Known, TextEn: text.En, TextZh: text.Zh,
		})
	}
	return out
}

func (s *speaker) standing(in *Standing) *planningv1.PowerStanding {
	return &planningv1.PowerStanding{
		Person: nodeName(s.customer, in.Node), Attitude: planningv1.PowerClaim_Attitude(in.Attitude), Strength: in.Strength, Claims: s.refs(in.Claims),
	}
}

func (s *speaker) standings(list []Standing) []*planningv1.PowerStanding {
	out := make([]*planningv1.PowerStanding, len(list))
	for i := range list {
		out[i] = s.standing(&list[i])
	}
	return out
}

func (s *speaker) chain(c *Chain) *planningv1.PowerChain {
	if c == nil {
		return nil
	}
	text := c.Text()
	out := &planningv1.PowerChain{Strength: c.Strength, StepCount: int32(c.Length), TextEn: text.En, TextZh: text.Zh}
	for i := range c.Steps {
		step := &c.Steps[i]
		text := step.Text()
		out.Steps = append(out.Steps, &planningv1.PowerStep{
			From: nodeName(s.customer, step.From), To: nodeName(s.customer, step.To), Claim: s.ref(step.Claim), Closeness: step.Claim.Weight,
			Freshness: step.Claim.Strength, TextEn: text.En, TextZh: text.Zh,
		})
	}
	return out
}

func (s *speaker) changes(list []Change) []*planningv1.PowerChange {
	var out []*planningv1.PowerChange
	for i := range list {
		c := &list[i]
		text := c.Text()
		out = append(out, &planningv1.PowerChange{
			Kind: planningv1.PowerChange_Kind(c.Kind), Person: nodeName(s.customer, c.Node), Claims: s.refs(c.Claims), TextEn: text.En, TextZh: text.Zh,
		})
	}
	return out
}
