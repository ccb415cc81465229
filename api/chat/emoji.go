package chat

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"

	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

// maxGuildEmoji is how many emoji of each kind, those that move and those that do not, a guild can have: as many as upstream gives to those who pay most.
const maxGuildEmoji = 250

// emojiName is what emoji are called.
var emojiName = regexp.MustCompile(`^[A-Za-z0-9_]{2,32}$`)

// Emojis is about the emoji of guilds' own.
type Emojis struct {
	Deps
	views *Views
	users userDirectory
	files *Files
}

// GuildEmoji is an emoji of a guild with who made it.
type GuildEmoji struct {
	store.GuildEmoji
	// Creator is nil for those who may make no emoji in the guild, and when the account is gone.
	Creator *store.User
}

// List gives a guild's emoji to its members, in ascending order of id.
func (e *Emojis) List(ctx context.Context, caller Caller, guildID id.ID) ([]GuildEmoji, error) {
	a, err := e.views.access(ctx, caller, guildID)
	if err != nil {
		return nil, err
	}
	return e.withCreators(ctx, a, a.view.Emojis)
}

// Get gives one of a guild's emoji to its members.
func (e *Emojis) Get(ctx context.Context, caller Caller, guildID, emojiID id.ID) (GuildEmoji, error) {
	a, err := e.views.access(ctx, caller, guildID)
	if err != nil {
		return GuildEmoji{}, err
	}
	emoji, found := a.view.Emoji(emojiID)
	if !found {
		return GuildEmoji{}, fail(UnknownEmoji)
	}
	return e.withCreator(ctx, a, *emoji)
}

// withCreators adds who made emoji, for those who may know.
func (e *Emojis) withCreators(ctx context.Context, a access, emojis []store.GuildEmoji) ([]GuildEmoji, error) {
	var users map[id.ID]store.User
	if a.inGuild().HasAny(perm.CreateGuildExpressions | perm.ManageGuildExpressions) {
		var creators []id.ID
		for i := range emojis {
			creators = append(creators, emojis[i].CreatorID)
		}
		var err error
		if users, err = e.users.lookupAll(ctx, creators); err != nil {
			return nil, internal("reading the makers of emoji", err)
		}
	}
	shown := make([]GuildEmoji, len(emojis))
	for i := range emojis {
		shown[i].GuildEmoji = emojis[i]
		if user, known := users[emojis[i].CreatorID]; known {
			shown[i].Creator = &user
		}
	}
	return shown, nil
}

func (e *Emojis) withCreator(ctx context.Context, a access, emoji store.GuildEmoji) (GuildEmoji, error) {
	shown, err := e.withCreators(ctx, a, []store.GuildEmoji{emoji})
	if err != nil {
		return GuildEmoji{}, err
	}
	return shown[0], nil
}

// EmojiDraft is an emoji to be made.
type EmojiDraft struct {
	// Name has 2 to 32 letters, digits and underscores.
	Name string
	// Image is a PNG, JPEG, GIF or WebP of 256 KiB at most, as a data URI.
	Image string
	// RoleIDs are the roles of which somebody must hold one to use the emoji; none leaves it to everybody, and so does @everyone.
	RoleIDs []id.ID
}

