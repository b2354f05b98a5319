package profile_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/testkit"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func duplicates(b *bundle) profilev1.DuplicateServiceClient {
	return profilev1.NewDuplicateServiceClient(b.Conn)
}

// search looks for duplicates and waits for the end.
func (b *bundle) search(t *testing.T) *profilev1.DuplicateSearch {
	t.Helper()
	s, err := duplicates(b).FindDuplicates(b.admin(t), &profilev1.FindDuplicatesRequest{})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		s, err = duplicates(b).GetDuplicateSearch(b.As(t, manager), &profilev1.GetDuplicateSearchRequest{Name: s.GetName()})
		return err == nil && s.GetOperation().GetState() > typev1.Operation_RUNNING
	}, testkit.Patience, 50*time.Millisecond)
	require.Equal(t, typev1.Operation_SUCCEEDED, s.GetOperation().GetState(), "%v", s)
	return s
}

// found are the pairs as a caller sees them.
func (b *bundle) found(t *testing.T, level typev1.Level, r *profilev1.ListDuplicatesRequest, territories ...string) []*profilev1.Duplicate {
	t.Helper()
	out, err := duplicates(b).ListDuplicates(b.As(t, level, territories...), r)
	require.NoError(t, err)
	return out.GetDuplicates()
}

func company(name, territory string, channels ...*profilev1.Channel) func(*profilev1.Customer) {
	return func(c *profilev1.Customer) { c.DisplayName, c.Territory, c.Channels = name, territory, channels }
}

func reachedBy(medium profilev1.Channel_Medium, value string) *profilev1.Channel {
	return &profilev1.Channel{Medium: medium, Value: value}
}

// Whoever checks while a search makes the keys of the newest customers finds them: by the keys, or as one that has changed.
func TestNobodyIsMissedWhileASearchRuns(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for n := range 12 {
		mail := reachedBy(profilev1.Channel_EMAIL, fmt.Sprintf("info@company%d.example", n))
		there := b.customer(t, company(fmt.Sprintf("company %d", n), "cn/south", mail))
		s, err := duplicates(b).FindDuplicates(b.admin(t), &profilev1.FindDuplicatesRequest{})
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			r, err := duplicates(b).CheckDuplicates(b.As(t, basic), &profilev1.CheckDuplicatesRequest{Customer: &profilev1.Customer{
				Kind: profilev1.Customer_ORGANIZATION, DisplayName: fmt.Sprintf("company %d", n), Channels: []*profilev1.Channel{mail},
			}})
			require.NoError(t, err)
			require.Len(t, r.GetCandidates(), 1)
			require.Equal(t, there.GetName(), r.GetCandidates()[0].GetCustomer())
			s, err = duplicates(b).GetDuplicateSearch(b.As(t, manager), &profilev1.GetDuplicateSearchRequest{Name: s.GetName()})
			require.NoError(t, err)
			return s.GetOperation().GetState() == typev1.Operation_SUCCEEDED
		}, testkit.Patience, time.Millisecond)
	}
}

