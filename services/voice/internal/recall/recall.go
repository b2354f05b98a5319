// Package recall calls products back [产品召回]: a recall, the order lines that are affected, the customers who are told, and what comes back.
//
// A recall is of the company and numbers its own events; what concerns a customer is his, and is locked, numbered and guarded with him. Locks are taken in the order recall,
// customers, cases.
package recall

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	"github.com/guanxi-crm/guanxi/libs/resource"
)

// State is how far a recall is; the numbers are those of the API.
type State int16

// The states.
const (
	Draft State = iota + 1
	Started
	Completed
	Cancelled
)

// ItemState is how far an item is; the numbers are those of the API.
type ItemState int16

// The states of items.
const (
	Affected ItemState = iota + 1
	Notified
	Returned
	Closed
)

// Member is somebody of the task force.
type Member struct {
	Subject string `json:"subject"`
	Role    string `json:"role"`
	Lead    bool   `json:"lead"`
}

// Recall is the calling back of products.
type Recall struct {
	ID         uuid.UUID     `db:"recall_id"`
	Title      string        `db:"title"`
	Reason     string        `db:"reason"`
	Line       string        `db:"product_line"`
	Codes      []string      `db:"-"`
	OrderStart *time.Time    `db:"order_start_time"`
	OrderEnd   *time.Time    `db:"order_end_time"`
	LotNote    string        `db:"lot_note"`
	Territory  string        `db:"territory"` // "" all
	TaskForce  []Member      `db:"-"`
	State      State         `db:"state"`
	Operation  uuid.NullUUID `db:"operation_id"`
	TraceTime  *time.Time    `db:"trace_time"`
	Author     string        `db:"author"`
	StartTime  *time.Time    `db:"start_time"`
	EndTime    *time.Time    `db:"end_time"`
	EndReason  string        `db:"end_reason"`
	Revision   int64         `db:"revision"`
	CreateTime time.Time     `db:"create_time"`
	UpdateTime time.Time     `db:"update_time"`
}

// Figures are what has come of a recall.
type Figures struct {
	Customers int             `db:"customers"`
	ToNotify  int             `db:"to_notify"`
	Items     int             `db:"items"`
	Open      int             `db:"items_open"`
	Quantity  decimal.Decimal `db:"quantity"`
	Returned  decimal.Decimal `db:"returned"`
	Cases     int             `db:"cases"`
}

// Item is an order line that is called back.
type Item struct {
	Customer    uuid.UUID       `db:"customer_id"`
	Recall      uuid.UUID       `db:"recall_id"`
	Order       uuid.UUID       `db:"order_id"`
	Number      int32           `db:"number"`
	ID          uuid.UUID       `db:"item_id"`
	OrderNumber string          `db:"order_number"`
	OrderTime   time.Time       `db:"order_time"`
	Line        string          `db:"product_line"`
	Code        string          `db:"product_code"`
	Quantity    decimal.Decimal `db:"quantity"`
	Returned    decimal.Decimal `db:"returned"`
	State       ItemState       `db:"state"`
	TraceTime   time.Time       `db:"trace_time"`
	ReturnTime  *time.Time      `db:"return_time"`
	CloseReason string          `db:"close_reason"`
	UpdateTime  time.Time       `db:"update_time"`
}

// Client is a customer that is affected.
type Client struct {
	Customer   uuid.UUID  `db:"customer_id"`
	Recall     uuid.UUID  `db:"recall_id"`
	AffectTime time.Time  `db:"affect_time"`
	NotifyTime *time.Time `db:"notify_time"`
	Notifier   string     `db:"notifier"`
	Channel    string     `db:"channel"`
	Note       string     `db:"note"`
	Items      int        `db:"items"`
	Open       int        `db:"items_open"`
}

// Name is the resource name of a recall.
func Name(id uuid.UUID) string { return resource.Name("recalls", id) }

// Name is the resource name.
func (r *Recall) Name() string { return Name(r.ID) }

// Name is the resource name.
func (i *Item) Name() string { return resource.Name("recalls", i.Recall, "items", i.ID) }

// OrderName is the resource name of its order.
func (i *Item) OrderName() string { return resource.Name("customers", i.Customer, "orders", i.Order) }

