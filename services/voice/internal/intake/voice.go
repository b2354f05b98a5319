// Package intake takes in what customers tell us [客户声音], from whatever source, once.
package intake

import (
	"crypto/sha256"
	"encoding/json"
	"strconv"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
	"github.com/guanxi-crm/guanxi/services/voice/internal/settings"
)

// DefaultSystem is the source system of a voice that names none.
const DefaultSystem = "default"

// Sources and kinds that rules name; the numbers are those of the API.
const (
	serviceRequest int16 = 2
	returned       int16 = 4
	complaint      int16 = 4
)

// Voice is one thing that a customer told us; the numbers of its enums are those of the API.
type Voice struct {
	ID              uuid.UUID     `db:"voice_id"`
	Customer        uuid.NullUUID `db:"customer_id"`
	Territory       string        `db:"territory"` // where it waits while it has no customer
	Source          int16         `db:"source"`
	Kind            int16         `db:"kind"`
	Phase           int16         `db:"phase"`
	Technicality    int16         `db:"technicality"`
	Track           int16         `db:"track"`
	Text            string        `db:"body"`
	Language        string        `db:"language"`
	ProductLine     string        `db:"product_line"`
	ProductCode     string        `db:"product_code"`
	Order           string        `db:"order_reference"`
	Reporter        uuid.NullUUID `db:"reporter_id"`
	ReporterSenior  bool          `db:"reporter_senior"` // known to MANAGER and above only
	ReporterName    string        `db:"reporter_name"`
	ReporterContact string        `db:"reporter_contact"`
	Affected        int32         `db:"affected"`
	DurationMinutes int32         `db:"duration_minutes"`
	Grading         int16         `db:"grading"`
	SourceSystem    string        `db:"source_system"`
	SourceID        string        `db:"source_id"`
	Digest          []byte        `db:"digest"`
	Implicit        bool          `db:"implicit"`
	Major           bool          `db:"major"`
	Received        time.Time     `db:"received_time"`
	Case            uuid.NullUUID `db:"case_id"`
	Author          string        `db:"author"`
	CreateTime      time.Time     `db:"create_time"`
	UpdateTime      time.Time     `db:"update_time"`
	Revision        int64         `db:"revision"`
}

// Name is the resource name of a voice.
func Name(id uuid.UUID) string { return resource.Name("voices", id) }

// Name is its resource name.
func (v *Voice) Name() string { return Name(v.ID) }

// RequestOf is what response rules go by when a voice opens a case.
func RequestOf(source, kind int16) casefile.Request {
	switch {
	case source == returned:
		return casefile.ReturnedGoods
	case kind == complaint:
		return casefile.Complaint
	case source == serviceRequest:
		return casefile.Inquiry
	}
	return casefile.Proposal
}

// Opens says whether a voice opens a case by itself.
func Opens(r *settings.Intake, source, kind int16) bool { return r.Sources[source] || r.Kinds[kind] }

// fill fills in what is left out.
func (v *Voice) fill() {
	if v.SourceSystem == "" {
		v.SourceSystem = DefaultSystem
	}
	if v.Track == 0 {
		v.Track = int16(casefile.Requirement)
		if v.Kind == complaint || v.Source == returned {
			v.Track = int16(casefile.Problem)
		}
	}
}

// digest is what tells a voice from another one that its source sends under the same reference. What is not said does not count, so that a field that comes to the API changes no
// digest; received says whether the source has said when it was received.
func (v *Voice) digest(received bool) ([]byte, error) {
	said := map[string]string{}
	text := func(key, value string) {
		if value != "" {
			said[key] = value
		}
	}
	number := func(key string, value int64) {
		if value != 0 {
			said[key] = strconv.FormatInt(value, 10)
		}
	}
	text("text", v.Text)
	text("language", v.Language)
	text("product_line", v.ProductLine)
	text("product_code", v.ProductCode)
	text("order", v.Order)
	text("reporter_name", v.ReporterName)
	text("reporter_contact", v.ReporterContact)
	if v.Customer.Valid {
		text("customer", v.Customer.UUID.String())
	}
	if v.Reporter.Valid {
		text("reporter", v.Reporter.UUID.String())
	}
	if received {
		text("received_time", v.Received.UTC().Format(time.RFC3339Nano))
	}
	if v.Implicit {
		text("implicit", "true")
	}
	for key, value := range map[string]int16{
		"source": v.Source, "kind": v.Kind, "phase": v.Phase, "technicality": v.Technicality, "track": v.Track, "grading": v.Grading,
	} {
		number(key, int64(value))
	}
	number("affected", int64(v.Affected))
	number("duration_minutes", int64(v.DurationMinutes))
	encoded, err := json.Marshal(said) // in the order of the keys
	sum := sha256.Sum256(encoded)
	return sum[:], err
}

// Check holds a voice to what the API's constraints cannot say.
func (v *Voice) Check(now time.Time) []fault.Violation {
	wrong := casefile.CheckReceived(v.Received, now)
	if v.Reporter.Valid && v.ReporterName+v.ReporterContact != "" {
		wrong = append(wrong, fault.Field("reporter_name", "REPORTER", fault.Text{En: "or contact must not stand beside reporter", Zh: "不得与 reporter 同时填写"}))
	}
	return wrong
}

// opening is the case that answers a voice.
func (v *Voice) opening() *casefile.Case {
	return &casefile.Case{
		Customer: v.Customer.UUID, Request: RequestOf(v.Source, v.Kind), Track: casefile.Track(v.Track), Phase: v.Phase, Technicality: v.Technicality,
		Title: casefile.TitleOf(v.Text), Description: v.Text, ProductLine: v.ProductLine, ProductCode: v.ProductCode, Order: v.Order, Reporter: v.Reporter,
		ReporterSenior: v.ReporterSenior, Grading: casefile.Severity(v.Grading), Affected: v.Affected, DurationMinutes: v.DurationMinutes, Implicit: v.Implicit,
		Received: v.Received,
	}
}

func identifiedError(v *Voice) error {
	return fault.New(codes.FailedPrecondition, "IDENTIFIED", fault.Text{En: v.Name() + " has a customer already", Zh: v.Name() + " 已确定客户"})
}

func unidentifiedError(v *Voice) error {
	return fault.New(codes.FailedPrecondition, "NOT_IDENTIFIED", fault.Text{En: "nobody knows yet whose " + v.Name() + " is", Zh: v.Name() + " 尚未确定客户"})
}

func answeredError(v *Voice) error {
	return fault.New(codes.FailedPrecondition, "HAS_CASE", fault.Text{
		En: v.Name() + " is answered by " + casefile.Name(v.Case.UUID), Zh: v.Name() + " 已由 " + casefile.Name(v.Case.UUID) + " 处理",
	})
}

func takenError(v *Voice) error {
	return fault.New(codes.AlreadyExists, "SOURCE_REFERENCE_TAKEN", fault.Text{
		En: "the source has sent something else under " + v.SourceSystem + "/" + v.SourceID, Zh: "来源已用 " + v.SourceSystem + "/" + v.SourceID + " 发送过其他内容",
	})
}
