package settings

import (
	"context"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
)

// NewList says how the versions of the settings of which m is one are listed: the newest first, and nothing to filter by.
func NewList(m Message, pages *page.Sealer) (*listing.List, error) {
	return listing.Compile(listing.Spec{
		Resource:     m,
		Key:          "version",
		KeyType:      "integer",
		Fields:       []listing.Field{{Path: "version", Column: "version", Kind: listing.Int, Sortable: true}},
		DefaultOrder: "version desc",
	}, pages)
}

// ListRequest is what the request of the RPC that lists versions has.
type ListRequest interface {
	GetPageSize() int32
	GetPageToken() string
}

// Versions reads a page of the versions for the RPC of that full name, and the token of the next page.
func (s *Store[M]) Versions(ctx context.Context, list *listing.List, method string, r ListRequest) ([]M, string, error) {
	if _, err := s.Current(ctx); err != nil { // which sees to it that there is one
		return nil, "", err
	}
	caller := auth.From(ctx)
	plan, err := list.Plan(ctx, listing.Request{
		Method: method, PageSize: r.GetPageSize(), PageToken: r.GetPageToken(), Level: caller.Level, Caller: caller.Subject,
	})
	if err != nil {
		return nil, "", err
	}
	query, args := plan.Query(columns, s.table, "")
	var rows []struct {
		row
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	versions := make([]M, len(rows))
	for i, r := range rows {
		if versions[i], err = s.message(r.row); err != nil {
			return nil, "", err
		}
	}
	return versions, next, nil
}
