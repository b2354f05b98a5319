package postgres

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
)

// JSON is a value kept in a json or jsonb column, or sent as such a parameter.
type JSON[T any] struct{ V T }

// Value encodes for the database.
func (j JSON[T]) Value() (driver.Value, error) {
	out, err := json.Marshal(j.V)
	if err != nil {
		return nil, fmt.Errorf("postgres: encode %T as json: %w", j.V, err)
	}
	return string(out), nil
}

// Scan decodes from the database; null leaves the zero value.
func (j *JSON[T]) Scan(src any) error {
	var zero T
	j.V = zero
	switch src := src.(type) {
	case nil:
		return nil
	case []byte:
		return json.Unmarshal(src, &j.V)
	case string:
		return json.Unmarshal([]byte(src), &j.V)
	default:
		return fmt.Errorf("postgres: cannot read json from %T", src)
	}
}

// OrEmpty keeps null out of array and json columns: an empty list is one value there, not two.
func OrEmpty[T any](in []T) []T {
	if in == nil {
		return []T{}
	}
	return in
}
