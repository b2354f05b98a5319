package level

import (
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Redact takes out of m, in place, all that a caller of level max may not see: fields above it at any depth, and messages
// in fields, lists and maps whose own bounds field is above it. Unknown fields, which have no known level, go from the
// messages it looks into. Whether m itself may be seen, it does not say: see Visible.
func Redact(m proto.Message, max typev1.Level) {
	if all(max) || m == nil {
		return
	}
	r := m.ProtoReflect()
	if p := planFor(r.Descriptor(), max); r.IsValid() && !p.idle() {
		p.redact(r)
	}
}

// Redacted is m as Redact would leave it: a copy, or m itself where there is nothing to take out.
func Redacted(m proto.Message, max typev1.Level) proto.Message {
	if all(max) || m == nil {
		return m
	}
	r := m.ProtoReflect()
	p := planFor(r.Descriptor(), max)
	if !r.IsValid() || p.idle() || !p.touches(r) {
		return m
	}
	out := proto.Clone(m)
	p.redact(out.ProtoReflect())
	return out
}

// Visible reports whether a caller of level max may see m at all: whether the bounds field of m, if it has one, is not
// above it. Ask before Redact.
func Visible(m proto.Message, max typev1.Level) bool {
	if all(max) || m == nil {
		return true
	}
	return !planFor(m.ProtoReflect().Descriptor(), max).hides(m.ProtoReflect())
}

// all reports whether there is nothing above max.
func all(max typev1.Level) bool { return max >= typev1.Level_EXECUTIVE }

func (p *plan) redact(m protoreflect.Message) {
	for _, fd := range p.above {
		m.Clear(fd)
	}
	if len(m.GetUnknown()) > 0 {
		m.SetUnknown(nil)
	}
	for _, v := range p.visits {
		if m.Has(v.field) {
			v.redact(m)
		}
	}
}

// touches says whether redact would change m.
func (p *plan) touches(m protoreflect.Message) bool {
	if len(m.GetUnknown()) > 0 || slices.ContainsFunc(p.above, m.Has) {
		return true
	}
	return slices.ContainsFunc(p.visits, func(v visit) bool { return m.Has(v.field) && v.touches(m.Get(v.field)) })
}

func (v visit) touches(value protoreflect.Value) (found bool) {
	in := func(m protoreflect.Message) bool { return v.of.hides(m) || v.of.touches(m) }
	switch {
	case v.field.IsMap():
		value.Map().Range(func(_ protoreflect.MapKey, element protoreflect.Value) bool {
			found = in(element.Message())
			return !found
		})
	case v.field.IsList():
		for i := range value.List().Len() {
			if in(value.List().Get(i).Message()) {
				return true
			}
		}
	default:
		return in(value.Message())
	}
	return found
}

func (v visit) redact(m protoreflect.Message) {
	switch {
	case v.field.IsMap():
		v.of.redactMap(m.Mutable(v.field).Map())
	case v.field.IsList():
		v.of.redactList(m.Mutable(v.field).List())
	default:
		if held := m.Get(v.field).Message(); v.of.hides(held) {
			m.Clear(v.field)
		} else {
			v.of.redact(held)
		}
	}
}

// redactList closes the gaps that dropped elements leave; the others keep their order.
func (p *plan) redactList(list protoreflect.List) {
	kept := 0
	for i := range list.Len() {
		element := list.Get(i)
		if p.hides(element.Message()) {
			continue
		}
		p.redact(element.Message())
		if kept != i {
			list.Set(kept, element)
		}
		kept++
	}
	if kept != list.Len() {
		list.Truncate(kept)
	}
}

func (p *plan) redactMap(entries protoreflect.Map) {
	var hidden []protoreflect.MapKey
	entries.Range(func(key protoreflect.MapKey, value protoreflect.Value) bool {
		if p.hides(value.Message()) {
			hidden = append(hidden, key)
		} else {
			p.redact(value.Message())
		}
		return true
	})
	for _, key := range hidden {
		entries.Clear(key)
	}
}
