package validate_test

import (
	"strings"
	"testing"
	"unicode"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/guanxi-crm/guanxi/libs/fault"
	check "github.com/guanxi-crm/guanxi/libs/validate"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func TestRequestNamesFieldAndRule(t *testing.T) {
	t.Parallel()
	customer := func(change func(*profilev1.Customer)) proto.Message {
		c := &profilev1.Customer{DisplayName: "x", Kind: profilev1.Customer_ORGANIZATION, Territory: "cn"}
		change(c)
		return &profilev1.CreateCustomerRequest{Customer: c}
	}
	tests := map[string]struct {
		request proto.Message
		want    []fault.Violation
	}{
		"good":    {customer(func(*profilev1.Customer) {}), nil},
		"missing": {&profilev1.CreateCustomerRequest{}, []fault.Violation{fault.Field("customer", "REQUIRED", fault.Text{En: "value is required", Zh: "必填"})}},
		"too long": {
			customer(func(c *profilev1.Customer) { c.DisplayName = strings.Repeat("名", 201) }),
			[]fault.Violation{fault.Field("customer.display_name", "STRING_MAX_LEN", fault.Text{En: "must be at most 200 characters", Zh: "最多 200 个字符"})},
		},
		"not an enum value": {
			customer(func(c *profilev1.Customer) { c.Relations = []profilev1.Customer_Relation{1, 99} }),
			[]fault.Violation{fault.Field("customer.relations[1]", "ENUM_DEFINED_ONLY", fault.Text{En: "value must be one of the defined enum values", Zh: "不是已定义的枚举值"})},
		},
		"twice": {
			customer(func(c *profilev1.Customer) { c.Relations = []profilev1.Customer_Relation{1, 1} }),
			[]fault.Violation{fault.Field("customer.relations", "REPEATED_UNIQUE", fault.Text{En: "repeated value must contain unique items", Zh: "各项不得重复"})},
		},
		"out of range": {
			customer(func(c *profilev1.Customer) { c.EmployeeCount = -1 }),
			[]fault.Violation{fault.Field("customer.employee_count", "INT32_GTE_LTE", fault.Text{
				En: "must be greater than or equal to 0 and less than or equal to 10000000",
				Zh: "必须大于或等于 0，且小于或等于 10000000",
			})},
		},
		"NUL": {
			customer(func(c *profilev1.Customer) {
				c.DisplayName, c.Tags = "a\x00", []string{"b", "\x00"}
				c.Addresses = []*profilev1.Address{{}, {Locality: "\x00"}}
			}),
			[]fault.Violation{nul("customer.addresses[1].locality"), nul("customer.display_name"), nul("customer.tags[1]")},
		},
		"NUL in a map": {
			customer(func(c *profilev1.Customer) {
				c.Attributes = map[string]*profilev1.AttributeValue{"k": {Value: &profilev1.AttributeValue_Text{Text: "\x00"}}, "\x00": {}}
			}),
			[]fault.Violation{nul("customer.attributes"), nul(`customer.attributes["k"].text`)},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := check.Request(test.request)
			if test.want == nil {
				require.NoError(t, err)
				return
			}
			failed := fault.From(err)
			require.Equal(t, codes.InvalidArgument, failed.Code())
			require.Empty(t, cmp.Diff(test.want, sorted(failed.Violations())))
		})
	}
}

func nul(field string) fault.Violation {
	return fault.Field(field, "STRING_NUL", fault.Text{En: "must not contain the NUL character (U+0000)", Zh: "不得包含空字符（U+0000）"})
}

func sorted(v []fault.Violation) []fault.Violation {
	for i := range v {
		for j := i; j > 0 && v[j].Field < v[j-1].Field; j-- {
			v[j], v[j-1] = v[j-1], v[j]
		}
	}
	return v
}

// What is inside of the rows of a batch is for the handler, which rejects a row alone.
func TestBatchChecksItsOwnFieldsOnly(t *testing.T) {
	t.Parallel()
	bad := &profilev1.ImportRow{FirstLine: -1, Fact: &profilev1.ImportRow_Customer{Customer: &profilev1.Customer{DisplayName: "\x00"}}}
	require.NoError(t, check.Batch(&profilev1.ImportRowsRequest{Rows: []*profilev1.ImportRow{bad}}))
	require.Error(t, check.Request(bad))
	require.ErrorContains(t, check.Batch(&profilev1.ImportRowsRequest{ImportId: "no/slash"}), "import_id")
	require.ErrorContains(t, check.Batch(&profilev1.ImportRowsRequest{Digest: "\x00"}), "digest")
	require.ErrorContains(t, check.Batch(&profilev1.ImportRowsRequest{Rows: make([]*profilev1.ImportRow, 501)}), "rows")
}

