package pebble

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
)

// Check reads every key of one moment and demands that all of them agree: every index has its record and every record its indexes, counters are right, nothing hangs on what is gone
// (but for the history of channels in the trash), and no id is above the greatest. It reads the store several times over, a key at a time.
func (s *Store) Check(ctx context.Context) ([]store.Problem, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	snapshot := s.db.NewSnapshot() // others may write meanwhile
	problems, err := check(ctx, snapshot)
	return problems, errors.Join(err, snapshot.Close())
}

// check looks at all that a reader shows.
func check(ctx context.Context, r pebble.Reader) ([]store.Problem, error) {
	c := &checker{ctx: ctx, r: r, counts: make(map[kind]int), problems: []store.Problem{}}
	c.count()
	for _, feature := range []func(){c.accounts, c.settings, c.guilds, c.emojis, c.applicationEmojis, c.installations, c.commands, c.webhooks, c.announcements, c.eventHooks, c.moderation, c.channels, c.conversations, c.threads, c.mentions, c.histories, c.pins, c.files} {
		if c.err == nil && len(c.problems) < store.MaxProblems {
			feature()
		}
	}
	if c.err != nil {
		return nil, c.err
	}
	return c.problems, nil
}

// Census implements store.Checks. The kinds are those of the key map.
func (s *Store) Census(ctx context.Context) (map[string]int, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	census := make(map[string]int, len(kindNames))
	for _, name := range kindNames {
		census[name] = 0
	}
	read := 0
	snapshot := s.db.NewSnapshot()
	err := scan(snapshot, nil, nil, func(key, _ []byte) (bool, error) {
		if read++; read%keysBetween == 0 && ctx.Err() != nil {
			return false, ctx.Err()
		}
		census[kind(key[0]).String()]++
		return true, nil
	})
	if err := errors.Join(err, snapshot.Close()); err != nil {
		return nil, err
	}
	return census, nil
}

// entry is a key with its value.
type entry struct{ key, value []byte }

func (e entry) kind() kind { return kind(e.key[0]) }

// checker looks at all that is stored.
type checker struct {
	ctx      context.Context //nolint:containedctx // it lives as long as the one call that it belongs to
	r        pebble.Reader
	greatest id.ID
	// counts is how many keys there are of each kind.
	counts   map[kind]int
	problems []store.Problem
	// err is why the store could not be read.
	err error
}

// checkedIDs is how many ids a key of a kind begins with, as far as they are looked at. The 32 bytes of a hash count as four.
var checkedIDs = map[kind]int{
	kindUser: 1, kindSession: 1, kindUserSession: 2, kindBot: 1, kindOwnerBot: 2, kindRelationship: 2, kindNote: 2, kindReadMark: 2, kindPinMark: 2, kindSettings: 1, kindGuildSettings: 2, kindGuildSettingsOf: 2,
	kindTwoFactor: 1, kindSecurityEvent: 2, kindGuest: 1, kindDismissed: 1, kindPicturedRole: 1, kindGuild: 1, kindRole: 2, kindMember: 2, kindUserGuild: 2, kindMemberCount: 1, kindGuildInvite: 1, kindThread: 2, kindActiveThread: 2, kindArchivedThread: 4, kindParentThread: 2,
	kindThreadMember: 2, kindUserThread: 3, kindThreadCount: 1, kindChannel: 2, kindChannelGuild: 1, kindDirectPair: 2, kindUserDirect: 2, kindChannelReader: 2, kindMention: 3, kindMassMention: 2,
	kindMessage: 2, kindMessagePlace: 1, kindNonce: 2, kindNonceAge: 1, kindReactions: 2, kindReactor: 2, kindPin: 3, kindVote: 2, kindPollCounts: 2, kindOpenPoll: 3, kindOpenCall: 2, kindVoice: 2, kindVoicePlace: 1,
	kindVoiceOpen: 1, kindTrash: 1, kindAttachment: 2, kindBytes: 4, kindUpload: 1, kindUserUpload: 2, kindChannelUpload: 2, kindUserBytes: 1, kindBan: 2, kindUserBan: 2, kindAudit: 2,
	kindAutoMod: 2, kindReport: 2, kindOpenReport: 3, kindHallEntry: 1, kindEmoji: 2, kindEmojiGuild: 1, kindWebhook: 2, kindWebhookGuild: 1, kindFollower: 2, kindAnnouncement: 2, kindAnnouncementCopy: 3,
	kindInteraction: 1, kindEphemeral: 1,
	kindCommand: 3, kindCommandPlace: 1, kindGuildCommands: 2, kindCommandPermissions: 3, kindCommandSetIn: 2,
	kindEventHook: 2, kindEventHookGuild: 1, kindEventDelivery: 2, kindDeadDelivery: 2,
	kindIdentity: 4, kindUserIdentity: 5, kindInstallation: 2, kindApplicationGuild: 2, kindApplicationEmoji: 2, kindEmojiApplication: 1,
}

