// Package duplicate finds customers that are probably one and the same [查重]: what is compared of a customer (Facts, Keys), how two are judged (Rules, Compare), and the search
// over all of them.
package duplicate

import (
	"cmp"
	"math"
	"slices"

	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
)

// Reason is something that two customers have in common; the numbers are those of the API.
type Reason int16

// The reasons.
const (
	SameRegistration Reason = iota + 1
	SameName
	SamePhone
	SameMail
	SameDomain
	SimilarName
)

// Kind is a reason between customers of one kind: organizations are compared with organizations, persons with persons.
type Kind int8

// The kinds. They are part of stored keys: whoever changes one raises Version.
const (
	OrganizationRegistration Kind = iota + 1
	OrganizationName
	OrganizationPhone
	OrganizationMail
	OrganizationDomain
	PersonName
	PersonPhone
	PersonMail
	kinds // how many there are, and one
)

var reasons = [kinds]Reason{
	OrganizationRegistration: SameRegistration, OrganizationName: SameName, OrganizationPhone: SamePhone, OrganizationMail: SameMail, OrganizationDomain: SameDomain,
	PersonName: SameName, PersonPhone: SamePhone, PersonMail: SameMail,
}

// Facts are what is compared of a customer.
type Facts struct {
	Organization bool
	Names        []string
	Registration string
	Region       string // ISO 3166-1 code of where it is, "" for China
	Channels     []contact.Channel
}

// Rules are the numbers by which two are judged.
type Rules struct {
	Threshold             float64
	Crowd                 int // what more have in common says nothing of two of them
	Weights               [kinds]float64
	SimilarName           float64 // the weight of names of organizations that are not the same and similar, beside something that is the same; 0: they are not compared
	DifferentRegistration float64
}

// Match is what came of comparing two customers.
type Match struct {
	Score     float64
	Reasons   []Reason // the strongest first; a similar name last
	Keys      []Key    // what they have in common
	Different bool     // both have a registration number, and another one
}

// Compare judges two customers. Keys for which skip says so count for nothing.
func (r Rules) Compare(a, b *Keys, skip func(Key) bool) Match {
	m := Match{Different: a.Registration != 0 && b.Registration != 0 && a.Registration != b.Registration}
	var found [kinds]bool
	for _, key := range Common(a, b) {
		if !skip(key) && r.Weights[key.Kind()] > 0 {
			m.Keys = append(m.Keys, key)
			found[key.Kind()] = true
		}
	}
	doubt := 1.0
	var strongest []Kind
	for k, is := range found {
		if is {
			doubt *= 1 - r.Weights[k]
			strongest = append(strongest, Kind(k))
		}
	}
	slices.SortStableFunc(strongest, func(x, y Kind) int { return cmp.Compare(r.Weights[y], r.Weights[x]) })
	for _, k := range strongest {
		m.Reasons = append(m.Reasons, reasons[k])
	}
	if r.SimilarName > 0 && len(m.Keys) > 0 && !found[OrganizationName] && similar(a.Names, b.Names) {
		doubt *= 1 - r.SimilarName
		m.Reasons = append(m.Reasons, SimilarName)
	}
	m.Score = 1 - doubt
	if m.Different {
		m.Score *= r.DifferentRegistration
	}
	m.Score = math.Round(m.Score*1e4) / 1e4
	return m
}

// Common is what two have in common, in order.
func Common(a, b *Keys) []Key {
	var out []Key
	other := b.All
	for _, key := range a.All {
		for len(other) > 0 && other[0] < key {
			other = other[1:]
		}
		if len(other) > 0 && other[0] == key {
			out = append(out, key)
		}
	}
	return out
}

// Proposed says whether it is enough to be shown.
func (r Rules) Proposed(m Match) bool { return len(m.Keys) > 0 && m.Score >= r.Threshold }

// Nothing is for Compare: all keys count.
func Nothing(Key) bool { return false }

// The kinds of either kind of customer; of equal weight those come first that more customers share without being the same.
var families = [][]Kind{
	{OrganizationDomain, OrganizationPhone, OrganizationMail, OrganizationName, OrganizationRegistration},
	{PersonName, PersonPhone, PersonMail},
}

// Leading are the kinds of which every pair that reaches the threshold has at least one in common: all but as many of the weakest as do not reach it together. Pairs need be
// looked for among these only, which spares those that have but a domain in common. Names of organizations may be similar beside all of it.
func (r Rules) Leading() []Kind {
	var out []Kind
	for i, family := range families {
		doubt, enough := 1.0, false
		if i == 0 { // of organizations
			doubt -= r.SimilarName
		}
		weakest := slices.Clone(family)
		slices.SortStableFunc(weakest, func(x, y Kind) int { return cmp.Compare(r.Weights[x], r.Weights[y]) })
		for _, k := range weakest {
			doubt *= 1 - r.Weights[k]
			enough = enough || math.Round((1-doubt)*1e4)/1e4 >= r.Threshold
			if enough && r.Weights[k] > 0 {
				out = append(out, k)
			}
		}
	}
	return out
}
