// Command goclient shows how another program calls Guanxi over gRPC: it creates a customer and lists those of its name.
//
// It needs the module github.com/guanxi-crm/guanxi/proto and grpc, nothing else:
//
//	GUANXI_TOKEN=$(guanxi token --subject goclient) go run ./docs/examples/goclient 127.0.0.1:9101
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

func main() {
	address := "127.0.0.1:9101"
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	ctx := context.Background()
	if err := run(ctx, address, os.Getenv("GUANXI_TOKEN"), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, address, token string, out io.Writer) error {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer conn.Close()
	customers := profilev1.NewCustomerServiceClient(conn)

	// Every call carries a token, and should have a deadline of its own choice.
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)

	created, err := customers.CreateCustomer(ctx, &profilev1.CreateCustomerRequest{
		Customer: &profilev1.Customer{
			DisplayName: "Lindqvist Automation",
			Kind:        profilev1.Customer_ORGANIZATION,
			Territory:   "eu/north/stockholm",
			Tags:        []string{"example"},
		},
		// The same id within a day gives the same answer instead of a second customer: a call that timed out can be made again.
		RequestId: fmt.Sprintf("goclient-%d", os.Getpid()),
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "created", created.GetName())

	request := &profilev1.ListCustomersRequest{PageSize: 10, Query: "lindqvist", Filter: `tags:"example"`}
	for {
		page, err := customers.ListCustomers(ctx, request)
		if err != nil {
			return err
		}
		for _, c := range page.GetCustomers() {
			fmt.Fprintln(out, c.GetName(), c.GetDisplayName(), c.GetTerritory())
		}
		if request.PageToken = page.GetNextPageToken(); request.PageToken == "" {
			return nil
		}
	}
}
