package fuzz

// draw turns the fuzzer's bytes into choices. When they are used up, and wherever they are zero, the choice is the sensible one: so the
// empty input is a good request, and each byte that the fuzzer changes makes it worse in one place.
type draw struct {
	rest  []byte
	lines int  // numbered so far
	first byte // which one of what excludes each other, unless the bytes choose another
}

func (d *draw) byte() byte {
	if len(d.rest) == 0 {
		return 0
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return b
}

// below is a number from 0 to n-1.
func (d *draw) below(n int) int {
	if n <= 1 {
		return 0
	}
	return int(d.byte()) % n
}

// often, seldom and rarely say whether to do what is not sensible.
func (d *draw) often() bool  { return d.byte() >= 0xa0 }
func (d *draw) seldom() bool { return d.byte() >= 0xd0 }
func (d *draw) rarely() bool { return d.byte() >= 0xf0 }

// text is one that somebody thought of, or the fuzzer's own bytes.
func (d *draw) text() string {
	if n := d.below(2 * len(hostileTexts)); n < len(hostileTexts) {
		return hostileTexts[n]
	}
	n := min(d.below(64), len(d.rest))
	text := string(d.rest[:n])
	d.rest = d.rest[n:]
	return text
}

var hostileTexts = []string{
	"", " ", "\x00", "\xff", "'", `"`, `\`, "%", "*", "-", "/", "..", "\u202e", "\u0301", "İ", "ｶﾞ", "𠮷", "\ufeff", "a\nb", "${x}", "null", "0", "-1",
	"1e999", "9223372036854775808", "NaN", "true", "0000-00-00", "9999-12-31T23:59:59.999999999Z", "-infinity", "Local", "../../etc",
	"customers/-", "x = 1", `display_name:"华为"`, "NOT (", "create_time desc", "attributes.x", "display_name,display_name", "owner.owner",
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "91440300708461136T", "GB:1", "zh-CN", "CNY", "cn/south", "\U0010ffff",
}
