package perm_test

import (
	"testing"

	"pgregory.net/rapid"

	"guildhall/api/perm"
)

func TestWhatIsWithheldIsTheElevatedPermissionsAlone(t *testing.T) {
	if names := perm.Elevated.Names(); len(names) != 10 {
		t.Errorf("elevated are %v", names)
	}
	for name, set := range map[string]perm.Set{"nothing": 0, "everything": perm.All, "what everybody has": everyonesPermissions, "one of them": perm.ManageThreads, "two": perm.KickMembers | perm.SendMessages} {
		t.Run(name, func(t *testing.T) {
			kept := set.Withhold()
			expect(t, kept&perm.All, set&^perm.Elevated)
			expect(t, kept.Withheld(), set&perm.Elevated)
			expect(t, kept.Standing(), set)
			expect(t, kept.Withhold(), kept)
			expect(t, set.Withheld(), 0)
			expect(t, set.Standing(), set)
		})
	}
}

func TestWithholdingLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := perm.Set(rapid.Uint64().Draw(t, "set")) & perm.All
		if kept := set.Withhold(); kept&perm.All != set&^perm.Elevated || kept.Withheld() != set&perm.Elevated || kept.Standing() != set {
			t.Errorf("%d becomes %d", uint64(set), uint64(kept))
		}
	})
}
