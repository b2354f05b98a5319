package duplicate

import (
	"context"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/guanxi-crm/guanxi/libs/aggregate"
	"github.com/guanxi-crm/guanxi/libs/history"
	"github.com/guanxi-crm/guanxi/libs/postgres"
)

// perJudgement is how many pairs are compared in one step.
const perJudgement = 2000

const nextCandidates = `select p.first_id, p.second_id, a.keys as first_keys, a.private_keys as first_private, a.registration_key as first_registration, a.names as first_names,
		b.keys as second_keys, b.private_keys as second_private, b.registration_key as second_registration, b.names as second_names,
		array(select w.key from match_crowds w where w.key = any(a.keys)) as crowds
	from match_candidates p join match_states a on a.holder = p.first_id join match_states b on b.holder = p.second_id
	where (p.first_id, p.second_id) > ($1, $2)
	order by p.first_id, p.second_id limit $3`

type candidate struct {
	pair
	FirstKeys          pq.Int64Array  `db:"first_keys"`
	FirstPrivate       pq.Int64Array  `db:"first_private"`
	FirstRegistration  int64          `db:"first_registration"`
	SecondKeys         pq.Int64Array  `db:"second_keys"`
	SecondPrivate      pq.Int64Array  `db:"second_private"`
	SecondRegistration int64          `db:"second_registration"`
	FirstNames         pq.StringArray `db:"first_names"`
	SecondNames        pq.StringArray `db:"second_names"`
	Crowds             pq.Int64Array  `db:"crowds"`
}

// pair are two customers, the older one first.
type pair struct {
	First  uuid.UUID `db:"first_id"  json:"first_id"`
	Second uuid.UUID `db:"second_id" json:"second_id"`
}

// duplicate is a pair that was found.
type duplicate struct {
	pair
	Score     float64  `json:"score"`
	Reasons   []Reason `json:"reasons"`
	Different bool     `json:"different_registration"`
	Keys      []Key    `json:"keys"`

	public Match // what anybody may know of it
}

// judge compares the next candidates and keeps those that are proposed.
func (s *Store) judge(ctx context.Context, at *cursor) (done int64, finished bool, err error) {
	rules, err := s.rules(ctx)
	if err != nil {
		return 0, false, err
	}
	var rows []candidate
	if err := s.db.Select(ctx, &rows, nextCandidates, at.After, at.Second, perJudgement); err != nil {
		return 0, false, err
	}
	found := []duplicate{}
	for i := range rows {
		if d := rows[i].judge(rules); rules.Proposed(Match{Score: d.Score, Keys: d.Keys}) {
			found = append(found, d)
		}
	}
	finished = len(rows) < perJudgement
	upTo := pair{uuid.Max, uuid.Max}
	if !finished {
		upTo = rows[len(rows)-1].pair
	}
	fresh, err := s.keep(ctx, pair{at.After, at.Second}, upTo, found)
	if err != nil {
		return 0, false, err
	}
	at.Pairs += int64(len(found))
	at.New += int64(len(fresh))
	at.After, at.Second = upTo.First, upTo.Second
	return int64(len(rows)), finished, s.announce(ctx, rules, found, fresh)
}

func (c *candidate) judge(rules Rules) duplicate {
	a := &Keys{All: keysOf(c.FirstKeys), Private: keysOf(c.FirstPrivate), Registration: Key(c.FirstRegistration), Names: c.FirstNames}
	b := &Keys{All: keysOf(c.SecondKeys), Private: keysOf(c.SecondPrivate), Registration: Key(c.SecondRegistration), Names: c.SecondNames}
	crowds := map[Key]bool{}
	for _, k := range c.Crowds {
		crowds[Key(k)] = true
	}
	m := rules.Compare(a, b, func(k Key) bool { return crowds[k] })
	d := duplicate{pair: c.pair, Score: m.Score, Reasons: m.Reasons, Different: m.Different, Keys: m.Keys, public: m}
	if len(a.Private)+len(b.Private) > 0 {
		d.public = rules.Compare(a, b, func(k Key) bool { return crowds[k] || a.IsPrivate(k) || b.IsPrivate(k) })
	}
	return d
}

const (
	// Of the pairs after $1, $2 up to $3, $4.
	dropStale = `delete from duplicates d where (d.first_id, d.second_id) > ($1, $2) and (d.first_id, d.second_id) <= ($3, $4)
		and not exists (select from jsonb_to_recordset($5) as g (first_id uuid, second_id uuid) where g.first_id = d.first_id and g.second_id = d.second_id)`

	// What comes back is new, or speaks for a pair otherwise than when it was dismissed.
	keepFound = `with given as materialized (
		select g.first_id, g.second_id, g.score, g.reasons, g.different_registration, g.keys from jsonb_to_recordset($1) as g (first_id uuid, second_id uuid, score numeric, reasons smallint[], different_registration boolean, keys bigint[])
	), kept as (
		insert into duplicates as d (first_id, second_id, score, reasons, different_registration, keys, find_time)
		select first_id, second_id, score, reasons, different_registration, keys, $2 from given
		on conflict (first_id, second_id) do update set score = excluded.score, reasons = excluded.reasons, different_registration = excluded.different_registration,
			keys = excluded.keys
			where (d.score, d.reasons, d.different_registration, d.keys) is distinct from (excluded.score, excluded.reasons, excluded.different_registration, excluded.keys)
	)
	select g.first_id, g.second_id from given g left join duplicates d using (first_id, second_id) left join duplicate_dismissals s using (first_id, second_id)
	where not coalesce(g.keys <@ s.keys, false) and (d.duplicate_id is null or d.keys <@ s.keys)`
)

// keep stores what was found of the pairs after one up to another, and returns which of them are news.
func (s *Store) keep(ctx context.Context, after, upTo pair, found []duplicate) (fresh []pair, err error) {
	given := postgres.JSON[any]{V: found}
	if _, err := s.db.Exec(ctx, dropStale, after.First, after.Second, upTo.First, upTo.Second, given); err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, nil
	}
	return fresh, s.db.Select(ctx, &fresh, keepFound, given, s.now())
}

// announce tells of the pairs that are news, as far as anybody may know of them.
func (s *Store) announce(ctx context.Context, rules Rules, found []duplicate, fresh []pair) error {
	if len(fresh) == 0 {
		return nil
	}
	news := make(map[pair]bool, len(fresh))
	younger := make([]uuid.UUID, len(fresh))
	for i, p := range fresh {
		news[p], younger[i] = true, p.Second
	}
	holding, err := aggregate.Hold(ctx, s.db, younger)
	if err != nil {
		return err
	}
	var records []history.Record
	for i := range found {
		d := &found[i]
		if h := holding[d.Second]; h == nil || h.Deleted || !news[d.pair] || !rules.Proposed(d.public) {
			continue
		}
		event, err := foundEvent(ctx, s.now(), d)
		if err != nil {
			return err
		}
		records = append(records, history.Record{Event: event})
	}
	return aggregate.Record(ctx, s.db, holding, records)
}
