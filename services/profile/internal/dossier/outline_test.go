package dossier_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/profile/internal/dossier"
)

func TestShippedOutline(t *testing.T) {
	t.Parallel()
	entries := dossier.Shipped()
	require.Empty(t, dossier.CheckOutline(entries))
	dossier.Number(entries)
	require.Equal(t, "3.5", dossier.Find(entries, "pains").Number)
	require.Equal(t, "5", dossier.Find(entries, "operating_capability").Number)
	require.Nil(t, dossier.Find(entries, "nowhere"))
}

func TestCheckOutline(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		entries []dossier.Entry
		want    []fault.Violation
	}{
		"empty":                {nil, []fault.Violation{{Field: "entries", Rule: "REQUIRED"}}},
		"a chapter alone":      {[]dossier.Entry{{Code: "a"}}, nil},
		"twice":                {[]dossier.Entry{{Code: "a"}, {Code: "b", Chapter: "a"}, {Code: "a"}}, []fault.Violation{{Field: "entries[2].code", Rule: "UNIQUE"}}},
		"before its chapter":   {[]dossier.Entry{{Code: "b", Chapter: "a"}, {Code: "a"}}, []fault.Violation{{Field: "entries[0].chapter", Rule: "CHAPTER"}}},
		"in another chapter":   {[]dossier.Entry{{Code: "a"}, {Code: "c"}, {Code: "b", Chapter: "a"}}, []fault.Violation{{Field: "entries[2].chapter", Rule: "CHAPTER"}}},
		"a section of a third": {[]dossier.Entry{{Code: "a"}, {Code: "b", Chapter: "a"}, {Code: "c", Chapter: "b"}}, []fault.Violation{{Field: "entries[2].chapter", Rule: "CHAPTER"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []fault.Violation
			for _, v := range dossier.CheckOutline(c.entries) {
				got = append(got, fault.Violation{Field: v.Field, Rule: v.Rule})
			}
			require.Equal(t, c.want, got)
		})
	}
}

// Whatever is written, every section stands once: those of the outline in its order, then the others.
func TestArrange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.StringMatching(`[a-e]`)
		var entries []dossier.Entry
		for _, c := range rapid.SliceOfDistinct(code, rapid.ID[string]).Draw(t, "outline") {
			entries = append(entries, dossier.Entry{Code: c})
		}
		var written []*dossier.Section
		for _, c := range rapid.SliceOfDistinct(code, rapid.ID[string]).Draw(t, "written") {
			written = append(written, &dossier.Section{Code: c, Revision: 1})
		}
		got := dossier.Arrange(uuid.New(), entries, written)
		seen := map[string]int32{}
		for i, s := range got {
			_, twice := seen[s.Code]
			require.False(t, twice)
			seen[s.Code] = s.Revision
			if i < len(entries) {
				require.Equal(t, entries[i].Code, s.Code)
				require.NotNil(t, s.Entry)
			} else {
				require.Nil(t, s.Entry)
				require.True(t, i == len(entries) || got[i-1].Code < s.Code)
			}
		}
		for _, s := range written {
			require.Equal(t, int32(1), seen[s.Code])
		}
	})
}

// A name that is taken for one of a section is written in one way only.
func FuzzParse(f *testing.F) {
	f.Add("customers/01940000-0000-7000-8000-000000000000/dossier/sections/pains")
	f.Add("customers/-/dossier/sections/pains")
	f.Add("customers/01940000-0000-7000-8000-000000000000/dossier/sections/a/sections/b")
	f.Fuzz(func(t *testing.T, name string) {
		customer, code, err := dossier.Parse("name", name)
		if err != nil {
			require.Len(t, fault.From(err).Violations(), 1)
			return
		}
		require.Equal(t, name, dossier.Name(customer, code))
	})
}
