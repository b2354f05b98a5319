package intake

import (
	"context"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/etag"
	"github.com/guanxi-crm/guanxi/libs/events"
	"github.com/guanxi-crm/guanxi/libs/resource"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/casefile"
)

const basic = typev1.Level_BASIC

func (v *Voice) customer() string {
	if !v.Customer.Valid {
		return ""
	}
	return aggregate.Name(v.Customer.UUID)
}

func (v *Voice) answeredBy() string {
	if !v.Case.Valid {
		return ""
	}
	return casefile.Name(v.Case.UUID)
}

// toProto is the voice as the caller may see it.
func (v *Voice) toProto(ctx context.Context) *voicev1.Voice {
	out := &voicev1.Voice{
		Name: v.Name(), Customer: v.customer(), Source: voicev1.VoiceSource(v.Source), Kind: voicev1.VoiceKind(v.Kind), Phase: voicev1.SalePhase(v.Phase),
		Technicality: voicev1.Technicality(v.Technicality), Track: voicev1.Track(v.Track), Text: v.Text, Language: v.Language, ProductLine: v.ProductLine,
		ProductCode: v.ProductCode, Order: v.Order, ReporterName: v.ReporterName, ReporterContact: v.ReporterContact, Affected: v.Affected,
		DurationMinutes: v.DurationMinutes, Grading: voicev1.Severity(v.Grading), SourceSystem: v.SourceSystem, SourceId: v.SourceID, Implicit: v.Implicit,
		ReceivedTime: timestamppb.New(v.Received), Major: v.Major, Case: v.answeredBy(), Territory: v.Territory, Author: v.Author,
		CreateTime: timestamppb.New(v.CreateTime), UpdateTime: timestamppb.New(v.UpdateTime), Etag: etag.Of(v.Revision),
	}
	if v.Reporter.Valid && (!v.ReporterSenior || auth.From(ctx).Level >= typev1.Level_MANAGER) {
		out.Reporter = resource.Name("customers", v.Customer.UUID, "people", v.Reporter.UUID)
	}
	return out
}

// voiceOf reads a new voice.
func voiceOf(in *voicev1.Voice) (*Voice, error) {
	v := &Voice{
		Source: int16(in.GetSource()), Kind: int16(in.GetKind()), Phase: int16(in.GetPhase()), Technicality: int16(in.GetTechnicality()), Track: int16(in.GetTrack()),
		Text: in.GetText(), Language: in.GetLanguage(), ProductLine: in.GetProductLine(), ProductCode: in.GetProductCode(), Order: in.GetOrder(),
		ReporterName: in.GetReporterName(), ReporterContact: in.GetReporterContact(), Affected: in.GetAffected(), DurationMinutes: in.GetDurationMinutes(),
		Grading: int16(in.GetGrading()), SourceSystem: in.GetSourceSystem(), SourceID: in.GetSourceId(), Implicit: in.GetImplicit(),
	}
	if in.GetReceivedTime() != nil {
		v.Received = in.GetReceivedTime().AsTime().Truncate(time.Microsecond)
	}
	if in.GetCustomer() != "" {
		ids, err := resource.Parse("customer", in.GetCustomer(), "customers")
		if err != nil {
			return nil, err
		}
		v.Customer = uuid.NullUUID{UUID: ids[0], Valid: true}
	}
	var err error
	v.Reporter, err = casefile.ReporterOf("reporter", in.GetReporter(), v.Customer.UUID)
	return v, err
}

// received announces a voice as an event of that aggregate: its customer's, or its own.
func (v *Voice) received(ctx context.Context, of uuid.UUID) (events.Event, error) {
	return events.New(ctx, v.CreateTime, of, &voicev1.VoiceReceived{
		Voice: v.Name(), Customer: v.customer(), Source: voicev1.VoiceSource(v.Source), Kind: voicev1.VoiceKind(v.Kind), Implicit: v.Implicit, Major: v.Major,
		Case: v.answeredBy(), ReceivedTime: timestamppb.New(v.Received), ProductLine: v.ProductLine, ProductCode: v.ProductCode,
	})
}

func (v *Voice) identified(ctx context.Context) (events.Event, error) {
	return events.New(ctx, v.UpdateTime, v.Customer.UUID, &voicev1.VoiceIdentified{
		Voice: v.Name(), Customer: v.customer(), Source: voicev1.VoiceSource(v.Source), Kind: voicev1.VoiceKind(v.Kind), Implicit: v.Implicit, Major: v.Major,
		Case: v.answeredBy(), ReceivedTime: timestamppb.New(v.Received), ProductLine: v.ProductLine, ProductCode: v.ProductCode,
	})
}
