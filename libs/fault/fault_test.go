package fault_test

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

var (
	tooLong  = fault.Text{En: "at most 200 characters", Zh: "最多 200 个字符"}
	required = fault.Text{En: "is required", Zh: "必填"}
)

func TestStatusCarriesAllThatACallerNeeds(t *testing.T) {
	t.Parallel()
	err := fault.Invalid(
		fault.Field("customer.display_name", "MAX_LEN", tooLong),
		fault.Field("customer.kind", "REQUIRED", required),
	).With("name", "customers/1").RetryAfter(2 * time.Second).Cause(errors.New("secret"))

	st := err.GRPCStatus()
	require.Equal(t, codes.InvalidArgument, st.Code())
	require.Equal(t, "invalid fields: customer.display_name [MAX_LEN] at most 200 characters; customer.kind [REQUIRED] is required", st.Message())
	want := []any{
		&errdetails.ErrorInfo{Reason: "INVALID_FIELDS", Domain: "guanxi", Metadata: map[string]string{"name": "customers/1"}},
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
			{
				Field: "customer.display_name", Reason: "MAX_LEN", Description: "at most 200 characters",
				LocalizedMessage: &errdetails.LocalizedMessage{Locale: "zh-CN", Message: "最多 200 个字符"},
			},
			{
				Field: "customer.kind", Reason: "REQUIRED", Description: "is required",
				LocalizedMessage: &errdetails.LocalizedMessage{Locale: "zh-CN", Message: "必填"},
			},
		}},
		&errdetails.RetryInfo{RetryDelay: durationpb.New(2 * time.Second)},
		&errdetails.LocalizedMessage{
			Locale:  "zh-CN",
			Message: "字段无效：customer.display_name [MAX_LEN] 最多 200 个字符；customer.kind [REQUIRED] 必填",
		},
	}
	require.Empty(t, cmp.Diff(want, st.Details(), protocmp.Transform()))
}

func TestErrorsAreImmutable(t *testing.T) {
	t.Parallel()
	base := fault.NotFound("customers/1")
	before := base.GRPCStatus()
	changed := base.With("name", "customers/2").With("more", "x").RetryAfter(time.Second).Cause(io.EOF)

	require.Empty(t, cmp.Diff(before.Proto(), base.GRPCStatus().Proto(), protocmp.Transform()))
	require.NoError(t, base.Unwrap())
	require.ErrorIs(t, changed, io.EOF)
	require.ErrorIs(t, changed, base)
	require.NotErrorIs(t, changed, fault.Aborted("customers/1"))
}

func TestErrorTextForLogsIncludesTheCause(t *testing.T) {
	t.Parallel()
	err := fault.Internal(errors.New("pq: relation missing"))
	require.Equal(t, "Internal INTERNAL: an internal error; it has been logged: pq: relation missing", err.Error())
}

func TestPrefix(t *testing.T) {
	t.Parallel()
	invalid := fault.Invalid(
		fault.Field("nanos", "RANGE", tooLong), fault.Field("[2].value", "REQUIRED", required), fault.Field("", "CHECK", required))
	wrapped := fmt.Errorf("money: %w", invalid)

	require.Equal(t, []string{"order.amount.nanos", "order.amount[2].value", "order.amount"},
		paths(fault.Prefix(fault.Prefix(wrapped, "amount"), "order")))
	require.Equal(t, []string{"nanos", "[2].value", ""}, paths(invalid), "the original is untouched")
	require.NoError(t, fault.Prefix(nil, "order"))
	require.Equal(t, io.EOF, fault.Prefix(io.EOF, "order"))
}

func paths(err error) []string {
	var got []string
	for _, v := range fault.From(err).Violations() {
		got = append(got, v.Field)
	}
	return got
}

// An answer that does not fit the trailers that clients accept (8 KiB, base64 included) is lost as a whole.
func TestManyViolationsStillFitATrailer(t *testing.T) {
	t.Parallel()
	var many []fault.Violation
	for i := range 500 {
		many = append(many, fault.Field(fmt.Sprintf("requests[%d].order.source_system", i), "REQUIRED", required))
	}
	st := fault.Invalid(many...).GRPCStatus()
	require.Contains(t, st.Message(), "requests[19].order.source_system [REQUIRED] is required; and 480 more")
	require.Equal(t, "500", st.Details()[0].(*errdetails.ErrorInfo).Metadata["violations"])
	require.Len(t, st.Details()[1].(*errdetails.BadRequest).FieldViolations, 20)
	wire, err := proto.Marshal(st.Proto())
	require.NoError(t, err)
	require.Less(t, len(wire)*4/3+len(st.Message()), 8<<10)
}

func TestKinds(t *testing.T) {
	t.Parallel()
	denial := fault.Text{En: "no", Zh: "不"}
	for name, c := range map[string]struct {
		err    *fault.Error
		code   codes.Code
		reason string
		text   fault.Text
	}{
		"not found": {fault.NotFound("customers/1"), codes.NotFound, "NOT_FOUND", fault.Text{En: "customers/1 does not exist", Zh: "customers/1 不存在"}},
		"hidden": {
			fault.Hidden("customers/1"), codes.PermissionDenied, "HIDDEN",
			fault.Text{En: "customers/1: denied, or it does not exist", Zh: "customers/1：无权访问，或不存在"},
		},
		"aborted": {
			fault.Aborted("customers/1"), codes.Aborted, "ETAG_MISMATCH",
			fault.Text{En: "customers/1 has changed since it was read; read it again", Zh: "customers/1 在读取之后已被修改，请重新读取"},
		},
		"denied": {fault.Denied("FIELD_LEVEL", denial), codes.PermissionDenied, "FIELD_LEVEL", denial},
		"internal": {
			fault.Internal(io.EOF), codes.Internal, "INTERNAL",
			fault.Text{En: "an internal error; it has been logged", Zh: "内部错误，已记录"},
		},
		"timeout": {
			fault.Timeout(io.EOF), codes.DeadlineExceeded, "DEADLINE_EXCEEDED",
			fault.Text{En: "the time for the call was over before it was done", Zh: "调用超时，尚未完成"},
		},
		"unavailable": {
			fault.Unavailable(io.EOF), codes.Unavailable, "UNAVAILABLE",
			fault.Text{En: "not available just now; try again", Zh: "服务暂不可用，请稍后重试"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.code, c.err.Code())
			require.Equal(t, c.reason, c.err.Reason())
			require.Equal(t, c.text, c.err.Text())
			require.Equal(t, c.text.En, c.err.GRPCStatus().Message())
		})
	}
}
