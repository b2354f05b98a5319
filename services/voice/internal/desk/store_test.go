package desk_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/page"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/service"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
	voicev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/voice/v1"
	"github.com/guanxi-crm/guanxi/services/voice/internal/desk"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	return service.Migrate(ctx, db, service.Definition{Name: "voice", Migrations: os.DirFS("../../migrations")})
}

// bundle is the desks on a database of their own.
type bundle struct {
	*desk.Server
	db    *postgres.DB
	store *desk.Store
}

func setup(t *testing.T) *bundle {
	t.Helper()
	db, clock := testkit.Database(t, migrate), testkit.NewClock()
	pages, err := page.NewSealer(make([]byte, page.KeySize))
	require.NoError(t, err)
	s, err := desk.NewServer(db, clock.Now, pages)
	require.NoError(t, err)
	return &bundle{Server: s, db: db, store: desk.NewStore(db, clock.Now)}
}

func as(ctx context.Context, territories ...string) context.Context {
	return auth.With(ctx, auth.Principal{Subject: "admin", Level: typev1.Level_BASIC, Territories: territories, Administrator: true})
}

// desk makes one whose members have that capacity.
func (b *bundle) desk(t *testing.T, territory string, capacity int32, members ...string) *voicev1.Desk {
	t.Helper()
	d := &voicev1.Desk{Territory: territory, LabelEn: "desk", LabelZh: "服务台", Leads: []string{"lead"}}
	for _, m := range members {
		d.Members = append(d.Members, &voicev1.DeskMember{Subject: m, Capacity: capacity})
	}
	made, err := b.CreateDesk(as(t.Context(), "*"), &voicev1.CreateDeskRequest{Desk: d})
	require.NoError(t, err)
	return made
}

func (b *bundle) customer(t *testing.T, territory string) uuid.UUID {
	t.Helper()
	id := uuid.New()
	_, err := b.db.Exec(t.Context(), `insert into customers (customer_id, territory, create_time) values ($1, $2, now())`, id, territory)
	require.NoError(t, err)
	return id
}

const insertCase = `insert into cases (customer_id, case_id, request_kind, track, phase, technicality, severity, severity_basis, major, state, title, product_line, product_code,
		cause, assignee, desk_id, received_time, revision, create_time, update_time)
	values ($1, gen_random_uuid(), 2, 1, 1, 1, 2, 2, false, 3, '', '', '', '', $2, $3, now(), 1, now(), now())`

func requireReason(t *testing.T, err error, reason string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, reason, fault.From(err).Reason(), "%v", err)
}

