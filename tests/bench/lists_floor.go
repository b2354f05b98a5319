package main

import (
	"context"
	"fmt"
	"strings"
)

const bareColumns = `customer_id, revision, display_name, kind, relations, legal_name, alternative_names, registration_number, industry, employee_count, territory, owner, source, tags,
	attributes, addresses, channels, external_ids, time_zone, language, create_time, update_time, delete_time, purge_time`

func (l listed) ordered() string {
	if l.desc {
		return strings.ReplaceAll(l.keys, ",", " desc,") + " desc"
	}
	return l.keys
}

// position is the customer behind so many others, and the keys of the one before.
func (d *directory) position(ctx context.Context, l listed, behind int) (first string, after []any, err error) {
	const text = `select 'customers/' || customer_id from customers where delete_time is null and `
	err = d.db.GetDynamic(ctx, &first, text+l.where+" order by "+l.ordered()+" offset $1 limit 1", behind)
	if err != nil || behind == 0 {
		return first, nil, err
	}
	for key := range strings.SplitSeq(l.keys, ", ") {
		var value string
		query := `select cast(` + key + ` as text) from customers where delete_time is null and ` + l.where + " order by " + l.ordered() + " offset $1 limit 1"
		if err := d.db.GetDynamic(ctx, &value, query, behind-1); err != nil {
			return "", nil, err
		}
		after = append(after, value)
	}
	return first, after, nil
}

var keyTypes = map[string]string{"display_name": "text", "update_time": "timestamptz", "employee_count": "integer", "customer_id": "uuid"}

// bare reads a page by the statement that somebody would write by hand.
func (d *directory) bare(ctx context.Context, l listed, at place) error {
	where := "delete_time is null and " + l.where
	if len(at.after) > 0 {
		var values []string
		for i, key := range strings.Split(l.keys, ", ") {
			values = append(values, fmt.Sprintf("cast($%d as %s)", i+1, keyTypes[key]))
		}
		beyond := " > "
		if l.desc {
			beyond = " < "
		}
		where += " and (" + l.keys + ")" + beyond + "(" + strings.Join(values, ", ") + ")"
	}
	query := fmt.Sprintf("select %s from customers where %s order by %s limit %d", bareColumns, where, l.ordered(), listPage+1)
	rows, err := d.db.SQL().QueryxContext(ctx, query, at.after...) //nolint:sqlclosecheck // it is closed below, which the linter does not see of rows of sqlx
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if _, err := rows.SliceScan(); err != nil {
			return err
		}
	}
	return rows.Err()
}
