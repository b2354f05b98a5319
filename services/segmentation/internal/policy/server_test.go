package policy

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	pbdate "google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/validate"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

func TestShippedPolicy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, err := b.policies.GetPolicy(b.As(t, basic), &segmentationv1.GetPolicyRequest{Name: "policies/current"})
	require.NoError(t, err)
	require.Equal(t, shipped, p.GetName())
	require.Equal(t, segmentationv1.Policy_PUBLISHED, p.GetState())
	require.NoError(t, validate.Request(p), "it keeps the rules of the API")
	require.NoError(t, (&Policy{}).set(p))
	require.Len(t, p.GetServiceItems(), 21)
	for class := int16(1); class <= 5; class++ {
		for tier := int16(1); tier <= 5; tier++ {
			c := &Policy{}
			require.NoError(t, c.set(p))
			e := c.Content.Entitle(Standing{Class: class, Tier: tier})
			require.Len(t, e.Statements, 8, "class %d, tier %d has all of the policy in words", class, tier)
			require.Len(t, e.Items, map[int16]int{1: 7, 2: 7, 3: 14, 4: 20, 5: 21}[tier])
			require.Len(t, e.SLAFactor, 1)
			require.NotEmpty(t, e.Frequencies)
		}
	}
}

func TestDraftToPublished(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.draft(t, 2026, "")
	require.Equal(t, []any{int32(2026), int32(1), segmentationv1.Policy_DRAFT, "Draft", "标准客户政策", "root"}, []any{
		p.GetFiscalYear(), p.GetVersion(), p.GetState(), p.GetLabelEn(), p.GetLabelZh(), p.GetAuthor(),
	})
	require.Equal(t, int32(2), b.draft(t, 2026, "").GetVersion())
	require.Equal(t, int32(1), b.draft(t, 2027, "").GetVersion())
	_, err := b.publish(t, p)
	refused(t, err, codes.FailedPrecondition, "EFFECTIVE_DATE_MISSING")

	rules := p.GetRules()
	rules[0].SlaFactor = "0.250"
	update := &segmentationv1.UpdatePolicyRequest{
		Policy:     &segmentationv1.Policy{Name: p.GetName(), Etag: p.GetEtag(), Rules: rules[:len(rules)-1], EffectiveDate: &pbdate.Date{Year: 2026, Month: 2, Day: 1}},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"rules", "effective_date"}},
	}
	changed, err := b.policies.UpdatePolicy(b.admin(t), update)
	require.NoError(t, err)
	require.Equal(t, "0.25", changed.GetRules()[0].GetSlaFactor())
	require.Len(t, changed.GetRules(), 10)
	_, err = b.policies.UpdatePolicy(b.admin(t), update)
	refused(t, err, codes.Aborted, "ETAG_MISMATCH")
	update.Policy.Etag = ""
	same, err := b.policies.UpdatePolicy(b.admin(t), update)
	require.NoError(t, err)
	require.Equal(t, changed.GetEtag(), same.GetEtag(), "nothing changed")
	_, err = b.publish(t, p)
	refused(t, err, codes.Aborted, "ETAG_MISMATCH")

	done, err := b.publish(t, changed)
	require.NoError(t, err)
	require.Equal(t, []any{segmentationv1.Policy_PUBLISHED, "root", b.Clock.Now()}, []any{done.GetState(), done.GetPublisher(), done.GetPublishTime().AsTime()})
	_, err = b.publish(t, done)
	refused(t, err, codes.FailedPrecondition, "PUBLISHED")
	_, err = b.policies.UpdatePolicy(b.admin(t), update)
	refused(t, err, codes.FailedPrecondition, "PUBLISHED")
	read, err := b.policies.GetPolicy(b.As(t, basic), &segmentationv1.GetPolicyRequest{Name: p.GetName()})
	require.NoError(t, err)
	require.True(t, proto.Equal(done, read))

	message := b.Events(t, "guanxi.segmentation.policy.published.v1", 1)[0]
	require.Equal(t, int64(1), message.Version)
	var data map[string]any
	require.NoError(t, json.Unmarshal(message.Data, &data))
	require.Equal(t, map[string]any{
		"policy": p.GetName(), "fiscalYear": 2026.0, "version": 1.0, "effectiveDate": map[string]any{"year": 2026.0, "month": 2.0, "day": 1.0},
		"changedRules": []any{"class_core", "everyone"},
	}, data)
}

