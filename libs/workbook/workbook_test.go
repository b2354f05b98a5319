package workbook_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/guanxi-crm/guanxi/libs/workbook"
)

func TestWorkbook(t *testing.T) {
	t.Parallel()
	half := 0.5
	w := workbook.New()
	w.Sheet("a/b: "+strings.Repeat("长", 40), 10, 20)
	w.Line(workbook.Title, workbook.Texts("=1+1")...)
	w.Skip()
	w.Line(workbook.Plain, workbook.Cell{Text: "_x0041_"}, workbook.Cell{Number: &half})
	w.Line(workbook.Plain, workbook.Texts("十个字十个字十个字十", "x")...)
	w.Sheet("second", 30, 30)
	w.Paragraph(strings.Repeat("x", 130), 2)
	data, err := w.Bytes()
	require.NoError(t, err)

	read, err := excelize.OpenReader(bytes.NewReader(data))
	require.NoError(t, err)
	t.Cleanup(func() { _ = read.Close() })
	first := "a b  " + strings.Repeat("长", 26)
	require.Equal(t, []string{first, "second"}, read.GetSheetList())
	rows, err := read.GetRows(first)
	require.NoError(t, err)
	require.Equal(t, [][]string{{"=1+1"}, nil, {"_x0041_", "0.5"}, {"十个字十个字十个字十", "x"}}, rows, "text stays text")
	formula, err := read.GetCellFormula(first, "A1")
	require.NoError(t, err)
	require.Empty(t, formula)
	for _, line := range []struct {
		sheet string
		line  int
		high  float64
	}{{first, 3, 15}, {first, 4, 45}, {"second", 1, 45}} {
		height, err := read.GetRowHeight(line.sheet, line.line)
		require.NoError(t, err)
		require.InDelta(t, line.high, height, 0.01, "%s %d", line.sheet, line.line)
	}
	merged, err := read.GetMergeCells("second")
	require.NoError(t, err)
	require.Equal(t, "A1:B1", merged[0][0])

	w = workbook.New()
	w.Sheet("")
	_, err = w.Bytes()
	require.Error(t, err, "a sheet without a name")
}
