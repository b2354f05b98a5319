package gateway

import (
	"net/http"

	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// refusal is an error of the gateway's own, with the HTTP status that gRPC's codes have no word for.
type refusal struct {
	status int
	*fault.Error
}

func (r *refusal) write(w http.ResponseWriter, req *http.Request) {
	writeFault(w, req, r.Error, r.status)
}

// Those that are written before the body was read, which so is not to be read any more.
var (
	noSuchPath = &refusal{http.StatusNotFound, fault.New(codes.NotFound, "NO_SUCH_PATH", fault.Text{
		En: "there is nothing at this path; see /docs",
		Zh: "此路径不存在；请参阅 /docs",
	})}
	noSuchMethod = &refusal{http.StatusMethodNotAllowed, fault.New(codes.Unimplemented, "METHOD_NOT_ALLOWED", fault.Text{
		En: "this path does not know this HTTP method; see /docs",
		Zh: "此路径不支持该 HTTP 方法；请参阅 /docs",
	})}
	bodyTooLarge = &refusal{http.StatusRequestEntityTooLarge, fault.New(codes.InvalidArgument, "BODY_TOO_LARGE", fault.Text{
		En: "the body is larger than 1 MiB",
		Zh: "请求体超过 1 MiB",
	})}
	bodyCutOff = &refusal{http.StatusBadRequest, fault.New(codes.InvalidArgument, "BODY_CUT_OFF", fault.Text{
		En: "the body did not come to its end",
		Zh: "请求体不完整",
	})}
	headersTooLarge = &refusal{http.StatusRequestHeaderFieldsTooLarge, fault.New(codes.InvalidArgument, "HEADERS_TOO_LARGE", fault.Text{
		En: "the headers (token, trace, host) are larger than 7 KiB together",
		Zh: "请求头（令牌、跟踪、主机）合计超过 7 KiB",
	})}
	twoTokens = &refusal{http.StatusBadRequest, fault.New(codes.InvalidArgument, "TWO_TOKENS", fault.Text{
		En: "there is more than one Authorization header",
		Zh: "存在多个 Authorization 请求头",
	})}
	badTimeout = &refusal{http.StatusBadRequest, fault.Invalid(fault.Field("grpc-timeout", "TIMEOUT", fault.Text{
		En: "must be at most eight digits and a unit (H, M, S, m, u, n), such as 10S",
		Zh: "必须为最多八位数字加单位（H、M、S、m、u、n），例如 10S",
	}))}
	// Those of forms are read by people.
	noSuchPage = &refusal{http.StatusNotFound, fault.New(codes.NotFound, "NO_SUCH_PAGE", fault.Text{
		En: "There is nothing at this address. Please check whether it is complete.",
		Zh: "此地址不存在，请检查链接是否完整。",
	})}
	noForm = &refusal{http.StatusUnsupportedMediaType, fault.New(codes.InvalidArgument, "NO_FORM", fault.Text{
		En: "What was sent is not a form. Please open the page and fill it in there.",
		Zh: "所提交的不是表单，请打开页面后填写。",
	})}
	formTooLarge = &refusal{http.StatusRequestEntityTooLarge, fault.New(codes.InvalidArgument, "FORM_TOO_LARGE", fault.Text{
		En: "What was sent is longer than 64 KiB, and was not taken. Please go back and shorten it.",
		Zh: "提交的内容超过 64 KiB，未被接收。请返回上一页并缩短内容。",
	})}
	tooManyFields = &refusal{http.StatusBadRequest, fault.New(codes.InvalidArgument, "TOO_MANY_FIELDS", fault.Text{
		En: "What was sent has more than 200 fields, and was not taken.",
		Zh: "提交的内容超过 200 个字段，未被接收。",
	})}
	brokenForm = &refusal{http.StatusBadRequest, fault.New(codes.InvalidArgument, "BROKEN_FORM", fault.Text{
		En: "What was sent is not text in UTF-8, and was not taken. Please open the page again and fill it in there.",
		Zh: "提交的内容不是有效的 UTF-8 文本，未被接收。请重新打开页面填写。",
	})}
	badQuery = &refusal{http.StatusBadRequest, fault.Invalid(fault.Field("query", "QUERY_SYNTAX", fault.Text{
		En: "the query cannot be read: check its percent-encoding and use & between parameters",
		Zh: "无法解析查询字符串：请检查百分号编码，参数之间请使用 &",
	}))}
)

// badText refuses bytes that are no text.
func badText(where string) *refusal {
	return &refusal{http.StatusBadRequest, fault.Invalid(fault.Field(cut(where), "UTF8", fault.Text{
		En: "must be UTF-8",
		Zh: "必须为 UTF-8 编码",
	}))}
}
