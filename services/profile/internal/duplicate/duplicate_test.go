package duplicate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
	"github.com/guanxi-crm/guanxi/services/profile/internal/duplicate"
)

const (
	phone = 1
	mail  = 4
	web   = 6
)

func shipped() duplicate.Rules {
	r := duplicate.Rules{Threshold: 0.75, Crowd: 50, DifferentRegistration: 0.5, SimilarName: 0.6}
	for kind, weight := range map[duplicate.Kind]float64{
		duplicate.OrganizationRegistration: 0.98, duplicate.OrganizationName: 0.8, duplicate.OrganizationPhone: 0.4, duplicate.OrganizationMail: 0.4,
		duplicate.OrganizationDomain: 0.3, duplicate.PersonName: 0.5, duplicate.PersonPhone: 0.5, duplicate.PersonMail: 0.5,
	} {
		r.Weights[kind] = weight
	}
	return r
}

// match compares two customers that say one thing each.
func match(shape func(*duplicate.Facts, string), a, b string) duplicate.Match {
	one, other := duplicate.Facts{Organization: true}, duplicate.Facts{Organization: true}
	shape(&one, a)
	shape(&other, b)
	return shipped().Compare(one.Keys(), other.Keys(), duplicate.Nothing)
}

func named(f *duplicate.Facts, name string) { f.Names = append(f.Names, name) }

func reached(medium int32) func(*duplicate.Facts, string) {
	return func(f *duplicate.Facts, value string) {
		f.Channels = append(f.Channels, contact.Channel{Medium: medium, Value: value})
	}
}

func TestNamesThatAreTheSame(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{
		{"华为技术有限公司", "华为技术"},
		{"华为技术有限公司", "華為技術有限公司"},
		{"华为技术有限公司", " 华为 技术 有限责任公司 "},
		{"深圳市腾讯计算机系统有限公司", "深圳腾讯计算机系统有限公司"},
		{"广东省电力股份有限公司", "广东电力有限公司"},
		{"西门子(中国)有限公司", "西门子（中国）有限公司"},
		{"ＡＢＣ电子有限公司", "abc电子有限公司"},
		{"臺灣積體電路製造股份有限公司", "台湾积体电路制造"},
		{"トヨタ自動車株式会社", "㈱トヨタ自動車"},
		{"华为技术有限公司深圳分公司", "华为技术深圳分公司"},
		{"Siemens AG", "SIEMENS"},
		{"Sunshine Trading Co., Ltd.", "Sunshine Trading Company Limited"},
		{"Sunshine Trading Co.,Ltd", "SUNSHINE  TRADING"},
		{"The Coffee House Inc.", "Coffee House"},
		{"Müller & Söhne GmbH & Co. KG", "Muller Sohne"},
		{"Smith and Sons Ltd", "Smith & Sons, Limited"},
		{"L'Oréal S.A.", "LOREAL SA"},
		{"Johnson & Johnson Pte. Ltd.", "Johnson Johnson"},
	} {
		require.Equal(t, []duplicate.Reason{duplicate.SameName}, match(named, pair[0], pair[1]).Reasons, "%q", pair)
	}
}

func TestNamesThatAreNot(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{
		{"华为技术有限公司深圳分公司", "华为技术有限公司上海分公司"},
		{"华为技术有限公司", "华为技术有限公司深圳分公司"},
		{"华为集团有限公司", "华为有限公司"},
		{"永辉超市有限公司", "永辉超有限公司"},
		{"深圳市场调查有限公司", "深圳场调查有限公司"},
		{"有限公司", "股份有限公司"},
		{"Co., Ltd.", "Inc."},
		{"AB", "A.B."},
		{"", ""},
		{"Sunshine Trading Ltd", "Moonshine Trading Ltd"},
	} {
		require.Empty(t, match(named, pair[0], pair[1]).Reasons, "%q", pair)
	}
}

