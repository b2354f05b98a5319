package loyalty

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// RewardServer serves RewardService.
type RewardServer struct {
	segmentationv1.UnimplementedRewardServiceServer
	store *RewardStore
	list  *listing.List
}

// NewRewardServer makes the server.
func NewRewardServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*RewardServer, error) {
	list, err := listing.Compile(listing.Spec{
		Resource:     &segmentationv1.Reward{},
		Key:          "reward_id",
		DefaultOrder: "points",
		Fields: []listing.Field{
			{Path: "label_en", Column: "label_en", Kind: listing.String},
			{Path: "label_zh", Column: "label_zh", Kind: listing.String},
			{Path: "points", Column: "points", Kind: listing.Int, Sortable: true},
			{Path: "active", Column: "active", Kind: listing.Bool},
			{Path: "stock", Column: "stock", Kind: listing.Int},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	return &RewardServer{store: NewRewardStore(db, now), list: list}, err
}

// CreateReward implements RewardService.
func (s *RewardServer) CreateReward(ctx context.Context, r *segmentationv1.CreateRewardRequest) (*segmentationv1.Reward, error) {
	reward := rewardOf(r.GetReward())
	if wrong := reward.Check(); len(wrong) > 0 {
		return nil, fault.Prefix(fault.Invalid(wrong...), "reward")
	}
	if err := s.store.Create(ctx, reward); err != nil {
		return nil, err
	}
	return reward.toProto(), nil
}

// GetReward implements RewardService.
func (s *RewardServer) GetReward(ctx context.Context, r *segmentationv1.GetRewardRequest) (*segmentationv1.Reward, error) {
	ids, err := resource.Parse("name", r.GetName(), "rewards")
	if err != nil {
		return nil, err
	}
	reward, err := s.store.Get(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	return reward.toProto(), nil
}

// UpdateReward implements RewardService.
func (s *RewardServer) UpdateReward(ctx context.Context, r *segmentationv1.UpdateRewardRequest) (*segmentationv1.Reward, error) {
	change := r.GetReward()
	ids, err := resource.Parse("reward.name", change.GetName(), "rewards")
	if err != nil {
		return nil, err
	}
	reward, err := s.store.Update(ctx, ids[0], func(stored *Reward) (*Reward, error) {
		if err := etag.Check(change.GetEtag(), stored.Revision, change.GetName()); err != nil {
			return nil, err
		}
		next := proto.CloneOf(stored.toProto())
		if err := mask.Apply("reward", next, change, r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return nil, err
		}
		out := rewardOf(next)
		return out, fault.Prefix(invalid(out.Check()), "reward")
	})
	if err != nil {
		return nil, err
	}
	return reward.toProto(), nil
}

func invalid(wrong []fault.Violation) error {
	if len(wrong) == 0 {
		return nil
	}
	return fault.Invalid(wrong...)
}

// ListRewards implements RewardService.
func (s *RewardServer) ListRewards(ctx context.Context, r *segmentationv1.ListRewardsRequest) (*segmentationv1.ListRewardsResponse, error) {
	plan, err := s.list.PlanFor(ctx, segmentationv1.RewardService_ListRewards_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.ListRewardsResponse{NextPageToken: next}
	for i := range found {
		out.Rewards = append(out.Rewards, found[i].toProto())
	}
	return out, nil
}

func rewardOf(p *segmentationv1.Reward) *Reward {
	return &Reward{LabelEn: p.GetLabelEn(), LabelZh: p.GetLabelZh(), Points: p.GetPoints(), Active: p.GetActive(), Stock: p.Stock}
}

func (r *Reward) toProto() *segmentationv1.Reward {
	return &segmentationv1.Reward{
		Name: resource.Name("rewards", r.ID), LabelEn: r.LabelEn, LabelZh: r.LabelZh, Points: r.Points, Active: r.Active, Stock: r.Stock,
		CreateTime: timestamppb.New(r.CreateTime), UpdateTime: timestamppb.New(r.UpdateTime), Etag: etag.Of(r.Revision),
	}
}
