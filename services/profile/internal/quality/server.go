package quality

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Server serves QualityService.
type Server struct {
	profilev1.UnimplementedQualityServiceServer
	store *Store
	list  *listing.List
}

// NewServer makes the server.
func NewServer(db *postgres.DB, now func() time.Time, pages *page.Sealer) (*Server, error) {
	list, err := newList(pages)
	return &Server{store: NewStore(db, now), list: list}, err
}

// GetQuality implements QualityService.
func (s *Server) GetQuality(ctx context.Context, r *profilev1.GetQualityRequest) (*profilev1.Quality, error) {
	ids, err := resource.ParseSingleton("name", r.GetName(), "quality", "customers")
	if err != nil {
		return nil, err
	}
	return s.quality(ctx, ids[0])
}

func (s *Server) quality(ctx context.Context, id uuid.UUID) (*profilev1.Quality, error) {
	q, err := s.store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return toProto(id, q), nil
}

// VerifyFields implements QualityService.
func (s *Server) VerifyFields(ctx context.Context, r *profilev1.VerifyFieldsRequest) (*profilev1.Quality, error) {
	ids, err := resource.Parse("name", r.GetName(), "customers")
	if err != nil {
		return nil, err
	}
	c := Comparison{Fields: r.GetFields(), Method: int32(r.GetMethod()), Source: r.GetSource()}
	if r.GetVerifyTime() != nil {
		c.Time = r.GetVerifyTime().AsTime()
	}
	if err := s.store.Verify(ctx, ids[0], r.GetEtag(), c); err != nil {
		return nil, err
	}
	return s.quality(ctx, ids[0])
}

// ListDataQuality implements QualityService.
func (s *Server) ListDataQuality(ctx context.Context, r *profilev1.ListDataQualityRequest) (*profilev1.ListDataQualityResponse, error) {
	plan, err := s.list.PlanFor(ctx, profilev1.QualityService_ListDataQuality_FullMethodName, r, page.Binding(r.GetGroupBy().String()))
	if err != nil {
		return nil, err
	}
	groups, next, err := s.store.Groups(ctx, plan, r.GetGroupBy())
	if err != nil {
		return nil, err
	}
	out := &profilev1.ListDataQualityResponse{NextPageToken: next}
	for _, g := range groups {
		out.Groups = append(out.Groups, &profilev1.DataQuality{
			Group: g.Key, CustomerCount: g.Customers, Completeness: g.Completeness, Accuracy: g.Accuracy,
		})
	}
	return out, nil
}

func nameOf(id uuid.UUID) string { return resource.Name("customers", id, "quality") }

func announcement(id uuid.UUID, fields []string, c Comparison) proto.Message {
	return &profilev1.FieldsVerified{
		Quality: nameOf(id), Fields: fields, Method: profilev1.FieldVerification_Method(c.Method), VerifyTime: timestamppb.New(c.Time),
	}
}

func toProto(id uuid.UUID, q *Quality) *profilev1.Quality {
	out := &profilev1.Quality{Name: nameOf(id), Completeness: q.Completeness(), Accuracy: q.Accuracy()}
	for _, f := range q.Fields {
		p := &profilev1.FieldQuality{Field: f.Field, Weight: f.Weight, State: profilev1.FieldQuality_State(f.State)}
		if v := f.Verification; v != nil {
			p.Verification = &profilev1.FieldVerification{
				Method: profilev1.FieldVerification_Method(v.Method), Verifier: v.Verifier, VerifyTime: timestamppb.New(v.Time), Source: v.Source,
			}
		}
		if f.Expires != nil {
			p.ExpireTime = timestamppb.New(*f.Expires)
		}
		out.Fields = append(out.Fields, p)
	}
	return out
}
