package listing

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/auth"
)

// Paged is what the request of every List RPC has. Parent, filter and order_by are taken from it as well where it has them.
type Paged interface {
	GetPageSize() int32
	GetPageToken() string
}

// PlanFor is Plan for the request of a List RPC, whose full name is method, by the caller of ctx. extra is whatever else of the request decides which rows there are; see
// Request.Extra.
func (l *List) PlanFor(ctx context.Context, method string, r Paged, extra string) (*Plan, error) {
	caller := auth.From(ctx)
	asked := Request{
		Method: method, PageSize: r.GetPageSize(), PageToken: r.GetPageToken(), Extra: extra, Level: caller.Level, Caller: caller.Subject,
	}
	if r, ok := r.(interface{ GetParent() string }); ok {
		asked.Parent = r.GetParent()
	}
	if r, ok := r.(interface{ GetFilter() string }); ok {
		asked.Filter = r.GetFilter()
	}
	if r, ok := r.(interface{ GetOrderBy() string }); ok {
		asked.OrderBy = r.GetOrderBy()
	}
	return l.Plan(ctx, asked)
}
