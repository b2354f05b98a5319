package sheet

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// readAll returns what a person would see of a table: cells by line, and in place of a broken row its rule.
func readAll(t *testing.T, path string, format Format) ([]string, map[int64]string) {
	t.Helper()
	table, err := Open(path, format)
	require.NoError(t, err)
	defer func() { require.NoError(t, table.Close()) }()
	rows := make(map[int64]string)
	for {
		row, err := table.Next()
		if errors.Is(err, io.EOF) {
			done, total := table.Progress()
			require.Equal(t, total, done, "at the end all is done")
			return table.Header(), rows
		}
		require.NoError(t, err)
		rows[row.Line] = strings.Join(row.Cells, "|")
		if row.Fault != nil {
			rows[row.Line] = row.Fault.Rule
		}
	}
}

func zipped(t *testing.T, content string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(content))
	require.NoError(t, errors.Join(err, w.Close()))
	return b.String()
}

func TestCSV(t *testing.T) {
	t.Parallel()
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String("编号,名称\n1,深圳市瑞恒有限公司\n")
	require.NoError(t, err)
	tests := map[string]struct {
		file, content string
		format        Format
		header        []string
		rows          map[int64]string
	}{
		"plain":           {"a.csv", "id,name\n1, Acme \n", Format{}, []string{"id", "name"}, map[int64]string{2: "1|Acme"}},
		"byte order mark": {"a.csv", "\uFEFFid,name\n1,Acme\n", Format{}, []string{"id", "name"}, map[int64]string{2: "1|Acme"}},
		"windows lines":   {"a.csv", "id,name\r\n1,Acme\r\n", Format{}, []string{"id", "name"}, map[int64]string{2: "1|Acme"}},
		"gbk":             {"a.csv", gbk, Format{Encoding: "gbk"}, []string{"编号", "名称"}, map[int64]string{2: "1|深圳市瑞恒有限公司"}},
		"gbk read as utf-8": {
			"a.csv", "id,name\n" + strings.SplitN(gbk, "\n", 2)[1],
			Format{},
			[]string{"id", "name"},
			map[int64]string{2: "ENCODING"},
		},
		"utf-16 by its mark": {"a.csv", "\xff\xfei\x00,\x00n\x00\n\x001\x00,\x00A\x00\n\x00", Format{}, []string{"i", "n"}, map[int64]string{2: "1|A"}},
		"semicolons":         {"a.csv", "id;name\n1;A, B\n", Format{Delimiter: ";"}, []string{"id", "name"}, map[int64]string{2: "1|A, B"}},
		"tabs by the name":   {"a.tsv", "id\tname\n1\tAcme\n", Format{}, []string{"id", "name"}, map[int64]string{2: "1|Acme"}},
		"compressed":         {"a.csv.gz", zipped(t, "id,name\n1,Acme\n"), Format{}, []string{"id", "name"}, map[int64]string{2: "1|Acme"}},
		"empty lines and rows": {
			"a.csv", "id,name\n\n1,A\n,\n\n2,B\n",
			Format{},
			[]string{"id", "name"},
			map[int64]string{3: "1|A", 6: "2|B"},
		},
		"a row over several lines": {
			"a.csv", "id,name\n1,\"A\nB\"\n2,C\n",
			Format{},
			[]string{"id", "name"},
			map[int64]string{2: "1|A\nB", 4: "2|C"},
		},
		"bad quotes do not stop the file": {
			"a.csv", "id,name\n1,5\" pipe\n2,B\n",
			Format{},
			[]string{"id", "name"},
			map[int64]string{2: "CSV_QUOTES", 3: "2|B"},
		},
		"too many and too few": {
			"a.csv", "id,name\n1,A,x\n2\n3,C\n",
			Format{},
			[]string{"id", "name"},
			map[int64]string{2: "COLUMN_COUNT", 3: "COLUMN_COUNT", 4: "3|C"},
		},
		"header further down": {"a.csv", "Report \"of\" June\n\nid,name\n1,A\n", Format{HeaderLine: 3}, []string{"id", "name"}, map[int64]string{4: "1|A"}},
		"nul":                 {"a.csv", "id,name\n1,A\x00\n", Format{}, []string{"id", "name"}, map[int64]string{2: "ENCODING"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header, rows := readAll(t, write(t, test.file, test.content), test.format)
			require.Equal(t, test.header, header)
			require.Equal(t, test.rows, rows)
		})
	}
}

func TestUnreadableFiles(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		file, content string
		format        Format
		says          string
	}{
		"another kind":      {"a.pdf", "x", Format{}, "must end in .csv"},
		"empty":             {"a.csv", "", Format{}, "there is no header line"},
		"unknown encoding":  {"a.csv", "a\n", Format{Encoding: "klingon"}, `encoding "klingon" is not known`},
		"long delimiter":    {"a.csv", "a\n", Format{Delimiter: "::"}, "not one character"},
		"quote as one":      {"a.csv", "a\n", Format{Delimiter: `"`}, "not one character"},
		"ends too early":    {"a.csv", "a\n", Format{HeaderLine: 5}, "ends above the header"},
		"not compressed":    {"a.csv.gz", "a,b\n", Format{}, "not compressed by gzip"},
		"no spreadsheet":    {"a.xlsx", "a,b\n", Format{}, "cannot be read as XLSX"},
		"bad quotes on top": {"a.csv", "a\"b,c\n", Format{}, "header line cannot be read"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Open(write(t, test.file, test.content), test.format)
			require.ErrorContains(t, err, test.says)
			require.ErrorContains(t, err, test.file)
		})
	}
}

func TestOpenQuoteDoesNotSwallowTheFile(t *testing.T) {
	t.Parallel()
	table, err := Open(write(t, "a.csv", "id,name\n1,A\n2,\"B\n"+strings.Repeat("3,C\n", 1<<20)), Format{})
	require.NoError(t, err)
	defer table.Close()
	_, err = table.Next()
	require.NoError(t, err)
	_, err = table.Next()
	require.ErrorContains(t, err, "row behind line 2 is longer than 1024 KiB")
}