// keysBetween is how many keys are read before it is asked whether the caller still waits.
const keysBetween = 4096

// count counts the keys, and demands that each is of a form that can be looked at.
func (c *checker) count() {
	read := 0
	c.err = scan(c.r, nil, nil, func(key, value []byte) (bool, error) {
		if read++; read%keysBetween == 0 && c.ctx.Err() != nil {
			return false, c.ctx.Err()
		}
		found := entry{key, value}
		c.counts[found.kind()]++
		if _, known := kindNames[found.kind()]; !known {
			c.fail("the key %x is of an unknown kind", key)
		} else if !c.wellFormed(key) {
			c.fail("the %s %x is too short", found.kind(), key)
		}
		if found.kind() == kindGreatest {
			c.greatest = id.ID(c.number(found))
		}
		return len(c.problems) < store.MaxProblems, nil
	})
}

func (c *checker) wellFormed(key []byte) bool { return checkKey(key, checkedIDs[kind(key[0])]) == nil }

// each gives the keys of a kind with their values. Those that are not of their form, of which count has told, are left out.
func (c *checker) each(k kind) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		if c.err != nil {
			return
		}
		read := 0
		err := scan(c.r, k.key(), k.end(), func(key, value []byte) (bool, error) {
			if read++; read%keysBetween == 0 && c.ctx.Err() != nil {
				return false, c.ctx.Err()
			}
			if !c.wellFormed(key) {
				return true, nil
			}
			return yield(entry{slices.Clone(key), slices.Clone(value)}) && len(c.problems) < store.MaxProblems, nil
		})
		if c.err == nil {
			c.err = err
		}
	}
}

func (c *checker) fail(format string, args ...any) {
	c.problems = append(c.problems, store.Problem(fmt.Sprintf(format, args...)))
}

// number reads a value that is a number.
func (c *checker) number(e entry) uint64 {
	number, err := decodeNumber(e.key, e.value)
	if err != nil {
		c.fail("%v", err)
	}
	return number
}

// value demands a key and gives its value.
func (c *checker) value(key []byte, because entry) []byte {
	var found []byte
	if err := view(c.r, key, func(value []byte) error { found = slices.Clone(value); return nil }); err != nil {
		c.fail("the %s %x needs the %s %x: %v", because.kind(), because.key, kind(key[0]), key, err)
	}
	return found
}

// same demands that a key has a value.
func (c *checker) same(key, want []byte, because entry) {
	if got := c.value(key, because); got != nil && !slices.Equal(got, want) {
		c.fail("the %s %x has %x, but the %s %x wants %x", kind(key[0]), key, got, because.kind(), because.key, want)
	}
}

// made demands that an id is not above the greatest.
func (c *checker) made(one id.ID, because entry) {
	if one > c.greatest {
		c.fail("the %s %x is above the greatest id %d", because.kind(), because.key, c.greatest)
	}
}

func record[R any](c *checker, e entry) R {
	record, err := decode[R](e.key, e.value)
	if err != nil {
		c.fail("%v", err)
	}
	return record
}

// NamedBlobs gives the keys of blobs that something names.
func (s *Store) NamedBlobs(ctx context.Context, from string, limit int) ([]string, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	blobs := []string{}
	if limit <= 0 {
		return blobs, nil
	}
	err := scan(s.db, kindBlob.text(from+"\x00"), kindBlob.end(), func(key, _ []byte) (bool, error) {
		blobs = append(blobs, string(key[1:]))
		return len(blobs) < limit, nil
	})
	if err != nil {
		return nil, err
	}
	return blobs, nil
}
