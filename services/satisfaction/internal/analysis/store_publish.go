package analysis

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	satisfactionv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/satisfaction/v1"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

const (
	isPublished = `select exists (select from publications where survey_id = $1)`

	insertPublication = `insert into publications (survey_id, analysis, publisher, publish_time) values ($1, $2, $3, $4)`

	selectPublication = `select analysis from publications where survey_id = $1`

	// Of each customer who answered, in the mean of its people; the rest of the statement are the answers.
	insertScores = `insert into customer_scores (survey_id, customer_id, score, responses)
	select $1, customer_id, round(avg(v0) / 1000000, 6), count(v0) from (`
	byCustomer = ` where v0 is not null and customer_id is not null group by customer_id`

	announce = `with bumped as (
		update surveys set sequence = sequence + 1 where survey_id = :aggregate_id returning survey_id as aggregate_id, sequence as version
	)` + events.Insert
)

// Publish freezes the analysis of a closed survey.
func (s *Store) Publish(ctx context.Context, id uuid.UUID, o Options) (out *satisfactionv1.Analysis, err error) {
	return out, s.db.InTx(ctx, func(ctx context.Context) error {
		x, err := s.surveys.Hold(ctx, id)
		if err != nil {
			return err
		}
		if x.State != survey.Closed {
			return notClosedError(x)
		}
		var before bool
		if err := s.db.Get(ctx, &before, isPublished, x.ID); err != nil {
			return err
		}
		if before {
			return publishedError(x)
		}
		if out, err = s.Analyse(ctx, x, o); err != nil {
			return err
		}
		if out.GetIndex()[0].GetFigure().Score == nil {
			return WithheldError(x)
		}
		now := s.now()
		out.Basis.Publisher, out.Basis.PublishTime = auth.From(ctx).Subject, timestamppb.New(now)
		if err := s.keep(ctx, x, out, now); err != nil {
			return err
		}
		if !x.Anonymous {
			if err := s.keepCustomers(ctx, x, o); err != nil {
				return err
			}
		}
		return s.announce(ctx, x, out, now)
	})
}

// announce tells of the index of all together.
func (s *Store) announce(ctx context.Context, x *survey.Survey, a *satisfactionv1.Analysis, now time.Time) error {
	all := a.GetIndex()[0].GetFigure()
	event, err := events.New(ctx, now, x.ID, &satisfactionv1.ScorePublished{
		Survey: x.Name(), Wave: x.Wave, Responses: a.GetBasis().GetResponses(), Score: all.GetScore(), Low: all.Low, High: all.High, Recommendation: recommended(a),
	})
	if err != nil {
		return err
	}
	_, err = s.db.NamedExec(ctx, announce, struct {
		events.Event
		AggregateID uuid.UUID `db:"aggregate_id"`
	}{event, event.Aggregate})
	return err
}

func (s *Store) keep(ctx context.Context, x *survey.Survey, a *satisfactionv1.Analysis, now time.Time) error {
	text, err := protojson.Marshal(a)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(ctx, insertPublication, x.ID, text, a.GetBasis().GetPublisher(), now)
	return err
}

// keepCustomers keeps how satisfied each customer is, by the same weights.
func (s *Store) keepCustomers(ctx context.Context, x *survey.Survey, o Options) error {
	of, err := s.subject(ctx, x, o)
	if err != nil {
		return err
	}
	if err := of.complete(); err != nil {
		return err
	}
	if o.Weighting == ByStated {
		if err := s.reweigh(ctx, of); err != nil {
			return err
		}
	}
	st := newStatement(of.frame, `''`)
	st.column("customer_id", "customer_id")
	_, err = s.db.Exec(ctx, insertScores+st.from()+fence+byCustomer, x.ID)
	return err
}

// Published is the analysis as it was published.
func (s *Store) Published(ctx context.Context, x *survey.Survey) (*satisfactionv1.Analysis, error) {
	var text []byte
	err := s.db.Get(ctx, &text, selectPublication, x.ID)
	if errors.Is(err, postgres.ErrNoRows) {
		return nil, notPublishedError(x)
	}
	if err != nil {
		return nil, err
	}
	out := &satisfactionv1.Analysis{}
	return out, protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(text, out)
}

// Limit takes out the groups of territories that a caller does not reach.
func Limit(a *satisfactionv1.Analysis, caller auth.Principal) {
	group := Group(a.GetBasis().GetOptions().GetGroupBy())
	if group == 0 || caller.Everywhere() {
		return
	}
	var told []*satisfactionv1.AnalysisSegment
	for _, s := range a.GetSegments() {
		if t, ok := territory(group, s.GetKey()); !ok || caller.Covers(t) {
			told = append(told, s)
		}
	}
	a.Segments = told
}

func recommended(a *satisfactionv1.Analysis) *float64 {
	if f := a.GetRecommendation().GetFigure(); f != nil {
		return f.Score
	}
	return nil
}