// Every standard rule has a Chinese text of its own, with the values of the rule in it.
func TestStandardRulesInChinese(t *testing.T) {
	t.Parallel()
	text, number := protoreflect.ValueOfString, protoreflect.ValueOfInt32
	tests := map[string]struct {
		rules *validate.FieldRules
		value protoreflect.Value
		rule  string
		zh    string
	}{
		"min_len":   {textRules(&validate.StringRules{MinLen: proto.Uint64(3)}), text("x"), "STRING_MIN_LEN", "至少需要 3 个字符"},
		"pattern":   {textRules(&validate.StringRules{Pattern: new("^a$")}), text("x"), "STRING_PATTERN", "不符合格式 ^a$"},
		"prefix":    {textRules(&validate.StringRules{Prefix: new("a")}), text("x"), "STRING_PREFIX", "必须以 a 开头"},
		"in":        {textRules(&validate.StringRules{In: []string{"a", "b"}}), text("x"), "STRING_IN", "必须是允许的值之一：[a, b]"},
		"not in":    {textRules(&validate.StringRules{NotIn: []string{"x", "y"}}), text("x"), "STRING_NOT_IN", "不得是以下值之一：[x, y]"},
		"email":     {textRules(&validate.StringRules{WellKnown: &validate.StringRules_Email{Email: true}}), text("x"), "STRING_EMAIL", "不是有效的电子邮件地址"},
		"no email":  {textRules(&validate.StringRules{WellKnown: &validate.StringRules_Email{Email: true}}), text(""), "STRING_EMAIL_EMPTY", "不得为空"},
		"const":     {numberRules(&validate.Int32Rules{Const: proto.Int32(5)}), number(1), "INT32_CONST", "必须等于 5"},
		"gt":        {numberRules(&validate.Int32Rules{GreaterThan: &validate.Int32Rules_Gt{Gt: 5}}), number(1), "INT32_GT", "必须大于 5"},
		"lt":        {numberRules(&validate.Int32Rules{LessThan: &validate.Int32Rules_Lt{Lt: 5}}), number(9), "INT32_LT", "必须小于 5"},
		"range":     {numberRules(&validate.Int32Rules{GreaterThan: &validate.Int32Rules_Gt{Gt: 1}, LessThan: &validate.Int32Rules_Lte{Lte: 5}}), number(9), "INT32_GT_LTE", "必须大于 1，且小于或等于 5"},
		"exclusive": {numberRules(&validate.Int32Rules{GreaterThan: &validate.Int32Rules_Gte{Gte: 7}, LessThan: &validate.Int32Rules_Lt{Lt: 5}}), number(6), "INT32_GTE_LT_EXCLUSIVE", "必须大于或等于 7，或小于 5"},
		"number in": {numberRules(&validate.Int32Rules{In: []int32{1, 2}}), number(6), "INT32_IN", "必须是允许的值之一：[1, 2]"},
		"our own": {
			&validate.FieldRules{Cel: []*validate.Rule{{Id: new("even.number"), Message: new("must be even"), Expression: new("this % 2 == 0")}}},
			number(3), "EVEN_NUMBER", "不符合规则 EVEN_NUMBER：must be even",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := check.Request(message(t, test.rules, test.value))
			violations := fault.From(err).Violations()
			require.Len(t, violations, 1, err)
			require.Equal(t, "field", violations[0].Field)
			require.Equal(t, test.rule, violations[0].Rule)
			require.Equal(t, test.zh, violations[0].Text.Zh)
			require.False(t, strings.ContainsFunc(violations[0].Text.En, func(c rune) bool { return unicode.Is(unicode.Han, c) }))
		})
	}
}

func textRules(r *validate.StringRules) *validate.FieldRules {
	return &validate.FieldRules{Type: &validate.FieldRules_String_{String_: r}}
}

func numberRules(r *validate.Int32Rules) *validate.FieldRules {
	return &validate.FieldRules{Type: &validate.FieldRules_Int32{Int32: r}}
}

// message makes a message whose only field has the rules and the value.
func message(t *testing.T, rules *validate.FieldRules, value protoreflect.Value) proto.Message {
	t.Helper()
	kind := descriptorpb.FieldDescriptorProto_TYPE_INT32
	if _, ok := value.Interface().(string); ok {
		kind = descriptorpb.FieldDescriptorProto_TYPE_STRING
	}
	options := &descriptorpb.FieldOptions{}
	proto.SetExtension(options, validate.E_Field, rules)
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: new("test.proto"), Package: new("test"), Syntax: new("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{Name: new("Message"), Field: []*descriptorpb.FieldDescriptorProto{{
			Name: new("field"), Number: proto.Int32(1), Type: &kind, Options: options,
			Label: descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL.Enum(),
		}}}},
	}, nil)
	require.NoError(t, err)
	m := dynamicpb.NewMessage(file.Messages().Get(0))
	m.Set(m.Descriptor().Fields().Get(0), value)
	return m
}

func BenchmarkRequest(b *testing.B) {
	request := &profilev1.CreateCustomerRequest{Customer: &profilev1.Customer{
		DisplayName: "华星制造", Kind: profilev1.Customer_ORGANIZATION, Territory: "cn/south/shenzhen", Industry: "C39", Tags: []string{"a", "b"},
	}}
	for b.Loop() {
		if err := check.Request(request); err != nil {
			b.Fatal(err)
		}
	}
}
