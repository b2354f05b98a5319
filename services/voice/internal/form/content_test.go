package form_test

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/guanxi-crm/guanxi/services/voice/internal/form"
)

func sample() *form.Form {
	return &form.Form{TitleEn: "Complaints", TitleZh: "投诉", Kinds: []form.Kind{4, 5}, ProductLines: []string{"A&B", "光"}}
}

// What is wrong is said of each field, in the order of the page; what is right is read as it is meant.
func TestWhatIsTyped(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("长", 5000)
	for name, c := range map[string]struct {
		typed form.Typed
		want  []form.Problem
	}{
		"nothing":               {form.Typed{}, []form.Problem{{Field: "kind", Code: form.Missing}, {Field: "text", Code: form.Missing}}},
		"the least":             {form.Typed{"kind": "PRAISE", "text": "好"}, nil},
		"blanks":                {form.Typed{"kind": "PRAISE", "text": " \r\n\t\u200f"}, []form.Problem{{Field: "text", Code: form.Missing}}},
		"as long as may be":     {form.Typed{"kind": "PRAISE", "text": long, "name": long[:300]}, nil},
		"one more":              {form.Typed{"kind": "PRAISE", "text": long + "x"}, []form.Problem{{Field: "text", Code: form.TooLong, Most: 5000}}},
		"a kind not offered":    {form.Typed{"kind": "OPINION", "text": "x"}, []form.Problem{{Field: "kind", Code: form.NotOffered}}},
		"a kind of nobody":      {form.Typed{"kind": "4", "text": "x"}, []form.Problem{{Field: "kind", Code: form.NotOffered}}},
		"a product":             {form.Typed{"kind": "PRAISE", "text": "x", "product_line": "A&B"}, nil},
		"a product not offered": {form.Typed{"kind": "PRAISE", "text": "x", "product_line": "a&b"}, []form.Problem{{Field: "product_line", Code: form.NotOffered}}},
		"an answer to nowhere":  {form.Typed{"kind": "PRAISE", "text": "x", "answer": "yes", "contact": "me"}, []form.Problem{{Field: "contact", Code: form.NoContact}}},
		"to an address":         {form.Typed{"kind": "PRAISE", "text": "x", "answer": "yes", "contact": "me@example"}, nil},
		"to half of one":        {form.Typed{"kind": "PRAISE", "text": "x", "answer": "yes", "contact": "me@"}, []form.Problem{{Field: "contact", Code: form.NoContact}}},
		"to a telephone":        {form.Typed{"kind": "PRAISE", "text": "x", "answer": "yes", "contact": "０７５５-1"}, nil},
		"a box with a mind":     {form.Typed{"kind": "PRAISE", "text": "x", "answer": "no"}, []form.Problem{{Field: "answer", Code: form.NotOffered}}},
		"all at once": {
			form.Typed{"kind": "x", "text": long + long, "product_line": "x", "order_number": long, "name": long, "company": long, "contact": long, "answer": "yes"},
			[]form.Problem{
				{Field: "kind", Code: form.NotOffered},
				{Field: "text", Code: form.TooLong, Most: 5000},
				{Field: "product_line", Code: form.NotOffered},
				{Field: "order_number", Code: form.TooLong, Most: 100},
				{Field: "name", Code: form.TooLong, Most: 100},
				{Field: "company", Code: form.TooLong, Most: 100},
				{Field: "contact", Code: form.TooLong, Most: 200},
				{Field: "contact", Code: form.NoContact},
			},
		},
	} {
		_, wrong := sample().Take(c.typed)
		require.Equal(t, c.want, wrong, name)
	}
	c, _ := sample().Take(form.Typed{"kind": "COMPLAINT", "text": " a\r\nb\u202e\x00c ", "name": "Li\n Lei\u2066", "contact": "li@example.com"})
	require.Equal(t, form.Content{Kind: 4, Sender: "Li Lei", Text: "a\nbc"}, c, "nobody has agreed that the contact is used")
}

func TestFieldsThatThePageDoesNotHave(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		names  []string
		values [][]string
		want   form.Code
	}{
		"all is well":       {[]string{"text", "kind"}, [][]string{{"x"}, {"PRAISE"}}, 0},
		"one without value": {[]string{"text"}, [][]string{nil}, 0},
		"forged":            {[]string{"text", "state"}, [][]string{{"x"}, {"TAKEN_IN"}}, form.Unknown},
		"of another case":   {[]string{"Text"}, [][]string{{"x"}}, form.Unknown},
		"two values":        {[]string{"text"}, [][]string{{"x", "y"}}, form.Twice},
		"twice":             {[]string{"text", "text"}, [][]string{{"x"}, {"x"}}, form.Twice},
	} {
		_, wrong := form.Read(c.names, c.values)
		if c.want == 0 {
			require.Empty(t, wrong, name)
			continue
		}
		require.Equal(t, []form.Problem{{Code: c.want}}, wrong, name)
	}
}