func TestDuplicatesAreFoundDismissedAndFoundAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	phone := reachedBy(profilev1.Channel_PHONE, "0755-86013388")
	one := b.customer(t, company("华为技术有限公司", "cn/south", phone))
	two := b.customer(t, company("華為技術 股份有限公司", "cn/south"))
	b.customer(t, company("别的公司", "cn/south", phone))
	s := b.search(t)
	require.Equal(t, []int64{3, 1, 1}, []int64{s.GetChangedCustomerCount(), s.GetDuplicateCount(), s.GetNewDuplicateCount()})
	require.EqualValues(t, 5, s.GetOperation().GetDoneCount(), "three customers, two pairs that were compared")

	d := b.found(t, manager, &profilev1.ListDuplicatesRequest{})
	require.Len(t, d, 1)
	require.Equal(t, []string{one.GetName(), two.GetName()}, []string{d[0].GetCustomer(), d[0].GetOther()})
	require.Equal(t, []string{"华为技术有限公司", "華為技術 股份有限公司"}, []string{d[0].GetCustomerDisplayName(), d[0].GetOtherDisplayName()})
	require.InDelta(t, 0.8, d[0].GetScore(), 1e-9)
	require.Equal(t, []profilev1.DuplicateReason{profilev1.DuplicateReason_SAME_NAME}, d[0].GetReasons())
	require.Nil(t, d[0].GetDismissal())
	event := b.Events(t, "guanxi.profile.duplicate.found.v1", 1)[0]
	told := &profilev1.DuplicateFound{}
	require.NoError(t, protojson.Unmarshal(event.Data, told))
	require.Equal(t, []string{one.GetName(), two.GetName()}, []string{told.GetCustomer(), told.GetOther()})
	require.NotContains(t, string(event.Data), "华为")

	gone, err := duplicates(b).DismissDuplicate(b.As(t, manager), &profilev1.DismissDuplicateRequest{Customer: two.GetName(), Other: one.GetName(), Reason: "two companies"})
	require.NoError(t, err)
	require.Equal(t, one.GetName(), gone.GetCustomer(), "the older one first, whoever was named first")
	require.True(t, gone.GetDismissal().GetInForce())
	require.Equal(t, "two companies", gone.GetDismissal().GetReason())
	require.True(t, gone.GetFindTime().AsTime().Equal(d[0].GetFindTime().AsTime()))
	require.Empty(t, b.found(t, manager, &profilev1.ListDuplicatesRequest{}))
	require.Zero(t, b.search(t).GetNewDuplicateCount(), "what was dismissed is no news")
	require.Empty(t, b.found(t, manager, &profilev1.ListDuplicatesRequest{}))
	require.Len(t, b.found(t, manager, &profilev1.ListDuplicatesRequest{ShowDismissed: true, Customer: one.GetName()}), 1)
	b.Events(t, "guanxi.profile.duplicate.dismissed.v1", 1)

	_, err = b.customers.UpdateCustomer(b.admin(t), &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{Name: two.GetName(), Industry: "x"}})
	require.NoError(t, err)
	b.search(t)
	require.Empty(t, b.found(t, manager, &profilev1.ListDuplicatesRequest{}), "a change of something else brings nothing back")

	_, err = b.customers.UpdateCustomer(b.admin(t), &profilev1.UpdateCustomerRequest{
		Customer: &profilev1.Customer{Name: two.GetName(), Channels: []*profilev1.Channel{reachedBy(profilev1.Channel_PHONE, "+86 755 8601 3388")}},
	})
	require.NoError(t, err)
	s = b.search(t)
	require.Equal(t, []int64{1, 1, 1}, []int64{s.GetChangedCustomerCount(), s.GetDuplicateCount(), s.GetNewDuplicateCount()})
	d = b.found(t, manager, &profilev1.ListDuplicatesRequest{Filter: "score >= 0.85", OrderBy: "find_time"})
	require.Len(t, d, 1, "something else speaks for it now")
	require.False(t, d[0].GetDismissal().GetInForce())
	b.Events(t, "guanxi.profile.duplicate.found.v1", 2)

	_, err = b.customers.DeleteCustomer(b.admin(t), &profilev1.DeleteCustomerRequest{Name: one.GetName()})
	require.NoError(t, err)
	require.Empty(t, b.found(t, manager, &profilev1.ListDuplicatesRequest{}), "at once")
	require.Zero(t, b.search(t).GetDuplicateCount())
}

func TestDuplicatesAreShownWhereBothAre(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two := b.customer(t, company("Siemens AG", "cn/south")), b.customer(t, company("SIEMENS", "cn/north"))
	b.search(t)
	require.Len(t, b.found(t, manager, &profilev1.ListDuplicatesRequest{}), 1)
	require.Empty(t, b.found(t, executive, &profilev1.ListDuplicatesRequest{}, "cn/south"))
	check := &profilev1.CheckDuplicatesRequest{Customer: &profilev1.Customer{Kind: profilev1.Customer_ORGANIZATION, DisplayName: "siemens"}}
	answer, err := duplicates(b).CheckDuplicates(b.As(t, basic, "cn/north"), check)
	require.NoError(t, err)
	require.Len(t, answer.GetCandidates(), 1)
	require.Equal(t, two.GetName(), answer.GetCandidates()[0].GetCustomer())
	_, err = duplicates(b).DismissDuplicate(b.As(t, manager, "cn/south"), &profilev1.DismissDuplicateRequest{Customer: one.GetName(), Other: two.GetName(), Reason: "x"})
	refused(t, err, codes.PermissionDenied)
	_, err = duplicates(b).ListDuplicates(b.As(t, manager, "cn/south"), &profilev1.ListDuplicatesRequest{Customer: two.GetName()})
	refused(t, err, codes.PermissionDenied)
}

