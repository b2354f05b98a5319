package gateway

import (
	"bytes"
	"fmt"
	"io"
	"reflect"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// maxDepth is how deep the JSON of a request may be nested. No message of ours goes beyond ten.
const maxDepth = 64

var (
	// Zeros are written (a count of 0 is an answer), messages that are not there are not.
	write = protojson.MarshalOptions{EmitDefaultValues: true}
	read  = protojson.UnmarshalOptions{RecursionLimit: maxDepth}
)

// codec is JSON as the protobuf mapping has it: camelCase names, and on reading the proto's own as well. Fields that it does not know
// are refused.
type codec struct{}

// ContentType implements runtime.Marshaler.
func (codec) ContentType(v any) string {
	if file, ok := v.(*httpbody.HttpBody); ok {
		return contentType(file)
	}
	return "application/json"
}

// Marshal implements runtime.Marshaler. What a service answers as a document goes out as it is.
func (codec) Marshal(v any) ([]byte, error) {
	if file, ok := v.(*httpbody.HttpBody); ok {
		return file.GetData(), nil
	}
	m, ok := v.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("gateway: an answer is a %T, not a message", v)
	}
	return write.Marshal(m)
}

// Unmarshal implements runtime.Marshaler. v is a message, or the address of a field that holds one.
func (codec) Unmarshal(data []byte, v any) error {
	m, err := messageAt(v)
	if err != nil {
		return err
	}
	if err := read.Unmarshal(data, m); err != nil {
		return malformed(data, m.ProtoReflect().Descriptor(), err)
	}
	return nil
}

// NewEncoder implements runtime.Marshaler.
func (c codec) NewEncoder(w io.Writer) runtime.Encoder {
	return runtime.EncoderFunc(func(v any) error {
		data, err := c.Marshal(v)
		if err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	})
}

// NewDecoder implements runtime.Marshaler. No body at all is io.EOF, and leaves the message as it is.
func (c codec) NewDecoder(r io.Reader) runtime.Decoder {
	return runtime.DecoderFunc(func(v any) error {
		data, err := whole(r)
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(data)) == 0 {
			return io.EOF
		}
		return c.Unmarshal(data, v)
	})
}

// whole is what is left to read; of a body that screen has read already without copying it.
func whole(r io.Reader) ([]byte, error) {
	if b, ok := r.(*body); ok {
		return b.all()
	}
	return io.ReadAll(r)
}

// messageAt makes the message where there is none yet.
func messageAt(v any) (proto.Message, error) {
	if m, ok := v.(proto.Message); ok {
		return m, nil
	}
	at := reflect.ValueOf(v)
	if at.Kind() == reflect.Pointer && at.Elem().Kind() == reflect.Pointer {
		if at.Elem().IsNil() {
			at.Elem().Set(reflect.New(at.Elem().Type().Elem()))
		}
		if m, ok := reflect.TypeAssert[proto.Message](at.Elem()); ok {
			return m, nil
		}
	}
	return nil, fmt.Errorf("gateway: cannot read JSON into a %T", v)
}
