package issue_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

const (
	formedSubject  = "guanxi.voice.issue_group.formed.v1"
	grownSubject   = "guanxi.voice.issue_group.grown.v1"
	changedSubject = "guanxi.voice.issue_group.changed.v1"
	mergedSubject  = "guanxi.voice.issue_group.merged.v1"
)

// Enough cases within enough days make a group, once; cases apart in time do not.
func TestAGroupForms(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.put(t, b.customer, "洗衣机底部漏水", "WM-8", 20)
	long := b.put(t, b.customer, "洗衣机底部漏水", "WM-8", 80)
	b.grouped(t)
	b.put(t, b.customer, "洗衣機底部漏水嚴重", "WM-8", 10)
	b.grouped(t)
	require.Empty(t, b.subjects(t))
	got, err := b.groups.GetIssueGroup(b.manager(t), &voicev1.GetIssueGroupRequest{Name: b.of(t, first)})
	require.NoError(t, err)
	require.Equal(t, voicev1.IssueGroup_CANDIDATE, got.GetState())
	require.Equal(t, int32(2), got.GetCaseCount())
	listed, err := b.groups.ListIssueGroups(b.manager(t), &voicev1.ListIssueGroupsRequest{})
	require.NoError(t, err)
	require.Empty(t, listed.GetIssueGroups())

	b.put(t, b.customer, "新买的洗衣机底部漏水", "WM-8", 0)
	b.grouped(t)
	require.Equal(t, []string{formedSubject}, b.subjects(t))
	require.NotEqual(t, b.of(t, first), b.of(t, long))
	listed, err = b.groups.ListIssueGroups(b.manager(t), &voicev1.ListIssueGroupsRequest{Filter: `product_code = "WM-8" AND keywords:"漏水" AND case_count > 2`})
	require.NoError(t, err)
	require.Len(t, listed.GetIssueGroups(), 1)
	require.Equal(t, b.of(t, first), listed.GetIssueGroups()[0].GetName())
	require.Contains(t, listed.GetIssueGroups()[0].GetKeywords(), "漏水")
	require.NotNil(t, listed.GetIssueGroups()[0].GetFormTime())

	for range 18 {
		b.put(t, b.customer, "洗衣机底部漏水", "WM-8", 0)
	}
	b.grouped(t)
	require.Equal(t, []string{formedSubject, grownSubject}, b.subjects(t), "one jump over two steps is said once")
	members, err := b.groups.ListIssueGroupMembers(b.manager(t), &voicev1.ListIssueGroupMembersRequest{Parent: b.of(t, first), PageSize: 15, Filter: "similarity > 0.4"})
	require.NoError(t, err)
	require.Len(t, members.GetMembers(), 15)
	rest, err := b.groups.ListIssueGroupMembers(b.manager(t), &voicev1.ListIssueGroupMembersRequest{
		Parent: b.of(t, first), PageSize: 15, Filter: "similarity > 0.4", PageToken: members.GetNextPageToken(),
	})
	require.NoError(t, err)
	require.Len(t, rest.GetMembers(), 6)
}

// The database, batch by batch, finds the planted issues as the rules do.
func TestTheDatabaseFindsThePlantedIssues(t *testing.T) {
	t.Parallel()
	b := setup(t)
	all := mixed(7)
	ids := make([]uuid.UUID, len(all))
	for i, c := range all {
		ids[i] = b.put(t, b.customer, c.text, c.code, 0)
		if i%25 == 0 {
			b.grouped(t)
		}
	}
	b.grouped(t)
	b.daily(t)
	b.grouped(t)
	groups := map[uuid.UUID]string{}
	for _, id := range ids {
		groups[id] = b.of(t, id)
	}
	precision, recall := quality(all, func(i int) uuid.UUID { return uuid.NewSHA1(uuid.Nil, []byte(groups[ids[i]])) })
	t.Logf("precision %.3f, recall %.3f", precision, recall)
	require.Greater(t, precision, 0.9)
	require.Greater(t, recall, 0.6)
}

