package fault

import (
	"context"
	"errors"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// From makes an Error of anything. An Error, however wrapped, stays what it is, and so does the status of another of our
// services; a context that ended is CANCELLED or DEADLINE_EXCEEDED; any other gRPC status keeps its code, and its text too
// where the code speaks of the request. All the rest is INTERNAL, of whose text the caller sees nothing. Retryable
// database errors are for the caller of From to recognize first and pass through Unavailable or Timeout. From(nil) is nil;
// do not return that as an error.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	var remote interface{ GRPCStatus() *status.Status }
	if errors.As(err, &remote) {
		return fromStatus(remote.GRPCStatus(), err)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return New(codes.Canceled, "CANCELLED", textOf(codes.Canceled)).Cause(err)
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout(err)
	}
	return Internal(err)
}

func fromStatus(st *status.Status, err error) *Error {
	if st.Code() == codes.OK { // a failure that calls itself OK
		return Internal(err)
	}
	if e, ok := read(st); ok {
		return e.Cause(err)
	}
	name, known := code.Code_name[int32(st.Code())]
	switch {
	case !known:
		return Internal(err)
	case st.Code() == codes.Unavailable:
		return Unavailable(err)
	}
	text := textOf(st.Code())
	if speaksOfRequest(st.Code()) && st.Message() != "" {
		text.En = st.Message()
	}
	return New(st.Code(), name, text).Cause(err)
}

// speaksOfRequest reports whether a foreign status of this code carries a text about what the caller sent. The others tell
// of addresses, drivers and stack frames.
func speaksOfRequest(c codes.Code) bool {
	switch c {
	case codes.InvalidArgument, codes.OutOfRange, codes.FailedPrecondition, codes.NotFound, codes.AlreadyExists,
		codes.Unimplemented, codes.ResourceExhausted:
		return true
	default:
		return false
	}
}

// textOf says what a code means where nothing more is known.
func textOf(c codes.Code) Text {
	if text, ok := texts[c]; ok {
		return text
	}
	return texts[codes.Internal]
}

var texts = map[codes.Code]Text{
	codes.Canceled:           {"the call was cancelled", "调用已取消"},
	codes.InvalidArgument:    {"the request is invalid", "请求无效"},
	codes.DeadlineExceeded:   {"the time for the call was over before it was done", "调用超时，尚未完成"},
	codes.NotFound:           {"it does not exist", "不存在"},
	codes.AlreadyExists:      {"it exists already", "已存在"},
	codes.PermissionDenied:   {"permission denied", "没有权限"},
	codes.ResourceExhausted:  {"too much at once; try again later", "请求过多，请稍后再试"},
	codes.FailedPrecondition: {"the state does not allow it", "当前状态不允许此操作"},
	codes.Aborted:            {"it was changed at the same time; read it again", "已被同时修改，请重新读取"},
	codes.OutOfRange:         {"out of range", "超出范围"},
	codes.Unimplemented:      {"there is no such method", "没有此方法"},
	codes.Internal:           {"an internal error; it has been logged", "内部错误，已记录"},
	codes.Unavailable:        {"not available just now; try again", "服务暂不可用，请稍后重试"},
	codes.Unauthenticated:    {"a valid token is needed", "需要有效的令牌"},
}
