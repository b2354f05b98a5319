package issue_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// Candidates that no case can join any more leave the index, so that a case costs no more the longer there have been cases; what has formed stays in it, and so does what a late
// case may join.
func TestOldCandidatesLeaveTheIndex(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 3 {
		b.put(t, b.customer, "冰箱冷藏室不制冷，食物都坏了", "", 200)
	}
	old := b.put(t, b.customer, "收到的赠品与宣传不同", "", 100)
	b.put(t, b.customer, "门店停车位太少", "", 35)
	b.grouped(t)
	indexed := func() (n int) {
		require.NoError(t, b.DB.Get(t.Context(), &n, `select count(distinct group_id) from issue_group_terms`))
		return n
	}
	require.Equal(t, 3, indexed())
	b.put(t, b.customer, "电话总是占线打不通", "", 0)
	b.grouped(t)
	require.Equal(t, 3, indexed(), "the one of long ago is not")
	b.requireConsistent(t)

	again, late := b.put(t, b.customer, "冷藏室不制冷，冰箱不制冷", "", 0), b.put(t, b.customer, "门店停车位太少了", "", 6)
	b.grouped(t)
	require.Equal(t, 4, b.size(t, again), "what has formed is found for good")
	require.Equal(t, 2, b.size(t, late))

	// What people put there is found again.
	_, err := b.groups.MoveIssueCase(b.manager(t), &voicev1.MoveIssueCaseRequest{Name: b.of(t, old), Case: name(late)})
	require.NoError(t, err)
	require.Equal(t, 2, b.size(t, old))
	b.requireConsistent(t)
}

// size is how many cases are in the group of a case.
func (b *bench) size(t *testing.T, id uuid.UUID) (n int) {
	t.Helper()
	require.NoError(t, b.DB.Get(t.Context(), &n, `select g.size from issue_groups g join cases c on c.issue_group_id = g.group_id where c.case_id = $1`, id))
	return n
}
