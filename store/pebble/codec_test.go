package pebble

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/store"
	"guildhall/store/id"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"
)

// recordTypes are the kinds whose values are records, with a way to read one and write it again.
var recordTypes = map[kind]func(key, value []byte) (encoded []byte, err error){
	kindHall: recode[hallRecord], kindWorker: recode[workerRecord], kindUser: recode[userRecord], kindSession: recode[sessionRecord],
	kindBot: recode[botRecord], kindGuild: recode[guildRecord], kindRole: recode[roleRecord], kindMember: recode[memberRecord],
	kindInvite: recode[inviteRecord], kindChannel: recode[channelRecord], kindMessage: recode[messageRecord], kindVoice: recode[voiceRecord],
	kindAttachment: recode[placeRecord], kindBytes: recode[bytesRecord], kindUpload: recode[uploadRecord],
	kindEventHook: recode[eventHookRecord], kindEventDelivery: recode[eventDeliveryRecord], kindDeadDelivery: recode[eventDeliveryRecord],
	kindInstallation: recode[installationRecord], kindApplicationEmoji: recode[applicationEmojiRecord],
	kindEmoji: recode[guildEmojiRecord], kindWebhook: recode[webhookRecord], kindAnnouncement: recode[announcementRecord], kindCommand: recode[commandRecord], kindCommandPermissions: recode[commandPermissionsRecord], kindThread: recode[channelRecord], kindThreadCount: recode[threadCountRecord], kindThreadMember: recode[threadMemberRecord],
	kindInteraction: recode[answeredRecord], kindEphemeral: recode[ephemeralRecord],
	kindTwoFactor: recode[twoFactorRecord], kindSecurityEvent: recode[securityEventRecord],
	kindOpenIDProvider: recode[openIDProviderRecord], kindIdentity: recode[identityRecord],
}

func recode[R any](key, value []byte) ([]byte, error) {
	record, err := decode[R](key, value)
	if err != nil {
		return nil, err
	}
	return encoding.Marshal(record)
}