func TestOnlyAdministratorsWrite(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.draft(t, 2026, "2026-01-05")
	caller := b.As(t, manager)
	_, err := b.policies.CreatePolicy(caller, &segmentationv1.CreatePolicyRequest{Policy: p})
	require.Equal(t, codes.PermissionDenied, codeOf(err))
	_, err = b.policies.UpdatePolicy(caller, &segmentationv1.UpdatePolicyRequest{Policy: p})
	require.Equal(t, codes.PermissionDenied, codeOf(err))
	_, err = b.policies.PublishPolicy(caller, &segmentationv1.PublishPolicyRequest{Name: p.GetName()})
	require.Equal(t, codes.PermissionDenied, codeOf(err))
	_, err = b.effects.CreatePolicyEvaluation(caller, &segmentationv1.CreatePolicyEvaluationRequest{
		Parent: shipped, PolicyEvaluation: &segmentationv1.PolicyEvaluation{ConclusionEn: "fine"},
	})
	require.Equal(t, codes.PermissionDenied, codeOf(err))
}

func TestPublishRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, c := range map[string]struct {
		year   int32
		day    string
		reason string
	}{
		"a day that is past":             {2026, "2026-01-04", "EFFECTIVE_DATE_PAST"},
		"a day of the year after":        {2026, "2027-01-01", "EFFECTIVE_DATE_YEAR"},
		"a standing default of the past": {0, "2025-12-31", "EFFECTIVE_DATE_PAST"},
	} {
		_, err := b.publish(t, b.draft(t, c.year, c.day))
		require.Error(t, err, name)
		refused(t, err, codes.FailedPrecondition, c.reason)
	}
	empty, err := b.policies.CreatePolicy(b.admin(t), &segmentationv1.CreatePolicyRequest{
		Policy: &segmentationv1.Policy{LabelEn: "x", LabelZh: "某", EffectiveDate: &pbdate.Date{Year: 2026, Month: 3, Day: 1}},
	})
	require.NoError(t, err)
	_, err = b.publish(t, empty)
	refused(t, err, codes.FailedPrecondition, "NO_RULES")
	_, err = b.publish(t, b.draft(t, 2026, "2026-01-05"))
	require.NoError(t, err)
	_, err = b.publish(t, b.draft(t, 2026, "2026-01-05"))
	refused(t, err, codes.FailedPrecondition, "EFFECTIVE_DATE_TAKEN")
	_, err = b.publish(t, b.draft(t, 0, "2026-01-05"))
	require.NoError(t, err, "a standing default does not compete with a year's own")
}

func TestInForce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	names := map[string]string{shipped: "shipped"}
	for label, p := range map[string]struct {
		year int32
		day  string
	}{"first": {2026, "2026-02-01"}, "second": {2026, "2026-06-01"}, "later default": {0, "2027-03-01"}, "next": {2027, "2027-05-01"}} {
		made, err := b.publish(t, b.draft(t, p.year, p.day))
		require.NoError(t, err)
		names[made.GetName()] = label
	}
	for _, c := range []struct{ day, want string }{
		{"1900-01-01", "shipped"},
		{"2026-01-31", "shipped"},
		{"2026-02-01", "first"},
		{"2026-05-31", "first"},
		{"2026-06-01", "second"},
		{"2026-12-31", "second"},
		{"2027-01-01", "shipped"},
		{"2027-03-01", "later default"},
		{"2027-05-01", "next"},
		{"2027-12-31", "next"},
		{"2028-01-01", "later default"},
	} {
		p, err := NewStore(b.DB, b.Clock.Now).InForce(t.Context(), *calendarDay(t, c.day))
		require.NoError(t, err)
		require.Equal(t, c.want, names[p.Name()], c.day)
	}
	b.Clock.Set(time.Date(2026, 1, 31, 16, 0, 0, 0, time.UTC)) // February has begun in Shanghai
	p, err := b.policies.GetPolicy(b.As(t, basic), &segmentationv1.GetPolicyRequest{Name: "policies/current"})
	require.NoError(t, err)
	require.Equal(t, "first", names[p.GetName()])
}

