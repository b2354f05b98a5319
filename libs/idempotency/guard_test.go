package idempotency_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/idempotency"
)

// mirrored is a guard that turns what is kept around, and forgets it once it is told to.
type mirrored struct{ forgotten bool }

func (*mirrored) Seal(_ context.Context, _ proto.Message, stored []byte) ([]byte, error) {
	return turned(stored), nil
}

func (m *mirrored) Open(_ context.Context, stored []byte) ([]byte, error) {
	if m.forgotten {
		return nil, fault.NotFound("customers/1")
	}
	return turned(stored), nil
}

func turned(in []byte) []byte {
	out := bytes.Clone(in)
	for i, b := range in {
		out[len(in)-1-i] = b
	}
	return out
}

func TestAnswersAreGuarded(t *testing.T) {
	t.Parallel()
	b, guard := setup(t), &mirrored{}
	unary := idempotency.Unary(b.db, b.clock.Now, guard)
	call := func() (any, error) {
		ctx := auth.With(context.Background(), auth.Principal{Subject: "alice"})
		return unary(ctx, request("1", "x"), &grpc.UnaryServerInfo{FullMethod: create}, b.handle)
	}
	first, err := call()
	require.NoError(t, err)
	again, err := call()
	require.NoError(t, err)
	require.True(t, proto.Equal(first.(proto.Message), again.(proto.Message)))
	var stored []byte
	require.NoError(t, b.db.Get(t.Context(), &stored, `select answer from requests`))
	require.Contains(t, string(turned(stored)), "type.googleapis.com")
	guard.forgotten = true
	_, err = call()
	require.Equal(t, codes.NotFound, status.Code(err))
	require.Equal(t, 1, b.notes(t), "what is forgotten is not done again")
}
