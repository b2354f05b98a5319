package operation_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func TestCancelledStepIsTakenBack(t *testing.T) {
	t.Parallel()
	d := setup(t)
	var id uuid.UUID
	k := d.kind("assess", func(ctx context.Context, o operation.Operation) error {
		if o.Cursor != "4" {
			return nil
		}
		// Cancelling does not wait for the step.
		o2, err := operation.Cancel(as(t, "bob", auth.Anywhere), d.db, "assess", id, d.clock.Now())
		require.NoError(t, err)
		require.Equal(t, operation.Cancelled, o2.State)
		return nil
	})
	id = d.start(t, "assess", 4)
	next := d.start(t, "assess", 10)
	require.NoError(t, d.runner(t, k).Tick(t.Context()))
	o := d.get(t, "assess", id)
	require.Equal(t, operation.Cancelled, o.State)
	require.Equal(t, upTo(4), d.marks(t, id))
	require.EqualValues(t, 4, o.Done)
	require.Equal(t, "CANCELLED", o.Reason)
	require.Equal(t, fault.Text{En: "cancelled by bob", Zh: "已由 bob 取消"}, o.Error())
	require.Nil(t, o.Result)
	d.finished(t, "assess", next)
}

func TestCancel(t *testing.T) {
	t.Parallel()
	d := setup(t)
	waiting, done := d.start(t, "assess", 10), d.start(t, "other", 10)
	for range 2 {
		o, err := operation.Cancel(alice(t), d.db, "assess", waiting, d.clock.Now())
		require.NoError(t, err)
		require.Equal(t, testkit.Start, o.FinishTime.UTC(), "cancelling again changes nothing")
		d.clock.Advance(time.Hour)
	}
	require.NoError(t, d.runner(t, d.kind("assess", nil), d.kind("other", nil)).Tick(t.Context()))
	require.Empty(t, d.marks(t, waiting), "it was never begun")
	_, err := operation.Cancel(alice(t), d.db, "other", done, d.clock.Now())
	require.Equal(t, codes.FailedPrecondition, fault.From(err).Code())
	d.finished(t, "other", done)
	for _, id := range []uuid.UUID{uuid.New(), waiting} { // the latter is of another kind
		_, err = operation.Cancel(alice(t), d.db, "other", id, d.clock.Now())
		require.ErrorIs(t, err, postgres.ErrNoRows)
	}
}

func TestReachOfWhoAskedLimitsWhoSees(t *testing.T) {
	t.Parallel()
	d := setup(t)
	south, err := operation.Start(as(t, "sam", "cn/south", "cn/east"), d.db, "assess", job{}, d.clock.Now())
	require.NoError(t, err)
	all := d.start(t, "assess", 1)
	for _, c := range []struct {
		territories []string
		id          uuid.UUID
		sees        bool
	}{
		{[]string{auth.Anywhere}, south, true},
		{[]string{auth.Anywhere}, all, true},
		{[]string{"cn"}, south, true},
		{[]string{"cn/east", "cn/south"}, south, true},
		{[]string{"cn/south"}, south, false},
		{[]string{"cn/north"}, south, false},
		{nil, south, false},
		{[]string{"cn"}, all, false},
	} {
		ctx := as(t, "x", c.territories...)
		_, err := operation.Get(ctx, d.db, "assess", c.id)
		list, _ := d.list(t, ctx, listing.Request{})
		if c.sees {
			require.NoError(t, err, "%v", c)
			require.Contains(t, list, c.id)
			continue
		}
		require.ErrorIs(t, err, postgres.ErrNoRows, "%v", c)
		require.NotContains(t, list, c.id)
		_, err = operation.Cancel(ctx, d.db, "assess", c.id, d.clock.Now())
		require.ErrorIs(t, err, postgres.ErrNoRows, "%v", c)
	}
}

