package indexmodel

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/events"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
)

func (m *Model) released(ctx context.Context) (events.Event, error) {
	return events.New(ctx, *m.ReleaseTime, m.ID, &satisfactionv1.IndexModelReleased{
		IndexModel: m.Name(), Version: m.Version, Items: int32(len(m.Questions())),
	})
}
