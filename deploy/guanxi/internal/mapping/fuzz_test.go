package mapping

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/sheet"
)

// Whatever stands in a file: every line is in exactly one row, rows go up, and each can be sent.
func FuzzRows(f *testing.F) {
	f.Add([]byte("A,7,2026/3/1 08:00,2,\"1.000,005\",,CNY\nA,7,2026/3/1 08:00,2,\"1.000,005\",,CNY\nB,,x,1,1,,\n"))
	f.Add([]byte("A,7,20260301,1e99,1e99,1e99,XXX\n\"A\n"))
	m, err := Parse([]byte(orders), "")
	require.NoError(f, err)
	path := filepath.Join(f.TempDir(), "a.csv")
	f.Fuzz(func(t *testing.T, content []byte) {
		require.NoError(t, os.WriteFile(path, append([]byte("no,customer,at,qty,price,off,cur\n"), content...), 0o600))
		lines := make(map[int64]bool)
		each(t, path, func(row sheet.Row) { lines[row.Line] = true })

		table, err := sheet.Open(path, m.File)
		require.NoError(t, err)
		defer table.Close()
		reader, err := m.Bind(table)
		require.NoError(t, err)
		next := int64(2)
		for row, err := range reader.Rows(0) {
			if err != nil {
				return
			}
			_, err = proto.Marshal(row)
			require.NoError(t, err)
			require.GreaterOrEqual(t, row.GetFirstLine(), next)
			for next = row.GetFirstLine(); next < row.GetFirstLine()+int64(row.GetLineCount()); next++ {
				require.True(t, lines[next], "line %d", next)
				delete(lines, next)
			}
		}
		require.Empty(t, lines)
	})
}

// each shows every row of a file.
func each(t *testing.T, path string, show func(sheet.Row)) {
	t.Helper()
	table, err := sheet.Open(path, sheet.Format{})
	require.NoError(t, err)
	defer table.Close()
	for {
		row, err := table.Next()
		if err != nil {
			return
		}
		show(row)
	}
}

// Whatever a mapping file says: it is refused in one sentence, or it can be applied to a table.
func FuzzParse(f *testing.F) {
	f.Add([]byte(orders))
	f.Add([]byte("kind: customers\nsource_system: crm\nfields:\n  external_ids[0].id: {column: no}\n  display_name: {column: customer}\n"))
	f.Add([]byte("kind: payments\nfields: &a {a: *a}\n"))
	f.Add([]byte("kind: people\nfields:\n  addresses[99999999].lines[0]: {columns: [no, no], join: ' '}\n"))
	path := filepath.Join(f.TempDir(), "a.csv")
	require.NoError(f, os.WriteFile(path, []byte("no,customer,at,qty,price,off,cur\nA,7,2026/3/1 08:00,2,\"1.000,005\",,CNY\n"), 0o600))
	nothing := f.TempDir() // that lookups could read
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := Parse(text, nothing)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			return
		}
		table, err := sheet.Open(path, m.File)
		if err != nil {
			return
		}
		defer table.Close()
		reader, err := m.Bind(table)
		if err != nil {
			return
		}
		for row, err := range reader.Rows(0) {
			if err != nil {
				return
			}
			_, err = proto.Marshal(row)
			require.NoError(t, err)
		}
	})
}
