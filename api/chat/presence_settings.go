package chat

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"
)

// asSet completes what a session says when it opens with what its person has set: their status where the session says none, and their custom status. Bots say all of it themselves.
func (p *Presence) asSet(ctx context.Context, caller Caller, update PresenceUpdate) PresenceUpdate {
	if update.Status == "unknown" { // what clients say that leave it to the settings
		update.Status = ""
	}
	if caller.Bot {
		return update
	}
	settings, err := readSettings(ctx, p.Deps, caller.UserID)
	if err != nil {
		p.Log.ErrorContext(ctx, "the settings for a presence could not be read", "user", caller.UserID, "error", err)
		return update
	}
	if update.Status == "" {
		update.Status = settings.Status
	}
	if settings.CustomStatus != nil {
		update.Activities = withCustomStatus(update.Activities, settings.CustomStatus, p.Now())
		p.expectExpiry(caller.UserID, settings.CustomStatus)
	}
	return update
}

// settingsChanged makes the sessions of a person on this node say what the person has set.
func (p *Presence) settingsChanged(ctx context.Context, settings store.UserSettings) {
	err := p.act(settings.UserID, func() error {
		p.mu.Lock()
		here := false
		for _, session := range p.sessions {
			if session.userID != settings.UserID {
				continue
			}
			here = true
			summary := &p.person(settings.UserID).summary
			summary.remove(session)
			p.speak(session, PresenceUpdate{Status: settings.Status, Activities: withCustomStatus(session.activities, settings.CustomStatus, p.Now())})
			if !session.lost {
				summary.add(session)
			}
		}
		p.mu.Unlock()
		if !here {
			return nil
		}
		p.expectExpiry(settings.UserID, settings.CustomStatus)
		return p.say(ctx, settings.UserID)
	})
	if err != nil {
		p.Log.ErrorContext(ctx, "a presence could not be changed with the settings", "user", settings.UserID, "error", err)
	}
}

// expectExpiry notes when a person's custom status goes away.
func (p *Presence) expectExpiry(userID id.ID, custom *store.CustomStatus) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if custom == nil || custom.ExpiresAt.IsZero() {
		delete(p.customUntil, userID)
	} else {
		p.customUntil[userID] = custom.ExpiresAt
	}
}

// expire takes away the custom statuses that have come to their end.
func (p *Presence) expire(ctx context.Context) {
	now := p.Now()
	var over []id.ID
	p.mu.Lock()
	for userID, until := range p.customUntil {
		if !now.Before(until) {
			over = append(over, userID)
			delete(p.customUntil, userID)
		}
	}
	p.mu.Unlock()
	for _, userID := range over {
		settings, err := readSettings(ctx, p.Deps, userID)
		if err != nil {
			p.Log.ErrorContext(ctx, "a custom status could not be ended", "user", userID, "error", err)
			continue
		}
		p.settingsChanged(ctx, settings)
	}
}

// withCustomStatus puts a custom status (nil: none) in front of the other activities. What a client said of its own in its place goes.
func withCustomStatus(activities []byte, custom *store.CustomStatus, now time.Time) []byte {
	var all []json.RawMessage
	if len(activities) > 0 && json.Unmarshal(activities, &all) != nil {
		return activities // refused later
	}
	all = slices.DeleteFunc(all, func(one json.RawMessage) bool {
		var activity struct {
			Type int `json:"type"`
		}
		return json.Unmarshal(one, &activity) == nil && activity.Type == customActivity
	})
	if custom != nil {
		all = slices.Insert(all, 0, encodeCustomStatus(custom, now))
	}
	if len(all) == 0 {
		return nil
	}
	text, err := json.Marshal(all)
	if err != nil {
		return activities // cannot be: each of them is JSON
	}
	return text
}

func encodeCustomStatus(custom *store.CustomStatus, now time.Time) json.RawMessage {
	made := activity{ID: "custom", Name: "Custom Status", Type: customActivity, CreatedAt: now.UnixMilli()}
	if custom.Text != "" {
		made.State = &custom.Text
	}
	if custom.Emoji.Name != "" {
		made.Emoji = &activityEmoji{Name: custom.Emoji.Name, Animated: custom.Emoji.Animated}
		if custom.Emoji.ID != 0 {
			made.Emoji.ID = &custom.Emoji.ID
		}
	}
	if !custom.ExpiresAt.IsZero() {
		made.Timestamps = &activityTimestamps{End: custom.ExpiresAt.UnixMilli()}
	}
	text, _ := json.Marshal(made) // it is made of texts and numbers
	return text
}

// expiries are when custom statuses go away, by person.
type expiries map[id.ID]time.Time
