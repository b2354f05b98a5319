package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

func FuzzCSV(f *testing.F) {
	f.Add([]byte("id,name\n1,A\n"), "utf-8", ",")
	f.Add([]byte("id;name\n\"1\n;A"), "gbk", ";")
	path := filepath.Join(f.TempDir(), "a.csv")
	f.Fuzz(func(t *testing.T, content []byte, encoding, delimiter string) {
		fuzz(t, path, content, Format{Encoding: encoding, Delimiter: delimiter})
	})
}

// FuzzXLSX tries the zip: its list of parts, its compression, what is where.
func FuzzXLSX(f *testing.F) {
	file := excelize.NewFile()
	require.NoError(f, file.SetSheetRow("Sheet1", "A1", &[]any{"id", "name"}))
	require.NoError(f, file.SetSheetRow("Sheet1", "A2", &[]any{1, "A"}))
	var b bytes.Buffer
	require.NoError(f, errors.Join(file.Write(&b), file.Close()))
	f.Add(b.Bytes())
	path := filepath.Join(f.TempDir(), "a.xlsx")
	f.Fuzz(func(t *testing.T, content []byte) { fuzz(t, path, content, Format{}) })
}

// FuzzXLSXParts tries what the parts say, which FuzzXLSX hardly gets at through compression and checksums.
func FuzzXLSXParts(f *testing.F) {
	f.Add(oneSheet, workbookLinks, `<sst><si><t>A</t></si><si><r><t>B_x000D_</t></r><rPh><t>b</t></rPh></si></sst>`,
		`<worksheet><dimension ref="A1:B3"/><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>n</t></is></c></row>`+
			`<row r="3"><c r="B3" t="str"><f>A1</f><v>x</v></c></row><row><c><v>1.5</v></c><c t="s"><v>1</v></c></row>`+footer)
	f.Add(strings.Replace(oneSheet, "<sheets>", `<workbookPr date1904="1"/><sheets>`, 1), workbookLinks, `<?xml version="1.0" encoding="GBK"?><sst/>`, header+footer)
	path := filepath.Join(f.TempDir(), "a.xlsx")
	f.Fuzz(func(t *testing.T, workbook, links, texts, sheet string) {
		var b bytes.Buffer
		archive := zip.NewWriter(&b)
		for name, text := range map[string]string{
			"xl/workbook.xml": workbook, "xl/_rels/workbook.xml.rels": links, "xl/sharedStrings.xml": texts, "xl/sheet.xml": sheet,
		} {
			part, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
			require.NoError(t, err)
			_, err = io.WriteString(part, text)
			require.NoError(t, err)
		}
		require.NoError(t, archive.Close())
		fuzz(t, path, b.Bytes(), Format{})
	})
}

// fuzz reads the file to its end: whatever it holds, that ends, lines go up, and a row is as wide as the header or says what is wrong.
func fuzz(t *testing.T, path string, content []byte, format Format) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, content, 0o600))
	table, err := Open(path, format)
	if err != nil {
		return
	}
	defer table.Close()
	for line := int64(0); ; {
		row, err := table.Next()
		if err != nil {
			return
		}
		require.Greater(t, row.Line, line)
		line = row.Line
		if row.Fault == nil {
			require.Len(t, row.Cells, len(table.Header()))
		}
	}
}
