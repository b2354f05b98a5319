package figure

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/resource"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// everybody is the parent of all customers.
const everybody = "customers/-"

// ListComplaintRates implements VoiceFigureService.
func (s *Server) ListComplaintRates(ctx context.Context, r *voicev1.ListComplaintRatesRequest) (*voicev1.ListComplaintRatesResponse, error) {
	ask := &AskComplaints{Basis: max(Basis(r.GetOrderBasis()), Placed)}
	if r.GetParent() != everybody {
		ids, err := resource.Parse("parent", r.GetParent(), "customers")
		if err != nil {
			return nil, err
		}
		ask.Customer = &ids[0]
	}
	if err := s.visible(ctx, ask); err != nil {
		return nil, err
	}
	numbers, err := s.numbers.Current(ctx)
	if err != nil {
		return nil, err
	}
	if ask.From, ask.To, err = period(r.GetFrom(), r.GetTo(), numbers.Zone); err != nil {
		return nil, err
	}
	size, err := page.Size(r.GetPageSize(), usualSize, mostSize)
	if err != nil {
		return nil, err
	}
	binding := page.Binding(voicev1.VoiceFigureService_ListComplaintRates_FullMethodName, r.GetParent(), ask.From.Format(time.RFC3339), ask.To.Format(time.RFC3339),
		strconv.Itoa(int(ask.Basis)), auth.From(ctx).Subject)
	if ask.After, err = s.after(binding, r.GetPageToken()); err != nil {
		return nil, err
	}
	ask.Limit = size + 1
	found, err := s.store.Complaints(ctx, ask)
	if err != nil {
		return nil, err
	}
	out := &voicev1.ListComplaintRatesResponse{OrderBasis: voicev1.ListComplaintRatesRequest_OrderBasis(ask.Basis)}
	if len(found) > size {
		found = found[:size]
		if out.NextPageToken, err = s.pages.Seal(binding, []string{found[size-1].Customer.String()}); err != nil {
			return nil, err
		}
	}
	for i := range found {
		out.ComplaintRates = append(out.ComplaintRates, found[i].toProto())
	}
	return out, nil
}

// after is the customer that a page goes on behind.
func (s *Server) after(binding, token string) (id uuid.UUID, err error) {
	position, err := s.pages.Open(binding, token)
	if err != nil || len(position) == 0 {
		return id, err
	}
	return uuid.Parse(position[0]) // it was sealed by us
}
