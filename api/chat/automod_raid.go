package chat

import (
	"slices"
	"strconv"
	"time"

	"guildhall/api/chat/automod"
	"guildhall/store/id"
)

// What counts as a raid of mentions: within half a minute one member mentions more than one message may, or members together mention raidFactor times as much, and at least raidLeast, and at
// least raidPeople of them do. While it lasts, every message that mentions somebody sets the rule off. Upstream promises "baseline detection against sudden spikes in mention activity" and says no more.
const (
	raidWindow = 30 * time.Second
	raidFactor = 5
	raidLeast  = 30
	raidPeople = 3
	// maxWatched is how many guilds are watched at once. Those where nothing was mentioned for longest are forgotten.
	maxWatched = 4096
)

// mentioned is how much a member mentioned in one message.
type mentioned struct {
	userID id.ID
	count  int
	at     time.Time
}

// raidWatch is what a guild's members mentioned lately.
type raidWatch struct {
	recent []mentioned
	// raided tells that a raid is on, of which moderators were told.
	raided bool
}

// most is how much members together may mention within the window under a limit for one message.
func (w *raidWatch) most(limit int) int { return max(raidFactor*limit, raidLeast) }

// note notes what a member mentions in a message. It tells whether that sets a rule with a limit for one message off, and whether it is part of a raid of the whole guild that is known.
func (w *raidWatch) note(one mentioned, limit int) (off, known bool) {
	w.recent = slices.DeleteFunc(w.recent, func(before mentioned) bool { return one.at.Sub(before.at) > raidWindow })
	// Every entry mentions at least one, so that no more of them are needed to notice anything.
	if keep := w.most(limit); len(w.recent) > keep {
		w.recent = slices.Delete(w.recent, 0, len(w.recent)-keep)
	}
	w.recent = append(w.recent, one)
	own, all := 0, 0
	people := make(map[id.ID]struct{}, raidPeople)
	for _, before := range w.recent {
		all += before.count
		if before.userID == one.userID {
			own += before.count
		}
		if len(people) < raidPeople {
			people[before.userID] = struct{}{}
		}
	}
	known = w.raided
	w.raided = len(people) >= raidPeople && all > w.most(limit)
	return w.raided || own > limit, w.raided && known
}

// raids notes what a member mentions in a guild, see raidWatch.note.
func (m *AutoMod) raids(guildID, userID id.ID, count, limit int) (off, known bool) {
	if count == 0 {
		return false, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	watch, found, _ := m.watched.get(guildID)
	if !found {
		watch = new(raidWatch)
		m.watched.put(guildID, watch)
	}
	return watch.note(mentioned{userID, count, m.Now()}, limit)
}

// mentionsSetOff tells whether a text sets a rule about mentions off, and whether it is part of a raid of which moderators know.
func (m *AutoMod) mentionsSetOff(rule *readyRule, a access, text string) (match automod.Match, off, known bool) {
	found := parseMentions(text)
	count := len(found.users) + len(found.roles)
	off = count > rule.MentionLimit
	if rule.RaidProtection {
		raid, part := m.raids(a.view.Guild.ID, a.member.UserID, count, rule.MentionLimit)
		off, known = off || raid, part
	}
	return automod.Match{Content: strconv.Itoa(count) + " mentions"}, off, known
}
