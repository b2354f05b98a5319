package rekey

// The tables, with a label that has the schema when it is not public. Partitions are reached through what they are parts of.
const relations = `with relations as (
	select c.oid, case n.nspname when 'public' then c.relname::text else n.nspname || '.' || c.relname end as label
	from pg_class c join pg_namespace n on n.oid = c.relnamespace
	where c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
), names as (
	select a.attrelid, a.attnum, a.attname from relations r join pg_attribute a on a.attrelid = r.oid
	where a.attnum > 0 and not a.attisdropped and a.atttypid = 'uuid'::regtype and (a.attname = 'customer_id' or a.attname like '%\_customer\_id')
)`

// A unique index without conditions over columns that are never empty does for a primary key.
const selectColumns = relations + `, keys as (
	select distinct on (i.indrelid) i.indrelid, i.indkey::int2[] as columns, i.indnkeyatts as size from relations r join pg_index i on i.indrelid = r.oid
	where i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null and not exists (
		select from pg_attribute a where a.attrelid = i.indrelid and a.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1]) and not a.attnotnull)
	order by i.indrelid, i.indisprimary desc, i.indexrelid
)
select r.label, a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as not_null, a.attgenerated <> '' as generated,
	n.attnum is not null as customer, t.typname in ('json', 'jsonb') as json, t.typcategory in ('A', 'C') as nested,
	coalesce((select p.position from unnest(k.columns) with ordinality as p (number, position) where p.number = a.attnum and p.position <= k.size), 0) as key
from relations r
join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid
left join names n on n.attrelid = a.attrelid and n.attnum = a.attnum
left join keys k on k.indrelid = r.oid
order by r.label, a.attnum`

// pg_depend tells of which columns an expression or a condition is.
const selectUniques = relations + `
select r.label,
	array(select pg_get_indexdef(i.indexrelid, p.position, true) from generate_series(1, i.indnkeyatts) as p (position) order by p.position) as parts,
	coalesce(
		(select array(select format('operator(%I.%s)', n.nspname, o.oprname) from unnest(x.conexclop) with ordinality as u (id, position)
			join pg_operator o on o.oid = u.id join pg_namespace n on n.oid = o.oprnamespace order by u.position)
			from pg_constraint x where x.conindid = i.indexrelid and x.contype in ('x', 'p', 'u') and x.conexclop is not null),
		array_fill(case when i.indnullsnotdistinct then 'is not distinct from' else '=' end, array[i.indnkeyatts::int])) as operators,
	coalesce(pg_get_expr(i.indpred, i.indrelid, true), '') as predicate,
	array(select n.attname::text from names n where n.attrelid = i.indrelid and n.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1])) as columns
from relations r join pg_index i on i.indrelid = r.oid
where (i.indisunique or i.indisexclusion) and i.indislive and exists (
	select from names n where n.attrelid = i.indrelid and (
		n.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1])
		or exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = i.indexrelid and d.refobjid = i.indrelid and d.refobjsubid = n.attnum)))
order by r.label, i.indexrelid`

const selectChecks = relations + `
select r.label, pg_get_expr(k.conbin, k.conrelid, true) as expression
from relations r join pg_constraint k on k.conrelid = r.oid
where k.contype = 'c' and exists (select from names n where n.attrelid = r.oid and n.attnum = any (k.conkey))
order by r.label, k.conname`

const selectForeign = relations + `
select k.conname as name, child.label as child, parent.label as parent, k.condeferrable as deferrable, k.confupdtype::text as on_update,
	array(select a.attname::text from unnest(k.conkey) with ordinality as u (number, position)
		join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number order by u.position) as from_columns,
	array(select a.attname::text from unnest(k.confkey) with ordinality as u (number, position)
		join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.number order by u.position) as to_columns
from pg_constraint k join relations child on child.oid = k.conrelid join relations parent on parent.oid = k.confrelid
where k.contype = 'f' and k.conparentid = 0 and parent.label <> 'customers'
order by child.label, k.conname`

const selectWaiting = `select format('%I.%I', n.nspname, k.conname) from pg_constraint k join pg_namespace n on n.oid = k.connamespace
	where k.condeferred and k.conparentid = 0 group by 1 order by 1`
