// Package profile is the customer profile service [客户档案]: the one place that knows who the customer is.
package profile

import (
	"context"
	"embed"
	"errors"
	"io/fs"

	"google.golang.org/grpc"

	"github.com/guanxi-crm/guanxi/libs/idempotency"
	"github.com/guanxi-crm/guanxi/libs/schedule"
	"github.com/guanxi-crm/guanxi/libs/seal"
	"github.com/guanxi-crm/guanxi/libs/service"
	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	"github.com/guanxi-crm/guanxi/services/profile/internal/attribute"
	"github.com/guanxi-crm/guanxi/services/profile/internal/customer"
	"github.com/guanxi-crm/guanxi/services/profile/internal/duplicate"
	"github.com/guanxi-crm/guanxi/services/profile/internal/intake"
	"github.com/guanxi-crm/guanxi/services/profile/internal/merge"
	"github.com/guanxi-crm/guanxi/services/profile/internal/order"
	"github.com/guanxi-crm/guanxi/services/profile/internal/payment"
	"github.com/guanxi-crm/guanxi/services/profile/internal/person"
	"github.com/guanxi-crm/guanxi/services/profile/internal/quality"
	"github.com/guanxi-crm/guanxi/services/profile/internal/receipt"
	"github.com/guanxi-crm/guanxi/services/profile/internal/settings"
	"github.com/guanxi-crm/guanxi/services/profile/internal/sheet"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Definition is what the profile service is made of.
func Definition() service.Definition {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil { // the folder is embedded above
		panic(err)
	}
	return service.Definition{
		Name: "profile", Migrations: files, Prepare: prepare, Answers: answers, Register: register, Literal: merge.Literal, Subscriptions: subscriptions, Jobs: jobs,
		Workers: workers,
		// Receipts are older than the stream can be: none is removed when it is read again.
		Projections: []service.Projection{{Consumer: receipt.Consumer}},
	}
}

// prepare has the people of the database in the form that they are kept in, and their keys at hand.
func prepare(ctx context.Context, p *service.Platform) error {
	if p.People == nil {
		return errors.New("profile: GUANXI_PERSON_KEYS_FILE is not set: what is kept of people is sealed, and cannot be without its keys")
	}
	return person.NewStore(p.DB, p.Now, p.People).Adopt(ctx)
}

func answers(p *service.Platform) idempotency.Guard {
	return person.NewAnswers(p.DB, p.People)
}

func register(s grpc.ServiceRegistrar, p *service.Platform) error {
	attributes, errAttributes := attribute.NewServer(p.DB, p.Now, p.Pages)
	customers, errCustomers := customer.NewServer(p.DB, p.Now, p.Pages, p.People)
	people, errPeople := person.NewServer(p.DB, p.Now, p.Pages, p.People)
	privacy, errPrivacy := person.NewPrivacyServer(p.DB, p.Now, p.Pages, p.People)
	orders, errOrders := order.NewServer(p.DB, p.Now, p.Pages)
	payments, errPayments := payment.NewServer(p.DB, p.Now, p.Pages)
	numbers, errNumbers := settings.NewServer(p.DB, p.Now, p.Pages)
	qualities, errQualities := quality.NewServer(p.DB, p.Now, p.Pages)
	duplicates, errDuplicates := duplicate.NewServer(p.DB, p.Now, p.Pages)
	imports, errImports := intake.NewServer(p.DB, p.Now, p.Pages, p.People, p.Log)
	if err := errors.Join(errAttributes, errCustomers, errPeople, errPrivacy, errOrders, errPayments, errNumbers, errQualities, errDuplicates, errImports); err != nil {
		return err
	}
	profilev1.RegisterAttributeServiceServer(s, attributes)
	profilev1.RegisterCustomerServiceServer(s, customers)
	profilev1.RegisterPersonServiceServer(s, people)
	profilev1.RegisterPersonPrivacyServiceServer(s, privacy)
	profilev1.RegisterOrderServiceServer(s, orders)
	profilev1.RegisterPaymentServiceServer(s, payments)
	profilev1.RegisterSheetServiceServer(s, sheet.NewServer(p.DB, settings.NewStore(p.DB, p.Now)))
	profilev1.RegisterSettingsServiceServer(s, numbers)
	profilev1.RegisterQualityServiceServer(s, qualities)
	profilev1.RegisterDuplicateServiceServer(s, duplicates)
	profilev1.RegisterImportServiceServer(s, imports)
	return errors.Join(registerDossiers(s, p), registerMerges(s, p), registerConsents(s, p), registerFacts(s, p))
}

// jobs run once a day for the whole cluster, at an hour when China, where most customers are, begins its day.
func jobs(p *service.Platform) []schedule.Job {
	customers := customer.NewStore(p.DB, p.Now)
	expected := sheet.Announcer{Store: sheet.NewStore(p.DB), Settings: settings.NewStore(p.DB, p.Now), Now: p.Now}
	return []schedule.Job{
		{Name: "find-duplicates", Cron: "30 18 * * *", MaxCatchUp: 1, Run: duplicate.NewStore(p.DB, p.Now).Nightly},
		{Name: "purge-customers", Cron: "30 22 * * *", Run: customers.Purge},
		{Name: "rewrap-person-keys", Cron: "45 22 * * *", MaxCatchUp: 1, Run: seal.NewBox(p.DB, p.People).Rewrap},
		{Name: "announce-expected-orders", Cron: "0 23 * * *", Run: expected.Announce},
	}
}