// A fiscal year that begins in July is called by the year it begins in; a later change of that moves no published policy.
func TestFiscalYearOfTheSettings(t *testing.T) {
	t.Parallel()
	b := setup(t)
	july := &segmentationv1.UpdateSettingsRequest{Settings: &segmentationv1.Settings{Name: "segmentationSettings", FiscalYearStartMonth: 7}}
	_, err := b.settings.UpdateSettings(b.admin(t), july)
	require.NoError(t, err)
	_, err = b.publish(t, b.draft(t, 2026, "2026-03-01"))
	refused(t, err, codes.FailedPrecondition, "EFFECTIVE_DATE_YEAR")
	made, err := b.publish(t, b.draft(t, 2025, "2026-03-01"))
	require.NoError(t, err)
	july.Settings.FiscalYearStartMonth = 1
	_, err = b.settings.UpdateSettings(b.admin(t), july)
	require.NoError(t, err)
	for day, want := range map[string]string{"2026-06-30": made.GetName(), "2026-07-01": shipped} {
		p, err := NewStore(b.DB, b.Clock.Now).InForce(t.Context(), *calendarDay(t, day))
		require.NoError(t, err)
		require.Equal(t, want, p.Name(), day)
	}
	_, err = b.publish(t, b.draft(t, 2026, "2026-03-01"))
	refused(t, err, codes.FailedPrecondition, "EFFECTIVE_DATE_TAKEN")
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	b := setup(t)
	create := func(change func(*segmentationv1.Policy), from string) error {
		p := &segmentationv1.Policy{LabelEn: "x", LabelZh: "某"}
		change(p)
		_, err := b.policies.CreatePolicy(b.admin(t), &segmentationv1.CreatePolicyRequest{Policy: p, CopyFrom: from})
		return err
	}
	nothing := func(*segmentationv1.Policy) {}
	refused(t, create(func(p *segmentationv1.Policy) { p.FiscalYear = 26 }, ""), codes.InvalidArgument, "INVALID_FIELDS", "policy.fiscal_year FISCAL_YEAR")
	refused(t, create(func(p *segmentationv1.Policy) { p.LabelZh = "" }, ""), codes.InvalidArgument, "INVALID_FIELDS", "policy.label_zh REQUIRED")
	refused(t, create(func(p *segmentationv1.Policy) { p.EffectiveDate = &pbdate.Date{Year: 2026, Month: 2, Day: 30} }, ""),
		codes.InvalidArgument, "INVALID_FIELDS", "policy.effective_date DATE")
	refused(t, create(func(p *segmentationv1.Policy) { p.EffectiveDate = &pbdate.Date{Year: 2026} }, ""),
		codes.InvalidArgument, "INVALID_FIELDS", "policy.effective_date DATE")
	refused(t, create(func(p *segmentationv1.Policy) {
		p.Rules = []*segmentationv1.PolicyRule{{RuleId: "a", LabelEn: "x", LabelZh: "某", ItemIds: []string{"none"}, SlaFactor: "0.0"}}
	}, ""), codes.InvalidArgument, "INVALID_FIELDS", "policy.rules[0].item_ids[0] UNKNOWN_ITEM", "policy.rules[0].sla_factor RANGE")
	refused(t, create(nothing, "policies/x"), codes.InvalidArgument, "INVALID_FIELDS", "copy_from RESOURCE_NAME")
	refused(t, create(nothing, "policies/019b76da-a800-7000-8000-00000000ffff"), codes.NotFound, "NOT_FOUND")
	p := b.draft(t, 2026, "")
	_, err := b.policies.UpdatePolicy(b.admin(t), &segmentationv1.UpdatePolicyRequest{
		Policy: &segmentationv1.Policy{Name: p.GetName(), FiscalYear: 2027}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"fiscal_year"}},
	})
	refused(t, err, codes.InvalidArgument, "INVALID_FIELDS", "policy.fiscal_year IMMUTABLE")
	_, err = b.policies.UpdatePolicy(b.admin(t), &segmentationv1.UpdatePolicyRequest{Policy: &segmentationv1.Policy{Name: "policies/current"}})
	refused(t, err, codes.InvalidArgument, "INVALID_FIELDS", "policy.name RESOURCE_NAME")
	_, err = b.policies.ListPolicies(b.As(t, basic), &segmentationv1.ListPoliciesRequest{Filter: "rules = 1"})
	require.Equal(t, codes.InvalidArgument, codeOf(err))
}