// Create makes an emoji; it needs CREATE_GUILD_EXPRESSIONS.
func (e *Emojis) Create(ctx context.Context, caller Caller, guildID id.ID, draft EmojiDraft) (GuildEmoji, error) {
	emoji := store.GuildEmoji{ID: e.IDs.Next(), GuildID: guildID, CreatorID: caller.UserID, Name: draft.Name, RoleIDs: draft.RoleIDs}
	// Pictures are work: it is not done for who may make no emoji, nor for an emoji that cannot be.
	if _, err := e.mayCreate(ctx, caller, &emoji); err != nil {
		return GuildEmoji{}, err
	}
	if draft.Image == "" {
		return GuildEmoji{}, invalid("image", "BASE_TYPE_REQUIRED", "This field is required.")
	}
	taken, err := e.files.takePictures(ctx, map[string]PictureChange{"image": &draft.Image}, map[string]pictureBounds{"image": emojiPicture})
	if err != nil {
		return GuildEmoji{}, err
	}
	taken.set("image", &emoji.Picture)
	var made GuildEmoji
	err = e.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := e.keep(ctx, caller, &emoji, taken)
		if err != nil {
			return err
		}
		if err := e.tell(ctx, caller, guildID, act{action: store.AuditEmojiCreate, target: emoji.ID, changes: differences(nil, auditEmoji(&emoji))}); err != nil {
			return err
		}
		made, err = e.withCreator(ctx, a, emoji)
		return err
	})
	return made, err
}

// keep stores a new emoji with the picture that was taken in for it.
func (e *Emojis) keep(ctx context.Context, caller Caller, emoji *store.GuildEmoji, taken *pictures) (a access, err error) {
	defer func() { taken.settle(ctx, err) }()
	if a, err = e.mayCreate(ctx, caller, emoji); err != nil {
		return access{}, err
	}
	if *emoji, err = e.Store.CreateEmoji(ctx, *emoji, maxGuildEmoji); err != nil {
		return access{}, emojiFailure("making an emoji", err)
	}
	return a, nil
}

// mayCreate asks whether the caller may make an emoji, and whether it can be.
func (e *Emojis) mayCreate(ctx context.Context, caller Caller, emoji *store.GuildEmoji) (access, error) {
	a, err := e.views.access(ctx, caller, emoji.GuildID)
	if err != nil {
		return access{}, err
	}
	return a, cmp.Or(a.need(perm.CreateGuildExpressions), checkGuildEmoji(a.view, emoji))
}

// EmojiEdit changes what is not nil.
type EmojiEdit struct {
	Name *string
	// RoleIDs are the roles of which somebody must hold one to use the emoji; none leaves it to everybody, and so does @everyone.
	RoleIDs *[]id.ID
}

// Update changes an emoji; it needs MANAGE_GUILD_EXPRESSIONS, or CREATE_GUILD_EXPRESSIONS for who made it.
func (e *Emojis) Update(ctx context.Context, caller Caller, guildID, emojiID id.ID, edit EmojiEdit) (GuildEmoji, error) {
	var updated GuildEmoji
	err := e.change(ctx, caller, guildID, emojiID, func(ctx context.Context, a access, before store.GuildEmoji) error {
		wanted := before
		set(&wanted.Name, edit.Name)
		set(&wanted.RoleIDs, edit.RoleIDs)
		if err := checkGuildEmoji(a.view, &wanted); err != nil {
			return err
		}
		after, err := e.Store.UpdateEmoji(ctx, guildID, emojiID, func(emoji *store.GuildEmoji) error {
			emoji.Name, emoji.RoleIDs = wanted.Name, wanted.RoleIDs
			return nil
		})
		if err != nil {
			return emojiFailure("changing an emoji", err)
		}
		if changes := differences(auditEmoji(&before), auditEmoji(&after)); changes != nil {
			if err := e.tell(ctx, caller, guildID, act{action: store.AuditEmojiUpdate, target: emojiID, changes: changes}); err != nil {
				return err
			}
		}
		updated, err = e.withCreator(ctx, a, after)
		return err
	})
	return updated, err
}

// Delete deletes an emoji; it needs what Update needs. What people reacted with it stays.
func (e *Emojis) Delete(ctx context.Context, caller Caller, guildID, emojiID id.ID) error {
	return e.change(ctx, caller, guildID, emojiID, func(ctx context.Context, _ access, _ store.GuildEmoji) error {
		deleted, err := e.Store.DeleteEmoji(ctx, guildID, emojiID)
		if err != nil {
			return emojiFailure("deleting an emoji", err)
		}
		e.files.wake()
		return e.tell(ctx, caller, guildID, act{action: store.AuditEmojiDelete, target: emojiID, changes: differences(auditEmoji(&deleted), nil)})
	})
}

