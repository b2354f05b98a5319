package page

import "github.com/guanxi-crm/guanxi/libs/fault"

// Size is the number of rows to give for the page_size a caller asked for: 0 leaves it to the server, more than most is cut
// to most (AIP-158), and a negative number is INVALID_ARGUMENT.
func Size(requested int32, usual, most int) (int, error) {
	switch {
	case requested < 0:
		return 0, fault.Invalid(fault.Field("page_size", "PAGE_SIZE", fault.Text{
			En: "must not be negative",
			Zh: "不能为负数",
		}))
	case requested == 0:
		return usual, nil
	default:
		return min(int(requested), most), nil
	}
}