// formed makes a group of three cases of cn/south.
func (b *bench) formed(t *testing.T, title string) (group string, cases []uuid.UUID) {
	t.Helper()
	for range 3 {
		cases = append(cases, b.put(t, b.customer, title, "", 0))
	}
	b.grouped(t)
	return b.of(t, cases[0]), cases
}

// Who is limited sees of a group what is of his customers, and changes it when that is all.
func TestGroupsAreOfTheWholeCompany(t *testing.T) {
	t.Parallel()
	b := setup(t)
	group, _ := b.formed(t, "冰箱冷藏室不制冷")
	get := &voicev1.GetIssueGroupRequest{Name: group}
	_, err := b.groups.GetIssueGroup(b.manager(t, "cn/north"), get)
	requireReason(t, err, "HIDDEN")
	north := b.client(t, "cn/north/beijing")
	b.put(t, north, "冰箱冷藏室不制冷", "", 0)
	b.grouped(t)
	for territory, want := range map[string]int32{"cn/north": 1, "cn/south": 3, "cn": 4} {
		got, err := b.groups.GetIssueGroup(b.manager(t, territory), get)
		require.NoError(t, err)
		require.Equal(t, want, got.GetCaseCount())
		listed, err := b.groups.ListIssueGroups(b.manager(t, territory), &voicev1.ListIssueGroupsRequest{})
		require.NoError(t, err)
		require.Equal(t, want, listed.GetIssueGroups()[0].GetCaseCount())
		members, err := b.groups.ListIssueGroupMembers(b.manager(t, territory), &voicev1.ListIssueGroupMembersRequest{Parent: group})
		require.NoError(t, err)
		require.Len(t, members.GetMembers(), int(want))
	}
	rename := &voicev1.RenameIssueGroupRequest{Name: group, NameZh: "冷藏室不制冷", NameEn: "Fridge does not cool"}
	_, err = b.groups.RenameIssueGroup(b.manager(t, "cn/south"), rename)
	requireReason(t, err, "TERRITORY")
	_, err = b.groups.RenameIssueGroup(b.manager(t, "eu"), rename)
	requireReason(t, err, "HIDDEN")
	_, err = b.groups.RenameIssueGroup(b.As(t, typev1.Level_BASIC, "cn"), rename)
	require.Error(t, err)
	got, err := b.groups.RenameIssueGroup(b.manager(t, "cn"), rename)
	require.NoError(t, err)
	require.Equal(t, "冷藏室不制冷", got.GetNameZh())
	rename.Etag = got.GetEtag()
	got, err = b.groups.RenameIssueGroup(b.manager(t, "cn"), rename)
	require.NoError(t, err)
	require.Equal(t, rename.GetEtag(), got.GetEtag(), "the same names change nothing")
	changed, err := b.groups.UpdateIssueGroup(b.manager(t), &voicev1.UpdateIssueGroupRequest{IssueGroup: &voicev1.IssueGroup{
		Name: group, Cause: "compressor", Action: "更换压缩机", Etag: got.GetEtag(), NameZh: "ignored",
	}})
	require.NoError(t, err)
	require.Equal(t, "compressor", changed.GetCause())
	require.Equal(t, "冷藏室不制冷", changed.GetNameZh())
	_, err = b.groups.UpdateIssueGroup(b.manager(t), &voicev1.UpdateIssueGroupRequest{IssueGroup: &voicev1.IssueGroup{Name: group, Cause: "x", Etag: got.GetEtag()}})
	requireReason(t, err, "ETAG_MISMATCH")
	require.Equal(t, []string{formedSubject, changedSubject, changedSubject}, b.subjects(t))
}