// Similar names are found beside a telephone number, and not by themselves.
func TestSimilarNames(t *testing.T) {
	t.Parallel()
	both := func(a, b string) duplicate.Match {
		return match(func(f *duplicate.Facts, name string) {
			named(f, name)
			reached(phone)(f, "0755-86013388")
		}, a, b)
	}
	for _, pair := range [][2]string{
		{"深圳市华瑞电子有限公司", "深圳市华锐电子有限公司"},
		{"深圳市华瑞电子有限公司", "华瑞电子"},
		{"深圳市华瑞电子有限公司", "华瑞"},
		{"深圳市华瑞电子有限公司", "电子 华瑞"},
		{"深圳市华瑞电子有限公司", "深圳市华瑞电子有限公司（老客户，勿删）"},
		{"华瑞电子集团有限公司", "华瑞电子"},
		{"上海华瑞电子有限公司", "华瑞电子有限公司"},
		{"东莞市华瑞电子有限公司", "华瑞"},
		{"华瑞电子(苏州市)有限公司", "苏州华瑞电子有限公司"},
		{"Northfield Trading Ltd", "Northfeeld Trading Ltd"},
		{"Northfield Trading Ltd", "Trading Northfield"},
		{"Northfield Trading Ltd", "Northfield"},
	} {
		m := both(pair[0], pair[1])
		require.Equal(t, []duplicate.Reason{duplicate.SamePhone, duplicate.SimilarName}, m.Reasons, "%q", pair)
		require.True(t, shipped().Proposed(m), "%q", pair)
		require.False(t, shipped().Proposed(match(named, pair[0], pair[1])), "%q by themselves", pair)
	}
	for _, pair := range [][2]string{
		{"深圳市华瑞电子有限公司", "深圳市华瑞电子有限公司上海分公司"},
		{"深圳市华瑞电子有限公司", "深圳市华瑞贸易有限公司"},
		{"华瑞第一机械厂", "华瑞第二机械厂"},
		{"华瑞东厂", "华瑞西厂"},
		{"华瑞机械厂", "华瑞机械二厂"},
		{"中国华瑞", "中国宏泰"},
		{"Northfield Trading Ltd", "Northfield Systems Ltd"},
		{"Northfield Trading Ltd", "Northfield Trading (Leeds branch 7)"},
		{"Plant 12 Ltd", "Plant 13 Ltd"},
		{"ABCD Ltd", "ABCE Ltd"},
	} {
		require.Equal(t, []duplicate.Reason{duplicate.SamePhone}, both(pair[0], pair[1]).Reasons, "%q", pair)
	}
}

// What two have in common is the same from either side.
func TestSimilarIsSymmetric(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringOfN(rapid.RuneFrom([]rune("华瑞一二东电子分公司abc12")), 0, 8, -1)
		a, b := name.Draw(t, "a"), name.Draw(t, "b")
		require.Equal(t, duplicate.Similar(a, b), duplicate.Similar(b, a))
		require.True(t, duplicate.Similar(a, a))
	})
}

func TestPhones(t *testing.T) {
	t.Parallel()
	for same, pairs := range map[bool][][2]string{
		true: {
			{"0755-86013388", "+86 755 8601 3388"},
			{"0755-86013388", "(0755)86013388"},
			{"0755-86013388", "0086-755-86013388"},
			{"0755-86013388", "86-755-86013388"},
			{"0755-86013388", "0755-86013388-8001"},
			{"0755-86013388", "0755-86013388转8001"},
			{"0755-86013388", "+86 (0)755 86013388 ext. 12"},
			{"0755-86013388", "０７５５－８６０１３３８８"},
			{"13800138000", "+86 138-0013-8000"},
			{"13800138000", "8613800138000"},
			{"+44 20 7946 0018", "0044 (0)20 7946 0018"},
		},
		false: {
			{"0755-86013388", "021-86013388"},
			{"86013388", "86013388"},
			{"10086", "10086"},
			{"00000000000", "00000000000"},
			{"-", "-"},
			{"+1 212 555 0100", "+86 212 555 0100"},
		},
	} {
		for _, pair := range pairs {
			require.Equal(t, same, len(match(reached(phone), pair[0], pair[1]).Keys) > 0, "%q", pair)
		}
	}
}

func TestPhonesAreOfTheCountryOfTheAddress(t *testing.T) {
	t.Parallel()
	british := duplicate.Facts{Organization: true, Region: "GB", Channels: []contact.Channel{{Medium: phone, Value: "020 7946 0018"}}}
	written := duplicate.Facts{Organization: true, Channels: []contact.Channel{{Medium: phone, Value: "+44 20 7946 0018"}}}
	chinese := duplicate.Facts{Organization: true, Channels: []contact.Channel{{Medium: phone, Value: "020 7946 0018"}}}
	require.Equal(t, british.Keys(), written.Keys())
	require.NotEqual(t, british.Keys(), chinese.Keys())
}

