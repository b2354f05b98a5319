package plan

import (
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

var (
	errSelfApproval = fault.Denied("SELF_APPROVAL", fault.Text{En: "Nobody approves a plan that he has written himself.", Zh: "不得批准本人编写的规划。"})
	errDraft        = fault.New(codes.AlreadyExists, "DRAFT", fault.Text{
		En: "There is a draft of the plan for this customer and year: change it.", Zh: "该客户该年度的规划已有草稿：请修改该草稿。",
	})
	errApproved = fault.New(codes.AlreadyExists, "APPROVED", fault.Text{
		En: "There is an approved plan for this customer and year: revise it.", Zh: "该客户该年度已有获批的规划：请修订该规划。",
	})
)

func (p *Plan) notDraft() error {
	return fault.New(codes.FailedPrecondition, "NOT_DRAFT", fault.Text{En: p.name() + " is not a draft: revise the approved version", Zh: p.name() + " 不是草稿：请修订已批准的版本"})
}

func (p *Plan) notApproved() error {
	return fault.New(codes.FailedPrecondition, "NOT_APPROVED", fault.Text{En: p.name() + " is not in force", Zh: p.name() + " 不是生效版本"})
}

func incomplete(gap fault.Text) error { return fault.New(codes.FailedPrecondition, "INCOMPLETE", gap) }
