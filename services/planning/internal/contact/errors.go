package contact

import (
	"fmt"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/guanxi-crm/guanxi/libs/fault"
)

// refuse says why nothing can be done with a contact as it stands.
func (c *Contact) refuse(reason, en, zh string) error {
	return fault.New(codes.FailedPrecondition, reason, fault.Text{En: c.Name() + " " + en, Zh: c.Name() + " " + zh})
}

func (c *Contact) finishedError() error {
	return c.refuse("FINISHED", "is done or cancelled", "已完成或已取消")
}

func (c *Contact) noOwnerError() error {
	return c.refuse("NO_OWNER", "takes time, and its customer has no owner", "需占用时间，而其客户没有负责人")
}

func (c *Contact) notWorkingError(day time.Time) error {
	d := day.Format(time.DateOnly)
	return c.refuse("NOT_A_WORKING_DAY", "cannot be on "+d+", which is no working day of its owner or one of his absence", "不能安排在 "+d+"：该日非其负责人的工作日，或其当日不在")
}

func (c *Contact) noCapacityError(day time.Time, room, taken int32) error {
	d := day.Format(time.DateOnly)
	return c.refuse("NO_CAPACITY",
		fmt.Sprintf("takes %d minutes, and of the %d of its owner on %s %d are taken", c.Minutes, room, d, taken),
		fmt.Sprintf("需 %d 分钟，而其负责人 %s 可用 %d 分钟、已占用 %d 分钟", c.Minutes, d, room, taken))
}

func (c *Contact) outsideError() error {
	return c.refuse("OUTSIDE_WINDOW",
		"is to be made from "+c.WindowStart.Format(time.DateOnly)+" to "+c.WindowEnd.Format(time.DateOnly)+"; force overrides it",
		"应在 "+c.WindowStart.Format(time.DateOnly)+" 至 "+c.WindowEnd.Format(time.DateOnly)+" 之间进行；可用 force 强制")
}

func (c *Contact) tooCloseError(gap int32) error {
	return c.refuse("TOO_CLOSE",
		fmt.Sprintf("would be less than %d days from another contact of its customer; force overrides it", gap),
		fmt.Sprintf("与该客户的另一次接触相隔不足 %d 天；可用 force 强制", gap))
}

// notWantedError does not say by whom: he may be senior.
func (c *Contact) notWantedError() error {
	return c.refuse("NOT_WANTED", "is not wanted at that time by somebody who is to be met; force overrides it", "的接触对象不接受该时间；可用 force 强制")
}
