package survey

import (
	"slices"
	"strings"
)

// Quota is how many answers are wanted of some [配额].
type Quota struct {
	Number    int16     `db:"quota"` // from 1 on
	LabelEn   string    `db:"label_en"`
	LabelZh   string    `db:"label_zh"`
	Condition Condition `db:"-"`
	Target    int32     `db:"target"`
	Filled    int32     `db:"filled"`
}

// Condition says whose answers a quota counts. An empty list is no limit; all that are given have to be met.
type Condition struct {
	Strata      []string `json:"strata,omitempty"` // labels
	Classes     []int32  `json:"classes,omitempty"`
	Tiers       []int32  `json:"tiers,omitempty"`
	Roles       []Role   `json:"roles,omitempty"`
	Territories []string `json:"territories,omitempty"` // each with all below it
	Channels    []int32  `json:"channels,omitempty"`
}

// Case is an answer, as far as quotas count it: how its customer stood when it was accepted.
type Case struct {
	Stratum     int16
	Class, Tier int16
	Lifecycle   int16 // segmentation's role
	Territory   string
	Channel     int16

	label string // of the stratum
}

// Counts says whether the condition is met.
func (c *Condition) Counts(x Case) bool {
	return (len(c.Strata) == 0 || slices.Contains(c.Strata, x.label)) && among(c.Classes, x.Class) && among(c.Tiers, x.Tier) && among(c.Channels, x.Channel) &&
		(len(c.Roles) == 0 || slices.ContainsFunc(c.Roles, func(r Role) bool { return slices.Contains(r.Lifecycle(), int32(x.Lifecycle)) })) &&
		(len(c.Territories) == 0 || slices.ContainsFunc(c.Territories, func(t string) bool { return within(x.Territory, t) }))
}

func among(list []int32, value int16) bool {
	return len(list) == 0 || slices.Contains(list, int32(value))
}

// within says whether a territory is another one or below it.
func within(territory, above string) bool {
	rest, ok := strings.CutPrefix(territory, above)
	return ok && (rest == "" || rest[0] == '/')
}
