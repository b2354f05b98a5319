package issue

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/events"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func (g *size) formed(ctx context.Context, at time.Time) (events.Event, error) {
	return events.New(ctx, at, g.ID, &voicev1.IssueGroupFormed{
		IssueGroup: Name(g.ID), CaseCount: int32(g.Size), ProductLine: shownCode(g.Line), ProductCode: shownCode(g.Code),
		FirstTime: timestamppb.New(g.First), LastTime: timestamppb.New(g.Last),
	})
}

func (g *size) grown(ctx context.Context, at time.Time, step int) (events.Event, error) {
	return events.New(ctx, at, g.ID, &voicev1.IssueGroupGrown{IssueGroup: Name(g.ID), CaseCount: int32(g.Size), Step: int32(step)})
}

func (g *Group) changed(ctx context.Context, at time.Time, fields []string) (events.Event, error) {
	return events.New(ctx, at, g.ID, &voicev1.IssueGroupChanged{IssueGroup: g.Name(), Fields: fields})
}

func (g *Group) merged(ctx context.Context, at time.Time, into *Group) (events.Event, error) {
	return events.New(ctx, at, g.ID, &voicev1.IssueGroupMerged{IssueGroup: g.Name(), Into: into.Name(), CaseCount: int32(g.Size)})
}
