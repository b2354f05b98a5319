package questionnaire

import (
	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

func failed(reason string, text fault.Text) *fault.Error {
	return fault.New(codes.FailedPrecondition, reason, text)
}

func noDraftError(id uuid.UUID) error {
	return failed("NO_DRAFT", fault.Text{En: Name(id) + " has no draft: revise it first", Zh: Name(id) + " 没有草稿：请先修订"})
}

func draftError(id uuid.UUID) error {
	return failed("DRAFT", fault.Text{En: Name(id) + " has a draft already: change it", Zh: Name(id) + " 已有草稿：请修改该草稿"})
}

func notReleasedError(id uuid.UUID) error {
	return failed("NOT_RELEASED", fault.Text{En: Name(id) + " is not released", Zh: Name(id) + " 尚未发布"})
}

func notPretestedError(id uuid.UUID) error {
	return failed("NOT_PRETESTED", fault.Text{
		En: "no pretest of this very draft of " + Name(id) + " has passed: try it, or give a reason to release it all the same",
		Zh: Name(id) + " 的当前草稿没有通过预调查：请进行预调查，或说明仍要发布的理由",
	})
}
