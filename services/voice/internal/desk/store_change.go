package desk

import (
	"context"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

const (
	insert = `insert into desks (` + columns + `) values (:desk_id, :territory, :label_en, :label_zh, :leads, :inactive, :author, :create_time, :update_time, :revision)`

	update = `update desks set label_en = :label_en, label_zh = :label_zh, leads = :leads, inactive = :inactive, update_time = :update_time, revision = :revision
	where desk_id = :desk_id`

	// Members who stay keep their rows: somebody may be waiting for them.
	dropMembers = `delete from desk_members where desk_id = $1 and not subject = any($2)`
	putMember   = `insert into desk_members (desk_id, subject, number, request_kinds, product_lines, languages, capacity) values ($1, $2, $3, $4, $5, $6, $7)
	on conflict (desk_id, subject) do update set number = excluded.number, request_kinds = excluded.request_kinds, product_lines = excluded.product_lines,
		languages = excluded.languages, capacity = excluded.capacity`

	used   = `select exists (select from cases where desk_id = $1) or exists (select from escalations where desk_id = $1)`
	remove = `delete from desks where desk_id = $1`
)

// Create stores a desk.
func (s *Store) Create(ctx context.Context, d *Desk) error {
	var err error
	if d.ID, err = uuid.NewV7(); err != nil {
		return err
	}
	d.Author, d.CreateTime, d.Revision = auth.From(ctx).Subject, s.now(), 1
	d.UpdateTime = d.CreateTime
	return taken(d, s.db.InTx(ctx, func(ctx context.Context) error {
		if _, err := s.db.NamedExec(ctx, insert, rowOf(d)); err != nil {
			return err
		}
		if err := s.putMembers(ctx, d); err != nil {
			return err
		}
		return s.announce(ctx)(d.created(ctx))
	}))
}

// putMembers stores the members of a desk that the transaction holds.
func (s *Store) putMembers(ctx context.Context, d *Desk) error {
	subjects := make([]string, len(d.Members))
	for i := range d.Members {
		subjects[i] = d.Members[i].Subject
	}
	if _, err := s.db.Exec(ctx, lockMembers, d.ID); err != nil { // in the order of those who assign
		return err
	}
	if _, err := s.db.Exec(ctx, dropMembers, d.ID, pq.Array(subjects)); err != nil {
		return err
	}
	for i, m := range d.Members {
		kinds := make(pq.Int32Array, len(m.RequestKinds))
		for j, k := range m.RequestKinds {
			kinds[j] = int32(k)
		}
		lines, languages := pq.StringArray(postgres.OrEmpty(m.ProductLines)), pq.StringArray(postgres.OrEmpty(m.Languages))
		if _, err := s.db.Exec(ctx, putMember, d.ID, m.Subject, i, kinds, lines, languages, m.Capacity); err != nil {
			return err
		}
	}
	return nil
}

// taken says what is wrong with a second active desk of a territory.
func taken(d *Desk, err error) error {
	if postgres.Violated(err, "desks_territory") {
		return fault.New(codes.AlreadyExists, "DESK", fault.Text{
			En: called(d.Territory) + " has an active desk already", Zh: "该区域已有启用的服务台：" + d.Territory,
		})
	}
	return err
}

// Change locks a desk, holds the caller to its etag, and stores what set made of it; fields are those that set changed, none when nothing did.
func (s *Store) Change(ctx context.Context, id uuid.UUID, tag string, set func(d *Desk) (fields []string, err error)) (d *Desk, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		if d, err = s.read(ctx, lock, id); err != nil {
			return err
		}
		if err := etag.Check(tag, d.Revision, d.Name()); err != nil {
			return err
		}
		fields, err := set(d)
		if err != nil || len(fields) == 0 {
			return err
		}
		d.UpdateTime = s.now()
		d.Revision++
		if _, err := s.db.NamedExec(ctx, update, rowOf(d)); err != nil {
			return err
		}
		if err := s.putMembers(ctx, d); err != nil {
			return err
		}
		if err := s.announce(ctx)(d.changed(ctx, fields)); err != nil {
			return err
		}
		d, err = s.read(ctx, selectByID, id) // new members may have cases from earlier
		return err
	})
	if err != nil && d != nil {
		return nil, taken(d, err)
	}
	return d, err
}

// Delete removes a desk that was never used. Its events stay and its number is never given again.
func (s *Store) Delete(ctx context.Context, id uuid.UUID, tag string) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		d, err := s.read(ctx, lock, id)
		if err != nil {
			return err
		}
		if err := etag.Check(tag, d.Revision, d.Name()); err != nil {
			return err
		}
		// A case that is being assigned holds the members; once they are held here, it can be seen.
		if _, err := s.db.Exec(ctx, lockMembers, d.ID); err != nil {
			return err
		}
		var is bool
		if err := s.db.Get(ctx, &is, used, id); err != nil {
			return err
		}
		if is {
			return fault.New(codes.FailedPrecondition, "DESK_IN_USE", fault.Text{
				En: d.Name() + " has had cases or was told of some; make it inactive instead", Zh: d.Name() + " 已有案件或升级记录，不能删除；请改为停用",
			})
		}
		if err := s.announce(ctx)(d.deleted(ctx, s.now())); err != nil {
			return err
		}
		_, err = s.db.Exec(ctx, remove, id)
		return err
	})
}
