package loyalty

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	libsettings "github.com/guanxi-crm/guanxi/libs/settings"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// Server serves LoyaltyService.
type Server struct {
	segmentationv1.UnimplementedLoyaltyServiceServer
	store      *Store
	rewards    *RewardStore
	programmes *Programmes
	numbers    *settings.Store
	now        func() time.Time
	entries    *listing.List
	versions   *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store) (*Server, error) {
	entries, err := listing.Compile(listing.Spec{
		Resource:     &segmentationv1.PointEntry{},
		Key:          "t.transaction_id",
		DefaultOrder: "post_time desc",
		Fields: []listing.Field{
			{Path: "kind", Column: "t.kind", Kind: listing.Enum, Values: kinds()},
			{Path: "points", Column: "t.points", Kind: listing.Int},
			{Path: "reference", Column: "t.reference", Kind: listing.String},
			{Path: "author", Column: "t.author", Kind: listing.String},
			{Path: "post_date", Column: "t.post_day", Kind: listing.Date},
			{Path: "post_time", Column: "t.post_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	if err != nil {
		return nil, err
	}
	versions, err := libsettings.NewList(&segmentationv1.LoyaltyProgramme{}, pages)
	store := NewStore(db, now)
	return &Server{
		store: store, rewards: NewRewardStore(db, now), programmes: store.programmes, numbers: numbers, now: now, entries: entries, versions: versions,
	}, err
}

func kinds() map[string]any {
	values := map[string]any{}
	for number, name := range segmentationv1.PointEntry_Kind_name {
		if number != 0 {
			values[name] = number
		}
	}
	return values
}

// EarnPoints implements LoyaltyService.
func (s *Server) EarnPoints(ctx context.Context, r *segmentationv1.EarnPointsRequest) (*segmentationv1.PointEntry, error) {
	today, err := s.today(ctx)
	if err != nil {
		return nil, err
	}
	expires, err := s.expires(ctx, r, today)
	if err != nil {
		return nil, err
	}
	return s.post(ctx, r.GetCustomer(), today, func(ctx context.Context, b *Book) (uuid.UUID, error) {
		p, err := NewPosting(Kind(r.GetKind()), r.GetReference(), r.GetReason())
		if err != nil {
			return uuid.Nil, err
		}
		known, err := s.store.source(ctx, b.Customer, p.Kind, p.Reference)
		if err != nil {
			return uuid.Nil, err
		}
		if known == nil {
			b.Earn(p, b.Open(p, today, expires), r.GetPoints())
			return p.ID, nil
		}
		first, err := s.store.brought(ctx, known)
		if err == nil && first != r.GetPoints() {
			err = usedError(p.Reference)
		}
		return known.ID, err
	})
}

func (s *Server) today(ctx context.Context) (time.Time, error) {
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return time.Time{}, err
	}
	return numbers.Today(s.now()), nil
}

func (s *Server) expires(ctx context.Context, r *segmentationv1.EarnPointsRequest, today time.Time) (*time.Time, error) {
	if r.GetExpireDate() == nil {
		programme, err := s.programmes.Current(ctx)
		if err != nil {
			return nil, err
		}
		return programme.Expires(today), nil
	}
	day, ok := civil.Day(r.GetExpireDate())
	if !ok {
		return nil, fault.Invalid(fault.Field("expire_date", "DATE", civil.NotADay))
	}
	if day.Before(today) {
		return nil, fault.Invalid(fault.Field("expire_date", "FUTURE", fault.Text{En: "must not be in the past", Zh: "不得早于今天"}))
	}
	return &day, nil
}

// post lets act post in the book of a customer, and answers the posting that act names.
func (s *Server) post(
	ctx context.Context, customer string, today time.Time, act func(context.Context, *Book) (uuid.UUID, error),
) (*segmentationv1.PointEntry, error) {
	ids, err := resource.Parse("customer", customer, "customers")
	if err != nil {
		return nil, err
	}
	var id uuid.UUID
	err = s.store.change(ctx, ids[0], today, func(ctx context.Context, b *Book) error {
		var err error
		id, err = act(ctx, b)
		return err
	})
	if err != nil {
		return nil, err
	}
	p, err := s.store.Posting(ctx, ids[0], id)
	if err != nil {
		return nil, err
	}
	return p.toProto(), nil
}
