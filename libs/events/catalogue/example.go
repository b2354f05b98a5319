package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

const (
	// depth is how far an example goes into messages within messages.
	depth = 4
	// customer is the customer of all examples.
	customer = "customers/019a3c5e-7b1d-7c44-9f0e-3d2a6b8c1e70"
	order    = customer + "/orders/019a3c62-91aa-7e35-b1c4-0d6f0e2b7a11"
	payment  = customer + "/payments/019a3c63-2f08-7b9e-93d7-7be4c1a5d902"
	person   = customer + "/people/019a3c61-0c55-7d0a-8a51-5f1f6a0be3c2"
)

// texts are typical values by field name, or by message and field name; what is not here gets its own name as value.
var texts = map[string]string{
	"Customer.name":       customer,
	"Order.name":          order,
	"Payment.name":        payment,
	"customer":            customer,
	"person":              person,
	"order":               order,
	"payment":             payment,
	"display_name":        "Shenzhen Optical Networks",
	"legal_name":          "深圳光网络有限公司",
	"alternative_names":   "SZON",
	"registration_number": "91440300MA5DEM004J",
	"industry":            "telecommunications",
	"territory":           "cn/south/shenzhen",
	"owner":               "li.wei",
	"source":              "trade fair",
	"tags":                "gold",
	"label":               "headquarters",
	"region_code":         "CN",
	"postal_code":         "518000",
	"administrative_area": "广东省",
	"locality":            "深圳市",
	"lines":               "科技南路 1 号",
	"value":               "+8675500000000",
	"system":              "erp",
	"id":                  "C-4711",
	"time_zone":           "Asia/Shanghai",
	"language":            "zh-CN",
	"source_system":       "erp",
	"order_number":        "SO-2026-0042",
	"payment_number":      "PAY-2026-0107",
	"product_line":        "fibre",
	"product_code":        "FB-12",
	"description":         "12-core fibre cable",
	"currency_code":       "CNY",
	"etag":                `"2"`,

	"activity":            "activities/019a3c64-5d0e-7a10-8c2f-6b1d9e3a7f01",
	"budget":              "budgets/019a3c64-5d0e-7a10-8c2f-6b1d9e3a7f02",
	"card":                customer + "/cards/019a3c64-5d0e-7a10-8c2f-6b1d9e3a7f03",
	"coach":               customer + "/coaches/019a3c64-5d0e-7a10-8c2f-6b1d9e3a7f04",
	"compliance_approval": "complianceApprovals/019a3c64-5d0e-7a10-8c2f-6b1d9e3a7f05",
	"compliance_rule":     "complianceRules/019a3c64-5d0e-7a10-8c2f-6b1d9e3a7f06",
	"concern":             customer + "/concerns/019a3c64-5d0e-7a10-8c2f-6b1d9e3a7f07",
	"contact":             "contacts/019a3c64-5d0e-7a10-8c2f-6b1d9e3a7f08",
	"contact_plan":        "contactPlans/bGkud2Vp",
	"contact_plan_run":    "contactPlanRuns/019a3c64-5d0e-7a10-8c2f-6b1d9e3a7f09",
	"contact_preference":  person + "/contactPreference",
	"evaluation":          customer + "/evaluations/019a3c64-5d0e-7a10-8c2f-6b1d9e3a7f0a",
	"liaison":             customer + "/liaisons/019a3c64-5d0e-7a10-8c2f-6b1d9e3a7f0b",
	"plan":                "plans/019a3c64-5d0e-7a10-8c2f-6b1d9e3a7f0c",
	"power_map":           customer + "/powerMap",
	"claim":               "019a3c64-5d0e-7a10-8c2f-6b1d9e3a7f0f",
	"measure":             "monthly-visit",
	"department":          "purchasing",
	"jurisdiction":        "CN",
	"occasion":            "factory-opening",
	"approver":            "zhang.min",
	"requester":           "li.wei",

	"PlanApproved.superseded":        "plans/019a3c64-5d0e-7a10-8c2f-6b1d9e3a7f0d",
	"PlanRevised.base":               "plans/019a3c64-5d0e-7a10-8c2f-6b1d9e3a7f0d",
	"ComplianceRuleCreated.replaced": "complianceRules/019a3c64-5d0e-7a10-8c2f-6b1d9e3a7f0e",
	"BudgetExceeded.reference":       "contacts/019a3c64-5d0e-7a10-8c2f-6b1d9e3a7f08",
	"BudgetChanged.fields":           "amount",
	"ActivityChanged.fields":         "start_time",
	"ContactPlanChanged.causes":      "class",
	"SponsorWon.cause":               "observation",
	"SponsorLost.cause":              "decay",
}

