package casefile

import (
	"context"
	"strconv"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// ListTimelineEntries implements CaseService.
func (s *Server) ListTimelineEntries(ctx context.Context, r *voicev1.ListTimelineEntriesRequest) (*voicev1.ListTimelineEntriesResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "cases")
	if err != nil {
		return nil, err
	}
	plan, err := s.timeline.PlanFor(ctx, voicev1.CaseService_ListTimelineEntries_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	rows, next, err := s.store.Timeline(ctx, plan, ids[0])
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListTimelineEntriesResponse{NextPageToken: next}
	for _, e := range rows {
		out.Entries = append(out.Entries, e.toProto())
	}
	return out, nil
}

// add appends to the timeline of the case of that name.
func (s *Server) add(ctx context.Context, parent string, entry Entry) (*voicev1.TimelineEntry, error) {
	ids, err := resource.Parse("parent", parent, "cases")
	if err != nil {
		return nil, err
	}
	e, err := s.store.Add(ctx, ids[0], entry)
	if err != nil {
		return nil, err
	}
	return e.toProto(), nil
}

// AddCaseNote implements CaseService.
func (s *Server) AddCaseNote(ctx context.Context, r *voicev1.AddCaseNoteRequest) (*voicev1.TimelineEntry, error) {
	return s.add(ctx, r.GetParent(), Entry{Kind: NoteEntry, Note: r.GetText()})
}

// AddCaseMessage implements CaseService.
func (s *Server) AddCaseMessage(ctx context.Context, r *voicev1.AddCaseMessageRequest) (*voicev1.TimelineEntry, error) {
	entry := Entry{Kind: ToCustomer, Note: r.GetText(), Data: map[string]string{}}
	if r.GetFromCustomer() {
		entry.Kind = FromCustomer
	}
	if r.GetChannel() != "" {
		entry.Data["channel"] = r.GetChannel()
	}
	return s.add(ctx, r.GetParent(), entry)
}

// AddCaseAttachment implements CaseService.
func (s *Server) AddCaseAttachment(ctx context.Context, r *voicev1.AddCaseAttachmentRequest) (*voicev1.TimelineEntry, error) {
	return s.add(ctx, r.GetParent(), Entry{Kind: Attachment, Note: r.GetNote(), Data: map[string]string{
		"uri": r.GetUri(), "sha256": r.GetSha256(), "size": strconv.FormatInt(r.GetSize(), 10), "media_type": r.GetMediaType(),
	}})
}

// LinkCase implements CaseService.
func (s *Server) LinkCase(ctx context.Context, r *voicev1.LinkCaseRequest) (*voicev1.CaseLink, error) {
	ids, err := resource.Parse("name", r.GetName(), "cases")
	if err != nil {
		return nil, err
	}
	if r.GetKind() == voicev1.CaseLink_PART_OF_RECALL {
		to, err := resource.Parse("target", r.GetTarget(), "recalls")
		if err != nil {
			return nil, err
		}
		c, err := s.store.LinkRecall(ctx, ids[0], to[0])
		if err != nil {
			return nil, err
		}
		return recallLink(c), nil
	}
	other, err := resource.Parse("target", r.GetTarget(), "cases")
	if err != nil {
		return nil, err
	}
	l, err := s.store.Link(ctx, ids[0], other[0], LinkKind(r.GetKind()))
	if err != nil {
		return nil, err
	}
	return l.toProto(), nil
}

func recallLink(c *Case) *voicev1.CaseLink {
	return &voicev1.CaseLink{Kind: voicev1.CaseLink_PART_OF_RECALL, Case: c.Name(), Target: named("recalls", c.Recall)}
}

func (l *Link) toProto() *voicev1.CaseLink {
	return &voicev1.CaseLink{Kind: voicev1.CaseLink_Kind(l.Kind), Case: Name(l.Case), Target: Name(l.Other), Author: l.Author, CreateTime: timestamppb.New(l.Time)}
}

// UnlinkCase implements CaseService.
func (s *Server) UnlinkCase(ctx context.Context, r *voicev1.LinkCaseRequest) (*voicev1.Case, error) {
	ids, err := resource.Parse("name", r.GetName(), "cases")
	if err != nil {
		return nil, err
	}
	if r.GetKind() == voicev1.CaseLink_PART_OF_RECALL {
		from, err := resource.Parse("target", r.GetTarget(), "recalls")
		if err != nil {
			return nil, err
		}
		c, err := s.store.UnlinkRecall(ctx, ids[0], from[0])
		return Answer(ctx, c, err)
	}
	other, err := resource.Parse("target", r.GetTarget(), "cases")
	if err != nil {
		return nil, err
	}
	c, err := s.store.Unlink(ctx, ids[0], other[0], LinkKind(r.GetKind()))
	return Answer(ctx, c, err)
}

// ListCaseLinks implements CaseService.
func (s *Server) ListCaseLinks(ctx context.Context, r *voicev1.ListCaseLinksRequest) (*voicev1.ListCaseLinksResponse, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "cases")
	if err != nil {
		return nil, err
	}
	c, links, err := s.store.Links(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListCaseLinksResponse{}
	for _, l := range links {
		out.Links = append(out.Links, l.toProto())
	}
	if c.Recall.Valid {
		out.Links = append(out.Links, recallLink(c))
	}
	return out, nil
}
