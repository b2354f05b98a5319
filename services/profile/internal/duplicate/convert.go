package duplicate

import (
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/resource"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
)

// rulesOf reads the numbers in force.
func rulesOf(p *profilev1.DuplicateRules) Rules {
	return Rules{
		Threshold: p.GetThreshold(), Crowd: int(p.GetCrowd()), DifferentRegistration: p.GetDifferentRegistrationNumber(), SimilarName: p.GetSimilarName(),
		Weights: [kinds]float64{
			OrganizationRegistration: p.GetRegistrationNumber(), OrganizationName: p.GetOrganizationName(), OrganizationPhone: p.GetPhone(),
			OrganizationMail: p.GetMail(), OrganizationDomain: p.GetDomain(), PersonName: p.GetPersonName(), PersonPhone: p.GetPersonContact(), PersonMail: p.GetPersonContact(),
		},
	}
}

// factsOf reads what is compared of a customer that is to be.
func factsOf(p *profilev1.Customer) *factRow {
	row := &factRow{
		Kind: int32(p.GetKind()), DisplayName: p.GetDisplayName(), LegalName: p.GetLegalName(), Others: p.GetAlternativeNames(), Registration: p.GetRegistrationNumber(),
	}
	row.Channels.V = contact.ChannelsFromProto(p.GetChannels())
	if len(p.GetAddresses()) > 0 {
		row.Region = p.GetAddresses()[0].GetRegionCode()
	}
	return row
}

func reasonsToProto[R ~int16 | ~int32](in []R) []profilev1.DuplicateReason {
	out := make([]profilev1.DuplicateReason, len(in))
	for i, r := range in {
		out[i] = profilev1.DuplicateReason(r)
	}
	return out
}

func (l *listed) toProto() *profilev1.Duplicate {
	out := &profilev1.Duplicate{
		Customer: aggregate.Name(l.First), CustomerDisplayName: l.FirstName, Other: aggregate.Name(l.Second), OtherDisplayName: l.SecondName, Score: l.Score,
		Reasons: reasonsToProto([]int32(l.Reasons)), RegistrationNumbersDiffer: l.Different, FindTime: timestamppb.New(l.FindTime),
	}
	if l.Time.Valid {
		out.Dismissal = &profilev1.Duplicate_Dismissal{
			Reason: l.Reason.String, Actor: l.Actor.String, DismissTime: timestamppb.New(l.Time.Time), InForce: l.Holds,
		}
	}
	return out
}

func (c *Candidate) toProto() *profilev1.CheckDuplicatesResponse_Candidate {
	return &profilev1.CheckDuplicatesResponse_Candidate{
		Customer: aggregate.Name(c.ID), DisplayName: c.DisplayName, Score: c.Score, Reasons: reasonsToProto(c.Reasons), RegistrationNumbersDiffer: c.Different, Dismissed: c.Dismissed,
	}
}

// searches is the collection of the searches.
const searches = "duplicateSearches"

func searchToProto(o *operation.Operation) (*profilev1.DuplicateSearch, error) {
	out := &profilev1.DuplicateSearch{Name: resource.Name(searches, o.ID), Operation: operation.ToProto(o)}
	if len(o.Result) > 0 && o.State == operation.Succeeded {
		var found Found
		if err := json.Unmarshal(o.Result, &found); err != nil {
			return nil, fmt.Errorf("duplicate: the result of a search: %w", err)
		}
		out.ChangedCustomerCount, out.DuplicateCount, out.NewDuplicateCount = found.Changed, found.Pairs, found.New
	}
	return out, nil
}
