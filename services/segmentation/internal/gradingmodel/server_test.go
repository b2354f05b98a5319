package gradingmodel_test

import (
	"context"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

type served struct {
	*servicetest.Service
	models segmentationv1.GradingModelServiceClient
	asked  atomic.Int32 // how often all customers were to be judged anew
}

func serve(t *testing.T) *served {
	t.Helper()
	all := &served{}
	all.Service = servicetest.Start(t, service.Definition{
		Name: "segmentation", Migrations: os.DirFS("../../migrations"),
		Register: func(s grpc.ServiceRegistrar, p *service.Platform) error {
			server, err := gradingmodel.NewServer(p.DB, p.Now, p.Pages, settings.NewStore(p.DB, p.Now), func(context.Context) error {
				all.asked.Add(1)
				return nil
			})
			segmentationv1.RegisterGradingModelServiceServer(s, server)
			return err
		},
	})
	all.models = segmentationv1.NewGradingModelServiceClient(all.Conn)
	return all
}

func (s *served) admin(t *testing.T) context.Context {
	t.Helper()
	return s.AsPrincipal(t, auth.Principal{Subject: "root", Level: typev1.Level_BASIC, Administrator: true})
}

func (s *served) draft(t *testing.T, label string) *segmentationv1.GradingModel {
	t.Helper()
	m, err := s.models.CreateGradingModel(s.admin(t), &segmentationv1.CreateGradingModelRequest{
		CopyFrom: "gradingModels/current", GradingModel: &segmentationv1.GradingModel{LabelEn: label},
	})
	require.NoError(t, err)
	return m
}

func (s *served) get(t *testing.T, name string) *segmentationv1.GradingModel {
	t.Helper()
	m, err := s.models.GetGradingModel(s.As(t, typev1.Level_BASIC), &segmentationv1.GetGradingModelRequest{Name: name})
	require.NoError(t, err)
	return m
}

func refused(t *testing.T, err error, code codes.Code, words string) {
	t.Helper()
	require.Equal(t, code, status.Code(err), "%v", err)
	require.ErrorContains(t, err, words)
}

func TestDraftIsCopiedChangedAndPublished(t *testing.T) {
	t.Parallel()
	s := serve(t)
	shipped := s.get(t, "gradingModels/current")
	require.Equal(t, segmentationv1.GradingModel_PUBLISHED, shipped.GetState())
	m := s.draft(t, "Weighted")
	require.Equal(t, segmentationv1.GradingModel_DRAFT, m.GetState())
	require.Equal(t, []string{"Weighted", "十三因素分级模型", "root"}, []string{m.GetLabelEn(), m.GetLabelZh(), m.GetAuthor()})
	require.Len(t, m.GetFactors(), 13)

	m.GetFactors()[0].Weight = "2.5"
	changed, err := s.models.UpdateGradingModel(s.admin(t), &segmentationv1.UpdateGradingModelRequest{
		GradingModel: &segmentationv1.GradingModel{Name: m.GetName(), Etag: m.GetEtag(), Factors: m.GetFactors()},
	})
	require.NoError(t, err)
	require.Equal(t, "2.5", changed.GetFactors()[0].GetWeight())
	require.Equal(t, "Weighted", changed.GetLabelEn())
	_, err = s.models.UpdateGradingModel(s.admin(t), &segmentationv1.UpdateGradingModelRequest{
		GradingModel: &segmentationv1.GradingModel{Name: m.GetName(), Etag: m.GetEtag(), LabelEn: "late"},
	})
	refused(t, err, codes.Aborted, "has changed")
	_, err = s.models.UpdateGradingModel(s.admin(t), &segmentationv1.UpdateGradingModelRequest{
		GradingModel: &segmentationv1.GradingModel{Name: m.GetName()}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"factors"}},
	})
	refused(t, err, codes.InvalidArgument, "grading_model.factors")
	require.True(t, proto.Equal(changed, s.get(t, m.GetName())))

	_, err = s.models.PublishGradingModel(s.admin(t), &segmentationv1.PublishGradingModelRequest{
		Name: m.GetName(), EffectiveDate: &date.Date{Year: 2026, Month: 1, Day: 4},
	})
	refused(t, err, codes.InvalidArgument, "effective_date [PAST]")
	published, err := s.models.PublishGradingModel(s.admin(t), &segmentationv1.PublishGradingModelRequest{
		Name: m.GetName(), EffectiveDate: &date.Date{Year: 2026, Month: 2, Day: 1}, Etag: changed.GetEtag(),
	})
	require.NoError(t, err)
	require.Equal(t, segmentationv1.GradingModel_PUBLISHED, published.GetState())
	require.Equal(t, shipped.GetName(), s.get(t, "gradingModels/current").GetName())
	s.Clock.Set(time.Date(2026, 1, 31, 16, 0, 0, 0, time.UTC)) // the first of February in Shanghai
	require.Equal(t, m.GetName(), s.get(t, "gradingModels/current").GetName())
	require.Zero(t, s.asked.Load(), "the run of that day judges by it")
	_, err = s.models.PublishGradingModel(s.admin(t), &segmentationv1.PublishGradingModelRequest{Name: s.draft(t, "At once").GetName()})
	require.NoError(t, err)
	require.EqualValues(t, 1, s.asked.Load(), "in force today")

	event := s.Events(t, "guanxi.segmentation.grading_model.published.v1", 2)[0]
	require.JSONEq(t, `{"gradingModel": "`+m.GetName()+`", "labelEn": "Weighted", "labelZh": "十三因素分级模型", "effectiveDate": {"year": 2026, "month": 2, "day": 1}}`, string(event.Data))
}

