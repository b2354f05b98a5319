package planning_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/emersion/go-ical"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/auth"
	planningv1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/planning/v1"
	"github.com/guanxi-crm/guanxi/services/planning/internal/feed"
	"github.com/guanxi-crm/guanxi/services/planning/internal/owner"
)

// public is who has nothing but a link.
func public(t *testing.T) context.Context {
	t.Helper()
	return auth.With(t.Context(), auth.Principal{Level: basic})
}

func (b *books) feeds(t *testing.T) *feed.Server {
	t.Helper()
	s, err := feed.NewServer(b.db, b.clock.Now, b.numbers)
	require.NoError(t, err)
	return s
}

// link has an owner's link issued by a caller.
func (b *books) link(ctx context.Context, t *testing.T, subject string) string {
	t.Helper()
	issued, err := b.owners(t).IssueCalendarLink(ctx, &planningv1.IssueCalendarLinkRequest{Name: owner.Name(subject)})
	require.NoError(t, err)
	require.Len(t, issued.GetSecret(), 43, "256 bits")
	require.Equal(t, "/calendars/"+issued.GetSecret()+".ics", issued.GetPath())
	return issued.GetSecret()
}

// shown are the summaries of what a link shows, with the first characters of when it begins.
func (b *books) shown(t *testing.T, secret, lang string) []string {
	t.Helper()
	body, err := b.feeds(t).GetCalendarFeed(public(t), &planningv1.GetCalendarFeedRequest{Secret: secret, Lang: lang})
	require.NoError(t, err)
	require.Equal(t, "text/calendar; charset=utf-8", body.GetContentType())
	calendar, err := ical.NewDecoder(bytes.NewReader(body.GetData())).Decode()
	require.NoError(t, err)
	var all []string
	for _, e := range calendar.Events() {
		summary, err := e.Props.Text(ical.PropSummary)
		require.NoError(t, err)
		status, err := e.Status()
		require.NoError(t, err)
		all = append(all, e.Props.Get(ical.PropDateTimeStart).Value+" "+summary+" "+string(status))
	}
	slices.Sort(all)
	return all
}

// What an owner has to do and has done, of the customers that are his and that the issuer could see, from 90 days ago to 400 days ahead.
func TestFeedShowsTheOwnersContacts(t *testing.T) {
	t.Parallel()
	b := openBooks(t)
	mine, elsewhere := b.client(t, client{name: "深圳甲公司", owner: "li"}), b.client(t, client{name: "abroad", owner: "li", territory: "eu"})
	gone, others := b.client(t, client{name: "gone", owner: "li"}), b.client(t, client{name: "others", owner: "wang"})
	b.exec(t, `update customers set delete_time = now() where customer_id = $1`, gone)
	start := time.Date(2026, 1, 7, 1, 0, 0, 0, time.UTC)
	for _, m := range []meeting{
		{customer: mine, day: "2026-01-06"},
		{customer: mine, day: "2026-01-07", start: &start, state: reserved, activity: calling},
		{customer: mine, day: "2025-10-07", state: done},
		{customer: mine, day: "2027-02-09"},
		{customer: mine, day: "2025-10-06", state: done}, // 91 days ago
		{customer: mine, day: "2027-02-10"},              // in 401 days
		{customer: mine, day: "2026-01-08", state: cancelled},
		{customer: mine, end: "2026-01-08", state: unplaced},
		{customer: mine, day: "2026-01-09", origin: bySpecialDate, activity: messaging},
		{customer: elsewhere, day: "2026-01-10"},
		{customer: gone, day: "2026-01-10"},
		{customer: others, day: "2026-01-10"}, // has another owner now
	} {
		m.owner = "li"
		b.meeting(t, m)
	}
	b.meeting(t, meeting{customer: others, owner: "wang", day: "2026-01-10"})
	want := []string{
		"20251007 日常拜访：深圳甲公司 CONFIRMED", "20260106 日常拜访：深圳甲公司 TENTATIVE", "20260107T010000Z 电话：深圳甲公司 CONFIRMED", "20270209 日常拜访：深圳甲公司 TENTATIVE",
	}
	secret := b.link(caller(t, "li", basic, "cn"), t, "li")
	require.Equal(t, want, b.shown(t, secret, ""))
	require.Equal(t, want, b.shown(t, secret, "zh"))
	require.Contains(t, b.shown(t, secret, "en"), "20260106 Daily visit: 深圳甲公司 TENTATIVE")

	// What the issuer could see counts, whoever reads.
	all := b.shown(t, b.link(caller(t, "li", manager, "*"), t, "li"), "en")
	require.Len(t, all, 6)
	require.Contains(t, all[3], "Message: 深圳甲公司")
	require.Contains(t, all[4], "Daily visit: abroad")
	nothing := auth.With(t.Context(), auth.Principal{Subject: "root", Level: basic, Administrator: true})
	require.Empty(t, b.shown(t, b.link(nothing, t, "li"), ""))
}

