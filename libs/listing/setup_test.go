package listing_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Six things and what a filter can tell them by. c has nothing set that may be left out.
const schema = `
create table things (
	id uuid primary key default gen_random_uuid(),
	display_name text not null,
	note text,
	head_count integer not null default 0,
	gross_margin numeric,
	active boolean,
	create_time timestamptz not null default '2026-01-01 00:00:00.123456Z',
	due_date date,
	kind smallint,
	tags text[] not null default '{}',
	attributes jsonb not null default '{}',
	city text not null default ''
);
insert into things (display_name, note, head_count, gross_margin, active, create_time, due_date, kind, tags, attributes, city) values
	('a', '华为技术', 1, 0.1, true, '2026-01-01 00:00:00.000001Z', '2026-01-31', 1, '{vip,new}', '{"color": "red", "credit": "10.5", "vetted": "true", "since": "2026-01-31"}', '深圳'),
	('b', 'ACME 50% _off\ *', 2, 12345678901234567890.123456789, false, '2026-01-01 00:00:00.000002Z', '2026-02-01', 2, '{VIP}', '{"color": "", "credit": "9", "secret": "x", "vetted": "false", "since": "2025-12-31"}', '广州'),
	('c', null, 0, null, null, '2026-01-01 00:00:00.000003Z', null, null, '{}', '{}', ''),
	('d', '', -5, -1, true, '2026-06-01 00:00:00Z', '0001-01-01', 1, '{new}', '{"credit": "many", "od.d key": "y"}', '深圳');
`

func migrate(ctx context.Context, db *postgres.DB) error {
	_, err := db.SQL().ExecContext(ctx, schema)
	return err
}

// thing is the descriptor of the resource: message Thing with a level on every field.
func thing(t testing.TB) proto.Message {
	t.Helper()
	const (
		str     = descriptorpb.FieldDescriptorProto_TYPE_STRING
		integer = descriptorpb.FieldDescriptorProto_TYPE_INT32
		boolean = descriptorpb.FieldDescriptorProto_TYPE_BOOL
		message = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE
	)
	number := int32(0)
	field := func(name string, kind descriptorpb.FieldDescriptorProto_Type, level typev1.Level) *descriptorpb.FieldDescriptorProto {
		number++
		options := &descriptorpb.FieldOptions{}
		proto.SetExtension(options, typev1.E_Level, level)
		f := &descriptorpb.FieldDescriptorProto{Name: &name, Number: new(number), Type: &kind, Options: options}
		if kind == message {
			f.TypeName = new(".guanxi.test.Place")
		}
		return f
	}
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: new("test.proto"), Package: new("guanxi.test"), Syntax: new("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{
			{Name: new("Place"), Field: []*descriptorpb.FieldDescriptorProto{field("city_name", str, typev1.Level_BASIC)}},
			{Name: new("Thing"), Field: []*descriptorpb.FieldDescriptorProto{
				field("display_name", str, typev1.Level_BASIC), field("note", str, typev1.Level_BASIC),
				field("head_count", integer, typev1.Level_BASIC), field("gross_margin", str, typev1.Level_MANAGER),
				field("active", boolean, typev1.Level_BASIC), field("create_time", str, typev1.Level_BASIC),
				field("due_date", str, typev1.Level_BASIC), field("kind", integer, typev1.Level_BASIC),
				field("tags", str, typev1.Level_BASIC), field("attributes", str, typev1.Level_BASIC),
				field("labels", str, typev1.Level_BASIC), field("place", message, typev1.Level_BASIC),
			}},
		},
	}, nil)
	require.NoError(t, err)
	return dynamicpb.NewMessage(file.Messages().ByName("Thing"))
}

func spec(t testing.TB) listing.Spec {
	t.Helper()
	return listing.Spec{
		Resource: thing(t),
		Key:      "id",
		Fields: []listing.Field{
			{Path: "display_name", Column: "display_name", Kind: listing.String, Sortable: true},
			{Path: "note", Column: "note", Kind: listing.String},
			{Path: "head_count", Column: "head_count", Kind: listing.Int, Sortable: true},
			{Path: "gross_margin", Column: "coalesce(gross_margin, 0)", Kind: listing.Decimal, Sortable: true},
			{Path: "active", Column: "active", Kind: listing.Bool},
			{Path: "create_time", Column: "create_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "due_date", Column: "due_date", Kind: listing.Date},
			{Path: "kind", Column: "kind", Kind: listing.Enum, Values: map[string]any{"ORGANIZATION": 1, "PERSON": 2}},
			{Path: "tags", Column: "tags", Kind: listing.StringArray},
			{Path: "attributes", Column: "attributes", Kind: listing.StringMap, Entry: declared},
			{Path: "labels", Column: "attributes", Kind: listing.StringMap},
			{Path: "place.city_name", Column: "city", Kind: listing.String, Sortable: true},
		},
	}
}

// declared are the attributes there are.
func declared(_ context.Context, key string) (listing.Entry, error) {
	known := map[string]listing.Entry{
		"color":  {Level: typev1.Level_BASIC, Kind: listing.String},
		"credit": {Level: typev1.Level_BASIC, Kind: listing.Decimal},
		"vetted": {Level: typev1.Level_BASIC, Kind: listing.Bool},
		"since":  {Level: typev1.Level_BASIC, Kind: listing.Date},
		"secret": {Level: typev1.Level_EXECUTIVE, Kind: listing.String},
	}
	if entry, ok := known[key]; ok {
		return entry, nil
	}
	return listing.Entry{}, fault.New(codes.InvalidArgument, "NO_ATTRIBUTE", fault.Text{En: "no such attribute", Zh: "无此属性"})
}

func sealer(t testing.TB) *page.Sealer {
	t.Helper()
	pages, err := page.NewSealer(bytes.Repeat([]byte{7}, page.KeySize))
	require.NoError(t, err)
	return pages
}

func list(t testing.TB) *listing.List {
	t.Helper()
	l, err := listing.Compile(spec(t), sealer(t))
	require.NoError(t, err)
	return l
}

type row struct {
	DisplayName string `db:"display_name"`
	listing.Cursor
}

// read gives the names of one page and the token of the next, the way a store does.
func read(t require.TestingT, db *postgres.DB, l *listing.List, r listing.Request) ([]string, string) {
	plan, err := l.Plan(context.Background(), r)
	require.NoError(t, err, r.Filter)
	query, args := plan.Query("display_name", "things", "id is not null and $1", true)
	var rows []row
	require.NoError(t, db.SelectDynamic(context.Background(), &rows, query, args...), "%s\n%s", r.Filter, query)
	rows, token, err := listing.Page(plan, rows)
	require.NoError(t, err)
	names := []string{}
	for _, r := range rows {
		names = append(names, r.DisplayName)
	}
	return names, token
}

func setup(t testing.TB) (*postgres.DB, *listing.List) {
	t.Helper()
	return testkit.Database(t, migrate), list(t)
}
