package voice_test

import (
	"testing"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"

	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
)

// prepareGround has nothing to make: the settings are there, and figures are of what others make.
func prepareGround(*testing.T, *scene) {}

func groundRequests(s *scene) map[string]proto.Message {
	from, to := &date.Date{Year: 2025, Month: 1, Day: 1}, &date.Date{Year: 2026, Month: 12, Day: 31}
	return map[string]proto.Message{
		"VoiceFigureService/ListVoiceFigures": &voicev1.ListVoiceFiguresRequest{From: from, To: to, GroupBy: voicev1.ListVoiceFiguresRequest_TERRITORY},
		"VoiceFigureService/ListComplaintRates": &voicev1.ListComplaintRatesRequest{
			Parent: s.customer, From: from, To: to, OrderBasis: voicev1.ListComplaintRatesRequest_PLACED,
		},
		"VoiceSettingsService/GetSettings":          &voicev1.GetSettingsRequest{Name: "voiceSettings"},
		"VoiceSettingsService/ListSettingsVersions": &voicev1.ListSettingsVersionsRequest{Parent: "voiceSettings"},
		"VoiceSettingsService/UpdateSettings":       &voicev1.UpdateSettingsRequest{Settings: &voicev1.VoiceSettings{Name: "voiceSettings", TimeZone: "Asia/Shanghai"}},
	}
}
