package calls

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/guanxi-crm/guanxi/tests/internal/stage"
)

// within bounds a call.
const within = 30 * time.Second

// Outcome is what came of a call: an answer for each message, and the status.
type Outcome struct {
	Answers []any
	Status  *spb.Status
	HTTP    int // 0 when it was not called over HTTP
}

// Last is the last answer, nil if there is none.
func (o *Outcome) Last() any {
	if len(o.Answers) == 0 {
		return nil
	}
	return o.Answers[len(o.Answers)-1]
}

// JSON is all of it but the HTTP status.
func (o *Outcome) JSON() (any, error) {
	text, err := protojson.Marshal(o.Status)
	if err != nil {
		return nil, err
	}
	said, err := decode(text)
	return map[string]any{"answers": o.Answers, "status": said}, err
}

// Play calls an RPC with one message or, if it is a stream, several.
type Play func(ctx context.Context, s *stage.Stage, token string, method protoreflect.MethodDescriptor, messages []proto.Message) (Outcome, error)

// OverGRPC calls as a client in any language does. Errors of the call are its outcome, not its error.
func OverGRPC(
	ctx context.Context, s *stage.Stage, token string, method protoreflect.MethodDescriptor, messages []proto.Message,
) (Outcome, error) {
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
	name := fmt.Sprintf("/%s/%s", method.Parent().FullName(), method.Name())
	owner := s.Of(strings.Split(string(method.FullName()), ".")[1])
	if owner == nil {
		return Outcome{}, fmt.Errorf("no service on the stage serves %s", name)
	}
	stream, err := owner.Conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, name)
	if err != nil {
		return Outcome{}, err
	}
	var o Outcome
	for _, m := range messages {
		if err := stream.SendMsg(m); err != nil && !errors.Is(err, io.EOF) { // EOF: RecvMsg knows why
			return Outcome{}, err
		}
		if method.IsStreamingClient() {
			err = o.receive(stream, method)
		}
		if err != nil {
			break
		}
	}
	if err == nil {
		err = errors.Join(stream.CloseSend())
	}
	for err == nil {
		err = o.receive(stream, method)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	o.Status = status.Convert(err).Proto()
	if o.Status == nil {
		o.Status = &spb.Status{}
	}
	return o, nil
}

func (o *Outcome) receive(stream grpc.ClientStream, method protoreflect.MethodDescriptor) error {
	answer := dynamicpb.NewMessage(method.Output())
	if err := stream.RecvMsg(answer); err != nil {
		return err
	}
	said, err := asJSON(answer)
	o.Answers = append(o.Answers, said)
	return err
}

func asJSON(m proto.Message) (any, error) {
	if m.ProtoReflect().Descriptor().FullName() == document {
		return documentOf(m)
	}
	text, err := protojson.MarshalOptions{EmitDefaultValues: true}.Marshal(m)
	if err != nil {
		return nil, err
	}
	return decode(text)
}

// OverHTTP calls through the gateway; what has no HTTP rule over gRPC.
func OverHTTP(
	ctx context.Context, s *stage.Stage, token string, method protoreflect.MethodDescriptor, messages []proto.Message,
) (Outcome, error) {
	if Rule(method) == nil {
		return OverGRPC(ctx, s, token, method, messages)
	}
	call, err := Bind(method, messages[0])
	if err != nil {
		return Outcome{}, err
	}
	request, err := http.NewRequestWithContext(ctx, call.Verb, "http://"+s.HTTP+call.Target, strings.NewReader(call.Body))
	if err != nil {
		return Outcome{}, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return Outcome{}, err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return Outcome{}, err
	}
	return read(response, content, method)
}

// read understands an answer: it must be JSON, of the output or of google.rpc.Status, or a document where that is what the RPC answers.
func read(response *http.Response, content []byte, method protoreflect.MethodDescriptor) (Outcome, error) {
	o := Outcome{HTTP: response.StatusCode, Status: &spb.Status{}}
	if method.Output().FullName() == document && response.StatusCode == http.StatusOK {
		said, err := documentIn(response, content)
		o.Answers = []any{said}
		return o, err
	}
	if kind := response.Header.Get("Content-Type"); kind != "application/json" {
		return Outcome{}, fmt.Errorf("%s, Content-Type %q: %s", response.Status, kind, content)
	}
	if response.StatusCode != http.StatusOK {
		err := protojson.Unmarshal(content, o.Status)
		if err == nil && o.Status.GetCode() == 0 {
			err = fmt.Errorf("%s without a code", response.Status)
		}
		return o, err
	}
	answer := dynamicpb.NewMessage(method.Output())
	if err := protojson.Unmarshal(content, answer); err != nil {
		return Outcome{}, err
	}
	said, err := asJSON(answer)
	o.Answers = []any{said}
	return o, err
}

// decode reads JSON into maps, numbers as they are written.
func decode(text []byte) (any, error) {
	var v any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	err := decoder.Decode(&v)
	return v, err
}
