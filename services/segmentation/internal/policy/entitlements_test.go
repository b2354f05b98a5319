package policy

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	pbdate "google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

func nameOf(customer uuid.UUID) string { return "customers/" + customer.String() + "/entitlements" }

func (b *bench) entitled(t *testing.T, customer uuid.UUID, asOf string) *segmentationv1.Entitlements {
	t.Helper()
	e, err := b.entitlements.GetEntitlements(b.As(t, basic), &segmentationv1.GetEntitlementsRequest{Name: nameOf(customer), AsOf: asOf})
	require.NoError(t, err)
	return e
}

func TestEntitlementsOfACoreVIPCustomer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t, "cn/south", Standing{Class: 5, Tier: 4, Grade: 3})
	b.exec(t, `update standings set stage = 3, role = 4, engagement = 3 where customer_id = $1`, customer)
	e := b.entitled(t, customer, "")
	require.Equal(t, []any{nameOf(customer), shipped, int32(0), int32(1), "A"}, []any{e.GetName(), e.GetPolicy(), e.GetFiscalYear(), e.GetVersion(), e.GetGrade()})
	require.Equal(t, []any{segmentationv1.CustomerClassKind_CORE, segmentationv1.Tier_VIP, segmentationv1.LifecycleStage_STABILITY}, []any{
		e.GetClass(), e.GetTier(), e.GetStage(),
	})
	require.True(t, proto.Equal(&pbdate.Date{Year: 2026, Month: 1, Day: 5}, e.GetAsOfDate()))
	decided := map[string]string{}
	for _, s := range e.GetStatements() {
		decided[s.GetStatement().GetKind().String()] = s.GetReason().GetRuleId()
	}
	require.Equal(t, map[string]string{
		"TECHNICAL": "class_core", "COMMERCIAL": "class_core", "CONTACT": "class_core", "PRICE": "class_core", "CREDIT": "class_core",
		"SERVICE_STRATEGY": "tier_vip", "MARKETING_MODE": "tier_vip", "CHANNEL": "tier_vip",
	}, decided)
	require.Len(t, e.GetItems(), 20)
	require.Equal(t, []string{"order_placing", "everyone", "所有客户"}, []string{
		e.GetItems()[0].GetItem().GetItemId(), e.GetItems()[0].GetReason().GetRuleId(), e.GetItems()[0].GetReason().GetMatchedZh(),
	})
	var contacts []string
	for _, c := range e.GetContactFrequencies() {
		f := c.GetContactFrequency()
		require.Equal(t, int32(1), f.GetTimes())
		contacts = append(contacts, f.GetActivity().String()+" "+f.GetRole().String()+" "+f.GetPeriod().String()+" "+c.GetReason().GetRuleId())
	}
	require.Equal(t, []string{
		"EXECUTIVE_VISIT EXECUTIVE_SPONSOR YEAR class_core", "DAILY_VISIT ACCOUNT_MANAGER QUARTER class_core", "CALL ACCOUNT_MANAGER MONTH class_core",
		"MESSAGE ROLE_UNSPECIFIED YEAR everyone",
	}, contacts)
	require.Equal(t, int32(10), e.GetStaffing().GetStaffing().GetMostCustomers())
	require.Equal(t, "0.5", e.GetSlaFactor().GetSlaFactor())
	require.True(t, proto.Equal(&segmentationv1.EntitlementReason{
		RuleId: "class_core", LabelEn: "Core customers", LabelZh: "核心客户", MatchedEn: "class CORE", MatchedZh: "分类：核心客户",
		Condition: &segmentationv1.PolicyCondition{Classes: []segmentationv1.CustomerClassKind{segmentationv1.CustomerClassKind_CORE}},
	}, e.GetSlaFactor().GetReason()), e.GetSlaFactor())
}

