// Package dossier is what we know of a customer in words [客户档案]: sections in the outline of the company, each with its revisions.
package dossier

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// Section is a section of a customer's dossier as its newest revision has it. Nothing is written in one of revision 0.
type Section struct {
	Customer   uuid.UUID `db:"customer_id"`
	Code       string    `db:"code"`
	Revision   int32     `db:"revision"`
	Text       string    `db:"body"`
	Summary    string    `db:"summary"`
	Source     string    `db:"source"`
	Author     string    `db:"author"`
	UpdateTime time.Time `db:"update_time"`
	// Entry is its place in the outline; nil when it is not in it.
	Entry *Entry `db:"-"`
}

// Revision is what somebody wrote into a section at one time.
type Revision struct {
	Customer   uuid.UUID `db:"customer_id"`
	ID         uuid.UUID `db:"revision_id"`
	Code       string    `db:"code"`
	Revision   int32     `db:"revision"`
	Text       string    `db:"body"`
	Summary    string    `db:"summary"`
	Source     string    `db:"source"`
	Author     string    `db:"author"`
	CreateTime time.Time `db:"create_time"`
}

// Name is the resource name of a section.
func Name(customer uuid.UUID, code string) string {
	return resource.Name("customers", customer) + "/dossier/sections/" + code
}

var codes = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// Parse reads customer and code out of the name of a section.
func Parse(field, name string) (uuid.UUID, string, error) {
	head, code, found := strings.Cut(name, "/sections/")
	if found && codes.MatchString(code) {
		if ids, err := resource.ParseSingleton(field, head, "dossier", "customers"); err == nil {
			return ids[0], code, nil
		}
	}
	return uuid.Nil, "", fault.Invalid(fault.Field(field, "RESOURCE_NAME", fault.Text{
		En: "must be a name of the form customers/{customer}/dossier/sections/{section}", Zh: "必须是 customers/{customer}/dossier/sections/{section} 形式的资源名",
	}))
}

// Arrange puts what is written into the order of the outline, with an empty section where nothing is written; what is in the outline no longer comes last, by its code.
func Arrange(customer uuid.UUID, entries []Entry, written []*Section) []*Section {
	known := make(map[string]*Section, len(written))
	for _, s := range written {
		known[s.Code] = s
	}
	out := make([]*Section, 0, len(entries)+len(written))
	for i := range entries {
		s := known[entries[i].Code]
		if s == nil {
			s = &Section{Customer: customer, Code: entries[i].Code}
		}
		s.Entry = &entries[i]
		out = append(out, s)
		delete(known, s.Code)
	}
	rest := len(out)
	for _, s := range known {
		out = append(out, s)
	}
	slices.SortFunc(out[rest:], func(a, b *Section) int { return strings.Compare(a.Code, b.Code) })
	return out
}
