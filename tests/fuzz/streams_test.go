package fuzz

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
)

// stream is an RPC that takes a stream, which the gateway does not offer: imports.
type stream struct {
	service string
	method  protoreflect.MethodDescriptor
}

func (b *bundle) streams() []stream {
	var found []stream
	for service := range b.running {
		protoregistry.GlobalFiles.RangeFilesByPackage(protoreflect.FullName("guanxi."+service+".v1"), func(file protoreflect.FileDescriptor) bool {
			for i := range file.Services().Len() {
				methods := file.Services().Get(i).Methods()
				for j := range methods.Len() {
					if methods.Get(j).IsStreamingClient() {
						found = append(found, stream{service, methods.Get(j)})
					}
				}
			}
			return true
		})
	}
	slices.SortFunc(found, func(a, b stream) int {
		return strings.Compare(string(a.method.FullName()), string(b.method.FullName()))
	})
	return found
}

// FuzzStreams sends messages of the shape that the protos describe over the RPCs that take a stream of them.
func FuzzStreams(f *testing.F) {
	b := setup(f)
	streams := b.streams()
	require.NotEmpty(f, streams)
	seeds(func(which byte, choices []byte) { f.Add(which, which, choices) }, 8*len(streams))
	n := 0
	f.Fuzz(func(t *testing.T, which, first byte, choices []byte) {
		n++
		b.pool["import_id"] = []string{fmt.Sprintf("%s-%d", time.Now().Format("150405.000000"), n)} // one that is known already would be passed over
		b.converse(t, streams[int(which)%len(streams)], &draw{rest: choices, first: first})
	})
}

func (b *bundle) converse(t *testing.T, s stream, d *draw) {
	t.Helper()
	b.log.forget()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+b.tokens[s.service])
	name := fmt.Sprintf("/%s/%s", s.method.Parent().FullName(), s.method.Name())
	client, err := b.running[s.service].Conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, name)
	require.NoError(t, err)
	var sent []string
	for range 1 + d.below(3) {
		text := shape{d, b.pool}.message(s.method.Input(), 0)
		message := dynamicpb.NewMessage(s.method.Input())
		if protojson.Unmarshal([]byte(text), message) != nil {
			continue // the fuzzer's bytes are JSON that no client could send
		}
		sent = append(sent, text)
		if client.SendMsg(message) != nil {
			break
		}
	}
	require.NoError(t, client.CloseSend())
	for err == nil {
		err = client.RecvMsg(dynamicpb.NewMessage(s.method.Output()))
	}
	ours := []codes.Code{codes.Internal, codes.Unknown, codes.DataLoss, codes.Unavailable, codes.Unimplemented, codes.DeadlineExceeded}
	if !errors.Is(err, io.EOF) && slices.Contains(ours, status.Code(err)) {
		t.Fatalf("%v\nfor %s\nbecause %s", err, sent, b.log)
	}
	b.requireQuiet(t, strings.Join(sent, "\n"))
	requireBounded(t, name)
}
