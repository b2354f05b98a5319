package listing

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/page"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// How many resources a page holds when a request does not say, and at most.
const (
	usualSize = 50
	maxSize   = 1000
)

// Request is what a List RPC was asked, and by whom.
type Request struct {
	Method    string // the RPC's full name
	Parent    string
	Filter    string
	OrderBy   string
	PageSize  int32
	PageToken string
	// Extra holds whatever else of the request decides which rows there are (query, show_deleted, ...), as page.Binding writes it.
	Extra  string
	Level  typev1.Level
	Caller string // the subject
}

// Plan is one page of a list, checked and ready to be asked for.
type Plan struct {
	pages   *page.Sealer
	binding string
	keys    []sortKey
	where   []condition
	size    int
}

// Plan checks a request. Every error is meant for the caller: INVALID_ARGUMENT on filter, order_by, page_size or page_token, or
// PERMISSION_DENIED with reason FIELD_LEVEL and the field in its metadata. The context is for Field.Entry, whose errors are
// passed on.
func (l *List) Plan(ctx context.Context, r Request) (*Plan, error) {
	size, err := page.Size(r.PageSize, usualSize, maxSize)
	if err != nil {
		return nil, err
	}
	p := &Plan{pages: l.pages, keys: l.usual, size: size}
	if strings.TrimSpace(r.OrderBy) != "" {
		if p.keys, err = l.order(r.OrderBy, r.Level); err != nil {
			return nil, err
		}
	}
	if strings.TrimSpace(r.Filter) != "" {
		filter, err := l.filter(ctx, r.Filter, r.Level)
		if err != nil {
			return nil, err
		}
		p.where = append(p.where, filter)
	}
	p.binding = page.Binding(r.Method, r.Parent, r.Filter, canonical(p.keys), r.Extra, r.Caller)
	position, err := l.pages.Open(p.binding, r.PageToken)
	if err != nil {
		return nil, err
	}
	if position != nil {
		p.where = append(p.where, after(p.keys, position))
	}
	return p, nil
}

// Query is the statement that reads the page. columns, from and where are the caller's own SQL ("" is no condition), with $1,
// $2, ... standing for args; to them it adds filter, order, position and limit, and a column for Cursor.
func (p *Plan) Query(columns, from, where string, args ...any) (string, []any) {
	args = slices.Clip(args) // not to write behind the caller's slice
	bind := func(cast string, value any) string {
		args = append(args, value)
		if cast == "" {
			return fmt.Sprintf("$%d", len(args))
		}
		return fmt.Sprintf("cast($%d as %s)", len(args), cast)
	}
	var conditions, order, position []string
	if where != "" {
		conditions = append(conditions, "("+where+")")
	}
	for _, c := range p.where {
		conditions = append(conditions, "("+c(bind)+")")
	}
	for _, key := range p.keys {
		order = append(order, key.sql())
		position = append(position, "cast("+key.column+" as text)")
	}
	query := "select " + columns + ", array[" + strings.Join(position, ", ") + "] as page_position\nfrom " + from
	if len(conditions) > 0 {
		query += "\nwhere " + strings.Join(conditions, "\n  and ")
	}
	query += "\norder by " + strings.Join(order, ", ") + "\nlimit " + bind("", p.size+1)
	return query, args
}

// Cursor is to be embedded in the struct that rows of Query are read into. It holds the row's place in the order, in the
// database's own text form: exact for every type.
type Cursor struct {
	At pq.StringArray `db:"page_position"`
}

func (c Cursor) position() []string { return c.At }

// Page gives the rows that belong to the page and the token of the next, "" when there is none. rows is all that Query gave.
func Page[Row interface{ position() []string }](p *Plan, rows []Row) ([]Row, string, error) {
	if len(rows) <= p.size {
		return rows, "", nil
	}
	rows = rows[:p.size]
	token, err := p.pages.Seal(p.binding, rows[len(rows)-1].position())
	return rows, token, err
}
