package main

// Ids grow, as those of UUIDv7 do; case and clock of a number have the id of that number. A customer has four cases. All clocks run out in a year or later.
const (
	clockSQL = `cast(lpad(to_hex(i), 8, '0') || '-0000-7000-8000-000000000001' as uuid)`
	ownerSQL = `cast(lpad(to_hex(1 + i / 4), 8, '0') || '-0000-7000-8000-000000000000' as uuid)`

	fillTold = `insert into customers (customer_id, territory, owner, display_name, create_time)
		select ` + idSQL + `, 'cn/south/' || i % 30, 'owner' || i % 300, 'customer ' || i, now() from generate_series(1, 1 + $1::int / 4) i`

	fillOpenCases = `insert into cases (customer_id, case_id, request_kind, track, phase, technicality, severity, severity_basis, major, state, title, product_line, product_code,
			cause, assignee, received_time, revision, create_time, update_time, issue_group_id)
		select ` + ownerSQL + `, ` + clockSQL + `, 2, 1, 1, 1, 1 + i % 4, 2, false, 4, 'case ' || i, '', '', '', 'owner' || i % 300, now(), 1, now(), now(), ` + clockSQL + ` -- grouped, so that nobody else has something to do with it
		from generate_series(1, $1::int) i`

	fillClocks = `insert into clocks (customer_id, case_id, clock_id, measure, rule_id, rule_version, calendar_id, calendar_version, sla_factor, customer_factor, target_seconds,
			pauses, state, used_seconds, intervals, alarms, change_time, running_since, due_time, next_alarm_time, next_alarm)
		select ` + ownerSQL + `, ` + clockSQL + `, ` + clockSQL + `, 2, ` + clockSQL + `, 1, ` + clockSQL + `, 1, 1, 1, 3600, true, 1, 0, 0, 2, now(), now(),
			now() + interval '1 year' + i * interval '1 second', now() + interval '1 year' + i * interval '1 second', 1
		from generate_series(1, $1::int) i`

	// The breach itself, and that the region is told of it.
	fillAlarms = `insert into clock_alarms (customer_id, case_id, clock_id, number, level, trigger, at_seconds, fire_time, add_time)
		select customer_id, case_id, clock_id, n, 2 * (n - 1), 2, 3600, due_time, now() from clocks, generate_series(1, 2) n where $1 > 0`

	fillDesks = `insert into desks (desk_id, territory, label_en, label_zh, leads, inactive, author, create_time, update_time)
		values (gen_random_uuid(), 'cn/south', '', '', '{lead}', false, '', now(), now())`

	copyClocks = `create table floor_clocks (like clocks including all);
		create table floor_alarms (like clock_alarms including all);
		insert into floor_clocks table clocks;
		insert into floor_alarms table clock_alarms`

	// The clocks of these numbers run out from an instant on, so far apart.
	ringAlarms = `update clock_alarms a set fire_time = cast($3 as timestamptz) + (i - $1) * make_interval(secs => $4)
		from generate_series($1::int, $2::int) i
		where (a.customer_id, a.case_id, a.clock_id) = (` + ownerSQL + `, ` + clockSQL + `, ` + clockSQL + `)`

	ringClocks = `update clocks a set next_alarm_time = t.at, due_time = t.at
		from (select i, cast($3 as timestamptz) + (i - $1) * make_interval(secs => $4) as at from generate_series($1::int, $2::int) i) t
		where (a.customer_id, a.case_id, a.clock_id) = (` + ownerSQL + `, ` + clockSQL + `, ` + clockSQL + `)`

	ringFloorAlarms = `update floor_alarms a set fire_time = cast($3 as timestamptz) + (i - $1) * make_interval(secs => $4)
		from generate_series($1::int, $2::int) i
		where (a.customer_id, a.case_id, a.clock_id) = (` + ownerSQL + `, ` + clockSQL + `, ` + clockSQL + `)`

	ringFloorClocks = `update floor_clocks a set next_alarm_time = t.at, due_time = t.at
		from (select i, cast($3 as timestamptz) + (i - $1) * make_interval(secs => $4) as at from generate_series($1::int, $2::int) i) t
		where (a.customer_id, a.case_id, a.clock_id) = (` + ownerSQL + `, ` + clockSQL + `, ` + clockSQL + `)`

	leftOver = `select exists (select from clocks where next_alarm_time <= now())`

	floorDue = `with due as (
			select customer_id, case_id, clock_id from floor_clocks where next_alarm_time <= $1 order by next_alarm_time, customer_id limit $2 for no key update skip locked
		), fired as (
			update floor_alarms a set fired_time = $1 from due d where (a.customer_id, a.case_id, a.clock_id) = (d.customer_id, d.case_id, d.clock_id)
		)
		update floor_clocks k set breach_time = $1, next_alarm_time = null, next_alarm = null from due d
		where (k.customer_id, k.case_id, k.clock_id) = (d.customer_id, d.case_id, d.clock_id)`

	// From when a clock ran out until its breach was committed, and until the broker had it.
	breachLags = `select extract(epoch from pg_xact_commit_timestamp(e.xmin) - e.planned_time) * 1000 as committed,
			extract(epoch from o.published_at - e.planned_time) * 1000 as published
		from escalations e join outbox o on o.aggregate_id = e.customer_id and o.subject = 'guanxi.voice.case.breached.v1'
			and cast(o.data as jsonb)->>'case' = 'cases/' || e.case_id
		where e.planned_time >= $1 order by e.planned_time`

	countBreaches = `select count(*) as all, count(distinct cast(data as jsonb)->>'clock') as different from outbox
		where subject = 'guanxi.voice.case.breached.v1' and occur_time >= $1`
)
