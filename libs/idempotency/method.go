package idempotency

import (
	"strings"
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

// methods caches readOnly: full method -> bool.
var methods sync.Map

// readOnly says whether the method's proto declares that it has no side effects. A method that is not linked has some.
func readOnly(fullMethod string) bool {
	if known, ok := methods.Load(fullMethod); ok {
		return known.(bool)
	}
	name := strings.ReplaceAll(strings.TrimPrefix(fullMethod, "/"), "/", ".")
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
	method, ok := d.(protoreflect.MethodDescriptor)
	is := err == nil && ok && ReadOnly(method)
	methods.Store(fullMethod, is)
	return is
}

// ReadOnly says whether the method's proto declares that it has no side effects.
func ReadOnly(method protoreflect.MethodDescriptor) bool {
	options, ok := method.Options().(*descriptorpb.MethodOptions)
	return ok && options.GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS
}