// numbers are the same for numbers; the others are 120.
var numbers = map[protoreflect.Name]int64{
	"year": 2026, "fiscal_year": 2026, "version": 3, "month": 3, "day": 18, "units": 128_000, "nanos": 500_000_000, "seconds": 1_772_600_767,
	"quantity_filled": 118, "quantity_damaged": 2,
}

// absent are fields that most messages lack.
var absent = []protoreflect.Name{"delete_time", "purge_time"}

// example fills a message with values that are typical and always the same.
func example(message protoreflect.MessageDescriptor) proto.Message {
	m := dynamicpb.NewMessage(message)
	fill(m, depth)
	if fields := message.Fields().ByName("changed_fields"); fields != nil {
		change(m, fields)
	}
	return m
}

// change makes one field differ between before and after. A fact named <Something>Changed holds no other, one named <Something>Corrected
// all of them.
func change(m protoreflect.Message, list protoreflect.FieldDescriptor) {
	before, after := m.Descriptor().Fields().ByName("before"), m.Descriptor().Fields().ByName("after")
	changed := protoreflect.Name("position")
	if before != nil {
		changed = typical(before.Message())
	}
	m.Mutable(list).List().Set(0, protoreflect.ValueOfString(string(changed)))
	if before == nil {
		return
	}
	if strings.HasSuffix(string(m.Descriptor().Name()), "Changed") {
		keepOnly(m.Mutable(before).Message(), changed)
		keepOnly(m.Mutable(after).Message(), changed)
	}
	old := m.Mutable(before).Message()
	field := old.Descriptor().Fields().ByName(changed)
	if field.Message() == nil {
		old.Set(field, protoreflect.ValueOfString(cmp.Or(former[changed], "former "+strings.ReplaceAll(string(changed), "_", " "))))
		return
	}
	money := old.Mutable(field).Message()
	money.Set(money.Descriptor().Fields().ByName("units"), protoreflect.ValueOfInt64(120_000))
}

// former are what typical fields were before.
var former = map[protoreflect.Name]string{"territory": "cn/east/shanghai"}

// typical is a field of a resource that changes often: one of those that many have, else the first text that is not the name.
func typical(resource protoreflect.MessageDescriptor) protoreflect.Name {
	for _, name := range []protoreflect.Name{"territory", "amount"} {
		if resource.Fields().ByName(name) != nil {
			return name
		}
	}
	for i := range resource.Fields().Len() {
		if f := resource.Fields().Get(i); f.Kind() == protoreflect.StringKind && !f.IsList() && f.Name() != "name" {
			return f.Name()
		}
	}
	panic(fmt.Sprintf("catalogue: %s has no text that could change", resource.FullName()))
}

func keepOnly(m protoreflect.Message, name protoreflect.Name) {
	m.Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		if f.Name() != name {
			m.Clear(f)
		}
		return true
	})
}

func fill(m protoreflect.Message, left int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch {
		case levelOf(f) > typev1.Level_BASIC, slices.Contains(absent, f.Name()), f.IsMap(), f.Message() != nil && left == 0:
		case f.ContainingOneof() != nil && m.WhichOneof(f.ContainingOneof()) != nil:
		case m.Descriptor().FullName() == "google.protobuf.Timestamp" && f.Name() == "nanos":
		case f.IsList():
			list := m.Mutable(f).List()
			list.Append(valueOf(f, list.NewElement(), left))
		default:
			m.Set(f, valueOf(f, m.NewField(f), left))
		}
	}
}

func valueOf(f protoreflect.FieldDescriptor, empty protoreflect.Value, left int) protoreflect.Value {
	number := cmp.Or(numbers[f.Name()], 120)
	switch f.Kind() {
	case protoreflect.StringKind:
		name := string(f.Name())
		own := string(f.ContainingMessage().Name()) + "." + name
		return protoreflect.ValueOfString(cmp.Or(texts[own], texts[name], strings.ReplaceAll(name, "_", " ")))
	case protoreflect.MessageKind, protoreflect.GroupKind:
		fill(empty.Message(), left-1)
	case protoreflect.EnumKind:
		values := f.Enum().Values()
		return protoreflect.ValueOfEnum(values.Get(min(1, values.Len()-1)).Number())
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(number))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(number)
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(float64(number))
	default:
	}
	return empty
}
