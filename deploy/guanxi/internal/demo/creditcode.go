package demo

import "github.com/guanxi-crm/guanxi/libs/creditcode"

// creditCode makes the Unified Social Credit Code [统一社会信用代码] of a company registered in the region (six digits by GB/T 2260) with a
// number of eight digits, both check characters included.
func creditCode(region, number string) string {
	const company = "91" // registered with the market authority, as a company
	body := company + region + number + organizationCheck(number)
	return body + string(creditcode.CheckCharacter(body))
}

// organizationCheck is the check character of the organization code inside, by GB 11714.
func organizationCheck(number string) string {
	sum := 0
	for i, weight := range []int{3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(number[i]-'0') * weight
	}
	return "0X987654321"[sum%11:][:1]
}
