package rekey_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/rekey"
)

// Everything that a table can make difficult.
const schema = `
create table customers (customer_id uuid primary key);
create table orders (
	customer_id uuid not null references customers on delete cascade,
	order_id uuid not null,
	system text not null,
	number text not null,
	body jsonb,
	old json,
	amount numeric(28, 9) not null,
	rate double precision not null default 0.1,
	tags text[] not null default '{}',
	span daterange,
	digest bytea,
	at timestamptz not null default '2026-01-05 09:00:00.123456+00',
	double_amount numeric generated always as (amount * 2) stored,
	primary key (customer_id, order_id),
	constraint orders_number unique (customer_id, system, number)
);
create table order_lines (
	customer_id uuid not null, order_id uuid not null, line int not null, quantity int not null,
	primary key (customer_id, order_id, line),
	constraint order_lines_order foreign key (customer_id, order_id) references orders on delete cascade
);
-- Rows that know of no customer.
create table notes (
	note_id bigint generated always as identity primary key, order_id uuid not null, text text not null
);
create unique index orders_id on orders (order_id);
alter table notes add constraint notes_order foreign key (order_id) references orders (order_id) on delete cascade;
-- A key without anything of its own.
create table scores (customer_id uuid primary key references customers on delete cascade, score int not null);
-- Partial, over an expression, with nulls.
create table risks (
	customer_id uuid not null, risk_id uuid not null, reason text not null, department text, clear_time timestamptz, primary key (customer_id, risk_id)
);
create unique index risks_open on risks (customer_id, lower(reason)) where clear_time is null;
create unique index risks_department on risks (customer_id, department) nulls not distinct where department <> 'x' or department is null and reason = 'only';
-- Whole organizations.
create table people (
	customer_id uuid not null references customers on delete cascade, person_id uuid not null, reports_to uuid, name text not null, primary key (customer_id, person_id),
	constraint people_reports_to foreign key (customer_id, reports_to) references people on delete set null (reports_to) deferrable initially deferred,
	constraint people_name unique (customer_id, name)
);
-- Two customers in a row.
create table links (
	customer_id uuid not null, order_id uuid not null, other_customer_id uuid not null, other_order_id uuid not null, "Odd name" text not null default '',
	primary key (customer_id, order_id, other_customer_id, other_order_id),
	constraint links_order foreign key (customer_id, order_id) references orders on delete cascade,
	constraint links_other foreign key (other_customer_id, other_order_id) references orders on delete cascade,
	constraint links_apart check (order_id <> other_order_id)
);
create table parents (customer_id uuid not null, parent_customer_id uuid, kind text not null,
	primary key (customer_id, kind), constraint parents_apart check (customer_id <> parent_customer_id));
create table shares (share_id uuid primary key, customer_id uuid not null, other_customer_id uuid not null, constraint shares_once unique (customer_id, other_customer_id));
-- Times that may not overlap.
create extension if not exists btree_gist;
create table stays (customer_id uuid not null, stay_id int not null, during int4range not null, primary key (customer_id, stay_id),
	constraint stays_apart exclude using gist (customer_id with =, during with &&));
-- A parent that the survivor's own can take the place of.
create table recalls (customer_id uuid not null, recall int not null, told boolean not null, primary key (customer_id, recall));
create table recall_items (customer_id uuid not null, recall int not null, item uuid not null, primary key (customer_id, recall, item),
	constraint recall_items_recall foreign key (customer_id, recall) references recalls on delete cascade);
-- Only ever added to, and added up.
create table entries (customer_id uuid not null, entry_id uuid not null, points int not null, primary key (customer_id, entry_id));
create table sums (customer_id uuid primary key, points int not null);
create function entries_stay() returns trigger language plpgsql as $$ begin
	if guanxi_rekeying() then return case tg_op when 'DELETE' then old else new end; end if;
	raise exception 'stays';
end $$;
create trigger entries_stay before update or delete on entries for each row execute function entries_stay();
create function entries_sum() returns trigger language plpgsql as $$ begin
	if not guanxi_rekeying() then
		insert into sums values (new.customer_id, new.points) on conflict (customer_id) do update set points = sums.points + excluded.points;
	end if;
	return null;
end $$;
create trigger entries_sum after insert on entries for each row execute function entries_sum();
create table wishes (wish_id bigint generated always as identity primary key, customer_id uuid);
create schema vault;
create table vault.keys (customer_id uuid not null, person_id uuid primary key, wrapped bytea not null);
create table receipts (customer_id uuid not null);
create table parted (customer_id uuid not null, part int not null, primary key (customer_id, part)) partition by hash (customer_id);
create table parted_0 partition of parted for values with (modulus 2, remainder 0);
create table parted_1 partition of parted for values with (modulus 2, remainder 1);
create table measured (customer_id uuid not null, day date not null, what text[] not null, primary key (customer_id, day, what));
select guanxi_defer_customer_keys();
`

func migrate(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	_, err := db.Exec(ctx, schema)
	return err
}

var (
	merged   = uuid.MustParse("00000000-0000-7000-8000-00000000000a")
	survivor = uuid.MustParse("00000000-0000-7000-8000-00000000000b")
	third    = uuid.MustParse("00000000-0000-7000-8000-00000000000c")
	merge    = uuid.MustParse("00000000-0000-7000-8000-0000000000ff")
)

func mover(db *postgres.DB) *rekey.Mover {
	return rekey.New(db, rekey.Options{Except: []string{"receipts"}, Collections: map[string]string{"orders": "order_id", "people": "person_id"}})
}

var tables = []string{
	"orders", "order_lines", "notes", "scores", "risks", "people", "links", "parents", "shares", "stays", "recalls", "recall_items", "entries", "sums", "wishes", "vault.keys",
	"receipts", "parted", "measured", "rekeyed", "rekey_aside",
}

// dump is all that is in the tables. What SQL calls null and what JSON calls so differ in it.
func dump(ctx context.Context, t require.TestingT, db *postgres.DB) map[string][]string {
	out := map[string][]string{}
	for _, name := range tables {
		var rows []string
		require.NoError(t, db.SelectDynamic(ctx, &rows, `select t::text from `+name+` t order by 1`))
		out[name] = rows
	}
	return out
}

// id makes an id of a number.
func id(n int) uuid.UUID {
	var out uuid.UUID
	out[0], out[6], out[8], out[14], out[15] = 0xee, 0x70, 0x80, byte(n>>8), byte(n)
	return out
}

func exec(t *testing.T, db *postgres.DB, statement string, args ...any) {
	t.Helper()
	_, err := db.Exec(t.Context(), statement, args...)
	require.NoError(t, err, statement)
}

func count(t *testing.T, db *postgres.DB, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, db.GetDynamic(t.Context(), &n, `select count(*) from `+query, args...))
	return n
}
