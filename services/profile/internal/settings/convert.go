package settings

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/guanxi-crm/guanxi/libs/etag"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// Name is the resource name of the one settings there are.
const Name = "profileSettings"

func (s *Settings) toProto() *profilev1.Settings {
	return &profilev1.Settings{
		Name: Name, ExpectedOrderLeadDays: s.ExpectedOrderLeadDays, RhythmMinIntervals: s.RhythmMinIntervals,
		OverdueDeviationFactor: s.OverdueDeviationFactor, OverdueMedianFactor: s.OverdueMedianFactor, DeletedCustomerDays: s.DeletedCustomerDays,
		Version: s.Version, Author: s.Author, CreateTime: timestamppb.New(s.CreateTime), Etag: etag.Of(int64(s.Version)),
	}
}

// over reads the masked state of a change back.
func (s *Settings) over(p *profilev1.Settings) {
	s.ExpectedOrderLeadDays, s.RhythmMinIntervals = p.GetExpectedOrderLeadDays(), p.GetRhythmMinIntervals()
	s.OverdueDeviationFactor, s.OverdueMedianFactor = p.GetOverdueDeviationFactor(), p.GetOverdueMedianFactor()
	s.DeletedCustomerDays = p.GetDeletedCustomerDays()
}
