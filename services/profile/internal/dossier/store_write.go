package dossier

import (
	"context"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/history"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

const (
	putSection = `insert into dossier_sections (` + columns + `)
		values (:customer_id, :code, :revision, :body, :summary, :source, :author, :update_time)
		on conflict (customer_id, code) do update set revision = excluded.revision, body = excluded.body, summary = excluded.summary, source = excluded.source,
			author = excluded.author, update_time = excluded.update_time`
	insertRevision = `insert into dossier_revisions (` + revisions + `)
		values (:customer_id, :revision_id, :code, :revision, :body, :summary, :source, :author, :create_time)`
)

// Write lets change alter a section of the outline and stores what came of it as a new revision with history and event, unless it says what the newest one says.
func (s *Store) Write(ctx context.Context, customer uuid.UUID, code, tag string, change func(*Section) error) (found *Section, err error) {
	if err := aggregate.Visible(ctx, s.db, customer); err != nil { // before anything is said about the section
		return nil, err
	}
	entries, _, err := s.Outline(ctx)
	if err != nil {
		return nil, err
	}
	entry := Find(entries, code)
	if entry == nil {
		return nil, fault.NotFound(Name(customer, code))
	}
	err = aggregate.Change(ctx, s.db, customer, func(ctx context.Context) ([]history.Record, error) {
		if found, err = s.read(ctx, customer, code, entry); err != nil {
			return nil, err
		}
		if err := etag.Check(tag, int64(found.Revision), Name(customer, code)); err != nil {
			return nil, err
		}
		record, differs, err := s.change(ctx, found, change)
		if err != nil || !differs {
			return nil, err
		}
		return []history.Record{record}, nil
	})
	return found, err
}

func (s *Store) change(ctx context.Context, found *Section, change func(*Section) error) (r history.Record, differs bool, err error) {
	before, author, at := found.toProto(), found.Author, found.UpdateTime
	if err := change(found); err != nil {
		return r, false, err
	}
	found.Author, found.UpdateTime = auth.From(ctx).Subject, s.now()
	if r, differs, err = found.record(ctx, before); err != nil || !differs {
		found.Author, found.UpdateTime = author, at
		return r, false, err
	}
	if _, err := s.db.NamedExec(ctx, putSection, found); err != nil {
		return r, false, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return r, false, err
	}
	_, err = s.db.NamedExec(ctx, insertRevision, &Revision{
		Customer: found.Customer, ID: id, Code: found.Code, Revision: found.Revision, Text: found.Text, Summary: found.Summary, Source: found.Source,
		Author: found.Author, CreateTime: found.UpdateTime,
	})
	return r, true, err
}

// State says what came of an incoming section.
type State int

// The states.
const (
	Created State = iota + 1
	Changed
	Unchanged
)

// TakeIn writes those fields of a section that an import has. It is in the caller's transaction. Whoever asks has made sure that the section is in the outline.
func (s *Store) TakeIn(ctx context.Context, customer uuid.UUID, facts *profilev1.ImportDossierSection) (State, error) {
	before := int32(0)
	found, err := s.Write(ctx, customer, facts.GetCode(), "", func(found *Section) error {
		before = found.Revision
		for _, f := range []struct {
			to   *string
			from string
		}{{&found.Text, facts.GetText()}, {&found.Summary, facts.GetSummary()}, {&found.Source, facts.GetSource()}} {
			if f.from != "" {
				*f.to = f.from
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return 0, err
	case found.Revision == before:
		return Unchanged, nil
	case before == 0:
		return Created, nil
	default:
		return Changed, nil
	}
}