func TestWhatLooksLikeSpam(t *testing.T) {
	t.Parallel()
	guard := sample().Guard()
	require.Equal(t, form.Guard{Minimum: 3 * time.Second, Valid: 24 * time.Hour, Links: 3, PerMinute: 60}, guard)
	for text, want := range map[string][]form.Suspicion{
		"see https://example.com/a and http://example.com/b and www.example.com": {},
		"https://a https://b https://c https://d":                                {form.Links},
		"https://www.a https://www.b https://www.c":                              {},
		`<a href="x"> <a HREF="y"> <a href='z'> <a href=w>`:                      {form.Links},
	} {
		c := form.Content{Text: text}
		require.Equal(t, want, c.Suspicions(form.Typed{}, guard), text)
	}
	c := form.Content{Text: "x"}
	require.Equal(t, []form.Suspicion{form.HiddenField}, c.Suspicions(form.Typed{"website": "http://x"}, guard))
}

func TestPagesRipenAndAge(t *testing.T) {
	t.Parallel()
	opened, guard := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), sample().Guard()
	for after, want := range map[time.Duration]form.Code{
		-time.Hour: form.TooFast, 0: form.TooFast, 2999 * time.Millisecond: form.TooFast, 3 * time.Second: 0, 24 * time.Hour: 0, 24*time.Hour + 1: form.TooOld,
	} {
		code, ok := guard.Judge(opened, opened.Add(after))
		require.Equal(t, want, code, after)
		require.Equal(t, want == 0, ok)
	}
}

// The same said again is known, whatever blanks and capitals; anything else is something else.
func TestTheSame(t *testing.T) {
	t.Parallel()
	c := form.Content{Kind: 4, Sender: "Li Lei", Text: "The box\nwas empty"}
	same := form.Content{Kind: 4, Sender: "li lei ", Text: "the  box was EMPTY"}
	require.Equal(t, c.Digest(), same.Digest())
	for _, other := range []form.Content{
		{Kind: 5, Sender: "Li Lei", Text: c.Text}, {Kind: 4, Sender: "Li", Company: "Lei", Text: c.Text}, {Kind: 4, Sender: "Li Lei", Text: c.Text + "."},
	} {
		require.NotEqual(t, c.Digest(), other.Digest())
	}
}

// Whatever is typed comes back in its field as it was, and stays text: the page has the elements that it has when nothing is typed, and none more.
func TestTypedIsKeptAndIsText(t *testing.T) {
	t.Parallel()
	f := sample()
	f.TitleEn, f.IntroEn = `<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`
	shape := func(page []byte) (elements []string, values map[string]string) {
		root, err := html.Parse(strings.NewReader(string(page)))
		require.NoError(t, err)
		values = map[string]string{}
		for n := range root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			name := n.Data
			var field, value string
			for _, a := range n.Attr {
				name += " " + a.Key
				switch a.Key {
				case "name":
					field = a.Val
				case "value":
					value = a.Val
				}
			}
			if n.Data == "textarea" && n.FirstChild != nil {
				value = n.FirstChild.Data
			}
			elements, values[field] = append(elements, name), value
		}
		return elements, values
	}
	empty, err := f.Page("en", "token", form.Typed{}, nil)
	require.NoError(t, err)
	want, _ := shape(empty)
	require.NotContains(t, string(empty), "<script>")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			`</textarea><script>alert(1)</script>`, `" onfocus="alert(1)" autofocus="`, `'><svg/onload=alert(1)>`, "\n\n x", `{{.Token}}`, `&lt;b&gt;&amp;`, `<!--`, `]]>`,
		})).Draw(t, "text")
		text = strings.Map(func(r rune) rune { // what a browser sends is text, with line ends of one kind
			if r == '\r' || r == 0 || r != '\n' && unicode.IsControl(r) || r == utf8.RuneError {
				return -1
			}
			return r
		}, text)
		page, err := f.Page("en", "token", form.Typed{"text": text, "name": text, "order_number": text}, nil)
		require.NoError(t, err)
		got, values := shape(page)
		require.Equal(t, want, got)
		require.Equal(t, text, values["text"])
		require.Equal(t, text, values["name"])
	})
}

// Each problem is said in both languages, and linked to its field.
func TestProblemsAreSaid(t *testing.T) {
	t.Parallel()
	for code := form.Missing; code <= form.Busy; code++ {
		for _, lang := range []string{"zh", "en"} {
			page, err := sample().Page(lang, "token", form.Typed{}, []form.Problem{{Field: "text", Code: code, Most: 7}, {Code: code}})
			require.NoError(t, err)
			text := string(page)
			require.Contains(t, text, `<a href="#text">`)
			require.NotContains(t, text, `<li></li>`, code)
			require.Contains(t, text, `aria-describedby="text-error text-hint"`)
			require.Contains(t, text, `id="text-error"`)
		}
	}
}
