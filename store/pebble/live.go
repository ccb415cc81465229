package pebble

import (
	"sync"

	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

// liveChannels remembers channels that are known to be there, because every post and every page asks. It knows some of them, never one that is not
// there: a channel is forgotten before its deletion is applied, and only who holds Store.writing, and so can see no deletion under way, adds one.
type liveChannels struct {
	mu    sync.RWMutex
	known map[id.ID]struct{}
}

// maxLiveChannels bounds the memory; when it is reached, all are forgotten and learnt anew.
const maxLiveChannels = 1 << 14

func (c *liveChannels) has(channelID id.ID) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	_, known := c.known[channelID]
	return known
}

func (c *liveChannels) add(channelID id.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= maxLiveChannels {
		c.known = make(map[id.ID]struct{})
	}
	c.known[channelID] = struct{}{}
}

func (c *liveChannels) forget(channelIDs []id.ID) {
	if len(channelIDs) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, channelID := range channelIDs {
		delete(c.known, channelID)
	}
}

// needChannel makes sure that there is a channel. Whoever reads something in a channel asks afterwards: if the channel is still there, it was there
// before, too, and nothing of it was swept.
func (s *Store) needChannel(channelID id.ID) error {
	if s.live.has(channelID) {
		return nil
	}
	if err := need(s.db, kindChannelGuild.key(channelID)); err != nil {
		return err
	}
	if s.writing.TryLock() { // learning can wait; readers do not
		defer s.writing.Unlock()
		return learnChannel(s.db, &s.live, channelID)
	}
	return nil
}

// needChannel makes sure that there is a channel.
func (t *tx) needChannel(channelID id.ID) error {
	if t.live.has(channelID) {
		return nil
	}
	return learnChannel(t.db, t.live, channelID)
}

// learnChannel remembers a channel that is there. The caller holds Store.writing.
func learnChannel(r pebble.Reader, live *liveChannels, channelID id.ID) error {
	if err := need(r, kindChannelGuild.key(channelID)); err != nil {
		return err
	}
	live.add(channelID)
	return nil
}
