package gateway

import (
	"maps"
	"slices"
)

// take takes a dispatch into the picture.
func (f *follower) take(r received) {
	f.tb.Helper()
	if r.Type == nil {
		return
	}
	d := f.parse(r)
	for _, table := range []map[string]func(*follower, object){guildSteps, channelSteps, messageSteps, ownSteps} {
		if step, ok := table[r.name()]; ok {
			step(f, d)
			return
		}
	}
	if !slices.Contains(passing, r.name()) {
		f.tb.Errorf("what a client does with %s is not said", r.name())
	}
}

// passing are dispatches that leave the picture as it is: about moments, about what is asked for when it is looked at, or about what the session itself asked.
var passing = []string{"TYPING_START", "WEBHOOKS_UPDATE", "RESUMED", "GUILD_AUDIT_LOG_ENTRY_CREATE", "GUILD_BAN_ADD", "GUILD_BAN_REMOVE", "INVITE_CREATE", "INVITE_DELETE", "AUTO_MODERATION_RULE_CREATE",
	"AUTO_MODERATION_RULE_UPDATE", "AUTO_MODERATION_RULE_DELETE", "AUTO_MODERATION_ACTION_EXECUTION", "GUILD_REPORT_UPDATE", "VOICE_SERVER_UPDATE", "VOICE_CHANNEL_STATUS_UPDATE", "STAGE_INSTANCE_CREATE", "STAGE_INSTANCE_UPDATE", "STAGE_INSTANCE_DELETE"}

func text(value any) string {
	found, _ := value.(string)
	return found
}

// guildSteps are about guilds, their roles and the people in them.
var guildSteps = map[string]func(*follower, object){
	"GUILD_CREATE": func(f *follower, d object) { f.addGuild(d); f.readNew() },
	"GUILD_UPDATE": func(f *follower, d object) {
		if guild, ok := f.guilds[text(d["id"])].(object); ok {
			d["roles"] = keyed(d["roles"], "id")
			maps.Copy(guild, d)
		}
	},
	"GUILD_DELETE": func(f *follower, d object) { delete(f.guilds, text(d["id"])) },
	"GUILD_ROLE_CREATE": func(f *follower, d object) {
		f.within(d["guild_id"], "roles")[text(d["role"].(object)["id"])] = d["role"]
	},
	"GUILD_ROLE_UPDATE": func(f *follower, d object) {
		f.within(d["guild_id"], "roles")[text(d["role"].(object)["id"])] = d["role"]
	},
	// A role that is gone is gone from those who had it and from where it had overwrites.
	"GUILD_ROLE_DELETE": func(f *follower, d object) {
		delete(f.within(d["guild_id"], "roles"), text(d["role_id"]))
		for _, member := range f.within(d["guild_id"], "members") {
			roles, _ := member.(object)["roles"].([]any)
			member.(object)["roles"] = slices.DeleteFunc(slices.Clone(roles), func(roleID any) bool { return roleID == d["role_id"] })
		}
		for _, channel := range f.within(d["guild_id"], "channels") {
			dropOverwrite(channel.(object), d["role_id"])
		}
	},
	"GUILD_MEMBER_ADD": func(f *follower, d object) {
		f.members(d["guild_id"], 1)
		f.setMember(d)
	},
	"GUILD_MEMBER_UPDATE": func(f *follower, d object) { f.setMember(d) },
	"GUILD_MEMBER_REMOVE": func(f *follower, d object) {
		f.members(d["guild_id"], -1)
		for _, part := range []string{"members", "presences", "voice_states"} {
			delete(f.within(d["guild_id"], part), text(d["user"]))
		}
	},
	"PRESENCE_UPDATE": func(f *follower, d object) {
		userID, presences := userOf(d), f.presences
		if guildID, ok := d["guild_id"].(string); ok && guildID != "0" {
			presences = f.within(guildID, "presences")
		}
		delete(d, "guild_id")
		if d["status"] == "offline" {
			delete(presences, userID)
		} else {
			presences[userID] = d
		}
	},
	"VOICE_STATE_UPDATE": func(f *follower, d object) {
		delete(d, "member")
		if d["channel_id"] == nil {
			delete(f.within(d["guild_id"], "voice_states"), text(d["user_id"]))
		} else {
			f.within(d["guild_id"], "voice_states")[text(d["user_id"])] = d
		}
	},
}

