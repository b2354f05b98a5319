package consent

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// recorded leaves no entry in the history of changes: the ledger is one.
func (e *Entry) recorded(ctx context.Context) (history.Record, error) {
	event, err := events.New(ctx, e.RecordTime, e.Customer, &profilev1.ConsentRecorded{
		Consent: e.name(), Person: resource.Name("customers", e.Customer, "people", e.Person), Medium: profilev1.Channel_Medium(e.Medium),
		Purpose: profilev1.Consent_Purpose(e.Purpose), State: profilev1.Consent_State(e.State),
	})
	return history.NewRecord(event, 0, typev1.Level_BASIC, nil), err
}
