package duplicate_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/guanxi-crm/guanxi/libs/operation"
	"github.com/guanxi-crm/guanxi/libs/platform"
	"github.com/guanxi-crm/guanxi/libs/postgres"
	"github.com/guanxi-crm/guanxi/libs/testkit"
	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
	"github.com/guanxi-crm/guanxi/services/profile/internal/duplicate"
)

func migrate(ctx context.Context, db *postgres.DB) error {
	if err := platform.Migrate(ctx, db); err != nil {
		return err
	}
	return postgres.Migrate(ctx, db, "profile_migrations", os.DirFS("../../migrations"))
}

const insert = `insert into customers (customer_id, sequence, revision, display_name, kind, relations, legal_name, alternative_names, registration_number, industry, employee_count,
	territory, owner, source, tags, attributes, addresses, channels, external_ids, time_zone, language, words, create_time, update_time)
	values ($1, 1, 1, $2, $3, '{}', '', $4, $5, '', 0, 'cn', '', '', '{}', '{}', '[]', $6, '[]', 'Asia/Shanghai', '', '', now(), now())
	on conflict (customer_id) do update set revision = customers.revision + 1, display_name = excluded.display_name, kind = excluded.kind,
		alternative_names = excluded.alternative_names, registration_number = excluded.registration_number, channels = excluded.channels`

// world is customers that often have something in common, in the database and here.
type world struct {
	db     *postgres.DB
	random *rand.Rand
	facts  map[uuid.UUID]*duplicate.Facts
	runner *operation.Runner
	store  *duplicate.Store
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, now := testkit.Database(t, migrate), time.Now
	w := &world{db: db, random: rand.New(rand.NewPCG(1, 2)), facts: map[uuid.UUID]*duplicate.Facts{}, store: duplicate.NewStore(db, now)}
	var err error
	w.runner, err = operation.NewRunner(db, []operation.Kind{w.store.Kind()}, slog.New(slog.DiscardHandler), now)
	require.NoError(t, err)
	return w
}

// put writes a customer, a new one or one that is there, as chance will have it.
func (w *world) put(t *testing.T, n int) {
	t.Helper()
	pick := func(what string, of int) string { return fmt.Sprintf(what, w.random.IntN(of)) }
	f := &duplicate.Facts{Organization: w.random.IntN(4) > 0, Names: []string{pick("company %d ltd", 60), "", pick("other name %d", 200)}}
	if w.random.IntN(2) == 0 && f.Organization {
		f.Registration = pick("GB:%07d", 100)
	}
	for range w.random.IntN(4) {
		c := contact.Channel{Medium: phone, Value: pick("0755-86013%03d", 60), Level: w.random.Int32N(4)}
		switch w.random.IntN(3) {
		case 0:
			c.Medium, c.Value = mail, pick("a%d@", 20)+pick("mail%d.com", 12)
		case 1:
			c.Medium, c.Value = web, pick("https://www.mail%d.com", 12)
		}
		f.Channels = append(f.Channels, c)
	}
	kind := 2
	if f.Organization {
		kind = 1
	}
	id := uuid.MustParse(fmt.Sprintf("%08x-0000-7000-8000-000000000000", n))
	_, err := w.db.Exec(t.Context(), insert, id, f.Names[0], kind, pq.StringArray{f.Names[2]}, f.Registration, postgres.JSON[any]{V: postgres.OrEmpty(f.Channels)})
	require.NoError(t, err)
	w.facts[id] = f
}

// expected compares all with all.
func (w *world) expected(rules duplicate.Rules) map[[2]uuid.UUID]float64 {
	keys, holders := map[uuid.UUID]*duplicate.Keys{}, map[duplicate.Key]int{}
	for id, f := range w.facts {
		keys[id] = f.Keys()
		for _, k := range keys[id].All {
			holders[k]++
		}
	}
	out := map[[2]uuid.UUID]float64{}
	for a, ka := range keys {
		for b, kb := range keys {
			m := rules.Compare(ka, kb, func(k duplicate.Key) bool { return holders[k] > rules.Crowd })
			if slices.Compare(a[:], b[:]) < 0 && rules.Proposed(m) {
				out[[2]uuid.UUID{a, b}] = m.Score
			}
		}
	}
	return out
}

func (w *world) found(t *testing.T) map[[2]uuid.UUID]float64 {
	t.Helper()
	require.NoError(t, w.store.Nightly(t.Context(), time.Now()))
	require.NoError(t, w.runner.Tick(t.Context()))
	var state int
	require.NoError(t, w.db.Get(t.Context(), &state, `select state from operations order by create_time desc limit 1`))
	require.Equal(t, int(operation.Succeeded), state)
	var rows []struct {
		First  uuid.UUID `db:"first_id"`
		Second uuid.UUID `db:"second_id"`
		Score  float64   `db:"score"`
	}
	require.NoError(t, w.db.Select(t.Context(), &rows, `select first_id, second_id, score from duplicates`))
	out := map[[2]uuid.UUID]float64{}
	for _, r := range rows {
		out[[2]uuid.UUID{r.First, r.Second}] = r.Score
	}
	return out
}

// The search finds what comparing all with all finds: over everybody, and after some have changed, gone and come.
func TestSearchIsAllWithAll(t *testing.T) {
	t.Parallel()
	w, rules := newWorld(t), shipped()
	rules.Crowd = 12
	_, err := w.db.Exec(t.Context(), `update settings set body = jsonb_set(body, '{duplicates,crowd}', '12')`)
	require.NoError(t, err)
	for n := range 300 {
		w.put(t, n)
	}
	require.Greater(t, len(w.expected(rules)), 50)
	require.Equal(t, w.expected(rules), w.found(t))
	require.Equal(t, w.expected(rules), w.found(t), "again, with nothing changed")
	for range 3 {
		for range 40 {
			w.put(t, w.random.IntN(320))
		}
		gone := uuid.MustParse(fmt.Sprintf("%08x-0000-7000-8000-000000000000", w.random.IntN(300)))
		_, err := w.db.Exec(t.Context(), `update customers set delete_time = now() where customer_id = $1`, gone)
		require.NoError(t, err)
		delete(w.facts, gone)
		require.Equal(t, w.expected(rules), w.found(t))
		_, err = w.db.Exec(t.Context(), `update customers set delete_time = null where customer_id = $1`, gone)
		require.NoError(t, err)
		w.put(t, int(gone[3])|int(gone[2])<<8)
	}
	rules.Threshold = 0.5
	_, err = w.db.Exec(t.Context(), `update settings set body = jsonb_set(body, '{duplicates,threshold}', '0.5')`)
	require.NoError(t, err)
	require.Equal(t, w.expected(rules), w.found(t), "by other rules")
}

// What a killed or older release left is made anew.
func TestKeysOfOtherRulesAreMadeAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 50 {
		w.put(t, n)
	}
	w.found(t)
	_, err := w.db.Exec(t.Context(), `update match_states set rules = 0, keys = '{}'`)
	require.NoError(t, err)
	_, err = w.db.Exec(t.Context(), `truncate match_keys`)
	require.NoError(t, err)
	require.Equal(t, w.expected(shipped()), w.found(t))
}
