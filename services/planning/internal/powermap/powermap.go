// Package powermap is who decides at a customer, who stands how to us, who listens to whom and who knows whom [决策链、权利地图], as claims with evidence that decays, and what follows
// from them.
package powermap

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Kind is what a claim claims; the numbers are those of the API.
type Kind int16

// The kinds.
const (
	Role Kind = iota + 1
	Attitude
	Influence
	Acquaintance
	HiddenDecider
	RisingStar
)

// DecisionMaker is the role that decides; the numbers of roles are those of the API.
const DecisionMaker int16 = 1

// Attitudes, from the most to the least favourable; the numbers are those of the API.
const (
	Unknown int16 = iota
	PowerSponsor
	Sponsor
	Supporter
	Neutral
	Hostile
)

// Node is whom a claim is about: a person of the customer or, when that is uuid.Nil, one of ours.
type Node struct {
	Person  uuid.UUID
	Subject string
}

// Ours says whether it is one of ours.
func (n Node) Ours() bool { return n.Person == uuid.Nil }

// compare orders people of the customer before ours.
func (n Node) compare(o Node) int {
	if n.Ours() != o.Ours() {
		if o.Ours() {
			return -1
		}
		return 1
	}
	return cmp.Or(bytes.Compare(n.Person[:], o.Person[:]), strings.Compare(n.Subject, o.Subject))
}

// Key says which claim it is: of each there is one on a map.
type Key struct {
	Kind  Kind
	Who   Node
	Other Node  // of an edge
	Value int16 // a role or an attitude
}

// normal is the key as it is stored: who knows each other does so in one order.
func (k Key) normal() Key {
	if k.Kind == Acquaintance && k.Who.compare(k.Other) > 0 {
		k.Who, k.Other = k.Other, k.Who
	}
	return k
}

func (k Key) compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Kind, o.Kind), k.Who.compare(o.Who), k.Other.compare(o.Other), cmp.Compare(k.Value, o.Value))
}

// edge says whether it is between two.
func (k Key) edge() bool { return k.Kind == Influence || k.Kind == Acquaintance }

// decides says whether it claims that somebody decides.
func (k Key) decides() bool {
	return k.Kind == HiddenDecider || k.Kind == Role && k.Value == DecisionMaker
}

// matters says whether it takes independent observers to believe it.
func (k Key) matters() bool {
	return k.decides() || k.Kind == Attitude && (k.Value == PowerSponsor || k.Value == Sponsor || k.Value == Hostile)
}

// Evidence is one observation of a claim.
type Evidence struct {
	Observer string    `json:"observer"`
	Source   string    `json:"source"`
	Day      time.Time `json:"day"`
	Note     string    `json:"note,omitempty"`
	Recorder string    `json:"recorder"`
}

// same says whether it is the same observation, whoever recorded it.
func (e Evidence) same(o Evidence) bool {
	e.Recorder, o.Recorder = "", ""
	return e == o
}

func (e Evidence) compare(o Evidence) int {
	return cmp.Or(o.Day.Compare(e.Day), strings.Compare(e.Observer, o.Observer), strings.Compare(e.Source, o.Source), strings.Compare(e.Note, o.Note))
}

// Claim is something claimed of people, with its evidence, the newest first.
type Claim struct {
	ID uuid.UUID
	Key
	Weight   float64 // of an edge: how strong the influence, how close the acquaintance
	Evidence []Evidence
}

func (c *Claim) equal(o *Claim) bool {
	return c.Weight == o.Weight && slices.Equal(c.Evidence, o.Evidence)
}

// newest is the day of the latest evidence up to a day; ok is false when there is none.
func (c *Claim) newest(day time.Time) (latest time.Time, ok bool) {
	for _, e := range c.Evidence {
		if !e.Day.After(day) && (!ok || e.Day.After(latest)) {
			latest, ok = e.Day, true
		}
	}
	return latest, ok
}

func sortClaims(claims []Claim) {
	for i := range claims {
		slices.SortFunc(claims[i].Evidence, Evidence.compare)
	}
	slices.SortFunc(claims, func(a, b Claim) int { return a.compare(b.Key) })
}

// People are the people of the customer whom claims are about, each once.
func People(claims []Claim) []uuid.UUID {
	seen := map[uuid.UUID]bool{uuid.Nil: true}
	var out []uuid.UUID
	for i := range claims {
		for _, id := range []uuid.UUID{claims[i].Who.Person, claims[i].Other.Person} {
			if !seen[id] {
				seen[id] = true
				out = append(out, id)
			}
		}
	}
	return out
}
