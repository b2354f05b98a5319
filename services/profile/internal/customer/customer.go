// Package customer is the customer master [客户档案]: who our customers are, where they belong and who of ours looks after them.
package customer

import (
	"strings"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/text/language"

	"github.com/guanxi-crm/guanxi/libs/creditcode"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/services/profile/internal/attribute"
	"github.com/guanxi-crm/guanxi/services/profile/internal/contact"
)

// Kind says what a customer is in law; the numbers are those of the API.
type Kind int32

// The kinds.
const (
	Organization Kind = 1
	Person       Kind = 2
)

// DefaultTimeZone is that of a customer of whom nothing else is said.
const DefaultTimeZone = "Asia/Shanghai"

// Customer is an organization or person that we sell to.
type Customer struct {
	ID                 uuid.UUID                  `db:"customer_id"`
	Revision           int64                      `db:"revision"`
	DisplayName        string                     `db:"display_name"`
	Kind               Kind                       `db:"kind"`
	Relations          []int32                    `db:"-"`
	LegalName          string                     `db:"legal_name"`
	AlternativeNames   []string                   `db:"-"`
	RegistrationNumber string                     `db:"registration_number"`
	Industry           string                     `db:"industry"`
	EmployeeCount      int32                      `db:"employee_count"`
	Territory          string                     `db:"territory"`
	Owner              string                     `db:"owner"`
	Source             string                     `db:"source"`
	Tags               []string                   `db:"-"`
	Attributes         map[string]attribute.Value `db:"-"`
	Addresses          []contact.Address          `db:"-"`
	Channels           []contact.Channel          `db:"-"`
	ExternalIDs        []contact.ExternalID       `db:"-"`
	TimeZone           string                     `db:"time_zone"`
	Language           string                     `db:"language"`
	CreateTime         time.Time                  `db:"create_time"`
	UpdateTime         time.Time                  `db:"update_time"`
	DeleteTime         *time.Time                 `db:"delete_time"`
	PurgeTime          *time.Time                 `db:"purge_time"`
	// Parent is the company that this one belongs to; the nil id stands for a name that is none.
	Parent uuid.NullUUID `db:"parent_id"`
	// lockedParent is what it was when a merge took hold of the customer.
	lockedParent uuid.NullUUID
	// MergedInto is the customer that has the facts of this one, which is marked as deleted then.
	MergedInto uuid.NullUUID `db:"merged_into"`
	// Blended says whether others are merged into it; it is read where the customer is locked.
	Blended bool `db:"blended"`
}

// Normalize brings values that mean the same into one form, before they are checked and stored.
func (c *Customer) Normalize() {
	c.DisplayName = strings.TrimSpace(c.DisplayName)
	c.LegalName = strings.TrimSpace(c.LegalName)
	c.RegistrationNumber = strings.ToUpper(strings.TrimSpace(c.RegistrationNumber))
	if c.TimeZone == "" {
		c.TimeZone = DefaultTimeZone
	}
}

// Check holds a customer, as a whole, to its rules. The errors name the fields as the API does.
func (c *Customer) Check() []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule, en, zh string) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, fault.Text{En: en, Zh: zh}))
		}
	}
	add(c.DisplayName == "", "display_name", "REQUIRED", "must be given", "必须填写")
	add(c.Kind != Organization && c.Kind != Person, "kind", "REQUIRED", "must be ORGANIZATION or PERSON", "必须为 ORGANIZATION 或 PERSON")
	add(c.Territory == "", "territory", "REQUIRED", "must be given", "必须填写")
	add(!knownTimeZone(c.TimeZone), "time_zone", "TIME_ZONE", "is not an IANA time zone", "不是 IANA 时区")
	add(!knownLanguage(c.Language), "language", "LANGUAGE", "is not a BCP 47 language tag", "不是 BCP 47 语言标签")
	add(c.Parent.Valid && c.Parent.UUID == uuid.Nil, "parent", "RESOURCE_NAME", "must be the name of a customer: customers/{id}", "须为客户名称：customers/{id}")
	add(c.Parent.Valid && c.Kind == Person, "parent", "KIND", "only an organization belongs to another one", "只有单位才有母公司")
	if text, ok := c.checkRegistration(); !ok {
		wrong = append(wrong, fault.Field("registration_number", "REGISTRATION_NUMBER", text))
	}
	return append(wrong, contact.CheckUnique(c.ExternalIDs)...)
}

func (c *Customer) checkRegistration() (fault.Text, bool) {
	n := c.RegistrationNumber
	switch {
	case n == "", isForeign(n) && c.Kind == Organization:
		return fault.Text{}, true
	case c.Kind == Person:
		return fault.Text{En: "only an organization has a registration number", Zh: "只有单位才有注册号"}, false
	case !creditcode.Looks(n):
		return fault.Text{
			En: "is neither a Unified Social Credit Code (18 characters, GB 32100) nor a foreign number with its country in front, such as GB:01234567",
			Zh: "既不是统一社会信用代码（18 位，GB 32100），也不是带国家代码的境外注册号（如 GB:01234567）",
		}, false
	case !creditcode.Valid(n):
		return fault.Text{
			En: "has a wrong check character (GB 32100): expected " + string(creditcode.CheckCharacter(n[:17])) + " at the end",
			Zh: "校验码错误（GB 32100）：末位应为 " + string(creditcode.CheckCharacter(n[:17])),
		}, false
	}
	return fault.Text{}, true
}

// isForeign says whether a number names the country of its register: two letters, a colon, the number.
func isForeign(n string) bool {
	return len(n) > 3 && n[2] == ':' && isUpper(n[0]) && isUpper(n[1])
}

func isUpper(b byte) bool { return 'A' <= b && b <= 'Z' }

// timeZones are names found good lately: to find one a file is read, which every write would do. Bounded, as a good name can be
// spelled in many ways.
var timeZones = func() *lru.Cache[string, struct{}] {
	names, err := lru.New[string, struct{}](1000)
	if err != nil { // for sizes below 1
		panic(err)
	}
	return names
}()

func knownTimeZone(name string) bool {
	if name == "" || name == "Local" {
		return false
	}
	if timeZones.Contains(name) {
		return true
	}
	if _, err := time.LoadLocation(name); err != nil {
		return false
	}
	timeZones.Add(strings.Clone(name), struct{}{})
	return true
}

func knownLanguage(tag string) bool {
	if tag == "" {
		return true
	}
	_, err := language.Parse(tag)
	return err == nil
}

// Texts are what a search finds the customer by.
func (c *Customer) Texts() string {
	parts := append([]string{c.DisplayName, c.LegalName, c.RegistrationNumber, c.Industry}, c.AlternativeNames...)
	parts = append(parts, c.Tags...)
	for _, a := range c.Addresses {
		parts = append(parts, a.AdministrativeArea, a.Locality)
		parts = append(parts, a.Lines...)
	}
	return strings.Join(parts, "\n")
}
