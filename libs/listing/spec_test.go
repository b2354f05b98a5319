package listing_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/listing"
)

func TestCompileFindsMistakes(t *testing.T) {
	t.Parallel()
	pages := sealer(t)
	with := func(f listing.Field) func(*listing.Spec) {
		return func(s *listing.Spec) { s.Fields = append(s.Fields, f) }
	}
	for name, change := range map[string]func(*listing.Spec){
		"no key":              func(s *listing.Spec) { s.Key = "" },
		"no such field":       with(listing.Field{Path: "nothing", Column: "x", Kind: listing.String}),
		"no column":           with(listing.Field{Path: "place", Kind: listing.String}),
		"no kind":             with(listing.Field{Path: "place", Column: "x"}),
		"twice":               with(listing.Field{Path: "note", Column: "x", Kind: listing.String}),
		"array in order":      with(listing.Field{Path: "place", Column: "x", Kind: listing.StringArray, Sortable: true}),
		"enum without values": with(listing.Field{Path: "place", Column: "x", Kind: listing.Enum}),
		"values without enum": with(listing.Field{Path: "place", Column: "x", Kind: listing.Int, Values: map[string]any{"A": 1}}),
		"entry without map":   with(listing.Field{Path: "place", Column: "x", Kind: listing.String, Entry: declared}),
		"default order":       func(s *listing.Spec) { s.DefaultOrder = "note" },
		"default not for all": func(s *listing.Spec) { s.DefaultOrder = "gross_margin" },
	} {
		wrong := spec(t)
		change(&wrong)
		_, err := listing.Compile(wrong, pages)
		require.Error(t, err, name)
	}
	right := spec(t)
	_, err := listing.Compile(right, nil)
	require.Error(t, err, "no sealer")
	right.DefaultOrder = "create_time desc"
	_, err = listing.Compile(right, pages)
	require.NoError(t, err)
}
