// Package analysis is what the answers to a survey say [数据分析]: the index at all levels, by group and against the wave before, who would recommend us, how customers behave, where
// expectation and perception part, and what is to be improved first. The database sums up over arrays of scores; what comes here is a row per stratum and group.
package analysis

import (
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/stats"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// Weighting is by what items weigh; the numbers of this and of the following are those of the API.
type Weighting int16

// The weightings.
const (
	ByModel  Weighting = iota + 1 // the index model's weights
	ByStated                      // how important respondents said items are
)

// Importance is what quadrants take for it.
type Importance int16

// The kinds of importance.
const (
	Stated Importance = iota + 1
	Derived
)

// Group is what answers are told apart by.
type Group int16

// The groups.
const (
	ByClass Group = iota + 1
	ByTier
	ByTerritory
	ByKind
	ByStratum
)

// Options say how an analysis is computed.
type Options struct {
	Weighting  Weighting
	Importance Importance // 0: stated where it was asked, else derived
	Group      Group      // 0: none
	Crosshair  stats.Crosshair
	// IndexOnly leaves out what takes more reading.
	IndexOnly bool
}

// Name is the resource name of a survey's analysis.
func Name(s *survey.Survey) string { return resource.Name("surveys", s.ID, "analysis") }
