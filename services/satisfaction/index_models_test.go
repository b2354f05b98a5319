package satisfaction_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/servicetest"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/indexmodel"
)

// alone is satisfaction without those it listens to, for what needs none of them.
func alone(t *testing.T) *bundle {
	t.Helper()
	return &bundle{Service: servicetest.Start(t, satisfaction.Definition())}
}

func requireReason(t *testing.T, err error, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, reason, fault.From(err).Reason(), "%v", err)
}

func (b *bundle) models() satisfactionv1.IndexModelServiceClient {
	return satisfactionv1.NewIndexModelServiceClient(b.Conn)
}

// smallModel has two items beside each other.
func smallModel() *satisfactionv1.IndexModel {
	return &satisfactionv1.IndexModel{LabelEn: "open-model", LabelZh: "模型", Items: []*satisfactionv1.IndexItem{
		{Code: "service", LabelEn: "Service", LabelZh: "服务", Weight: "1"},
		{Code: "contact", ParentCode: "service", LabelEn: "Contact", LabelZh: "接触", Weight: "1"},
		{Code: "polite", ParentCode: "contact", LabelEn: "Polite", LabelZh: "礼貌", Weight: "0.6", Scale: satisfactionv1.IndexScale_FIVE_GRADES},
		{Code: "prompt", ParentCode: "contact", LabelEn: "Prompt", LabelZh: "迅速", Weight: "0.4", Scale: satisfactionv1.IndexScale_FIVE_GRADES},
	}}
}

// The shipped model is released and has a wording for each scale.
func TestShippedIndexModel(t *testing.T) {
	t.Parallel()
	b := alone(t)
	ctx := b.admin(t)
	m, err := b.models().GetIndexModel(ctx, &satisfactionv1.GetIndexModelRequest{Name: indexmodel.Name(indexmodel.Shipped)})
	require.NoError(t, err)
	require.Equal(t, satisfactionv1.IndexModel_RELEASED, m.GetState())
	count, latent := map[int32]int{}, []string{}
	for _, i := range m.GetItems() {
		count[i.GetLevel()]++
		if i.GetLevel() == 1 {
			latent = append(latent, i.GetLabelZh())
		}
		require.NotEmpty(t, i.GetLabelEn())
		require.Equal(t, "1", i.GetWeight())
	}
	require.Equal(t, []string{"企业形象", "客户期望", "质量感知", "价值感知", "客户满意度", "客户抱怨", "客户忠诚度"}, latent)
	require.Equal(t, map[int32]int{1: 7, 2: 13, 3: 31}, count)
	require.Len(t, m.GetScales(), 2)
	_, err = b.models().UpdateIndexModel(ctx, &satisfactionv1.UpdateIndexModelRequest{IndexModel: &satisfactionv1.IndexModel{Name: m.GetName(), LabelEn: "x"}})
	requireReason(t, err, "NO_DRAFT")

	// A copy of it can be made, and is a draft that can be released as it is: nothing of what is shipped breaks a rule.
	made, err := b.models().CreateIndexModel(ctx, &satisfactionv1.CreateIndexModelRequest{CopyFrom: m.GetName(), IndexModel: &satisfactionv1.IndexModel{LabelEn: "Ours"}})
	require.NoError(t, err)
	require.Equal(t, "Ours", made.GetLabelEn())
	require.Equal(t, m.GetLabelZh(), made.GetLabelZh())
	require.True(t, proto.Equal(&satisfactionv1.IndexModel{Items: m.GetItems(), Scales: m.GetScales()}, &satisfactionv1.IndexModel{Items: made.GetItems(), Scales: made.GetScales()}))
	_, err = b.models().ReleaseIndexModel(ctx, &satisfactionv1.ReleaseIndexModelRequest{Name: made.GetName()})
	require.NoError(t, err)
}

