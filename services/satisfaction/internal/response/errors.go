package response

import (
	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

func notOpenError(id uuid.UUID) error {
	return fault.New(codes.FailedPrecondition, "STATE", fault.Text{En: survey.Name(id) + " is not open", Zh: survey.Name(id) + " 未在进行"})
}

func codeUsedError(code string) error {
	return fault.New(codes.FailedPrecondition, "CODE_USED", fault.Text{En: "answers have the code " + code, Zh: "已有回答使用编码 " + code})
}

func questionError() error {
	return fault.Invalid(fault.Field("question", "QUESTION", fault.Text{En: "is no open question that is answered", Zh: "不是已作答的开放题"}))
}
