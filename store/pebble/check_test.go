package pebble

import (
	"context"
	"errors"
	"strings"
	"testing"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

func TestACheckFindsWhatIsPlanted(t *testing.T) {
	for name, planted := range map[string]struct {
		key, value []byte
		found      string
	}{
		"a session of nobody":            {kindUserSession.key(7, 8), nil, "needs the session"},
		"a name that is taken twice":     {usernameKey(false, "eve"), idValue(1), "1 accounts have 2 names"},
		"a member of no guild":           {kindMember.key(7, 1), mustEncode(memberRecord{}), "needs the guild"},
		"a message in no channel":        {kindMessage.key(7, 1), mustEncode(messageRecord{}), "needs the channel's guild"},
		"a pin of no message":            {kindPin.key(7, 8, 9), nil, "needs the message"},
		"bytes that nothing names":       {append(kindBytes.key(), make([]byte, 32)...), mustEncode(bytesRecord{Blob: "file/x", Names: 1}), "named 0 times"},
		"an emoji of no guild":           {kindEmoji.key(7, 1), mustEncode(guildEmojiRecord{}), "needs the guild"},
		"an emoji that is nowhere":       {kindEmojiGuild.key(1), idValue(7), "0 emoji are in 1 guilds"},
		"a webhook of no channel":        {kindWebhook.key(7, 1), mustEncode(webhookRecord{ChannelID: 8}), "needs the channel"},
		"a webhook that is nowhere":      {kindWebhookGuild.key(1), idValue(7), "0 webhooks are in 1 guilds"},
		"a follower that is no webhook":  {kindFollower.key(7, 1), nil, "needs the webhook's guild"},
		"a command of no application":    {kindCommand.key(7, 0, 1), mustEncode(commandRecord{}), "needs the bot"},
		"a command that is nowhere":      {kindCommandPlace.key(1), make([]byte, 16), "0 commands are in 1 places"},
		"commands that are none":         {kindGuildCommands.key(7, 1), nil, "without commands"},
		"permissions of no command":      {kindCommandPermissions.key(7, 1, 8), mustEncode(commandPermissionsRecord{}), "needs the command's place"},
		"permissions that are nowhere":   {kindCommandSetIn.key(1, 7), nil, "0 permissions of commands are found in 1 ways"},
		"an announcement in no channel":  {kindAnnouncement.key(7, 1), mustEncode(announcementRecord{}), "needs the channel's guild"},
		"a copy that is nowhere":         {kindAnnouncementCopy.key(7, 1, 2), []byte{1}, "a place has two ids"},
		"an event hook of no guild":      {kindEventHook.key(7, 1), mustEncode(eventHookRecord{}), "needs the guild"},
		"an event hook that is nowhere":  {kindEventHookGuild.key(1), idValue(7), "0 event hooks are in 1 guilds"},
		"a delivery of no hook":          {kindEventDelivery.key(7, 1), mustEncode(eventDeliveryRecord{}), "needs the event hook's guild"},
		"a second factor of nobody":      {kindTwoFactor.key(7), mustEncode(twoFactorRecord{}), "0 accounts are said to have a second factor, and 1 have"},
		"a guest that is none":           {kindGuest.key(1), nil, "1 guests are known, and 0 accounts"},
		"a security event of nobody":     {kindSecurityEvent.key(7, 1), mustEncode(securityEventRecord{}), "needs the user"},
		"an identity of nobody":          {identityKey("i", "s"), mustEncode(identityRecord{Issuer: "i", Subject: "s", UserID: 7}), "needs the user"},
		"an identity that is none":       {userIdentityKey(1, "i", "s"), nil, "1 identities are linked to accounts, and 0 are known"},
		"an id above the greatest":       {kindUser.key(1 << 62), mustEncode(userRecord{Username: "x"}), "above the greatest"},
		"a record that cannot be read":   {kindUser.key(2), []byte{0xff}, "user"},
		"a key that is too short":        {kindMember.key(7), nil, "too short"},
		"a key of a kind that is not":    {[]byte{0xee, 1}, nil, "unknown kind"},
		"a thread that is none":          {kindThread.key(7, 1), mustEncode(channelRecord{}), "is none"},
		"a conversation without anybody": {kindChannel.key(0, 1), mustEncode(channelRecord{Type: int(store.ChannelDM)}), "nobody is in"},
	} {
		t.Run(name, func(t *testing.T) {
			s := openMem(t, vfs.NewMem())
			if err := s.CreateUser(background, store.User{ID: 1, Username: "ada"}); err != nil {
				t.Fatal(err)
			}
			if problems, err := s.Check(background); err != nil || len(problems) > 0 {
				t.Fatalf("before: %q, %v", problems, err)
			}
			if err := s.db.Set(planted.key, planted.value, pebble.NoSync); err != nil {
				t.Fatal(err)
			}
			problems, err := s.Check(background)
			if err != nil || !strings.Contains(strings.ToLower(join(problems)), planted.found) {
				t.Errorf("found are %q, %v", problems, err)
			}
		})
	}
}

func TestACheckOfMuchDamageComesToAnEnd(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	for i := range id.ID(3 * store.MaxProblems) {
		if err := s.db.Set(kindUserSession.key(7, i), nil, pebble.NoSync); err != nil {
			t.Fatal(err)
		}
	}
	problems, err := s.Check(background)
	if err != nil || len(problems) < store.MaxProblems || len(problems) > store.MaxProblems+10 {
		t.Errorf("%d problems, %v", len(problems), err)
	}
	for i := range id.ID(2 * keysBetween) {
		if err := s.db.Set(kindUserSession.key(7, i), nil, pebble.NoSync); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, err := s.Check(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("whoever does not wait gets %v", err)
	}
}

func mustEncode(record any) []byte {
	value, err := encoding.Marshal(record)
	if err != nil {
		panic(err)
	}
	return value
}

func join(problems []store.Problem) string {
	var all strings.Builder
	for _, problem := range problems {
		all.WriteString(string(problem) + "\n")
	}
	return all.String()
}