// A version is frozen when it is released; the next one begins as its copy, and both can be read.
func TestVersionsOfAnIndexModel(t *testing.T) {
	t.Parallel()
	b := alone(t)
	ctx := b.admin(t)
	made, err := b.models().CreateIndexModel(ctx, &satisfactionv1.CreateIndexModelRequest{IndexModel: smallModel()})
	require.NoError(t, err)
	require.Equal(t, []int32{1, 2, 3, 3}, []int32{made.Items[0].Level, made.Items[1].Level, made.Items[2].Level, made.Items[3].Level})
	name := made.GetName()

	change := &satisfactionv1.IndexModel{Name: name, Items: made.GetItems()[:2], Etag: made.GetEtag()}
	short, err := b.models().UpdateIndexModel(ctx, &satisfactionv1.UpdateIndexModelRequest{IndexModel: change, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"items"}}})
	require.NoError(t, err)
	require.Len(t, short.GetItems(), 2)
	_, err = b.models().UpdateIndexModel(ctx, &satisfactionv1.UpdateIndexModelRequest{IndexModel: change})
	require.Equal(t, codes.Aborted, fault.From(err).Code())
	_, err = b.models().ReleaseIndexModel(ctx, &satisfactionv1.ReleaseIndexModelRequest{Name: name})
	requireReason(t, err, "INCOMPLETE")
	same, err := b.models().UpdateIndexModel(ctx, &satisfactionv1.UpdateIndexModelRequest{IndexModel: &satisfactionv1.IndexModel{Name: name, LabelEn: "open-model"}})
	require.NoError(t, err)
	require.Equal(t, short.GetEtag(), same.GetEtag(), "nothing has changed")

	_, err = b.models().UpdateIndexModel(ctx, &satisfactionv1.UpdateIndexModelRequest{IndexModel: &satisfactionv1.IndexModel{Name: name, Items: made.GetItems()}})
	require.NoError(t, err)
	_, err = b.models().ReviseIndexModel(ctx, &satisfactionv1.ReviseIndexModelRequest{Name: name})
	requireReason(t, err, "DRAFT")
	released, err := b.models().ReleaseIndexModel(ctx, &satisfactionv1.ReleaseIndexModelRequest{Name: name})
	require.NoError(t, err)
	require.Equal(t, "admin", released.GetReleaser())
	events := b.Events(t, "guanxi.satisfaction.index_model.released.v1", 1)
	require.Contains(t, string(events[0].Data), name)

	next, err := b.models().ReviseIndexModel(ctx, &satisfactionv1.ReviseIndexModelRequest{Name: name})
	require.NoError(t, err)
	require.EqualValues(t, 2, next.GetVersion())
	require.Equal(t, satisfactionv1.IndexModel_DRAFT, next.GetState())
	old, err := b.models().GetIndexModel(ctx, &satisfactionv1.GetIndexModelRequest{Name: name, Version: 1})
	require.NoError(t, err)
	require.True(t, proto.Equal(released, old))
	versions, err := b.models().ListIndexModelVersions(ctx, &satisfactionv1.ListIndexModelVersionsRequest{Parent: name, PageSize: 1})
	require.NoError(t, err)
	require.EqualValues(t, 2, versions.GetVersions()[0].GetVersion())
	versions, err = b.models().ListIndexModelVersions(ctx, &satisfactionv1.ListIndexModelVersionsRequest{Parent: name, PageSize: 1, PageToken: versions.GetNextPageToken()})
	require.NoError(t, err)
	require.EqualValues(t, 1, versions.GetVersions()[0].GetVersion())
	require.Len(t, versions.GetVersions()[0].GetItems(), 4)
	all, err := b.models().ListIndexModels(ctx, &satisfactionv1.ListIndexModelsRequest{Filter: "state = DRAFT"})
	require.NoError(t, err)
	require.Len(t, all.GetIndexModels(), 1)
}

// Of many who revise and release at once, each step happens once.
func TestVersionsAreMadeOnce(t *testing.T) {
	t.Parallel()
	b := alone(t)
	ctx := b.admin(t)
	name := indexmodel.Name(indexmodel.Shipped)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { _, _ = b.models().ReviseIndexModel(ctx, &satisfactionv1.ReviseIndexModelRequest{Name: name}) })
		all.Go(func() { _, _ = b.models().ReleaseIndexModel(ctx, &satisfactionv1.ReleaseIndexModelRequest{Name: name}) })
	}
	all.Wait()
	require.Equal(t, "t", b.text(t, `select (count(*) = max(version) and count(*) filter (where state = 1) <= 1)::text::char from index_models`))
	require.Equal(t, "t", b.text(t, `select (h.sequence = (select count(*) from outbox))::text::char from index_model_heads h`))
}
