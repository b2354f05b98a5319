package casefile

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func TestReporters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	customer := b.customer(t)
	open, senior := b.person(t, customer, false), b.person(t, customer, true)
	c := b.open(t, customer)
	clerk := as(t.Context(), "carl", typev1.Level_BASIC, "cn")
	update := func(ctx context.Context, reporter string) (*voicev1.Case, error) {
		return b.UpdateCase(ctx, &voicev1.UpdateCaseRequest{Case: &voicev1.Case{Name: c.GetName(), Reporter: reporter}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"reporter"}}})
	}
	_, err := update(clerk, senior)
	require.Equal(t, "PERSON_UNKNOWN", fault.From(err).Violations()[0].Rule)
	kept, err := update(all(t), senior)
	require.NoError(t, err)
	require.Equal(t, senior, kept.GetReporter())
	shown, err := b.GetCase(clerk, &voicev1.GetCaseRequest{Name: c.GetName()})
	require.NoError(t, err)
	require.Empty(t, shown.GetReporter())
	_, err = b.UpdateCase(clerk, &voicev1.UpdateCaseRequest{Case: &voicev1.Case{Name: c.GetName(), Title: "other"}})
	require.NoError(t, err)
	kept, err = b.GetCase(all(t), &voicev1.GetCaseRequest{Name: c.GetName()})
	require.NoError(t, err)
	require.Equal(t, senior, kept.GetReporter(), "whom the clerk does not know he does not remove")

	_, err = update(clerk, open)
	require.NoError(t, err)
	ids, err := resource.Parse("", open, "customers", "people")
	require.NoError(t, err)
	require.NoError(t, b.cases.Forget(t.Context(), ids[0], ids[1]))
	kept, err = b.GetCase(all(t), &voicev1.GetCaseRequest{Name: c.GetName()})
	require.NoError(t, err)
	require.Empty(t, kept.GetReporter())
}

func TestTheDeskChooses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.open(t, b.customer(t))
	b.bring(t, c.GetName(), Triage)
	_, err := b.AssignCase(all(t), &voicev1.AssignCaseRequest{Name: c.GetName()})
	refused(t, err, codes.FailedPrecondition, "NOBODY_FREE")
	id := uuid.New()
	b.exec(t, `insert into desks (desk_id, territory, label_en, label_zh, leads, inactive, author, create_time, update_time, revision)
		values ($1, 'cn/south', 'South', '南区', '{lea}', false, 'x', now(), now(), 1)`, id)
	b.exec(t, `insert into desk_members (desk_id, number, subject, request_kinds, product_lines, languages, capacity) values ($1, 1, 'dan', '{}', '{}', '{}', 1)`, id)
	c, err = b.AssignCase(all(t), &voicev1.AssignCaseRequest{Name: c.GetName()})
	require.NoError(t, err)
	require.Equal(t, "dan", c.GetAssignee())
	require.Equal(t, resource.Name("desks", id), c.GetDesk())
	other := b.open(t, b.customer(t))
	b.bring(t, other.GetName(), Triage)
	_, err = b.AssignCase(all(t), &voicev1.AssignCaseRequest{Name: other.GetName()})
	refused(t, err, codes.FailedPrecondition, "NOBODY_FREE")
}
