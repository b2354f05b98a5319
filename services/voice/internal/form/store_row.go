package form

import (
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// formRow is a form as it is stored.
type formRow struct {
	ID             uuid.UUID      `db:"form_id"`
	Slug           string         `db:"slug"`
	TitleEn        string         `db:"title_en"`
	TitleZh        string         `db:"title_zh"`
	IntroEn        string         `db:"intro_en"`
	IntroZh        string         `db:"intro_zh"`
	Kinds          pq.Int32Array  `db:"kinds"`
	ProductLines   pq.StringArray `db:"product_lines"`
	Territory      string         `db:"territory"`
	MinimumSeconds int32          `db:"minimum_seconds"`
	ValidHours     int32          `db:"valid_hours"`
	MostLinks      int32          `db:"most_links"`
	PerMinute      int32          `db:"per_minute"`
	Active         bool           `db:"active"`
	Author         string         `db:"author"`
	CreateTime     time.Time      `db:"create_time"`
	UpdateTime     time.Time      `db:"update_time"`
	Revision       int64          `db:"revision"`
}

func rowOf(f *Form) formRow {
	r := formRow{
		ID: f.ID, Slug: f.Slug, TitleEn: f.TitleEn, TitleZh: f.TitleZh, IntroEn: f.IntroEn, IntroZh: f.IntroZh, Kinds: numbersOf(f.Kinds), ProductLines: pq.StringArray{},
		Territory: f.Territory, MinimumSeconds: f.MinimumSeconds, ValidHours: f.ValidHours, MostLinks: f.MostLinks, PerMinute: f.PerMinute, Active: f.Active, Author: f.Author,
		CreateTime: f.CreateTime, UpdateTime: f.UpdateTime, Revision: f.Revision,
	}
	r.ProductLines = append(r.ProductLines, f.ProductLines...)
	return r
}

func (r formRow) form() *Form {
	return &Form{
		ID: r.ID, Slug: r.Slug, TitleEn: r.TitleEn, TitleZh: r.TitleZh, IntroEn: r.IntroEn, IntroZh: r.IntroZh, Kinds: ofNumbers[Kind](r.Kinds), ProductLines: r.ProductLines,
		Territory: r.Territory, MinimumSeconds: r.MinimumSeconds, ValidHours: r.ValidHours, MostLinks: r.MostLinks, PerMinute: r.PerMinute, Active: r.Active, Author: r.Author,
		CreateTime: r.CreateTime, UpdateTime: r.UpdateTime, Revision: r.Revision,
	}
}

func numbersOf[T ~int32](list []T) pq.Int32Array {
	out := make(pq.Int32Array, len(list))
	for i, n := range list {
		out[i] = int32(n)
	}
	return out
}

func ofNumbers[T ~int32](list pq.Int32Array) []T {
	out := make([]T, len(list))
	for i, n := range list {
		out[i] = T(n)
	}
	return out
}

// submissionRow is a submission as it is stored.
type submissionRow struct {
	Form          uuid.UUID     `db:"form_id"`
	ID            uuid.UUID     `db:"submission_id"`
	Territory     string        `db:"territory"` // of the form
	Reference     string        `db:"reference"`
	Nonce         []byte        `db:"nonce"`
	Digest        []byte        `db:"digest"`
	State         State         `db:"state"`
	Suspicions    pq.Int32Array `db:"suspicions"`
	Language      string        `db:"language"`
	Kind          Kind          `db:"kind"`
	Sender        string        `db:"sender"`
	Company       string        `db:"company"`
	Contact       string        `db:"contact"`
	Answer        bool          `db:"answer_wanted"`
	Product       string        `db:"product_line"`
	Order         string        `db:"order_number"`
	Text          string        `db:"body"`
	RepeatCount   int32         `db:"repeat_count"`
	Voice         uuid.NullUUID `db:"voice_id"`
	Decider       string        `db:"decider"`
	DecideTime    *time.Time    `db:"decide_time"`
	DiscardReason string        `db:"discard_reason"`
	CreateTime    time.Time     `db:"create_time"`
}

func rowOfSubmission(s *Submission) submissionRow {
	return submissionRow{
		Form: s.Form, ID: s.ID, Territory: s.Territory, Reference: s.Reference, Nonce: s.Nonce, Digest: s.Digest, State: s.State, Suspicions: numbersOf(s.Suspicions),
		Language: s.Language, Kind: s.Kind, Sender: s.Sender, Company: s.Company, Contact: s.Contact, Answer: s.Answer, Product: s.Product, Order: s.Order, Text: s.Text,
		RepeatCount: s.RepeatCount, Voice: s.Voice, Decider: s.Decider, DecideTime: s.DecideTime, DiscardReason: s.DiscardReason, CreateTime: s.CreateTime,
	}
}

func (r submissionRow) submission() *Submission {
	return &Submission{
		Form: r.Form, ID: r.ID, Territory: r.Territory, Reference: r.Reference, Nonce: r.Nonce, Digest: r.Digest, State: r.State, Suspicions: ofNumbers[Suspicion](r.Suspicions),
		Language: r.Language, RepeatCount: r.RepeatCount, Voice: r.Voice, Decider: r.Decider, DecideTime: r.DecideTime, DiscardReason: r.DiscardReason, CreateTime: r.CreateTime,
		Content: Content{
			Kind: r.Kind, Sender: r.Sender, Company: r.Company, Contact: r.Contact, Answer: r.Answer, Product: r.Product, Order: r.Order, Text: r.Text,
		},
	}
}
