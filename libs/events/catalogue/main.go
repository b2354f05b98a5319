// Command catalogue writes the catalogue of events, docs/events.md, to standard output. Run it at the root of the repository:
//
//	go run ./libs/events/catalogue > docs/events.md
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
	if err := write(os.Stdout, "proto"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
