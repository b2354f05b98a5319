package person

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/seal"
)

const (
	selectHistory = `select resource, action, actor, cause, change_time, fields from changes
		where (` + historyOf + ` or ` + historyBelow + `) and level <= $3 order by change_time, version`

	selectReports = `select person_id from people where customer_id = $1 and reports_to = $2 order by person_id`

	// Whatever is about people has a column person_id: a table that comes later is exported without a word here.
	selectTables = `select table_name from information_schema.columns
		where table_schema = 'public' and column_name = 'person_id' and table_name <> 'people' order by table_name`
)

// entry is what the history says of a person.
type entry struct {
	Resource string          `db:"resource"    json:"resource"`
	Action   history.Action  `db:"action"      json:"-"`
	What     string          `db:"-"           json:"action"`
	Actor    string          `db:"actor"       json:"actor"`
	Cause    string          `db:"cause"       json:"cause,omitempty"`
	Time     time.Time       `db:"change_time" json:"time"`
	Stored   []byte          `db:"fields"      json:"-"`
	Fields   []history.Field `db:"-"           json:"fields"`
}

var actions = map[history.Action]string{
	history.Created: "CREATED", history.Changed: "CHANGED", history.Deleted: "DELETED", history.Undeleted: "UNDELETED",
}

// history opens what was said of a person over time, as far as the caller may see it.
func (s *Store) history(ctx context.Context, p *Person) ([]entry, error) {
	caller := auth.From(ctx).Level
	found := []entry{}
	if err := s.db.Select(ctx, &found, selectHistory, p.CustomerID, p.ID, int32(caller)); err != nil {
		return nil, err
	}
	sealed := make([]*seal.Entry, len(found))
	for i, e := range found {
		sealed[i] = &seal.Entry{Resource: e.Resource, Fields: e.Stored}
	}
	if err := s.box.OpenHistory(ctx, sealed); err != nil {
		return nil, err
	}
	for i := range found {
		e := &found[i]
		if err := json.Unmarshal(sealed[i].Fields, &e.Fields); err != nil {
			return nil, err
		}
		e.What = actions[e.Action]
		e.Fields = slices.DeleteFunc(e.Fields, func(f history.Field) bool { return f.Level > caller })
	}
	return found, nil
}

// reports are those who report to a person.
func (s *Store) reports(ctx context.Context, p *Person) ([]uuid.UUID, error) {
	reports := []uuid.UUID{}
	err := s.db.Select(ctx, &reports, selectReports, p.CustomerID, p.ID)
	return reports, err
}

// records are the rows about a person in all tables but that of people, as the tables have them, with what is sealed opened.
func (s *Store) records(ctx context.Context, p *Person) (map[string][]map[string]any, error) {
	var tables []string
	if err := s.db.Select(ctx, &tables, selectTables); err != nil {
		return nil, err
	}
	records := map[string][]map[string]any{}
	for _, table := range tables {
		var rows [][]byte
		query := "select to_jsonb(t) from " + pq.QuoteIdentifier(table) + " t where person_id = $1 order by 1"
		if err := s.db.SelectDynamic(ctx, &rows, query, p.ID); err != nil {
			return nil, err
		}
		for _, row := range rows {
			var columns map[string]any
			if err := json.Unmarshal(row, &columns); err != nil {
				return nil, err
			}
			p.openColumns(table, columns)
			records[table] = append(records[table], columns)
		}
	}
	return records, nil
}

// openColumns opens what is sealed in a row: whatever opens under the use <table>.<column>.
func (p *Person) openColumns(table string, columns map[string]any) {
	for _, column := range slices.Collect(maps.Keys(columns)) {
		text, _ := columns[column].(string)
		sealed, err := hex.DecodeString(strings.TrimPrefix(text, `\x`))
		if err != nil || !strings.HasPrefix(text, `\x`) {
			continue
		}
		plain, err := p.key.Open(table+"."+column, sealed)
		if err != nil {
			continue
		}
		columns[column] = string(plain)
		if json.Valid(plain) {
			columns[column] = json.RawMessage(plain)
		}
	}
}
