package delphi

import (
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// errUnknown says the same of whatever is no valid secret, and does not repeat it.
var errUnknown = fault.New(codes.NotFound, "NOT_FOUND", fault.Text{En: "there is no such form, or its round is over", Zh: "没有这份问卷，或本轮已结束"})

func failed(reason, en, zh string) error {
	return fault.New(codes.FailedPrecondition, reason, fault.Text{En: en, Zh: zh})
}

func (r *Round) openError() error {
	return failed("ROUND_OPEN", r.Name()+" is open: close it first", r.Name()+" 尚未结束：请先关闭")
}

func (r *Round) closedError() error {
	return failed("ROUND_CLOSED", r.Name()+" is closed", r.Name()+" 已关闭")
}

func (r *Round) notLatestError() error {
	return failed("NOT_LATEST", r.Name()+" is not the latest round of the draft", r.Name()+" 不是草稿的最新一轮")
}

func (r *Round) tooFewError() error {
	return failed("TOO_FEW", "too few experts have weighed in "+r.Name(), r.Name()+" 中打分的专家过少")
}

func (r *Round) notStableError() error {
	return failed("NOT_STABLE", "the experts do not agree yet in "+r.Name()+": hold another round, or give a reason", r.Name()+" 中专家意见尚未稳定：请再进行一轮，或说明理由")
}

func itemGoneError(code string) error {
	return failed("ITEM_GONE", "the draft no longer has the item "+code, "草稿中已没有指标 "+code)
}
