package gateway

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"guildhall/api/chat"
)

// stillImage is a PNG of two by two pixels, as it comes with a request.
const stillImage = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADElEQVR4nGNg+A+EAAYAAf+T0eSJAAAAAElFTkSuQmCC"

func TestEmojiAreToldToTheMembersOfTheirGuild(t *testing.T) {
	h := open(t)
	ctx := context.Background()
	alice, bob := h.Person("alice"), h.Person("bob")
	robot, token := h.bot("robot", alice)
	guild := h.Guild(alice)
	guild.Join(bob, robot)
	wave, err := h.Emojis.Create(ctx, alice, guild.ID, chat.EmojiDraft{Name: "wave", Image: stillImage})
	if err != nil {
		t.Fatal(err)
	}
	role := guild.Role("knights", 1, 0)
	b := h.enter(h.login(bob))
	wants, other := h.enter(token, `"intents":9`), h.enter(token, `"intents":513`)
	update := func(edit chat.EmojiEdit, want string) {
		t.Helper()
		if _, err := h.Emojis.Update(ctx, alice, guild.ID, wave.ID, edit); err != nil {
			t.Fatal(err)
		}
		for _, device := range []*client{b, wants} {
			if told := string(device.expect("GUILD_EMOJIS_UPDATE").Data); !strings.Contains(told, want) || strings.Contains(told, `"user"`) {
				t.Errorf("%s", told)
			}
		}
	}
	name := "bye"
	wants.await("GUILD_CREATE")
	update(chat.EmojiEdit{Name: &name}, fmt.Sprintf(`{"guild_id":"%s","emojis":[{"id":"%s","name":"bye","roles":[]`, guild.ID, wave.ID))
	roles := append(wave.RoleIDs, role.ID)
	update(chat.EmojiEdit{RoleIDs: &roles}, fmt.Sprintf(`"roles":["%s"]`, role.ID))
	if err := h.Roles.Delete(ctx, alice, guild.ID, role.ID); err != nil {
		t.Fatal(err)
	}
	b.expect("GUILD_ROLE_DELETE")
	if told := string(b.expect("GUILD_EMOJIS_UPDATE").Data); !strings.Contains(told, `"roles":[]`) {
		t.Errorf("%s", told)
	}
	if err := h.Emojis.Delete(ctx, alice, guild.ID, wave.ID); err != nil {
		t.Fatal(err)
	}
	if told := string(b.expect("GUILD_EMOJIS_UPDATE").Data); !strings.HasSuffix(told, `"emojis":[]}`) {
		t.Errorf("%s", told)
	}
	h.post(alice, guild.General, "enough")
	if names, _ := other.namesUntil("MESSAGE_CREATE", guild.General.String()); slices.Contains(names, "GUILD_EMOJIS_UPDATE") {
		t.Errorf("a bot that did not ask was told %v", names)
	}
}
