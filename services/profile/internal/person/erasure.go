package person

import (
	"time"

	"github.com/google/uuid"
)

// Erasure records that somebody was erased: in ids only, as it stays.
type Erasure struct {
	PersonID   uuid.UUID `db:"person_id"`
	CustomerID uuid.UUID `db:"customer_id"`
	// Basis has the numbers of its enum in the API; deletedOnly for somebody who was deleted as anything else is.
	Basis     int32     `db:"basis"`
	Reference string    `db:"reference"`
	Actor     string    `db:"actor"`
	Time      time.Time `db:"erase_time"`
}

const deletedOnly = 0

// keeper is another service that keeps something of people, whom it knows by their ids only.
type keeper struct {
	Service string `json:"service"`
	En      string `json:"keeps"`
	Zh      string `json:"keeps_zh"`
}

// keepers are told in an export. Each removes what it keeps when a person is erased, and confirms.
var keepers = []keeper{
	{"segmentation", "nothing of single people", "不保存个人数据"},
	{
		"planning", "position and department, consent per channel, days to be reminded of, and where the person takes part: contacts, activities, benefits, cards, coaches, liaisons, power maps, plans, preferences",
		"职务、部门、各渠道的同意状态、提醒日期，以及该人员所涉及的接触、活动、利益、卡片、教练、接口人、权力地图、计划和偏好",
	},
	{"voice", "which voices, cases and inquiries the person brought or was contacted for", "该人员提出或涉及的声音、个案和查询"},
	{"satisfaction", "which invitations the person got, and the answers while they are not anonymous", "该人员收到的调查邀请，以及未匿名化的答卷"},
}
