package level

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	_ "google.golang.org/protobuf/types/known/anypb" // imported by the file built here

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func TestEveryLinkedFieldAndMethodIsDeclared(t *testing.T) {
	t.Parallel()
	require.Empty(t, Undeclared("guanxi."))
}

func TestUndeclaredFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{
		"guanxi.test.v1.Service.Open: no access",
		"guanxi.test.v1.Thing.Inner.hidden: a bounds field above BASIC would be hidden before it is read",
		"guanxi.test.v1.Thing.Inner: more than one bounds field",
		"guanxi.test.v1.Thing.any: google.protobuf.Any hides the levels of what is in it",
		"guanxi.test.v1.Thing.bounds: bounds on a field that is not one Level",
		"guanxi.test.v1.Thing.none: no level",
		"guanxi.test.v1.Thing.strange: a level that does not exist",
	}, undeclared(faulty(t), "guanxi."))
	require.Empty(t, undeclared(faulty(t), "guanxi.profile."))
	require.Empty(t, undeclared(faulty(t), "guanxi.test.v12"))
}

// The build refuses a field without a level; should one get through, it is for executives.
func TestAFieldWithoutLevelIsForExecutives(t *testing.T) {
	t.Parallel()
	d, err := faulty(t).FindDescriptorByName("guanxi.test.v1.Thing")
	require.NoError(t, err)
	thing := dynamicpb.NewMessage(d.(protoreflect.MessageDescriptor))
	none, good := thing.Descriptor().Fields().ByName("none"), thing.Descriptor().Fields().ByName("good")
	thing.Set(none, protoreflect.ValueOfString("secret"))
	thing.Set(good, protoreflect.ValueOfString("known"))

	l, err := Of(thing.Descriptor(), "none")
	require.NoError(t, err)
	require.Equal(t, executive, l)
	require.Equal(t, []string{"none"}, AboveSet(thing, manager))
	Redact(thing, manager)
	require.False(t, thing.Has(none))
	require.True(t, thing.Has(good))
}

// faulty is a proto file with one of each fault.
func faulty(t *testing.T) *protoregistry.Files {
	t.Helper()
	str, enum, msg := descriptorpb.FieldDescriptorProto_TYPE_STRING, descriptorpb.FieldDescriptorProto_TYPE_ENUM, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE
	open := &descriptorpb.MethodOptions{}
	proto.SetExtension(open, typev1.E_Access, &typev1.Access{Level: basic})
	method := func(name string, options *descriptorpb.MethodOptions) *descriptorpb.MethodDescriptorProto {
		thing := new(".guanxi.test.v1.Thing")
		return &descriptorpb.MethodDescriptorProto{Name: &name, InputType: thing, OutputType: thing, Options: options}
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: new("guanxi/test/v1/test.proto"), Package: new("guanxi.test.v1"), Syntax: new("proto3"),
		Dependency: []string{"guanxi/type/v1/access.proto", "google/protobuf/any.proto"},
		MessageType: []*descriptorpb.DescriptorProto{{
			Name: new("Thing"),
			Field: []*descriptorpb.FieldDescriptorProto{
				oneField("none", 1, str, "", 0, false),
				oneField("good", 2, str, "", basic, false),
				oneField("strange", 3, str, "", 7, false),
				oneField("bounds", 4, str, "", basic, true),
				oneField("any", 5, msg, ".google.protobuf.Any", basic, false),
			},
			NestedType: []*descriptorpb.DescriptorProto{{
				Name: new("Inner"),
				Field: []*descriptorpb.FieldDescriptorProto{
					oneField("shown", 1, enum, ".guanxi.type.v1.Level", basic, true),
					oneField("hidden", 2, enum, ".guanxi.type.v1.Level", manager, true),
				},
			}},
		}},
		Service: []*descriptorpb.ServiceDescriptorProto{{
			Name:   new("Service"),
			Method: []*descriptorpb.MethodDescriptorProto{method("Open", nil), method("Declared", open)},
		}},
	}, protoregistry.GlobalFiles)
	require.NoError(t, err)
	files := &protoregistry.Files{}
	require.NoError(t, files.RegisterFile(file))
	return files
}

func oneField(
	name string, number int32, kind descriptorpb.FieldDescriptorProto_Type, ofType string, l typev1.Level, bounds bool,
) *descriptorpb.FieldDescriptorProto {
	options := &descriptorpb.FieldOptions{}
	if l != 0 {
		proto.SetExtension(options, typev1.E_Level, l)
	}
	if bounds {
		proto.SetExtension(options, typev1.E_Bounds, true)
	}
	label := descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL
	fd := &descriptorpb.FieldDescriptorProto{Name: &name, Number: &number, Type: &kind, Label: &label, Options: options}
	if ofType != "" {
		fd.TypeName = &ofType
	}
	return fd
}
