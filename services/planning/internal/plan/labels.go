package plan

// What is printed, as the sources call it.
var (
	bookTitle = label{"客户关系提升目标任务书", "Task book: goals of the customer relationship"}
	fileTitle = label{"客户关系提升目标任务书", "task-book"}
	coverName = label{"任务书", "Task book"}
	nothing   = label{"（无）", "(none)"}

	factCustomer = label{"客户", "Customer"}
	factYear     = label{"财年", "Fiscal year"}
	factVersion  = label{"版本", "Version"}
	factState    = label{"状态", "State"}
	factAuthor   = label{"编写人", "Written by"}
	factApprover = label{"批准人", "Approved by"}
	factApproved = label{"批准时间", "Approved on"}
	factReason   = label{"修订原因", "Reason for the revision"}
	factPrinted  = label{"打印日期", "Printed on"}

	stepLabels = [...]label{{"第一步", "Step 1"}, {"第二步", "Step 2"}, {"第三步", "Step 3"}, {"第四步", "Step 4"}}
	stepTitles = [...]label{
		{"市场目标", "Market targets"},
		{"客户关系分析", "Analysis of the relationships"},
		{"目标、策略与措施", "Goals, strategy and measures"},
		{"执行、监控与修订", "Execution, monitoring, revision"},
	}

	partTargets     = label{"山头、份额与竞争目标", "Strongholds, share and competition"}
	partProfits     = label{"盈利目标", "Profit"}
	partOrganized   = label{"组织客户关系", "Organization"}
	partKeyPersons  = label{"关键客户关系", "Key persons"}
	partDepartments = label{"普遍客户关系", "Departments"}
	partGoalsOf     = label{"目标：", "Goals: "}
	partStrategy    = label{"策略", "Strategy"}
	partMeasures    = label{"措施与责任矩阵", "Measures and responsibility matrix"}
	partSetUp       = label{"组织建设", "Organization"}
	partWatch       = label{"监控", "Monitoring"}
	partEffect      = label{"执行效果评估", "Evaluation of the effect"}
	partProgress    = label{"措施进展", "Progress of the measures"}
	partReports     = label{"进展记录", "Reports"}

	columnKind        = label{"类别", "Kind"}
	columnSubject     = label{"对象", "Subject"}
	columnBaseline    = label{"基线", "Baseline"}
	columnTarget      = label{"目标", "Target"}
	columnText        = label{"说明", "Description"}
	columnPerson      = label{"关键客户", "Person"}
	columnDepartment  = label{"部门", "Department"}
	columnAnalysis    = label{"分析", "Analysis"}
	columnMeasures    = label{"措施", "Measures"}
	columnMeasure     = label{"措施", "Measure"}
	columnResponsible = label{"执行 R", "Responsible R"}
	columnAccountable = label{"负责 A", "Accountable A"}
	columnConsulted   = label{"咨询 C", "Consulted C"}
	columnInformed    = label{"知会 I", "Informed I"}
	columnDue         = label{"完成日期", "Due"}
	budgetLine        = label{"预算：", "Budget: "}
	columnState       = label{"状态", "State"}
	columnProgress    = label{"进度", "Progress"}
	columnTime        = label{"时间", "Time"}
	columnNote        = label{"情况", "What happened"}
	columnReporter    = label{"报告人", "Reported by"}

	noteLevel  = label{"本任务书按打印人的权限级别生成，超出其级别的部分未列出。", "Made for the permission level of whoever printed it; parts above that level are left out."}
	notePeople = label{"人员以职务、部门和编号列示。", "People are shown by position, department and id."}
	noteDraft  = label{"本版本不是生效版本。", "This version is not in force."}

	signIssuer   = label{"签发人", "Issued by"}
	signReceiver = label{"责任人", "Accepted by"}
	signDate     = label{"日期", "Date"}
)

// What the numbers of the API are called. The first of each stands for none.
var (
	stateLabels        = [...]label{{}, {"草稿", "Draft"}, {"已批准", "Approved"}, {"已被替代", "Superseded"}}
	targetLabels       = [...]label{{}, {"山头目标", "Stronghold"}, {"份额目标", "Share"}, {"竞争目标", "Competition"}}
	measureLabels      = [...]label{{}, {"未开始", "Planned"}, {"进行中", "Ongoing"}, {"已完成", "Done"}, {"已取消", "Dropped"}}
	relationshipLabels = [...]label{{}, {"关键客户", "Key persons"}, {"组织客户", "Organization"}, {"普遍客户", "Departments"}}
	levelLabels        = [...]label{
		{"未评估", "not evaluated"},
		{"-1 不认可", "-1 not accepting"},
		{"0 中立", "0 neutral"},
		{"1 支持", "1 supportive"},
		{"2 良好的业务联系", "2 good business tie"},
		{"3 排他性支持", "3 exclusive support"},
	}
)
