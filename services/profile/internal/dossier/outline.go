package dossier

import (
	"fmt"
	"strconv"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// Entry is a chapter or a section of the outline.
type Entry struct {
	Code    string
	Chapter string // the code of the chapter that a section belongs to; "" for a chapter
	LabelZh string
	LabelEn string
	Number  string // such as "3.2"
}

// Find is the entry of a code; nil when there is none.
func Find(entries []Entry, code string) *Entry {
	for i := range entries {
		if entries[i].Code == code {
			return &entries[i]
		}
	}
	return nil
}

// CheckOutline holds an outline to its rules: there is something in it, no code stands twice, and the sections of a chapter stand right behind it.
func CheckOutline(entries []Entry) []fault.Violation {
	if len(entries) == 0 {
		return []fault.Violation{fault.Field("entries", "REQUIRED", fault.Text{En: "must be given", Zh: "必须填写"})}
	}
	var wrong []fault.Violation
	seen := map[string]bool{}
	chapter := ""
	for i, e := range entries {
		field := fmt.Sprintf("entries[%d]", i)
		if seen[e.Code] {
			wrong = append(wrong, fault.Field(field+".code", "UNIQUE", fault.Text{En: "stands twice in the outline", Zh: "在目录中出现两次"}))
		}
		seen[e.Code] = true
		switch e.Chapter {
		case "":
			chapter = e.Code
		case chapter:
		default:
			wrong = append(wrong, fault.Field(field+".chapter", "CHAPTER", fault.Text{
				En: "must be the code of the chapter that the section stands in", Zh: "必须是该节所在章的代码",
			}))
		}
	}
	return wrong
}

// Number gives chapters and sections their numbers.
func Number(entries []Entry) {
	chapter, section := 0, 0
	for i := range entries {
		if entries[i].Chapter == "" {
			chapter++
			section = 0
			entries[i].Number = strconv.Itoa(chapter)
			continue
		}
		section++
		entries[i].Number = strconv.Itoa(chapter) + "." + strconv.Itoa(section)
	}
}

// Shipped is the outline of the source [客户档案目录 CP、供应商档案目录 VP]: chapters 1 to 4 are about the customer, 5 about us as its supplier. What the source has as a last
// section of each chapter [小结] is the closing summary that every chapter and section has.
func Shipped() []Entry {
	return []Entry{
		{Code: "company_outline", LabelZh: "客户概要", LabelEn: "Company outline"},
		{Code: "industry", LabelZh: "行业环境和竞争分析", LabelEn: "Industry environment and competition"},
		{Code: "macro_environment", Chapter: "industry", LabelZh: "宏观环境", LabelEn: "Macro environment"},
		{Code: "industry_news", Chapter: "industry", LabelZh: "行业动态", LabelEn: "Developments in the industry"},
		{Code: "competition", Chapter: "industry", LabelZh: "客户的竞争环境", LabelEn: "The customer's competition"},
		{Code: "strategy", LabelZh: "战略和痛点", LabelEn: "Strategy and pain points"},
		{Code: "business_needs", Chapter: "strategy", LabelZh: "战略分析和业务诉求", LabelEn: "Strategy and business needs"},
		{Code: "ceo_focus", Chapter: "strategy", LabelZh: "CEO 的关注重点", LabelEn: "The CEO's focus"},
		{Code: "technology_strategy", Chapter: "strategy", LabelZh: "网络（技术）战略", LabelEn: "Network and technology strategy"},
		{Code: "public_relations", Chapter: "strategy", LabelZh: "公共关系战略", LabelEn: "Public relations strategy"},
		{Code: "pains", Chapter: "strategy", LabelZh: "面临的痛点", LabelEn: "Pain points"},
		{Code: "finance", LabelZh: "财务分析", LabelEn: "Financial analysis"},
		{Code: "financial_performance", Chapter: "finance", LabelZh: "财务绩效", LabelEn: "Financial performance"},
		{Code: "spending", Chapter: "finance", LabelZh: "财务开支分析", LabelEn: "Spending"},
		{Code: "operating_capability", LabelZh: "运作能力分析（我方作为供应商）", LabelEn: "Operating capability (we as their vendor)"},
		{Code: "satisfaction", Chapter: "operating_capability", LabelZh: "客户满意度", LabelEn: "Customer satisfaction"},
		{Code: "transaction_quality", Chapter: "operating_capability", LabelZh: "交易质量", LabelEn: "Transaction quality"},
		{Code: "service_delivery", Chapter: "operating_capability", LabelZh: "服务和交付", LabelEn: "Service and delivery"},
		{Code: "marketing", Chapter: "operating_capability", LabelZh: "营销活动", LabelEn: "Marketing"},
		{Code: "government_relations", Chapter: "operating_capability", LabelZh: "政府关系", LabelEn: "Government relations"},
	}
}
