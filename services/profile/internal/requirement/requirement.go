// Package requirement is which fields of a customer should be filled [必填资料]: the words that the settings and the quality of data share.
package requirement

import "strings"

// Rule asks for a field.
type Rule struct {
	Field  string
	Weight int32
	// ValidDays is for how long a verification holds; 0 is as long as the value stays.
	ValidDays int32
}

// Rules are what is asked for, by kind of customer.
type Rules struct{ Organization, Person []Rule }

// trait is what can be said of a field.
type trait struct{ ofPeople, ours bool }

var traits = map[string]trait{
	"display_name": {}, "relations": {}, "legal_name": {}, "alternative_names": {}, "registration_number": {}, "industry": {}, "employee_count": {},
	"territory": {ours: true}, "owner": {ours: true}, "source": {ours: true}, "tags": {ours: true},
	"addresses": {}, "channels": {}, "external_ids": {}, "language": {},
	"people": {ofPeople: true}, "people.position": {ofPeople: true}, "people.department": {ofPeople: true}, "people.language": {ofPeople: true},
}

const attributes = "attributes."

// Attribute is the id of the attribute that a field is, if it is one.
func Attribute(field string) (id string, ok bool) {
	id, ok = strings.CutPrefix(field, attributes)
	return id, ok && id != ""
}

// Known says whether there is such a field.
func Known(field string) bool {
	if _, ok := Attribute(field); ok {
		return true
	}
	_, ok := traits[field]
	return ok
}

// Verifiable says whether a field can be compared with what is true. What we decide ourselves is true as it stands; of people each may be right or wrong.
func Verifiable(field string) bool {
	t := traits[field]
	return Known(field) && !t.ofPeople && !t.ours
}

// Fields are all that are always there, attributes not among them.
func Fields() []string {
	out := make([]string, 0, len(traits))
	for name := range traits {
		out = append(out, name)
	}
	return out
}
