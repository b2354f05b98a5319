package validate

import (
	"strings"

	"buf.build/go/protovalidate"
)

// texts are the Chinese texts by the last part of a rule's id, as string.min_len and bytes.min_len differ in nothing but the
// unit. {} stands for the value of the rule.
var texts = map[string]string{
	"required":      "必填",
	"const":         "必须等于 {}",
	"len":           "长度必须为 {} 个字符",
	"min_len":       "至少需要 {} 个字符",
	"max_len":       "最多 {} 个字符",
	"len_bytes":     "长度必须为 {} 个字节",
	"min_bytes":     "至少需要 {} 个字节",
	"max_bytes":     "最多 {} 个字节",
	"pattern":       "不符合格式 {}",
	"prefix":        "必须以 {} 开头",
	"suffix":        "必须以 {} 结尾",
	"contains":      "必须包含 {}",
	"not_contains":  "不得包含 {}",
	"in":            "必须是允许的值之一：{}",
	"not_in":        "不得是以下值之一：{}",
	"defined_only":  "不是已定义的枚举值",
	"finite":        "必须是有限的数",
	"min_items":     "至少需要 {} 项",
	"max_items":     "最多 {} 项",
	"unique":        "各项不得重复",
	"min_pairs":     "至少需要 {} 个键值对",
	"max_pairs":     "最多 {} 个键值对",
	"oneof":         "必须且只能设置其中一项",
	"email":         "不是有效的电子邮件地址",
	"hostname":      "不是有效的主机名",
	"ip":            "不是有效的 IP 地址",
	"uri":           "不是有效的 URI",
	"uri_ref":       "不是有效的 URI 引用",
	"address":       "不是有效的主机名或 IP 地址",
	"host_and_port": "不是有效的主机和端口",
	"uuid":          "不是有效的 UUID",
	"tuuid":         "不是有效的 UUID（无连字符）",
	"lt_now":        "必须早于现在",
	"gt_now":        "必须晚于现在",
	"within":        "与现在相差不得超过 {}",
}

// comparisons turns the English text of a numeric rule into Chinese: a range is two rules in one, whose bounds protovalidate
// gives nowhere but in its text.
var comparisons = strings.NewReplacer(
	"must be ", "必须",
	"greater than or equal to ", "大于或等于 ",
	"greater than ", "大于 ",
	"less than or equal to ", "小于或等于 ",
	"less than ", "小于 ",
	" and ", "，且",
	" or ", "，或",
)

// chinese is the Chinese text for a broken rule. A rule of our own making, which is in no table, is named, with its English text.
func chinese(id string, broken *protovalidate.Violation) string {
	english := broken.Proto.GetMessage()
	kind := id[strings.LastIndexByte(id, '.')+1:]
	base, isEmpty := strings.CutSuffix(kind, "_empty")
	if isEmpty {
		return "不得为空"
	}
	if text, ok := texts[base]; ok {
		return strings.ReplaceAll(text, "{}", value(english, broken))
	}
	if isComparison(kind) {
		return comparisons.Replace(english)
	}
	return "不符合规则 " + name(id) + "：" + english
}

func isComparison(kind string) bool {
	switch first, _, _ := strings.Cut(kind, "_"); first {
	case "gt", "gte", "lt", "lte":
		return true
	default:
		return false
	}
}

// value is the value of the rule as people read it. That of a list is taken from the English text: "must be in list [1, 2]".
func value(english string, broken *protovalidate.Violation) string {
	if rule := broken.RuleDescriptor; broken.RuleValue.IsValid() && (rule == nil || !rule.IsList()) {
		return broken.RuleValue.String()
	}
	_, list, _ := strings.Cut(english, " list ")
	return list
}
