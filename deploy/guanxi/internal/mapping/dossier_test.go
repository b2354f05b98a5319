package mapping

import "testing"

// A section of a dossier has no source system of its own; what a row leaves out is not set.
func TestDossiers(t *testing.T) {
	t.Parallel()
	got := read(t, `
kind: dossiers
source_system: crm
customer_ref: {id: {column: 客户编号}}
fields:
  code: {column: 章节, values: {痛点: pains, 概要: company_outline}, required: true}
  text: {column: 内容}
  summary: {column: 小结}
  source: 档案 {客户编号}
`, "客户编号,章节,内容,小结\nK1,痛点,交付慢,\nK2,概要,,大客户\nK3,其他,x,\n", 0)
	same(t, []string{
		`{"firstLine":"2","lineCount":1,"customerRef":{"system":"crm","id":"K1"},"dossierSection":{"code":"pains","text":"交付慢","source":"档案 K1"}}`,
		`{"firstLine":"3","lineCount":1,"customerRef":{"system":"crm","id":"K2"},"dossierSection":{"code":"company_outline","summary":"大客户","source":"档案 K2"}}`,
		`{"firstLine":"4","lineCount":1,"unreadable":{"firstLine":"4","lineCount":1,"field":"code","rule":"VALUES","reasonEn":"\"其他\" is not among the values of the mapping","reasonZh":"\"其他\" 不在映射文件的取值表中"}}`,
	}, got)
}
