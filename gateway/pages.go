package gateway

import (
	_ "embed"
	"net/http"
	"strings"

	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"

	"github.com/guanxi-crm/guanxi/proto/openapi"
)

//go:embed landing.html
var landingPage []byte

// Nothing on our pages comes from elsewhere. The explorer sets itself up in a script of its page.
const (
	pagePolicy     = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"
	explorerPolicy = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; " +
		"img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
)

func landing(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", pagePolicy)
	_, _ = w.Write(landingPage)
}

func document(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(openapi.JSON)
}

// explorerAt is Swagger UI, served whole from within.
func explorerAt(path string) http.Handler {
	explorer := v5emb.NewHandlerWithConfig(swgui.Config{
		Title: "Guanxi", SwaggerJSON: "/openapi.json", BasePath: path + "/",
		SettingsUI: map[string]string{"tryItOutEnabled": "true", "docExpansion": `"none"`, "persistAuthorization": "true"},
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", explorerPolicy)
		if r.URL.Path != path {
			w.Header().Set("Cache-Control", "max-age=3600") // the library's files
		}
		explorer.ServeHTTP(w, r)
	})
}

func isBelow(path, root string) bool {
	rest, ok := strings.CutPrefix(path, root)
	return ok && (rest == "" || rest[0] == '/')
}
