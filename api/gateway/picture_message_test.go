package gateway

import (
	"fmt"
	"maps"
	"slices"
)

// messageSteps are about messages, reactions and votes.
var messageSteps = map[string]func(*follower, object){
	"MESSAGE_CREATE": func(f *follower, d object) {
		channelID, messageID := text(d["channel_id"]), text(d["id"])
		place, _ := f.place(channelID)
		if place == nil {
			return
		}
		if number(messageID) > number(text(place["last_message_id"])) {
			place["last_message_id"] = messageID
		}
		if place["thread_metadata"] != nil && d["type"] != 21.0 {
			place["message_count"], place["total_message_sent"] = place["message_count"].(float64)+1, place["total_message_sent"].(float64)+1
		}
		if d["author"] == f.me {
			f.marks[channelID] = messageID // one's own acknowledge what was before, without a dispatch
		}
		if f.messages[channelID] != nil {
			f.messages[channelID][messageID] = d
		}
	},
	"MESSAGE_UPDATE": func(f *follower, d object) {
		known := f.message(d)
		if known == nil {
			return
		}
		// Who reacted and voted is told apart, because it is not the same for all readers.
		poll, _ := known["poll"].(object)
		results := poll["results"]
		maps.Copy(known, d)
		if poll, ok := known["poll"].(object); ok && results != nil {
			given, _ := poll["results"].(object)
			poll["results"] = ownVotes(results, given)
		}
	},
	"MESSAGE_DELETE": func(f *follower, d object) { f.dropMessage(d, text(d["id"])) },
	"MESSAGE_DELETE_BULK": func(f *follower, d object) {
		for _, messageID := range d["ids"].([]any) {
			f.dropMessage(d, text(messageID))
		}
	},
	"MESSAGE_REACTION_ADD":        func(f *follower, d object) { f.react(d, 1) },
	"MESSAGE_REACTION_REMOVE":     func(f *follower, d object) { f.react(d, -1) },
	"MESSAGE_REACTION_REMOVE_ALL": func(f *follower, d object) { f.clearReactions(d) },
	"MESSAGE_REACTION_REMOVE_EMOJI": func(f *follower, d object) {
		f.clearReactions(d)
	},
	"MESSAGE_POLL_VOTE_ADD":    func(f *follower, d object) { f.vote(d, 1) },
	"MESSAGE_POLL_VOTE_REMOVE": func(f *follower, d object) { f.vote(d, -1) },
}

// message gives what is known of the message that a dispatch is about; nil for nothing.
func (f *follower) message(d object) object {
	messageID := text(d["message_id"])
	if messageID == "" {
		messageID = text(d["id"])
	}
	known, _ := f.messages[text(d["channel_id"])][messageID].(object)
	return known
}

func (f *follower) dropMessage(d object, messageID string) {
	channelID := text(d["channel_id"])
	dropped, _ := f.messages[channelID][messageID].(object)
	delete(f.messages[channelID], messageID)
	if place, _ := f.place(channelID); place != nil && place["thread_metadata"] != nil && dropped["type"] != 21.0 {
		place["message_count"] = max(0, place["message_count"].(float64)-1)
	}
}

func (f *follower) react(d object, by float64) {
	message := f.message(d)
	if message == nil {
		return
	}
	list, _ := message["reactions"].([]any)
	at := slices.IndexFunc(list, func(one any) bool { return emojiKey(one.(object)["emoji"]) == emojiKey(d["emoji"]) })
	if at < 0 {
		list = append(list, object{"emoji": d["emoji"], "count": 0.0, "me": false})
		at = len(list) - 1
	}
	reaction := list[at].(object)
	reaction["count"] = reaction["count"].(float64) + by
	if d["user_id"] == f.me {
		reaction["me"] = by > 0
	}
	if reaction["count"] == 0.0 {
		list = slices.Delete(list, at, at+1)
	}
	message["reactions"] = list
}

func (f *follower) clearReactions(d object) {
	message := f.message(d)
	if message == nil {
		return
	}
	list, _ := message["reactions"].([]any)
	message["reactions"] = slices.DeleteFunc(list, func(one any) bool {
		return d["emoji"] == nil || emojiKey(one.(object)["emoji"]) == emojiKey(d["emoji"])
	})
}

func (f *follower) vote(d object, by float64) {
	poll, _ := f.message(d)["poll"].(object)
	if poll == nil {
		return
	}
	results, ok := poll["results"].(object)
	if !ok {
		results = object{"is_finalized": false, "answer_counts": []any{}}
		poll["results"] = results
	}
	counts, _ := results["answer_counts"].([]any)
	at := slices.IndexFunc(counts, func(one any) bool { return fmt.Sprint(one.(object)["id"]) == fmt.Sprint(d["answer_id"]) })
	if at < 0 {
		counts = append(counts, object{"id": d["answer_id"], "count": 0.0, "me_voted": false})
		at = len(counts) - 1
	}
	answer := counts[at].(object)
	answer["count"] = answer["count"].(float64) + by
	if d["user_id"] == f.me {
		answer["me_voted"] = by > 0
	}
	results["answer_counts"] = counts
}

// ownVotes are the final results of a poll with what one voted oneself: the hall tells everybody the same.
func ownVotes(followed any, given object) object {
	if given == nil {
		return followed.(object)
	}
	voted := make(map[string]any)
	known, _ := followed.(object)["answer_counts"].([]any)
	for _, one := range known {
		voted[fmt.Sprint(one.(object)["id"])] = one.(object)["me_voted"]
	}
	counts, _ := given["answer_counts"].([]any)
	for _, one := range counts {
		one.(object)["me_voted"] = voted[fmt.Sprint(one.(object)["id"])] == true
	}
	return given
}
