package demo

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/type/date"

	profilev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/profile/v1"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// company is a customer with the habits that its orders follow.
type company struct {
	chance
	office
	industry
	index           int
	id              string
	name, otherName string

	interval   time.Duration // between orders, in the middle
	regularity float64       // the smaller the more regular
	size       float64       // of an order, 1 in the middle
	growth     float64       // of a year
	silent     time.Duration // before the end: since when no order comes; 0 = it is active
	careless   float64       // probability that something goes wrong with an order
	terms      int           // days to pay
	slow       float64       // probability to pay late
}

func newCompany(index int, chance chance) *company {
	c := &company{
		chance: chance, office: offices[index%len(offices)], industry: pick(chance, industries),
		index: index, id: fmt.Sprintf("C%04d", index+1),
	}
	c.interval = time.Duration(c.between(7, 32) * float64(day))
	c.regularity = c.between(0.15, 0.6)
	c.size = c.around(0.8)
	c.growth = c.between(-0.15, 0.3)
	if c.happens(0.12) {
		c.silent = time.Duration(c.between(60, 300) * float64(day))
	}
	c.careless = c.between(0.02, 0.15)
	c.terms = pick(chance, []int{30, 30, 45, 60})
	c.slow = c.between(0.02, 0.35)
	c.call()
	return c
}

func (c *company) inChina() bool { return c.country == "CN" }

// call gives the company its names. The index keeps two companies of one town apart.
func (c *company) call() {
	town := c.index / len(offices)
	if c.inChina() {
		first, second := syllables[town%len(syllables)], syllables[(town*7+c.index%len(offices)*5+3)%len(syllables)]
		c.name = c.city + first[0] + second[0] + c.word + "有限公司"
		c.otherName = c.cityEn + " " + first[1] + strings.ToLower(second[1]) + " " + c.wordEn + " Co., Ltd."
		return
	}
	c.name = fmt.Sprintf("%s %s %s", houses[(town*3+c.index%len(offices))%len(houses)], c.wordEn, endings[c.country])
}

func (c *company) proto() *profilev1.Customer {
	slug := strings.ToLower(strings.NewReplacer(" ", "-", ".", "", ",", "").Replace(c.cityEn + "-" + c.id))
	customer := &profilev1.Customer{
		DisplayName: c.name, LegalName: c.name, Kind: profilev1.Customer_ORGANIZATION,
		Relations:          []profilev1.Customer_Relation{profilev1.Customer_BUYER},
		RegistrationNumber: c.registration(),
		Industry:           c.zh, EmployeeCount: int32(c.between(20, 200) * c.around(1)),
		Territory: c.territory, Owner: pick(c.chance, c.owners), Source: pick(c.chance, sources),
		TimeZone: c.zone, Language: c.language,
		ExternalIds: []*profilev1.ExternalId{{System: System, Id: c.id}},
		Addresses: []*profilev1.Address{{
			Label: "office", RegionCode: c.country, AdministrativeArea: c.area, Locality: c.city, Lines: []string{c.street()},
		}},
		Channels: []*profilev1.Channel{
			{Medium: profilev1.Channel_PHONE, Value: c.phone(), Label: "switchboard"},
			{Medium: profilev1.Channel_WEB, Value: "https://" + slug + ".example.com"},
		},
	}
	if c.otherName != "" {
		customer.AlternativeNames = []string{c.otherName}
	} else {
		customer.Industry = c.en
	}
	if c.happens(0.15) {
		customer.Relations = append(customer.Relations, profilev1.Customer_INTERMEDIARY)
	}
	if c.size > 2 {
		customer.Tags = []string{"key-account"}
	}
	return customer
}

func (c *company) registration() string {
	if c.inChina() {
		return creditCode(c.region, fmt.Sprintf("%08d", 10_000_000+c.IntN(80_000_000)))
	}
	return fmt.Sprintf("%s:%08d", c.country, 1_000_000+c.IntN(98_000_000))
}

func (c *company) street() string {
	if c.inChina() {
		return fmt.Sprintf("科技路%d号", 1+c.IntN(300))
	}
	return fmt.Sprintf("%d Station Road", 1+c.IntN(300))
}

func (c *company) phone() string {
	if c.inChina() {
		return fmt.Sprintf("+86 21 5555 %04d", c.IntN(10_000))
	}
	return fmt.Sprintf("+44 20 7946 %04d", c.IntN(1000))
}

func (c *company) person(index int) *profilev1.Person {
	post := posts[index]
	person := &profilev1.Person{
		Language: c.language, Senior: index == 0,
		ExternalIds: []*profilev1.ExternalId{{System: System, Id: fmt.Sprintf("%s-P%d", c.id, index+1)}},
		Birthday:    &date.Date{Year: int32(1962 + c.IntN(38)), Month: int32(1 + c.IntN(12)), Day: int32(1 + c.IntN(28))},
	}
	if c.inChina() {
		person.DisplayName, person.Position, person.Department = pick(c.chance, surnames)+pick(c.chance, givenNames), post.zh, post.departmentZh
	} else {
		person.DisplayName, person.Position, person.Department = pick(c.chance, firstNames)+" "+pick(c.chance, lastNames), post.en, post.departmentEn
	}
	person.Channels = []*profilev1.Channel{
		{Medium: profilev1.Channel_EMAIL, Value: fmt.Sprintf("p%d@%s.example.com", index+1, strings.ToLower(c.id)), Preferred: true},
		{Medium: profilev1.Channel_MOBILE, Value: fmt.Sprintf("+86 139 0000 %04d", c.IntN(10_000)), Label: "private", Level: typev1.Level_MANAGER},
	}
	if c.happens(0.4) {
		person.Hobbies = []string{pick(c.chance, hobbies)}
	}
	if c.happens(0.7) {
		person.Consents = []*profilev1.Consent{{Medium: profilev1.Channel_EMAIL, State: profilev1.Consent_GRANTED, Source: "form"}}
	}
	return person
}
