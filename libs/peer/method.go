package peer

import (
	"iter"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// Methods are all RPCs of ours that are linked into the program.
func Methods() iter.Seq[protoreflect.MethodDescriptor] {
	return func(yield func(protoreflect.MethodDescriptor) bool) {
		protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
			if !strings.HasPrefix(string(file.Package()), "guanxi.") {
				return true
			}
			for i := range file.Services().Len() {
				all := file.Services().Get(i).Methods()
				for j := range all.Len() {
					if !yield(all.Get(j)) {
						return false
					}
				}
			}
			return true
		})
	}
}
