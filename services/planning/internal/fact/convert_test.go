package fact

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
)

const (
	granted  = profilev1.Consent_GRANTED
	denied   = profilev1.Consent_DENIED
	whatever = profilev1.Consent_PURPOSE_UNSPECIFIED
	greet    = profilev1.Consent_SPECIAL_DATES // 4
)

// said is what a person holds for e-mail (4), said on a day or nobody knows when (0).
func said(purpose profilev1.Consent_Purpose, state profilev1.Consent_State, day int) *profilev1.Consent {
	c := &profilev1.Consent{Medium: profilev1.Channel_EMAIL, Purpose: purpose, State: state}
	if day > 0 {
		c.ConsentTime = timestamppb.New(time.Date(2026, time.January, day, 0, 0, 0, 0, time.UTC))
	}
	return c
}

// A refusal for any purpose takes back the grants for one before it; a grant for any lifts no refusal for one.
func TestConsentByPurpose(t *testing.T) {
	t.Parallel()
	none := pq.Int32Array{}
	for name, c := range map[string]struct {
		said                                   []*profilev1.Consent
		granted, denied, grantedFor, deniedFor pq.Int32Array
	}{
		"for any":                                {[]*profilev1.Consent{said(whatever, granted, 1)}, pq.Int32Array{4}, none, none, none},
		"for greetings alone":                    {[]*profilev1.Consent{said(greet, granted, 1)}, none, none, pq.Int32Array{404}, none},
		"no greetings":                           {[]*profilev1.Consent{said(whatever, granted, 2), said(greet, denied, 1)}, pq.Int32Array{4}, none, none, pq.Int32Array{404}},
		"nothing but greetings":                  {[]*profilev1.Consent{said(whatever, denied, 1), said(greet, granted, 2)}, none, pq.Int32Array{4}, pq.Int32Array{404}, none},
		"nothing any more":                       {[]*profilev1.Consent{said(greet, granted, 1), said(whatever, denied, 2)}, none, pq.Int32Array{4}, none, pq.Int32Array{404}},
		"nothing, and nobody knows since when":   {[]*profilev1.Consent{said(whatever, denied, 0), said(greet, granted, 2)}, none, pq.Int32Array{4}, pq.Int32Array{404}, none},
		"greetings, and nobody knows since when": {[]*profilev1.Consent{said(whatever, denied, 1), said(greet, granted, 0)}, none, pq.Int32Array{4}, none, pq.Int32Array{404}},
	} {
		p := personOf(uuid.Nil, uuid.Nil, &profilev1.Person{Consents: c.said})
		require.Equal(t, [4]pq.Int32Array{c.granted, c.denied, c.grantedFor, c.deniedFor}, [4]pq.Int32Array{p.Granted, p.Denied, p.GrantedFor, p.DeniedFor}, name)
	}
}
