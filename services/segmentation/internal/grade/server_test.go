package grade_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/grade"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/gradingmodel"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/judgement"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

const (
	basic     = typev1.Level_BASIC
	manager   = typev1.Level_MANAGER
	executive = typev1.Level_EXECUTIVE
)

// served is a bench whose RPCs are served, all interceptors included.
type served struct {
	*bench
	*servicetest.Service
	grades     segmentationv1.GradeServiceClient
	models     segmentationv1.GradingModelServiceClient
	judgements segmentationv1.JudgementServiceClient
}

func definition() service.Definition {
	return service.Definition{Name: "segmentation", Migrations: os.DirFS("../../migrations"), Register: func(s grpc.ServiceRegistrar, p *service.Platform) error {
		numbers := settings.NewStore(p.DB, p.Now)
		grades, errGrades := grade.NewServer(p.DB, p.Now, p.Pages, numbers)
		models, errModels := gradingmodel.NewServer(p.DB, p.Now, p.Pages, numbers, func(context.Context) error { return nil })
		judgements, errJudgements := judgement.NewServer(p.DB, p.Now, p.Pages, numbers)
		segmentationv1.RegisterGradeServiceServer(s, grades)
		segmentationv1.RegisterGradingModelServiceServer(s, models)
		segmentationv1.RegisterJudgementServiceServer(s, judgements)
		return errors.Join(errGrades, errModels, errJudgements)
	}}
}

func serve(t *testing.T) *served {
	t.Helper()
	s := servicetest.Start(t, definition())
	return &served{
		bench: &bench{db: s.DB, clock: s.Clock, part: grade.NewPart(s.DB, s.Clock.Now)}, Service: s,
		grades: segmentationv1.NewGradeServiceClient(s.Conn), models: segmentationv1.NewGradingModelServiceClient(s.Conn),
		judgements: segmentationv1.NewJudgementServiceClient(s.Conn),
	}
}

func (s *served) admin(t *testing.T) context.Context {
	t.Helper()
	return s.AsPrincipal(t, auth.Principal{Subject: "root", Level: executive, Territories: []string{auth.Anywhere}, Administrator: true})
}

func refused(t *testing.T, err error, code codes.Code, words string) {
	t.Helper()
	require.Equal(t, code, status.Code(err), "%v", err)
	require.ErrorContains(t, err, words)
}

func customerName(id uuid.UUID) string { return "customers/" + id.String() }

func gradeName(id uuid.UUID) string { return customerName(id) + "/grade" }

func (s *served) grade(t *testing.T, id uuid.UUID, level typev1.Level, asOf string, knownAt ...time.Time) *segmentationv1.Grade {
	t.Helper()
	r := &segmentationv1.GetGradeRequest{Name: gradeName(id), AsOf: asOf}
	if len(knownAt) > 0 {
		r.KnownAt = timestamppb.New(knownAt[0])
	}
	g, err := s.grades.GetGrade(s.As(t, level), r)
	require.NoError(t, err)
	return g
}

func TestGradeIsExplained(t *testing.T) {
	t.Parallel()
	s := serve(t)
	id := s.customer(t, facts{
		firstDay: "2023-01-05", gross: "299999.99", lastYear: "500000", sales: "500000", lateDays: "30", quarters: 3, share: "0.6", judged: map[string]int{"influence": 2},
	})
	none := s.grade(t, id, basic, "")
	require.Empty(t, none.GetGrade())
	require.Empty(t, none.GetFactors())
	s.assess(t, id)

	g := s.grade(t, id, manager, "")
	require.Equal(t, gradeName(id), g.GetName())
	require.Equal(t, "A", g.GetGrade())
	require.Equal(t, "71.875", g.GetScore())
	require.Equal(t, "0.6154", g.GetKnownShare())
	require.False(t, g.GetProvisional())
	require.Equal(t, "daily", g.GetCause())
	require.Len(t, g.GetFactors(), 13)

	profit := g.GetFactors()[0]
	require.Equal(t, "299999.99", profit.GetValue())
	require.Equal(t, int32(3), profit.GetLevel())
	require.Equal(t, "75", profit.GetPoints())
	require.Equal(t, segmentationv1.FactorGrade_FACTS, profit.GetSource())
	require.Equal(t, "Profit last year: 299999.99 is at least 100000, level 3, 75 points with weight 1", profit.GetExplanationEn())
	require.Equal(t, "上年度给公司创造的利润:299999.99 不低于 100000,3 级,计 75 分,权重 1", profit.GetExplanationZh())
	require.Equal(t, int32(5), profit.GetDate().GetDay())

	influence := g.GetFactors()[6]
	require.Equal(t, segmentationv1.FactorGrade_JUDGEMENT, influence.GetSource())
	require.Regexp(t, "^"+customerName(id)+"/judgements/", influence.GetEvidence())
	require.Equal(t, int32(1), influence.GetDate().GetDay())
	require.Empty(t, influence.GetValue())
	share := g.GetFactors()[8]
	require.Equal(t, segmentationv1.FactorGrade_SIGNAL, share.GetSource())
	require.Regexp(t, "^"+customerName(id)+"/signals/", share.GetEvidence())
	require.Equal(t, "3", g.GetFactors()[7].GetValue(), "three years on the day")
	require.Zero(t, g.GetFactors()[12].GetLevel())

	seen := s.grade(t, id, basic, "")
	require.Equal(t, "A", seen.GetGrade())
	require.Equal(t, "71.875", seen.GetScore())
	require.Len(t, seen.GetFactors(), 12, "the profit is above the level")
	require.NotEqual(t, "last_year_profit", seen.GetFactors()[0].GetFactor())
}

