package calls

import (
	"encoding/base64"
	"mime"
	"net/http"
	"regexp"
	"strings"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/protobuf/proto"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// document is the message of answers that are files or pages. Over both ways they become an object with contentType, text (or data in base64, where it is none), filename
// and inline; of a page with a form what stands in it hidden, such as its token, are fields.
const document = "google.api.HttpBody"

// documentOf is a document that was answered over gRPC.
func documentOf(m proto.Message) (any, error) {
	var file httpbody.HttpBody
	raw, err := proto.Marshal(m)
	if err != nil {
		return nil, err
	}
	if err := proto.Unmarshal(raw, &file); err != nil {
		return nil, err
	}
	var how typev1.Document
	for _, packed := range file.GetExtensions() {
		if packed.MessageIs(&how) {
			if err := packed.UnmarshalTo(&how); err != nil {
				return nil, err
			}
		}
	}
	return describe(file.GetContentType(), file.GetData(), how.GetFilename(), how.GetInline()), nil
}

// documentIn is one that was answered over HTTP.
func documentIn(response *http.Response, content []byte) (any, error) {
	header := response.Header
	how, params := "attachment", map[string]string{}
	if said := header.Get("Content-Disposition"); said != "" {
		var err error
		if how, params, err = mime.ParseMediaType(said); err != nil {
			return nil, err
		}
	}
	return describe(header.Get("Content-Type"), content, params["filename"], how == "inline"), nil
}

var hidden = regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`)

func describe(kind string, data []byte, filename string, inline bool) any {
	out := map[string]any{"contentType": kind, "filename": filename, "inline": inline}
	if strings.HasPrefix(kind, "text/") || strings.HasPrefix(kind, "application/json") {
		out["text"] = string(data)
		if found := hidden.FindAllStringSubmatch(string(data), -1); found != nil {
			fields := map[string]any{}
			for _, field := range found {
				fields[field[1]] = field[2]
			}
			out["fields"] = fields
		}
	} else {
		out["data"] = base64.StdEncoding.EncodeToString(data)
	}
	return out
}
