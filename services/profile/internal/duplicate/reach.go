package duplicate

import (
	"strings"
	"unicode"

	"golang.org/x/net/publicsuffix"
)

// Calling codes of the countries whose numbers are often written without; those of others are compared as they are written, within the country.
var callingCodes = map[string]string{
	"CN": "86", "HK": "852", "MO": "853", "TW": "886", "JP": "81", "KR": "82", "SG": "65", "MY": "60", "TH": "66", "VN": "84", "ID": "62", "PH": "63", "IN": "91", "AU": "61", "NZ": "64",
	"US": "1", "CA": "1", "MX": "52", "BR": "55", "GB": "44", "IE": "353", "DE": "49", "AT": "43", "CH": "41", "FR": "33", "BE": "32", "NL": "31", "LU": "352", "IT": "39", "ES": "34",
	"PT": "351", "DK": "45", "SE": "46", "NO": "47", "FI": "358", "PL": "48", "CZ": "420", "HU": "36", "RU": "7", "TR": "90", "AE": "971", "SA": "966", "ZA": "27", "EG": "20",
}

const (
	// Below these many digits a number is that of a service, an extension, or lacks its area: it says nothing.
	leastNational, leastDigits = 9, 8
	mostDigits                 = 15
)

// phone is a number with its country's calling code and without its extension, "" when it is none that tells anything.
func phone(number, region string) string {
	text := withoutExtension(fold(number))
	text = strings.ReplaceAll(text, "(0)", "")
	groups := strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	digits := strings.Join(groups, "")
	international := strings.HasPrefix(strings.TrimLeft(text, " ("), "+")
	if rest, ok := strings.CutPrefix(digits, "00"); ok && !international {
		digits, international = rest, true
	}
	if region == "" {
		region = "CN"
	}
	if rest, ok := strings.CutPrefix(digits, "86"); ok && (international || region == "CN" && len(digits) >= 12) {
		digits, region, international = rest, "CN", false
	}
	if international {
		if isMadeUp(digits) || len(digits) < leastDigits || len(digits) > mostDigits {
			return ""
		}
		return digits
	}
	return national(digits, groups, region)
}

// isMadeUp says whether a number is of one digit only, or of none.
func isMadeUp(digits string) bool { return digits == "" || strings.Trim(digits, digits[:1]) == "" }

// national is a number as it is dialled within a country.
func national(digits string, groups []string, region string) string {
	digits = strings.TrimLeft(digits, "0")
	least := leastDigits - 1
	if region == "CN" {
		least = leastNational
		if last := len(groups) - 1; len(digits) > 11 && last >= 0 && len(groups[last]) <= 5 { // 0755-86013388-8001
			digits = digits[:len(digits)-len(groups[last])]
		}
	}
	if len(digits) < least || len(digits) > mostDigits || isMadeUp(digits) {
		return ""
	}
	code := callingCodes[region]
	if code == "" {
		return region + digits
	}
	if code == "1" && len(digits) == 11 { // in North America people write the code of their own country
		digits = strings.TrimPrefix(digits, "1")
	}
	return code + digits
}

func withoutExtension(text string) string {
	for _, mark := range []string{"转", "分机", "ext", "extension", "durchwahl", "x", "#", ";", ",", "/"} {
		if at := strings.Index(text, mark); at > 0 {
			text = text[:at]
		}
	}
	return text
}

// mail is an address in lower case, without what stands after a plus sign; "" when it is none.
func mail(address string) string {
	text := strings.TrimSpace(fold(address))
	text = strings.TrimPrefix(text, "mailto:")
	local, host, ok := strings.Cut(text, "@")
	local, _, _ = strings.Cut(local, "+")
	if !ok || local == "" || !strings.Contains(host, ".") || strings.ContainsFunc(text, unicode.IsSpace) || strings.Contains(host, "@") {
		return ""
	}
	return local + "@" + host
}

// webHost is the host of an address, which people write with and without what is around it.
func webHost(address string) string {
	text := strings.TrimSpace(fold(address))
	if _, rest, ok := strings.Cut(text, "://"); ok {
		text = rest
	}
	if end := strings.IndexAny(text, "/?#:"); end >= 0 {
		text = text[:end]
	}
	return text
}

// domain is what was registered of a host: mail.shop.example.com.cn is of example.com.cn. "" for public providers, of whose customers it says nothing.
func domain(host string) string {
	host = strings.Trim(host, ".")
	registered, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil || !strings.Contains(host, ".") || providers()[registered] {
		return ""
	}
	return registered
}

// providers give addresses or pages to everybody. Those that are missing here are found out by the number of customers that have them.
var providers = set(`qq.com foxmail.com weixin.com wechat.com 163.com 126.com 188.com yeah.net netease.com sina.com sina.cn sina.com.cn vip.sina.com sohu.com tom.com 21cn.com aliyun.com 139.com 189.cn
	wo.cn wo.com.cn 263.net 263.com eyou.com hotmail.com outlook.com live.com live.cn msn.com msn.cn gmail.com googlemail.com yahoo.com yahoo.com.cn yahoo.cn yahoo.com.hk yahoo.com.tw
	yahoo.co.jp yahoo.co.uk yahoo.de yahoo.fr ymail.com rocketmail.com icloud.com me.com mac.com aol.com gmx.de gmx.net gmx.com gmx.at gmx.ch web.de t-online.de freenet.de mail.ru
	yandex.ru yandex.com bk.ru inbox.ru proton.me protonmail.com pm.me tutanota.com zoho.com fastmail.com mail.com naver.com daum.net hanmail.net kakao.com nate.com orange.fr
	laposte.net free.fr wanadoo.fr libero.it virgilio.it btinternet.com sky.com comcast.net verizon.net att.net pchome.com.tw hinet.net netvigator.com singnet.com.sg rediffmail.com
	taobao.com tmall.com 1688.com alibaba.com made-in-china.com jd.com weibo.com weibo.cn facebook.com linkedin.com instagram.com youtube.com amazon.com ebay.com github.io wordpress.com
	blogspot.com wixsite.com`)