// FuzzRecords reads arbitrary bytes as each record. They are read, and what was read is written and read the same; or there is an error that names the kind.
func FuzzRecords(f *testing.F) {
	for kind := range recordTypes {
		f.Add(byte(kind), []byte{0xa0})
	}
	full := newMessageRecord(&store.Message{
		GuildID: 1, AuthorID: math.MaxInt64, Content: "héllo", EditedAt: birthday, Flags: 1 << 63, Mentions: []id.ID{1, 2}, Nonce: "n",
		Reference: &store.MessageReference{MessageID: 1}, Embeds: []store.Embed{{Title: "t", Timestamp: birthday, Fields: []store.EmbedField{{Name: "n", Inline: true}}}},
	})
	encoded, err := encoding.Marshal(full)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(byte(kindMessage), encoded)
	f.Add(byte(kindMember), []byte{0xa1, 0x02, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Add(byte(kindUser), []byte("\xa1\x01\x62\xff\xfe"))
	f.Fuzz(func(t *testing.T, which byte, value []byte) {
		recode, known := recordTypes[kind(which)]
		if !known {
			return
		}
		key := kind(which).key(1, 2)
		first, err := recode(key, value)
		if err != nil {
			if corrupted, ok := errors.AsType[*CorruptError](err); !ok || corrupted.Kind != kind(which).String() || !bytes.Equal(corrupted.Key, key) {
				t.Fatalf("the error does not name the %s: %v", kind(which), err)
			}
			return
		}
		second, err := recode(key, first)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%s %x was written as %x, and that as %x (%v)", kind(which), value, first, second, err)
		}
	})
}

// FuzzStoredKeys puts an arbitrary key with an arbitrary value into a store and calls what reads it: nothing may panic, whatever it answers.
func FuzzStoredKeys(f *testing.F) {
	for kind := range kindNames {
		f.Add(byte(kind), []byte{}, []byte{})
		f.Add(byte(kind), []byte{0, 0, 0, 0, 0, 0, 0, 11}, []byte{0xa0})
		f.Add(byte(kind), []byte{0, 0, 0, 0, 0, 0, 0, 11, 0}, []byte{0, 0, 0, 0, 0, 0, 0, 11})
		f.Add(byte(kind), []byte{0, 0, 0, 0, 0, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0, 1}, []byte{1})
	}
	var (
		s    *Store
		runs int
	)
	f.Cleanup(func() {
		if s != nil { // as it is in the process that only directs the others
			_ = s.Close()
		}
	})
	f.Fuzz(func(t *testing.T, which byte, rest, value []byte) {
		// A new store now and then: what was deleted slows the old one down.
		if runs++; s == nil || runs%500 == 0 {
			if s != nil {
				_ = s.Close()
			}
			var err error
			if s, err = Open("hall", Options{FS: vfs.NewMem()}); err != nil {
				t.Fatal(err)
			}
			if err := s.db.Set(kindChannelGuild.key(11), idValue(11), pebble.NoSync); err != nil {
				t.Fatal(err)
			}
		}
		key := append([]byte{which}, rest...)
		old, closer, err := s.db.Get(key)
		if err == nil {
			old = bytes.Clone(old)
			err = closer.Close()
		}
		restore := func() error { return s.db.Delete(key, pebble.NoSync) }
		if old != nil {
			restore = func() error { return s.db.Set(key, old, pebble.NoSync) }
		}
		if err != nil && !errors.Is(err, pebble.ErrNotFound) {
			t.Fatal(err)
		}
		if err := s.db.Set(key, value, pebble.NoSync); err != nil {
			t.Fatal(err)
		}
		readEverything(s)
		if err := restore(); err != nil {
			t.Fatal(err)
		}
	})
}

// readEverything calls what reads, and what reads before it writes; the answers do not matter.
func readEverything(s *Store) {
	ctx, one := context.Background(), id.ID(11)
	no := errors.New("nothing is to be written")
	_, _ = s.Hall(ctx)
	_, _ = s.User(ctx, one)
	_, _ = s.PersonByLogin(ctx, "")
	_, _ = s.ListUsers(ctx, 0, 10)
	_, _ = s.LoginSession(ctx, one)
	_, _ = s.Check(ctx)
	_, _ = s.NamedBlobs(ctx, "", 10)
	_, _ = s.LoginSessions(ctx, one)
	_, _ = s.TwoFactor(ctx, one)
	_, _ = s.SecurityEvents(ctx, one, 0, 10)
	_, _ = s.Guests(ctx, 0, 10)
	_, _ = s.OpenIDProviders(ctx)
	_, _ = s.OpenIDProvider(ctx, "")
	_, _ = s.Identity(ctx, "", "")
	_, _ = s.Identities(ctx, one)
	_, _ = s.Bot(ctx, one)
	_, _ = s.BotsByOwner(ctx, one)
	_, _ = s.BotsByOwner(ctx, 0)
	_, _ = s.Command(ctx, one)
	_, _ = s.ApplicationCommands(ctx, one, 0)
	_, _ = s.CommandPermissions(ctx, one, one)
	_, _ = s.Guild(ctx, one)
	_, _ = s.ListGuilds(ctx, 0, 10)
	_, _ = s.Channel(ctx, one)
	_, _ = s.GuildChannels(ctx, one)
	_, _ = s.LastMessageIDs(ctx, []id.ID{one, 0})
	_, _ = s.ThreadsByID(ctx, []id.ID{one})
	_, _ = s.ActiveThreads(ctx, one)
	_, _ = s.ThreadIDs(ctx, one)
	_, _ = s.ArchivedThreads(ctx, one, store.ArchivedPage{Limit: 10})
	_, _ = s.JoinedArchivedThreads(ctx, one, one, 0, 10)
	_, _, _ = s.idleThreads(birthday, 10)
	_, _ = s.ThreadMember(ctx, one, 1)
	_, _ = s.ThreadMembers(ctx, one, 0, 10)
	_, _ = s.ThreadPlaces(ctx, 1, []id.ID{one})
	_, _ = s.JoinedThreads(ctx, one, one)
	_, _ = s.GuildRoles(ctx, one)
	_, _ = s.Member(ctx, one, 1)
	_, _ = s.GuildMembers(ctx, one, 0, 10)
	_, _ = s.CountMembers(ctx, one)
	_, _ = s.UserGuilds(ctx, one)
	_, _ = s.Invite(ctx, "")
	_, _ = s.GuildInvites(ctx, one)
	_, _ = s.Message(ctx, one, 1)
	_, _ = s.MessageChannel(ctx, one)
	_, _ = s.MessagesByID(ctx, one, []id.ID{1})
	for _, page := range []store.MessagePage{{Limit: 10}, {Limit: 10, Before: 5}, {Limit: 10, After: 1}, {Limit: 10, Around: 1}} {
		_, _ = s.ListMessages(ctx, one, page)
	}
	_, _ = s.VoiceSessions(ctx, one, 0, 10)
	_, _ = s.VoiceSessions(ctx, one, 5, 10)
	_, _ = s.AttachmentMessage(ctx, one, 1)
	_, _ = s.Upload(ctx, one)
	_, _ = s.UserBytes(ctx, one)
	_, _ = s.ListTrash(ctx, 10)
	_, _ = s.KnownBlobs(ctx, []string{"file/0123456789"})
	_, _ = readFormat(s.db)
	_, _ = getNumber(s.db, kindGreatest.key())
	for _, change := range []func(tx *tx) error{
		func(tx *tx) error { _, err := tx.pruneNonces(newest); return err },
		func(tx *tx) error { return tx.takeRole(one, 1) },
		func(tx *tx) error { return tx.deleteChannelUploads(one) },
		func(tx *tx) error { tx.name(store.Hash{}, 1); tx.use(one, 1); return tx.settleFiles() },
		func(tx *tx) error { _, err := tx.deleteRoleOverwrites(one, 1); return err },
		func(tx *tx) error { return tx.forgetChannel(one, 1) },
		func(tx *tx) error { return tx.forgetInstallations(one) },
		func(tx *tx) error { return tx.takeApplicationEmojis(one) },
		func(tx *tx) error { return tx.takeCommands(one) },
		func(tx *tx) error { return tx.takeGuildCommands(one, one) },
		func(tx *tx) error { return tx.takeCommandsOfGuild(one) },
		func(tx *tx) error { return tx.uninstall(one, 1, &store.Departure{}) },
		func(tx *tx) error { return tx.discardGuildThreads(one) },
		func(tx *tx) error { _, err := tx.leaveThreads(one, one); return err },
		func(tx *tx) error { return tx.roomForActive(one, 1) },
		func(tx *tx) error { return tx.deleteChannelInvites(one, 1) },
		func(tx *tx) error { _, err := tx.redeemInvite("", store.Member{UserID: 1}, birthday); return err },
		func(tx *tx) error { _, err := tx.endVoice(one, 1, birthday); return err },
		func(tx *tx) error {
			_, _, err := tx.postedBefore(&newMessage{Message: store.Message{ChannelID: one, Nonce: "n"}, nonceSince: 1}, nil, nil)
			return err
		},
	} {
		_ = s.update(ctx, unsynced, func(tx *tx) error { _ = change(tx); return no })
	}
}

func TestACorruptRecordIsAnErrorThatNamesItsKind(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	channelID := makeRoom(t, s)
	post(t, s, channelID, 101)
	for name, read := range map[string]struct {
		key  []byte
		read func() error
	}{
		"user":            {kindUser.key(1), func() error { _, err := s.User(t.Context(), 1); return err }},
		"username":        {usernameKey(false, "ada"), func() error { _, err := s.PersonByLogin(t.Context(), "ada"); return err }},
		"guild":           {kindGuild.key(10), func() error { _, err := s.Guild(t.Context(), 10); return err }},
		"member count":    {kindMemberCount.key(10), func() error { _, err := s.CountMembers(t.Context(), 10); return err }},
		"channel's guild": {kindChannelGuild.key(channelID), func() error { _, err := s.Channel(t.Context(), channelID); return err }},
		"message": {kindMessage.key(channelID, 101), func() error {
			_, err := s.ListMessages(t.Context(), channelID, store.MessagePage{Limit: 1})
			return err
		}},
		"message's place": {kindMessagePlace.key(101), func() error { _, err := s.MessageChannel(t.Context(), 101); return err }},
	} {
		good, closer, err := s.db.Get(read.key)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		good = bytes.Clone(good)
		_ = closer.Close()
		if err := s.db.Set(read.key, []byte("garbage"), pebble.NoSync); err != nil {
			t.Fatal(err)
		}
		corrupted, ok := errors.AsType[*CorruptError](read.read())
		if !ok || corrupted.Kind != name || !strings.Contains(corrupted.Error(), name) {
			t.Errorf("%s: %v", name, read.read())
		}
		if err := s.db.Set(read.key, good, pebble.NoSync); err != nil {
			t.Fatal(err)
		}
		if err := read.read(); err != nil {
			t.Errorf("%s, mended: %v", name, err)
		}
	}
}

func TestTextsThatAreNotUTF8ComeOutAsTheyWentIn(t *testing.T) {
	s := openMem(t, vfs.NewMem())
	name := "broken \xff\xfe \x00 text"
	if err := s.CreateUser(t.Context(), store.User{ID: 1, Username: name}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.User(t.Context(), 1); err != nil || got.Username != name {
		t.Errorf("%q, %v", got.Username, err)
	}
}

var update = flag.Bool("update", false, "write testdata/records.golden anew")

// commandRecords are records of commands with everything that there is to say.
func commandRecords() []any {
	return []any{commandPermissionsRecord{Permissions: []commandPermissionRecord{{ID: 1, Type: 2, Allow: true}}}, newCommandRecord(store.Command{Type: store.CommandChatInput, Name: "echo", NameLocalizations: map[string]string{"de": "echo"}, Description: "says", DescriptionLocalizations: map[string]string{"de": "sagt"},
		DefaultMemberPermissions: new(uint64(1 << 63)), NSFW: true, Contexts: []store.InteractionContext{0, 2}, IntegrationTypes: []int{0, 1}, Version: 7,
		Options: []store.CommandOption{{Type: store.OptionSubcommand, Name: "sub", Description: "part", Options: []store.CommandOption{{
			Type: store.OptionInteger, Name: "n", NameLocalizations: map[string]string{"de": "n"}, Description: "number", DescriptionLocalizations: map[string]string{"de": "zahl"}, Required: true,
			Choices:      []store.CommandChoice{{Name: "one", NameLocalizations: map[string]string{"de": "eins"}, Text: "1", Number: -1.5}},
			ChannelTypes: []store.ChannelType{2}, MinValue: new(-2.5), MaxValue: new(float64(1 << 53)), MinLength: new(1), MaxLength: new(6000), Autocomplete: true,
		}}}},
	})}
}

// openIDRecords are those of providers, and of who people are there.
func openIDRecords(hash []byte) []any {
	return []any{
		newOpenIDProviderRecord(store.OpenIDProvider{Name: "name", Issuer: "https://issuer.example", ClientID: "client", SealedSecret: hash, Scopes: []string{"email"}, GroupsClaim: "groups",
			GroupRoles: []store.GroupRole{{Group: "staff", GuildID: 1, RoleID: 2}}, Accounts: store.OpenIDInviteAccounts, EmailDomains: []string{"example.org"}, CreatedAt: birthday}),
		newIdentityRecord(store.Identity{Issuer: "https://issuer.example", Subject: "subject", UserID: 1, Label: "label", LinkedAt: birthday, UsedAt: birthday}),
	}
}

// What is stored must be readable for ever: a change of these bytes needs a new format with a migration.
func TestRecordsAreWrittenAsInTheirFormat(t *testing.T) {
	hash := bytes.Repeat([]byte{0xab}, 32)
	overwrites := []store.PermissionOverwrite{{TargetID: 5, Allow: 1 << 63, Deny: 1}, {TargetID: 6, Type: store.OverwriteMember, Deny: math.MaxUint64}}
	embed := store.Embed{
		Type: store.EmbedLink, Provider: "provider", Title: "title", Description: "description", URL: "url", Timestamp: birthday, Color: 0xFFFFFF, HasColor: true,
		Footer: store.EmbedFooter{Text: "foot", IconURL: "foot icon"}, Image: "image", Thumbnail: "thumbnail",
		Author: store.EmbedAuthor{Name: "author", URL: "author url", IconURL: "author icon"}, Fields: []store.EmbedField{{Name: "name", Value: "value", Inline: true}},
	}
	kept := store.File{Hash: store.Hash(hash), Blob: "file/0123456789", Size: 1 << 40, ContentType: "image/png", Width: 640, Height: 480}
	shown := &store.Picture{File: kept, Animated: true}
	var golden strings.Builder
	for _, record := range append(slices.Concat(openIDRecords(hash), commandRecords(), interactionRecords()), []any{
		newHallRecord(store.Hall{Name: "hall", Registration: store.RegistrationOpen, OwnerID: 1, SetupHash: hash, SetupExpires: birthday, BotCreation: store.BotCreationOwner, Guests: true}),
		workerRecord{Holder: "holder", Until: birthday.UnixMilli()},
		newUserRecord(store.User{
			Username: "ada", GlobalName: "Ada", Email: "ada@example.org", PasswordHash: "hash", Bot: true, Disabled: true, Flags: 1 << 63, Locale: "en-US", PasswordChangedAt: birthday,
			Avatar: shown, Banner: shown, AccentColor: new(int), Bio: "bio", Pronouns: "pronouns", ResetHash: hash, ResetExpires: birthday, MFA: true, Guest: true, StreamKeyHash: hash,
		}),
		newSessionRecord(store.LoginSession{
			UserID: 1, Secret: hash, Generation: math.MaxUint32, RetryHash: hash, CreatedAt: birthday, RotatedAt: birthday, ExpiresAt: birthday, UserAgent: "agent", Address: "address",
		}),
		newBotRecord(store.Bot{OwnerID: 1, Description: "description", TokenHash: hash, Flags: 1 << 63, Public: true, VerifyKey: hash, PrivateKey: hash, Cover: shown, Tags: []string{"tag"},
			TermsURL: "terms", PrivacyURL: "privacy", CustomInstallURL: "install", InteractionsURL: "interactions", RedirectURIs: []string{"back"},
			Install: &store.InstallParams{Scopes: []string{"bot"}, Permissions: 1 << 63}}),
		installationRecord{InstallerID: 1, RoleID: 2, InstalledAt: toMoment(birthday)},
		applicationEmojiRecord{CreatorID: 1, Name: "wave", Picture: newPictureRecord(shown)},
		newGuildRecord(store.Guild{
			OwnerID: 1, Name: "guild", Description: "description", VerificationLevel: 4, DefaultMessageNotifications: 1, ExplicitContentFilter: 2, AFKTimeout: 300,
			AFKChannelID: 2, SystemChannelID: 3, SystemChannelFlags: 5, RulesChannelID: 4, PreferredLocale: "en-US",
			Icon: shown, Banner: shown, Splash: shown, DiscoverySplash: shown, InvitesPausedUntil: birthday, DMsPausedUntil: birthday, MFALevel: 1,
		}),
		newRoleRecord(store.Role{Name: "role", Color: 0xFFFFFF, Hoist: true, Position: 3, Permissions: 1<<63 | 1, Managed: true, Mentionable: true, BotID: 9, Icon: shown, UnicodeEmoji: "🏰"}),
		newMemberRecord(store.Member{Nick: "nick", RoleIDs: []id.ID{3, math.MaxInt64}, JoinedAt: birthday, Deaf: true, Mute: true, TimedOutUntil: birthday, Flags: 1 << 63, Temporary: true,
			Avatar: shown, Banner: shown, Bio: "bio"}),
		newWebhookRecord(store.Webhook{Type: store.WebhookFollower, ChannelID: 2, CreatorID: 3, ApplicationID: 4, Name: "Ci", Avatar: shown, TokenHash: []byte("hash"), SealedToken: []byte("sealed"), SourceGuildID: 5, SourceChannelID: 6}),
		announcementRecord{PublishedAt: 1, Version: math.MaxUint64}, newEventHookRecord(store.EventHook{MakerID: 1, Name: "script", URL: "url", Events: []string{"A"}, ChannelIDs: []id.ID{3}, Content: true, SealedSecret: hash, Suspended: "why"}), newEventDeliveryRecord(&store.EventDelivery{Event: "A", Body: []byte("{}"), ChannelID: 3, Attempts: 2, TriedAt: birthday, NextAt: birthday, Status: 500, Problem: "why"}), newGuildEmojiRecord(store.GuildEmoji{CreatorID: 1, Name: "wave", RoleIDs: []id.ID{3, math.MaxInt64}, Picture: shown}),
		newInviteRecord(store.Invite{GuildID: 1, ChannelID: 2, InviterID: 3, CreatedAt: birthday, MaxAge: 604800, MaxUses: 100, Uses: 5, Temporary: true}),
		newChannelRecord(store.Channel{
			Type: store.ChannelVoice, Name: "channel", Topic: "topic", Position: 3, ParentID: 4, NSFW: true, RateLimitPerUser: 21600, Bitrate: 64000, UserLimit: 99, Overwrites: overwrites,
			LastPinAt: birthday, OwnerID: 7, Recipients: []id.ID{7, 8}, HiddenFrom: []id.ID{8}, Flags: store.ChannelRequireTag, DefaultAutoArchive: 24 * time.Hour, DefaultThreadRateLimit: 9,
			Thread: &store.Thread{Archived: true, ArchivedAt: birthday, AutoArchive: time.Hour, Locked: true, Invitable: true, CreatedAt: birthday, AppliedTags: []id.ID{9, 8}},
			Forum: &store.Forum{Tags: []store.ForumTag{{ID: 9, Name: "tag", Moderated: true, Emoji: store.Emoji{ID: 3, Name: "wave", Animated: true}}}, DefaultReaction: store.Emoji{Name: "👍"},
				SortOrder: store.SortCreationTime, Layout: store.LayoutGallery},
			Icon: shown,
		}),
		threadCountRecord{Messages: 3, Total: 4, Members: 2, Last: math.MaxInt64},
		threadMemberRecord{JoinedAt: toMoment(birthday)},
		newMessageRecord(&store.Message{
			GuildID: 1, AuthorID: math.MaxInt64, Type: store.MessageReply, Content: "héllo", EditedAt: birthday, TTS: true, Flags: 1 << 63, Mentions: []id.ID{1, 2},
			MentionRoles: []id.ID{3}, MentionEveryone: true, Embeds: []store.Embed{embed, {}}, Reference: &store.MessageReference{MessageID: 5, ChannelID: 6, GuildID: 7}, Nonce: "nonce", PinnedAt: birthday, Position: 3, Components: []byte("[]"),
			WebhookID: 8, ApplicationID: 9, Persona: &store.Persona{Name: "Ci", Avatar: "hash", AvatarURL: "url"},
			Interaction: &store.MessageInteraction{InteractionOrigin: store.InteractionOrigin{ID: 1, Type: 5, UserID: 2, Name: "name", TargetUserID: 3, TargetMessageID: 4, ResponseID: 5, InteractedID: 6}, Trigger: &store.InteractionOrigin{ID: 7, Type: 2}},
			Call:        &store.Call{Participants: []id.ID{2, 3}, EndedAt: birthday}, Poll: &store.Poll{Question: "q", Answers: []store.PollAnswer{{ID: 1, Text: "a", Emoji: store.Emoji{ID: 5, Name: "wave", Animated: true}}}, ExpiresAt: birthday, Multiselect: true, Ended: true},
			Attachments: []store.Attachment{{ID: 8, File: kept, Filename: "file", Description: "description", Duration: time.Second, Waveform: "AAEC"}},
		}),
		newAuditRecord(store.AuditEntry{
			UserID: 1, TargetID: 2, Action: store.AuditRoleUpdate, Changes: []store.AuditChange{{Key: "name", Old: []byte(`"a"`), New: []byte(`"b"`)}}, Options: map[string]string{"count": "3"}, Reason: "reason",
		}),
		newRelationshipRecord(store.Relationship{Type: store.RelationshipFriend, Nickname: "nick", Since: birthday}),
		newUserSettingsRecord(store.UserSettings{
			Theme: "dark", Status: "idle", CustomStatus: &store.CustomStatus{Text: "text", Emoji: store.Emoji{ID: 5, Name: "wave", Animated: true}, ExpiresAt: birthday}, Switches: map[string]bool{"a": true},
			AFKTimeout: 600, TimezoneOffset: -60, Folders: []store.GuildFolder{{ID: 1, Name: "folder", Color: 2, GuildIDs: []id.ID{3}}}, GuildsRestricted: true, RestrictedGuilds: []id.ID{4},
			FriendSources: store.FriendSources{All: true, FriendsOfFriends: true, SharedGuilds: true},
		}),
		pollCountsRecord{Counts: map[int]int{2: 7}},
		newAutoModRecord(store.AutoModRule{
			CreatorID: 1, Name: "rule", Trigger: store.AutoModKeyword, Keywords: []string{"a"}, Patterns: []string{"b"}, Links: true, Presets: []int{1}, AllowList: []string{"c"}, MentionLimit: 5, RaidProtection: true,
			Actions: []store.AutoModAction{{Type: store.AutoModTimeOut, Message: "m", ChannelID: 2, Seconds: 60}}, Enabled: true, ExemptRoles: []id.ID{3}, ExemptChannels: []id.ID{4},
		}),
		newReportRecord(store.Report{ChannelID: 1, MessageID: 2, ReporterID: 3, AuthorID: 4, Content: "content", Reason: "reason", ResolvedBy: 5}),
		newHallEntryRecord(store.HallEntry{UserID: 1, Act: store.HallUserDeleted, TargetID: 2, Details: map[string]string{"username": "bob"}, Reason: "reason"}),
		newTwoFactorRecord(store.TwoFactor{Secret: hash, LastStep: 1 << 40, RecoveryHashes: [][]byte{hash}, Passkeys: []store.Passkey{{
			ID: 1, Name: "key", RPID: "localhost", CredentialID: hash, PublicKey: hash, SignCount: 2, Flags: 0x5d, AAGUID: hash[:16], Transports: []string{"usb"}, CreatedAt: birthday, UsedAt: birthday,
		}}}),
		newSecurityEventRecord(store.SecurityEvent{Kind: store.SecuritySignIn, SessionID: 1, Address: "address", UserAgent: "agent", Details: map[string]string{"method": "passkey"}}),
		dismissedRecord{MessageIDs: []id.ID{5, math.MaxInt64}},
		newGuildSettingsRecord(store.GuildSettings{
			Notifications: store.Notifications{Level: 2, Muted: true, MutedUntil: birthday, MuteSeconds: 60}, SuppressEveryone: true, SuppressRoles: true, MobilePush: true, HideMuted: true, Flags: 3,
			Channels: []store.ChannelSettings{{ChannelID: 7, Notifications: store.Notifications{Level: 1, Muted: true, MutedUntil: birthday, MuteSeconds: 60}, Collapsed: true, Flags: 3}},
		}),
		reactionsRecord{Kinds: []reactionRecord{{EmojiID: 5, Name: "wave", Animated: true, Count: 3}, {Name: "👍", Count: 1}}},
		placeRecord{MessageID: 1, UserID: 2, Hash: kept.Hash, Size: 3},
		bytesRecord{Blob: "file/0123456789", Names: 2},
		newUploadRecord(&store.Upload{UserID: 1, ChannelID: 2, Filename: "file", Size: 3, ExpiresAt: birthday, Parts: []store.UploadPart{{Blob: "part/0123456789", Size: 3}}, File: &kept}),
		voiceRecord{GuildID: 1, UserID: 2, StartedAt: toMoment(birthday), EndedAt: toMoment(birthday)},
	}...) {
		encoded, err := encoding.Marshal(record)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&golden, "%T %x\n", record, encoded)
		for field, value := range reflect.ValueOf(record).Fields() {
			if value.IsZero() {
				t.Errorf("%T.%s is not in the golden file", record, field.Name)
			}
		}
	}
	file := filepath.Join("testdata", "records.golden")
	if *update {
		if err := os.WriteFile(file, []byte(golden.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if golden.String() != string(want) {
		t.Errorf("the records are written as\n%sinstead of\n%s", golden.String(), want)
	}
}

func TestMomentsKeepMillisecondsAndTheZeroTime(t *testing.T) {
	if toMoment(time.Time{}) != 0 || !moment(0).time().IsZero() {
		t.Error("the zero time is not zero")
	}
	if epoch := time.Unix(0, 0).UTC(); toMoment(epoch) == 0 || toMoment(epoch).time() != epoch {
		t.Errorf("the Unix epoch came back as %v", toMoment(epoch).time())
	}
	rapid.Check(t, func(t *rapid.T) {
		want := time.Unix(rapid.Int64Range(-1<<33, 1<<37).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds"))
		if got := toMoment(want).time(); got != want.Truncate(time.Millisecond).UTC() {
			t.Fatalf("%v came back as %v", want, got)
		}
	})
}

func TestKeysSortLikeTheirIds(t *testing.T) {
	ids := rapid.Custom(func(t *rapid.T) []id.ID {
		return []id.ID{id.ID(rapid.Uint64().Draw(t, "first")), id.ID(rapid.Uint64().Draw(t, "second"))}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := ids.Draw(t, "a"), ids.Draw(t, "b")
		keyA, keyB := kindMessage.key(a...), kindMessage.key(b...)
		want := 0
		for i := range a {
			if a[i] != b[i] {
				want = map[bool]int{true: -1, false: 1}[a[i] < b[i]]
				break
			}
		}
		if got := bytes.Compare(keyA, keyB); got != want {
			t.Fatalf("%v against %v: %d", a, b, got)
		}
		if idAt(keyA, 0) != a[0] || idAt(keyA, 1) != a[1] {
			t.Fatalf("%v came back as %d, %d", a, idAt(keyA, 0), idAt(keyA, 1))
		}
		// All keys with a prefix, and no others, are between it and what comes after it.
		prefix := kindMessage.key(a[0])
		inside := bytes.Compare(keyB, prefix) >= 0 && (after(prefix) == nil || bytes.Compare(keyB, after(prefix)) < 0)
		if inside != (a[0] == b[0]) {
			t.Fatalf("%v and the keys of %d", b, a[0])
		}
	})
}

func TestEveryKindHasANameAndAByteOfItsOwn(t *testing.T) {
	names := make(map[string]kind)
	for kind, name := range kindNames {
		if other, taken := names[name]; taken {
			t.Errorf("%#x and %#x are both called %s", byte(kind), byte(other), name)
		}
		names[name] = kind
	}
}
