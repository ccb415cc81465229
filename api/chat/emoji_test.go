package chat_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"slices"
	"strings"
	"sync"
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// dataURI is bytes as they come with a request.
func dataURI(contentType string, content []byte) string {
	return "data:" + contentType + ";base64," + base64.StdEncoding.EncodeToString(content)
}

// stillImage is a picture that does not move. Others have other shades.
func stillImage(t testing.TB, shade int) string {
	t.Helper()
	drawn := image.NewGray(image.Rect(0, 0, 8, 8))
	drawn.SetGray(shade%8, shade/8%8, color.Gray{Y: uint8(shade)})
	var content bytes.Buffer
	if err := png.Encode(&content, drawn); err != nil {
		t.Fatal(err)
	}
	return dataURI("image/png", content.Bytes())
}

// movingImage is a picture that moves.
func movingImage(t testing.TB) string {
	t.Helper()
	frame := image.NewPaletted(image.Rect(0, 0, 8, 8), color.Palette{color.Black, color.White})
	var content bytes.Buffer
	if err := gif.EncodeAll(&content, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	return dataURI("image/gif", content.Bytes())
}

// newEmoji has somebody make an emoji, for members with certain roles or, without, for everybody.
func newEmoji(t testing.TB, hall *chattest.Hall, guildID id.ID, name string, roleIDs ...id.ID) store.Emoji {
	t.Helper()
	made, err := hall.Emojis.Create(t.Context(), chattest.Console, guildID, chat.EmojiDraft{Name: name, Image: stillImage(t, 1), RoleIDs: roleIDs})
	if err != nil {
		t.Fatal(err)
	}
	return made.Emoji()
}

func TestMakingEmoji(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob, carol := guild.Member("bob"), guild.Member("carol")
	maker := guild.Role("makers", 1, perm.CreateGuildExpressions, bob)
	events := hall.Watch(event.GuildSubject(guild.ID))
	ctx := t.Context()

	bob.Reason = "for parties"
	made, err := hall.Emojis.Create(ctx, bob, guild.ID, chat.EmojiDraft{Name: "Wave_1", Image: stillImage(t, 1), RoleIDs: []id.ID{maker.ID, maker.ID}})
	if err != nil || made.Name != "Wave_1" || made.CreatorID != bob.UserID || made.Animated() || !slices.Equal(made.RoleIDs, []id.ID{maker.ID}) || made.Creator == nil || made.Creator.ID != bob.UserID {
		t.Fatalf("made %+v, %v", made, err)
	}
	if told := chattest.Next[event.EmojisUpdated](events); len(told.Emojis) != 1 || told.Emojis[0].ID != made.ID || told.Emojis[0].Name != "Wave_1" {
		t.Errorf("told %+v", told)
	}
	entry := chattest.Next[event.AuditEntryAdded](events).Entry
	if entry.Action != store.AuditEmojiCreate || entry.TargetID != made.ID || entry.UserID != bob.UserID || entry.Reason != "for parties" || string(entry.Changes[0].New) != `"Wave_1"` {
		t.Errorf("the log says %+v", entry)
	}
	moving, err := hall.Emojis.Create(ctx, guild.Owner, guild.ID, chat.EmojiDraft{Name: "parrot", Image: movingImage(t), RoleIDs: []id.ID{guild.ID, maker.ID}})
	if err != nil || !moving.Animated() || len(moving.RoleIDs) != 0 {
		t.Errorf("made %+v, %v", moving, err)
	}

	for caller, sees := range map[chat.Caller]bool{bob: true, carol: false, chattest.Console: true} {
		all, err := hall.Emojis.List(ctx, caller, guild.ID)
		if err != nil || len(all) != 2 || all[0].ID != made.ID || (all[0].Creator != nil) != sees {
			t.Errorf("%+v sees %+v, %v", caller, all, err)
		}
		one, err := hall.Emojis.Get(ctx, caller, guild.ID, made.ID)
		if err != nil || one.Name != "Wave_1" || (one.Creator != nil) != sees {
			t.Errorf("%+v sees %+v, %v", caller, one, err)
		}
	}
	_, err = hall.Emojis.Get(ctx, bob, guild.ID, 7)
	expectKind(t, err, chat.UnknownEmoji)
	_, err = hall.Emojis.List(ctx, hall.Person("dora"), guild.ID)
	expectKind(t, err, chat.UnknownGuild)
	_, err = hall.Emojis.Create(ctx, carol, guild.ID, chat.EmojiDraft{Name: "wave", Image: stillImage(t, 1)})
	expectKind(t, err, chat.MissingPermission)
	for _, name := range []string{"", "a", "a b", "wave!", "größe", strings.Repeat("x", 33), "a\nb", "ab\n"} {
		_, err := hall.Emojis.Create(ctx, bob, guild.ID, chat.EmojiDraft{Name: name, Image: stillImage(t, 1)})
		expectField(t, err, "name")
	}
	_, err = hall.Emojis.Create(ctx, bob, guild.ID, chat.EmojiDraft{Name: "wave", Image: stillImage(t, 1), RoleIDs: []id.ID{7}})
	expectField(t, err, "roles")
	for what, image := range map[string]string{
		"nothing": "", "no data URI": "wave.png", "a page": dataURI("image/png", []byte("<html><script>alert(1)</script></html>")),
		"a drawing": dataURI("image/svg+xml", []byte("<svg xmlns='http://www.w3.org/2000/svg'/>")), "too much": dataURI("image/png", make([]byte, 256<<10+1)), "half of one": stillImage(t, 1)[:60],
	} {
		_, err := hall.Emojis.Create(ctx, bob, guild.ID, chat.EmojiDraft{Name: "wave", Image: image})
		if chat.KindOf(err) != chat.Invalid && chat.KindOf(err) != chat.FileTooLarge {
			t.Errorf("%s is answered %v", what, err)
		}
	}
}

func TestChangingAndDeletingEmoji(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob, carol, dora := guild.Member("bob"), guild.Member("carol"), guild.Member("dora")
	role := guild.Role("makers", 1, perm.CreateGuildExpressions, bob, carol)
	guild.Role("keepers", 2, perm.ManageGuildExpressions, dora)
	ctx := t.Context()
	made, err := hall.Emojis.Create(ctx, bob, guild.ID, chat.EmojiDraft{Name: "wave", Image: stillImage(t, 1)})
	if err != nil {
		t.Fatal(err)
	}
	events := hall.Watch(event.GuildSubject(guild.ID))

	changed, err := hall.Emojis.Update(ctx, bob, guild.ID, made.ID, chat.EmojiEdit{Name: pointer("bye"), RoleIDs: &[]id.ID{role.ID}})
	if err != nil || changed.Name != "bye" || !slices.Equal(changed.RoleIDs, []id.ID{role.ID}) || changed.Picture.Blob != made.Picture.Blob {
		t.Errorf("changed %+v, %v", changed, err)
	}
	if told := chattest.Next[event.EmojisUpdated](events); told.Emojis[0].Name != "bye" {
		t.Errorf("told %+v", told)
	}
	entry := chattest.Next[event.AuditEntryAdded](events).Entry
	if entry.Action != store.AuditEmojiUpdate || len(entry.Changes) != 2 || string(entry.Changes[0].Old) != `"wave"` || string(entry.Changes[0].New) != `"bye"` || string(entry.Changes[1].New) != fmt.Sprintf(`["%s"]`, role.ID) {
		t.Errorf("the log says %+v", entry)
	}
	if _, err := hall.Emojis.Update(ctx, dora, guild.ID, made.ID, chat.EmojiEdit{RoleIDs: &[]id.ID{}}); err != nil {
		t.Errorf("who looks after emoji: %v", err)
	}
	_, err = hall.Emojis.Update(ctx, carol, guild.ID, made.ID, chat.EmojiEdit{Name: pointer("mine")})
	expectKind(t, err, chat.MissingPermission)
	expectKind(t, hall.Emojis.Delete(ctx, carol, guild.ID, made.ID), chat.MissingPermission)
	_, err = hall.Emojis.Update(ctx, bob, guild.ID, made.ID, chat.EmojiEdit{Name: pointer("no spaces")})
	expectField(t, err, "name")
	_, err = hall.Emojis.Update(ctx, bob, guild.ID, 7, chat.EmojiEdit{})
	expectKind(t, err, chat.UnknownEmoji)
	if err := hall.Members.RemoveRole(ctx, guild.Owner, guild.ID, bob.UserID, role.ID); err != nil {
		t.Fatal(err)
	}
	expectKind(t, hall.Emojis.Delete(ctx, bob, guild.ID, made.ID), chat.MissingPermission)
	expectKind(t, hall.Emojis.Delete(ctx, bob, guild.ID, 7), chat.MissingPermission) // who may change none is not told which there are
	if err := hall.Emojis.Delete(ctx, dora, guild.ID, made.ID); err != nil {
		t.Fatal(err)
	}
	hall.Barrier(event.GuildSubject(guild.ID))
	told := chattest.Until[event.EmojisUpdated](events)
	if last := told[len(told)-1]; len(last.Emojis) != 0 {
		t.Errorf("told %+v", last)
	}
	expectKind(t, hall.Emojis.Delete(ctx, dora, guild.ID, made.ID), chat.UnknownEmoji)
}

func TestAGuildHoldsAsManyEmojiOfAKindAsItMay(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	for i := range 249 {
		if _, err := hall.Store.CreateEmoji(t.Context(), store.GuildEmoji{ID: hall.IDs.Next(), GuildID: guild.ID, Name: fmt.Sprint("emoji_", i)}, 250); err != nil {
			t.Fatal(err)
		}
	}
	var makers sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		makers.Go(func() {
			_, errs[i] = hall.Emojis.Create(t.Context(), guild.Owner, guild.ID, chat.EmojiDraft{Name: "last", Image: stillImage(t, i)})
		})
	}
	makers.Wait()
	made := 0
	for _, err := range errs {
		if err == nil {
			made++
			continue
		}
		expectKind(t, err, chat.MaxEmoji)
	}
	if made != 1 {
		t.Errorf("%d were made where there was room for one", made)
	}
	if _, err := hall.Emojis.Create(t.Context(), guild.Owner, guild.ID, chat.EmojiDraft{Name: "moving", Image: movingImage(t)}); err != nil {
		t.Errorf("of the other kind there are none: %v", err)
	}
}