// Check holds a recall to what the API's constraints cannot say.
func (r *Recall) Check() []fault.Violation {
	var wrong []fault.Violation
	add := func(broken bool, field, rule string, text fault.Text) {
		if broken {
			wrong = append(wrong, fault.Field(field, rule, text))
		}
	}
	required := fault.Text{En: "must be given", Zh: "必须填写"}
	add(r.Title == "", "title", "REQUIRED", required)
	add(r.Reason == "", "reason", "REQUIRED", required)
	add(r.Line == "" && len(r.Codes) == 0, "product_codes", "PRODUCT", fault.Text{En: "a product line or products must be given", Zh: "须填写产品线或产品"})
	add(r.OrderStart != nil && r.OrderEnd != nil && !r.OrderEnd.After(*r.OrderStart), "order_end_time", "PERIOD", fault.Text{
		En: "must be after order_start_time", Zh: "须晚于 order_start_time",
	})
	return wrong
}

// manager is the level MANAGER of the API.
const manager = 2

// Permit says whether a caller may change a recall: one who covers its territory, and for all territories an administrator of level MANAGER or above, since it speaks for the whole
// company.
func (r *Recall) Permit(caller auth.Principal) error {
	switch {
	case r.Territory == "" && caller.Everywhere() && (!caller.Administrator || caller.Level < manager):
		return fault.Denied("ADMINISTRATOR", fault.Text{
			En: "a recall for all territories is for administrators of level MANAGER or above", Zh: "面向全部区域的召回须由 MANAGER 级及以上的管理员办理",
		})
	case !caller.Covers(r.Territory):
		return fault.Denied("TERRITORY", fault.Text{En: "the territory is not one of yours", Zh: "该区域不在您的权限范围内"})
	}
	return nil
}

// Step takes a recall from one state into another.
func (r *Recall) Step(from, to State) error {
	if r.State != from {
		return stateError(r)
	}
	r.State = to
	return nil
}

// Lead says whether anybody is in charge.
func (r *Recall) Lead() bool {
	for _, m := range r.TaskForce {
		if m.Lead {
			return true
		}
	}
	return false
}

// Return books a quantity that came back, or one that was booked in error, which is negative.
func (i *Item) Return(quantity decimal.Decimal, at time.Time) error {
	after := i.Returned.Add(quantity)
	switch {
	case i.State == Closed:
		return closedError(i)
	case after.IsNegative() || after.GreaterThan(i.Quantity):
		return exceededError(i)
	}
	wasBack := i.State == Returned
	i.Returned, i.UpdateTime = after, at
	if quantity.IsPositive() {
		i.ReturnTime = &at
	}
	switch {
	case after.Equal(i.Quantity):
		i.State = Returned
	case wasBack: // who brought something back had been told
		i.State = Notified
	}
	return nil
}

// Close says that nothing more will come back.
func (i *Item) Close(reason string, at time.Time) error {
	if i.State >= Returned {
		return closedError(i)
	}
	i.State, i.CloseReason, i.UpdateTime = Closed, reason, at
	return nil
}

// Open says whether something of it may still come back.
func (i *Item) Open() bool { return i.State < Returned }

var stateNames = map[State]fault.Text{
	Draft: {En: "a draft", Zh: "草稿"}, Started: {En: "started", Zh: "已启动"}, Completed: {En: "completed", Zh: "已完成"}, Cancelled: {En: "cancelled", Zh: "已取消"},
}

func stateError(r *Recall) error {
	is := stateNames[r.State]
	return fault.New(codes.FailedPrecondition, "STATE", fault.Text{En: r.Name() + " is " + is.En, Zh: r.Name() + " 的状态为" + is.Zh})
}

func refuse(reason, en, zh string) error {
	return fault.New(codes.FailedPrecondition, reason, fault.Text{En: en, Zh: zh})
}

func closedError(i *Item) error {
	return refuse("ITEM_CLOSED", i.Name()+" is closed, or all of it is back", i.Name()+" 已关闭或已全部退回")
}

func exceededError(i *Item) error {
	return fault.New(codes.FailedPrecondition, "RETURN_EXCEEDED", fault.Text{
		En: "of " + i.Name() + " " + i.Quantity.String() + " is affected and " + i.Returned.String() + " is back", Zh: i.Name() + " 受影响数量 " + i.Quantity.String() + "，已退回 " + i.Returned.String(),
	}).With("left", i.Quantity.Sub(i.Returned).String())
}
