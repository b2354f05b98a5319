package profile_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

// dossierPart has a section and an insight that are secret.
var dossierPart = part{
	prepare: func(t *testing.T, s *scene) {
		t.Helper()
		ctx := s.admin(t)
		_, err := profilev1.NewDossierServiceClient(s.Conn).UpdateDossierSection(ctx, &profilev1.UpdateDossierSectionRequest{Section: &profilev1.DossierSection{
			Name: s.customer + "/dossier/sections/pains", Text: "secret-dossier", Summary: "secret-dossier", Source: "secret-dossier",
		}})
		require.NoError(t, err)
		i, err := profilev1.NewInsightServiceClient(s.Conn).CreateInsight(ctx, &profilev1.CreateInsightRequest{Parent: s.customer, Insight: &profilev1.Insight{
			Date: &date.Date{Year: 2025, Month: 2, Day: 1}, SourceKind: profilev1.Insight_VISIT, Title: "secret-insight", Text: "secret-insight", Source: "secret-insight",
			Url: "https://secret-insight.example", Tags: []string{"secret-insight"}, Sections: []string{"pains"},
		}})
		require.NoError(t, err)
		s.insight = i.GetName()
	},
	requests: func(s *scene) map[string]proto.Message {
		section := s.customer + "/dossier/sections/pains"
		return map[string]proto.Message{
			"DossierService/GetDossier":                 &profilev1.GetDossierRequest{Name: s.customer + "/dossier"},
			"DossierService/GetDossierSection":          &profilev1.GetDossierSectionRequest{Name: section},
			"DossierService/UpdateDossierSection":       &profilev1.UpdateDossierSectionRequest{Section: &profilev1.DossierSection{Name: section, Text: "secret-dossier"}},
			"DossierService/ListDossierRevisions":       &profilev1.ListDossierRevisionsRequest{Parent: section},
			"DossierService/GetDossierOutline":          &profilev1.GetDossierOutlineRequest{Name: "dossierOutline"},
			"DossierService/ListDossierOutlineVersions": &profilev1.ListDossierOutlineVersionsRequest{Parent: "dossierOutline"},
			"DossierService/UpdateDossierOutline":       &profilev1.UpdateDossierOutlineRequest{Outline: &profilev1.DossierOutline{Name: "dossierOutline"}},
			"InsightService/CreateInsight": &profilev1.CreateInsightRequest{Parent: s.customer, Insight: &profilev1.Insight{
				Date: &date.Date{Year: 2025, Month: 2, Day: 1}, SourceKind: profilev1.Insight_VISIT, Title: "secret-insight",
			}},
			"InsightService/GetInsight":    &profilev1.GetInsightRequest{Name: s.insight},
			"InsightService/ListInsights":  &profilev1.ListInsightsRequest{Parent: s.customer},
			"InsightService/UpdateInsight": &profilev1.UpdateInsightRequest{Insight: &profilev1.Insight{Name: s.insight, Title: "secret-insight"}},
			"InsightService/DeleteInsight": &profilev1.DeleteInsightRequest{Name: s.insight, Etag: "stale"},
			"CustomerReportService/CompileReport": &profilev1.CompileReportRequest{
				Name: s.customer, Kind: profilev1.CompileReportRequest_ANALYSIS, Format: profilev1.CompileReportRequest_MARKDOWN,
			},
		}
	},
	anywhere: []string{"DossierService/GetDossierOutline", "DossierService/ListDossierOutlineVersions"},
}
