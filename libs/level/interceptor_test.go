package level

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func as(t *testing.T, l typev1.Level) context.Context {
	t.Helper()
	return auth.With(t.Context(), auth.Principal{Level: l})
}

func TestUnaryRedactsTheAnswer(t *testing.T) {
	t.Parallel()
	for l, want := range map[typev1.Level][2]bool{basic: {false, false}, manager: {true, false}, executive: {true, true}} {
		resp, err := UnaryServerInterceptor()(as(t, l), &profilev1.GetOrderRequest{}, nil,
			func(context.Context, any) (any, error) { return order(), nil })
		require.NoError(t, err)
		got := resp.(*profilev1.Order)
		profits := [2]bool{got.GrossProfit != nil, got.NetProfit != nil}
		require.Equal(t, want, profits, l)
	}
}

func TestUnaryShowsNothingToNobody(t *testing.T) {
	t.Parallel()
	resp, err := UnaryServerInterceptor()(t.Context(), &profilev1.GetOrderRequest{}, nil,
		func(context.Context, any) (any, error) { return order(), nil })
	require.NoError(t, err)
	require.Zero(t, proto.Size(resp.(proto.Message)))
}

func TestUnaryHidesAnAnswerAboveTheCaller(t *testing.T) {
	t.Parallel()
	answer := &profilev1.Attribute{Name: "attributes/budget", Level: executive}
	_, err := UnaryServerInterceptor()(as(t, manager), &profilev1.GetAttributeRequest{}, nil,
		func(context.Context, any) (any, error) { return answer, nil })
	require.Equal(t, fault.Hidden("attributes/budget").GRPCStatus().Proto().String(), fault.From(err).GRPCStatus().Proto().String())
}

func TestUnaryGuardsTheRequest(t *testing.T) {
	t.Parallel()
	called := false
	_, err := UnaryServerInterceptor()(as(t, manager), &profilev1.CreateOrderRequest{Order: order()}, nil,
		func(context.Context, any) (any, error) { called = true; return order(), nil })
	got := fault.From(err)
	require.Equal(t, codes.PermissionDenied, got.Code())
	require.Equal(t, "FIELD_LEVEL", got.Reason())
	require.Equal(t, "above your permission level: order.net_profit,order.lines[1].net_profit", got.GRPCStatus().Message())
	require.False(t, called, "the handler ran")
}

func TestUnaryPassesErrorsOn(t *testing.T) {
	t.Parallel()
	want := fault.NotFound("customers/1")
	resp, err := UnaryServerInterceptor()(as(t, basic), &profilev1.GetOrderRequest{}, nil,
		func(context.Context, any) (any, error) { return order(), want })
	require.Same(t, want, err)
	require.Nil(t, resp)
}

func TestWhatIsNoProtoIsRefused(t *testing.T) {
	t.Parallel()
	_, err := UnaryServerInterceptor()(as(t, executive), "text", nil, func(context.Context, any) (any, error) { return order(), nil })
	require.Equal(t, codes.Internal, fault.From(err).Code())
	_, err = UnaryServerInterceptor()(as(t, executive), order(), nil, func(context.Context, any) (any, error) { return "text", nil })
	require.Equal(t, codes.Internal, fault.From(err).Code())
}

func TestGuardNamesNoMoreThanTwenty(t *testing.T) {
	t.Parallel()
	batch := &profilev1.BatchCreateOrdersRequest{}
	for range 500 {
		batch.Requests = append(batch.Requests, &profilev1.CreateOrderRequest{Order: order()})
	}
	err := fault.From(Guard(batch, manager)).GRPCStatus()
	require.Contains(t, err.Message(), "requests[9].order.lines[1].net_profit")
	require.NotContains(t, err.Message(), "requests[10]")
}

// stream is one whose peer sends in and to whom out is sent.
type stream struct {
	grpc.ServerStream
	ctx context.Context
	in  proto.Message
	out []proto.Message
}

func (s *stream) Context() context.Context { return s.ctx }

func (s *stream) RecvMsg(m any) error {
	if s.in == nil {
		return fmt.Errorf("reset")
	}
	proto.Merge(m.(proto.Message), s.in)
	return nil
}

func (s *stream) SendMsg(m any) error {
	s.out = append(s.out, m.(proto.Message))
	return nil
}

func TestStreamGuardsAndRedactsEveryMessage(t *testing.T) {
	t.Parallel()
	s := &stream{ctx: as(t, basic), in: &profilev1.CreateOrderRequest{Order: order()}}
	err := StreamServerInterceptor()(nil, s, nil, func(_ any, s grpc.ServerStream) error {
		require.NoError(t, s.SendMsg(order()))
		require.Equal(t, codes.PermissionDenied, fault.From(s.SendMsg(&profilev1.Channel{Level: manager})).Code())
		return s.RecvMsg(&profilev1.CreateOrderRequest{})
	})
	require.Equal(t, "FIELD_LEVEL", fault.From(err).Reason())
	require.Len(t, s.out, 1)
	require.Nil(t, s.out[0].(*profilev1.Order).GrossProfit)

	s.in = nil
	err = StreamServerInterceptor()(nil, s, nil, func(_ any, s grpc.ServerStream) error {
		return s.RecvMsg(&profilev1.CreateOrderRequest{})
	})
	require.EqualError(t, err, "reset")
}