func TestTerritoriesLimitGrades(t *testing.T) {
	t.Parallel()
	s := serve(t)
	id := s.customer(t, facts{firstDay: "2020-01-01", territory: "cn/north/beijing"})
	s.assess(t, id)
	south := s.As(t, manager, "cn/south")
	for name, call := range map[string]func(id uuid.UUID) error{
		"get": func(id uuid.UUID) error {
			_, err := s.grades.GetGrade(south, &segmentationv1.GetGradeRequest{Name: gradeName(id)})
			return err
		},
		"list": func(id uuid.UUID) error {
			_, err := s.grades.ListAssessments(south, &segmentationv1.ListAssessmentsRequest{Parent: customerName(id)})
			return err
		},
		"override": func(id uuid.UUID) error {
			_, err := s.grades.OverrideGrade(south, override(id, "S", 2026, 6))
			return err
		},
		"clear": func(id uuid.UUID) error {
			_, err := s.grades.ClearGradeOverride(south, &segmentationv1.ClearGradeOverrideRequest{Name: gradeName(id)})
			return err
		},
		"judge": func(id uuid.UUID) error {
			_, err := s.judgements.CreateJudgement(south, judge(id, "influence", 3))
			return err
		},
		"judgements": func(id uuid.UUID) error {
			_, err := s.judgements.ListJudgements(south, &segmentationv1.ListJudgementsRequest{Parent: customerName(id)})
			return err
		},
		"withdraw": func(id uuid.UUID) error {
			_, err := s.judgements.WithdrawJudgement(south, &segmentationv1.WithdrawJudgementRequest{Name: customerName(id) + "/judgements/" + id.String()})
			return err
		},
	} {
		refused(t, call(id), codes.PermissionDenied, "denied, or it does not exist")
		refused(t, call(uuid.Must(uuid.NewV7())), codes.PermissionDenied, "denied, or it does not exist")
		_ = name
	}
	_, err := s.grades.GetGrade(s.As(t, basic), &segmentationv1.GetGradeRequest{Name: gradeName(uuid.Must(uuid.NewV7()))})
	refused(t, err, codes.NotFound, "does not exist")
	_, err = s.grades.OverrideGrade(s.As(t, basic), override(id, "S", 2026, 6))
	refused(t, err, codes.PermissionDenied, "MANAGER")

	simulated, err := s.grades.SimulateGradingModel(south, &segmentationv1.SimulateGradingModelRequest{Name: "gradingModels/current"})
	require.NoError(t, err)
	require.Zero(t, simulated.GetCustomerCount())
}

func override(id uuid.UUID, letter string, year, month int32) *segmentationv1.OverrideGradeRequest {
	return &segmentationv1.OverrideGradeRequest{
		Name: gradeName(id), Grade: letter, Reason: "new owner is a partner of ours", ExpireDate: &date.Date{Year: year, Month: month, Day: 1},
	}
}

func judge(id uuid.UUID, factor string, level int32) *segmentationv1.CreateJudgementRequest {
	return &segmentationv1.CreateJudgementRequest{
		Parent: customerName(id), Judgement: &segmentationv1.Judgement{Factor: factor, Level: level, Evidence: "speaks at every fair"},
	}
}

