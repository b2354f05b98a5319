package report

import satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"

// What is written, as the source calls it.
var (
	reportTitle = label{"客户满意度测评报告", "Customer satisfaction report"}
	fileTitle   = label{"客户满意度测评报告", "satisfaction-report"}
	published   = label{"已发布", "Published"}
	preliminary = label{"未发布", "Not published"}
	nothing     = label{"（无）", "(none)"}
	hidden      = label{"不公布", "withheld"}

	factWave                              = label{"期次", "Wave"}
	factAnswers, factIndex, factPrinted   = label{"有效答卷", "Answers that count"}, label{"满意度综合得分", "Index"}, label{"编制日期", "Written on"}
	factBefore, factModel, factConfidence = label{"对比期次", "Compared with"}, label{"指标体系", "Index model"}, label{"置信水平", "Confidence"}

	sectionAbstract, sectionBackground = label{"报告摘要", "Abstract"}, label{"基本情况介绍", "Background"}
	sectionBody, sectionSuggestions    = label{"正文", "Body"}, label{"改进建议", "Suggestions"}
	sectionAppendix                    = label{"附件：问卷", "Appendix: the questionnaire"}

	partPurpose, partSample   = label{"测评目的", "Purpose"}, label{"测评对象与抽样", "Population and sample"}
	partWhy, partIndicators   = label{"测评的背景", "Why it was measured"}, label{"测评指标设定", "Indicators"}
	partCheck, partData       = label{"问卷设计检验", "Check of the questionnaire"}, label{"数据整理", "Data"}
	partScores                = label{"测评结果：满意度得分", "Results: scores"}
	partRecommendation        = label{"测评结果：推荐意愿（NPS）与满意率", "Results: recommendation (NPS) and the satisfied"}
	partBehaviour             = label{"测评结果：行为指标", "Results: behaviour"}
	partGaps                  = label{"测评结果：期望与感知", "Results: expectation and perception"}
	partCompetitors           = label{"测评结果：与竞争对手比较", "Results: against the competitor"}
	partQuadrants             = label{"测评结果：满意度－重要度四象限", "Results: importance and performance"}
	partTrend                 = label{"测评结果：历期趋势", "Results: waves"}
	partClasses, partAreas    = label{"测评结果：按客户等级", "Results: by class of customer"}, label{"测评结果：按区域", "Results: by territory"}
	partUrgent, partKeep      = label{"急需改进", "Urgent"}, label{"继续保持", "Keep"}
	columnIndicator           = label{"指标", "Indicator"}
	columnWeight, columnScore = label{"权重", "Weight"}, label{"得分", "Score"}
	columnInterval            = label{"置信区间", "Interval"}
	columnDeviation           = label{"标准差", "Std. dev."}
	columnN, columnChange     = label{"样本数", "n"}, label{"较上期", "Change"}
	columnP                   = label{"p 值", "p"}
	columnAlpha, columnItems  = label{"α 系数", "Alpha"}, label{"题项数", "Items"}
	columnPretest             = label{"预调查 α", "Alpha, pretest"}
	columnWhat, columnCount   = label{"类别", "Kind"}, label{"份数", "Count"}
	columnExpected            = label{"期望", "Expected"}
	columnFound, columnGap    = label{"感知", "Perceived"}, label{"差距", "Gap"}
	columnOurs                = label{"本公司", "We"}
	columnTheirs, columnLead  = label{"竞争对手", "Competitor"}, label{"领先", "Lead"}
	columnNumber, columnPlace = label{"编号", "No."}, label{"象限", "Quadrant"}
	columnImportance          = label{"重要度", "Importance"}
	columnQuestion            = label{"问题", "Question"}
	columnKind, columnAnswers = label{"题型", "Kind"}, label{"选项", "Answers"}
	columnValue               = label{"数值", "Value"}

	overall = label{"综合得分", "All together"}

	rowInvited, rowReturned    = label{"抽取样本", "Drawn"}, label{"回收", "Returned"}
	rowCounted, rowUnfinished  = label{"有效", "Counted"}, label{"未完成", "Not completed"}
	voidTitle                  = label{"作废：%s", "Void: %s"}
	chartScores, chartNPS      = label{"满意度得分及置信区间", "Scores with confidence intervals"}, label{"推荐者、中立者与贬损者的比例", "Promoters, passives, detractors"}
	chartQuadrants, chartTrend = label{"满意度－重要度四象限图", "Importance and performance"}, label{"历期得分", "Scores by wave"}

	noteScores    = label{"得分为 0 至 100，越高越好；横线为 %s 置信区间。", "Scores are from 0 to 100, the higher the better; whiskers are %s confidence intervals."}
	noteWithheld  = label{"答卷少于 %d 份的分组不予公布；能由合计推算的分组亦不公布。", "Groups of fewer than %d answers are withheld, and those that could be computed from totals."}
	noteDerived   = label{"重要度为各指标与总体满意度的相关系数。", "Importance is the correlation of an item with overall satisfaction."}
	noteStated    = label{"重要度为客户自述重要度的平均值（0 至 100）。", "Importance is what customers said, in the mean, from 0 to 100."}
	noteDots      = label{"图中编号见下表。", "The numbers are those of the table below."}
	noteStrata    = label{"有效答卷少于两份的层与相邻层合并，合并后共 %d 层。", "Strata of fewer than two answers were put together with the next: %d are left."}
	noteBasis     = label{"计算依据：%s 第 %d 版，%s 第 %d 版，设置第 %d 版，截至 %s 的答卷。", "Computed from %s version %d, %s version %d, settings version %d, answers up to %s."}
	noteAlpha     = label{"α 系数达到 %.1f 以上，一般认为内部一致性可以接受。", "From %.1f on, items are usually held to measure one thing."}
	noteOrders    = label{"购买额与回头率（订单）来自订单，其余来自问卷。", "Purchase amount and return rate by orders are of orders; the rest of answers."}
	promotersWord = label{"推荐者", "Promoters"}
	passivesWord  = label{"中立者", "Passives"}
	detractorWord = label{"贬损者", "Detractors"}

	abstractIndex      = label{"满意度综合得分为 %s（%s 置信区间 %s），基于 %d 份有效答卷。", "The index is %s (%s confidence interval %s), of %d answers that count."}
	abstractPoint      = label{"满意度综合得分为 %s，基于 %d 份有效答卷。", "The index is %s, of %d answers that count."}
	abstractFew        = label{"有效答卷过少，不予公布得分。", "Too few have answered to tell of scores."}
	abstractUp         = label{"较上期上升 %s，超出偶然波动（p = %s）。", "It rose by %s since the wave before, more than by chance (p = %s)."}
	abstractDown       = label{"较上期下降 %s，超出偶然波动（p = %s）。", "It fell by %s since the wave before, more than by chance (p = %s)."}
	abstractSame       = label{"较上期变化 %s，未超出偶然波动。", "It changed by %s since the wave before, which may be chance."}
	abstractNPS        = label{"净推荐值（NPS）为 %s。", "The net promoter score is %s."}
	abstractSatisfied  = label{"满意率为 %s%%。", "%s %% are satisfied."}
	abstractBest       = label{"得分最高的指标：%s（%s）；最低：%s（%s）。", "Highest: %s (%s); lowest: %s (%s)."}
	abstractUrgent     = label{"急需改进：%s。", "To be improved first: %s."}
	suggestUrgent      = label{"%s：重要度 %s，得分 %s。客户看重而评价较低，建议优先制定措施、明确责任人与期限，并在下一期复测。", "%s: importance %s, score %s. Customers hold it important and rate it low: settle measures, an owner and a date first, and measure again in the next wave."}
	suggestNone        = label{"没有处于“急需改进”象限的指标。", "No item is in the urgent quadrant."}
	suggestKeep        = label{"继续保持：%s。", "Keep up: %s."}
	sampleCensus       = label{"总体 %d 个客户，全部调查。", "The population of %d customers was asked whole."}
	sampleDrawn        = label{"总体 %d 个客户，分层随机抽取 %d 个。", "Of a population of %d customers %d were drawn at random from strata."}
	sampleUnknown      = label{"本次测评未抽样。", "No sample was drawn."}
	sampleAnonymous    = label{"匿名调查。", "The survey is anonymous."}
	sampleTerritory    = label{"区域：%s。", "Territory: %s."}
	whyText            = label{"依据指标体系“%s”，以问卷“%s”测量客户的期望、感知与满意程度，找出急需改进的因素。", "By the index model \"%s\" and the questionnaire \"%s\", what customers expect, perceive and are satisfied with is measured, and what is to be improved first is found."}
	indicatorText      = label{"指标体系分三级：%d 个一级指标、%d 个二级指标、%d 个三级指标。综合得分 = Σ（满意度 × 权重）/ Σ权重。", "The index has three levels: %d latent variables, %d dimensions, %d items. The index is sum(satisfaction x weight) / sum(weight)."}
	indicatorStated    = label{"权重取客户自述的重要度。", "Weights are what customers said of importance."}
	unknownGroup       = label{"未知", "not known"}
	importanceAxis     = label{"重要度 →", "Importance →"}
	performanceAxis    = label{"满意度 →", "Performance →"}
	descScores         = label{"横向条形图，最高 %s，最低 %s。", "Horizontal bars; the highest is %s, the lowest %s."}
	descNPS            = label{"推荐者 %s%%，中立者 %s%%，贬损者 %s%%。", "Promoters %s %%, passives %s %%, detractors %s %%."}
	descQuadrants      = label{"散点图，%d 个指标，其中 %d 个急需改进。", "A scatter of %d items, of which %d are urgent."}
	descTrend          = label{"折线图，共 %d 期，综合得分由 %s 到 %s。", "Lines over %d waves; the index goes from %s to %s."}
	questionImportance = label{"（另询问重要度）", " (importance asked beside)"}
	questionExpect     = label{"（另询问期望）", " (expectation asked beside)"}
	answerGrades       = label{"%d 至 %d", "%d to %d"}
)

