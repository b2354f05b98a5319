package standing

import (
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"

	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

// label is what the API calls a value of the dimension; empty for none.
func (d Dimension) label(value int16) string {
	if value == 0 {
		return ""
	}
	if d == InnerLevel {
		return strconv.Itoa(int(value))
	}
	name := d.enum().Values().ByNumber(protoreflect.EnumNumber(value))
	if name == nil { // a newer release wrote it
		return strconv.Itoa(int(value))
	}
	return string(name.Name())
}

// enum is the dimension's own; there is none for the inner level.
func (d Dimension) enum() protoreflect.EnumDescriptor {
	return map[Dimension]protoreflect.EnumDescriptor{
		Class:      segmentationv1.CustomerClassKind(0).Descriptor(),
		ABC:        segmentationv1.Abc(0).Descriptor(),
		Tier:       segmentationv1.Tier(0).Descriptor(),
		Stage:      segmentationv1.LifecycleStage(0).Descriptor(),
		Role:       segmentationv1.LifecycleRole(0).Descriptor(),
		Engagement: segmentationv1.Engagement(0).Descriptor(),
	}[d]
}

// numbersOf are the names of an enum's values but for the unspecified one, for filters.
func numbersOf(enum protoreflect.EnumDescriptor) map[string]any {
	values := map[string]any{}
	for i := range enum.Values().Len() {
		if v := enum.Values().Get(i); v.Number() != 0 {
			values[string(v.Name())] = int64(v.Number())
		}
	}
	return values
}
