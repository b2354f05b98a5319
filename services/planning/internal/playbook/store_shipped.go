package playbook

import (
	"fmt"

	"github.com/guanxi-crm/guanxi/libs/fault"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
)

// department is a play that aims at support. The targets are ours: the sources name the departments, not how far each is to be brought.
func department(en, zh string) *planningv1.DepartmentPlay {
	return &planningv1.DepartmentPlay{DepartmentEn: en, DepartmentZh: zh, Target: planningv1.EvaluationLevel_LEVEL_SUPPORTIVE}
}

// shipped is the playbook of the sources: goals, departments, responsible roles and typical ways of each stage.
func shipped() *planningv1.Playbook {
	marketing, planning, procurement := department("Marketing", "市场部"), department("Planning", "规划部"), department("Procurement", "采购部")
	finance, maintenance := department("Finance", "财务部"), department("Maintenance", "维护部")
	return &planningv1.Playbook{Name: Name, Stages: []*planningv1.StagePlay{
		{
			Stage: planningv1.ProjectStage_LEAD, GoalEn: "Opportunities are steered, the project is set up, the short list is influenced.", GoalZh: "引导机会点、项目立项、影响短名单",
			Departments: []*planningv1.DepartmentPlay{marketing, planning, procurement}, Responsible: []string{"AR", "SR", "MKT"},
			Methods: []planningv1.Activity{planningv1.Activity_TECHNICAL_EXCHANGE, planningv1.Activity_COMPANY_VISIT, planningv1.Activity_SAMPLE_SITE_VISIT},
		},
		{
			Stage:  planningv1.ProjectStage_PROJECT,
			GoalEn: "There are channels of information, the tender is guided, the evaluation report is more favourable, the contract is of quality.",
			GoalZh: "信息渠道建设、标书引导、提升评标报告有利性、合同质量", Departments: []*planningv1.DepartmentPlay{planning, procurement, finance, maintenance},
			Responsible: []string{"AR", "SR", "FR", "Finance"},
			Methods:     []planningv1.Activity{planningv1.Activity_TECHNICAL_EXCHANGE, planningv1.Activity_SAMPLE_SITE_VISIT},
		},
		{
			Stage:  planningv1.ProjectStage_EXECUTION,
			GoalEn: "The customer's offices cooperate in delivery, acceptance is faster, major problems do not spread.", GoalZh: "交付中局方配合支持，加快验收，重大问题不扩散",
			Departments: []*planningv1.DepartmentPlay{maintenance}, Responsible: []string{"SR", "FR", "PMO"},
			Methods: []planningv1.Activity{planningv1.Activity_TRAINING, planningv1.Activity_BRAND_EVENT, planningv1.Activity_JOINT_LEISURE},
		},
		{
			Stage: planningv1.ProjectStage_COLLECTION, GoalEn: "Payment comes faster.", GoalZh: "加快回款",
			Departments: []*planningv1.DepartmentPlay{maintenance, finance}, Responsible: []string{"AR", "FR", "CFO"},
			Methods: []planningv1.Activity{planningv1.Activity_JOINT_LEISURE, planningv1.Activity_BRAND_EVENT},
		},
	}, Principles: []*planningv1.PlaybookPrinciple{
		{TextEn: "Cover widely: every department that meets us, gate and front desk included.", TextZh: "广覆盖：覆盖所有与客户接触的部门（包括门卫与前台）"},
		{TextEn: "Find and look after tomorrow's stars before they rise.", TextZh: "烧冷灶：明日之星发掘与管理"},
		{TextEn: "Plan the budget ahead.", TextZh: "强预算：提前考虑好费用预算"},
		{TextEn: "Know what for: gathering information, hearing the customer's voice, solving small problems.", TextZh: "明用途：信息收集、客户声音管理、小问题解决"},
	}}
}

// check holds a version to what the API's constraints cannot say.
func check(p *planningv1.Playbook) []fault.Violation {
	var wrong []fault.Violation
	twice := func(field string) {
		wrong = append(wrong, fault.Field(field, "UNIQUE", fault.Text{En: "stands twice", Zh: "重复"}))
	}
	stages := map[planningv1.ProjectStage]bool{}
	for i, s := range p.GetStages() {
		if stages[s.GetStage()] {
			twice(fmt.Sprintf("stages[%d].stage", i))
		}
		stages[s.GetStage()] = true
		names := map[string]bool{}
		for j, d := range s.GetDepartments() {
			if names[key(d.GetDepartmentEn())] {
				twice(fmt.Sprintf("stages[%d].departments[%d].department_en", i, j))
			}
			if names[key(d.GetDepartmentZh())] {
				twice(fmt.Sprintf("stages[%d].departments[%d].department_zh", i, j))
			}
			names[key(d.GetDepartmentEn())], names[key(d.GetDepartmentZh())] = true, true
		}
	}
	return wrong
}
