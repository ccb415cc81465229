package chat_test

import (
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/id"
)

func TestProfilesAreForThoseWhoHaveToDoWithEachOther(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob, carol, stranger := guild.Member("bob"), guild.Member("carol"), hall.Person("stranger")
	color := 0xABCDEF
	given := &color
	if _, err := hall.Users.UpdateSelf(t.Context(), bob, chat.UserChange{Bio: pointer("I bake."), Pronouns: pointer("he/him"), AccentColor: &given}); err != nil {
		t.Fatal(err)
	}
	if _, err := hall.Members.Update(t.Context(), guild.Owner, guild.ID, bob.UserID, chat.MemberEdit{Nick: pointer("Baker")}); err != nil {
		t.Fatal(err)
	}
	profile := func(by chat.Caller, of, in id.ID) (chat.Profile, error) {
		return hall.Users.Profile(t.Context(), by, hall.Relationships, of, in)
	}
	shown, err := profile(carol, bob.UserID, guild.ID)
	if err != nil || shown.User.Bio != "I bake." || shown.User.Pronouns != "he/him" || *shown.User.AccentColor != color || len(shown.MutualGuilds) != 1 || shown.Member.Nick != "Baker" {
		t.Errorf("%+v, %v", shown, err)
	}
	_, err = profile(stranger, bob.UserID, 0)
	expectKind(t, err, chat.UnknownUser)
	_, err = profile(carol, bob.UserID, 404)
	expectKind(t, err, chat.UnknownMember)
	if own, err := profile(stranger, stranger.UserID, 0); err != nil || own.User.ID != stranger.UserID {
		t.Errorf("one's own: %+v, %v", own, err)
	}
	for _, pair := range [][2]chat.Caller{{bob, stranger}, {stranger, bob}, {carol, stranger}, {stranger, carol}} {
		if err := hall.Relationships.Ask(t.Context(), pair[0], pair[1].UserID); err != nil {
			t.Fatal(err)
		}
	}
	if shown, err = profile(carol, bob.UserID, 0); err != nil || len(shown.MutualFriends) != 1 || shown.MutualFriends[0].ID != stranger.UserID {
		t.Errorf("%+v, %v", shown, err)
	}
	if _, err = profile(stranger, bob.UserID, 0); err != nil {
		t.Errorf("a friend: %v", err)
	}
	for field, change := range map[string]chat.UserChange{"bio": {Bio: pointer(string(make([]byte, 200)))}, "pronouns": {Pronouns: pointer("a\nb")}, "accent_color": {AccentColor: pointer(pointer(1 << 24))}} {
		_, err := hall.Users.UpdateSelf(t.Context(), bob, change)
		expectField(t, err, field)
	}
	var none *int
	if user, err := hall.Users.UpdateSelf(t.Context(), bob, chat.UserChange{Bio: pointer(""), AccentColor: &none}); err != nil || user.Bio != "" || user.AccentColor != nil {
		t.Errorf("%+v, %v", user, err)
	}
}

func TestTheListOfMentionsHasWhatOneMayRead(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob := guild.Member("bob")
	hidden := guild.Channel("hidden", store.ChannelText, store.PermissionOverwrite{TargetID: guild.ID, Deny: uint64(perm.ViewChannel)})
	write := func(channelID id.ID, content string) id.ID {
		t.Helper()
		posted, err := hall.Messages.Create(t.Context(), guild.Owner, channelID, chat.MessageDraft{Content: content})
		if err != nil {
			t.Fatal(err)
		}
		return posted.Message.ID
	}
	list := func(page chat.MentionPage) (found []id.ID) {
		t.Helper()
		mentions, err := hall.Messages.Mentions(t.Context(), bob, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, mention := range mentions {
			found = append(found, mention.Message.ID)
		}
		return found
	}
	is := func(what string, got []id.ID, want ...id.ID) {
		t.Helper()
		if len(got) != len(want) {
			t.Errorf("%s: %v, want %v", what, got, want)
			return
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
	}
	first := write(guild.General, "<@"+bob.UserID.String()+"> hello")
	write(guild.General, "nobody")
	write(hidden, "<@"+bob.UserID.String()+"> unseen")
	everyone := write(guild.General, "@everyone")
	is("all", list(chat.MentionPage{Everyone: true, Roles: true}), everyone, first)
	is("by name", list(chat.MentionPage{GuildID: guild.ID}), first)
	is("before", list(chat.MentionPage{Everyone: true, Before: everyone}), first)
	if err := hall.Messages.DismissMention(t.Context(), bob, first); err != nil {
		t.Fatal(err)
	}
	is("dismissed", list(chat.MentionPage{Everyone: true}), everyone)
	_, err := hall.Messages.Mentions(t.Context(), bob, chat.MentionPage{Limit: 101})
	expectField(t, err, "limit")
	_, err = hall.Messages.Mentions(t.Context(), hall.Person("stranger"), chat.MentionPage{GuildID: guild.ID})
	expectKind(t, err, chat.UnknownGuild)
}
