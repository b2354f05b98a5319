package mirror

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
)

const (
	asideOf     = `select merge_id::text as merge, table_name, key::text as key, row::text as row from rekey_aside where strpos(row::text, $1) > 0`
	deleteAside = `delete from rekey_aside where merge_id = cast($1 as uuid) and table_name = $2 and key = cast($3 as jsonb)`
	updateAside = `update rekey_aside set row = cast($4 as jsonb) where merge_id = cast($1 as uuid) and table_name = $2 and key = cast($3 as jsonb)`
)

// forgetAside removes the person from the rows that merges of customers have put aside, which would come back when the merge is taken back.
func (f *Forgetter) forgetAside(ctx context.Context, person string) error {
	var rows []struct {
		Merge string `db:"merge"`
		Table string `db:"table_name"`
		Key   string `db:"key"`
		Row   string `db:"row"`
	}
	if err := f.DB.Select(ctx, &rows, asideOf, person); err != nil {
		return err
	}
	for _, r := range rows {
		left, err := without(r.Row, person)
		if err != nil {
			return err
		}
		if left == "" {
			_, err = f.DB.Exec(ctx, deleteAside, r.Merge, r.Table, r.Key)
		} else {
			_, err = f.DB.Exec(ctx, updateAside, r.Merge, r.Table, r.Key, left)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// without is a row as JSON without a person: what is about him goes whole, be it the row or an element of a list in it. Who reported something is no longer said. Empty: nothing is
// left.
func without(row, person string) (string, error) {
	decoder := json.NewDecoder(strings.NewReader(row))
	decoder.UseNumber() // as they are, however long
	var value map[string]any
	if err := decoder.Decode(&value); err != nil {
		return "", err
	}
	if names(value["reporter_id"], person) {
		value["reporter_id"] = nil
	}
	left, ok := strip(value, person)
	if !ok {
		return "", nil
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(left)
	return out.String(), err
}

// strip takes out of a value the lists' elements that are about the person; ok is false when the value itself is.
func strip(value any, person string) (left any, ok bool) {
	switch v := value.(type) {
	case string:
		return v, !names(v, person)
	case []any:
		kept := []any{}
		for _, element := range v {
			if one, ok := strip(element, person); ok {
				kept = append(kept, one)
			}
		}
		return kept, true
	case map[string]any:
		for key, element := range v {
			one, ok := strip(element, person)
			if !ok {
				return nil, false
			}
			v[key] = one
		}
	}
	return value, true
}

// names says whether a text is the person's id or a resource name of or below him.
func names(value any, person string) bool {
	text, _ := value.(string)
	return text == person || strings.Contains(text, "/people/"+person)
}
