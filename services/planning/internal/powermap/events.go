package powermap

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// What turns the answer to whether there is a sponsor.
const (
	causeObservation = "observation"
	causeDecay       = "decay"
	causeSettings    = "settings"
	causePerson      = "person_removed"
)

// told is how many claims an event lists: a map of all that it may hold would not fit.
const told = 1000

// changed announces a version. The history notes no values: the versions are kept themselves.
func (v *version) changed(ctx context.Context, action history.Action, delta *Delta) (history.Record, error) {
	data := &planningv1.PowerMapChanged{PowerMap: v.name(), Project: v.Project, Version: v.Number}
	for _, part := range []struct {
		action planningv1.PowerMapChanged_PowerClaimChange_Action
		claims []Claim
	}{
		{planningv1.PowerMapChanged_PowerClaimChange_REMOVED, delta.Removed},
		{planningv1.PowerMapChanged_PowerClaimChange_ADDED, delta.Added},
		{planningv1.PowerMapChanged_PowerClaimChange_RENEWED, delta.Renewed},
	} {
		data.ChangeCount += int32(len(part.claims))
		for _, c := range part.claims[:min(len(part.claims), told-len(data.Changes))] {
			data.Changes = append(data.Changes, &planningv1.PowerMapChanged_PowerClaimChange{
				Claim: c.ID.String(), Kind: planningv1.PowerClaim_Kind(c.Kind), Action: part.action,
			})
		}
	}
	event, err := events.New(ctx, v.Made, v.Customer, data)
	return history.NewRecord(event, action, typev1.Level_MANAGER, nil), err
}

// turned announces that a sponsor has been won or lost. It changes no resource.
func (h *head) turned(ctx context.Context, at, today time.Time, cause string) (history.Record, error) {
	var data proto.Message = &planningv1.SponsorLost{PowerMap: h.name(), Project: h.Project, Date: civil.Date(today), Cause: cause}
	if h.Sponsored {
		data = &planningv1.SponsorWon{PowerMap: h.name(), Project: h.Project, Date: civil.Date(today), Cause: cause}
	}
	event, err := events.New(ctx, at, h.Customer, data)
	return history.NewRecord(event, 0, typev1.Level_MANAGER, nil), err
}
