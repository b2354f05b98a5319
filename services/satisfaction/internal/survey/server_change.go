package survey

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/mask"
	"github.com/guanxi-crm/guanxi/libs/resource"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

// looseFields are those that can be changed while the survey is open.
var looseFields = []string{"label_en", "label_zh", "purpose", "wave", "cost", "end_time"}

// loose says whether the path of a change is in one of them.
func loose(path string) bool {
	name, _, _ := strings.Cut(path, ".")
	return slices.Contains(looseFields, name)
}

// UpdateSurvey implements SurveyService.
func (s *Server) UpdateSurvey(ctx context.Context, r *satisfactionv1.UpdateSurveyRequest) (*satisfactionv1.Survey, error) {
	ids, err := resource.Parse(field+".name", r.GetSurvey().GetName(), collection)
	if err != nil {
		return nil, err
	}
	x, err := s.store.Change(ctx, ids[0], r.GetSurvey().GetEtag(), func(x *Survey) (changed, only bool, err error) {
		before, err := x.ToProto()
		if err != nil {
			return false, false, err
		}
		after := proto.CloneOf(before)
		if err := mask.Apply(field, after, r.GetSurvey(), r.GetUpdateMask(), auth.From(ctx).Level); err != nil {
			return false, false, err
		}
		if err := x.set(after); err != nil {
			return false, false, fault.Prefix(err, field)
		}
		names := history.Names(history.Diff(before, after))
		return len(names) > 0, !slices.ContainsFunc(names, func(n string) bool { return !loose(n) }), nil
	})
	return s.answer(ctx, x, err)
}
