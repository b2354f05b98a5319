package level

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// AboveSet names what is set in m although it is above max, and so may not be written by a caller of that level: fields
// ("lines[2].gross_profit"), whole messages whose bounds field is above it ("channels[0]", "attributes.budget", and just
// the bounds field if it is that of m itself), and paths that a field mask in m names, even when the field is empty: that
// would clear it. The order is always the same.
func AboveSet(m proto.Message, max typev1.Level) []string {
	if all(max) || m == nil || !m.ProtoReflect().IsValid() {
		return nil
	}
	r := m.ProtoReflect()
	p := planFor(r.Descriptor(), max)
	f := &finding{max: max}
	if p.hides(r) {
		f.paths = append(f.paths, string(p.bounds.Name()))
	}
	f.message(p, r, "")
	f.masks(p, r)
	return f.paths
}

// finding collects paths on a walk through a message.
type finding struct {
	max   typev1.Level
	paths []string
}

func (f *finding) message(p *plan, m protoreflect.Message, prefix string) {
	for _, fd := range p.above {
		if m.Has(fd) {
			f.paths = append(f.paths, prefix+string(fd.Name()))
		}
	}
	for _, v := range p.visits {
		if m.Has(v.field) {
			f.visit(v, m.Get(v.field), prefix+string(v.field.Name()))
		}
	}
}

func (f *finding) visit(v visit, value protoreflect.Value, path string) {
	switch {
	case v.field.IsMap():
		keys := make(map[string]protoreflect.Value, value.Map().Len())
		var names []string
		value.Map().Range(func(key protoreflect.MapKey, held protoreflect.Value) bool {
			keys[key.String()] = held
			names = append(names, key.String())
			return true
		})
		slices.Sort(names)
		for _, name := range names {
			f.held(v.of, keys[name].Message(), path+"."+name)
		}
	case v.field.IsList():
		for i := range value.List().Len() {
			f.held(v.of, value.List().Get(i).Message(), fmt.Sprintf("%s[%d]", path, i))
		}
	default:
		f.held(v.of, value.Message(), path)
	}
}

func (f *finding) held(p *plan, m protoreflect.Message, path string) {
	if p.hides(m) {
		f.paths = append(f.paths, path)
		return
	}
	f.message(p, m, path+".")
}

// masks leaves unknown paths to the handler, which refuses them.
func (f *finding) masks(p *plan, m protoreflect.Message) {
	for _, pair := range p.masks {
		mask, ok := m.Get(pair.field).Message().Interface().(*fieldmaskpb.FieldMask)
		if !ok {
			continue
		}
		for _, path := range mask.GetPaths() {
			spelled, l, err := resolve(pair.resource.Message(), path)
			named := string(pair.resource.Name()) + "." + spelled
			if err == nil && l > f.max && !slices.Contains(f.paths, named) {
				f.paths = append(f.paths, named)
			}
		}
	}
}
