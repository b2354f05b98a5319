package segment

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/assess"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/rule"
)

// member is a customer who belongs to a segment, or would.
type member struct {
	CustomerID  uuid.UUID  `db:"customer_id"`
	DisplayName string     `db:"display_name"`
	Territory   string     `db:"territory"`
	Owner       string     `db:"owner"`
	SinceTime   *time.Time `db:"since_time"`
}

const memberColumns = `c.customer_id, c.display_name, c.territory, c.owner`

// members reads a page of the living members of a segment within the caller's territories. Whether he may see the segment is asked before.
func (s *Store) members(ctx context.Context, plan *listing.Plan, id uuid.UUID) ([]member, string, error) {
	query, args := plan.Query(memberColumns+", m.since_time", "segment_members m join customers c using (customer_id)",
		"m.segment_id = $1 and c.delete_time is null and guanxi_covers(c.territory, $2)", id, auth.From(ctx).Scope())
	var rows []struct {
		member
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]member, len(rows))
	for i, r := range rows {
		out[i] = r.member
	}
	return out, next, err
}

// membership is a segment that a customer belongs to.
type membership struct {
	SegmentID uuid.UUID  `db:"segment_id"`
	LabelEn   string     `db:"label_en"`
	LabelZh   string     `db:"label_zh"`
	Level     rule.Level `db:"level"`
	SinceTime time.Time  `db:"since_time"`
}

// memberships reads a page of the segments within the caller's level that a customer belongs to. Whether he may see the customer is asked before.
func (s *Store) memberships(ctx context.Context, plan *listing.Plan, customer uuid.UUID) ([]membership, string, error) {
	query, args := plan.Query("s.segment_id, s.label_en, s.label_zh, s.level, m.since_time", "segment_members m join segments s using (segment_id)",
		"m.customer_id = $1 and s.level <= $2", customer, int16(auth.From(ctx).Level))
	var rows []struct {
		membership
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]membership, len(rows))
	for i, r := range rows {
		out[i] = r.membership
	}
	return out, next, err
}

// sampled is how many customers a preview shows.
const sampled = 20

// preview counts the living customers within the caller's territories that a rule holds of, and reads the first of them.
func (s *Store) preview(ctx context.Context, r *rule.Rule, at rule.Moment) (int64, []member, error) {
	args := []any{auth.From(ctx).Scope()}
	bind := rule.Binder(assess.Bind(&args))
	query := `select ` + memberColumns + `, count(*) over () as total from ` + rule.From + `
where c.delete_time is null and guanxi_covers(c.territory, $1) and ` + r.Condition(at, bind) + `
order by c.customer_id limit ` + bind("bigint", sampled)
	var rows []struct {
		member
		Total int64 `db:"total"`
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil || len(rows) == 0 {
		return 0, nil, err
	}
	out := make([]member, len(rows))
	for i, r := range rows {
		out[i] = r.member
	}
	return rows[0].Total, out, nil
}