// Many assign at once, of customers here and there: nobody gets more than he takes, all that can be taken is, and the nearest desk first.
func TestCapacityIsNeverOverrun(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.desk(t, "cn/south/shenzhen", 3, "near-1", "near-2")
	b.desk(t, "cn/south", 2, "mid-1", "mid-2")
	b.desk(t, "", 1, "top")
	places := []string{"cn/south/shenzhen", "cn/south/guangzhou", "cn/north"}
	customers := make([]uuid.UUID, 24)
	for i := range customers {
		customers[i] = b.customer(t, places[i%3])
	}
	var wait sync.WaitGroup
	for i, customer := range customers {
		wait.Go(func() {
			err := b.db.InTx(context.Background(), func(ctx context.Context) error {
				id, subject, why, err := b.store.Choose(ctx, places[i%3], 2, "", "zh-CN")
				if err != nil || subject == "" {
					return err
				}
				if why == "" {
					return fmt.Errorf("no reason for %s", subject)
				}
				_, err = b.db.Exec(ctx, insertCase, customer, subject, id)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	var got []struct {
		Assignee string `db:"assignee"`
		Count    int    `db:"count"`
	}
	require.NoError(t, b.db.Select(t.Context(), &got, `select assignee, count(*) as count from cases group by 1 order by 1`))
	have := map[string]int{}
	for _, g := range got {
		have[g.Assignee] = g.Count
	}
	require.Equal(t, map[string]int{"near-1": 3, "near-2": 3, "mid-1": 2, "mid-2": 2, "top": 1}, have)
}

func TestNobodyToBeFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	choose := func(territory, line string) (id uuid.NullUUID, subject, why string) {
		err := b.db.InTx(t.Context(), func(ctx context.Context) (err error) {
			id, subject, why, err = b.store.Choose(ctx, territory, 1, line, "")
			return err
		})
		require.NoError(t, err)
		return id, subject, why
	}
	id, subject, why := choose("cn/south", "")
	require.False(t, id.Valid)
	require.Empty(t, subject)
	require.Equal(t, "no desk at cn/south or above", why)
	made := b.desk(t, "cn", 0, "none")
	id, subject, why = choose("cn/south", "")
	require.Equal(t, made.GetName(), desk.Name(id.UUID))
	require.Empty(t, subject)
	require.Equal(t, "desk of cn: all 1 members who can are full", why)
	_, err := b.UpdateDesk(as(t.Context(), "*"), &voicev1.UpdateDeskRequest{Desk: &voicev1.Desk{Name: made.GetName(), Inactive: true}})
	require.NoError(t, err)
	id, _, _ = choose("cn/south", "")
	require.False(t, id.Valid)
}

func TestDesksAreChanged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t.Context(), "cn")
	made := b.desk(t, "cn/south", 5, "li", "wang")
	customer := b.customer(t, "cn/south")
	id := uuid.MustParse(made.GetName()[len("desks/"):])
	_, err := b.db.Exec(t.Context(), insertCase, customer, "wang", id)
	require.NoError(t, err)

	got, err := b.GetDesk(ctx, &voicev1.GetDeskRequest{Name: made.GetName()})
	require.NoError(t, err)
	require.EqualValues(t, 1, got.GetMembers()[1].GetOpenCaseCount())
	change := &voicev1.Desk{Name: made.GetName(), Etag: got.GetEtag(), Members: []*voicev1.DeskMember{
		{Subject: "wang", Capacity: 1, Languages: []string{"zh-CN"}, RequestKinds: []voicev1.RequestKind{voicev1.RequestKind_INQUIRY}}, {Subject: "zhao", Capacity: 9},
	}}
	got, err = b.UpdateDesk(ctx, &voicev1.UpdateDeskRequest{Desk: change})
	require.NoError(t, err)
	require.Equal(t, []string{"wang", "zhao"}, []string{got.GetMembers()[0].GetSubject(), got.GetMembers()[1].GetSubject()})
	require.Equal(t, []string{"zh"}, got.GetMembers()[0].GetLanguages())
	require.EqualValues(t, 1, got.GetMembers()[0].GetOpenCaseCount())
	_, err = b.UpdateDesk(ctx, &voicev1.UpdateDeskRequest{Desk: change})
	requireReason(t, err, "ETAG_MISMATCH")
	change.Etag = ""
	again, err := b.UpdateDesk(ctx, &voicev1.UpdateDeskRequest{Desk: change})
	require.NoError(t, err)
	require.Equal(t, got.GetEtag(), again.GetEtag(), "the same again changes nothing")
	_, err = b.UpdateDesk(ctx, &voicev1.UpdateDeskRequest{
		Desk: &voicev1.Desk{Name: made.GetName(), Territory: "cn/north"}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"territory"}},
	})
	requireReason(t, err, "INVALID_FIELDS")

	var told []string
	require.NoError(t, b.db.Select(t.Context(), &told, `select subject from outbox order by version`))
	require.Equal(t, []string{"guanxi.voice.desk.created.v1", "guanxi.voice.desk.changed.v1"}, told)

	_, err = b.DeleteDesk(ctx, &voicev1.DeleteDeskRequest{Name: made.GetName()})
	requireReason(t, err, "DESK_IN_USE")
	unused := b.desk(t, "cn/north", 1)
	_, err = b.DeleteDesk(ctx, &voicev1.DeleteDeskRequest{Name: unused.GetName()})
	require.NoError(t, err)
	_, err = b.GetDesk(as(t.Context(), "*"), &voicev1.GetDeskRequest{Name: unused.GetName()})
	requireReason(t, err, "NOT_FOUND")
}

func TestOneActiveDeskATerritory(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := as(t.Context(), "*")
	first := b.desk(t, "cn/south", 1)
	again := &voicev1.CreateDeskRequest{Desk: &voicev1.Desk{Territory: "cn/south", LabelEn: "x", LabelZh: "x"}}
	_, err := b.CreateDesk(ctx, again)
	requireReason(t, err, "DESK")
	_, err = b.UpdateDesk(ctx, &voicev1.UpdateDeskRequest{Desk: &voicev1.Desk{Name: first.GetName(), Inactive: true}})
	require.NoError(t, err)
	_, err = b.CreateDesk(ctx, again)
	require.NoError(t, err)
	_, err = b.UpdateDesk(ctx, &voicev1.UpdateDeskRequest{
		Desk: &voicev1.Desk{Name: first.GetName()}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"inactive"}},
	})
	requireReason(t, err, "DESK")
}

func TestDesksOfOthers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.desk(t, "cn/south", 1)
	b.desk(t, "", 1)
	north := as(t.Context(), "cn/north")
	_, err := b.GetDesk(north, &voicev1.GetDeskRequest{Name: made.GetName()})
	requireReason(t, err, "HIDDEN")
	_, err = b.UpdateDesk(north, &voicev1.UpdateDeskRequest{Desk: &voicev1.Desk{Name: made.GetName(), LabelEn: "mine"}})
	requireReason(t, err, "HIDDEN")
	_, err = b.CreateDesk(north, &voicev1.CreateDeskRequest{Desk: &voicev1.Desk{Territory: "cn", LabelEn: "x", LabelZh: "x"}})
	requireReason(t, err, "TERRITORY")
	list, err := b.ListDesks(north, &voicev1.ListDesksRequest{})
	require.NoError(t, err)
	require.Empty(t, list.GetDesks())
	list, err = b.ListDesks(as(t.Context(), "*"), &voicev1.ListDesksRequest{Filter: `leads:"lead" AND inactive = false`})
	require.NoError(t, err)
	require.Len(t, list.GetDesks(), 2)
}
