package improvement

import (
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

func failed(reason, en, zh string) error {
	return fault.New(codes.FailedPrecondition, reason, fault.Text{En: en, Zh: zh})
}

func stateError(i *Improvement, en, zh string) error {
	return failed("STATE", i.Name()+" "+en, i.Name()+" "+zh)
}

var (
	errNoWave   = failed("NO_WAVE", "no wave follows the survey that it comes from", "其来源测评项目之后没有下一期")
	errNotAsked = failed("NOT_ASKED", "the later wave does not ask of the item, or measures by another model", "后一期未询问该指标，或所用指标体系不同")
)

func itemError() error {
	return fault.Invalid(fault.Field("item_code", "ITEM_UNKNOWN", fault.Text{En: "is no indicator that the survey asks of", Zh: "不是该测评项目所询问的指标"}))
}

func waveError() error {
	return fault.Invalid(fault.Field("survey", "WAVE", fault.Text{En: "is no later wave of the survey that it comes from", Zh: "不是其来源测评项目的后续期次"}))
}
