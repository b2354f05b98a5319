package casefile

import (
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// toProto is the case for callers who may, or may not, know who reported it.
func (c *Case) toProto(hidden bool) *voicev1.Case {
	out := &voicev1.Case{
		Name: c.Name(), Customer: aggregate.Name(c.Customer), RequestKind: c.request(), Track: voicev1.Track(c.Track), Phase: voicev1.SalePhase(c.Phase),
		Technicality: voicev1.Technicality(c.Technicality), Title: c.Title, Description: c.Description, ProductLine: c.ProductLine, ProductCode: c.ProductCode,
		Order: c.Order, Grading: voicev1.Severity(c.Grading), Affected: c.Affected, DurationMinutes: c.DurationMinutes, Cause: c.Cause, CauseText: c.CauseText,
		Implicit: c.Implicit, ReceivedTime: c.received(), State: c.state(), Severity: c.severity(), SeverityBasis: voicev1.SeverityBasis(c.Basis),
		SeverityReason: c.SeverityReason, Major: c.Major, MajorByHand: c.MajorByHand, MajorReason: c.MajorReason, Assignee: c.Assignee,
		TriageTime: stamp(c.TriageTime), AssignTime: stamp(c.AssignTime), StartTime: stamp(c.StartTime), FirstResponseTime: stamp(c.FirstResponse),
		WaitTime: stamp(c.WaitTime), ResolveTime: stamp(c.ResolveTime), ConfirmTime: stamp(c.ConfirmTime), CloseTime: stamp(c.CloseTime),
		ReopenTime: stamp(c.ReopenTime), ReopenCount: c.ReopenCount, ReassignCount: c.ReassignCount, Outcome: voicev1.Case_Outcome(c.Outcome),
		Resolution: c.Resolution, CloseReason: c.CloseReason, VoiceCount: c.Voices, Author: c.Author, CreateTime: timestamppb.New(c.CreateTime),
		UpdateTime: timestamppb.New(c.UpdateTime), Etag: etag.Of(c.Revision), Desk: named("desks", c.Desk), IssueGroup: named("issueGroups", c.IssueGroup),
		Recall: named("recalls", c.Recall),
	}
	if c.Reporter.Valid && !hidden {
		out.Reporter = resource.Name("customers", c.Customer, "people", c.Reporter.UUID)
	}
	return out
}

func named(collection string, id uuid.NullUUID) string {
	if !id.Valid {
		return ""
	}
	return resource.Name(collection, id.UUID)
}

// set puts what callers may write into c. hidden says that there is a reporter of whom the caller does not know: he stays.
func (c *Case) set(in *voicev1.Case, hidden bool) error {
	c.Track, c.Phase, c.Technicality = Track(in.GetTrack()), int16(in.GetPhase()), int16(in.GetTechnicality())
	c.Title, c.Description, c.ProductLine, c.ProductCode = in.GetTitle(), in.GetDescription(), in.GetProductLine(), in.GetProductCode()
	c.Order, c.Grading, c.Affected, c.DurationMinutes = in.GetOrder(), Severity(in.GetGrading()), in.GetAffected(), in.GetDurationMinutes()
	c.Cause, c.CauseText = in.GetCause(), in.GetCauseText()
	c.fill()
	if hidden && in.GetReporter() == "" {
		return nil
	}
	reporter, err := ReporterOf("reporter", in.GetReporter(), c.Customer)
	if c.Reporter != reporter { // a caller names those only whom he may know
		c.Reporter, c.ReporterSenior = reporter, false
	}
	return err
}

// ReporterOf reads the name of a person of a customer; empty is nobody.
func ReporterOf(field, name string, customer uuid.UUID) (uuid.NullUUID, error) {
	if name == "" {
		return uuid.NullUUID{}, nil
	}
	ids, err := resource.Parse(field, name, "customers", "people")
	if err != nil {
		return uuid.NullUUID{}, err
	}
	if ids[0] != customer {
		return uuid.NullUUID{}, fault.Invalid(fault.Field(field, "CUSTOMER", fault.Text{En: "is of another customer", Zh: "属于其他客户"}))
	}
	return uuid.NullUUID{UUID: ids[1], Valid: true}, nil
}

// caseOf reads a new case.
func caseOf(in *voicev1.Case, customer uuid.UUID, now time.Time) (*Case, error) {
	c := &Case{Customer: customer, Request: Request(in.GetRequestKind()), Implicit: in.GetImplicit(), Received: now}
	if in.GetReceivedTime() != nil {
		c.Received = in.GetReceivedTime().AsTime().Truncate(time.Microsecond)
	}
	if err := c.set(in, false); err != nil {
		return nil, err
	}
	if wrong := c.Check(now); len(wrong) > 0 {
		return nil, fault.Invalid(wrong...)
	}
	return c, nil
}

func (e *EntryRow) toProto() *voicev1.TimelineEntry {
	return &voicev1.TimelineEntry{
		Case: Name(e.Case), Number: e.Number, Kind: voicev1.TimelineEntry_Kind(e.Kind), Actor: e.Actor, OccurTime: timestamppb.New(e.Time), Note: e.Text, Data: e.Data.V,
	}
}