// A channel that is for managers is known to nobody else: not by an event, not by trying numbers out.
func TestPrivateChannelsAreNotGivenAwayByDuplicates(t *testing.T) {
	t.Parallel()
	b := setup(t)
	private := reachedBy(profilev1.Channel_MOBILE, "13800138000")
	private.Level = manager
	human := func(c *profilev1.Customer) { c.Kind = profilev1.Customer_PERSON }
	b.customer(t, company("王伟", "cn/south", private), human)
	two := b.customer(t, company("王伟先生", "cn/south", private), human)
	s := b.search(t)
	require.EqualValues(t, 1, s.GetDuplicateCount())
	require.Len(t, b.found(t, manager, &profilev1.ListDuplicatesRequest{}), 1)
	var announced int
	require.NoError(t, b.DB.Get(t.Context(), &announced, `select count(*) from outbox where subject like 'guanxi.profile.duplicate%'`))
	require.Zero(t, announced)

	guess := &profilev1.CheckDuplicatesRequest{Customer: &profilev1.Customer{
		Kind: profilev1.Customer_PERSON, DisplayName: "王伟", Channels: []*profilev1.Channel{reachedBy(profilev1.Channel_MOBILE, "+86 138 0013 8000")},
	}}
	for level, want := range map[typev1.Level]int{basic: 0, manager: 2} {
		answer, err := duplicates(b).CheckDuplicates(b.As(t, level), guess)
		require.NoError(t, err)
		require.Len(t, answer.GetCandidates(), want, level)
		answer, err = duplicates(b).CheckDuplicates(b.As(t, level), &profilev1.CheckDuplicatesRequest{Name: two.GetName()})
		require.NoError(t, err)
		require.Len(t, answer.GetCandidates(), want/2, level)
	}
}

func TestCheckKnowsWhatHasJustChanged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	check := func(name string) []*profilev1.CheckDuplicatesResponse_Candidate {
		answer, err := duplicates(b).CheckDuplicates(b.As(t, basic), &profilev1.CheckDuplicatesRequest{
			Customer: &profilev1.Customer{Kind: profilev1.Customer_ORGANIZATION, LegalName: name},
		})
		require.NoError(t, err)
		return answer.GetCandidates()
	}
	one := b.customer(t, company("阳光贸易有限公司", "cn/south"))
	require.Len(t, check("陽光貿易"), 1, "before any search")
	b.search(t)
	b.Clock.Advance(time.Hour)
	require.Len(t, check("陽光貿易"), 1)
	_, err := b.customers.UpdateCustomer(b.admin(t), &profilev1.UpdateCustomerRequest{Customer: &profilev1.Customer{Name: one.GetName(), DisplayName: "月光贸易"}})
	require.NoError(t, err)
	require.Empty(t, check("陽光貿易"))
	require.Len(t, check("月光贸易"), 1)
	two := b.customer(t, company("月光贸易公司", "cn/south"))
	answer, err := duplicates(b).CheckDuplicates(b.As(t, basic), &profilev1.CheckDuplicatesRequest{Name: two.GetName()})
	require.NoError(t, err)
	require.Len(t, answer.GetCandidates(), 1, "not itself")
	require.Equal(t, one.GetName(), answer.GetCandidates()[0].GetCustomer())
	require.False(t, answer.GetCandidates()[0].GetDismissed())
	_, err = duplicates(b).DismissDuplicate(b.As(t, manager), &profilev1.DismissDuplicateRequest{Customer: one.GetName(), Other: two.GetName(), Reason: "x"})
	require.NoError(t, err, "before a search has found them")
	answer, err = duplicates(b).CheckDuplicates(b.As(t, basic), &profilev1.CheckDuplicatesRequest{Name: two.GetName()})
	require.NoError(t, err)
	require.True(t, answer.GetCandidates()[0].GetDismissed())
}

// What very many have in common is no evidence, and does not make pairs of all with all.
func TestCrowdsAreNoEvidence(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.settings.UpdateSettings(b.admin(t), &profilev1.UpdateSettingsRequest{
		Settings: &profilev1.Settings{Name: "profileSettings", Duplicates: &profilev1.DuplicateRules{Crowd: 3}}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"duplicates.crowd"}},
	})
	require.NoError(t, err)
	for range 3 {
		b.customer(t, company("测试公司", "cn/south"))
	}
	require.EqualValues(t, 3, b.search(t).GetDuplicateCount())
	b.customer(t, company("测试 有限公司", "cn/south"))
	require.Zero(t, b.search(t).GetDuplicateCount())
	answer, err := duplicates(b).CheckDuplicates(b.As(t, basic), &profilev1.CheckDuplicatesRequest{
		Customer: &profilev1.Customer{Kind: profilev1.Customer_ORGANIZATION, LegalName: "测试"},
	})
	require.NoError(t, err)
	require.Empty(t, answer.GetCandidates())
}

