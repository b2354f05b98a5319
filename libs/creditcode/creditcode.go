// Package creditcode checks the Unified Social Credit Code [统一社会信用代码] by which China registers organizations (GB 32100-2015).
package creditcode

import "strings"

// alphabet holds the 31 characters of the code in the order of their values: digits and capitals without I, O, S, V and Z.
const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

const length = 18

// Looks says whether a number is meant to be such a code: 18 characters of the alphabet.
func Looks(number string) bool {
	return len(number) == length && strings.Trim(number, alphabet) == ""
}

// CheckCharacter returns the character that has to follow the first 17, which are of the alphabet: the sum of their values weighted by 3^i mod 31, completed to a multiple of 31.
func CheckCharacter(first17 string) byte {
	sum, weight := 0, 1
	for i := range length - 1 {
		sum += strings.IndexByte(alphabet, first17[i]) * weight
		weight = weight * 3 % 31
	}
	return alphabet[(31-sum%31)%31]
}

// Valid says whether the code's last character is the right one.
func Valid(code string) bool {
	return Looks(code) && code[length-1] == CheckCharacter(code[:length-1])
}