func TestADeletedRoleLeavesTheEmojiThatWereForIt(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	role := guild.Role("knights", 1, 0)
	wave := newEmoji(t, hall, guild.ID, "wave", role.ID)
	newEmoji(t, hall, guild.ID, "other")
	events := hall.Watch(event.GuildSubject(guild.ID))
	if err := hall.Roles.Delete(t.Context(), guild.Owner, guild.ID, role.ID); err != nil {
		t.Fatal(err)
	}
	if told := chattest.Next[event.EmojisUpdated](events); len(told.Emojis) != 2 || len(told.Emojis[0].RoleIDs) != 0 {
		t.Errorf("told %+v", told)
	}
	if one, err := hall.Emojis.Get(t.Context(), guild.Owner, guild.ID, wave.ID); err != nil || len(one.RoleIDs) != 0 {
		t.Errorf("the emoji is %+v, %v", one, err)
	}
	spare := guild.Role("spare", 1, 0)
	events = hall.Watch(event.GuildSubject(guild.ID))
	if err := hall.Roles.Delete(t.Context(), guild.Owner, guild.ID, spare.ID); err != nil {
		t.Fatal(err)
	}
	hall.Barrier(event.GuildSubject(guild.ID))
	if told := chattest.Until[event.EmojisUpdated](events); len(told) != 0 {
		t.Errorf("a role that no emoji was for: told %+v", told)
	}
}
