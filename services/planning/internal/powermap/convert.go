package powermap

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// ourPrefix is what names of ours begin with.
const ourPrefix = "subjects/"

// nodeOf reads whom a claim is about; nil for anything else than a person of the customer or one of ours.
func nodeOf(customer uuid.UUID, name string) *Node {
	if subject, ours := strings.CutPrefix(name, ourPrefix); ours {
		if subject == "" || strings.TrimSpace(subject) != subject {
			return nil
		}
		return &Node{Subject: subject}
	}
	ids, err := resource.Parse("", name, "customers", "people")
	if err != nil || ids[0] != customer {
		return nil
	}
	return &Node{Person: ids[1]}
}

func nodeName(customer uuid.UUID, n Node) string {
	switch {
	case !n.Ours():
		return resource.Name("customers", customer, "people", n.Person)
	case n.Subject == "":
		return ""
	}
	return ourPrefix + n.Subject
}

// read turns the claims of a request into Givens and holds them to the rules; field is where they stand in it.
func (w *writer) read(field string, claims []*planningv1.PowerClaim, retracted bool) []*Given {
	out := make([]*Given, len(claims))
	for i, in := range claims {
		at := fmt.Sprintf("%s[%d]", field, i)
		g := &Given{
			Kind: Kind(in.GetKind()), Who: nodeOf(w.customer, in.GetPerson()), OtherGiven: in.GetOther() != "", Role: int16(in.GetRole()),
			Attitude: int16(in.GetAttitude()), Weight: in.GetWeight(),
		}
		if g.OtherGiven {
			g.Other = nodeOf(w.customer, in.GetOther())
		}
		if !retracted {
			g.Evidence = w.evidence(at, in.GetEvidence())
		}
		w.refuse(at, g.Check(w.today, retracted)...)
		out[i] = g
	}
	return out
}

func (w *writer) evidence(at string, list []*planningv1.PowerEvidence) []Evidence {
	out := make([]Evidence, len(list))
	for i, in := range list {
		e := Evidence{Observer: in.GetObserver(), Source: in.GetSource(), Day: w.today, Note: in.GetNote(), Recorder: w.caller}
		if e.Observer == "" {
			e.Observer = w.caller
		}
		if in.GetDate() != nil {
			day, ok := civil.Day(in.GetDate())
			if !ok {
				w.refuse(at, fault.Field(fmt.Sprintf("evidence[%d].date", i), "DATE", civil.NotADay))
				day = w.today
			}
			e.Day = day
		}
		out[i] = e
	}
	return out
}

// toProto shows a version as it stands on a day.
func (v *version) toProto(projects []string, on time.Time, rules settings.Evidence) *planningv1.PowerMap {
	out := &planningv1.PowerMap{
		Name: v.name(), Project: v.Project, Version: v.Number, Author: v.Author, Projects: projects, Etag: etag.Of(v.Revision),
		Claims: make([]*planningv1.PowerClaim, len(v.Claims)),
	}
	if v.Number != 0 {
		out.CreateTime = timestamppb.New(v.Made)
	}
	lifetime := Lifetime(rules)
	for i := range v.Claims {
		w := weigh(&v.Claims[i], on, rules)
		out.Claims[i] = w.toProto(v.Customer, lifetime)
	}
	return out
}

// toProto shows a claim; lifetime is the greatest age in days at which evidence counts.
func (w *Weighed) toProto(customer uuid.UUID, lifetime int) *planningv1.PowerClaim {
	out := &planningv1.PowerClaim{
		Kind: planningv1.PowerClaim_Kind(w.Kind), Person: nodeName(customer, w.Who), Other: nodeName(customer, w.Other), Weight: w.Weight, Id: w.ID.String(),
		Strength: w.Strength, Stale: w.Stale, Observers: int32(w.Observers), Matters: w.matters(), Confirmed: w.Confirmed,
		Evidence: make([]*planningv1.PowerEvidence, len(w.Evidence)),
	}
	switch w.Kind {
	case Role:
		out.Role = planningv1.PowerClaim_Role(w.Value)
	case Attitude:
		out.Attitude = planningv1.PowerClaim_Attitude(w.Value)
	default:
	}
	for i, e := range w.Evidence {
		out.Evidence[i] = &planningv1.PowerEvidence{Observer: e.Observer, Source: e.Source, Date: civil.Date(e.Day), Note: e.Note, Recorder: e.Recorder}
	}
	if !w.Newest.IsZero() && lifetime < forever {
		out.StaleDate = civil.Date(w.Newest.AddDate(0, 0, lifetime+1))
	}
	return out
}
