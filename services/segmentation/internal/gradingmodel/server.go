package gradingmodel

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

// field is what a model is called in the requests that carry one.
const field = "grading_model"

// Server serves GradingModelService.
type Server struct {
	segmentationv1.UnimplementedGradingModelServiceServer
	store   *Store
	numbers *settings.Store
	now     func() time.Time
	list    *listing.List
	judge   func(context.Context) error
}

// NewServer makes the server. When another model has come into force judge has all customers judged anew, once the transaction of its context has committed.
func NewServer(
	db *postgres.DB, now func() time.Time, pages *page.Sealer, numbers *settings.Store, judge func(context.Context) error,
) (*Server, error) {
	list, err := listing.Compile(listing.Spec{
		Resource: &segmentationv1.GradingModel{}, Key: "model_id", DefaultOrder: "create_time desc",
		Fields: []listing.Field{
			{Path: "state", Column: "(case when effective_day is null then 1 else 2 end)", Kind: listing.Enum, Values: map[string]any{"DRAFT": 1, "PUBLISHED": 2}},
			{Path: "effective_date", Column: "effective_day", Kind: listing.Date},
			{Path: "publish_time", Column: "publish_time", Kind: listing.Timestamp},
			{Path: "author", Column: "author", Kind: listing.String},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	if err != nil {
		return nil, err
	}
	return &Server{store: NewStore(db, now), numbers: numbers, now: now, list: list, judge: judge}, nil
}

// CreateGradingModel implements GradingModelService.
func (s *Server) CreateGradingModel(ctx context.Context, r *segmentationv1.CreateGradingModelRequest) (*segmentationv1.GradingModel, error) {
	draft := r.GetGradingModel()
	if r.GetCopyFrom() != "" {
		original, err := Find(ctx, s.store, s.today, "copy_from", r.GetCopyFrom())
		if err != nil {
			return nil, err
		}
		draft = original.body()
		if err := mask.Apply(field, draft, r.GetGradingModel(), nil, auth.From(ctx).Level); err != nil {
			return nil, err
		}
	}
	m, err := fromProto(draft)
	if err != nil {
		return nil, fault.Prefix(err, field)
	}
	m.Author = auth.From(ctx).Subject
	if err := s.store.Create(ctx, m); err != nil {
		return nil, err
	}
	return m.toProto(), nil
}

// GetGradingModel implements GradingModelService.
func (s *Server) GetGradingModel(ctx context.Context, r *segmentationv1.GetGradingModelRequest) (*segmentationv1.GradingModel, error) {
	m, err := Find(ctx, s.store, s.today, "name", r.GetName())
	if err != nil {
		return nil, err
	}
	return m.toProto(), nil
}

// Find reads the model that a caller names in a field of the request. "gradingModels/current" is the one in force today.
func Find(ctx context.Context, store *Store, today func(context.Context) (time.Time, error), field, name string) (*Model, error) {
	if name == "gradingModels/current" {
		day, err := today(ctx)
		if err != nil {
			return nil, err
		}
		return store.InForce(ctx, day)
	}
	ids, err := resource.Parse(field, name, "gradingModels")
	if err != nil {
		return nil, err
	}
	return store.Get(ctx, ids[0])
}

func (s *Server) today(ctx context.Context) (time.Time, error) {
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return time.Time{}, err
	}
	return numbers.Today(s.now()), nil
}

// ListGradingModels implements GradingModelService.
func (s *Server) ListGradingModels(ctx context.Context, r *segmentationv1.ListGradingModelsRequest) (*segmentationv1.ListGradingModelsResponse, error) {
	plan, err := s.list.PlanFor(ctx, segmentationv1.GradingModelService_ListGradingModels_FullMethodName, r, "")
	if err != nil {
		return nil, err
	}
	found, next, err := s.store.List(ctx, plan)
	if err != nil {
		return nil, err
	}
	out := &segmentationv1.ListGradingModelsResponse{NextPageToken: next}
	for _, m := range found {
		out.GradingModels = append(out.GradingModels, m.toProto())
	}
	return out, nil
}

// UpdateGradingModel implements GradingModelService.
func (s *Server) UpdateGradingModel(ctx context.Context, r *segmentationv1.UpdateGradingModelRequest) (*segmentationv1.GradingModel, error) {
	id, err := s.id(field+".name", r.GetGradingModel().GetName())
	if err != nil {
		return nil, err
	}
	m, err := s.store.Update(ctx, id, r.GetGradingModel().GetEtag(), func(stored *Model) (*Model, error) {
		next := stored.body()
		change := proto.CloneOf(r.GetGradingModel())
		change.Name, change.Etag = "", "" // which one it is and its revision, not changes of it
		if err := mask.Apply(field, next, change, r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return nil, err
		}
		changed, err := fromProto(next)
		return changed, fault.Prefix(err, field)
	})
	if err != nil {
		return nil, err
	}
	return m.toProto(), nil
}

// DeleteGradingModel implements GradingModelService.
func (s *Server) DeleteGradingModel(ctx context.Context, r *segmentationv1.DeleteGradingModelRequest) (*emptypb.Empty, error) {
	id, err := s.id("name", r.GetName())
	if err != nil {
		return nil, err
	}
	if err := s.store.Delete(ctx, id, r.GetEtag()); err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, nil
}

// PublishGradingModel implements GradingModelService.
func (s *Server) PublishGradingModel(ctx context.Context, r *segmentationv1.PublishGradingModelRequest) (*segmentationv1.GradingModel, error) {
	id, err := s.id("name", r.GetName())
	if err != nil {
		return nil, err
	}
	today, err := s.today(ctx)
	if err != nil {
		return nil, err
	}
	day := today
	if r.GetEffectiveDate() != nil {
		if day, err = civil.FromProto("effective_date", r.GetEffectiveDate()); err != nil {
			return nil, err
		}
		if day.Before(today) {
			return nil, fault.Invalid(fault.Field("effective_date", "PAST", fault.Text{
				En: "must not be before today, " + today.Format(time.DateOnly), Zh: "不得早于今日 " + today.Format(time.DateOnly),
			}))
		}
	}
	var m *Model
	err = s.store.db.InTx(ctx, func(ctx context.Context) (err error) {
		if m, err = s.store.Publish(ctx, id, r.GetEtag(), day); err != nil || day.After(today) { // the run of that day judges by it
			return err
		}
		return s.judge(ctx)
	})
	if err != nil {
		return nil, err
	}
	return m.toProto(), nil
}

func (s *Server) id(field, name string) (uuid.UUID, error) {
	ids, err := resource.Parse(field, name, "gradingModels")
	if err != nil {
		return uuid.Nil, err
	}
	return ids[0], nil
}
