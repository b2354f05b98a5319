-- Working time: business calendars as versions that are never changed, and what each comes to in spans, so that the database can reckon working time of many cases at once.

-- +goose Up

create table business_calendars (
    calendar_id uuid        not null,
    code        text        not null, -- what people and rules call it; never changes
    version     integer     not null, -- the newest one, which is in force
    create_time timestamptz not null,
    sequence    bigint      not null default 0, -- of its events
    constraint business_calendars_pkey primary key (calendar_id),
    constraint business_calendars_code unique (code)
);

create table business_calendar_versions (
    calendar_id uuid        not null references business_calendars (calendar_id),
    version     integer     not null,
    body        jsonb       not null, -- the BusinessCalendar of the API without what the other columns say
    author      text        not null, -- empty: shipped
    create_time timestamptz not null,
    -- What calendar_spans covers. Outside of it the functions below answer null and the caller has to reckon himself.
    spans_from  timestamptz not null,
    spans_to    timestamptz not null,
    constraint business_calendar_versions_pkey primary key (calendar_id, version)
);

-- The working spans of a version in order, none touching the next, with the working seconds of those before each.
create table calendar_spans (
    calendar_id    uuid        not null,
    version        integer     not null,
    start_time     timestamptz not null,
    end_time       timestamptz not null,
    seconds_before bigint      not null,
    constraint calendar_spans_pkey primary key (calendar_id, version, start_time),
    constraint calendar_spans_version foreign key (calendar_id, version) references business_calendar_versions (calendar_id, version),
    constraint calendar_spans_forward check (end_time > start_time)
);
-- Spans of more than no time each: the seconds before them are as unique as their starts. It answers when so much working time is used up.
create unique index calendar_spans_seconds on calendar_spans (calendar_id, version, seconds_before);

-- The working seconds of a version before an instant, counted from where its spans begin; one index lookup. Null outside of the spans.
-- +goose StatementBegin
create function voice_seconds_before(cal uuid, ver integer, at timestamptz) returns bigint
    language sql stable parallel safe
    return (
        select case
            when at < v.spans_from or at > v.spans_to then null
            else coalesce((
                select s.seconds_before + floor(extract(epoch from least(s.end_time, at) - s.start_time))::bigint
                from calendar_spans s
                where s.calendar_id = cal and s.version = ver and s.start_time <= at
                order by s.start_time desc limit 1
            ), 0)
        end
        from business_calendar_versions v where v.calendar_id = cal and v.version = ver
    );
-- +goose StatementEnd

-- The working seconds between two instants, as calendar.Between reckons them; 0 when the second is not after the first. Null outside of the spans.
-- +goose StatementBegin
create function voice_worked(cal uuid, ver integer, from_time timestamptz, to_time timestamptz) returns bigint
    language sql stable parallel safe
    return case when to_time <= from_time then 0 else voice_seconds_before(cal, ver, to_time) - voice_seconds_before(cal, ver, from_time) end;
-- +goose StatementEnd

-- When so many working seconds after an instant are used up, as calendar.Add reckons it: the first instant at which they are; for none, the next instant of working time.
-- Null outside of the spans.
-- +goose StatementBegin
create function voice_after(cal uuid, ver integer, from_time timestamptz, seconds bigint) returns timestamptz
    language sql stable parallel safe
    return case
        when seconds > 0 then (
            select case when reached.at <= reached.end_time then reached.at end
            from (
                select s.end_time, s.start_time + make_interval(secs => w.target - s.seconds_before) as at
                from (select voice_seconds_before(cal, ver, from_time) + seconds as target) w,
                    lateral (
                        select c.start_time, c.end_time, c.seconds_before from calendar_spans c
                        where c.calendar_id = cal and c.version = ver and c.seconds_before < w.target
                        order by c.seconds_before desc limit 1
                    ) s
            ) reached
        )
        when voice_seconds_before(cal, ver, from_time) is null then null
        else coalesce(
            (select from_time from (
                select c.end_time from calendar_spans c
                where c.calendar_id = cal and c.version = ver and c.start_time <= from_time
                order by c.start_time desc limit 1
            ) s where s.end_time > from_time),
            (select c.start_time from calendar_spans c
                where c.calendar_id = cal and c.version = ver and c.start_time > from_time
                order by c.start_time limit 1)
        )
    end;
-- +goose StatementEnd

-- +goose Down
drop function voice_after(uuid, integer, timestamptz, bigint);
drop function voice_worked(uuid, integer, timestamptz, timestamptz);
drop function voice_seconds_before(uuid, integer, timestamptz);
drop table calendar_spans;
drop table business_calendar_versions;
drop table business_calendars;
