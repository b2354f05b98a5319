package profile

import (
	"errors"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/service"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/dossier"
	"github.com/guanxi-crm/guanxi/services/profile/internal/insight"
	"github.com/guanxi-crm/guanxi/services/profile/internal/report"
)

// registerDossiers adds what is known of customers in words, and the reports that are made of it.
func registerDossiers(s grpc.ServiceRegistrar, p *service.Platform) error {
	dossiers, errDossiers := dossier.NewServer(p.DB, p.Now, p.Pages)
	insights, errInsights := insight.NewServer(p.DB, p.Now, p.Pages)
	if err := errors.Join(errDossiers, errInsights); err != nil {
		return err
	}
	profilev1.RegisterDossierServiceServer(s, dossiers)
	profilev1.RegisterInsightServiceServer(s, insights)
	profilev1.RegisterCustomerReportServiceServer(s, report.NewServer(p.DB, p.Now))
	return nil
}
