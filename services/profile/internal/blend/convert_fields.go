package blend

import (
	"slices"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// facts are the fields of a customer that a merge concerns: not those of record-keeping, and not the kind, which both have in common.
var facts = func() []protoreflect.FieldDescriptor {
	var out []protoreflect.FieldDescriptor
	fields := new(profilev1.Customer).ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		behaviors, _ := proto.GetExtension(fd.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
		kept := slices.Contains(behaviors, annotations.FieldBehavior_OUTPUT_ONLY) || slices.Contains(behaviors, annotations.FieldBehavior_IDENTIFIER)
		if !kept && fd.Name() != "etag" && fd.Name() != "kind" {
			out = append(out, fd)
		}
	}
	return out
}()

// Join is the survivor with what a merged customer adds to it: the survivor keeps what it has, its empty fields are filled, lists and maps are united, and the names of the
// merged customer become alternative names.
func Join(survivor, merged *profilev1.Customer) *profilev1.Customer {
	out := proto.CloneOf(survivor)
	if out.GetParent() == merged.GetName() { // a customer does not belong to itself
		out.Parent = ""
	}
	to, from := out.ProtoReflect(), proto.CloneOf(merged).ProtoReflect()
	for _, fd := range facts {
		switch {
		case !from.Has(fd):
		case fd.IsList():
			add(fd, to.Mutable(fd).List(), from.Get(fd).List())
		case fd.IsMap():
			entries := to.Mutable(fd).Map()
			from.Get(fd).Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
				if !entries.Has(k) {
					entries.Set(k, v)
				}
				return true
			})
		case !to.Has(fd):
			to.Set(fd, from.Get(fd))
		}
	}
	if out.GetParent() == survivor.GetName() {
		out.Parent = ""
	}
	for _, name := range []string{merged.GetDisplayName(), merged.GetLegalName()} {
		if name != "" && name != out.GetDisplayName() && name != out.GetLegalName() && !slices.Contains(out.GetAlternativeNames(), name) {
			out.AlternativeNames = append(out.AlternativeNames, name)
		}
	}
	return out
}

// add appends those elements that the list does not have.
func add(fd protoreflect.FieldDescriptor, to, from protoreflect.List) {
	for i := range from.Len() {
		if !holds(fd, to, from.Get(i)) {
			to.Append(from.Get(i))
		}
	}
}

func holds(fd protoreflect.FieldDescriptor, list protoreflect.List, wanted protoreflect.Value) bool {
	for i := range list.Len() {
		if same(fd, list.Get(i), wanted) {
			return true
		}
	}
	return false
}

// same compares two elements. A channel is the same when it leads to the same place, whatever is said of it.
func same(fd protoreflect.FieldDescriptor, a, b protoreflect.Value) bool {
	if fd.Kind() != protoreflect.MessageKind {
		return a.Equal(b)
	}
	if one, ok := a.Message().Interface().(*profilev1.Channel); ok {
		other, _ := b.Message().Interface().(*profilev1.Channel)
		return one.GetMedium() == other.GetMedium() && one.GetValue() == other.GetValue()
	}
	return proto.Equal(a.Message().Interface(), b.Message().Interface())
}

// Shift is base with the difference between from and to made to it, field by field: a single value becomes that of to; of lists and maps what only from has goes and what only
// to has comes. Where base has been changed in another way since it was from, it keeps that, unless forced.
func Shift(base, from, to *profilev1.Customer, force bool) *profilev1.Customer {
	out := proto.CloneOf(base)
	b, f, t := out.ProtoReflect(), proto.CloneOf(from).ProtoReflect(), proto.CloneOf(to).ProtoReflect()
	for _, fd := range facts {
		switch {
		case equal(fd, f, t):
		case equal(fd, b, f):
			put(fd, b, t)
		case fd.IsList():
			shiftList(fd, b, f.Get(fd).List(), t.Get(fd).List())
		case fd.IsMap():
			shiftMap(fd, b.Mutable(fd).Map(), f.Get(fd).Map(), t.Get(fd).Map(), force)
		case force:
			put(fd, b, t)
		}
	}
	return out
}

func equal(fd protoreflect.FieldDescriptor, a, b protoreflect.Message) bool {
	return a.Has(fd) == b.Has(fd) && (!a.Has(fd) || a.Get(fd).Equal(b.Get(fd)))
}

// put makes a field what it is in another message.
func put(fd protoreflect.FieldDescriptor, to, from protoreflect.Message) {
	if from.Has(fd) {
		to.Set(fd, from.Get(fd))
	} else {
		to.Clear(fd)
	}
}

func shiftList(fd protoreflect.FieldDescriptor, base protoreflect.Message, from, to protoreflect.List) {
	old, next := base.Get(fd).List(), base.NewField(fd).List()
	for i := range old.Len() {
		if e := old.Get(i); !exactly(from, e) || exactly(to, e) {
			next.Append(e)
		}
	}
	for i := range to.Len() {
		if e := to.Get(i); !exactly(from, e) && !exactly(next, e) {
			next.Append(e)
		}
	}
	if next.Len() == 0 {
		base.Clear(fd)
		return
	}
	base.Set(fd, protoreflect.ValueOfList(next))
}

func exactly(list protoreflect.List, wanted protoreflect.Value) bool {
	for i := range list.Len() {
		if list.Get(i).Equal(wanted) {
			return true
		}
	}
	return false
}

func shiftMap(_ protoreflect.FieldDescriptor, base, from, to protoreflect.Map, force bool) {
	each := func(m protoreflect.Map, do func(protoreflect.MapKey)) {
		m.Range(func(k protoreflect.MapKey, _ protoreflect.Value) bool {
			do(k)
			return true
		})
	}
	each(from, func(k protoreflect.MapKey) {
		if !to.Has(k) && (force || entryEqual(base, from, k)) {
			base.Clear(k)
		}
	})
	each(to, func(k protoreflect.MapKey) {
		if !entryEqual(from, to, k) && (force || entryEqual(base, from, k)) {
			base.Set(k, to.Get(k))
		}
	})
}

func entryEqual(a, b protoreflect.Map, k protoreflect.MapKey) bool {
	return a.Has(k) == b.Has(k) && (!a.Has(k) || a.Get(k).Equal(b.Get(k)))
}

// alike says whether two states have the same facts.
func alike(a, b *profilev1.Customer) bool {
	for _, fd := range facts {
		if !equal(fd, a.ProtoReflect(), b.ProtoReflect()) {
			return false
		}
	}
	return true
}
