package card

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/libs/schedule"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/settings"
)

// Server serves CardService.
type Server struct {
	planningv1.UnimplementedCardServiceServer
	db      *postgres.DB
	store   *Store
	numbers *settings.Store
	now     func() time.Time
	list    *listing.List
}

// announcement is what a change of a card is told as.
type announcement struct {
	data   proto.Message
	review *Review
	close  bool
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &planningv1.Card{}, Key: "k.card_id",
		Fields: []listing.Field{
			{Path: "person", Column: "'customers/' || k.customer_id || '/people/' || k.person_id", Kind: listing.String},
			{Path: "owner", Column: "k.owner", Kind: listing.String},
			{Path: "next_review_date", Column: "k.next_review", Kind: listing.Date},
			{Path: "create_time", Column: "k.create_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "update_time", Column: "k.update_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "close_time", Column: "k.close_time", Kind: listing.Timestamp},
		},
	}, pages)
	return &Server{db: db, store: NewStore(db, now), numbers: numbers, now: now, list: list}, err
}

// Jobs announce the reviews that are due, early in China's day.
func Jobs(db *postgres.DB, now func() time.Time, numbers *settings.Store) []schedule.Job {
	return []schedule.Job{{Name: "announce-card-reviews", Cron: "20 16 * * *", MaxCatchUp: 1, Run: func(ctx context.Context, _ time.Time) error {
		n, err := numbers.Current(ctx)
		if err != nil {
			return err
		}
		return NewStore(db, now).AnnounceDue(ctx, n.Today(now()))
	}}}
}

// CreateCard implements CardService.
func (s *Server) CreateCard(ctx context.Context, r *planningv1.CreateCardRequest) (*planningv1.Card, error) {
	ids, err := resource.Parse("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	if err := aggregate.Visible(ctx, s.db, ids[0]); err != nil { // before anything is said about the card
		return nil, err
	}
	c, err := fromProto(ids[0], r.GetCard())
	if err != nil {
		return nil, fault.Prefix(err, "card")
	}
	n, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	today := n.Today(s.now())
	c.Owner = auth.From(ctx).Subject
	if wrong := c.Check(today, n.Card.CommitmentMonths); len(wrong) > 0 {
		return nil, fault.Prefix(fault.Invalid(wrong...), "card")
	}
	first := today.AddDate(0, int(n.Card.ReviewMonths), 0)
	c.NextReview = &first
	if err := s.store.Create(ctx, c); err != nil {
		return nil, err
	}
	return c.toProto(), nil
}

// GetCard implements CardService.
func (s *Server) GetCard(ctx context.Context, r *planningv1.GetCardRequest) (*planningv1.Card, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers", "cards")
	if err != nil {
		return nil, err
	}
	c, err := s.store.Get(ctx, ids[0], ids[1])
	if err != nil {
		return nil, err
	}
	return c.toProto(), nil
}

// ListCards implements CardService.
func (s *Server) ListCards(ctx context.Context, r *planningv1.ListCardsRequest) (*planningv1.ListCardsResponse, error) {
	customer, err := resource.ParseAny("parent", r.GetParent(), "customers")
	if err != nil {
		return nil, err
	}
	plan, err := s.list.PlanFor(ctx, planningv1.CardService_ListCards_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan, customer)
	if err != nil {
		return nil, err
	}
	out := &planningv1.ListCardsResponse{NextPageToken: next, Cards: make([]*planningv1.Card, len(found))}
	for i, c := range found {
		out.Cards[i] = c.toProto()
	}
	return out, nil
}

// UpdateCard implements CardService.
func (s *Server) UpdateCard(ctx context.Context, r *planningv1.UpdateCardRequest) (*planningv1.Card, error) {
	return s.change(ctx, "card.name", r.GetCard().GetName(), r.GetCard().GetEtag(), func(ctx context.Context, c *Card, n *settings.Numbers) (*announcement, error) {
		before, stored := c.toProto(), *c
		after := proto.CloneOf(before)
		if err := mask.Apply("card", after, r.GetCard(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return nil, err
		}
		if err := c.set(after); err != nil {
			return nil, fault.Prefix(err, "card")
		}
		if restricted(&stored, c) && stored.Owner != auth.From(ctx).Subject {
			return nil, errOwnerOnly
		}
		if wrong := c.Check(n.Today(s.now()), n.Card.CommitmentMonths); len(wrong) > 0 {
			return nil, fault.Prefix(fault.Invalid(wrong...), "card")
		}
		if proto.Equal(before, c.toProto()) {
			return nil, nil // nothing differs, nothing is announced
		}
		return &announcement{data: &planningv1.CardChanged{Card: c.name()}}, nil
	})
}

// ReviewCard implements CardService.
func (s *Server) ReviewCard(ctx context.Context, r *planningv1.ReviewCardRequest) (*planningv1.Card, error) {
	return s.change(ctx, "name", r.GetName(), "", func(ctx context.Context, c *Card, n *settings.Numbers) (*announcement, error) {
		review := Review{
			Day: n.Today(s.now()), Summary: r.GetSummary(), Gaps: r.GetGaps(), Met: r.GetMetCommitments(), Missed: r.GetMissedCommitments(),
			Author: auth.From(ctx).Subject,
		}
		if wrong := c.Take(review, n.Card.ReviewMonths); len(wrong) > 0 {
			return nil, fault.Invalid(wrong...)
		}
		return &announcement{data: &planningv1.CardReviewed{Card: c.name()}, review: &review}, nil
	})
}

// CloseCard implements CardService.
func (s *Server) CloseCard(ctx context.Context, r *planningv1.CloseCardRequest) (*planningv1.Card, error) {
	return s.change(ctx, "name", r.GetName(), "", func(ctx context.Context, c *Card, _ *settings.Numbers) (*announcement, error) {
		if c.Owner != auth.From(ctx).Subject {
			return nil, errOwnerOnly
		}
		return &announcement{data: &planningv1.CardClosed{Card: c.name()}, close: true}, nil
	})
}

func (s *Server) change(
	ctx context.Context, field, name, tag string, do func(context.Context, *Card, *settings.Numbers) (*announcement, error),
) (*planningv1.Card, error) {
	ids, err := resource.Parse(field, name, "customers", "cards")
	if err != nil {
		return nil, err
	}
	n, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.store.Change(ctx, ids[0], ids[1], tag, func(ctx context.Context, c *Card) (*announcement, error) { return do(ctx, c, n) })
	if err != nil {
		return nil, err
	}
	return c.toProto(), nil
}
