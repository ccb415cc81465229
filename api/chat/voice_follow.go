package chat

import (
	"context"
	"maps"
	"slices"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// receive follows what changes who may be in voice and who may speak.
func (v *Voice) receive(ctx context.Context, e event.Event) {
	switch e := e.(type) {
	case event.MemberUpdated:
		v.recheck(ctx, e.Member.GuildID, e.Member.UserID)
	case event.MemberRemoved:
		v.recheck(ctx, e.GuildID, e.User.ID)
	case event.RoleUpdated:
		v.recheck(ctx, e.Role.GuildID, 0)
	case event.RoleDeleted:
		v.recheck(ctx, e.GuildID, 0)
	case event.ChannelUpdated:
		v.recheck(ctx, e.Channel.GuildID, 0)
	case event.ChannelDeleted:
		v.recheck(ctx, e.Channel.GuildID, 0)
		v.forgetStatuses(func(channelID id.ID, _ voiceStatus) bool { return channelID == e.Channel.ID })
		v.forgetStages(func(stage event.StageInstance) bool { return stage.ChannelID == e.Channel.ID })
	case event.GuildUpdated:
		v.recheck(ctx, e.Guild.ID, 0)
	case event.GuildDeleted:
		v.recheck(ctx, e.GuildID, 0)
		v.forgetStatuses(func(_ id.ID, status voiceStatus) bool { return status.guildID == e.GuildID })
		v.forgetStages(func(stage event.StageInstance) bool { return stage.GuildID == e.GuildID })
	default:
		v.followConversations(ctx, e)
	}
}

// recheckAll looks at everybody in voice again, because events were missed.
func (v *Voice) recheckAll(ctx context.Context) {
	v.mu.Lock()
	serverIDs := slices.Collect(maps.Keys(v.servers))
	v.mu.Unlock()
	for _, serverID := range serverIDs {
		v.recheck(ctx, serverID, 0)
	}
}

// recheck looks at everybody in the voice of a guild or conversation again, or at one of them.
func (v *Voice) recheck(ctx context.Context, serverID, only id.ID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for userID, entry := range v.servers[serverID] {
		if only == 0 || only == userID {
			v.recheckEntry(ctx, entry)
		}
	}
}

func (v *Voice) recheckEntry(ctx context.Context, entry *voiceEntry) {
	state := entry.state
	if state.GuildID == 0 {
		v.recheckCaller(ctx, entry)
		return
	}
	view, err := v.views.Guild(ctx, state.GuildID)
	var member *store.Member
	if err == nil {
		member, err = v.views.Member(ctx, state.GuildID, state.UserID)
	}
	switch KindOf(err) {
	case UnknownGuild, UnknownMember:
		v.leave(ctx, entry, DisconnectKicked)
		return
	}
	if err != nil {
		v.Log.Error("somebody in voice could not be looked at", "guild", state.GuildID, "user", state.UserID, "error", err)
		return
	}
	held := view.ChannelPermissions(member, state.ChannelID)
	channel, exists := view.Channel(state.ChannelID)
	if !exists {
		v.leave(ctx, entry, DisconnectChannelDeleted)
		return
	}
	connect := held.Has(perm.ViewChannel | perm.Connect)
	if entry.connect && !connect {
		v.leave(ctx, entry, DisconnectKicked)
		return
	}
	entry.connect = connect
	state.Mute, state.Deaf, state.SelfVideo = member.Mute, member.Deaf, state.SelfVideo && held.Has(perm.Stream)
	if channel.Type != store.ChannelStage {
		state.Suppress = suppressed(view, channel, held)
	}
	if entry.stream != nil && !held.Has(perm.Stream) {
		v.dropStream(ctx, entry, StreamUnauthorized)
		state.SelfStream = false
	} else if state == entry.state {
		return
	}
	entry.state = state
	v.media.Update(state.GuildID, state.UserID, entry.mediaState())
	v.updateStreams(entry)
	if err := v.tell(ctx, state.GuildID, state); err != nil {
		v.Log.Error("a voice state could not be told", "guild", state.GuildID, "user", state.UserID, "error", err)
	}
}
