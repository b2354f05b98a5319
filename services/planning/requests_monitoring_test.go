package planning_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/civil"
	"github.com/guanxi-crm/guanxi/libs/resource"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/owner"
)

// feedOwner owns nothing: his calendar, which whoever has the link may see, is empty.
const feedOwner = "feed-owner"

// prepareMonitoring makes an owner of whom something is kept, and a link to his calendar.
func (s *scene) prepareMonitoring(t *testing.T) {
	t.Helper()
	self := s.AsPrincipal(t, auth.Principal{Subject: feedOwner, Level: basic})
	owners, name := planningv1.NewOwnerServiceClient(s.Conn), owner.Name(feedOwner)
	_, err := owners.UpdateOwner(self, &planningv1.UpdateOwnerRequest{Owner: &planningv1.Owner{Name: name, TimeZone: "Europe/Berlin"}})
	require.NoError(t, err)
	link, err := owners.IssueCalendarLink(self, &planningv1.IssueCalendarLinkRequest{Name: name})
	require.NoError(t, err)
	s.names["owner"], s.names["secret"] = name, link.GetSecret()
}

func monitoringRequests(s *scene) map[string]proto.Message {
	return map[string]proto.Message{
		"CalendarFeedService/GetCalendarFeed": &planningv1.GetCalendarFeedRequest{Secret: s.names["secret"]},
		"ContactFigureService/ListContactFigures": &planningv1.ListContactFiguresRequest{
			From: civil.Date(s.Clock.Now()), To: civil.Date(s.Clock.Now().AddDate(1, 0, 0)), GroupBy: planningv1.ListContactFiguresRequest_OWNER,
		},
		"OwnerService/GetOwner":           &planningv1.GetOwnerRequest{Name: s.names["owner"]},
		"OwnerService/IssueCalendarLink":  &planningv1.IssueCalendarLinkRequest{Name: s.names["owner"]},
		"OwnerService/ListOwners":         &planningv1.ListOwnersRequest{Filter: `subject = "` + feedOwner + `"`},
		"OwnerService/RevokeCalendarLink": &planningv1.RevokeCalendarLinkRequest{Name: owner.Name("open-owner")},
		"OwnerService/UpdateOwner":        &planningv1.UpdateOwnerRequest{Owner: &planningv1.Owner{Name: s.names["owner"], DailyMinutes: new(int32)}},
	}
}

// Over the real service, without any token: the link is all that is asked for, and what it shows is what the owner has to do.
func TestCalendarOfTheRunningService(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.prepareMonitoring(t)
	feeds := planningv1.NewCalendarFeedServiceClient(s.Conn)
	request := monitoringRequests(s)["CalendarFeedService/GetCalendarFeed"].(*planningv1.GetCalendarFeedRequest)
	got, err := feeds.GetCalendarFeed(t.Context(), request)
	require.NoError(t, err)
	require.Contains(t, string(got.GetData()), "X-WR-TIMEZONE:Europe/Berlin")
	require.NotContains(t, string(got.GetData()), "VEVENT")
	_, err = planningv1.NewOwnerServiceClient(s.Conn).GetOwner(t.Context(), &planningv1.GetOwnerRequest{Name: s.names["owner"]})
	requireReason(t, err, "TOKEN_MISSING")
	_, err = feeds.GetCalendarFeed(t.Context(), &planningv1.GetCalendarFeedRequest{Secret: s.names["secret"] + "x"})
	requireReason(t, err, "NOT_FOUND")
	require.NotContains(t, err.Error(), s.names["secret"])

	ids, err := resource.Parse("name", s.customer, "customers")
	require.NoError(t, err)
	_, err = s.DB.Exec(t.Context(), `insert into contacts (customer_id, contact_id, owner, activity, role, origin, source, window_start, window_end, day, minutes, state, create_time,
		update_time) values ($1, $1, 'open-owner', 4, 1, 5, '', '2026-01-06', '2026-01-06', '2026-01-06', 60, 2, now(), now())`, ids[0])
	require.NoError(t, err)
	link, err := planningv1.NewOwnerServiceClient(s.Conn).IssueCalendarLink(
		s.AsPrincipal(t, auth.Principal{Subject: "open-owner", Level: basic, Territories: []string{"cn"}}), &planningv1.IssueCalendarLinkRequest{Name: owner.Name("open-owner")})
	require.NoError(t, err)
	got, err = feeds.GetCalendarFeed(t.Context(), &planningv1.GetCalendarFeedRequest{Secret: link.GetSecret()})
	require.NoError(t, err)
	require.Contains(t, string(got.GetData()), "SUMMARY:日常拜访：open-customer\r\n")
}