// For a day that is past the class and tier of that day count, for one to come the policy that is published for it.
func TestEntitlementsOfAnotherDay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t, "cn/south", Standing{Class: 5, Tier: 4, Grade: 4})
	move := func(dimension int, to, day string) {
		b.exec(t, `insert into standing_moves (customer_id, move_id, dimension, from_value, to_value, move_day, record_time, cause, reference, value)
			values ($1, $2, $3, '', $4, $5, '2026-01-01', 'order', '', 0)`, customer, uuid.Must(uuid.NewV7()), dimension, to, day)
	}
	move(1, "ORDINARY", "2025-03-01")
	move(3, "MID", "2025-03-01")
	move(2, "A", "2025-04-01") // of another dimension
	move(1, "IMPORTANT", "2025-06-01")
	move(1, "SMALL_MEDIUM", "2025-08-01")
	move(1, "CORE", "2025-08-01") // later the same day
	made, err := b.publish(t, b.draft(t, 2026, "2026-02-01"))
	require.NoError(t, err)
	type facts struct{ class, tier, grade, policy string }
	for day, want := range map[string]facts{
		"2025-02-28": {"CUSTOMER_CLASS_KIND_UNSPECIFIED", "TIER_UNSPECIFIED", "S", shipped},
		"2025-03-01": {"ORDINARY", "MID", "S", shipped},
		"2025-07-31": {"IMPORTANT", "MID", "S", shipped},
		"2025-08-01": {"CORE", "MID", "S", shipped},
		"2026-01-04": {"CORE", "MID", "S", shipped},
		"2026-01-05": {"CORE", "VIP", "S", shipped},
		"2026-02-01": {"CORE", "VIP", "S", made.GetName()},
		"2027-02-01": {"CORE", "VIP", "S", shipped},
	} {
		e := b.entitled(t, customer, day)
		require.Equal(t, want, facts{e.GetClass().String(), e.GetTier().String(), e.GetGrade(), e.GetPolicy()}, day)
	}
	e := b.entitled(t, customer, "2025-07-31")
	require.Equal(t, "class IMPORTANT", e.GetSlaFactor().GetReason().GetMatchedEn())
	require.Len(t, e.GetItems(), 14)
	b.Clock.Set(time.Date(2026, 1, 31, 16, 0, 0, 0, time.UTC)) // the next day has begun in Shanghai
	require.Equal(t, made.GetName(), b.entitled(t, customer, "").GetPolicy())
}

func TestEntitlementsWithinReach(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t, "cn/south/shenzhen", Standing{})
	fresh := uuid.Must(uuid.NewV7()) // its standing is not there yet
	b.exec(t, `insert into customers (customer_id, territory, create_time, delete_time) values ($1, 'cn/south', '2025-01-01', '2025-02-01')`, fresh)
	require.Len(t, b.entitled(t, fresh, "").GetItems(), 7)
	get := func(name, asOf string, territories ...string) error {
		_, err := b.entitlements.GetEntitlements(b.As(t, basic, territories...), &segmentationv1.GetEntitlementsRequest{Name: name, AsOf: asOf})
		return err
	}
	require.NoError(t, get(nameOf(customer), "", "cn/south"))
	refused(t, get(nameOf(customer), "", "cn/north"), codes.PermissionDenied, "HIDDEN")
	refused(t, get(nameOf(uuid.Must(uuid.NewV7())), "", "cn/north"), codes.PermissionDenied, "HIDDEN")
	refused(t, get(nameOf(uuid.Must(uuid.NewV7())), "", auth.Anywhere), codes.NotFound, "NOT_FOUND")
	for _, name := range []string{"customers/" + customer.String(), "customers/x/entitlements", "", "customers/-/entitlements"} {
		refused(t, get(name, ""), codes.InvalidArgument, "INVALID_FIELDS", "name RESOURCE_NAME")
	}
	for _, day := range []string{"2026-02-30", "2026", "1899-12-31", "2201-01-01", "x"} {
		refused(t, get(nameOf(customer), day), codes.InvalidArgument, "INVALID_FIELDS", "as_of DATE")
	}
}

// Where a customer stands is one statement; only where it finds nothing the settings are looked after and it is asked again.
func TestPlaceNeedsNoSecondRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t, "cn/south", Standing{Class: 1})
	b.entitled(t, customer, "") // ships the settings
	ctx := auth.With(t.Context(), auth.Principal{Territories: []string{auth.Anywhere}})
	asked := 0
	_, err := NewStore(b.DB, b.Clock.Now).Place(ctx, customer, nil, func(context.Context) error { asked++; return nil })
	require.NoError(t, err)
	require.Zero(t, asked)
}

// What a customer is told it is entitled to is what the sets of customers are counted by: for random customers the groups are those of their standings one by
// one.
func TestGroupsAreOfTheSameStandings(t *testing.T) {
	t.Parallel()
	b := setup(t)
	everywhere := auth.With(t.Context(), auth.Principal{Territories: []string{"cn"}})
	store := NewStore(b.DB, b.Clock.Now)
	b.entitled(t, b.customer(t, "abroad", Standing{}), "") // ships the settings
	want := map[Standing]int64{}
	for seed := range 120 {
		s := rapid.Custom(anyStanding).Example(seed)
		place, err := store.Place(everywhere, b.customer(t, "cn", s), nil, nil)
		require.NoError(t, err)
		require.Equal(t, s, place.standing())
		want[s]++
	}
	groups, err := store.Groups(everywhere)
	require.NoError(t, err)
	got := map[Standing]int64{}
	for _, g := range groups {
		got[g.Standing] += g.Customers
	}
	require.Equal(t, want, got)
}
