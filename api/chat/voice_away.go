package chat

import (
	"context"
	"time"

	"guildhall/store/id"
)

// Away notes whether a gateway session says that nobody is in front of it (op 3, "afk"). Who is away for as long as their guild's AFK timeout is moved to its channel for that.
func (v *Voice) Away(sessionID string, away bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !away {
		delete(v.away, sessionID)
	} else if _, known := v.away[sessionID]; !known {
		v.away[sessionID] = v.Now()
	}
}

// moveAway moves those who have been away for long enough to their guild's channel for that. Where they have gone themselves in the meantime, they stay.
func (v *Voice) moveAway(ctx context.Context) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for sessionID, since := range v.away {
		for guildID, entries := range v.servers {
			for userID, entry := range entries {
				if entry.state.SessionID == sessionID && entry.state.GuildID != 0 {
					v.moveAwayEntry(ctx, guildID, userID, since)
				}
			}
		}
	}
}

// moveAwayEntry moves one of them, if it is time. The lock is held.
func (v *Voice) moveAwayEntry(ctx context.Context, guildID, userID id.ID, since time.Time) {
	view, err := v.views.Guild(ctx, guildID)
	if err != nil {
		return // the guild is gone, and its voice goes with it
	}
	entry := v.servers[guildID][userID]
	channelID, patience := view.Guild.AFKChannelID, time.Duration(view.Guild.AFKTimeout)*time.Second
	if channelID == 0 || channelID == entry.state.ChannelID || v.Now().Sub(since) < patience || v.Now().Sub(entry.since) < patience {
		return
	}
	if err := v.moveEntry(ctx, guildID, userID, channelID); err != nil {
		v.Log.Error("somebody who is away could not be moved", "guild", guildID, "user", userID, "error", err)
	}
}
