package settings

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/etag"
)

// row is a version as the table has it.
type row struct {
	Version    int32     `db:"version"`
	Body       string    `db:"body"`
	Author     string    `db:"author"`
	CreateTime time.Time `db:"create_time"`
}

func (s *Store[M]) row(m M, version int32, author string) (row, error) {
	body, err := protojson.Marshal(numbers(m))
	if err != nil {
		return row{}, fmt.Errorf("settings: encode %s: %w", s.shipped.GetName(), err)
	}
	return row{Version: version, Body: string(body), Author: author, CreateTime: s.now()}, nil
}

// message reads a version back. Fields that it does not know are passed over: during an upgrade, or after it was taken back, a newer release has written them.
func (s *Store[M]) message(r row) (M, error) {
	m := s.shipped.ProtoReflect().New()
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal([]byte(r.Body), m.Interface()); err != nil {
		return s.none(), fmt.Errorf("settings: version %d of %s: %w", r.Version, s.shipped.GetName(), err)
	}
	for name, value := range map[protoreflect.Name]protoreflect.Value{
		"name":        protoreflect.ValueOfString(s.shipped.GetName()),
		"version":     protoreflect.ValueOfInt32(r.Version),
		"author":      protoreflect.ValueOfString(r.Author),
		"create_time": protoreflect.ValueOfMessage(timestamppb.New(r.CreateTime).ProtoReflect()),
		"etag":        protoreflect.ValueOfString(etag.Of(int64(r.Version))),
	} {
		m.Set(m.Descriptor().Fields().ByName(name), value)
	}
	return m.Interface().(M), nil
}

// numbers is a version without what the store fills in.
func numbers(m proto.Message) proto.Message {
	out := proto.Clone(m)
	fields := out.ProtoReflect().Descriptor().Fields()
	for _, name := range []protoreflect.Name{"name", "version", "author", "create_time", "etag"} {
		out.ProtoReflect().Clear(fields.ByName(name))
	}
	return out
}

// none goes with an error.
func (s *Store[M]) none() (m M) { return m }
