// Package insight is insights into customers [客户洞察]: dated notes from sources outside and within the company.
package insight

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// SourceKind says where an insight is from; the numbers are those of the API.
type SourceKind int16

// The first kind of source within the company.
const firstInternal SourceKind = 10

// Internal says whether the source is within the company.
func (k SourceKind) Internal() bool { return k >= firstInternal }

// Reliability says how far the source can be trusted; the numbers are those of the API.
type Reliability int16

// Insight is a dated note on a customer.
type Insight struct {
	Customer    uuid.UUID   `db:"customer_id"`
	ID          uuid.UUID   `db:"insight_id"`
	Revision    int64       `db:"revision"`
	Date        time.Time   `db:"insight_date"` // midnight UTC of the day
	SourceKind  SourceKind  `db:"source_kind"`
	Source      string      `db:"source"`
	Reliability Reliability `db:"reliability"`
	Title       string      `db:"title"`
	Text        string      `db:"body"`
	URL         string      `db:"url"`
	Sections    []string    `db:"-"`
	Tags        []string    `db:"-"`
	Author      string      `db:"author"`
	CreateTime  time.Time   `db:"create_time"`
	UpdateTime  time.Time   `db:"update_time"`
}

func (i *Insight) name() string { return resource.Name("customers", i.Customer, "insights", i.ID) }

// tidy cuts what surrounds title and tags: two that read the same are the same.
func (i *Insight) tidy() {
	i.Title = strings.TrimSpace(i.Title)
	for n := range i.Tags {
		i.Tags[n] = strings.TrimSpace(i.Tags[n])
	}
}

// Check holds an insight to the rules that the API's constraints cannot say, or that a partial update may break. known says whether a code is in the outline of dossiers;
// what the insight had before, it may keep.
func (i *Insight) Check(now time.Time, known func(code string) bool, before []string) []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule, en, zh string) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, fault.Text{En: en, Zh: zh}))
		}
	}
	add(i.Title == "", "title", "REQUIRED", "must be given", "必须填写")
	add(i.SourceKind == 0, "source_kind", "REQUIRED", "must be given", "必须填写")
	// Somewhere it is tomorrow already.
	add(i.Date.After(now.UTC().AddDate(0, 0, 1)), "date", "FUTURE", "must not be after tomorrow", "不得晚于明天")
	for n, code := range i.Sections {
		add(!slices.Contains(before, code) && !known(code), fmt.Sprintf("sections[%d]", n), "SECTION_UNKNOWN",
			"is not in the outline of dossiers", "不在档案目录中")
	}
	for n, tag := range i.Tags {
		field := fmt.Sprintf("tags[%d]", n)
		add(tag == "", field, "REQUIRED", "must be given", "必须填写")
		add(tag != "" && slices.Index(i.Tags, tag) < n, field, "UNIQUE", "stands twice", "重复出现")
	}
	return wrong
}
