package duplicate

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"unicode"

	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
)

// Version is raised when other keys are made of the same facts: the next search makes all of them anew.
const Version = 2

// Key is a fact in the form in which it is compared: a hash of 60 bits, with its kind in the lowest four. That two different facts among ten million have one key happens once in
// some 20,000 such sets, and then one pair is proposed that should not be.
type Key int64

const kindMask = 15

func newKey(kind Kind, text string) Key {
	sum := sha256.Sum256([]byte(text))
	return Key(binary.BigEndian.Uint64(sum[:8])&^uint64(kindMask) | uint64(kind))
}

// Kind is what the key is of. What is no kind, in a row that a newer release has written, is 0.
func (k Key) Kind() Kind {
	if kind := Kind(k & kindMask); kind < kinds {
		return kind
	}
	return 0
}

// Keys are all of one customer.
type Keys struct {
	All          []Key    // in order, each once
	Private      []Key    // in order: those that nobody below MANAGER may know of
	Registration Key      // 0 without one
	Names        []string // of an organization, normalized: for what is not the same and may be meant to be
}

// IsPrivate says whether only managers may know that a customer has a key.
func (k *Keys) IsPrivate(key Key) bool {
	_, found := slices.BinarySearch(k.Private, key)
	return found
}

// The levels of channels, and the media that are compared; the numbers are those of the API.
const (
	basicLevel, managerLevel              = 1, 2
	phoneMedium, mobileMedium, mailMedium = 1, 2, 4
	webMedium                             = 6
)

// Keys makes what is compared. Channels that only executives may see make none: what they say could not be shown to those who work with duplicates.
func (f *Facts) Keys() *Keys {
	maker := keyMaker{public: map[Key]bool{}}
	kindOf := func(organization, person Kind) Kind {
		if f.Organization {
			return organization
		}
		return person
	}
	for _, name := range f.Names {
		normal := personName
		if f.Organization {
			normal = organizationName
		}
		text := normal(name)
		maker.add(kindOf(OrganizationName, PersonName), text, true)
		if f.Organization {
			maker.keys.Names = append(maker.keys.Names, text)
		}
	}
	maker.keys.Names = namesToCompare(maker.keys.Names)
	if f.Organization {
		maker.keys.Registration = maker.add(OrganizationRegistration, registration(f.Registration), true)
	}
	for i := range f.Channels {
		c := &f.Channels[i]
		if c.Level > managerLevel {
			continue
		}
		public := c.Level <= basicLevel
		switch c.Medium {
		case phoneMedium, mobileMedium:
			maker.add(kindOf(OrganizationPhone, PersonPhone), phone(c.Value, f.Region), public)
		case mailMedium:
			maker.add(kindOf(OrganizationMail, PersonMail), mail(c.Value), public)
		}
		if f.Organization {
			maker.add(OrganizationDomain, channelDomain(c), public)
		}
	}
	return maker.done()
}

func channelDomain(c *contact.Channel) string {
	switch c.Medium {
	case mailMedium:
		_, host, _ := strings.Cut(mail(c.Value), "@")
		return domain(host)
	case webMedium:
		return domain(webHost(c.Value))
	}
	return ""
}

type keyMaker struct {
	keys   Keys
	public map[Key]bool // all keys, and which of them everybody may know of
}

// add takes a text, "" being none.
func (m *keyMaker) add(kind Kind, text string, public bool) Key {
	if text == "" {
		return 0
	}
	key := newKey(kind, text)
	m.public[key] = m.public[key] || public
	return key
}

func (m *keyMaker) done() *Keys {
	for key, public := range m.public {
		m.keys.All = append(m.keys.All, key)
		if !public {
			m.keys.Private = append(m.keys.Private, key)
		}
	}
	slices.Sort(m.keys.All)
	slices.Sort(m.keys.Private)
	return &m.keys
}

// registration is a number without what stands between its characters. A made-up one, of one character only, is none.
func registration(number string) string {
	var out strings.Builder
	for _, r := range fold(number) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			out.WriteRune(r)
		}
	}
	text := out.String()
	if len(text) < 5 || strings.Trim(text, text[:1]) == "" {
		return ""
	}
	return text
}
