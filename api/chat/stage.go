package chat

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// maxStageTopic is how many characters the topic of a stage may have, as upstream.
const maxStageTopic = 120

// stageModerator is what those hold in a stage channel who look after it, as upstream.
const stageModerator = perm.MuteMembers | perm.MoveMembers | perm.ManageChannels

// OpenStage opens the stage of a stage channel with a topic of 1 to 120 characters. It takes a moderator of the stage. The stage lasts until it is closed, or the last leaves the channel.
func (v *Voice) OpenStage(ctx context.Context, caller Caller, channelID id.ID, topic string) (event.StageInstance, error) {
	channel, _, err := v.stageChannel(ctx, caller, channelID, stageModerator)
	if err != nil {
		return event.StageInstance{}, err
	}
	if topic, err = stageTopic(topic); err != nil {
		return event.StageInstance{}, err
	}
	ctx = context.WithoutCancel(ctx)
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, open := v.stages[channelID]; open {
		return event.StageInstance{}, fail(StageAlreadyOpen)
	}
	opened := event.StageInstance{ID: v.IDs.Next(), GuildID: channel.GuildID, ChannelID: channelID, Topic: topic}
	v.stages[channelID] = opened
	return opened, v.didStage(ctx, caller, store.AuditStageCreate, event.StageOpened, opened, differences(nil, auditStage(opened)))
}

