package mapping

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/guanxi-crm/guanxi/deploy/guanxi/internal/sheet"
)

// maxTable bounds the rows of a lookup's table, which is held in memory.
const maxTable = 100_000

// Lookup is one step of a lookup: the row of the file whose key column has the value, and the value column of that row. The result is
// the key of the next step.
type Lookup struct {
	File   string       `yaml:"file"`
	Key    string       `yaml:"key"`
	Value  string       `yaml:"value"`
	Format sheet.Format `yaml:"format"`
}

// tableFiles are the names of all files that values are looked up in, each once, sorted.
func (m *Mapping) tableFiles() []string {
	var names []string
	for _, steps := range m.Lookups {
		for _, step := range steps {
			names = append(names, step.File)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (m *Mapping) loadTables(dir string) error {
	m.tables = make(map[string][]map[string]string, len(m.Lookups))
	for name, steps := range m.Lookups {
		for _, step := range steps {
			table, err := step.load(dir)
			if err != nil {
				return fmt.Errorf("lookup %s: %w", name, err)
			}
			m.tables[name] = append(m.tables[name], table)
		}
	}
	return nil
}

func (l Lookup) load(dir string) (map[string]string, error) {
	table, err := sheet.Open(filepath.Join(dir, l.File), l.Format)
	if err != nil {
		return nil, err
	}
	defer table.Close()
	key, value := slices.Index(table.Header(), l.Key), slices.Index(table.Header(), l.Value)
	if key < 0 || value < 0 {
		return nil, fmt.Errorf("%s must have the columns %q and %q", l.File, l.Key, l.Value)
	}
	values := make(map[string]string)
	for {
		row, err := table.Next()
		if errors.Is(err, io.EOF) {
			return values, nil
		}
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s: %w", l.File, err)
		case row.Fault != nil:
			return nil, fmt.Errorf("%s, line %d: %s", l.File, row.Line, row.Fault.Text.En)
		case len(values) == maxTable:
			return nil, fmt.Errorf("%s has more than %d rows: that is no small table", l.File, maxTable)
		}
		values[row.Cells[key]] = row.Cells[value]
	}
}

// lazyFile opens its file when it is first read.
type lazyFile struct {
	path string
	file *os.File
}

func (l *lazyFile) Read(p []byte) (n int, err error) {
	if l.file == nil {
		if l.file, err = os.Open(l.path); err != nil {
			return 0, err
		}
	}
	n, err = l.file.Read(p)
	if err != nil {
		_ = l.file.Close() // it was only read
	}
	return n, err
}
