package wire

import (
	"guildhall/store/event"
	"guildhall/store/id"
)

// stageForGuild is the privacy level of stages: they are for the guild.
const stageForGuild = 2

// StageInstance is what happens in a stage channel.
type StageInstance struct {
	ID                    id.ID  `json:"id"`
	GuildID               id.ID  `json:"guild_id"`
	ChannelID             id.ID  `json:"channel_id"`
	Topic                 string `json:"topic"`
	PrivacyLevel          int    `json:"privacy_level"`
	DiscoverableDisabled  bool   `json:"discoverable_disabled"`
	GuildScheduledEventID *id.ID `json:"guild_scheduled_event_id"`
}

// NewStageInstance shows a stage.
func NewStageInstance(stage event.StageInstance) StageInstance {
	return StageInstance{ID: stage.ID, GuildID: stage.GuildID, ChannelID: stage.ChannelID, Topic: stage.Topic, PrivacyLevel: stageForGuild, DiscoverableDisabled: true}
}

// StageDraft is the body of POST /stage-instances.
type StageDraft struct {
	ChannelID id.ID  `json:"channel_id"`
	Topic     string `json:"topic"`
}

// StagePatch is the body of PATCH of a stage.
type StagePatch struct {
	Topic Optional[string] `json:"topic"`
}

// StagePlace is the body of PATCH of a voice state: where somebody is on a stage. Any moment to speak raises one's hand, null takes it down.
type StagePlace struct {
	ChannelID               Optional[id.ID]  `json:"channel_id"`
	Suppress                Optional[bool]   `json:"suppress"`
	RequestToSpeakTimestamp Optional[string] `json:"request_to_speak_timestamp"`
}
