package compliance_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/compliance"
)

var today = time.Date(2026, time.January, 5, 0, 0, 0, 0, time.UTC)

func migrate(ctx context.Context, db *postgres.DB) error {
	return service.Migrate(ctx, db, service.Definition{Name: "planning", Migrations: os.DirFS("../../migrations")})
}

func rule(jurisdiction string, benefit compliance.Benefit, from time.Time) *compliance.Rule {
	return &compliance.Rule{
		Jurisdiction: jurisdiction, Benefit: benefit, Measure: compliance.PerYear, Currency: "CNY", Limit: decimal.NewNullDecimal(decimal.NewFromInt(9)), Effective: from,
		LabelEn: "x", LabelZh: "x",
	}
}

// What is shipped is complete: each benefit is banned or limited by occasion and year in each jurisdiction that is shipped, and nothing is limited twice on one day.
func TestShippedRules(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, migrate)
	all, err := compliance.NewStore(db, testkit.NewClock().Now).Rules(t.Context())
	require.NoError(t, err)
	for _, territory := range []string{"cn/south", "us", "de/berlin", "jp", ""} {
		in := compliance.Jurisdictions(territory)
		for benefit := compliance.Benefit(1); benefit <= 8; benefit++ {
			if benefit > 3 {
				require.NotNil(t, all.Ban(in, benefit, today), "%s %d", territory, benefit)
				continue
			}
			require.Nil(t, all.Ban(in, benefit, today))
			occasion, year := all.Limit(in, benefit, compliance.PerOccasion, today), all.Limit(in, benefit, compliance.PerYear, today)
			require.NotNil(t, occasion, "%s %d", territory, benefit)
			require.NotNil(t, year, "%s %d", territory, benefit)
			require.Equal(t, occasion.Currency, year.Currency)
			require.True(t, occasion.ApprovalAbove.Valid, "what is dear needs an approval")
			require.False(t, occasion.Limit.Decimal.GreaterThan(year.Limit.Decimal))
		}
	}
	seen := map[string]bool{}
	for _, r := range all {
		key := r.Jurisdiction + string(rune('0'+r.Benefit)) + string(rune('0'+r.Measure))
		require.False(t, seen[key], r.LabelEn)
		seen[key] = true
	}
}

// A rule takes the place of another from its day on: there is always one, and never two.
func TestReplaceAndRetire(t *testing.T) {
	t.Parallel()
	db := testkit.Database(t, migrate)
	s := compliance.NewStore(db, testkit.NewClock().Now)
	ctx := auth.With(t.Context(), auth.Principal{Subject: "root", Level: typev1.Level_EXECUTIVE, Territories: []string{auth.Anywhere}, Administrator: true})
	march := today.AddDate(0, 2, 0)
	old := rule("JP", 1, today)
	require.NoError(t, s.CreateRule(ctx, old))
	next := rule("JP", 1, march)
	err := s.CreateRule(ctx, next)
	require.Error(t, err)
	require.Equal(t, "OVERLAP", fault.From(err).Reason())
	next.Replaced = uuid.NullUUID{UUID: old.ID, Valid: true}
	require.NoError(t, s.CreateRule(ctx, next))
	all, err := s.Rules(ctx)
	require.NoError(t, err)
	require.Equal(t, old.ID, all.Limit([]string{"JP"}, 1, compliance.PerYear, march.AddDate(0, 0, -1)).ID)
	require.Equal(t, next.ID, all.Limit([]string{"JP"}, 1, compliance.PerYear, march).ID)

	other := rule("JP", 2, march)
	other.Replaced = uuid.NullUUID{UUID: next.ID, Valid: true}
	require.Equal(t, codes.InvalidArgument, fault.From(s.CreateRule(ctx, other)).Code())
	_, err = s.Retire(ctx, old.ID, march.AddDate(0, 0, 1))
	require.Equal(t, "RETIRED", fault.From(err).Reason())
	_, err = s.Retire(ctx, next.ID, march.AddDate(0, 1, 0))
	require.NoError(t, err)
	all, err = s.Rules(ctx)
	require.NoError(t, err)
	require.Nil(t, all.Limit([]string{"JP"}, 1, compliance.PerYear, march.AddDate(0, 1, 0)))
	var events []string
	require.NoError(t, db.Select(ctx, &events, `select subject || version from outbox order by id`))
	require.Equal(t, []string{
		"guanxi.planning.compliance_rule.created.v11", "guanxi.planning.compliance_rule.retired.v12", "guanxi.planning.compliance_rule.created.v11",
		"guanxi.planning.compliance_rule.retired.v12",
	}, events)
}
