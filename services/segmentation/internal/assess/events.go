package assess

import (
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
)

// Announcement is the data of an event of a customer.
type Announcement struct {
	Customer uuid.UUID
	Data     proto.Message
}
