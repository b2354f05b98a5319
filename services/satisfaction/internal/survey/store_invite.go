package survey

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const (
	// Ids are UUIDv7: the milliseconds of a time before chance. The gate is asked once links work.
	made = ` as (
		insert into invitations (survey_id, invitation_id, customer_id, stratum, state, ask_time, create_time)
		select t.survey_id, encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
				placing substring(int8send((extract(epoch from t.now) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid,
			p.customer_id, p.stratum, 6, greatest(t.now, t.start_time), t.now
		from part p cross join this t
	)`

	// Customers are held until the invitations refer to them.
	inviteDrawn = `with this as (select $1::uuid as survey_id, $2::timestamptz as now, $3::timestamptz as start_time), part as (
		select f.stratum, f.position, f.customer_id from survey_frame f join customers c using (customer_id)
		where f.survey_id = $1 and (f.stratum, f.position) > ($4, $5)
		order by f.stratum, f.position limit $6 for key share of c
	), made` + made + `
	select stratum, position, count(*) over () as count from part order by stratum desc, position desc limit 1`

	inviteAll = `with this as (select $10::uuid as survey_id, $11::timestamptz as now, $12::timestamptz as start_time), held as (
		select c.customer_id, ` + label + ofPopulation + ` and c.customer_id > $13 order by c.customer_id limit $14 for key share of c
	), part as (
		select h.customer_id, s.stratum from held h join survey_strata s on s.survey_id = $10 and s.label = h.label
	), made` + made + `
	select customer_id, count(*) over () as count from held order by customer_id desc limit 1`
)

// inviteDrawn makes invitations of those that are drawn, from a place on, and opens the survey after the last ones.
func (s *Store) inviteDrawn(ctx context.Context, x *Survey, cursor string) (did operation.Progress, err error) {
	var last struct {
		Stratum  int16 `db:"stratum"`
		Position int64 `db:"position"`
		Count    int64 `db:"count"`
	}
	if _, err := fmt.Sscanf(cursor, "%d:%d", &last.Stratum, &last.Position); err != nil {
		return did, err
	}
	err = s.db.Get(ctx, &last, inviteDrawn, x.ID, s.now(), x.StartTime, last.Stratum, last.Position, chunk)
	if err != nil && !errors.Is(err, postgres.ErrNoRows) {
		return did, err
	}
	if last.Count == chunk {
		return operation.Progress{Cursor: fmt.Sprintf("%d:%d", last.Stratum, last.Position), Done: last.Count}, nil
	}
	return s.finish(ctx, x, last.Count)
}

// inviteAll makes invitations of the population, after a customer, and opens the survey after the last ones.
func (s *Store) inviteAll(ctx context.Context, x *Survey, after string) (did operation.Progress, err error) {
	var last struct {
		Customer uuid.UUID `db:"customer_id"`
		Count    int64     `db:"count"`
	}
	err = s.db.Get(ctx, &last, inviteAll, append(x.frame(ctx), x.ID, s.now(), x.StartTime, after, chunk)...)
	if err != nil && !errors.Is(err, postgres.ErrNoRows) {
		return did, err
	}
	if last.Count == chunk {
		return operation.Progress{Cursor: atCustomer + last.Customer.String(), Done: last.Count}, nil
	}
	if err := s.correct(ctx, x, invitedOf); err != nil {
		return did, err
	}
	return s.finish(ctx, x, last.Count)
}

// finish opens the survey.
func (s *Store) finish(ctx context.Context, x *Survey, count int64) (did operation.Progress, err error) {
	if _, err := s.db.Exec(ctx, deleteFrame, x.ID); err != nil {
		return did, err
	}
	now := s.now()
	x.State, x.OpenTime = Open, &now
	if err := s.put(ctx, x); err != nil {
		return did, err
	}
	return operation.Progress{Cursor: "done", Done: count, Finished: true}, s.announce(ctx)(x.opened(ctx))
}
