package survey

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/settings"
)

const (
	inReach = ` from invitations i join customers c using (customer_id)
	where i.survey_id = $1 and i.state = 6 and c.delete_time is null and guanxi_covers(c.territory, $2)`

	ready = `select i.survey_id, i.invitation_id, i.customer_id, i.stratum` + inReach + ` and i.cleared and i.ask_time > $3 order by i.invitation_id limit $4`

	countWaiting = `select count(*)` + inReach

	giveLinks = `update invitations i set state = 1, secret_hash = n.hash, issue_time = $2, ask_time = $3, cleared = false
	from unnest($4::uuid[], $5::bytea[]) as n (id, hash)
	where i.survey_id = $1 and i.invitation_id = n.id and i.state = 6`

	invitation = `select ` + invitationColumns + ` from invitations i join (select customer_id, territory from customers) c using (customer_id)
	where i.survey_id = $1 and i.invitation_id = $2 and guanxi_covers(c.territory, $3)`

	revoke = `update invitations set state = 5, secret_hash = null, ask_time = null, cleared = false
	where survey_id = $1 and invitation_id = $2 and (state = 6 or not $3 and state in (1, 2))`
)

// Link is an invitation with its secret, which is known while it is issued and never again.
type Link struct {
	Invitation
	Secret string
}

// Issue gives links to invitations that the gate has let through, of customers in the caller's reach; waiting is how many have none then.
func (s *Store) Issue(ctx context.Context, id uuid.UUID, most int32) (links []Link, waiting int64, err error) {
	numbers, err := s.settings.Current(ctx)
	if err != nil {
		return nil, 0, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		x, err := s.read(ctx, lock, id) // who issues at the same time gets the next ones
		if errors.Is(err, postgres.ErrNoRows) || err == nil && !x.Seen(auth.From(ctx)) {
			return resource.Missing(ctx, Name(id), typev1.Level_BASIC)
		}
		if err != nil {
			return err
		}
		now := s.now()
		if x.State != Open || x.EndTime != nil && !now.Before(*x.EndTime) {
			return stateError(x, "is not open", "未在进行中")
		}
		var found []Invitation
		if err := s.db.Select(ctx, &found, ready, id, auth.From(ctx).Scope(), now, most); err != nil {
			return err
		}
		if links, err = s.giveLinks(ctx, x, found, now, numbers); err != nil {
			return err
		}
		return s.db.Get(ctx, &waiting, countWaiting, id, auth.From(ctx).Scope())
	})
	return links, waiting, err
}

// giveLinks draws the secrets and keeps their hashes. The survey is locked, the customers are here.
func (s *Store) giveLinks(ctx context.Context, x *Survey, found []Invitation, now time.Time, numbers *settings.Numbers) ([]Link, error) {
	var links []Link
	customers := make([]uuid.UUID, 0, len(found))
	for _, i := range found {
		customers = append(customers, i.Customer)
	}
	held, err := aggregate.Hold(ctx, s.db, customers)
	if err != nil {
		return nil, err
	}
	var ids []uuid.UUID
	var hashes pq.ByteaArray
	var records []history.Record
	for _, i := range found {
		if h := held[i.Customer]; h == nil || h.Deleted {
			continue
		}
		record, err := i.issued(ctx, x, now)
		if err != nil {
			return nil, err
		}
		link := Link{Invitation: i, Secret: newSecret()}
		links, records = append(links, link), append(records, record)
		ids, hashes = append(ids, i.ID), append(hashes, digest(link.Secret))
	}
	if len(links) == 0 {
		return nil, nil
	}
	if _, err := s.db.Exec(ctx, giveLinks, x.ID, now, remindAt(now, 0, numbers.Survey), pq.Array(ids), hashes); err != nil {
		return nil, err
	}
	return links, aggregate.Record(ctx, s.db, held, records)
}

// remindAt is when the next reminder is due after some; nil: there is none.
func remindAt(now time.Time, after int16, rules settings.Survey) *time.Time {
	if int32(after) >= rules.MostReminders {
		return nil
	}
	at := now.AddDate(0, 0, int(rules.RemindDays))
	return &at
}

// Revoke takes an invitation back.
func (s *Store) Revoke(ctx context.Context, id, invited uuid.UUID) (i *Invitation, x *Survey, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if x, i, err = s.invitation(ctx, id, invited); err != nil {
			return err
		}
		held, err := aggregate.Hold(ctx, s.db, []uuid.UUID{i.Customer})
		if err != nil {
			return err
		}
		if x.State != Open || held[i.Customer] == nil {
			return stateError(x, "is not open", "未在进行中")
		}
		result, err := s.db.Exec(ctx, revoke, id, invited, x.Anonymous)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, notRevocableError(i))
		}
		_, i, err = s.invitation(ctx, id, invited)
		return err
	})
	return i, x, err
}

// invitation reads one of a customer in the caller's reach, and its survey.
func (s *Store) invitation(ctx context.Context, id, invited uuid.UUID) (*Survey, *Invitation, error) {
	x, err := s.Get(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	var i Invitation
	err = s.db.Get(ctx, &i, invitation, id, invited, auth.From(ctx).Scope())
	if errors.Is(err, postgres.ErrNoRows) {
		err = resource.Missing(ctx, resource.Name("surveys", id, "invitations", invited), typev1.Level_BASIC)
	}
	return x, &i, err
}

// Invitations reads a page of those of a survey, of customers in the caller's reach.
func (s *Store) Invitations(ctx context.Context, plan *listing.Plan, of uuid.UUID) ([]*Invitation, string, error) {
	query, args := plan.Query(invitationColumns, `invitations join (select customer_id, territory from customers) c using (customer_id)`,
		"survey_id = $1 and guanxi_covers(territory, $2)", of, auth.From(ctx).Scope())
	var rows []struct {
		Invitation
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]*Invitation, len(rows))
	for i := range rows {
		out[i] = &rows[i].Invitation
	}
	return out, next, err
}
