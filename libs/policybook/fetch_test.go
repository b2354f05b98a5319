package policybook_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/policybook"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

const schema = `create table policies (policy_id uuid primary key, fiscal_year integer not null, version integer not null, effective_day date not null);
create table policy_wishes (wish_id bigint generated always as identity primary key)`

// pages is segmentation with a policy on each page.
type pages []*segmentationv1.Policy

func (p pages) Invoke(_ context.Context, _ string, in, out any, _ ...grpc.CallOption) error {
	request, answer := in.(*segmentationv1.ListPoliciesRequest), out.(*segmentationv1.ListPoliciesResponse)
	answer.Policies = p[len(request.GetPageToken()) : len(request.GetPageToken())+1]
	if next := len(request.GetPageToken()) + 1; next < len(p) {
		answer.NextPageToken = "xxxxxxxx"[:next]
	}
	return nil
}

func (pages) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, errors.New("no streams here")
}

func published(id uuid.UUID, month int32) *segmentationv1.Policy {
	return &segmentationv1.Policy{
		Name: "policies/" + id.String(), FiscalYear: 2026, Version: 1, EffectiveDate: &date.Date{Year: 2026, Month: month, Day: 1},
		Rules: []*segmentationv1.PolicyRule{{RuleId: "r", Condition: &segmentationv1.PolicyCondition{Classes: []segmentationv1.CustomerClassKind{5}, Grades: []string{"S"}}}},
	}
}

// All pages are asked for, and what is new is handed over with its rules, once.
func TestNewPoliciesAreHandedOverOnce(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, func(ctx context.Context, db *postgres.DB) error {
		_, err := db.Exec(ctx, schema)
		return err
	})
	store, first, second := policybook.NewStore(db), uuid.New(), uuid.New()
	all := pages{published(first, 1), published(second, 3)}
	added := make(chan []policybook.Added, 10)
	fetcher := &policybook.Fetcher{
		Store: store, Segmentation: func() (grpc.ClientConnInterface, error) { return all, nil },
		Keep: func(_ context.Context, fresh []policybook.Added) error {
			added <- fresh
			return nil
		},
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- fetcher.Loop(slog.New(slog.DiscardHandler)).Run(ctx) }()
	for range 2 {
		require.NoError(t, fetcher.Daily().Run(t.Context(), testkit.Start))
		require.Eventually(t, func() bool {
			var left bool
			err := db.Get(t.Context(), &left, `select exists (select from policy_wishes)`)
			return err == nil && !left
		}, testkit.Patience, 10*time.Millisecond)
	}
	stop()
	require.NoError(t, <-ended)
	got := <-added
	require.Empty(t, added)
	require.Len(t, got, 2)
	require.Equal(t, first, got[0].ID)
	condition := policybook.ConditionOf(got[1].Rules[0])
	require.Equal(t, []int32{5}, []int32(condition.Classes))
	require.Empty(t, condition.Tiers)
	require.NotNil(t, condition.Tiers, "an empty array is not null")
	require.Equal(t, []string{"S"}, []string(condition.Grades))
	kept, err := store.All(t.Context())
	require.NoError(t, err)
	require.Equal(t, second, policybook.InForce(kept, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), 2026).ID)
}
