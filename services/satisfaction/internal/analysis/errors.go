package analysis

import (
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

func failed(reason, en, zh string) error {
	return fault.New(codes.FailedPrecondition, reason, fault.Text{En: en, Zh: zh})
}

func noModelError(s *survey.Survey) error {
	return failed("NO_MODEL", "the questionnaire of "+s.Name()+" measures no index model", s.Name()+" 的问卷未对应任何测评指标体系")
}

func notClosedError(s *survey.Survey) error {
	return failed("NOT_CLOSED", s.Name()+" is not closed", s.Name()+" 尚未结束")
}

func publishedError(s *survey.Survey) error {
	return failed("PUBLISHED", s.Name()+" is published already", s.Name()+" 已发布")
}

func notPublishedError(s *survey.Survey) error {
	return failed("NOT_PUBLISHED", s.Name()+" is not published", s.Name()+" 尚未发布")
}

// WithheldError says that too few have answered.
func WithheldError(s *survey.Survey) error {
	return failed("WITHHELD", "too few have answered "+s.Name()+" to tell of it", s.Name()+" 的有效答卷过少，不予公布")
}

func notAskedError(field string) error {
	return fault.Invalid(fault.Field(field, "NOT_ASKED", fault.Text{En: "needs importance to be asked of all items", Zh: "需要所有题项都询问重要性"}))
}
