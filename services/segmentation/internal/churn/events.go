package churn

import (
	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
)

// announce makes one event for what was raised of a customer and one for what was cleared. The risks come by customer.
func announce(raised, cleared []*Risk, open map[uuid.UUID][]Reason) ([]assess.Announcement, error) {
	var out []assess.Announcement
	for _, risks := range byCustomer(cleared) {
		entries, err := toProtos(risks)
		if err != nil {
			return nil, err
		}
		id := risks[0].CustomerID
		out = append(out, assess.Announcement{Customer: id, Data: &segmentationv1.ChurnRiskCleared{
			Customer: aggregate.Name(id), Risks: entries, OpenReasons: reasons(open[id]),
		}})
	}
	for _, risks := range byCustomer(raised) {
		entries, err := toProtos(risks)
		if err != nil {
			return nil, err
		}
		id := risks[0].CustomerID
		data := &segmentationv1.ChurnRiskRaised{Customer: aggregate.Name(id), Risks: entries, OpenReasons: reasons(open[id])}
		if risks[0].Reason == Silence { // the reasons of a customer come in order
			data.DueDate = dayOf(risks[0].Figures.LimitDay)
		}
		out = append(out, assess.Announcement{Customer: id, Data: data})
	}
	return out, nil
}

func byCustomer(risks []*Risk) (groups [][]*Risk) {
	for i, r := range risks {
		if i == 0 || r.CustomerID != risks[i-1].CustomerID {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], r)
	}
	return groups
}

func reasons(in []Reason) []segmentationv1.ChurnRisk_Reason {
	out := make([]segmentationv1.ChurnRisk_Reason, len(in))
	for i, r := range in {
		out[i] = segmentationv1.ChurnRisk_Reason(r)
	}
	return out
}
