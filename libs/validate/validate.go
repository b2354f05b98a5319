// Package validate checks requests against the constraints that stand in their protos, and says what is wrong in English and
// Chinese.
package validate

import (
	"errors"
	"strings"
	"sync"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// validator compiles the rules of a message type once, so there is one for the process.
var validator = sync.OnceValues(func() (protovalidate.Validator, error) { return protovalidate.New() })

// Request returns nil or an INVALID_ARGUMENT that names every field and rule that m breaks. A rule's name is protovalidate's
// id in UPPER_SNAKE: string.max_len is STRING_MAX_LEN. Rules that do not compile are INTERNAL.
func Request(m proto.Message) error {
	if err := check(m); err != nil {
		return err
	}
	return noNUL(m, true)
}

// Batch is Request for one message of a stream: it checks the message's own fields and leaves what is inside of its fields to
// the handler, which can then refuse a single element by Request and take the others.
func Batch(m proto.Message) error {
	top := m.ProtoReflect().Descriptor()
	own := protovalidate.FilterFunc(func(of protoreflect.Message, _ protoreflect.Descriptor) bool {
		return of.Descriptor() == top
	})
	if err := check(m, protovalidate.WithFilter(own)); err != nil {
		return err
	}
	return noNUL(m, false)
}

func noNUL(m proto.Message, deep bool) error {
	if storable(m.ProtoReflect(), deep) {
		return nil
	}
	return fault.Invalid(unstorable(m.ProtoReflect(), "", deep, nil)...)
}

func check(m proto.Message, options ...protovalidate.ValidationOption) error {
	v, err := validator()
	if err != nil {
		return fault.Internal(err)
	}
	err = v.Validate(m, options...)
	if err == nil {
		return nil
	}
	invalid, ok := errors.AsType[*protovalidate.ValidationError](err)
	if !ok {
		return fault.Internal(err)
	}
	violations := make([]fault.Violation, len(invalid.Violations))
	for i, broken := range invalid.Violations {
		id := broken.Proto.GetRuleId()
		violations[i] = fault.Field(protovalidate.FieldPathString(broken.Proto.GetField()), name(id), fault.Text{
			En: broken.Proto.GetMessage(),
			Zh: chinese(id, broken),
		})
	}
	return fault.Invalid(violations...)
}

var separators = strings.NewReplacer(".", "_", "-", "_", "/", "_", " ", "_")

func name(id string) string { return strings.ToUpper(separators.Replace(id)) }
