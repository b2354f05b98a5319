package planning_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func (s *shelf) print(t *testing.T, level typev1.Level, r *planningv1.PrintPlanRequest) (kind string, data []byte) {
	t.Helper()
	body, err := s.plans.PrintPlan(s.at(t, level), r)
	require.NoError(t, err)
	return body.GetContentType(), body.GetData()
}

// workbookCells are all texts of a workbook.
func workbookCells(t *testing.T, data []byte) string {
	t.Helper()
	file, err := excelize.OpenReader(bytes.NewReader(data))
	require.NoError(t, err)
	var all strings.Builder
	for _, sheet := range file.GetSheetList() {
		rows, err := file.GetRows(sheet)
		require.NoError(t, err)
		_, _ = fmt.Fprintln(&all, sheet, rows)
	}
	return all.String()
}

// A task book says what its reader may see, by both formats and in both languages, and nothing else.
func TestATaskBookIsForItsReader(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	made := s.created(t)
	s.approved(t, made.GetName())
	id := func(name string) string { return name[strings.LastIndex(name, "/")+1:] }
	secrets := []string{
		"secret-organization", "secret-analysis", "secret-department", "secret-gaps", "secret-goal", "secret-chief", "secret-buying", "secret-president", "secret-board",
		id(s.person), id(s.senior), "LEVEL_", "neutral", "中立",
	}
	top := []string{"topsecret-profit", "7,654,321", "topsecret-words", "盈利", "Profit"}
	for _, format := range []planningv1.PrintPlanRequest_Format{planningv1.PrintPlanRequest_HTML, planningv1.PrintPlanRequest_XLSX} {
		for _, language := range []planningv1.PrintPlanRequest_Language{planningv1.PrintPlanRequest_ZH, planningv1.PrintPlanRequest_EN} {
			for _, level := range []typev1.Level{basic, manager, executive} {
				kind, data := s.print(t, level, &planningv1.PrintPlanRequest{Name: made.GetName(), Format: format, Language: language})
				book := string(data)
				if format == planningv1.PrintPlanRequest_XLSX {
					require.Contains(t, kind, "spreadsheetml")
					book = workbookCells(t, data)
				} else {
					require.Equal(t, "text/html; charset=utf-8", kind)
					require.NotContains(t, book, "<script")
				}
				for _, word := range []string{"open-customer", "open-stronghold", "12 sites", "30.000000001%", "2,500,000 CNY", "open-strategy", "open-measure visits", "wang", "2026-06-30", "open-rhythm"} {
					require.Contains(t, book, word)
				}
				for i, secret := range append(append([]string{}, secrets[:11]...), top[:3]...) {
					visible := level == executive || level == manager && i < len(secrets[:11])
					require.Equal(t, visible, strings.Contains(book, secret), "%s for %s, %s", secret, level, format)
				}
				if level == basic {
					for _, secret := range append(append([]string{}, secrets[11:]...), top[3:]...) {
						require.NotContains(t, book, secret)
					}
				}
				require.Equal(t, language == planningv1.PrintPlanRequest_ZH, strings.Contains(book, "责任矩阵"))
				require.Equal(t, language == planningv1.PrintPlanRequest_EN, strings.Contains(book, "responsibility matrix"))
			}
		}
	}
}