func dropOverwrite(channel object, targetID any) {
	overwrites, _ := channel["permission_overwrites"].([]any)
	channel["permission_overwrites"] = slices.DeleteFunc(slices.Clone(overwrites), func(one any) bool { return one.(object)["id"] == targetID })
}

// members counts a guild's members on.
func (f *follower) members(guildID any, by float64) {
	if guild, ok := f.guilds[text(guildID)].(object); ok {
		guild["member_count"] = guild["member_count"].(float64) + by
	}
}

func (f *follower) setMember(d object) {
	guildID := d["guild_id"]
	delete(d, "guild_id")
	f.within(guildID, "members")[userOf(d)] = d
}

// readNew reads the messages of channels that have come into sight, as clients do when one is opened.
func (f *follower) readNew() {
	for channelID := range f.readable() {
		if f.messages[channelID] == nil {
			f.late[channelID] = true
			f.messages[channelID] = f.history(channelID)
		}
	}
}

// channelSteps are about channels, threads and conversations.
var channelSteps = map[string]func(*follower, object){
	"CHANNEL_CREATE": func(f *follower, d object) { f.setChannel(d) },
	"CHANNEL_UPDATE": func(f *follower, d object) { f.setChannel(d) },
	"CHANNEL_DELETE": func(f *follower, d object) {
		channelID := text(d["id"])
		delete(f.directs, channelID)
		delete(f.within(d["guild_id"], "channels"), channelID)
		delete(f.messages, channelID)
		for threadID, thread := range f.within(d["guild_id"], "threads") {
			if thread.(object)["parent_id"] == channelID {
				delete(f.within(d["guild_id"], "threads"), threadID)
				delete(f.messages, threadID)
			}
		}
	},
	"CHANNEL_PINS_UPDATE": func(f *follower, d object) {
		if place, guildID := f.place(text(d["channel_id"])); place != nil && guildID != "" {
			place["last_pin_timestamp"] = d["last_pin_timestamp"]
		}
	},
	"CHANNEL_RECIPIENT_ADD": func(f *follower, d object) {
		if place, _ := f.place(text(d["channel_id"])); place != nil {
			recipients, _ := place["recipients"].([]any)
			place["recipients"] = sorted(append(slices.Clone(recipients), d["user"]))
		}
	},
	"CHANNEL_RECIPIENT_REMOVE": func(f *follower, d object) {
		if place, _ := f.place(text(d["channel_id"])); place != nil {
			recipients, _ := place["recipients"].([]any)
			place["recipients"] = slices.DeleteFunc(slices.Clone(recipients), func(userID any) bool { return userID == d["user"] })
		}
	},
	"THREAD_CREATE": func(f *follower, d object) { f.setThread(d) },
	"THREAD_UPDATE": func(f *follower, d object) { f.setThread(d) },
	"THREAD_DELETE": func(f *follower, d object) {
		delete(f.within(d["guild_id"], "threads"), text(d["id"]))
		delete(f.messages, text(d["id"]))
	},
	"THREAD_LIST_SYNC": func(f *follower, d object) {
		channelIDs, _ := d["channel_ids"].([]any)
		threads := f.within(d["guild_id"], "threads")
		maps.DeleteFunc(threads, func(_ string, thread any) bool { return slices.Contains(channelIDs, thread.(object)["parent_id"]) })
		maps.Copy(threads, keyed(d["threads"], "id"))
		f.readNew()
	},
	"THREAD_MEMBER_UPDATE": func(f *follower, d object) {
		guildID := d["guild_id"]
		delete(d, "guild_id")
		if thread := f.thread(guildID, d["id"]); thread != nil {
			thread["member"] = d
		}
	},
	"THREAD_MEMBERS_UPDATE": func(f *follower, d object) {
		thread := f.thread(d["guild_id"], d["id"])
		if thread == nil {
			return
		}
		thread["member_count"] = d["member_count"]
		removed, _ := d["removed_member_ids"].([]any)
		if !slices.Contains(removed, any(f.me)) {
			return
		}
		delete(thread, "member")
		if thread["type"] == 12.0 && !f.manages(d["guild_id"]) {
			delete(f.within(d["guild_id"], "threads"), text(d["id"]))
		}
	},
}

