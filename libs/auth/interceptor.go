package auth

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// Authentication puts the bearer of the call's token into its context and refuses calls without a valid one, save those of
// the table's open methods, which go on with the zero Principal, and of public ones, which go on as the public. It stands before Permission.
func Authentication(v *Verifier, t *Table) (grpc.UnaryServerInterceptor, grpc.StreamServerInterceptor) {
	authenticate := func(ctx context.Context, method string) (context.Context, error) {
		if t.isOpen(method) {
			return With(ctx, Principal{}), nil
		}
		if t.isPublic(method) {
			return With(ctx, public), nil
		}
		token, err := bearer(ctx)
		if err != nil {
			return nil, err
		}
		p, err := v.Verify(ctx, token)
		if err != nil {
			return nil, err
		}
		return With(ctx, p), nil
	}
	return interceptors(authenticate)
}

// Permission refuses calls of methods that the table does not open to the caller.
func Permission(t *Table) (grpc.UnaryServerInterceptor, grpc.StreamServerInterceptor) {
	return interceptors(func(ctx context.Context, method string) (context.Context, error) {
		return ctx, t.Permit(From(ctx), method)
	})
}

// interceptors do one thing before a call of either kind.
func interceptors(before func(ctx context.Context, method string) (context.Context, error)) (
	grpc.UnaryServerInterceptor, grpc.StreamServerInterceptor,
) {
	unary := func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		ctx, err := before(ctx, info.FullMethod)
		if err != nil {
			return nil, err
		}
		return handle(ctx, req)
	}
	stream := func(srv any, s grpc.ServerStream, info *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
		ctx, err := before(s.Context(), info.FullMethod)
		if err != nil {
			return err
		}
		return handle(srv, &authenticated{ServerStream: s, ctx: ctx})
	}
	return unary, stream
}

type authenticated struct {
	grpc.ServerStream
	ctx context.Context
}

func (s *authenticated) Context() context.Context { return s.ctx }

// bearer is the token of the call. Of two values it could be either, so they are refused, and so is any other scheme.
func bearer(ctx context.Context) (string, error) {
	values := metadata.ValueFromIncomingContext(ctx, "authorization")
	if len(values) != 1 {
		return "", missing
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.TrimLeft(token, " ")
	if !strings.EqualFold(scheme, "bearer") || token == "" {
		return "", missing
	}
	return token, nil
}
