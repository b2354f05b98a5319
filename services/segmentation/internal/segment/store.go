package segment

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/segmentation/internal/rule"
)

// Store keeps segments and their members.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

// NewStore makes a store.
func NewStore(db *postgres.DB, now func() time.Time) *Store { return &Store{db: db, now: now} }

// plain are the columns of a segment; columns counts its members as well, for who has the scope $1.
const (
	plain = `s.segment_id, s.revision, s.label_en, s.label_zh, s.description_en, s.description_zh, s.rule, s.level, s.state, s.round, s.refresh_time, s.author,
	s.create_time, s.update_time`
	columns = plain + `, (select count(*) from segment_members m join customers c using (customer_id)
		where m.segment_id = s.segment_id and c.delete_time is null and guanxi_covers(c.territory, $1)) as member_count`
)

type written struct {
	Segment
	events.Event
}

const insertSegment = `with bumped as (
	insert into segments (segment_id, sequence, revision, label_en, label_zh, description_en, description_zh, rule, level, state, round, author, create_time, update_time)
	values (:segment_id, 1, :revision, :label_en, :label_zh, :description_en, :description_zh, :rule, :level, :state, :round, :author, :create_time, :update_time)
	returning segment_id as aggregate_id, sequence as version
)` + events.Insert

// Create stores a new segment and asks for its members to be gathered.
func (s *Store) Create(ctx context.Context, g *Segment) error {
	if err := g.check(); err != nil {
		return err
	}
	understood, err := rule.Compile(g.Rule)
	if err != nil {
		return err
	}
	if err := understood.Check(rule.Level(auth.From(ctx).Level)); err != nil {
		return err
	}
	if g.ID, err = uuid.NewV7(); err != nil {
		return err
	}
	now := s.now()
	g.Revision, g.Level, g.Author, g.CreateTime, g.UpdateTime = 1, understood.Level, auth.From(ctx).Subject, now, now
	return s.db.InTx(ctx, func(ctx context.Context) error {
		if err := s.room(ctx, g); err != nil {
			return err
		}
		g.regather()
		event, err := created(ctx, now, g)
		if err != nil {
			return err
		}
		if _, err := s.db.NamedExec(ctx, insertSegment, written{*g, event}); err != nil {
			return err
		}
		return s.refresh(ctx, g)
	})
}

const (
	alone       = `select pg_advisory_xact_lock(hashtextextended('guanxi segments', 0))`
	countActive = `select count(*) from segments where state = 1`
)

// room refuses one more active segment when there are enough. Two that come at the same time come one after the other.
func (s *Store) room(ctx context.Context, g *Segment) error {
	if g.State != Active {
		return nil
	}
	if _, err := s.db.Exec(ctx, alone); err != nil {
		return err
	}
	var count int
	if err := s.db.Get(ctx, &count, countActive); err != nil {
		return err
	}
	if count >= maxActive {
		return tooMany()
	}
	return nil
}

// refresh asks for the members of an active segment to be gathered, in the transaction that makes it necessary.
func (s *Store) refresh(ctx context.Context, g *Segment) error {
	if g.State != Active {
		return nil
	}
	_, err := operation.Start(ctx, s.db, refreshKind, gathering{Segment: g.ID, Round: g.Round}, s.now())
	return err
}

const selectSegment = `select ` + columns + ` from segments s where s.segment_id = $2 and s.level <= $3`

// Get reads a segment within the caller's level.
func (s *Store) Get(ctx context.Context, id uuid.UUID) (*Segment, error) {
	return s.read(ctx, selectSegment, id)
}

const segmentVisible = `select level from segments where segment_id = $1 and level <= $2`

// Visible answers nil when the caller may see the segment.
func (s *Store) Visible(ctx context.Context, id uuid.UUID) error {
	var level int16
	err := s.db.Get(ctx, &level, segmentVisible, id, int16(auth.From(ctx).Level))
	if errors.Is(err, postgres.ErrNoRows) {
		return missing(ctx, id)
	}
	return err
}

func (s *Store) read(ctx context.Context, query string, id uuid.UUID) (*Segment, error) {
	caller := auth.From(ctx)
	var g Segment
	err := s.db.Get(ctx, &g, query, caller.Scope(), id, int16(caller.Level))
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, missing(ctx, id)
	}
	return &g, err
}

// missing does not depend on the caller's territories: segments have none.
func missing(ctx context.Context, id uuid.UUID) error {
	if auth.From(ctx).Level >= typev1.Level_EXECUTIVE {
		return fault.NotFound(Name(id))
	}
	return fault.Hidden(Name(id))
}

// List reads a page of the segments within the caller's level.
func (s *Store) List(ctx context.Context, plan *listing.Plan) ([]Segment, string, error) {
	caller := auth.From(ctx)
	query, args := plan.Query(columns, "segments s", "s.level <= $2", caller.Scope(), int16(caller.Level))
	var rows []struct {
		Segment
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]Segment, len(rows))
	for i, r := range rows {
		out[i] = r.Segment
	}
	return out, next, err
}

const lockSegment = selectSegment + ` for no key update of s`

// locked reads a segment and keeps others from changing it until fn is done and committed.
func (s *Store) locked(ctx context.Context, id uuid.UUID, tag string, fn func(context.Context, *Segment) error) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		g, err := s.read(ctx, lockSegment, id)
		if err != nil {
			return err
		}
		if err := etag.Check(tag, g.Revision, Name(id)); err != nil {
			return err
		}
		return fn(ctx, g)
	})
}
