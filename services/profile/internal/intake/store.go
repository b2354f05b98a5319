package intake

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// Store keeps how far imports have come, and what they rejected.
type Store struct {
	db  *postgres.DB
	now func() time.Time
}

const columns = `subject, import_id, digest, last_line, total_count, stored_count, unchanged_count, repeated_count, rejected_count, created_count,
	changed_count, create_time, update_time`

const selectImport = `select ` + columns + ` from imports where subject = $1 and import_id = $2`

// Get reads the caller's import.
func (s *Store) Get(ctx context.Context, id string) (*Import, error) {
	var i Import
	err := s.db.Get(ctx, &i, selectImport, auth.From(ctx).Subject, id)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, fault.NotFound("imports/" + id)
	}
	return &i, err
}

const startImport = `insert into imports (` + columns + `)
	values (:subject, :import_id, :digest, 0, 0, 0, 0, 0, 0, 0, 0, :create_time, :create_time)
	on conflict (subject, import_id) do nothing`

// Start finds the caller's import or begins it.
func (s *Store) Start(ctx context.Context, id, digest string) (*Import, error) {
	fresh := Import{Subject: auth.From(ctx).Subject, ID: id, Digest: digest, CreateTime: s.now()}
	if _, err := s.db.NamedExec(ctx, startImport, fresh); err != nil {
		return nil, err
	}
	i, err := s.Get(ctx, id)
	if err == nil && i.Digest != digest {
		err = conflict(id, fault.Text{En: "it was begun with another file or mapping", Zh: "该导入是以另一文件或映射开始的"})
	}
	return i, err
}

func conflict(id string, text fault.Text) error {
	return fault.New(codes.Aborted, "IMPORT_CONFLICT", fault.Text{En: "imports/" + id + ": " + text.En, Zh: "imports/" + id + ":" + text.Zh})
}

const lockImport = selectImport + ` for update`

// Lock keeps other streams from the import until the transaction ends, and refuses if another has moved it on.
func (s *Store) Lock(ctx context.Context, i *Import) error {
	var stored Import
	if err := s.db.Get(ctx, &stored, lockImport, i.Subject, i.ID); err != nil {
		return err
	}
	if stored.LastLine != i.LastLine {
		return conflict(i.ID, fault.Text{En: "another stream is writing it", Zh: "另一个流正在写入该导入"})
	}
	return nil
}

const saveImport = `update imports set last_line = :last_line, total_count = :total_count, stored_count = :stored_count, unchanged_count = :unchanged_count,
		repeated_count = :repeated_count, rejected_count = :rejected_count, created_count = :created_count, changed_count = :changed_count,
		update_time = :update_time
	where subject = :subject and import_id = :import_id`

// Save stores how far the import has come, with what it rejected on the way.
func (s *Store) Save(ctx context.Context, i *Import, rejections []Rejection) error {
	i.UpdateTime = s.now()
	if _, err := s.db.NamedExec(ctx, saveImport, i); err != nil || len(rejections) == 0 {
		return err
	}
	names := []string{"subject", "import_id", "first_line", "line_count", "field", "rule", "reason_en", "reason_zh"}
	return s.db.CopyIn(ctx, "import_rejections", names, func(yield func([]any) bool) {
		for _, r := range rejections {
			if !yield([]any{i.Subject, i.ID, r.FirstLine, r.LineCount, r.Field, r.Rule, r.ReasonEn, r.ReasonZh}) {
				return
			}
		}
	})
}

// Rejections reads a page of what the caller's import rejected.
func (s *Store) Rejections(ctx context.Context, id string, plan *listing.Plan) ([]Rejection, string, error) {
	query, args := plan.Query("first_line, line_count, field, rule, reason_en, reason_zh", "import_rejections",
		"subject = $1 and import_id = $2", auth.From(ctx).Subject, id)
	var rows []struct {
		Rejection
		listing.Cursor
	}
	if err := s.db.SelectDynamic(ctx, &rows, query, args...); err != nil {
		return nil, "", err
	}
	rows, next, err := listing.Page(plan, rows)
	out := make([]Rejection, len(rows))
	for i, r := range rows {
		out[i] = r.Rejection
	}
	return out, next, err
}
