package owner

import (
	"github.com/guanxi-crm/guanxi/libs/auth"
	"github.com/guanxi-crm/guanxi/libs/fault"
	typev1 "github.com/guanxi-crm/guanxi/proto/go/guanxi/type/v1"
)

// Oversees says whether the caller may know of all owners and change them.
func Oversees(caller auth.Principal) bool {
	return caller.Administrator || caller.Level >= typev1.Level_MANAGER
}

// Permit returns an error unless the owner is the caller himself or somebody whom he oversees. It is asked before anything is said of whether there is such an owner.
func Permit(caller auth.Principal, subject string) error {
	if Oversees(caller) || caller.Subject == subject && subject != "" {
		return nil
	}
	return denied()
}

// permitLink is Permit for who would see, by a link, what an owner sees.
func permitLink(caller auth.Principal, subject string) error {
	if caller.Administrator || caller.Subject == subject {
		return nil
	}
	return denied()
}

func denied() error {
	return fault.Denied("OWNER_ONLY", fault.Text{
		En: "this is for the owner himself, or for who oversees owners", Zh: "仅限负责人本人或负责人的管理者",
	})
}
