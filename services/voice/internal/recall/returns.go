package recall

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// Back is one booking of what came back of an item.
type Back struct {
	Customer   uuid.UUID       `db:"customer_id"`
	Recall     uuid.UUID       `db:"recall_id"`
	ID         uuid.UUID       `db:"return_id"`
	Item       uuid.UUID       `db:"item_id"`
	Quantity   decimal.Decimal `db:"quantity"`
	Note       string          `db:"note"`
	Author     string          `db:"author"`
	CreateTime time.Time       `db:"create_time"`
}
