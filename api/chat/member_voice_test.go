package chat_test

import (
	"testing"

	"guildhall/api/chat"
	"guildhall/api/chat/chattest"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// speaking puts somebody into a guild's Lounge.
func speaking(t *testing.T, hall *chattest.Hall, guild *chattest.Guild, caller chat.Caller) {
	t.Helper()
	if err := hall.Voice.UpdateState(t.Context(), caller, chat.VoiceUpdate{SessionID: "session " + caller.UserID.String(), GuildID: guild.ID, ChannelID: guild.Lounge}); err != nil {
		t.Fatal(err)
	}
}

func TestMovingMembersBetweenVoiceChannels(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	mover, target := guild.Member("mover"), guild.Member("target")
	role := guild.Role("movers", 5, perm.MoveMembers, mover)
	there := guild.Channel("There", store.ChannelVoice)
	hidden := guild.Channel("Hidden", store.ChannelVoice, store.PermissionOverwrite{TargetID: guild.ID, Deny: uint64(perm.ViewChannel)})
	speaking(t, hall, guild, target)
	move := func(channelID id.ID) error {
		_, err := hall.Members.Update(t.Context(), mover, guild.ID, target.UserID, chat.MemberEdit{ChannelID: &channelID})
		return err
	}
	where := func() id.ID {
		state, _, err := hall.Voice.State(t.Context(), guild.ID, target.UserID)
		if err != nil {
			t.Fatal(err)
		}
		return state.ChannelID
	}
	expectField(t, move(guild.General), "channel_id")
	expectKind(t, move(hidden), chat.MissingPermission)
	if where() != guild.Lounge {
		t.Error("was moved by a refused request")
	}
	if err := move(there); err != nil || where() != there {
		t.Errorf("is in %v, %v", where(), err)
	}
	guild.Overwrite(there, role.ID, store.OverwriteRole, 0, perm.MoveMembers)
	expectKind(t, move(guild.Lounge), chat.MissingPermission)
	expectKind(t, move(0), chat.MissingPermission)
	guild.Overwrite(there, role.ID, store.OverwriteRole, 0, 0)
	if err := move(0); err != nil || where() != 0 {
		t.Errorf("is in %v, %v", where(), err)
	}
	expectField(t, move(guild.Lounge), "channel_id")
}

func TestMutingSomebodyWhoIsInVoiceNeedsThePermissionInThatChannel(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	host, target := guild.Member("host"), guild.Member("target")
	guild.Overwrite(guild.Lounge, host.UserID, store.OverwriteMember, perm.MuteMembers, 0)
	events := hall.Watch(event.GuildSubject(guild.ID))
	mute := func() error {
		_, err := hall.Members.Update(t.Context(), host, guild.ID, target.UserID, chat.MemberEdit{Mute: pointer(true)})
		return err
	}
	expectKind(t, mute(), chat.MissingPermission)
	speaking(t, hall, guild, target)
	if err := mute(); err != nil {
		t.Fatal(err)
	}
	for {
		if told := chattest.Next[event.VoiceStateUpdated](events); told.State.Mute {
			break
		}
	}
}

func TestASnapshotHasEverybodyInVoiceAmongItsMembers(t *testing.T) {
	hall := chattest.Open(t, chattest.Options{})
	guild := hall.Guild(hall.Person("alice"))
	bob, carol := guild.Member("bob"), guild.Member("carol")
	speaking(t, hall, guild, carol)
	snapshot, err := hall.Guilds.Snapshot(t.Context(), bob, guild.ID, chat.SnapshotOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(snapshot.VoiceStates) != 1 || snapshot.VoiceStates[0].UserID != carol.UserID {
		t.Errorf("in voice are %+v", snapshot.VoiceStates)
	}
	if len(snapshot.Members) != 2 || snapshot.Members[0].UserID != bob.UserID || snapshot.Members[1].UserID != carol.UserID {
		t.Errorf("the members are %+v", snapshot.Members)
	}
}
