package alias

import (
	"context"
	"strings"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Unary puts the survivor's name into requests where an old one stands: in every text that is a resource name below customers/, and inside filters. Methods in literal
// mean the customer of the very name. It belongs inside of what compares repeated requests: that is about what the caller sent.
func (b *Book) Unary(literal map[string]bool) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		known := b.current.Load()
		if m, ok := req.(proto.Message); ok && len(known.survivors) > 0 && !literal[info.FullMethod] {
			ctx = known.rewrite(ctx, m)
		}
		return handler(ctx, req)
	}
}

// Stream does the same to every message that comes in. A stream's context is made before its messages, so what a stream writes is remembered under no old name, unless
// its handler finds it by WithVia.
func (b *Book) Stream(literal map[string]bool) grpc.StreamServerInterceptor {
	return func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		if literal[info.FullMethod] {
			return handler(srv, stream)
		}
		return handler(srv, &rewriting{ServerStream: stream, book: b})
	}
}

type rewriting struct {
	grpc.ServerStream
	book *Book
}

// RecvMsg implements grpc.ServerStream.
func (s *rewriting) RecvMsg(m any) error {
	err := s.ServerStream.RecvMsg(m)
	if message, ok := m.(proto.Message); ok && err == nil {
		if known := s.book.current.Load(); len(known.survivors) > 0 {
			known.rewrite(s.Context(), message)
		}
	}
	return err
}

// mixed is the old name of a customer that a request calls by more than one name: none is remembered then.
var mixed = uuid.Nil

// walk is the way through one request.
type walk struct {
	*names
	vias map[uuid.UUID]uuid.UUID // nil until an old name is met
	own  map[uuid.UUID]bool      // survivors that are called by their own names
}

func (n *names) rewrite(ctx context.Context, m proto.Message) context.Context {
	w := walk{names: n}
	w.message(m.ProtoReflect())
	if w.vias == nil {
		return ctx
	}
	for id := range w.own {
		if _, also := w.vias[id]; also {
			w.vias[id] = mixed
		}
	}
	return context.WithValue(ctx, viaKey{}, w.vias)
}

func (w *walk) message(m protoreflect.Message) {
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.IsMap():
			w.entries(fd, v.Map())
		case fd.IsList():
			w.list(fd, v.List())
		case fd.Kind() == protoreflect.MessageKind:
			w.message(v.Message())
		case fd.Kind() == protoreflect.StringKind && fd.Name() == "filter":
			if text := v.String(); strings.Contains(text, collection) {
				m.Set(fd, protoreflect.ValueOfString(w.within(text)))
			}
		case fd.Kind() == protoreflect.StringKind:
			if name, changed := w.name(v.String()); changed {
				m.Set(fd, protoreflect.ValueOfString(name))
			}
		}
		return true
	})
}

func (w *walk) list(fd protoreflect.FieldDescriptor, l protoreflect.List) {
	for i := range l.Len() {
		switch fd.Kind() {
		case protoreflect.MessageKind:
			w.message(l.Get(i).Message())
		case protoreflect.StringKind:
			if name, changed := w.name(l.Get(i).String()); changed {
				l.Set(i, protoreflect.ValueOfString(name))
			}
		default:
			return
		}
	}
}

func (w *walk) entries(fd protoreflect.FieldDescriptor, entries protoreflect.Map) {
	entries.Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
		switch fd.MapValue().Kind() {
		case protoreflect.MessageKind:
			w.message(v.Message())
		case protoreflect.StringKind:
			if name, changed := w.name(v.String()); changed {
				entries.Set(k, protoreflect.ValueOfString(name))
			}
		default:
			return false
		}
		return true
	})
}

const (
	collection = "customers/"
	// length is that of an id as text; another spelling is no name.
	length = 36
)

// name is the name under the survivor, if text is one under a merged customer.
func (w *walk) name(text string) (string, bool) {
	if len(text) < len(collection)+length || !strings.HasPrefix(text, collection) {
		return text, false
	}
	rest := text[len(collection)+length:]
	if rest != "" && rest[0] != '/' {
		return text, false
	}
	old := text[len(collection) : len(collection)+length]
	survivor, merged := w.survivor(old)
	if !merged {
		return text, false
	}
	return collection + survivor.String() + rest, true
}

// survivor finds out whom an id, as text, stands for.
func (w *walk) survivor(text string) (uuid.UUID, bool) {
	id, err := uuid.Parse(text)
	if err != nil || id.String() != text {
		return id, false
	}
	survivor, merged := w.survivors[id]
	switch {
	case !merged && w.heads[id]:
		if w.own == nil {
			w.own = map[uuid.UUID]bool{}
		}
		w.own[id] = true
	case merged:
		if w.vias == nil {
			w.vias = map[uuid.UUID]uuid.UUID{}
		}
		if before, met := w.vias[survivor]; met && before != id {
			id = mixed
		}
		w.vias[survivor] = id
	}
	return survivor, merged
}

// within exchanges the old names inside of a text.
func (w *walk) within(text string) string {
	var out strings.Builder
	for {
		at := strings.Index(text, collection)
		if at < 0 || len(text) < at+len(collection)+length {
			out.WriteString(text)
			return out.String()
		}
		id := at + len(collection)
		out.WriteString(text[:id])
		text = text[id:]
		if survivor, merged := w.survivor(text[:length]); merged {
			out.WriteString(survivor.String())
			text = text[length:]
		}
	}
}
