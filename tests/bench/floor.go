package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/etag"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

const (
	// databaseVariable tells the floor where its database is.
	databaseVariable = "GUANXI_BENCH_DATABASE"
	// connections are as many as the product takes by default.
	connections = 16
)

// floor is the least that answers the same calls with the same messages: grpc-go without an interceptor, sqlx over lib/pq, prepared
// statements. It checks nothing: no caller, no rule, no deadline, no territory; it counts nothing and keeps no history.
type floor struct {
	profilev1.UnimplementedCustomerServiceServer
	db                  *sqlx.DB
	read, insert, event *sqlx.Stmt
}

const (
	selectFloor = `select customer_id, revision, display_name, kind, relations, legal_name, alternative_names, registration_number, industry,
		employee_count, territory, owner, source, tags, attributes, addresses, channels, external_ids, time_zone, language,
		create_time, update_time, delete_time, purge_time
		from customers where customer_id = $1`
	insertEvent = `insert into outbox (event_id, aggregate_id, version, subject, resource, data, actor, cause, trace_parent, occur_time)
		values ($1, $2, 1, 'guanxi.profile.customer.created.v1', $3, $4, 'bench', 'command', '', $5)`
)

// serveFloor is the role of the floor.
func serveFloor(ctx context.Context) error {
	f, err := openFloor(ctx, os.Getenv(databaseVariable))
	if err != nil {
		return err
	}
	defer f.db.Close()
	server := grpc.NewServer()
	profilev1.RegisterCustomerServiceServer(server, f)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	context.AfterFunc(ctx, server.Stop)
	return server.Serve(listener)
}

func openFloor(ctx context.Context, url string) (*floor, error) {
	db, err := sqlx.ConnectContext(ctx, "postgres", url)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	f := &floor{db: db}
	marks := make([]string, len(columns))
	for i := range columns {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	insert := fmt.Sprintf("insert into customers (%s) values (%s)", strings.Join(columns, ", "), strings.Join(marks, ", "))
	var errs [3]error
	f.read, errs[0] = db.PreparexContext(ctx, selectFloor)
	f.insert, errs[1] = db.PreparexContext(ctx, insert)
	f.event, errs[2] = db.PreparexContext(ctx, insertEvent)
	return f, errors.Join(errs[:]...)
}

type floorRow struct {
	ID                 uuid.UUID      `db:"customer_id"`
	Revision           int64          `db:"revision"`
	DisplayName        string         `db:"display_name"`
	Kind               int32          `db:"kind"`
	Relations          pq.Int32Array  `db:"relations"`
	LegalName          string         `db:"legal_name"`
	AlternativeNames   pq.StringArray `db:"alternative_names"`
	RegistrationNumber string         `db:"registration_number"`
	Industry           string         `db:"industry"`
	EmployeeCount      int32          `db:"employee_count"`
	Territory          string         `db:"territory"`
	Owner              string         `db:"owner"`
	Source             string         `db:"source"`
	Tags               pq.StringArray `db:"tags"`
	Attributes         []byte         `db:"attributes"`
	Addresses          []byte         `db:"addresses"`
	Channels           []byte         `db:"channels"`
	ExternalIDs        []byte         `db:"external_ids"`
	TimeZone           string         `db:"time_zone"`
	Language           string         `db:"language"`
	CreateTime         time.Time      `db:"create_time"`
	UpdateTime         time.Time      `db:"update_time"`
	DeleteTime         *time.Time     `db:"delete_time"`
	PurgeTime          *time.Time     `db:"purge_time"`
}

// GetCustomer reads one row.
func (f *floor) GetCustomer(ctx context.Context, r *profilev1.GetCustomerRequest) (*profilev1.Customer, error) {
	id, err := uuid.Parse(strings.TrimPrefix(r.GetName(), "customers/"))
	if err != nil {
		return nil, err
	}
	var row floorRow
	if err := f.read.GetContext(ctx, &row, id); err != nil {
		return nil, err
	}
	c := &profilev1.Customer{
		Name: r.GetName(), DisplayName: row.DisplayName, Kind: profilev1.Customer_Kind(row.Kind), LegalName: row.LegalName,
		AlternativeNames: row.AlternativeNames, RegistrationNumber: row.RegistrationNumber, Industry: row.Industry,
		EmployeeCount: row.EmployeeCount, Territory: row.Territory, Owner: row.Owner, Source: row.Source, Tags: row.Tags,
		TimeZone: row.TimeZone, Language: row.Language, Etag: etag.Of(row.Revision),
		CreateTime: timestamppb.New(row.CreateTime), UpdateTime: timestamppb.New(row.UpdateTime),
	}
	for _, relation := range row.Relations {
		c.Relations = append(c.Relations, profilev1.Customer_Relation(relation))
	}
	return c, errors.Join(
		json.Unmarshal(row.Addresses, &c.Addresses), json.Unmarshal(row.Channels, &c.Channels), json.Unmarshal(row.ExternalIDs, &c.ExternalIds))
}

// CreateCustomer writes a row and an event, in one transaction of two inserts.
func (f *floor) CreateCustomer(ctx context.Context, r *profilev1.CreateCustomerRequest) (_ *profilev1.Customer, err error) {
	c := r.GetCustomer()
	now := time.Now().UTC()
	id, eventID := uuid.Must(uuid.NewV7()), uuid.Must(uuid.NewV7())
	c.Name, c.Etag, c.CreateTime, c.UpdateTime = "customers/"+id.String(), etag.Of(1), timestamppb.New(now), timestamppb.New(now)
	row, err := values(id, c, now)
	if err != nil {
		return nil, err
	}
	data, err := protojson.Marshal(c)
	if err != nil {
		return nil, err
	}
	tx, err := f.db.BeginTxx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // of no effect once it is committed
	if _, err := tx.StmtxContext(ctx, f.insert).ExecContext(ctx, row...); err != nil {
		return nil, err
	}
	if _, err := tx.StmtxContext(ctx, f.event).ExecContext(ctx, eventID, id, c.GetName(), string(data), now); err != nil {
		return nil, err
	}
	return c, tx.Commit()
}
