package gateway

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// updateMask is the update_mask of a request, nil if it has none.
func updateMask(m protoreflect.Message) *fieldmaskpb.FieldMask {
	fd := m.Descriptor().Fields().ByName("update_mask")
	if fd == nil || !m.Has(fd) {
		return nil
	}
	mask, _ := m.Get(fd).Message().Interface().(*fieldmaskpb.FieldMask)
	return mask
}

// resourceOf is what the mask of an update speaks of: the message in its first field (AIP-134).
func resourceOf(update proto.Message) protoreflect.MessageDescriptor {
	return update.ProtoReflect().Descriptor().Fields().Get(0).Message()
}

// rewrite spells the paths of a mask as the proto does and drops empty ones: the generated handler makes one of {}. It also takes a date
// or an amount of money apart; with whole these stay one value, or a new date would keep the year of the old one.
func rewrite(paths []string, resource protoreflect.MessageDescriptor, whole bool) []string {
	var out []string
	for _, path := range paths {
		if p := spell(path, resource, whole); p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

func spell(path string, md protoreflect.MessageDescriptor, whole bool) string {
	steps := strings.Split(path, ".")
	for i, step := range steps {
		fd := fieldOf(md, step)
		if fd == nil {
			break
		}
		steps[i], md = string(fd.Name()), fd.Message()
		if whole && md != nil && md.ParentFile().Package() == "google.type" {
			steps = steps[:i+1]
			break
		}
	}
	return strings.Join(steps, ".")
}
