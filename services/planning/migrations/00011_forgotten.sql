-- An entry of the compliance register is about one person. When he is forgotten, what was said of why goes with who it was.

-- +goose Up
-- +goose StatementBegin
create or replace function compliance_register_stays() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and new.person_id is null and new.reason in ('', old.reason)
        and (to_jsonb(old) - array['person_id', 'reason']) = (to_jsonb(new) - array['person_id', 'reason']) then
        return new; -- the person was removed
    end if;
    if guanxi_rekeying() and tg_op = 'UPDATE' and (to_jsonb(old) - 'customer_id') = (to_jsonb(new) - 'customer_id') then
        return new;
    end if;
    if guanxi_rekeying() and tg_op = 'DELETE' then
        return old;
    end if;
    raise exception 'the compliance register is only added to';
end
$$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
create or replace function compliance_register_stays() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and new.person_id is null and (to_jsonb(old) - 'person_id') = (to_jsonb(new) - 'person_id') then
        return new; -- the person was removed
    end if;
    if guanxi_rekeying() and tg_op = 'UPDATE' and (to_jsonb(old) - 'customer_id') = (to_jsonb(new) - 'customer_id') then
        return new;
    end if;
    if guanxi_rekeying() and tg_op = 'DELETE' then
        return old;
    end if;
    raise exception 'the compliance register is only added to';
end
$$;
-- +goose StatementEnd
