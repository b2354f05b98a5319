package merge

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/services/profile/internal/receipt"
)

type row struct {
	Merge
	listing.Cursor
	Names pq.StringArray `db:"fields"`
}

// List reads a page of the merges that a customer took part in, with the other services' receipts.
func (s *Store) List(ctx context.Context, id uuid.UUID, plan *listing.Plan) ([]*Merge, string, error) {
	if err := aggregate.Visible(ctx, s.db, id); err != nil {
		return nil, "", err
	}
	query, args := plan.Query("merge_id, survivor_id, merged_id, fields, actor, merge_time, unmerge_actor, unmerge_time", "merges", "survivor_id = $1 or merged_id = $1", id)
	var rows []row
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	if err != nil {
		return nil, "", err
	}
	out := make([]*Merge, len(rows))
	for i := range rows {
		out[i] = &rows[i].Merge
		out[i].Fields = rows[i].Names
	}
	return out, next, s.confirm(ctx, out)
}

// confirm fills in the receipts.
func (s *Store) confirm(ctx context.Context, merges []*Merge) error {
	asked := make([]receipt.Ask, 0, 2*len(merges))
	for _, m := range merges {
		undone := time.Time{}
		if m.UnmergeTime != nil {
			undone = *m.UnmergeTime
		}
		asked = append(asked, receipt.Ask{Kind: receipt.Rekeyed, Subject: m.MergedID, Since: m.MergeTime}, receipt.Ask{Kind: receipt.Unmerged, Subject: m.MergedID, Since: undone})
	}
	received, err := s.receipts.Of(ctx, asked)
	if err != nil {
		return err
	}
	for i, m := range merges {
		m.Receipts = received[2*i]
		if m.UnmergeTime != nil {
			m.Undone = received[2*i+1]
		}
	}
	return nil
}
