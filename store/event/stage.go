package event

import (
	"guildhall/store/id"
)

// StageInstance is what happens in a stage channel while somebody has opened the stage.
type StageInstance struct {
	ID, GuildID, ChannelID id.ID
	Topic                  string
}

// StageChange says what became of a stage.
type StageChange uint8

// What becomes of stages.
const (
	StageOpened StageChange = iota
	StageUpdated
	StageClosed
)

// StageChanged says that a stage was opened, got another topic, or was closed.
type StageChanged struct {
	Change   StageChange
	Instance StageInstance
}

func (e StageChanged) Subject() string { return GuildSubject(e.Instance.GuildID) }
