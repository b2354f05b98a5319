package dossier

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// record is of a new revision, or ok is false when it says what the one before says. The history notes which fields changed and not their values: the revisions hold them.
func (s *Section) record(ctx context.Context, before *profilev1.DossierSection) (r history.Record, ok bool, err error) {
	after := s.toProto()
	fields := history.Diff(before, after)
	if len(fields) == 0 {
		return r, false, nil
	}
	for i := range fields {
		fields[i].From, fields[i].To = "", ""
	}
	s.Revision++
	event, err := events.New(ctx, s.UpdateTime, s.Customer, &profilev1.DossierChanged{
		Section: after.GetName(), Code: s.Code, Revision: s.Revision, ChangedFields: history.Names(fields),
	})
	action := history.Changed
	if s.Revision == 1 {
		action = history.Created
	}
	return history.NewRecord(event, action, typev1.Level_MANAGER, fields), true, err
}
