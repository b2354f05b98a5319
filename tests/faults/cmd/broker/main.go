// Command broker is a NATS server in a process of its own, which can be killed. It ends with its parent, too: when its standard input does.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/guanxi-crm/guanxi/libs/localnats"
)

func main() {
	dir := flag.String("dir", "", "where the streams are")
	port := flag.Int("port", 0, "port to listen on")
	flag.Parse()
	server, err := localnats.Start(localnats.Options{Dir: *dir, Port: *port})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	server.Stop()
}
