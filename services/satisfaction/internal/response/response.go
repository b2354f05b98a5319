// Package response is what people answered [答卷]: taken in by a link, by an interviewer or from a file, judged [数据确认], counted in quotas, and coded where it is in words [编码].
package response

import (
	"encoding/binary"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/fact"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/questionnaire"
	"github.com/guanxi-crm/guanxi/services/satisfaction/internal/survey"
)

// State is what has become of a response; the numbers of this and of the following are those of the API.
type State int16

// The states.
const (
	Started State = iota + 1
	Accepted
	Void
)

// Reason is why a response does not count; 0 it does.
type Reason int16

// The reasons.
const (
	Incomplete Reason = iota + 1
	Duplicate
	StraightLined
	Contradictory
	TooFast
	ByHand
)

// Web is the channel of links.
const Web = 4

// DefaultSystem is where a response comes from that has an id and names no system.
const DefaultSystem = "default"

// Response is one.
type Response struct {
	Survey         uuid.UUID     `db:"survey_id"`
	ID             uuid.UUID     `db:"response_id"`
	Customer       uuid.NullUUID `db:"customer_id"`
	Person         uuid.NullUUID `db:"person_id"`
	Stratum        int16         `db:"stratum"`
	Channel        int16         `db:"channel"`
	State          State         `db:"state"`
	VoidReason     Reason        `db:"void_reason"`
	ByHand         bool          `db:"by_hand"`
	Decision       string        `db:"decision"`
	Announced      bool          `db:"announced"`
	Recommendation *int32        `db:"recommendation"`
	StartTime      time.Time     `db:"start_time"`
	AcceptTime     *time.Time    `db:"accept_time"`
	Seconds        *int32        `db:"seconds"`
	Interviewer    string        `db:"interviewer"`
	SourceSystem   string        `db:"source_system"`
	SourceID       string        `db:"source_id"`
	Link           []byte        `db:"link"`
	Section        string        `db:"section"` // where its reader is, while it is started
	Revision       int64         `db:"revision"`

	Answers questionnaire.Answers `db:"-"`
	Segment Segment               `db:"-"`
	Counted survey.Case           `db:"-"`
}

// Segment is how the customer stood when the response was accepted; the numbers are those of the APIs, and empty where nobody knows who answered.
type Segment struct {
	Class       int16  `json:"class"`
	Tier        int16  `json:"tier"`
	Grade       string `json:"grade"`
	Territory   string `json:"territory"`
	Kind        int16  `json:"kind"`
	Role        int16  `json:"role"`
	ProductLine string `json:"product_line"` // that of most orders, empty if there are none
}

func segmentOf(s *fact.Standing, productLine string) Segment {
	return Segment{Class: s.Class, Tier: s.Tier, Grade: s.Grade, Territory: s.Territory, Kind: s.Kind, Role: s.Role, ProductLine: productLine}
}

// Name is the resource name.
func (r *Response) Name() string { return resource.Name("surveys", r.Survey, "responses", r.ID) }

// counts is as what the quotas count it.
func (r *Response) counts() survey.Case {
	return survey.Case{
		Stratum: r.Stratum, Class: r.Segment.Class, Tier: r.Segment.Tier, Lifecycle: r.Segment.Role, Territory: r.Segment.Territory, Channel: r.Channel,
	}
}

// hide takes away what would tell who has answered and when: all but the day.
func (r *Response) hide(zone *time.Location) error {
	r.Customer, r.Person = uuid.NullUUID{}, uuid.NullUUID{}
	r.StartTime = day(r.StartTime, zone)
	if r.AcceptTime != nil {
		r.AcceptTime = new(day(*r.AcceptTime, zone))
	}
	id, err := idOf(r.StartTime)
	r.ID = id
	return err
}

// day is when the day of an instant began.
func day(at time.Time, zone *time.Location) time.Time {
	y, m, d := at.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone)
}

// idOf is an id of version 7 that says of its time no more than is given; the rest of it is chance.
func idOf(at time.Time) (uuid.UUID, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return id, err
	}
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(at.UnixMilli()))
	copy(id[:6], ms[2:])
	id[6] = 0x70 | id[6]&0x0f
	return id, nil
}
