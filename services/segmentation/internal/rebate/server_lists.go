package rebate

import (
	"errors"

	"github.com/guanxi-crm/guanxi/libs/listing"
	"github.com/guanxi-crm/guanxi/libs/page"
	segmentationv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/segmentation/v1"
)

var kinds = map[string]any{"TARGET": int16(Target), "PREPAYMENT": int16(Prepayment)}

func lists(pages *page.Sealer) (agreements, postings *listing.List, err error) {
	agreements, errAgreements := listing.Compile(listing.Spec{
		Resource:     &segmentationv1.RebateAgreement{},
		Key:          "a.agreement_id",
		DefaultOrder: "create_time desc",
		Fields: []listing.Field{
			{Path: "kind", Column: "a.kind", Kind: listing.Enum, Values: kinds},
			{Path: "fiscal_year", Column: "a.fiscal_year", Kind: listing.Int},
			{Path: "author", Column: "a.author", Kind: listing.String},
			{Path: "create_time", Column: "a.create_time", Kind: listing.Timestamp, Sortable: true},
			{Path: "cancel_time", Column: "a.cancel_time", Kind: listing.Timestamp},
		},
	}, pages)
	postings, errPostings := listing.Compile(listing.Spec{
		Resource:     &segmentationv1.Rebate{},
		Key:          "r.rebate_id",
		DefaultOrder: "post_time desc",
		Fields: []listing.Field{
			{Path: "kind", Column: "r.kind", Kind: listing.Enum, Values: kinds},
			{Path: "fiscal_year", Column: "r.fiscal_year", Kind: listing.Int},
			{Path: "amount", Column: "r.amount", Kind: listing.Decimal},
			{Path: "total", Column: "r.total", Kind: listing.Decimal},
			{Path: "post_time", Column: "r.post_time", Kind: listing.Timestamp, Sortable: true},
		},
	}, pages)
	return agreements, postings, errors.Join(errAgreements, errPostings)
}
