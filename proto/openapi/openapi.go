// Package openapi holds the OpenAPI document of the HTTP API. It is generated from the protos by `make generate`:
// base.json says what no proto says (title, security), the rest follows from the RPCs' HTTP rules and comments.
package openapi

import _ "embed"

// JSON is the whole document, as the gateway serves it.
//
//go:embed openapi.json
var JSON []byte
