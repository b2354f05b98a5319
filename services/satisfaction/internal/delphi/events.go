package delphi

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/events"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

func (r *Round) closed(ctx context.Context) (events.Event, error) {
	return events.New(ctx, *r.CloseTime, r.Model, &satisfactionv1.DelphiRoundClosed{
		DelphiRound: r.Name(), Round: r.Number, Experts: r.Experts, Rated: r.Rated, Stable: r.Stable,
	})
}