// What the numbers of the APIs are called. The first of each stands for none.
var (
	voidLabels     = [...]label{{}, {"不完整", "incomplete"}, {"重复", "duplicate"}, {"直线作答", "straight-lined"}, {"自相矛盾", "contradictory"}, {"作答过快", "too fast"}, {"人工作废", "by hand"}}
	classLabels    = [...]label{unknownGroup, {"潜在客户", "Potential"}, {"中小客户", "Small and medium"}, {"普通客户", "Ordinary"}, {"重要客户", "Important"}, {"核心客户", "Core"}}
	quadrantLabels = [...]label{{}, {"急需改进", "Urgent"}, {"继续保持", "Keep"}, {"不占优先地位", "Low priority"}, {"锦上添花", "Nice to have"}}
	kindLabels     = [...]label{{}, {"量表", "Scale"}, {"单选", "One choice"}, {"多选", "Choices"}, {"开放", "Open"}, {"推荐", "Recommendation"}}

	behaviourLabels = map[satisfactionv1.BehaviourIndicator]label{
		satisfactionv1.BehaviourIndicator_REPUTATION:              {"美誉度", "Reputation"},
		satisfactionv1.BehaviourIndicator_NAMED_PREFERENCE:        {"指名度", "Named preference"},
		satisfactionv1.BehaviourIndicator_RETURN_RATE:             {"回头率", "Return rate"},
		satisfactionv1.BehaviourIndicator_EXPLICIT_COMPLAINT_RATE: {"投诉率（显性）", "Complaint rate, explicit"},
		satisfactionv1.BehaviourIndicator_IMPLICIT_COMPLAINT_RATE: {"投诉率（隐性）", "Complaint rate, implicit"},
		satisfactionv1.BehaviourIndicator_PURCHASE_AMOUNT:         {"单次购买额", "Purchase amount"},
		satisfactionv1.BehaviourIndicator_PRICE_TOLERANCE:         {"价格承受度", "Price tolerance"},
		satisfactionv1.BehaviourIndicator_REFERRAL_RATE:           {"推荐率", "Referral rate"},
	}
	byOrders = label{"（订单）", " (orders)"}
)