func TestMailsAndDomains(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want []duplicate.Reason
	}{
		{"Info@Huawei.com", "mailto:info+crm@huawei.com ", []duplicate.Reason{duplicate.SameMail, duplicate.SameDomain}},
		{"a@huawei.com", "b@mail.huawei.com", []duplicate.Reason{duplicate.SameDomain}},
		{"a@x.com.cn", "b@y.com.cn", nil},
		{"a@qq.com", "b@qq.com", nil},
		{"a@qq.com", "a@qq.com", []duplicate.Reason{duplicate.SameMail}},
		{"no address", "no address", nil},
	} {
		require.Equal(t, c.want, match(reached(mail), c.a, c.b).Reasons, "%q", c)
	}
	require.Equal(t, []duplicate.Reason{duplicate.SameDomain}, match(reached(web), "https://www.huawei.com/cn/?a=b", "e.huawei.com").Reasons)
	require.Empty(t, match(reached(web), "https://shop1.taobao.com", "https://shop2.taobao.com").Reasons)
}

func TestRegistrationNumbers(t *testing.T) {
	t.Parallel()
	registered := func(f *duplicate.Facts, number string) { f.Registration, f.Names = number, []string{"华为技术"} }
	same := match(registered, "91440300708461136T", "91440300 708461136t")
	require.Equal(t, []duplicate.Reason{duplicate.SameRegistration, duplicate.SameName}, same.Reasons)
	require.InDelta(t, 0.996, same.Score, 1e-9)
	other := match(registered, "91440300708461136T", "914403001922038216")
	require.True(t, other.Different)
	require.InDelta(t, 0.4, other.Score, 1e-9, "two numbers are two companies, as a rule")
	require.False(t, match(registered, "91440300708461136T", "").Different)
	require.Empty(t, match(func(f *duplicate.Facts, n string) { f.Registration = n }, "00000000", "00000000").Reasons, "made up")
}

func TestPersonsAreComparedWithPersons(t *testing.T) {
	t.Parallel()
	person := duplicate.Facts{Names: []string{"Smith, John"}, Channels: []contact.Channel{{Medium: phone, Value: "13800138000"}, {Medium: mail, Value: "john@x.com"}}}
	again := duplicate.Facts{Names: []string{"Mr. John Smith"}, Channels: []contact.Channel{{Medium: phone, Value: "+86 13800138000"}}}
	shop := duplicate.Facts{Organization: true, Names: person.Names, Channels: person.Channels}
	m := shipped().Compare(person.Keys(), again.Keys(), duplicate.Nothing)
	require.Equal(t, []duplicate.Reason{duplicate.SameName, duplicate.SamePhone}, m.Reasons)
	require.InDelta(t, 0.75, m.Score, 1e-9)
	require.True(t, shipped().Proposed(m))
	require.Empty(t, shipped().Compare(person.Keys(), shop.Keys(), duplicate.Nothing).Keys)
	teacher := duplicate.Facts{Names: []string{"张伟先生"}}
	short := duplicate.Facts{Names: []string{"張偉"}}
	require.False(t, shipped().Proposed(shipped().Compare(teacher.Keys(), short.Keys(), duplicate.Nothing)), "a name is not enough for persons")
	require.NotEmpty(t, shipped().Compare(teacher.Keys(), short.Keys(), duplicate.Nothing).Keys)
}

func TestPrivateChannelsAreMarked(t *testing.T) {
	t.Parallel()
	f := duplicate.Facts{Organization: true, Channels: []contact.Channel{
		{Medium: phone, Value: "0755-86013388", Level: 2},
		{Medium: phone, Value: "0755-86013389", Level: 3},
		{Medium: phone, Value: "0755-86013390", Level: 1},
		{Medium: phone, Value: "0755-86013391", Level: 2},
		{Medium: phone, Value: "0755 86013391"},
	}}
	keys := f.Keys()
	require.Len(t, keys.All, 3, "that of the executives makes none")
	require.Len(t, keys.Private, 1, "who may see one of two may know of both")
	require.True(t, keys.IsPrivate(keys.Private[0]))
}

