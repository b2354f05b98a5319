package main

// floorSQL is what somebody would write who needs the figures once and for nobody but himself: sums and rhythm of each customer from the orders, rank, class, ABC,
// tier, stage, score and grade, into a table. It knows no history, no events, no overrides, judgements, currencies or hysteresis.
const floorSQL = `
drop table if exists floor_standings;
create table floor_standings as
with days as (
	select customer_id, order_day, order_day - lag(order_day) over (partition by customer_id order by order_day) as gap
	from (select distinct customer_id, order_day from orders where amount > 0) d
), rhythm as (
	select customer_id, min(order_day) as first_day, max(order_day) as last_day, count(*) as order_days, percentile_cont(0.5) within group (order by gap) as median
	from days group by customer_id
), spread as (
	select customer_id, percentile_cont(0.5) within group (order by abs(gap - median)) as deviation from days join rhythm using (customer_id) where gap is not null
	group by customer_id
), w as (
	select cast(date_trunc('month', current_date) - interval '11 months' as date) as y, cast(date_trunc('month', current_date) - interval '23 months' as date) as yy,
		cast(date_trunc('year', current_date) as date) as f, cast(date_trunc('year', current_date) - interval '1 year' as date) as ff
), sums as (
	select customer_id, coalesce(sum(amount * rate) filter (where order_day >= y), 0) as sales, coalesce(sum(gross_profit * rate) filter (where order_day >= y), 0) as gross,
		coalesce(sum(net_profit * rate) filter (where order_day >= y), 0) as net,
		coalesce(sum(gross_profit * rate) filter (where order_day >= yy and order_day < y), 0) as previous,
		coalesce(sum(amount * rate) filter (where order_day >= f), 0) as year_sales,
		coalesce(sum(amount * rate) filter (where order_day >= ff and order_day < f), 0) as last_sales,
		coalesce(sum(gross_profit * rate) filter (where order_day >= ff and order_day < f), 0) as last_gross,
		count(*) filter (where order_day >= y) as orders, count(distinct product_lines) filter (where order_day >= y) as lines
	from orders cross join w group by customer_id
), ranked as (
	select c.customer_id, r.first_day, r.last_day, r.order_days, r.median, d.deviation, u.sales, u.gross, u.net, u.previous, u.year_sales, u.last_sales, u.last_gross, u.orders, u.lines,
		row_number() over (order by u.gross desc, c.customer_id) as place, count(*) over () as n,
		u.gross / least(greatest((current_date - r.first_day) / 30 + 1, 1), 12) as contribution, current_date - r.last_day as silence
	from customers c join rhythm r using (customer_id) left join spread d using (customer_id) join sums u using (customer_id)
), scored as (
	select *, (case when last_gross >= 300000 then 4 when last_gross >= 100000 then 3 when last_gross >= 30000 then 2 else 1 end
		+ case when last_sales >= 1000000 then 4 when last_sales >= 500000 then 3 when last_sales >= 50000 then 2 else 1 end
		+ case when sales >= 1000000 then 4 when sales >= 500000 then 3 when sales >= 50000 then 2 else 1 end
		+ case when first_day <= current_date - interval '5 years' then 4 when first_day <= current_date - interval '3 years' then 3
			when first_day <= current_date - interval '1 year' then 2 else 1 end) * 25 / 4.0 as score
	from ranked
)
select *, case when place <= ceil(n * 0.01) then 5 when place <= ceil(n * 0.2) then 4 when place <= ceil(n * 0.5) then 3 else 2 end as class,
	case when place <= ceil(n * 0.05) then 3 when place <= ceil(n * 0.2) then 2 else 1 end as abc,
	width_bucket(contribution, array[0, 300, 2000, 10000, 100000]::numeric[]) as tier,
	case when silence > 365 then 5 when order_days < 3 then 3 else 4 end as role,
	case when silence > median + greatest(3 * 1.4826 * deviation, 0.5 * median) or sales < 0.7 * previous then 4 when order_days >= 5 then 3 else 2 end as stage,
	case when score >= 85 then 'S' when score >= 70 then 'A' when score >= 50 then 'B' else 'C' end as grade
from scored;
alter table floor_standings add primary key (customer_id);
create index on floor_standings (class, customer_id);
create index on floor_standings (tier, customer_id);
create index on floor_standings (gross desc, customer_id)`