func TestOverrideHoldsUntilItExpiresOrIsCleared(t *testing.T) {
	t.Parallel()
	s := serve(t)
	id := s.customer(t, facts{firstDay: "2026-01-04"})
	s.assess(t, id)
	require.Equal(t, gradingmodel.C, s.standing(t, id).Grade)

	o, err := s.grades.OverrideGrade(s.As(t, manager), override(id, "S", 2026, 3))
	require.NoError(t, err)
	require.Equal(t, "alice", o.GetAuthor())
	out := s.assess(t, id)
	require.Len(t, out, 1)
	require.True(t, out[0].Data.(*segmentationv1.GradeChanged).GetOverridden())
	g := s.grade(t, id, basic, "")
	require.Equal(t, []string{"S", "C", "25"}, []string{g.GetGrade(), g.GetCalculatedGrade(), g.GetScore()})
	require.False(t, g.GetProvisional())
	require.Equal(t, o.GetName(), g.GetOverride().GetName())
	require.Empty(t, g.GetOverride().GetReason(), "the reason is for managers")
	require.Equal(t, int32(1), g.GetOverride().GetExpireDate().GetDay())

	s.clock.Set(time.Date(2026, 2, 28, 15, 0, 0, 0, time.UTC)) // the last minute but fifty-nine in Shanghai
	require.Empty(t, s.assess(t, id))
	s.clock.Set(time.Date(2026, 2, 28, 16, 0, 0, 0, time.UTC)) // the first of March there
	require.Len(t, s.assess(t, id), 1)
	require.Equal(t, gradingmodel.C, s.standing(t, id).Grade)
	_, err = s.grades.ClearGradeOverride(s.As(t, manager), &segmentationv1.ClearGradeOverrideRequest{Name: gradeName(id)})
	refused(t, err, codes.FailedPrecondition, "no override in force")

	_, err = s.grades.OverrideGrade(s.As(t, manager), override(id, "A", 2026, 6))
	require.NoError(t, err)
	s.assess(t, id)
	require.Equal(t, gradingmodel.A, s.standing(t, id).Grade)
	cleared, err := s.grades.ClearGradeOverride(s.As(t, manager), &segmentationv1.ClearGradeOverrideRequest{Name: gradeName(id)})
	require.NoError(t, err)
	require.Equal(t, "A", cleared.GetGrade())
	s.assess(t, id)
	require.Equal(t, gradingmodel.C, s.standing(t, id).Grade)

	var touched int
	require.NoError(t, s.db.Get(t.Context(), &touched, `select count(*) from touched where customer_id = $1 and cause = 'override'`, id))
	require.Equal(t, 3, touched)
	require.Len(t, s.Events(t, "guanxi.segmentation.grade_override.>", 3), 3)

	for _, wrong := range []*segmentationv1.OverrideGradeRequest{override(id, "D", 2026, 6), override(id, "S", 2026, 3), override(id, "S", 2029, 4), override(id, "S", 2026, 13)} {
		_, err = s.grades.OverrideGrade(s.As(t, manager), wrong)
		require.Equal(t, codes.InvalidArgument, status.Code(err), "%v", wrong)
	}
}

func TestJudgementsCountUntilTheyExpireOrAreWithdrawn(t *testing.T) {
	t.Parallel()
	s := serve(t)
	id := s.customer(t, facts{})
	ctx := s.As(t, basic)
	first, err := s.judgements.CreateJudgement(ctx, judge(id, "influence", 2))
	require.NoError(t, err)
	require.Equal(t, int32(2027), first.GetExpireDate().GetYear(), "a year later")
	s.clock.Advance(time.Minute)
	second, err := s.judgements.CreateJudgement(ctx, judge(id, "influence", 4))
	require.NoError(t, err)
	s.assess(t, id)
	require.Equal(t, "0000004000000", s.levels(t, id), "the later one of a day counts")

	withdrawn, err := s.judgements.WithdrawJudgement(ctx, &segmentationv1.WithdrawJudgementRequest{Name: second.GetName()})
	require.NoError(t, err)
	require.Equal(t, "alice", withdrawn.GetWithdrawAuthor())
	_, err = s.judgements.WithdrawJudgement(ctx, &segmentationv1.WithdrawJudgementRequest{Name: second.GetName()})
	refused(t, err, codes.FailedPrecondition, "withdrawn already")
	s.assess(t, id)
	require.Equal(t, "0000002000000", s.levels(t, id))

	s.clock.Set(time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC))
	require.Empty(t, s.assess(t, id))
	s.clock.Set(time.Date(2027, 1, 5, 9, 0, 0, 0, time.UTC))
	out := s.assess(t, id)
	require.Len(t, out, 1)
	require.Empty(t, out[0].Data.(*segmentationv1.GradeChanged).GetAfter(), "nothing is known any more")
	require.Equal(t, standing{}, s.standing(t, id))

	list, err := s.judgements.ListJudgements(s.As(t, basic), &segmentationv1.ListJudgementsRequest{Parent: customerName(id), PageSize: 1})
	require.NoError(t, err)
	require.Equal(t, second.GetName(), list.GetJudgements()[0].GetName())
	list, err = s.judgements.ListJudgements(s.As(t, basic), &segmentationv1.ListJudgementsRequest{Parent: customerName(id), PageSize: 1, PageToken: list.GetNextPageToken()})
	require.NoError(t, err)
	require.Equal(t, first.GetName(), list.GetJudgements()[0].GetName())
	require.Len(t, s.Events(t, "guanxi.segmentation.judgement.>", 3), 3)

	for field, spoil := range map[string]func(*segmentationv1.Judgement){
		"judgement.factor":      func(j *segmentationv1.Judgement) { j.Factor = "last_year_profit" },
		"judgement.level":       func(j *segmentationv1.Judgement) { j.Level = 5 },
		"judgement.evidence":    func(j *segmentationv1.Judgement) { j.Evidence = "" },
		"judgement.judge_date":  func(j *segmentationv1.Judgement) { j.JudgeDate = &date.Date{Year: 2027, Month: 1, Day: 6} },
		"judgement.expire_date": func(j *segmentationv1.Judgement) { j.ExpireDate = &date.Date{Year: 2027, Month: 1, Day: 5} },
	} {
		r := judge(id, "influence", 3)
		spoil(r.GetJudgement())
		_, err := s.judgements.CreateJudgement(s.As(t, basic), r)
		refused(t, err, codes.InvalidArgument, field)
	}
}
