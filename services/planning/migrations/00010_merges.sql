-- When customers are merged all that is kept of one becomes the other's: see libs/rekey.

-- +goose Up
select guanxi_defer_customer_keys();

-- Only added to, as before; that a customer is merged changes whom an entry is of and nothing else, and an entry that is put aside meanwhile comes back.
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

-- A contact that was made is a fact: that the survivor has made the one of the same period and number as well must not put it aside. What is still to be made is needed once.
drop index contacts_policy;
create unique index contacts_policy on contacts (customer_id, activity, role, period_start, number) where origin = 1 and state not in (3, 4);
drop index contacts_special;
create unique index contacts_special on contacts (customer_id, source, period_start) where origin = 2 and state not in (3, 4);

-- +goose Down
drop index contacts_special, contacts_policy;
create unique index contacts_policy on contacts (customer_id, activity, role, period_start, number) where origin = 1 and state <> 4;
create unique index contacts_special on contacts (customer_id, source, period_start) where origin = 2 and state <> 4;
-- +goose StatementBegin
create or replace function compliance_register_stays() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and new.person_id is null and (to_jsonb(old) - 'person_id') = (to_jsonb(new) - 'person_id') then
        return new; -- the person was removed
    end if;
    raise exception 'the compliance register is only added to';
end
$$;
-- +goose StatementEnd