// The owner's day and not that of the company says what 90 days ago is.
func TestFeedReachesByTheOwnersDays(t *testing.T) {
	t.Parallel()
	b := openBooks(t)
	c := b.client(t, client{name: "x", owner: "li"})
	b.exec(t, `insert into owners (owner, time_zone, create_time, update_time) values ('li', 'America/New_York', now(), now())`)
	b.meeting(t, meeting{customer: c, owner: "li", day: "2025-10-06", state: done})
	secret := b.link(caller(t, "li", basic, "*"), t, "li")
	b.clock.Set(time.Date(2026, 1, 5, 4, 59, 0, 0, time.UTC)) // still the fourth in New York
	require.Len(t, b.shown(t, secret, ""), 1)
	b.clock.Set(time.Date(2026, 1, 5, 5, 0, 0, 0, time.UTC))
	require.Empty(t, b.shown(t, secret, ""))
}

// A link is good until there is another one or none, and what is not good is all the same.
func TestLinksAreSecret(t *testing.T) {
	t.Parallel()
	b := openBooks(t)
	li := caller(t, "li", basic, "*")
	first := b.link(li, t, "li")
	second := b.link(li, t, "li")
	require.NotEqual(t, first, second)
	var kept string
	require.NoError(t, b.db.Get(t.Context(), &kept, `select cast(o as text) from owners o`))
	require.NotContains(t, kept, second)
	b.shown(t, second, "")
	got, err := b.owners(t).GetOwner(li, &planningv1.GetOwnerRequest{Name: owner.Name("li")})
	require.NoError(t, err)
	require.True(t, b.clock.Now().Equal(got.GetCalendarLinkTime().AsTime()))
	texts := map[string]bool{}
	refuse := func(secret string) {
		_, err := b.feeds(t).GetCalendarFeed(public(t), &planningv1.GetCalendarFeedRequest{Secret: secret})
		requireReason(t, err, "NOT_FOUND")
		texts[err.Error()] = true
	}
	for _, secret := range []string{first, "", "x", second[1:], second + "A", second + "\n", string(owner.Digest(second))} {
		refuse(secret)
	}
	got, err = b.owners(t).RevokeCalendarLink(li, &planningv1.RevokeCalendarLinkRequest{Name: owner.Name("li")})
	require.NoError(t, err)
	require.Nil(t, got.CalendarLinkTime)
	refuse(second)
	require.Len(t, texts, 1, "no hint")
	again, err := b.owners(t).RevokeCalendarLink(li, &planningv1.RevokeCalendarLinkRequest{Name: owner.Name("li")})
	require.NoError(t, err)
	require.Equal(t, got.String(), again.String())
}

// One link is not read without end, which is no business of the others.
func TestFeedIsNotReadTooOften(t *testing.T) {
	t.Parallel()
	b := openBooks(t)
	s := b.feeds(t)
	one, other := b.link(caller(t, "li", basic), t, "li"), b.link(caller(t, "wang", basic), t, "wang")
	read := func(secret string) error {
		_, err := s.GetCalendarFeed(public(t), &planningv1.GetCalendarFeedRequest{Secret: secret})
		return err
	}
	for range 30 {
		require.NoError(t, read(one))
	}
	requireReason(t, read(one), "TOO_OFTEN")
	require.NoError(t, read(other))
	b.clock.Advance(time.Minute)
	require.NoError(t, read(one))
}
