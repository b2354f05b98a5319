package issue

import (
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
)

func (g *Group) toProto() *voicev1.IssueGroup {
	out := &voicev1.IssueGroup{
		Name: g.Name(), State: voicev1.IssueGroup_State(g.State), NameZh: g.NameZh, NameEn: g.NameEn, Cause: g.Cause, Action: g.Action, Keywords: g.Keywords,
		ProductLine: shownCode(g.Line), ProductCode: shownCode(g.Code), CaseCount: int32(g.Seen), FirstTime: timestamp(g.First), LastTime: timestamp(g.Last),
		FormTime: timestamp(g.FormTime), CreateTime: timestamppb.New(g.CreateTime), UpdateTime: timestamppb.New(g.UpdateTime), Etag: etag.Of(g.Revision),
	}
	if g.MergedInto.Valid {
		out.MergedInto = Name(g.MergedInto.UUID)
	}
	return out
}

func timestamp(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}

func (m *Member) toProto() *voicev1.IssueGroupMember {
	return &voicev1.IssueGroupMember{
		Name: resource.Name("issueGroups", m.Group, "members", m.Case), Case: casefile.Name(m.Case), Customer: aggregate.Name(m.Customer), Title: m.Title,
		ProductLine: m.Line, ProductCode: m.Code, Cause: m.Cause, ReceivedTime: timestamppb.New(m.Received), Similarity: m.Similarity, Pinned: m.Pinned,
	}
}

func (r *ParetoRow) toProto(by Dimension) *voicev1.IssueParetoRow {
	key := r.Key
	if number, err := strconv.ParseInt(key, 10, 32); err == nil && by == ByRequestKind {
		key = voicev1.RequestKind(number).String()
	}
	return &voicev1.IssueParetoRow{
		Rank: int32(r.Rank), Key: key, Count: r.Count, Share: r.Share, CumulativeShare: r.Cumulative, Abc: voicev1.IssueParetoRow_Abc(r.Abc),
		NameZh: r.NameZh.String, NameEn: r.NameEn.String,
	}
}