func TestDuplicateRulesAreChecked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, rules := range map[string]*profilev1.DuplicateRules{"threshold": {}, "crowd": {Crowd: 1}} {
		_, err := b.settings.UpdateSettings(b.admin(t), &profilev1.UpdateSettingsRequest{
			Settings: &profilev1.Settings{Name: "profileSettings", Duplicates: rules}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"duplicates." + path}},
		})
		refused(t, err, codes.InvalidArgument, "settings.duplicates."+path, "RANGE")
	}
	_, err := b.settings.UpdateSettings(b.admin(t), &profilev1.UpdateSettingsRequest{
		Settings: &profilev1.Settings{Name: "profileSettings", Duplicates: &profilev1.DuplicateRules{Mail: 1}}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"duplicates.mail"}},
	})
	refused(t, err, codes.InvalidArgument)
}

func TestDuplicateRequestsAreChecked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two := b.customer(t, company("甲公司", "cn/south")), b.customer(t, company("乙公司", "cn/south"))
	c := duplicates(b)
	_, err := c.CheckDuplicates(b.As(t, basic), &profilev1.CheckDuplicatesRequest{})
	refused(t, err, codes.InvalidArgument, "customer", "ONE_OF")
	_, err = c.CheckDuplicates(b.As(t, basic), &profilev1.CheckDuplicatesRequest{Name: one.GetName(), Customer: &profilev1.Customer{Kind: 1}})
	refused(t, err, codes.InvalidArgument, "customer", "ONE_OF")
	_, err = c.CheckDuplicates(b.As(t, basic), &profilev1.CheckDuplicatesRequest{Customer: &profilev1.Customer{DisplayName: "x"}})
	refused(t, err, codes.InvalidArgument, "customer.kind", "REQUIRED")
	_, err = c.DismissDuplicate(b.As(t, manager), &profilev1.DismissDuplicateRequest{Customer: one.GetName(), Other: one.GetName(), Reason: "x"})
	refused(t, err, codes.InvalidArgument, "other", "SAME")
	_, err = c.DismissDuplicate(b.As(t, manager), &profilev1.DismissDuplicateRequest{Customer: one.GetName(), Other: two.GetName(), Reason: "x"})
	refused(t, err, codes.FailedPrecondition)
	_, err = c.DismissDuplicate(b.As(t, manager), &profilev1.DismissDuplicateRequest{Customer: one.GetName(), Other: strings.Replace(two.GetName(), two.GetName()[10:18], "00000000", 1), Reason: "x"})
	refused(t, err, codes.NotFound)
	_, err = b.customers.DeleteCustomer(b.admin(t), &profilev1.DeleteCustomerRequest{Name: two.GetName()})
	require.NoError(t, err)
	_, err = c.DismissDuplicate(b.As(t, manager), &profilev1.DismissDuplicateRequest{Customer: one.GetName(), Other: two.GetName(), Reason: "x"})
	refused(t, err, codes.FailedPrecondition)
	done := b.search(t)
	_, err = c.CancelDuplicateSearch(b.admin(t), &profilev1.CancelDuplicateSearchRequest{Name: done.GetName()})
	refused(t, err, codes.FailedPrecondition)
	_, err = c.GetDuplicateSearch(b.As(t, executive, "cn"), &profilev1.GetDuplicateSearchRequest{Name: done.GetName()})
	refused(t, err, codes.PermissionDenied)
	all, err := c.ListDuplicateSearches(b.As(t, manager), &profilev1.ListDuplicateSearchesRequest{Filter: `operation.state = "SUCCEEDED"`})
	require.NoError(t, err)
	require.Len(t, all.GetDuplicateSearches(), 1)
	none, err := c.ListDuplicateSearches(b.As(t, manager, "cn"), &profilev1.ListDuplicateSearchesRequest{})
	require.NoError(t, err)
	require.Empty(t, none.GetDuplicateSearches())
}
