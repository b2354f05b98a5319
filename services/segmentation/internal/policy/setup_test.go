package policy

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/settings"
)

const (
	basic   = typev1.Level_BASIC
	manager = typev1.Level_MANAGER
	shipped = "policies/019b76da-a800-7000-8000-000000000001"
)

// bench is a running service with the policies and settings only. Its clock stands at 2026-01-05, a Monday, 17:00 in Shanghai.
type bench struct {
	*servicetest.Service
	policies     segmentationv1.PolicyServiceClient
	entitlements segmentationv1.EntitlementServiceClient
	effects      segmentationv1.PolicyEffectServiceClient
	settings     segmentationv1.SegmentationSettingsServiceClient
}

func setup(t *testing.T) *bench {
	t.Helper()
	s := servicetest.Start(t, service.Definition{Name: "segmentation", Migrations: os.DirFS("../../migrations"), Register: register})
	return &bench{
		s, segmentationv1.NewPolicyServiceClient(s.Conn), segmentationv1.NewEntitlementServiceClient(s.Conn),
		segmentationv1.NewPolicyEffectServiceClient(s.Conn), segmentationv1.NewSegmentationSettingsServiceClient(s.Conn),
	}
}

func register(r grpc.ServiceRegistrar, p *service.Platform) error {
	server, err := NewServer(p.DB, p.Now, p.Pages)
	if err != nil {
		return err
	}
	numbers, err := settings.NewServer(p.DB, p.Now, p.Pages, func(context.Context, *settings.Numbers, *settings.Numbers) error { return nil })
	if err != nil {
		return err
	}
	segmentationv1.RegisterPolicyServiceServer(r, server)
	segmentationv1.RegisterEntitlementServiceServer(r, server)
	segmentationv1.RegisterPolicyEffectServiceServer(r, server)
	segmentationv1.RegisterSegmentationSettingsServiceServer(r, numbers)
	return nil
}

// admin sees what everybody sees, and may write.
func (b *bench) admin(t *testing.T) context.Context {
	t.Helper()
	return b.AsPrincipal(t, auth.Principal{Subject: "root", Level: basic, Territories: []string{auth.Anywhere}, Administrator: true})
}

func (b *bench) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := b.DB.Exec(t.Context(), query, args...)
	require.NoError(t, err, query)
}

// customer is a new customer of that territory and standing.
func (b *bench) customer(t *testing.T, territory string, s Standing) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	b.exec(t, `insert into customers (customer_id, territory, create_time) values ($1, $2, '2025-01-01')`, id, territory)
	b.exec(t, `insert into standings (customer_id, class, tier, grade) values ($1, $2, $3, $4)`, id, s.Class, s.Tier, s.Grade)
	return id
}

// draft makes a draft that begins as the shipped one does.
func (b *bench) draft(t *testing.T, year int32, day string) *segmentationv1.Policy {
	t.Helper()
	p, err := b.policies.CreatePolicy(b.admin(t), &segmentationv1.CreatePolicyRequest{
		Policy: &segmentationv1.Policy{FiscalYear: year, LabelEn: "Draft", EffectiveDate: civil.Optional(calendarDay(t, day))}, CopyFrom: shipped,
	})
	require.NoError(t, err)
	return p
}

// calendarDay is nil of an empty text.
func calendarDay(t *testing.T, text string) *time.Time {
	t.Helper()
	if text == "" {
		return nil
	}
	day, err := time.Parse(time.DateOnly, text)
	require.NoError(t, err)
	return &day
}

func (b *bench) publish(t *testing.T, p *segmentationv1.Policy) (*segmentationv1.Policy, error) {
	t.Helper()
	return b.policies.PublishPolicy(b.admin(t), &segmentationv1.PublishPolicyRequest{Name: p.GetName(), Etag: p.GetEtag()})
}

func refused(t *testing.T, err error, code codes.Code, reason string, fields ...string) {
	t.Helper()
	require.Error(t, err)
	e := fault.From(err)
	require.Equal(t, code, e.Code(), "%v", err)
	require.Equal(t, reason, e.Reason(), "%v", err)
	var got []string
	for _, v := range e.Violations() {
		got = append(got, fmt.Sprint(v.Field, " ", v.Rule))
	}
	require.Equal(t, fields, got)
}

func codeOf(err error) codes.Code { return fault.From(err).Code() }