// Stage gives what happens on the stage of a channel.
func (v *Voice) Stage(ctx context.Context, caller Caller, channelID id.ID) (event.StageInstance, error) {
	if _, _, err := v.stageChannel(ctx, caller, channelID, 0); err != nil {
		return event.StageInstance{}, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	open, is := v.stages[channelID]
	if !is {
		return event.StageInstance{}, fail(UnknownStage)
	}
	return open, nil
}

// UpdateStage gives a stage another topic; it takes a moderator of the stage.
func (v *Voice) UpdateStage(ctx context.Context, caller Caller, channelID id.ID, topic *string) (event.StageInstance, error) {
	if _, _, err := v.stageChannel(ctx, caller, channelID, stageModerator); err != nil {
		return event.StageInstance{}, err
	}
	ctx = context.WithoutCancel(ctx)
	v.mu.Lock()
	defer v.mu.Unlock()
	open, is := v.stages[channelID]
	if !is {
		return event.StageInstance{}, fail(UnknownStage)
	}
	if topic == nil || *topic == open.Topic {
		return open, nil
	}
	updated := open
	var err error
	if updated.Topic, err = stageTopic(*topic); err != nil {
		return event.StageInstance{}, err
	}
	v.stages[channelID] = updated
	return updated, v.didStage(ctx, caller, store.AuditStageUpdate, event.StageUpdated, updated, differences(auditStage(open), auditStage(updated)))
}

// CloseStage closes a stage; it takes a moderator of the stage. Everybody stays in the channel.
func (v *Voice) CloseStage(ctx context.Context, caller Caller, channelID id.ID) error {
	if _, _, err := v.stageChannel(ctx, caller, channelID, stageModerator); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	v.mu.Lock()
	defer v.mu.Unlock()
	open, is := v.stages[channelID]
	if !is {
		return fail(UnknownStage)
	}
	delete(v.stages, channelID)
	return v.didStage(ctx, caller, store.AuditStageDelete, event.StageClosed, open, differences(auditStage(open), nil))
}

// Stages gives the stages that are open in a guild, by ascending channel id.
func (v *Voice) Stages(guildID id.ID) []event.StageInstance {
	v.mu.Lock()
	defer v.mu.Unlock()
	var open []event.StageInstance
	for _, one := range v.stages {
		if one.GuildID == guildID {
			open = append(open, one)
		}
	}
	slices.SortFunc(open, func(a, b event.StageInstance) int { return cmp.Compare(a.ChannelID, b.ChannelID) })
	return open
}

func (v *Voice) didStage(ctx context.Context, caller Caller, action store.AuditAction, change event.StageChange, stage event.StageInstance, changes []store.AuditChange) error {
	one := act{action: action, target: stage.ID, changes: changes, options: map[string]string{"channel_id": stage.ChannelID.String()}}
	return v.did(ctx, caller, stage.GuildID, []act{one}, event.StageChanged{Change: change, Instance: stage})
}

func auditStage(stage event.StageInstance) []auditField { return []auditField{{"topic", stage.Topic}} }

func stageTopic(topic string) (string, error) {
	var wrong fieldErrors
	topic = wrong.name("topic", topic, 1, maxStageTopic)
	return topic, wrong.err()
}

// stageChannel gives a stage channel that the caller may view, and what they hold there, which must have something in it.
func (v *Voice) stageChannel(ctx context.Context, caller Caller, channelID id.ID, needed perm.Set) (*store.Channel, perm.Set, error) {
	_, channel, held, err := v.views.channelAccess(ctx, caller, channelID)
	if err != nil {
		return nil, 0, err
	}
	if channel.Type != store.ChannelStage {
		return nil, 0, fail(WrongChannelType)
	}
	return channel, held, need(held, needed)
}

// closeStage closes the stage of a channel that nobody is in any more. The lock is held.
func (v *Voice) closeStage(ctx context.Context, channelID id.ID) {
	if open, is := v.stages[channelID]; is {
		delete(v.stages, channelID)
		v.publish(ctx, event.StageChanged{Change: event.StageClosed, Instance: open})
	}
}

// forgetStages lets go of the stages of channels that are gone.
func (v *Voice) forgetStages(gone func(event.StageInstance) bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	maps.DeleteFunc(v.stages, func(_ id.ID, stage event.StageInstance) bool { return gone(stage) })
}

// StageEdit changes where somebody is on a stage; nil leaves it.
type StageEdit struct {
	// ChannelID is the stage channel, where they must be; zero stands for the one where they are.
	ChannelID id.ID
	// Suppress true makes somebody a listener, false a speaker.
	Suppress *bool
	// RequestToSpeak raises one's hand, or takes it down.
	RequestToSpeak *bool
}

// UpdateOwnStage makes the caller a listener or a speaker, or raises their hand. Everybody may listen and take their hand down; raising it needs REQUEST_TO_SPEAK, and speaking MUTE_MEMBERS or that one is invited.
func (v *Voice) UpdateOwnStage(ctx context.Context, caller Caller, guildID id.ID, edit StageEdit) error {
	return v.editStage(ctx, caller, guildID, caller.UserID, edit, func(held perm.Set, state event.VoiceState) error {
		if edit.RequestToSpeak != nil && *edit.RequestToSpeak {
			if err := need(held, perm.RequestToSpeak); err != nil {
				return err
			}
		}
		if edit.Suppress != nil && !*edit.Suppress && state.Suppress {
			return need(held, perm.MuteMembers)
		}
		return nil
	})
}

// UpdateStageOf makes another a listener, or invites them to speak: they are heard when they accept. It needs MUTE_MEMBERS. Bots speak at once.
func (v *Voice) UpdateStageOf(ctx context.Context, caller Caller, guildID, userID id.ID, edit StageEdit) error {
	edit.RequestToSpeak = nil
	return v.editStage(ctx, caller, guildID, userID, edit, func(held perm.Set, _ event.VoiceState) error { return need(held, perm.MuteMembers) })
}

// editStage changes where somebody is on a stage, if may lets the caller, with what they hold there.
func (v *Voice) editStage(ctx context.Context, caller Caller, guildID, userID id.ID, edit StageEdit, may func(held perm.Set, state event.VoiceState) error) error {
	if _, err := v.views.access(ctx, caller, guildID); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	v.mu.Lock()
	defer v.mu.Unlock()
	entry := v.servers[guildID][userID]
	if entry == nil || edit.ChannelID != 0 && edit.ChannelID != entry.state.ChannelID {
		return fail(UnknownVoiceState)
	}
	_, held, err := v.stageChannel(ctx, caller, entry.state.ChannelID, 0)
	if err != nil {
		return err
	}
	if err := may(held, entry.state); err != nil {
		return err
	}
	state := entry.state
	if edit.Suppress != nil {
		state.Suppress, state.RequestedToSpeakAt = *edit.Suppress, time.Time{}
		if !state.Suppress && caller.UserID != userID && !entry.bot {
			state.RequestedToSpeakAt = v.Now().UTC().Truncate(time.Millisecond) // invited, until they accept
		}
	}
	if edit.RequestToSpeak != nil {
		state.RequestedToSpeakAt = time.Time{}
		if *edit.RequestToSpeak && state.Suppress {
			state.RequestedToSpeakAt = v.Now().UTC().Truncate(time.Millisecond)
		}
	}
	if state == entry.state {
		return nil
	}
	entry.state = state
	v.media.Update(guildID, userID, entry.mediaState())
	v.updateStreams(entry)
	return v.tell(ctx, guildID, state)
}