// run is the descriptor of a resource that embeds an operation.
func run(t *testing.T) proto.Message {
	t.Helper()
	options := &descriptorpb.FieldOptions{}
	proto.SetExtension(options, typev1.E_Level, typev1.Level_BASIC)
	kind := descriptorpb.FieldDescriptorProto_TYPE_MESSAGE
	files, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: new("run.proto"), Package: new("guanxi.test"), Syntax: new("proto3"),
		Dependency: []string{typev1.File_guanxi_type_v1_operation_proto.Path()},
		MessageType: []*descriptorpb.DescriptorProto{{Name: new("Run"), Field: []*descriptorpb.FieldDescriptorProto{{
			Name: new("operation"), Number: new(int32(1)), Type: &kind, TypeName: new(".guanxi.type.v1.Operation"), Options: options,
		}}}},
	}, protoregistry.GlobalFiles)
	require.NoError(t, err)
	return dynamicpb.NewMessage(files.Messages().ByName("Run"))
}

func (d *desk) list(t *testing.T, ctx context.Context, r listing.Request) (ids []uuid.UUID, next string) { //nolint:revive // the test comes first
	t.Helper()
	pages, err := page.NewSealer(bytes.Repeat([]byte{7}, page.KeySize))
	require.NoError(t, err)
	compiled, err := listing.Compile(listing.Spec{
		Resource: run(t), Key: operation.Key, Fields: operation.Fields("operation"), DefaultOrder: "operation.create_time desc",
	}, pages)
	require.NoError(t, err)
	r.Level = typev1.Level_BASIC
	plan, err := compiled.Plan(ctx, r)
	require.NoError(t, err)
	list, next, err := operation.List(ctx, d.db, "assess", plan)
	require.NoError(t, err)
	for _, o := range list {
		ids = append(ids, o.ID)
	}
	return ids, next
}

func TestList(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.start(t, "other", 10)
	one := d.start(t, "assess", 10)
	d.clock.Advance(time.Second)
	two := d.start(t, "assess", 10)
	_, err := operation.Cancel(alice(t), d.db, "assess", one, d.clock.Now())
	require.NoError(t, err)

	ids, next := d.list(t, alice(t), listing.Request{PageSize: 1})
	require.Equal(t, []uuid.UUID{two}, ids)
	ids, next = d.list(t, alice(t), listing.Request{PageSize: 1, PageToken: next})
	require.Equal(t, []uuid.UUID{one}, ids)
	require.Empty(t, next)
	ids, _ = d.list(t, alice(t), listing.Request{Filter: `operation.state = "CANCELLED" AND operation.actor = "alice"`, OrderBy: "operation.create_time"})
	require.Equal(t, []uuid.UUID{one}, ids)
}

func TestPurgeForgetsWhatFinishedLongAgo(t *testing.T) {
	t.Parallel()
	d := setup(t)
	old, waiting := d.start(t, "assess", 10), d.start(t, "never", 10)
	require.NoError(t, d.runner(t, d.kind("assess", nil)).Tick(t.Context()))
	count, err := operation.Purge(t.Context(), d.db, d.clock.Now())
	require.NoError(t, err)
	require.Zero(t, count)
	count, err = operation.Purge(t.Context(), d.db, d.clock.Now().Add(time.Second))
	require.NoError(t, err)
	require.EqualValues(t, 1, count)
	_, err = operation.Get(alice(t), d.db, "assess", old)
	require.ErrorIs(t, err, postgres.ErrNoRows)
	require.Equal(t, operation.Pending, d.get(t, "never", waiting).State)
}

func TestToProto(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	o := &operation.Operation{State: operation.Running, Done: 4, Total: 10, CreateTime: start, StartTime: &start, Actor: "alice"}
	out := operation.ToProto(o)
	require.Equal(t, typev1.Operation_RUNNING, out.GetState())
	require.EqualValues(t, 4, out.GetDoneCount())
	require.EqualValues(t, 10, out.GetTotalCount())
	require.Equal(t, start, out.GetStartTime().AsTime())
	require.Nil(t, out.GetFinishTime())
	require.Nil(t, out.GetError())
	require.Equal(t, "alice", out.GetActor())

	o.State, o.Reason, o.ErrorEn, o.ErrorZh, o.FinishTime = operation.Failed, "BROKEN", "broken", "坏了", &start
	out = operation.ToProto(o)
	require.Equal(t, typev1.Operation_FAILED, out.GetState())
	require.Equal(t, start, out.GetFinishTime().AsTime())
	require.True(t, proto.Equal(&typev1.Operation_Error{Reason: "BROKEN", MessageEn: "broken", MessageZh: "坏了"}, out.GetError()))
}
