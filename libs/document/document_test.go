package document_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/document"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

func TestBody(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"":                                "",
		"任务书.xlsx":                        "任务书.xlsx",
		"../../etc/passwd":                "_.._etc_passwd",
		"a\r\nSet-Cookie: x=1":            "a__Set-Cookie_ x=1",
		`a"; b=c.html`:                    "a_; b=c.html",
		"evil\u202elmth.exe":              "evil_lmth.exe",
		".htaccess":                       "htaccess",
		strings.Repeat("长", 200) + ".csv": strings.Repeat("长", 76) + ".csv",
		strings.Repeat("x", 200):          strings.Repeat("x", 80),
		"a." + strings.Repeat("x", 200):   strings.Repeat("x", 79),
	} {
		body, err := document.File{Name: name, Type: document.HTML, Inline: true, Data: []byte("x")}.Body()
		require.NoError(t, err)
		var how typev1.Document
		require.Len(t, body.GetExtensions(), 1)
		require.NoError(t, body.GetExtensions()[0].UnmarshalTo(&how))
		require.Equal(t, want, how.GetFilename(), name)
		require.True(t, utf8.ValidString(how.GetFilename()))
		require.True(t, how.GetInline())
		require.Equal(t, document.HTML, body.GetContentType())
		require.Equal(t, "x", string(body.GetData()))
	}
}
