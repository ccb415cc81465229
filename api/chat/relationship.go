package chat

import (
	"context"
	"errors"
	"slices"
	"time"

	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

const (
	// maxFriends is how many friends and requests somebody may have together, as upstream.
	maxFriends = 1000
	// maxFriendNickname and maxNote are in characters.
	maxFriendNickname = 32
	maxNote           = 256
)

// Relationships is about how people stand to each other: friends, requests, blocks, and what they note about others.
type Relationships struct {
	Deps
	users userDirectory
	// turns orders what happens between two people, so that it is told in the order in which it was stored.
	turns turns
}

func newRelationships(deps Deps, users userDirectory) *Relationships {
	return &Relationships{Deps: deps, users: users}
}

// Relationship is how somebody stands to another.
type Relationship struct {
	store.Relationship
	Other store.User
}

// List gives all of the caller's, by the other's id.
func (r *Relationships) List(ctx context.Context, caller Caller) ([]Relationship, error) {
	kept, err := r.Store.UserRelationships(ctx, caller.UserID)
	if err != nil {
		return nil, internal("listing relationships", err)
	}
	others := make([]id.ID, len(kept))
	for i := range kept {
		others[i] = kept[i].OtherID
	}
	users, err := r.users.lookupAll(ctx, others)
	if err != nil {
		return nil, internal("reading accounts", err)
	}
	list := make([]Relationship, len(kept))
	for i := range kept {
		list[i] = Relationship{kept[i], authorAmong(users, kept[i].OtherID)}
	}
	return list, nil
}

// AskByName asks the person of a user name to be friends, see Ask.
func (r *Relationships) AskByName(ctx context.Context, caller Caller, username string) error {
	var wrong fieldErrors
	username = wrong.username("username", username)
	if wrong.err() != nil {
		return fail(NobodyOfThatName)
	}
	user, err := r.Store.PersonByLogin(ctx, username)
	if errors.Is(err, store.ErrNotFound) || err == nil && user.Username != username {
		return fail(NobodyOfThatName)
	}
	if err != nil {
		return internal("finding a person", err)
	}
	return r.Ask(ctx, caller, user.ID)
}

// Ask asks somebody to be friends, or accepts when they have asked. A block of one's own is lifted by it.
func (r *Relationships) Ask(ctx context.Context, caller Caller, otherID id.ID) error {
	if caller.Guest {
		return errGuest("Guests cannot ask people to be friends. Make yours an account of your own first.")
	}
	if otherID == caller.UserID {
		return fail(FriendOfOneself)
	}
	other, err := r.users.lookup(ctx, otherID)
	if err != nil {
		return unknownUser(err)
	}
	if other.Bot {
		return fail(FriendOfBot)
	}
	for _, userID := range []id.ID{caller.UserID, otherID} {
		if err := r.hasRoom(ctx, userID, caller.UserID, otherID); err != nil {
			return err
		}
	}
	open, err := r.takesRequestsFrom(ctx, otherID, caller.UserID)
	if err != nil {
		return err
	}
	now := r.Now().UTC().Truncate(time.Millisecond)
	return r.change(ctx, caller.UserID, otherID, func(own, their *store.Relationship) error {
		switch {
		case own.Type == store.RelationshipFriend || own.Type == store.RelationshipOutgoing:
		case own.Type == store.RelationshipIncoming:
			own.Type, own.Since, their.Type, their.Since = store.RelationshipFriend, now, store.RelationshipFriend, now
		case their.Type == store.RelationshipBlocked, !open:
			return fail(FriendRequestBlocked)
		default:
			own.Type, own.Since, their.Type, their.Since = store.RelationshipOutgoing, now, store.RelationshipIncoming, now
		}
		return nil
	})
}

// takesRequestsFrom tells whether somebody's settings let another ask them to be friends.
func (r *Relationships) takesRequestsFrom(ctx context.Context, userID, from id.ID) (bool, error) {
	settings, err := readSettings(ctx, r.Deps, userID)
	if err != nil || settings.FriendSources.All {
		return true, err
	}
	if settings.FriendSources.SharedGuilds {
		own, err := r.Store.UserGuilds(ctx, userID)
		if err != nil {
			return false, internal("reading guilds", err)
		}
		theirs, err := r.Store.UserGuilds(ctx, from)
		if err != nil {
			return false, internal("reading guilds", err)
		}
		if slices.ContainsFunc(own, func(guildID id.ID) bool { return slices.Contains(theirs, guildID) }) {
			return true, nil
		}
	}
	if !settings.FriendSources.FriendsOfFriends {
		return false, nil
	}
	own, err := r.friends(ctx, userID)
	if err != nil {
		return false, err
	}
	theirs, err := r.friends(ctx, from)
	return slices.ContainsFunc(own, func(friendID id.ID) bool { return slices.Contains(theirs, friendID) }), err
}

// friends gives the ids of somebody's friends.
func (r *Relationships) friends(ctx context.Context, userID id.ID) ([]id.ID, error) {
	relationships, err := r.Store.UserRelationships(ctx, userID)
	if err != nil {
		return nil, internal("reading friends", err)
	}
	var friendIDs []id.ID
	for _, one := range relationships {
		if one.Type == store.RelationshipFriend {
			friendIDs = append(friendIDs, one.OtherID)
		}
	}
	return friendIDs, nil
}

// hasRoom asks whether somebody may have one friend or request more, unless the two of a pair have to do with each other already.
func (r *Relationships) hasRoom(ctx context.Context, userID, one, other id.ID) error {
	kept, err := r.Store.UserRelationships(ctx, userID)
	if err != nil {
		return internal("counting friends", err)
	}
	friends := 0
	for i := range kept {
		if kept[i].Type == store.RelationshipBlocked {
			continue
		}
		if kept[i].OtherID == one || kept[i].OtherID == other {
			return nil
		}
		friends++
	}
	if friends >= maxFriends {
		return fail(MaxFriends)
	}
	return nil
}

// Block keeps somebody from writing to the caller and from asking to be friends; what was between the two ends.
func (r *Relationships) Block(ctx context.Context, caller Caller, otherID id.ID) error {
	if otherID == caller.UserID {
		return fail(FriendOfOneself)
	}
	now := r.Now().UTC().Truncate(time.Millisecond)
	return r.change(ctx, caller.UserID, otherID, func(own, their *store.Relationship) error {
		if own.Type != store.RelationshipBlocked {
			own.Type, own.Since, own.Nickname = store.RelationshipBlocked, now, ""
		}
		if their.Type != store.RelationshipBlocked {
			their.Type = 0
		}
		return nil
	})
}

// Remove ends what is between the caller and somebody: a friendship, a request of either, or the caller's block. Where there is nothing it does nothing.
func (r *Relationships) Remove(ctx context.Context, caller Caller, otherID id.ID) error {
	return r.change(ctx, caller.UserID, otherID, func(own, their *store.Relationship) error {
		own.Type = 0
		if their.Type != store.RelationshipBlocked {
			their.Type = 0
		}
		return nil
	})
}

// Rename sets what the caller calls a friend; empty for nothing.
func (r *Relationships) Rename(ctx context.Context, caller Caller, otherID id.ID, nickname string) error {
	var wrong fieldErrors
	nickname = wrong.text("nickname", nickname, maxFriendNickname)
	if err := wrong.err(); err != nil {
		return err
	}
	return r.change(ctx, caller.UserID, otherID, func(own, _ *store.Relationship) error {
		if own.Type != store.RelationshipFriend {
			return fail(UnknownUser)
		}
		own.Nickname = nickname
		return nil
	})
}

// change changes how two people stand to each other, and tells each of what is new to them.
func (r *Relationships) change(ctx context.Context, userID, otherID id.ID, change func(own, their *store.Relationship) error) error {
	users, err := r.users.lookupAll(ctx, []id.ID{userID, otherID})
	if err != nil {
		return internal("reading accounts", err)
	}
	turn := r.turns.of(min(userID, otherID))
	turn.Lock()
	defer turn.Unlock()
	ctx = context.WithoutCancel(ctx)
	var before [2]store.Relationship
	own, their, err := r.Store.ChangeRelationship(ctx, userID, otherID, func(own, their *store.Relationship) error {
		before = [2]store.Relationship{*own, *their}
		return change(own, their)
	})
	if failure, ours := errors.AsType[*Error](err); ours {
		return failure
	}
	if err != nil {
		return unknownUser(err)
	}
	for i, now := range [2]store.Relationship{own, their} {
		if now.Type != before[i].Type || now.Nickname != before[i].Nickname {
			r.publish(ctx, event.RelationshipChanged{Relationship: now, Before: before[i].Type, Other: authorAmong(users, now.OtherID)})
		}
	}
	return nil
}

// Note gives what the caller notes about somebody; UnknownUser when that is nothing.
func (r *Relationships) Note(ctx context.Context, caller Caller, aboutID id.ID) (string, error) {
	notes, err := r.Notes(ctx, caller)
	if err != nil {
		return "", err
	}
	note, found := notes[aboutID]
	if !found {
		return "", fail(UnknownUser)
	}
	return note, nil
}

// Notes gives all that the caller notes about others.
func (r *Relationships) Notes(ctx context.Context, caller Caller) (map[id.ID]string, error) {
	notes, err := r.Store.UserNotes(ctx, caller.UserID)
	if err != nil {
		return nil, internal("reading notes", err)
	}
	return notes, nil
}

// SetNote keeps what the caller notes about somebody, which nobody else sees; empty for nothing.
func (r *Relationships) SetNote(ctx context.Context, caller Caller, aboutID id.ID, note string) error {
	var wrong fieldErrors
	note = wrong.text("note", note, maxNote)
	if err := wrong.err(); err != nil {
		return err
	}
	turn := r.turns.of(caller.UserID)
	turn.Lock()
	defer turn.Unlock()
	ctx = context.WithoutCancel(ctx)
	if err := r.Store.SetNote(ctx, caller.UserID, aboutID, note); err != nil {
		return unknownUser(err)
	}
	r.publish(ctx, event.NoteChanged{UserID: caller.UserID, AboutID: aboutID, Note: note})
	return nil
}

// blocked tells whether one of two people blocked the other, and whether they are friends.
func blocked(ctx context.Context, kept store.Relationships, one, other id.ID) (blocked, friends bool, err error) {
	for _, pair := range [][2]id.ID{{one, other}, {other, one}} {
		view, err := kept.Relationship(ctx, pair[0], pair[1])
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return false, false, internal("reading a relationship", err)
		}
		if view.Type == store.RelationshipBlocked {
			return true, false, nil
		}
		friends = friends || view.Type == store.RelationshipFriend
	}
	return false, friends, nil
}