// manages tells whether the follower's person sees private threads that they are not in. Tests give that to owners alone.
func (f *follower) manages(guildID any) bool {
	guild, _ := f.guilds[text(guildID)].(object)
	return guild["owner_id"] == f.me
}

func sorted(userIDs []any) []any {
	slices.SortFunc(userIDs, func(a, b any) int { return int(number(text(a)) - number(text(b))) })
	return userIDs
}

func (f *follower) setChannel(d object) {
	channelID := text(d["id"])
	if d["guild_id"] == nil {
		f.directs[channelID] = d
	} else {
		f.within(d["guild_id"], "channels")[channelID] = d
	}
	f.readNew()
}

// thread gives a thread that is known, active or archived since; nil for one that is not.
func (f *follower) thread(guildID, threadID any) object {
	if thread, ok := f.within(guildID, "threads")[text(threadID)].(object); ok {
		return thread
	}
	thread, _ := f.archived[text(threadID)].(object)
	return thread
}

// setThread keeps active threads. One's own place in it is told apart.
func (f *follower) setThread(d object) {
	delete(d, "newly_created")
	threads, threadID := f.within(d["guild_id"], "threads"), text(d["id"])
	known := f.thread(d["guild_id"], threadID)
	if d["member"] == nil && known["member"] != nil {
		d["member"] = known["member"]
	}
	delete(threads, threadID)
	delete(f.archived, threadID)
	if d["thread_metadata"].(object)["archived"] == true {
		f.archived[threadID] = d
		return
	}
	threads[threadID] = d
	f.readNew()
}

// ownSteps are about the follower's person alone.
var ownSteps = map[string]func(*follower, object){
	"USER_UPDATE":                func(f *follower, d object) { f.users[f.me] = publicUser(d) },
	"USER_SETTINGS_UPDATE":       func(f *follower, d object) { f.settings = d },
	"USER_GUILD_SETTINGS_UPDATE": func(f *follower, d object) { f.guildSettings[text(d["guild_id"])] = d },
	"USER_NOTE_UPDATE": func(f *follower, d object) {
		if d["note"] == "" {
			delete(f.notes, text(d["id"]))
		} else {
			f.notes[text(d["id"])] = d["note"]
		}
	},
	"RELATIONSHIP_ADD": func(f *follower, d object) {
		f.relationships[text(d["id"])] = d
		if d["type"] != 1.0 {
			delete(f.presences, text(d["id"]))
		}
	},
	"RELATIONSHIP_UPDATE": func(f *follower, d object) { f.relationships[text(d["id"])] = d },
	"RELATIONSHIP_REMOVE": func(f *follower, d object) {
		delete(f.relationships, text(d["id"]))
		delete(f.presences, text(d["id"])) // nobody is told of a friend's presence any more
	},
	"SESSIONS_REPLACE": func(f *follower, d object) { f.sessions = keyed(d["list"], "session_id") },
	"CHANNEL_PINS_ACK": func(f *follower, d object) { f.pinMarks[text(d["channel_id"])] = d["timestamp"] },
	"MESSAGE_ACK":      func(f *follower, d object) { f.marks[text(d["channel_id"])] = d["message_id"] },
}
