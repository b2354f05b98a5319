// Package desk is who of a territory takes cases and is told of escalations [服务台].
package desk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// Desk is who of a territory takes cases and is told of escalations.
type Desk struct {
	ID         uuid.UUID
	Territory  string // "" is the whole company
	LabelEn    string
	LabelZh    string
	Leads      []string
	Members    []Member
	Inactive   bool
	Author     string
	CreateTime time.Time
	UpdateTime time.Time
	Revision   int64
}

// Member is somebody who takes cases. Of what he can, an empty list is all there is.
type Member struct {
	Subject      string
	RequestKinds []int16
	ProductLines []string
	Languages    []string // first parts in lower case
	Capacity     int
	Open         int // how many open cases of the desk he has
}

// Need is what a case asks of who takes it; "" asks for nothing.
type Need struct {
	Request               int16
	ProductLine, Language string
}

// Name is the resource name.
func Name(id uuid.UUID) string { return resource.Name("desks", id) }

// Name is the resource name.
func (d *Desk) Name() string { return Name(d.ID) }

// Can says whether a member has the skill that a case needs.
func (m *Member) Can(n Need) bool {
	return has(m.RequestKinds, n.Request, n.Request == 0) && has(m.ProductLines, n.ProductLine, n.ProductLine == "") &&
		has(m.Languages, Primary(n.Language), n.Language == "")
}

// Room is how many more cases he takes.
func (m *Member) Room() int { return max(m.Capacity-m.Open, 0) }

func has[T comparable](of []T, one T, whatever bool) bool {
	return whatever || len(of) == 0 || slices.Contains(of, one)
}

// Primary is the first part of a language tag, by which languages are compared.
func Primary(tag string) string {
	first, _, _ := strings.Cut(tag, "-")
	return strings.ToLower(first)
}

// Choose finds the member who can take a case, has room, and has the fewest open cases for his capacity; of equals the one with the most room, then the first by subject. It is nil
// when there is none. The order in which members are given does not matter.
func Choose(members []Member, n Need) *Member {
	var best *Member
	for i := range members {
		m := &members[i]
		if m.Can(n) && m.Room() > 0 && (best == nil || before(m, best)) {
			best = m
		}
	}
	return best
}

// before compares loads as fractions, without dividing.
func before(a, b *Member) bool {
	return cmp.Or(cmp.Compare(a.Open*b.Capacity, b.Open*a.Capacity), cmp.Compare(b.Room(), a.Room()), strings.Compare(a.Subject, b.Subject)) < 0
}

// Path is a territory and all above it, the nearest first: cn/south gives cn/south, cn and "", the whole company.
func Path(territory string) []string {
	out := []string{territory}
	for territory != "" {
		territory = territory[:max(strings.LastIndexByte(territory, '/'), 0)]
		out = append(out, territory)
	}
	return out
}

// Check holds a desk to the rules that the API's constraints cannot say.
func (d *Desk) Check() []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule string, text fault.Text) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, text))
		}
	}
	required := fault.Text{En: "must be given", Zh: "必须填写"}
	add(strings.TrimSpace(d.LabelEn) == "", "label_en", "REQUIRED", required)
	add(strings.TrimSpace(d.LabelZh) == "", "label_zh", "REQUIRED", required)
	seen := map[string]bool{}
	for i, m := range d.Members {
		add(seen[m.Subject], fmt.Sprintf("members[%d].subject", i), "UNIQUE", fault.Text{En: "stands twice", Zh: "重复"})
		seen[m.Subject] = true
	}
	return wrong
}
