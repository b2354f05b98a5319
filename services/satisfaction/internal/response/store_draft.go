package response

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// Link is by what a started response is found. It is another hash than the one by which its invitation is: who has the tables and not the link cannot tell which belong together.
func Link(secret string) []byte {
	sum := sha256.Sum256([]byte("guanxi response\x00" + secret))
	return sum[:]
}

// Draft is what was started by a link; nil when nothing was.
func (s *Store) Draft(ctx context.Context, link []byte) (*Response, error) {
	return s.find(ctx, selectByLink, link)
}

const (
	// Who answers last by the link waits for this, and this for him: nothing is started by a link that is used.
	shareInvitation = `select state from invitations where survey_id = $1 and invitation_id = $2 for share`

	lockDraft = selectByLink + ` for update`

	insertDraft = `insert into responses (survey_id, response_id, customer_id, person_id, stratum, channel, state, scores, answers, segment, start_time, link, section)
	values ($1, $2, $3, $4, $5, $6, 1, '{}', '{}', '{}', $7, $8, $9) on conflict (link) do nothing`

	updateDraft = `update responses set answers = $2, section = $3, revision = revision + 1 where link = $1`
)

// Save keeps what was filled in so far. merge puts it to what is there, which may have been changed by another window, and says which section is next.
func (s *Store) Save(
	ctx context.Context, x *survey.Survey, i *survey.Invitation, link []byte, began time.Time, merge func(questionnaire.Answers) (questionnaire.Answers, string),
) error {
	return s.db.InTx(ctx, func(ctx context.Context) error {
		var state survey.InvitationState
		if err := s.db.Get(ctx, &state, shareInvitation, i.Survey, i.ID); err != nil {
			return err
		}
		if state != survey.Issued && state != survey.Opened {
			return ErrUsed
		}
		if err := s.begin(ctx, x, i, link, began); err != nil {
			return err
		}
		kept, err := s.find(ctx, lockDraft, link)
		if err != nil {
			return err
		}
		if kept == nil { // somebody has just finished it
			return ErrUsed
		}
		answers, section := merge(kept.Answers)
		_, err = s.db.Exec(ctx, updateDraft, link, postgres.JSON[questionnaire.Answers]{V: answers}, section)
		return err
	})
}

// ErrUsed is that a link has been used meanwhile.
var ErrUsed = errors.New("response: the link has been used")

func (s *Store) begin(ctx context.Context, x *survey.Survey, i *survey.Invitation, link []byte, began time.Time) error {
	r := &Response{Stratum: i.Stratum}
	if !x.Anonymous {
		r.Customer, r.Person = uuid.NullUUID{UUID: i.Customer, Valid: true}, i.Person
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, insertDraft, i.Survey, id, r.Customer, r.Person, r.Stratum, Web, began, link, "")
	return err
}

const dropDrafts = `delete from responses r using surveys s where s.survey_id = r.survey_id and r.state = 1 and s.state = 3 and s.close_time < $1`

// DropDrafts removes what was started and not finished in surveys that have been closed since before an instant: nobody can go on.
func (s *Store) DropDrafts(ctx context.Context, before time.Time) error {
	_, err := s.db.Exec(ctx, dropDrafts, before)
	return err
}
