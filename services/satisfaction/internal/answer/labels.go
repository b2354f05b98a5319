package answer

import "github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"

// The languages of pages.
const (
	zh = "zh"
	en = "en"
)

// What a page can say instead of asking.
const (
	thanks = "thanks"
	used   = "used"
	closed = "closed"
	full   = "full"
	busy   = "busy"
)

func pick(lang string, t questionnaire.Text) string {
	if lang == zh {
		return t.Zh
	}
	return t.En
}

// words are what a page says, by language.
var words = map[string]map[string]string{
	zh: {
		"tag": "zh-CN", "other": en, "otherTag": "en", "otherName": "English",
		"optional": "（选填）", "wrong": "出错：", "unsent": "本页尚有问题需要您填写或更正", "more": "根据您的回答，还有一个问题",
		"place": "第 %d 部分，共 %d 部分。", "rule": "未标“选填”的问题为必答。每页提交后自动保存，可随时用同一链接继续。", "choose": "请选择",
		"next": "保存并继续", "send": "提交答卷", "back": "返回上一部分", "refused": "不便回答", "many": "可多选", "end": "%d（%s）", "and": "，",
		"anonymous":  "本次调查为匿名：您的回答不会与您或您所在的单位关联。",
		"importance": "这一点对您有多重要？", "importanceMost": "非常重要", "importanceLeast": "完全不重要",
		"expectation": "您原来的期望有多高？", "expectationMost": "非常高", "expectationLeast": "非常低",
		"thanksTitle": "感谢您的回答", "thanksText": "您的答卷已提交。您可以关闭此页面。",
		"usedTitle": "此链接已使用", "usedText": "通过此链接已提交过一份答卷，每个链接只能提交一次。感谢您的参与。",
		"closedTitle": "本次调查已结束", "closedText": "现已不再接收答卷。感谢您的关注。",
		"fullTitle": "所需答卷已收齐", "fullText": "与您情况相近的答卷数量已满，您的回答未被计入。感谢您的参与。",
		"busyTitle": "请稍候", "busyText": "此页面打开过于频繁。您已保存的回答仍然保留，请一分钟后重试。",
	},
	en: {
		"tag": "en", "other": zh, "otherTag": "zh-CN", "otherName": "中文",
		"optional": " (optional)", "wrong": "Error: ", "unsent": "Something on this page is missing or cannot be right", "more": "Your answers lead to one more question",
		"place": "Part %d of %d.", "rule": " Whatever is not marked optional is needed. Each page is kept when you send it, and the same link takes you back here.", "choose": "Please choose",
		"next": "Save and continue", "send": "Send my answers", "back": "Back to the part before", "refused": "No answer", "many": "Choose any that apply.", "end": "%d (%s)", "and": ", ",
		"anonymous":  "This survey is anonymous: your answers are linked neither to you nor to your company.",
		"importance": "How important is this to you?", "importanceMost": "very important", "importanceLeast": "not at all",
		"expectation": "How much had you expected?", "expectationMost": "very much", "expectationLeast": "very little",
		"thanksTitle": "Thank you for your answers", "thanksText": "They have been sent. You can close this page.",
		"usedTitle": "This link has been used", "usedText": "Answers have been sent by this link already, and each link is good for once. Thank you for taking part.",
		"closedTitle": "This survey is closed", "closedText": "No more answers are taken. Thank you for your interest.",
		"fullTitle": "Enough answers have come in", "fullText": "As many as are needed have answered from a position like yours, so yours were not counted. Thank you for taking part.",
		"busyTitle": "One moment, please", "busyText": "This page is being opened too often. What you have sent so far is kept: please try again in a minute.",
	},
}

// notice is a page that asks nothing.
func notice(lang, what string) ([]byte, error) {
	t := words[lang]
	return render(noticeTemplate, struct {
		T     map[string]string
		Title string
		Lines []string
		Done  bool
	}{t, t[what+"Title"], []string{t[what+"Text"]}, what == thanks})
}

// text is what a page says of a problem.
func (p *sectionPage) text(wrong Problem) string {
	of := ""
	for _, x := range p.course.shown {
		if x.Code == wrong.Question {
			of = shorten(pick(p.lang, x.Text))
		}
	}
	say := func(english, chinese string) string {
		return pick(p.lang, questionnaire.Text{En: english, Zh: chinese})
	}
	switch wrong.Code {
	case Missing:
		return say("Please answer: "+of, "请回答："+of)
	case NotOffered:
		return say("Please choose one of those offered: "+of, "请从所列选项中选择："+of)
	case TooLong:
		return say("Please use at most 4,000 characters: "+of, "请不要超过 4000 个字符："+of)
	case More:
		return say("Please look at this one, too: "+of, "请继续回答："+of)
	case Unknown:
		return say("Something was sent that this page does not have, so nothing was kept. Please send it again from here.", "提交的内容含有本页没有的项目，未保存。请在此页重新提交。")
	case TooOld:
		return say("This page was out of date, so nothing was kept. Please check it and send it again.", "页面已失效，内容未保存。请检查后在此页重新提交。")
	case Busy:
		return say("Too much was sent from this page within a minute. What you filled in is still here: please send it again in a minute.", "提交过于频繁。您填写的内容仍保留在此，请一分钟后再次提交。")
	}
	return ""
}

// short is the same beside the question.
func (p *sectionPage) short(wrong Problem) string {
	switch wrong.Code {
	case Missing:
		return pick(p.lang, questionnaire.Text{En: "Please answer this question.", Zh: "请回答此问题。"})
	case NotOffered:
		return pick(p.lang, questionnaire.Text{En: "Please choose one of those offered.", Zh: "请从所列选项中选择。"})
	case TooLong:
		return pick(p.lang, questionnaire.Text{En: "Please use at most 4,000 characters.", Zh: "请不要超过 4000 个字符。"})
	default: // it is of the page
		return ""
	}
}

// longest is how many characters of a question a problem names.
const longest = 60

func shorten(text string) string {
	if all := []rune(text); len(all) > longest {
		return string(all[:longest]) + "…"
	}
	return text
}
