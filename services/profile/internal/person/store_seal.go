package person

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/seal"
	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
)

// said is what is known of a person as a human being, in the form in which it is sealed. What describes his place in the organization stands beside it in the clear.
type said struct {
	Name         string               `json:"name"`
	Channels     []contact.Channel    `json:"channels,omitempty"`
	Birthday     *Day                 `json:"birthday,omitempty"`
	SpecialDates []SpecialDate        `json:"special_dates,omitempty"`
	Hobbies      []string             `json:"hobbies,omitempty"`
	Family       string               `json:"family,omitempty"`
	ExternalIDs  []contact.ExternalID `json:"external_ids,omitempty"`
	// Sources are those of the consents, by their keys.
	Sources map[string]string `json:"sources,omitempty"`
}

// key tells one consent of a person from the others.
func (c Consent) key() string {
	if c.Purpose == 0 {
		return strconv.Itoa(int(c.Medium))
	}
	return strconv.Itoa(int(c.Medium)) + "/" + strconv.Itoa(int(c.Purpose))
}

// forPerson is the use that it is sealed for.
const forPerson = "person"

// The kinds of blind indexes.
const (
	blindName     = "name"
	blindChannel  = "channel"
	blindExternal = "external"
)

// private is the level from which on a channel is not even found by its number, by those who may ask at all.
const private = 3

// wrapped is the key of a person as it is kept.
type wrapped struct {
	Key []byte `db:"wrapped"`
	By  string `db:"wrapped_by"`
}

// row is a person as he is read.
type row struct {
	Person
	listing.Cursor
	wrapped
	Answers postgres.JSON[[]Consent] `db:"consents"`
	Sealed  []byte                   `db:"sealed"`
}

// open makes a person of a row.
func (r *row) open(keys *seal.Keys) (*Person, error) {
	p := r.Person
	key, err := keys.Unwrap(seal.Wrapped{Person: p.ID, Key: r.Key, By: r.By})
	if err != nil {
		return nil, err
	}
	plain, err := key.Open(forPerson, r.Sealed)
	if err != nil {
		return nil, fmt.Errorf("person %s: %w", p.ID, err)
	}
	var s said
	if err := json.Unmarshal(plain, &s); err != nil {
		return nil, fmt.Errorf("person %s: %w", p.ID, err)
	}
	p.key, p.Consents = key, r.Answers.V
	p.DisplayName, p.Channels, p.Birthday, p.SpecialDates, p.Hobbies, p.Family, p.ExternalIDs = s.Name, s.Channels, s.Birthday, s.SpecialDates, s.Hobbies, s.Family, s.ExternalIDs
	for i := range p.Consents {
		p.Consents[i].Source = s.Sources[p.Consents[i].key()]
	}
	return &p, nil
}

// said is the part of a person that is sealed.
func (p *Person) said() said {
	s := said{
		Name: p.DisplayName, Channels: p.Channels, Birthday: p.Birthday, SpecialDates: p.SpecialDates, Hobbies: p.Hobbies, Family: p.Family, ExternalIDs: p.ExternalIDs,
		Sources: map[string]string{},
	}
	for _, c := range p.Consents {
		if c.Source != "" {
			s.Sources[c.key()] = c.Source
		}
	}
	return s
}

// open part of consents: what was said of which medium, and when.
func openConsents(all []Consent) []Consent {
	out := make([]Consent, len(all))
	for i, c := range all {
		c.Source = ""
		out[i] = c
	}
	return out
}

// shut is a person's sealed part with what he is found by.
type shut struct {
	Sealed []byte        `db:"sealed"`
	Name   []byte        `db:"name_blind"`
	Blinds pq.ByteaArray `db:"blinds"`
	Days   pq.Int64Array `db:"days"`
}

func (s said) shut(keys *seal.Keys, key seal.Key) (shut, error) {
	plain, err := json.Marshal(s)
	if err != nil {
		return shut{}, fmt.Errorf("person: %w", err)
	}
	return shut{Sealed: key.Seal(forPerson, plain), Name: keys.Blind(blindName, s.Name), Blinds: s.blinds(keys), Days: s.days()}, nil
}

func (s said) blinds(keys *seal.Keys) pq.ByteaArray {
	blinds := externalBlinds(keys, s.ExternalIDs)
	for _, c := range s.Channels {
		if c.Level < private {
			blinds = append(blinds, keys.Blind(blindChannel, c.Value))
		}
	}
	return blinds
}

func externalBlinds(keys *seal.Keys, ids []contact.ExternalID) pq.ByteaArray {
	blinds := pq.ByteaArray{}
	for _, key := range contact.Keys(ids) {
		blinds = append(blinds, keys.Blind(blindExternal, key))
	}
	return blinds
}

func (s said) days() pq.Int64Array {
	days := pq.Int64Array{}
	add := func(d Day) {
		if n := int64(d.Month)*100 + int64(d.Day); !slices.Contains(days, n) {
			days = append(days, n)
		}
	}
	if s.Birthday != nil {
		add(*s.Birthday)
	}
	for _, d := range s.SpecialDates {
		add(d.Date)
	}
	return days
}

// quotable is from how many bytes on a text tells somebody apart: shorter ones stand in any sentence.
const quotable = 4

// patterns find the texts that quote what was said.
func (s said) patterns() []string {
	texts := append([]string{s.Name, s.Family}, s.Hobbies...)
	for _, c := range s.Channels {
		texts = append(texts, c.Value, c.Label)
	}
	for _, id := range s.ExternalIDs {
		texts = append(texts, id.ID)
	}
	for _, d := range s.SpecialDates {
		texts = append(texts, d.Label)
	}
	texts = append(texts, slices.Collect(maps.Values(s.Sources))...)
	patterns := []string{}
	for _, text := range texts {
		if len(text) >= quotable {
			patterns = append(patterns, "%"+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)+"%")
		}
	}
	return patterns
}