func TestPublishedNeverChanges(t *testing.T) {
	t.Parallel()
	s := serve(t)
	shipped := s.get(t, "gradingModels/current")
	_, err := s.models.UpdateGradingModel(s.admin(t), &segmentationv1.UpdateGradingModelRequest{
		GradingModel: &segmentationv1.GradingModel{Name: shipped.GetName(), LabelEn: "other"},
	})
	refused(t, err, codes.FailedPrecondition, "published")
	_, err = s.models.DeleteGradingModel(s.admin(t), &segmentationv1.DeleteGradingModelRequest{Name: shipped.GetName()})
	refused(t, err, codes.FailedPrecondition, "published")
	_, err = s.models.PublishGradingModel(s.admin(t), &segmentationv1.PublishGradingModelRequest{Name: shipped.GetName()})
	refused(t, err, codes.FailedPrecondition, "published")
	require.True(t, proto.Equal(shipped, s.get(t, "gradingModels/current")))
}

func TestLaterDateThenLaterPublicationIsInForce(t *testing.T) {
	t.Parallel()
	s := serve(t)
	publish := func(m *segmentationv1.GradingModel, day int32) {
		s.Clock.Advance(time.Second)
		r := &segmentationv1.PublishGradingModelRequest{Name: m.GetName()}
		if day > 0 {
			r.EffectiveDate = &date.Date{Year: 2026, Month: 1, Day: day}
		}
		_, err := s.models.PublishGradingModel(s.admin(t), r)
		require.NoError(t, err)
	}
	second, first := s.draft(t, "second"), s.draft(t, "first")
	publish(first, 0)
	publish(second, 0)
	require.Equal(t, second.GetName(), s.get(t, "gradingModels/current").GetName(), "of two of a day the one published later")
	tenth, seventh := s.draft(t, "tenth"), s.draft(t, "seventh")
	publish(tenth, 10)
	publish(seventh, 7)
	for day, want := range map[int]*segmentationv1.GradingModel{6: second, 7: seventh, 9: seventh, 10: tenth, 20: tenth} {
		s.Clock.Set(time.Date(2026, 1, day, 3, 0, 0, 0, time.UTC))
		require.Equal(t, want.GetName(), s.get(t, "gradingModels/current").GetName(), day)
	}
}

func TestModelsAreListedAndDeleted(t *testing.T) {
	t.Parallel()
	s := serve(t)
	m := s.draft(t, "draft")
	list := func(filter, token string) *segmentationv1.ListGradingModelsResponse {
		out, err := s.models.ListGradingModels(s.As(t, typev1.Level_BASIC), &segmentationv1.ListGradingModelsRequest{PageSize: 1, Filter: filter, PageToken: token})
		require.NoError(t, err)
		require.Len(t, out.GetGradingModels(), 1)
		return out
	}
	page := list("", "")
	require.Equal(t, m.GetName(), page.GetGradingModels()[0].GetName())
	require.Equal(t, "Thirteen factors", list("", page.GetNextPageToken()).GetGradingModels()[0].GetLabelEn())
	require.Equal(t, m.GetName(), list("state = DRAFT", "").GetGradingModels()[0].GetName())

	_, err := s.models.DeleteGradingModel(s.As(t, typev1.Level_EXECUTIVE), &segmentationv1.DeleteGradingModelRequest{Name: m.GetName()})
	refused(t, err, codes.PermissionDenied, "administrators")
	_, err = s.models.DeleteGradingModel(s.admin(t), &segmentationv1.DeleteGradingModelRequest{Name: m.GetName(), Etag: `"9"`})
	refused(t, err, codes.Aborted, "has changed")
	_, err = s.models.DeleteGradingModel(s.admin(t), &segmentationv1.DeleteGradingModelRequest{Name: m.GetName(), Etag: m.GetEtag()})
	require.NoError(t, err)
	_, err = s.models.GetGradingModel(s.admin(t), &segmentationv1.GetGradingModelRequest{Name: m.GetName()})
	refused(t, err, codes.NotFound, "does not exist")
	_, err = s.models.GetGradingModel(s.admin(t), &segmentationv1.GetGradingModelRequest{Name: "gradingModels/newest"})
	refused(t, err, codes.InvalidArgument, "name [RESOURCE_NAME]")
	_, err = s.models.CreateGradingModel(s.admin(t), &segmentationv1.CreateGradingModelRequest{GradingModel: &segmentationv1.GradingModel{LabelEn: "x", LabelZh: "x"}})
	refused(t, err, codes.InvalidArgument, "grading_model.factors [FACTOR_COUNT]")
	_, err = s.models.CreateGradingModel(s.admin(t), &segmentationv1.CreateGradingModelRequest{
		CopyFrom: m.GetName(), GradingModel: &segmentationv1.GradingModel{LabelEn: "x"},
	})
	refused(t, err, codes.NotFound, "does not exist")
}