// change runs write as the guild's only change at the time, by somebody who may change the emoji; after it the guild's emoji are read anew.
func (e *Emojis) change(ctx context.Context, caller Caller, guildID, emojiID id.ID, write func(context.Context, access, store.GuildEmoji) error) error {
	return e.views.change(ctx, guildID, func(ctx context.Context) error {
		a, err := e.views.access(ctx, caller, guildID)
		if err != nil {
			return err
		}
		emoji, found := a.view.Emoji(emojiID)
		if !found {
			return cmp.Or(needAny(a.inGuild(), perm.CreateGuildExpressions|perm.ManageGuildExpressions), error(fail(UnknownEmoji)))
		}
		needed := perm.ManageGuildExpressions
		if emoji.CreatorID == caller.UserID && a.inGuild().Has(perm.CreateGuildExpressions) {
			needed = perm.CreateGuildExpressions
		}
		if err := a.need(needed); err != nil {
			return err
		}
		defer e.views.renew(guildID)
		return write(ctx, a, *emoji)
	})
}

// tell keeps an act on a guild's emoji in the audit log, and tells everybody which emoji the guild has now.
func (e *Emojis) tell(ctx context.Context, caller Caller, guildID id.ID, done act) error {
	e.views.renew(guildID)
	emojis, err := e.Store.GuildEmojis(ctx, guildID)
	if err != nil {
		return cmp.Or(e.did(ctx, caller, guildID, []act{done}), error(internal("reading a guild's emoji", err)))
	}
	return e.did(ctx, caller, guildID, []act{done}, event.EmojisUpdated{GuildID: guildID, Emojis: emojis})
}

// withoutRole gives emoji as they are once a role is gone.
func withoutRole(emojis []store.GuildEmoji, roleID id.ID) []store.GuildEmoji {
	left := slices.Clone(emojis)
	for i := range left {
		left[i].RoleIDs = slices.DeleteFunc(slices.Clone(left[i].RoleIDs), func(one id.ID) bool { return one == roleID })
	}
	return left
}

// checkGuildEmoji validates an emoji, and brings its roles into order.
func checkGuildEmoji(view *View, emoji *store.GuildEmoji) error {
	var wrong fieldErrors
	wrong.emojiName(emoji.Name)
	for _, roleID := range emoji.RoleIDs {
		if _, found := view.Role(roleID); !found {
			wrong.add("roles", "BASE_TYPE_CHOICES", "The guild has no role %s.", roleID)
			break
		}
	}
	emoji.RoleIDs = slices.Compact(slices.Sorted(slices.Values(emoji.RoleIDs)))
	if slices.Contains(emoji.RoleIDs, view.Guild.ID) {
		emoji.RoleIDs = nil // everybody holds it
	}
	return wrong.err()
}

// emojiName checks what an emoji is called.
func (f *fieldErrors) emojiName(name string) {
	switch length := len([]rune(name)); {
	case length < 2 || length > 32:
		f.length("name", 2, 32)
	case !emojiName.MatchString(name):
		f.add("name", "STRING_TYPE_REGEX", "Must be made of letters, digits and underscores.")
	}
}

func checkEmojiName(name string) error {
	var wrong fieldErrors
	wrong.emojiName(name)
	return wrong.err()
}

func emojiFailure(doing string, err error) error {
	if _, full := errors.AsType[*store.LimitError](err); full {
		return fail(MaxEmoji)
	}
	if errors.Is(err, store.ErrNotFound) {
		return fail(UnknownEmoji)
	}
	return internal(doing, err)
}

func auditEmoji(emoji *store.GuildEmoji) []auditField {
	return []auditField{{"name", emoji.Name}, {"roles", emoji.RoleIDs}}
}
