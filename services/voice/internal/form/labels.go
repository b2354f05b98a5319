package form

import "fmt"

// kindNames are the kinds as the API calls them, which is what a page sends.
var kindNames = map[Kind]string{1: "REQUIREMENT", 2: "EXPECTATION", 3: "OPINION", 4: "COMPLAINT", 5: "PRAISE"}

// The languages of pages.
const (
	zh = "zh"
	en = "en"
)

// words are what a page says, by language.
var words = map[string]map[string]string{
	zh: {
		"tag": "zh-CN", "other": en, "otherTag": "en", "otherName": "English",
		"optional": "（选填）", "wrong": "出错：", "unsent": "尚未提交", "rule": "未标“选填”的项目为必填。",
		fieldKind: "您要反映什么？", fieldText: "具体内容", fieldProduct: "产品线", fieldOrder: "订单号", fieldName: "您的姓名", fieldCompany: "单位名称", fieldContact: "电话或电子邮箱",
		"textHint": "请说明发生了什么、何时发生、希望我们如何处理。最多 5000 字。", "contactHint": "仅用于答复您。如不需要答复，可不填写，填写了也不会保存。", "choose": "请选择",
		fieldAnswer: "我希望得到答复，并同意贵公司为此使用以上联系方式。", "trap": "请勿填写此项", "send": "提交",
		"1": "要求", "2": "期望", "3": "意见或建议", "4": "投诉", "5": "表扬",
		"doneTitle": "已收到，谢谢您", "doneText": "您的内容已提交给负责的同事处理。", "suspectTitle": "已收到，待人工核实", "suspectText": "您的内容含有较多链接或其他异常之处，将先由工作人员核实，再转交处理。",
		"repeatedText": "我们此前已收到相同的内容，因此仍记为同一件，编号不变。", "reference": "受理编号", "keep": "请记下此编号，以便日后查询。", "again": "再填写一份",
	},
	en: {
		"tag": "en", "other": zh, "otherTag": "zh-CN", "otherName": "中文",
		"optional": " (optional)", "wrong": "Error: ", "unsent": "Not sent yet", "rule": "Whatever is not marked optional is needed.",
		fieldKind: "What is it?", fieldText: "What do you want to tell us?", fieldProduct: "Product line", fieldOrder: "Order number", fieldName: "Your name",
		fieldCompany: "Your company", fieldContact: "Telephone number or e-mail address",
		"textHint":    "What happened, when, and what should we do? At most 5,000 characters.",
		"contactHint": "Used for answering you and nothing else. When you want no answer, leave it empty; if filled in, it is not kept.", "choose": "Please choose",
		fieldAnswer: "I would like an answer, and agree that you use the above for it.", "trap": "Leave this empty", "send": "Send",
		"1": "Requirement", "2": "Expectation", "3": "Opinion or suggestion", "4": "Complaint", "5": "Praise",
		"doneTitle": "Received, thank you", "doneText": "What you wrote has gone to those who look after it.", "suspectTitle": "Received, to be checked by a person",
		"suspectText":  "What you wrote has many links in it, or something else that is unusual. Somebody will look at it before it goes on.",
		"repeatedText": "We have had the same from you before, so it stays one, with the same number.", "reference": "Your reference number",
		"keep": "Please keep it: it lets us find what you wrote.", "again": "Write something else",
	},
}

// text is what a page says of a problem.
func (p Problem) text(lang string) string {
	pick := func(english, chinese string) string {
		if lang == zh {
			return chinese
		}
		return english
	}
	switch p.Code {
	case Missing:
		if p.Field == fieldKind {
			return pick("Please choose what it is.", "请选择您要反映的类别。")
		}
		return pick("Please tell us what it is about.", "请填写具体内容。")
	case TooLong:
		return pick(fmt.Sprintf("“%s” is too long: at most %d characters.", words[en][p.Field], p.Most), fmt.Sprintf("“%s”过长，最多 %d 个字符。", words[zh][p.Field], p.Most))
	case NotOffered:
		return pick("Please choose one of those offered.", "请从所列选项中选择。")
	case NoContact:
		return pick("To be answered, give a telephone number or an e-mail address.", "如需答复，请填写有效的电话号码或电子邮箱。")
	case Unknown:
		return pick("Something was sent that this form does not have, so nothing was taken. Please send it again from here.", "提交的内容含有本表单没有的项目，未被接收。请在此页面重新提交。")
	case Twice:
		return pick("Something was sent twice that there is once, so nothing was taken. Please send it again from here.", "提交的内容含有重复的项目，未被接收。请在此页面重新提交。")
	case TooFast:
		return pick("That was faster than one can type, so it was not taken. What you wrote is still here: wait a few seconds and send it again.",
			"提交过快，未被接收。您填写的内容仍保留在此，请等待几秒后再次提交。")
	case TooOld:
		return pick("This page had been open for too long, so it was not taken. What you wrote is still here: please send it again.",
			"页面打开时间过长，已失效，内容未被接收。您填写的内容仍保留在此，请再次提交。")
	case Spent:
		return pick("Something else was sent from this page before. If you want to send this as well, please send it again.",
			"此页面已提交过其他内容。如需另行提交当前内容，请再次提交。")
	case Busy:
		return pick("We are receiving very much at this moment, so this was not taken yet. What you wrote is still here: please send it again in a minute.",
			"目前提交量过大，内容尚未被接收。您填写的内容仍保留在此，请一分钟后再次提交。")
	}
	return ""
}
