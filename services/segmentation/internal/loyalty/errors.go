package loyalty

import (
	"strconv"

	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

var (
	errNotReversible = fault.New(codes.FailedPrecondition, "NOT_REVERSIBLE", fault.Text{
		En: "only what was earned and still counts for something, and what was redeemed, can be reversed", Zh: "只能冲正仍有效的积分入账和积分兑换",
	})
	errInactive   = fault.New(codes.FailedPrecondition, "REWARD_INACTIVE", fault.Text{En: "the reward cannot be redeemed any more", Zh: "该兑换项目已停用"})
	errOutOfStock = fault.New(codes.FailedPrecondition, "REWARD_OUT_OF_STOCK", fault.Text{En: "there are not so many of the reward", Zh: "该兑换项目库存不足"})
)

// shortError says how many points are missing.
func shortError(missing int64) error {
	n := strconv.FormatInt(missing, 10)
	return fault.New(codes.FailedPrecondition, "POINTS_SHORT", fault.Text{
		En: n + " points are missing: they were spent or have expired, or were never there", Zh: "积分不足，缺少 " + n + " 分：已使用、已过期或从未获得",
	}).With("shortfall", n)
}

func usedError(reference string) error {
	return fault.New(codes.AlreadyExists, "REFERENCE_USED", fault.Text{
		En: "another number of points was earned for " + strconv.Quote(reference) + " already", Zh: "来源 " + strconv.Quote(reference) + " 已入账，且积分数不同",
	}).With("reference", reference)
}

func reversedError(by string) error {
	return fault.New(codes.FailedPrecondition, "ALREADY_REVERSED", fault.Text{En: "was reversed already by " + by, Zh: "已被 " + by + " 冲正"}).With("reversed_by", by)
}
