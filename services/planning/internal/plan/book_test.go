package plan_test

import (
	"bytes"
	"html"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/planning/internal/plan"
)

// bookWith has the text wherever people write.
func bookWith(text string) *plan.Book {
	columns := []plan.Column{{Label: "a", Width: plan.Narrow}, {Label: "b", Width: plan.Wide}}
	return &plan.Book{
		Title: "t", Customer: text, State: "s", Nothing: "none", Facts: []plan.Fact{{Label: "l", Value: text}}, Signed: []string{"x"},
		Steps: []plan.Step{{Label: "one", Title: "first", Parts: []plan.Part{
			{Title: "table", Columns: columns, Rows: [][]string{{text, text}}}, {Title: "words", Text: text}, {Title: "empty", Columns: columns},
		}}},
	}
}

// Whatever people write, what stands around it stays the same, and it is read back as it was written.
func TestAPageIsNotChangedByWhatIsWritten(t *testing.T) {
	t.Parallel()
	const mark = "PLACE"
	plain, err := bookWith(mark).Page()
	require.NoError(t, err)
	around := strings.Split(string(plain), mark)
	require.Len(t, around, 7)
	nasty := rapid.OneOf(rapid.SampledFrom([]string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</title></style></main>`, `{{.}}`, `<!--`, "a\nb", `' onclick='x`, `&lt;b&gt;`, "＜script＞",
	}), rapid.StringMatching(`[ -~]{1,40}`))
	rapid.Check(t, func(t *rapid.T) {
		text := "x" + nasty.Draw(t, "text")
		page, err := bookWith(text).Page()
		require.NoError(t, err)
		rest := string(page)
		for i, piece := range around[:len(around)-1] {
			require.True(t, strings.HasPrefix(rest, piece), "before place %d", i)
			written, after, found := strings.Cut(rest[len(piece):], "<")
			require.True(t, found)
			rest = "<" + after
			require.NotContains(t, written, ">")
			require.Equal(t, text, html.UnescapeString(written))
		}
		require.Equal(t, around[len(around)-1], rest)
	})
}

// In a workbook all is text, also what a program would take for a formula, a number or a date.
func TestAWorkbookHoldsTexts(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`=HYPERLINK("http://x","y")`, "+1", "-1", "@SUM(A1)", "1/2", "00123", "\t=1", "a\nb", "_x0041_x0042_", "_x", strings.Repeat("长", 10000)} {
		data, err := bookWith(text).Workbook()
		require.NoError(t, err)
		file, err := excelize.OpenReader(bytes.NewReader(data))
		require.NoError(t, err)
		require.Len(t, file.GetSheetList(), 2)
		seen := 0
		for _, sheet := range file.GetSheetList() {
			rows, err := file.GetRows(sheet)
			require.NoError(t, err)
			for y, row := range rows {
				for x, value := range row {
					cell, err := excelize.CoordinatesToCellName(x+1, y+1)
					require.NoError(t, err)
					formula, err := file.GetCellFormula(sheet, cell)
					require.NoError(t, err)
					require.Empty(t, formula)
					kind, err := file.GetCellType(sheet, cell)
					require.NoError(t, err)
					if value != "" {
						require.Equal(t, excelize.CellTypeSharedString, kind, value)
					}
					if value == text {
						seen++
					}
				}
			}
		}
		require.Equal(t, 4, seen, text)
	}
}

func TestAWorkbookIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	one, err := bookWith("x").Workbook()
	require.NoError(t, err)
	other, err := bookWith("x").Workbook()
	require.NoError(t, err)
	require.Equal(t, one, other)
}
