package validate

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// Unary refuses a request that breaks a constraint of its proto before the handler sees it.
func Unary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	if m, ok := req.(proto.Message); ok {
		if err := Request(m); err != nil {
			return nil, err
		}
	}
	return handler(ctx, req)
}

// Stream checks every message received on a stream as Batch does: the handler's Recv returns the error.
func Stream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	return handler(srv, validated{stream})
}

type validated struct{ grpc.ServerStream }

func (s validated) RecvMsg(m any) error {
	if err := s.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	if m, ok := m.(proto.Message); ok {
		return Batch(m)
	}
	return nil
}
