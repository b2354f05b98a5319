// Package contact holds what customers and people have in common: addresses, channels, ids in other systems.
package contact

import (
	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Address is a postal address.
type Address struct {
	Label              string   `json:"label,omitempty"`
	RegionCode         string   `json:"region_code,omitempty"`
	PostalCode         string   `json:"postal_code,omitempty"`
	AdministrativeArea string   `json:"administrative_area,omitempty"`
	Locality           string   `json:"locality,omitempty"`
	Lines              []string `json:"lines,omitempty"`
}

// Channel is a way to reach somebody. Medium and Level have the numbers of their enums in the API.
type Channel struct {
	Medium    int32  `json:"medium"`
	Value     string `json:"value"`
	Label     string `json:"label,omitempty"`
	Preferred bool   `json:"preferred,omitempty"`
	Level     int32  `json:"level"`
}

// ExternalID is the id of a resource in another system.
type ExternalID struct {
	System string `json:"system"`
	ID     string `json:"id"`
}

// Key is the id with its system in front: a system has no slash.
func (e ExternalID) Key() string { return e.System + "/" + e.ID }

// Keys are the keys of several ids, in their order.
func Keys(ids []ExternalID) []string {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = id.Key()
	}
	return keys
}

// CheckUnique reports an id that stands there twice, without quoting it: refusals of an import are kept, and the id may be a person's.
func CheckUnique(ids []ExternalID) []fault.Violation {
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id.Key()] {
			return []fault.Violation{fault.Field("external_ids", "UNIQUE", fault.Text{
				En: "holds an id of " + id.System + " twice", Zh: "重复包含 " + id.System + " 的同一编号",
			})}
		}
		seen[id.Key()] = true
	}
	return nil
}
