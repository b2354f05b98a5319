package survey

import (
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Why a link opens nothing. All are of one kind, NOT_FOUND, so that pages can treat them alike.
const (
	LinkUnknown  = "LINK_UNKNOWN"
	LinkUsed     = "LINK_USED"
	LinkExpired  = "LINK_EXPIRED" // revoked, or outside of the survey's schedule
	SurveyClosed = "SURVEY_CLOSED"
)

var linkTexts = map[string]fault.Text{
	LinkUnknown:  {En: "There is no such link.", Zh: "该链接不存在。"},
	LinkUsed:     {En: "This link has been used already.", Zh: "该链接已使用。"},
	LinkExpired:  {En: "This link is not valid at this time.", Zh: "该链接目前无效。"},
	SurveyClosed: {En: "This survey is closed.", Zh: "本次调查已结束。"},
}

func linkError(reason string) error { return fault.New(codes.NotFound, reason, linkTexts[reason]) }

func failed(reason, en, zh string) *fault.Error {
	return fault.New(codes.FailedPrecondition, reason, fault.Text{En: en, Zh: zh})
}

func quotaFullError(q *Quota) error {
	return failed("QUOTA_FULL", "enough have answered of: "+q.LabelEn, "该配额已满："+q.LabelZh)
}

func stateError(x *Survey, en, zh string) error {
	return failed("STATE", x.Name()+" "+en, x.Name()+" "+zh)
}

func notRevocableError(i *Invitation) error {
	return failed("STATE", i.Name()+" can no longer be taken back", i.Name()+" 不能再收回")
}
