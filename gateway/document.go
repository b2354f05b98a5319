package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"mime"
	"net/http"
	"strings"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/protobuf/proto"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// documentPolicy lets a document look as it wants and do nothing: it has no scripts, no forms, loads nothing, and is of no origin, least of all ours.
const documentPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox"

// contentType is that of a document; a service that names none, or nothing that is a content type, has sent bytes.
func contentType(file *httpbody.HttpBody) string {
	kind, params, err := mime.ParseMediaType(file.GetContentType())
	if err != nil || !strings.Contains(kind, "/") {
		return "application/octet-stream"
	}
	return mime.FormatMediaType(kind, params)
}

// asDocument is a runtime.WithForwardResponseOption: it gives the answers that are documents their headers.
func asDocument(ctx context.Context, w http.ResponseWriter, answer proto.Message) error {
	file, ok := answer.(*httpbody.HttpBody)
	if !ok {
		return nil
	}
	if call := formOf(ctx); call != nil {
		asPage(call, w, file)
		return nil
	}
	header := w.Header()
	header.Set("Content-Security-Policy", documentPolicy)
	if how := disposition(file); how != "" {
		header.Set("Content-Disposition", how)
	}
	if known, published := ctx.Value(knownKey{}).(string); published {
		tag := tagOf(file.GetData())
		header.Set("ETag", tag)
		header.Set("Cache-Control", "private, no-cache") // may be kept by its reader, if he asks each time whether it still holds
		if matches(known, tag) {
			header.Del("Content-Type")
			w.WriteHeader(http.StatusNotModified)
		}
	}
	return nil
}

// tagOf is the ETag of what is sent.
func tagOf(data []byte) string {
	digest := sha256.Sum256(data)
	return `"` + base64.RawURLEncoding.EncodeToString(digest[:18]) + `"`
}

// disposition is the header Content-Disposition as the document wants it, empty if it does not say.
func disposition(file *httpbody.HttpBody) string {
	for _, packed := range file.GetExtensions() {
		var how typev1.Document
		if !packed.MessageIs(&how) || packed.UnmarshalTo(&how) != nil {
			continue
		}
		kind, params := "attachment", map[string]string{}
		if how.GetInline() {
			kind = "inline"
		}
		if how.GetFilename() != "" {
			params["filename"] = how.GetFilename()
		}
		return mime.FormatMediaType(kind, params) // in RFC 2231's way where the name is not ASCII
	}
	return ""
}

// knownKey is of the version of a published document that its reader has already, as he says in If-None-Match. There is one where a document may be kept.
type knownKey struct{}

// matches compares as RFC 9110, 13.1.2 has it, weakly.
func matches(header, tag string) bool {
	for one := range strings.SplitSeq(header, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
			return true
		}
	}
	return false
}
