package powermap

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Limits of a map. All of a full one is below 4 MiB in the API's encoding, which clients take.
const (
	MaxPeople        = 2000
	MaxOurs          = 200
	MaxClaims        = 8000
	MaxEvidence      = 16_000
	MaxText          = 1 << 20 // bytes of sources and notes
	MaxMaps          = 100     // of a customer
	evidenceOfAClaim = 20
)

// Given is a claim as a caller sends it. A node is nil where he sent none or one that is neither a person of the customer nor one of ours.
type Given struct {
	Kind           Kind
	Who, Other     *Node
	OtherGiven     bool
	Role, Attitude int16
	Weight         float64
	Evidence       []Evidence
}

var (
	required = fault.Text{En: "must be given", Zh: "必须填写"}
	notOfIt  = fault.Text{En: "does not belong to a claim of this kind", Zh: "不属于此类论断"}
	noNode   = fault.Text{
		En: "must be customers/{customer}/people/{person} of this customer or, of an acquaintance, subjects/{subject} of ours",
		Zh: "必须是本客户的 customers/{customer}/people/{person}；相识关系中也可以是我方的 subjects/{subject}",
	}
)

// Check holds a claim to what its kind asks for. retracted claims need neither weight nor evidence.
func (g *Given) Check(today time.Time, retracted bool) []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule string, text fault.Text) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, text))
		}
	}
	edge := g.Kind == Influence || g.Kind == Acquaintance
	add(g.Who == nil || g.Who.Ours() && g.Kind != Acquaintance, "person", "NODE", noNode)
	switch {
	case !edge:
		add(g.OtherGiven, "other", "KIND", notOfIt)
	case g.Other == nil || g.Other.Ours() && (g.Kind != Acquaintance || g.Who != nil && g.Who.Ours()):
		add(true, "other", "NODE", noNode)
	default:
		add(g.Who != nil && *g.Who == *g.Other, "other", "SELF", fault.Text{En: "is the same person", Zh: "与 person 为同一人"})
	}
	choice := func(field string, value int16, belongs bool) {
		add(belongs && value == 0, field, "KIND", required)
		add(!belongs && value != 0, field, "KIND", notOfIt)
	}
	choice("role", g.Role, g.Kind == Role)
	choice("attitude", g.Attitude, g.Kind == Attitude)
	add(!edge && g.Weight != 0, "weight", "KIND", notOfIt)
	if retracted {
		return wrong
	}
	add(edge && g.Weight <= 0, "weight", "KIND", fault.Text{En: "must be above 0", Zh: "必须大于 0"})
	add(len(g.Evidence) == 0, "evidence", "REQUIRED", required)
	for i, e := range g.Evidence {
		add(e.Day.After(today), fmt.Sprintf("evidence[%d].date", i), "FUTURE", fault.Text{
			En: "must not be after today, " + today.Format(time.DateOnly), Zh: "不得晚于今日 " + today.Format(time.DateOnly),
		})
	}
	return wrong
}

// Strangers names those whom a claim is about and who are unknown.
func (g *Given) Strangers(unknown map[uuid.UUID]bool, text fault.Text) []fault.Violation {
	var wrong []fault.Violation
	for _, part := range []struct {
		field string
		node  *Node
	}{{"person", g.Who}, {"other", g.Other}} {
		if part.node != nil && unknown[part.node.Person] {
			wrong = append(wrong, fault.Field(part.field, "PERSON_UNKNOWN", text))
		}
	}
	return wrong
}

// Claim is the claim of a Given that Check has nothing against.
func (g *Given) Claim() Claim {
	c := Claim{Key: Key{Kind: g.Kind, Who: *g.Who, Value: max(g.Role, g.Attitude)}, Weight: g.Weight, Evidence: g.Evidence}
	if c.edge() {
		c.Other = *g.Other
	}
	c.Key = c.normal()
	return c
}

// Twice names the claims that stand on a map that is given whole more than once.
func Twice(claims []Claim) []fault.Violation {
	var wrong []fault.Violation
	seen := make(map[Key]bool, len(claims))
	for i := range claims {
		if seen[claims[i].Key] {
			wrong = append(wrong, fault.Field(fmt.Sprintf("claims[%d]", i), "UNIQUE", fault.Text{En: "stands twice", Zh: "重复"}))
		}
		seen[claims[i].Key] = true
	}
	return wrong
}

// Bounded says what of a map is more than it may hold, naming the field that made it so.
func Bounded(field string, claims []Claim) []fault.Violation {
	nodes := map[Node]bool{}
	evidence, text, ours := 0, 0, 0
	for i := range claims {
		nodes[claims[i].Who] = true
		if claims[i].edge() {
			nodes[claims[i].Other] = true
		}
		evidence += len(claims[i].Evidence)
		for _, e := range claims[i].Evidence {
			text += len(e.Source) + len(e.Note)
		}
	}
	for n := range nodes {
		if n.Ours() {
			ours++
		}
	}
	var wrong []fault.Violation
	for _, limit := range []struct {
		count, most int
		en, zh      string
	}{
		{len(nodes) - ours, MaxPeople, "people of the customer", "客户人员"},
		{ours, MaxOurs, "people of ours", "我方人员"},
		{len(claims), MaxClaims, "claims", "论断"},
		{evidence, MaxEvidence, "pieces of evidence", "证据"},
		{text, MaxText, "bytes of sources and notes", "来源与备注的字节"},
	} {
		if limit.count > limit.most {
			wrong = append(wrong, fault.Field(field, "LIMIT", fault.Text{
				En: fmt.Sprintf("a map would have %d %s, more than %d", limit.count, limit.en, limit.most),
				Zh: fmt.Sprintf("地图将有 %d 个%s，超过上限 %d", limit.count, limit.zh, limit.most),
			}))
		}
	}
	return wrong
}
