// Package document is what an RPC answers that is no message but a file or a page: a printed book, a sheet, a calendar. It travels as a google.api.HttpBody, which the
// gateway hands out as it is, under headers that keep it from acting in our name; callers over gRPC get the same bytes.
//
// What stands in it is not redacted: levels are those of fields, and it has none. Who makes one leaves out what the caller may not see.
package document

import (
	"fmt"
	"strings"
	"unicode"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/protobuf/types/known/anypb"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Content types.
const (
	HTML     = "text/html; charset=utf-8"
	Calendar = "text/calendar; charset=utf-8"
	CSV      = "text/csv; charset=utf-8"
	Markdown = "text/markdown; charset=utf-8"
	JSON     = "application/json; charset=utf-8"
	XLSX     = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// File is a document on its way to people.
type File struct {
	// Name is that of the file, such as 任务书.xlsx; what cannot be in a file's name is replaced. Empty: it has none.
	Name string
	// Type is one of the content types above, or another one.
	Type string
	// Inline has a browser show it; otherwise it keeps it as a file.
	Inline bool
	Data   []byte
}

// Body is the answer.
func (f File) Body() (*httpbody.HttpBody, error) {
	how, err := anypb.New(&typev1.Document{Filename: safe(f.Name), Inline: f.Inline})
	if err != nil {
		return nil, fmt.Errorf("document: %w", err)
	}
	return &httpbody.HttpBody{ContentType: f.Type, Data: f.Data, Extensions: []*anypb.Any{how}}, nil
}

// longest is the most characters of a name: file systems take 255 bytes.
const longest = 80

// safe is a name that means a file in whatever folder it is put into.
func safe(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar {
			return '_'
		}
		return r
	}, name)
	if dot := strings.LastIndexByte(name, '.'); dot > 0 { // the end says what it is
		kind := []rune(name[dot:])
		name = string(first([]rune(name[:dot]), longest-min(len(kind), longest))) + string(first(kind, longest))
	}
	return strings.TrimLeft(string(first([]rune(name), longest)), ". ")
}

func first(text []rune, n int) []rune { return text[:min(n, len(text))] }
