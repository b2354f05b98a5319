package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// some picks a stored customer.
func some(choices *rand.Rand) string { return "customers/" + idOf(choices.IntN(stored)).String() }

func choicesOf(n int) *rand.Rand { return rand.New(rand.NewPCG(1, uint64(n))) }

// readGRPC reads single customers.
func readGRPC(ctx context.Context, w turn) (result, error) {
	conn, err := dial(w)
	if err != nil {
		return result{}, err
	}
	defer conn.Close()
	client := profilev1.NewCustomerServiceClient(conn)
	return closed(ctx, w, func(n int) (func(context.Context) error, error) {
		choices := choicesOf(n)
		return func(ctx context.Context) error {
			_, err := client.GetCustomer(authorized(ctx, w), &profilev1.GetCustomerRequest{Name: some(choices)})
			return err
		}, nil
	})
}

// createGRPC creates customers.
func createGRPC(ctx context.Context, w turn) (result, error) {
	conn, err := dial(w)
	if err != nil {
		return result{}, err
	}
	defer conn.Close()
	client := profilev1.NewCustomerServiceClient(conn)
	return closed(ctx, w, func(n int) (func(context.Context) error, error) {
		count := 0
		return func(ctx context.Context) error {
			count++
			return create(authorized(ctx, w), client, w.Key+"-"+strconv.Itoa(n)+"-"+strconv.Itoa(count))
		}, nil
	})
}

func create(ctx context.Context, client profilev1.CustomerServiceClient, key string) error {
	_, err := client.CreateCustomer(ctx, &profilev1.CreateCustomerRequest{Customer: customer(key)})
	return err
}

// readHTTP reads single customers over HTTP/JSON, by a client that costs as little as can be: net/http's own takes as much of the
// processor as the gateway.
func readHTTP(ctx context.Context, w turn) (result, error) {
	return closed(ctx, w, func(n int) (func(context.Context) error, error) {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", w.Address)
		if err != nil {
			return nil, err
		}
		choices, reader := choicesOf(n), bufio.NewReader(conn)
		return func(ctx context.Context) error {
			deadline, _ := ctx.Deadline()
			_, err := fmt.Fprintf(conn, "GET /v1/%s HTTP/1.1\r\nHost: guanxi\r\nAuthorization: Bearer %s\r\n\r\n", some(choices), w.Token)
			if err := errors.Join(err, conn.SetDeadline(deadline)); err != nil {
				return err
			}
			response, err := http.ReadResponse(reader, nil)
			if err != nil {
				return err
			}
			defer response.Body.Close()
			if response.StatusCode != http.StatusOK {
				return errors.New(response.Status)
			}
			_, err = io.Copy(io.Discard, response.Body)
			return err
		}, nil
	})
}
