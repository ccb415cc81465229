package chat

import (
	"context"
	"maps"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// maxVoiceStatus is how many characters the status of a voice channel may have, as upstream.
const maxVoiceStatus = 500

// voiceStatus is what those who are in a voice channel say that they do there. It goes when the last of them does.
type voiceStatus struct {
	guildID id.ID
	text    string
}

// SetStatus says what is done in a voice channel, in at most 500 characters; empty says nothing. It needs SET_VOICE_CHANNEL_STATUS, and MANAGE_CHANNELS from those who are not in the channel.
func (v *Voice) SetStatus(ctx context.Context, caller Caller, channelID id.ID, status string) error {
	a, channel, held, err := v.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return err
	}
	if channel.Type != store.ChannelVoice {
		return fail(WrongChannelType)
	}
	var wrong fieldErrors
	status = wrong.text("status", status, maxVoiceStatus)
	if err := wrong.err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	v.mu.Lock()
	defer v.mu.Unlock()
	needed := perm.SetVoiceChannelStatus
	if entry := v.servers[channel.GuildID][caller.UserID]; a.member != nil && (entry == nil || entry.state.ChannelID != channelID) {
		needed |= perm.ManageChannels
	}
	if err := need(held, needed); err != nil {
		return err
	}
	if v.statuses[channelID].text == status {
		return nil
	}
	one := act{action: store.AuditVoiceStatusDelete, target: channelID, options: map[string]string{"channel_id": channelID.String()}}
	if status == "" {
		delete(v.statuses, channelID)
	} else {
		v.statuses[channelID] = voiceStatus{channel.GuildID, status}
		one.action, one.options["status"] = store.AuditVoiceStatusCreate, status
	}
	return v.did(ctx, caller, channel.GuildID, []act{one}, event.VoiceStatusChanged{GuildID: channel.GuildID, ChannelID: channelID, Status: status})
}

// Statuses gives the voice channels of a guild that have a status, with it.
func (v *Voice) Statuses(guildID id.ID) map[id.ID]string {
	v.mu.Lock()
	defer v.mu.Unlock()
	statuses := make(map[id.ID]string)
	for channelID, status := range v.statuses {
		if status.guildID == guildID {
			statuses[channelID] = status.text
		}
	}
	return statuses
}

// emptied takes away what a voice channel had for those in it, when nobody is left. The lock is held.
func (v *Voice) emptied(ctx context.Context, serverID, channelID id.ID) {
	if v.count(serverID, channelID) > 0 {
		return
	}
	v.endCall(ctx, channelID)
	v.closeStage(ctx, channelID)
	if _, had := v.statuses[channelID]; had {
		delete(v.statuses, channelID)
		v.publish(ctx, event.VoiceStatusChanged{GuildID: serverID, ChannelID: channelID})
	}
}

// forgetStatuses lets go of the statuses of channels that are gone.
func (v *Voice) forgetStatuses(gone func(channelID id.ID, status voiceStatus) bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	maps.DeleteFunc(v.statuses, gone)
}
