-- What a merge of customers has moved, so that it can be taken back: see libs/rekey.

-- +goose Up

-- The rows that a merge has given to the survivor, by the parts of their primary keys other than the column that was changed. Many rows of a table stand in one row here.
create table rekeyed (
    merge_id    uuid  not null,
    table_name  text  not null, -- with its schema when that is not public
    column_name text  not null, -- the column that was changed
    keys        jsonb not null  -- [[part, ...], ...]
);
create index rekeyed_merge on rekeyed (merge_id, table_name);

-- Rows that could not be given to the survivor since it has one of the same unique key, with those that refer to them, as they were. A column of type json or jsonb is
-- wrapped in an array, so that its null differs from SQL's.
create table rekey_aside (
    merge_id   uuid  not null,
    table_name text  not null,
    key        jsonb not null, -- all parts of its primary key
    row        jsonb not null,
    constraint rekey_aside_pkey primary key (merge_id, table_name, key)
);

-- Whether the rows of a customer are being given to another one, in this transaction: triggers that let a table only be added to let this pass, and those that add up what
-- comes in do not count what was counted already.
create function guanxi_rekeying() returns boolean language sql stable parallel safe
    as $$ select coalesce(current_setting('guanxi.rekeying', true), '') = 'on' $$;

-- Makes the foreign keys deferrable that tie rows of a customer to each other, so that all of them can be given to another one: rows and those that refer to them change
-- their customer one after the other. They are checked at once as before. A service calls it in a migration after those that make its tables; further calls do no harm.
-- +goose StatementBegin
create function guanxi_defer_customer_keys() returns void language plpgsql as $$
declare
    found record;
begin
    for found in
        select c.conname, c.conrelid::regclass as relation
        from pg_constraint c
        where c.contype = 'f' and not c.condeferrable and c.conparentid = 0
            and (select p.relname from pg_class p where p.oid = c.confrelid) <> 'customers'
            and exists (
                select from unnest(c.conkey, c.confkey) as k (child, parent)
                join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.child
                join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.parent
                where (a.attname = 'customer_id' or a.attname like '%\_customer\_id') and (b.attname = 'customer_id' or b.attname like '%\_customer\_id')
            )
    loop
        execute format('alter table %s alter constraint %I deferrable initially immediate', found.relation, found.conname);
    end loop;
end
$$;
-- +goose StatementEnd

-- +goose Down
drop function guanxi_defer_customer_keys();
drop function guanxi_rekeying();
drop table rekey_aside, rekeyed;
