package form

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/intake"
)

const (
	submissionColumns = `s.form_id, s.submission_id, f.territory, s.reference, s.nonce, s.digest, s.state, s.suspicions, s.language, s.kind, s.sender, s.company, s.contact,
	s.answer_wanted, s.product_line, s.order_number, s.body, s.repeat_count, s.voice_id, s.decider, s.decide_time, s.discard_reason, s.create_time`
	fromSubmissions = `form_submissions s join voice_forms f on f.form_id = s.form_id`

	selectByNonce = `select ` + submissionColumns + ` from ` + fromSubmissions + ` where s.form_id = $1 and s.nonce = $2`
	selectSame    = `select ` + submissionColumns + ` from ` + fromSubmissions + ` where s.form_id = $1 and s.digest = $2 and s.create_time > $3
	order by s.create_time desc limit 1`

	// Two who send the same at once come one after the other.
	lockDigest = `select pg_advisory_xact_lock($1)`

	insertSubmission = `insert into form_submissions (form_id, submission_id, reference, nonce, digest, state, suspicions, language, kind, sender, company, contact, answer_wanted,
		product_line, order_number, body, create_time)
	values (:form_id, :submission_id, :reference, :nonce, :digest, :state, :suspicions, :language, :kind, :sender, :company, :contact, :answer_wanted,
		:product_line, :order_number, :body, :create_time)
	on conflict on constraint form_submissions_nonce do nothing`

	countRepeat = `update form_submissions set repeat_count = repeat_count + 1 where form_id = $1 and submission_id = $2`

	peekLimit = `select full_time from form_limits where form_id = $1`
	takeLimit = `update form_limits set full_time = greatest(full_time, cast($2 as timestamptz)) + make_interval(secs => $3)
	where form_id = $1 and full_time <= cast($2 as timestamptz) + interval '1 minute' - make_interval(secs => $3)`
)

// repeatable is how long the same is one.
const repeatable = 24 * time.Hour

// source is the system that voices of forms come from; their id there is the reference.
const source = "web-form"

// Admit counts a submission of a form, whoever sends it, and says how long to wait if it is one too many. Those that are too many write nothing, so that a flood of them
// costs a look at one row each.
func (s *Store) Admit(ctx context.Context, f *Form) (wait time.Duration, err error) {
	now, share := s.now(), time.Minute/time.Duration(f.Guard().PerMinute)
	var full time.Time
	if err := s.db.Get(ctx, &full, peekLimit, f.ID); err != nil {
		return 0, err
	}
	if wait := full.Sub(now) + share - time.Minute; wait > 0 {
		return wait, nil
	}
	result, err := s.db.Exec(ctx, takeLimit, f.ID, now, share.Seconds())
	if err != nil {
		return 0, err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return 0, err
	}
	return share, nil // others were faster
}

// Sent is what was sent by a page before; nil: nothing was.
func (s *Store) Sent(ctx context.Context, form uuid.UUID, nonce []byte) (*Submission, error) {
	return s.find(ctx, selectByNonce, form, nonce)
}

func (s *Store) find(ctx context.Context, query string, args ...any) (*Submission, error) {
	var r submissionRow
	err := s.db.Get(ctx, &r, query, args...)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, nil //nolint:nilnil // see Sent
	}
	return r.submission(), err
}

// Submit keeps what somebody has sent and, unless it is suspect, takes it in as a voice. It returns what is kept: that, what came by the same page before, or the same that had
// been sent within a day, which is then counted; fresh says that it is that.
func (s *Store) Submit(ctx context.Context, sent *Submission) (kept *Submission, fresh bool, err error) {
	if sent.ID, err = uuid.NewV7(); err != nil {
		return nil, false, err
	}
	sent.Reference, sent.CreateTime = newReference(), s.now()
	// The public may not see what it causes.
	ctx = auth.With(ctx, auth.Principal{Level: typev1.Level_BASIC, Territories: []string{auth.Anywhere}})
	err = s.db.InTx(ctx, func(ctx context.Context) error {
		key := int64(binary.BigEndian.Uint64(sent.Digest))
		if _, err := s.db.Exec(ctx, lockDigest, key); err != nil {
			return err
		}
		if kept, err = s.find(ctx, selectSame, sent.Form, sent.Digest, sent.CreateTime.Add(-repeatable)); err != nil {
			return err
		}
		if kept != nil {
			_, err := s.db.Exec(ctx, countRepeat, kept.Form, kept.ID)
			return err
		}
		result, err := s.db.NamedExec(ctx, insertSubmission, rowOfSubmission(sent))
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 { // the same page, with something else, was faster
			if err != nil {
				return err
			}
			kept, err = s.Sent(ctx, sent.Form, sent.Nonce)
			return err
		}
		kept, fresh = sent, true
		if sent.State == TakenIn {
			if err := s.takeIn(ctx, sent); err != nil {
				return err
			}
		}
		return s.announce(ctx, announceSubmission)(sent.received(ctx))
	})
	return kept, fresh, err
}

const takenIn = `update form_submissions set voice_id = $3 where form_id = $1 and submission_id = $2`

// takeIn makes a voice of a submission.
func (s *Store) takeIn(ctx context.Context, sub *Submission) error {
	voice, err := s.voices.Receive(ctx, sub.voice())
	if err != nil {
		return err
	}
	sub.Voice = uuid.NullUUID{UUID: voice.ID, Valid: true}
	_, err = s.db.Exec(ctx, takenIn, sub.Form, sub.ID, voice.ID)
	return err
}

// web is the source of the voices; see VoiceSource.
const web = 5

// voice is the submission as a voice of nobody known.
func (s *Submission) voice() *intake.Voice {
	sender := s.Sender
	if s.Company != "" {
		sender += " (" + s.Company + ")"
	}
	return &intake.Voice{
		Territory: s.Territory, Source: web, Kind: int16(s.Kind), Text: s.Text, Language: s.Language, ProductLine: s.Product, Order: s.Order,
		ReporterName: line(sender), ReporterContact: s.Contact, SourceSystem: source, SourceID: s.Reference, Received: s.CreateTime,
	}
}