func TestLeadingKindsAreThoseWithoutWhichNothingIsEnough(t *testing.T) {
	t.Parallel()
	require.ElementsMatch(t, []duplicate.Kind{
		duplicate.OrganizationName, duplicate.OrganizationRegistration, duplicate.OrganizationPhone, duplicate.OrganizationMail, duplicate.PersonPhone, duplicate.PersonMail,
	}, shipped().Leading())
	rapid.Check(t, func(t *rapid.T) {
		r := duplicate.Rules{Threshold: rapid.Float64Range(0.01, 1).Draw(t, "threshold"), DifferentRegistration: 1}
		r.SimilarName = rapid.SampledFrom([]float64{0, 0.1, 0.6, 0.999}).Draw(t, "similar")
		for i := range r.Weights {
			r.Weights[i] = rapid.SampledFrom([]float64{0, 0.1, 0.3, 0.5, 0.5, 0.8, 0.999}).Draw(t, "weight")
		}
		organization := rapid.Bool().Draw(t, "organization")
		a, b := some(t, organization).Keys(), some(t, organization).Keys()
		m := r.Compare(a, b, duplicate.Nothing)
		leads := slices.ContainsFunc(m.Keys, func(k duplicate.Key) bool { return slices.Contains(r.Leading(), k.Kind()) })
		if r.Proposed(m) && !leads {
			t.Fatalf("%v is proposed by %v, without any of %v", m, r, r.Leading())
		}
	})
}

// some are facts that often have something in common.
func some(t *rapid.T, organization bool) *duplicate.Facts {
	f := &duplicate.Facts{Organization: organization, Names: []string{rapid.SampledFrom([]string{"华为技术", "华为科技", "华为技术深圳", "Siemens AG", ""}).Draw(t, "name")}}
	f.Registration = rapid.SampledFrom([]string{"", "GB:12345", "GB:54321"}).Draw(t, "registration")
	for range rapid.IntRange(0, 3).Draw(t, "channels") {
		c := rapid.SampledFrom([]contact.Channel{
			{Medium: phone, Value: "13800138000"}, {Medium: phone, Value: "13800138001"}, {Medium: mail, Value: "a@x.com"}, {Medium: mail, Value: "b@x.com"}, {Medium: web, Value: "x.com"},
		}).Draw(t, "channel")
		c.Level = rapid.Int32Range(0, 3).Draw(t, "level")
		f.Channels = append(f.Channels, c)
	}
	return f
}

func TestCompareProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		organization := rapid.Bool().Draw(t, "organization")
		a, b := some(t, organization).Keys(), some(t, organization).Keys()
		one, other := shipped().Compare(a, b, duplicate.Nothing), shipped().Compare(b, a, duplicate.Nothing)
		require.Equal(t, one, other, "it is the same from both sides")
		require.GreaterOrEqual(t, one.Score, 0.0)
		require.Less(t, one.Score, 1.0)
		require.Equal(t, len(one.Keys) > 0, len(one.Reasons) > 0)
		require.True(t, slices.IsSorted(a.All))
		less := shipped().Compare(a, b, a.IsPrivate)
		require.LessOrEqual(t, less.Score, one.Score, "less speaks for it")
	})
}

// Whatever people type, it makes the same keys in capitals, in full width and with spaces around.
func TestKeysOfAnyName(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-zA-Z0-9 ,.&'()深圳市华为技術有限公司集团分-]{0,24}`).Draw(t, "name")
		keys := func(text string) *duplicate.Keys {
			return (&duplicate.Facts{Organization: true, Names: []string{text}}).Keys()
		}
		require.Equal(t, keys(name), keys("  "+strings.ToUpper(name)+" "))
		require.Equal(t, keys(name), keys(wide(name)))
		require.LessOrEqual(t, len(keys(name).All), 1)
	})
	require.NotPanics(t, func() {
		for _, odd := range []string{"\x00", "\xff\xfe", "㍿", "ﷺ", "e\u0301", strings.Repeat("有限公司", 50)} {
			(&duplicate.Facts{Organization: true, Names: []string{odd}, Registration: odd, Channels: []contact.Channel{
				{Medium: phone, Value: odd}, {Medium: mail, Value: odd}, {Medium: web, Value: odd},
			}}).Keys()
		}
	})
}

func wide(text string) string {
	return strings.Map(func(r rune) rune {
		if r > ' ' && r <= '~' {
			return r + 0xfee0
		}
		return r
	}, text)
}

func BenchmarkKeys(b *testing.B) {
	f := &duplicate.Facts{
		Organization: true, Names: []string{"深圳市腾讯计算机系统有限公司", "深圳市腾讯计算机系统有限公司", "Tencent Computer Systems Co., Ltd."}, Registration: "91440300708461136T",
		Channels: []contact.Channel{{Medium: phone, Value: "0755-86013388"}, {Medium: mail, Value: "info@tencent.com"}, {Medium: web, Value: "https://www.tencent.com"}},
	}
	for b.Loop() {
		if n := len(f.Keys().All); n != 6 {
			b.Fatal(fmt.Sprint(n))
		}
	}
}
