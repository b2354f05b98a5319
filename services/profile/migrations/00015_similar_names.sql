-- Names that are not the same and may be meant to be: they cannot be compared by hashes.

-- +goose Up

-- The normalized names of an organization. Those of persons are not kept here: what is known of people is sealed.
alter table match_states add column names text[] not null default '{}';

-- The weight of similar names as shipped, for versions in which nobody has chosen it.
update settings set body = jsonb_set(body, '{duplicates,similarName}', '0.6') where body ? 'duplicates' and not body -> 'duplicates' ? 'similarName';

-- +goose Down
alter table match_states drop column names;
