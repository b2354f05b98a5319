package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// documentedLines and documentedCustomers are what the data's documentation says. All else is counted from the file.
const (
	documentedLines     = 541_909
	documentedCustomers = 4_372
)

const retailID = "online-retail"

// onlineRetail imports the file twice, once without trouble and once killed half way.
func (p *place) onlineRetail(ctx context.Context) (figures, error) {
	file, err := p.unpack(ctx, filepath.Join(p.data, "online_retail", "online_retail.csv.xz"))
	if err != nil {
		return nil, err
	}
	want, err := countRetail(file)
	if err != nil {
		return nil, err
	}
	calm, err := p.retailRun(ctx, "calm", file, (*instance).importWhole)
	if err != nil {
		return nil, err
	}
	killed, err := p.retailRun(ctx, "killed", file, (*instance).importKilled)
	if err != nil {
		return nil, err
	}
	var f figures
	f.add("lines", documentedLines, want.lines, calm.Total, killed.Total)
	f.add("stored", want.lines-want.rejected-want.repeated, want.lines-want.rejected-want.repeated, calm.Stored, killed.Stored)
	f.add("unchanged", 0, 0, calm.Unchanged, killed.Unchanged)
	f.add("repeated", want.repeated, want.repeated, calm.Repeated, killed.Repeated)
	f.add("rejected", want.rejected, want.rejected, calm.Rejected, killed.Rejected)
	f.add("stored + unchanged + repeated + rejected", documentedLines, want.lines, calm.sum(), killed.sum())
	f.add("customers", documentedCustomers, len(want.customers), calm.customers, killed.customers)
	f.add("orders", len(want.orders), len(want.orders), calm.orders, killed.orders)
	f.add("amount", want.amount.StringFixed(2)+" GBP", want.amount.StringFixed(2)+" GBP", calm.amount, killed.amount)
	f.print("Online Retail", "counted", "uninterrupted", "killed and resumed")
	return f, nil
}

// unpack decompresses with the tool that everybody has, or can have.
func (p *place) unpack(ctx context.Context, packed string) (string, error) {
	path := filepath.Join(p.work, strings.TrimSuffix(filepath.Base(packed), ".xz"))
	file, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	xz := exec.CommandContext(ctx, "xz", "-dc", packed)
	xz.Stdout, xz.Stderr = file, os.Stderr
	err = xz.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("xz is needed to decompress the data: install the package xz-utils")
	}
	return path, err
}

// retailCount is what the file says, counted without any code of the product.
type retailCount struct {
	lines, repeated, rejected int
	customers, orders         map[string]bool
	amount                    decimal.Decimal
}

func countRetail(path string) (*retailCount, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	reader := csv.NewReader(file)
	if _, err := reader.Read(); err != nil {
		return nil, err
	}
	c := &retailCount{customers: map[string]bool{}, orders: map[string]bool{}}
	invoice, seen := "", map[string]bool{}
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return c, nil
		}
		if err != nil {
			return nil, err
		}
		if cells[0] != invoice {
			invoice, seen = cells[0], map[string]bool{}
		}
		if err := c.line(cells, seen); err != nil {
			return nil, err
		}
	}
}

// line counts one line: number, article, description, quantity, time, price, customer, country. Repeats are such within the invoice.
func (c *retailCount) line(cells []string, seen map[string]bool) error {
	c.lines++
	text := strings.Join(cells, "\t")
	switch {
	case cells[6] == "":
		c.rejected++
		return nil
	case seen[text]:
		c.repeated++
		return nil
	}
	seen[text] = true
	quantity, errQuantity := decimal.NewFromString(cells[3])
	price, errPrice := decimal.NewFromString(cells[5])
	c.amount = c.amount.Add(quantity.Mul(price).Round(2))
	c.customers[cells[6]], c.orders[cells[0]] = true, true
	return errors.Join(errQuantity, errPrice)
}

// retailResult is what came out of one run.
type retailResult struct {
	progress
	customers, orders int
	amount            string
}

func (p progress) sum() int64 { return p.Stored + p.Unchanged + p.Repeated + p.Rejected }

func (p *place) retailRun(
	ctx context.Context, name, file string, load func(*instance, context.Context, string) (*instance, error),
) (result retailResult, err error) {
	began := time.Now()
	i, err := p.up(ctx, name)
	if err != nil {
		return result, err
	}
	if i, err = load(i, ctx, file); err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, i.stop()) }()
	fmt.Printf("%s: imported in %.0f s, starts included\n", name, time.Since(began).Seconds())
	if result.progress, err = i.progress(ctx, retailID); err != nil {
		return result, err
	}
	if result.customers, err = i.count(ctx, "/v1/customers", "customers"); err != nil {
		return result, err
	}
	if result.orders, err = i.count(ctx, "/v1/customers/-/orders", "orders"); err != nil {
		return result, err
	}
	totals, err := i.salesTotals(ctx)
	if err == nil && len(totals) != 1 {
		err = fmt.Errorf("the sales curve has %d totals, want 1", len(totals))
	}
	if err == nil {
		result.amount = totals[0].Amount.String()
	}
	return result, err
}

func (i *instance) importWhole(ctx context.Context, file string) (*instance, error) {
	return i, i.importing(ctx, "online_retail", file, retailID).Run()
}

// importKilled kills the import and the product half way, brings the product up again and imports the rest.
func (i *instance) importKilled(ctx context.Context, file string) (*instance, error) {
	command := i.importing(ctx, "online_retail", file, retailID)
	if err := command.Start(); err != nil {
		return i, err
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	if err := i.halfWay(ctx, ended); err != nil {
		return i, err
	}
	if err := errors.Join(i.process.Process.Kill(), command.Process.Kill()); err != nil {
		return i, err
	}
	if err := <-ended; err == nil {
		return i, errors.New("the import ended before it was killed")
	}
	_ = i.process.Wait() // it says that it was killed
	again, err := i.up(ctx, filepath.Base(i.dir))
	if err != nil {
		return i, err
	}
	return again.importWhole(ctx, file)
}

// halfWay waits until half of the file is imported.
func (i *instance) halfWay(ctx context.Context, ended <-chan error) error {
	for {
		if p, err := i.progress(ctx, retailID); err == nil && p.Total > documentedLines/2 {
			fmt.Printf("%s: killed at %d lines\n", filepath.Base(i.dir), p.Total)
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-ended:
			return fmt.Errorf("the import ended before it could be killed: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