// Merged groups are one; what people have put together or apart stays so whatever changes.
func TestPeopleCorrectGroups(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := b.manager(t)
	group, cases := b.formed(t, "空调室内机滴水")
	other, more := b.formed(t, "安装师傅乱收费")
	alone := b.put(t, b.customer, "会员积分何时到账", "", 0)
	b.grouped(t)
	_, err := b.groups.MergeIssueGroups(ctx, &voicev1.MergeIssueGroupsRequest{Name: group, Sources: []string{group}})
	requireReason(t, err, "INVALID_FIELDS")
	got, err := b.groups.MergeIssueGroups(ctx, &voicev1.MergeIssueGroupsRequest{Name: group, Sources: []string{other, b.of(t, alone)}})
	require.NoError(t, err)
	require.Equal(t, int32(7), got.GetCaseCount())
	require.Equal(t, group, b.of(t, more[0]))
	gone, err := b.groups.GetIssueGroup(ctx, &voicev1.GetIssueGroupRequest{Name: other})
	require.NoError(t, err)
	require.Equal(t, voicev1.IssueGroup_MERGED, gone.GetState())
	require.Equal(t, group, gone.GetMergedInto())
	require.Zero(t, gone.GetCaseCount())
	_, err = b.groups.MoveIssueCase(ctx, &voicev1.MoveIssueCaseRequest{Name: other, Case: name(cases[0])})
	requireReason(t, err, "MERGED")

	moved, err := b.groups.MoveIssueCase(ctx, &voicev1.MoveIssueCaseRequest{Name: "issueGroups/-", Case: name(more[0])})
	require.NoError(t, err)
	require.Equal(t, int32(1), moved.GetCaseCount())
	require.Equal(t, moved.GetName(), b.of(t, more[0]))
	b.exec(t, `update cases set title = '空调室内机滴水', update_time = $2 where case_id = $1`, more[0], b.Clock.Now().AddDate(0, 0, 1))
	b.exec(t, `update cases set title = '网站无法登录', update_time = $2 where case_id = $1`, cases[0], b.Clock.Now().AddDate(0, 0, 1))
	b.daily(t)
	b.grouped(t)
	ctx = b.manager(t) // a day later
	require.Equal(t, moved.GetName(), b.of(t, more[0]), "where somebody has put it it stays")
	require.NotEqual(t, group, b.of(t, cases[0]), "what says something else now goes")
	got, err = b.groups.GetIssueGroup(ctx, &voicev1.GetIssueGroupRequest{Name: group})
	require.NoError(t, err)
	require.Equal(t, int32(5), got.GetCaseCount())

	back, err := b.groups.MoveIssueCase(ctx, &voicev1.MoveIssueCaseRequest{Name: group, Case: name(more[0])})
	require.NoError(t, err)
	require.Equal(t, int32(6), back.GetCaseCount())
	_, err = b.groups.MoveIssueCase(b.manager(t, "cn/north"), &voicev1.MoveIssueCaseRequest{Name: "issueGroups/-", Case: name(more[0])})
	requireReason(t, err, "HIDDEN")
	require.Equal(t, []string{formedSubject, formedSubject, mergedSubject, mergedSubject}, b.subjects(t))
	b.requireConsistent(t)
}

// requireConsistent holds what is kept of groups against what can be counted.
func (b *bench) requireConsistent(t *testing.T) {
	t.Helper()
	for _, query := range []string{
		`select exists (select from issue_groups g where size <> (select count(*) from issue_members m where m.group_id = g.group_id))`,
		`select exists (select from cases c left join issue_members m using (customer_id, case_id) where c.issue_group_id is distinct from m.group_id)`,
		`select exists (select from issue_terms t where t.term <> '' and cases <> (select count(*) from issue_members m where t.term = any(m.terms)))`,
		`select exists (select from issue_terms t where t.term = '' and cases <> (select count(*) from issue_members))`,
		`select exists (select from (select term, group_id, count(*) as n from issue_members m join issue_groups g using (group_id), unnest(m.terms) as term where g.indexed group by 1, 2) c
			full join issue_group_terms t using (term, group_id) where c.n is distinct from t.members)`,
	} {
		var wrong bool
		require.NoError(t, b.DB.Get(t.Context(), &wrong, query))
		require.False(t, wrong, query)
	}
}
