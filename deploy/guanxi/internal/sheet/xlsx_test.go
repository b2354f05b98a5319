package sheet

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

// written is an XLSX with one sheet, as a spreadsheet program writes it.
func written(t *testing.T, sheet string, cells map[string]any, options func(*excelize.File)) string {
	t.Helper()
	file := excelize.NewFile()
	require.NoError(t, file.SetSheetName("Sheet1", sheet))
	for cell, value := range cells {
		require.NoError(t, file.SetCellValue(sheet, cell, value))
	}
	if options != nil {
		options(file)
	}
	path := filepath.Join(t.TempDir(), "a.xlsx")
	require.NoError(t, errors.Join(file.SaveAs(path), file.Close()))
	return path
}

func TestXLSX(t *testing.T) {
	t.Parallel()
	path := written(t, "客户", map[string]any{
		"A1": "exported yesterday",
		"A2": "名称", "B2": "金额", "C2": "日期",
		"A3": "瑞恒", "B3": 0.1, "C3": time.Date(2026, 3, 1, 14, 30, 0, 0, time.UTC),
		"A6": "无金额",
		"A7": "x", "D7": "stray",
	}, nil)
	header, rows := readAll(t, path, Format{Sheet: "客户", HeaderLine: 2})
	require.Equal(t, []string{"名称", "金额", "日期"}, header)
	require.Equal(t, map[int64]string{3: "瑞恒|0.1|46082.604166666664", 6: "无金额||", 7: "COLUMN_COUNT"}, rows)

	_, err := Open(path, Format{Sheet: "Customers"})
	require.ErrorContains(t, err, `there is no sheet "Customers", only 客户`)
}

func TestXLSXDates(t *testing.T) {
	t.Parallel()
	from1904 := true
	for name, test := range map[string]struct {
		options func(*excelize.File)
		serial  float64
	}{
		"from 1900": {nil, 46082.604166666664},
		"from 1904": {func(f *excelize.File) {
			require.NoError(t, f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &from1904}))
		}, 44620.604166666664},
	} {
		table, err := Open(written(t, "s", map[string]any{"A1": "at"}, test.options), Format{})
		require.NoError(t, err, name)
		at, ok := table.Date(test.serial)
		require.True(t, ok, name)
		require.Equal(t, "2026-03-01T14:30:00Z", at.UTC().Format(time.RFC3339), name)
		_, ok = table.Date(3e6)
		require.False(t, ok, "there is no year 10000")
		require.NoError(t, table.Close())
	}
}

// What is read here is what another reader of the format makes of the same file, whatever kinds of cells it has and wherever they stand.
func TestXLSXIsReadAsByOthers(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2)) // the same each time
	cells := make(map[string]any)
	for range 3000 {
		name, err := excelize.CoordinatesToCellName(1+random.IntN(40), 1+random.IntN(400))
		require.NoError(t, err)
		cells[name] = []any{
			random.Int64(), random.NormFloat64() * 1e6, random.IntN(2) == 0, "a\tb\r\n_x0041_ <&> 瑞恒 " + name, strings.Repeat("é", random.IntN(200)),
			time.Date(2026, 1, 1+random.IntN(300), 0, 0, random.IntN(86400), 0, time.UTC), nil, "same", " ",
		}[random.IntN(9)]
	}
	path := written(t, "s", cells, func(f *excelize.File) {
		require.NoError(t, f.SetCellRichText("s", "AZ3", []excelize.RichTextRun{{Text: "bold "}, {Text: "plain", Font: &excelize.Font{Italic: true}}}))
		require.NoError(t, f.SetCellFormula("s", "BA3", "1+1"))
	})
	file, err := excelize.OpenFile(path, excelize.Options{RawCellValue: true})
	require.NoError(t, err)
	defer file.Close()
	want, err := file.GetRows("s")
	require.NoError(t, err)

	table, err := Open(path, Format{})
	require.NoError(t, err)
	defer table.Close()
	compared := 0
	for {
		row, err := table.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		other := trim(want[row.Line-1])
		for i := range max(len(row.Cells), len(other)) {
			require.Equal(t, cellAt(other, i), cellAt(row.Cells, i), "line %d, column %d", row.Line, i+1)
			compared++
		}
	}
	require.Greater(t, compared, 3000)
}

func cellAt(cells []string, i int) string {
	if i < len(cells) {
		return cells[i]
	}
	return ""
}

// Texts that are too many to be held are found in their file as those in memory are.
func TestManyTexts(t *testing.T) {
	t.Parallel()
	const count = 50_000
	var b strings.Builder
	b.WriteString("<sst>")
	for i := range count {
		fmt.Fprintf(&b, "<si><r><t>%d</t></r><r><t>%s</t></r><rPh><t>no</t></rPh></si>", i, strings.Repeat("x", 100))
	}
	b.WriteString("</sst>")
	var all texts
	require.NoError(t, all.load(strings.NewReader(b.String())))
	require.NotNil(t, all.content.file, "more than is held")
	require.Nil(t, all.ends.file)
	for _, i := range []int{0, 1, 33_333, count - 1} {
		text, err := all.get(fmt.Sprint(i))
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(i)+strings.Repeat("x", 100), text)
	}
	for _, none := range []string{"-1", fmt.Sprint(count), "x", ""} {
		_, err := all.get(none)
		require.ErrorContains(t, err, "there is no text")
	}
	name := all.content.file.Name()
	require.NoError(t, all.Close())
	require.NoFileExists(t, name)
}

func TestUnescape(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain": "plain", "a_x000D_b": "a\rb", "_x005F_x000D_": "_x000D_", "_x12": "_x12", "_xGGGG_": "_xGGGG_", "_x": "_x", "_x_x0041_": "_xA",
		"_x+041_": "_x+041_",
	} {
		require.Equal(t, want, unescape(text), text)
	}
}

func TestFirstDays(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		from1904 bool
		serial   float64
		want     string // empty for none
	}{
		{false, 1, "1900-01-01"},
		{false, 59, "1900-02-28"},
		{false, 60, ""},
		{false, 61, "1900-03-01"},
		{false, 0.5, ""},
		{false, 2958465, "9999-12-31"},
		{false, 2958466, ""},
		{true, 1, "1904-01-02"},
		{true, 60, "1904-03-01"},
		{true, 2957003, "9999-12-31"},
		{true, 2957004, ""},
	} {
		at, ok := dates(test.from1904)(test.serial)
		require.Equal(t, test.want != "", ok, test)
		if ok {
			require.Equal(t, test.want, at.Format(time.DateOnly), test)
		}
	}
}
