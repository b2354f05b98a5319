package evaluation

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/history"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// changed says that the level of a relationship is another than before. The history notes no values: the evaluation itself is never changed.
func (e *Evaluation) changed(ctx context.Context, keyPersons Level) ([]history.Record, error) {
	event, err := events.New(ctx, e.CreateTime, e.Customer, &planningv1.RelationshipLevelChanged{
		Customer: aggregate.Name(e.Customer), Kind: planningv1.RelationshipKind(e.Kind), Evaluation: e.name(),
		KeyPersonLevel: planningv1.EvaluationLevel(keyPersons),
	})
	if err != nil {
		return nil, err
	}
	return []history.Record{history.NewRecord(event, history.Changed, typev1.Level_MANAGER, nil)}, nil
}
