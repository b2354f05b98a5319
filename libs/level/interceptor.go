package level

import (
	"context"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// maxNamed is how many fields a refusal names.
const maxNamed = 20

// Guard refuses a request that writes anything above max, naming it: PERMISSION_DENIED, reason FIELD_LEVEL, the paths
// comma-separated in the metadata "fields". Nothing is dropped in silence: the caller would believe it stored.
func Guard(request proto.Message, max typev1.Level) error {
	paths := AboveSet(request, max)
	if len(paths) == 0 {
		return nil
	}
	named := strings.Join(paths[:min(len(paths), maxNamed)], ",")
	return fault.Denied("FIELD_LEVEL", fault.Text{
		En: "above your permission level: " + named,
		Zh: "超出您的权限级别：" + named,
	}).With("fields", named)
}

// UnaryServerInterceptor guards the request and redacts the answer by the level of the caller that auth found, so it stands
// behind auth's interceptors. The answer is changed in place: a handler must not keep it.
func UnaryServerInterceptor() grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
		caller := auth.From(ctx)
		if err := guard(req, caller.Level); err != nil {
			return nil, err
		}
		resp, err := handle(ctx, req)
		if err != nil {
			return nil, err
		}
		if err := show(resp, caller.Level); err != nil {
			return nil, err
		}
		return resp, nil
	}
}

// StreamServerInterceptor does the same to every message of a stream.
func StreamServerInterceptor() grpc.StreamServerInterceptor {
	return func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handle grpc.StreamHandler) error {
		return handle(srv, &levelled{ServerStream: stream, max: auth.From(stream.Context()).Level})
	}
}

type levelled struct {
	grpc.ServerStream
	max typev1.Level
}

func (s *levelled) RecvMsg(m any) error {
	if err := s.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	return guard(m, s.max)
}

func (s *levelled) SendMsg(m any) error {
	if err := show(m, s.max); err != nil {
		return err
	}
	return s.ServerStream.SendMsg(m)
}

func guard(request any, max typev1.Level) error {
	m, ok := request.(proto.Message)
	if !ok {
		return errNotProto
	}
	return Guard(m, max)
}

// show redacts an answer, or refuses it when it is above the caller as a whole.
func show(answer any, max typev1.Level) error {
	m, ok := answer.(proto.Message)
	if !ok {
		return errNotProto
	}
	if !Visible(m, max) {
		return fault.Hidden(nameOf(m))
	}
	Redact(m, max)
	return nil
}

// errNotProto refuses what has no levels to go by.
var errNotProto = fault.Internal(nil)

// nameOf is the resource name of an answer, or its type where it has none.
func nameOf(m proto.Message) string {
	if named, ok := m.(interface{ GetName() string }); ok {
		return named.GetName()
	}
	return string(m.ProtoReflect().Descriptor().Name())
}
