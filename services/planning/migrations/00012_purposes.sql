-- What people have consented to for one purpose alone.

-- +goose Up

-- purpose * 100 + medium, by the numbers of profile's API, where a person has said something else for the purpose than for any.
alter table people add column granted_for integer[] not null default '{}', add column denied_for integer[] not null default '{}';

-- The media of a list that hold for a purpose (0: none in particular): those said for any, but for those of which the contrary was said for the purpose, and those said for it.
create function planning_media(said integer[], said_for integer[], contrary_for integer[], purpose integer) returns integer[]
    language sql immutable parallel safe
    return array(
        select m from unnest(said) as m where purpose * 100 + m <> all (contrary_for)
        union
        select f % 100 from unnest(said_for) as f where purpose > 0 and f / 100 = purpose
    );

-- +goose Down
drop function planning_media;
alter table people drop column granted_for, drop column denied_for;
