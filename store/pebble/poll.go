package pebble

import (
	"context"
	"errors"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

type pollRecord struct {
	Question    string             `cbor:"1,keyasint,omitempty"`
	Answers     []pollAnswerRecord `cbor:"2,keyasint,omitempty"`
	ExpiresAt   moment             `cbor:"3,keyasint,omitempty"`
	Multiselect bool               `cbor:"4,keyasint,omitempty"`
	Ended       bool               `cbor:"5,keyasint,omitempty"`
}

type pollAnswerRecord struct {
	ID        int    `cbor:"1,keyasint,omitempty"`
	Text      string `cbor:"2,keyasint,omitempty"`
	EmojiID   id.ID  `cbor:"3,keyasint,omitempty"`
	EmojiName string `cbor:"4,keyasint,omitempty"`
	Animated  bool   `cbor:"5,keyasint,omitempty"`
}

func newPollRecord(poll *store.Poll) *pollRecord {
	if poll == nil {
		return nil
	}
	record := &pollRecord{Question: poll.Question, ExpiresAt: toMoment(poll.ExpiresAt), Multiselect: poll.Multiselect, Ended: poll.Ended}
	for _, answer := range poll.Answers {
		record.Answers = append(record.Answers, pollAnswerRecord{ID: answer.ID, Text: answer.Text, EmojiID: answer.Emoji.ID, EmojiName: answer.Emoji.Name, Animated: answer.Emoji.Animated})
	}
	return record
}

func (r *pollRecord) poll() *store.Poll {
	if r == nil {
		return nil
	}
	poll := &store.Poll{Question: r.Question, ExpiresAt: r.ExpiresAt.time(), Multiselect: r.Multiselect, Ended: r.Ended}
	for _, answer := range r.Answers {
		poll.Answers = append(poll.Answers, store.PollAnswer{ID: answer.ID, Text: answer.Text, Emoji: store.Emoji{ID: answer.EmojiID, Name: answer.EmojiName, Animated: answer.Animated}})
	}
	return poll
}

// pollCountsRecord counts the votes in a poll, by answer.
type pollCountsRecord struct {
	Counts map[int]int `cbor:"1,keyasint,omitempty"`
}

func voteKey(channelID, messageID id.ID, answer int, userID id.ID) []byte {
	return kindVote.key(channelID, messageID, id.ID(answer), userID)
}

func openPollKey(channelID, messageID id.ID, expires moment) []byte {
	return kindOpenPoll.key(channelID, id.ID(max(0, expires)), messageID)
}

// startPoll notes when a new message's poll, if it has one, is to end.
func (t *tx) startPoll(message *store.Message) {
	if message.Poll != nil && !message.Poll.Ended {
		t.set(openPollKey(message.ChannelID, message.ID, toMoment(message.Poll.ExpiresAt)), nil)
	}
}

// deletePoll deletes what hangs on a message's poll.
func (t *tx) deletePoll(message *store.Message) {
	if message.Poll == nil {
		return
	}
	t.delete(openPollKey(message.ChannelID, message.ID, toMoment(message.Poll.ExpiresAt)))
	t.delete(kindPollCounts.key(message.ChannelID, message.ID))
	t.deleteAll(kindVote.key(message.ChannelID, message.ID))
}

// poll reads a message of a channel that is there and that has a poll.
func (t *tx) poll(channelID, messageID id.ID) (store.Message, error) {
	message, err := t.message(channelID, messageID)
	if err == nil && message.Poll == nil {
		err = store.ErrNotFound
	}
	return message, err
}

// SetPollVotes makes answers those that an account chooses.
func (s *Store) SetPollVotes(ctx context.Context, channelID, messageID, userID id.ID, answers []int) (added, removed []int, err error) {
	err = s.update(ctx, synced, func(tx *tx) error {
		added, removed = []int{}, []int{}
		message, err := tx.poll(channelID, messageID)
		if err != nil {
			return err
		}
		if err := need(tx.db, kindUser.key(userID)); err != nil {
			return err
		}
		if message.Poll.Ended {
			return store.ErrSpent
		}
		for _, answer := range answers {
			if !slices.ContainsFunc(message.Poll.Answers, func(one store.PollAnswer) bool { return one.ID == answer }) {
				return store.ErrNotFound
			}
		}
		counts, err := pollCounts(tx.db, channelID, messageID)
		if err != nil {
			return err
		}
		for _, answer := range message.Poll.Answers {
			key := voteKey(channelID, messageID, answer.ID, userID)
			chosen, err := has(tx.db, key)
			if err != nil {
				return err
			}
			switch wanted := slices.Contains(answers, answer.ID); {
			case wanted && !chosen:
				tx.set(key, nil)
				counts.Counts[answer.ID]++
				added = append(added, answer.ID)
			case !wanted && chosen:
				tx.delete(key)
				counts.Counts[answer.ID]--
				removed = append(removed, answer.ID)
			}
		}
		for answer, count := range counts.Counts {
			if count == 0 {
				delete(counts.Counts, answer)
			}
		}
		slices.Sort(added)
		slices.Sort(removed)
		return tx.put(kindPollCounts.key(channelID, messageID), counts)
	})
	if err != nil {
		return nil, nil, err
	}
	return added, removed, nil
}

func pollCounts(r pebble.Reader, channelID, messageID id.ID) (pollCountsRecord, error) {
	counts, err := get[pollCountsRecord](r, kindPollCounts.key(channelID, messageID))
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	if counts.Counts == nil {
		counts.Counts = make(map[int]int)
	}
	return counts, err
}

// PollVoters gives who chose an answer.
func (s *Store) PollVoters(ctx context.Context, channelID, messageID id.ID, answer int, afterID id.ID, limit int) ([]id.ID, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	voters := []id.ID{}
	if err := s.needChannel(channelID); errors.Is(err, store.ErrNotFound) || limit <= 0 {
		return voters, nil
	} else if err != nil {
		return nil, err
	}
	err := scan(s.db, voteKey(channelID, messageID, answer, afterID+1), after(kindVote.key(channelID, messageID, id.ID(answer))), func(key, _ []byte) (bool, error) {
		if err := checkKey(key, 4); err != nil {
			return false, err
		}
		voters = append(voters, idAt(key, 3))
		return len(voters) < limit, nil
	})
	if err != nil {
		return nil, err
	}
	return voters, nil
}

// PollResults gives how often answers were chosen.
func (s *Store) PollResults(ctx context.Context, channelID id.ID, messageIDs []id.ID, reader id.ID) (map[id.ID][]store.PollResult, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	all := make(map[id.ID][]store.PollResult)
	if err := s.needChannel(channelID); errors.Is(err, store.ErrNotFound) {
		return all, nil
	} else if err != nil {
		return nil, err
	}
	for _, messageID := range messageIDs {
		message, err := readMessage(s.db, channelID, messageID)
		if errors.Is(err, store.ErrNotFound) || err == nil && message.Poll == nil {
			continue
		}
		if err != nil {
			return nil, err
		}
		counts, err := pollCounts(s.db, channelID, messageID)
		if err != nil {
			return nil, err
		}
		results := []store.PollResult{}
		for _, answer := range message.Poll.Answers {
			count := counts.Counts[answer.ID]
			if count == 0 {
				continue
			}
			me, err := has(s.db, voteKey(channelID, messageID, answer.ID, reader))
			if err != nil {
				return nil, err
			}
			results = append(results, store.PollResult{AnswerID: answer.ID, Count: count, Me: me})
		}
		slices.SortFunc(results, func(a, b store.PollResult) int { return a.AnswerID - b.AnswerID })
		all[messageID] = results
	}
	return all, nil
}

// EndPoll ends a poll.
func (s *Store) EndPoll(ctx context.Context, channelID, messageID id.ID) (message store.Message, ended bool, err error) {
	err = s.update(ctx, synced, func(tx *tx) (err error) {
		if message, err = tx.poll(channelID, messageID); err != nil {
			return err
		}
		if ended = !message.Poll.Ended; !ended {
			return nil
		}
		tx.delete(openPollKey(channelID, messageID, toMoment(message.Poll.ExpiresAt)))
		message.Poll.Ended = true
		record := newMessageRecord(&message)
		return tx.put(kindMessage.key(channelID, messageID), &record)
	})
	if err != nil {
		return store.Message{}, false, err
	}
	return message, ended, nil
}

// ExpiredPolls gives polls whose time is over.
func (s *Store) ExpiredPolls(ctx context.Context, now time.Time, limit int) ([]store.PollPlace, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	places := []store.PollPlace{}
	if limit <= 0 {
		return places, nil
	}
	err := scan(s.db, kindOpenPoll.key(), kindOpenPoll.end(), func(key, _ []byte) (bool, error) {
		if err := checkKey(key, 3); err != nil {
			return false, err
		}
		if moment(idAt(key, 1)) > toMoment(now) {
			return true, nil
		}
		channelID := idAt(key, 0)
		if err := s.needChannel(channelID); errors.Is(err, store.ErrNotFound) {
			return true, nil
		} else if err != nil {
			return false, err
		}
		places = append(places, store.PollPlace{ChannelID: channelID, MessageID: idAt(key, 2)})
		return len(places) < limit, nil
	})
	if err != nil {
		return nil, err
	}
	return places, nil
}
