// Command catalogue writes the catalogue of events to standard output, for people or, told so, as an AsyncAPI document. Run it at the root of the repository:
//
//	go run ./libs/events/catalogue > docs/events.md
//	go run ./libs/events/catalogue asyncapi > docs/asyncapi.json
package main

import (
	"fmt"
	"os"

	// The services whose events are in the catalogue. The test fails when one is missing.
	_ "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	_ "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	_ "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	_ "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
	_ "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

func main() {
	writer := write
	if len(os.Args) > 1 && os.Args[1] == "asyncapi" {
		writer = writeAsyncAPI
	}
	if err := writer(os.Stdout, "proto"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
