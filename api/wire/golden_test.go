package wire

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"guildhall/api/chat"
	"guildhall/api/perm"
	"guildhall/store"
	"guildhall/store/event"
	"guildhall/store/id"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	noon = time.Date(2026, 1, 2, 12, 0, 0, 678_000_000, time.UTC)

	ada = store.User{ID: 1499742181785600000, Username: "ada", GlobalName: "Ada", Email: "ada@example.org", Flags: 64, Locale: "de", PasswordHash: "secret", PasswordChangedAt: noon}
	ben = store.User{ID: 1499742181785600001, Username: "ben"}
	bot = store.User{ID: 1499742181785600002, Username: "Robin", Bot: true}

	adaMember = store.Member{GuildID: 1499742181785600003, UserID: ada.ID, Nick: "A", RoleIDs: []id.ID{7, 8}, JoinedAt: noon, Deaf: true, Mute: true, TimedOutUntil: noon.Add(time.Hour), Flags: 2}
	benMember = store.Member{GuildID: 1499742181785600003, UserID: ben.ID, JoinedAt: noon}

	everyone = store.Role{ID: 1499742181785600003, GuildID: 1499742181785600003, Name: "@everyone", Permissions: 1024}
	robins   = store.Role{ID: 8, GuildID: 1499742181785600003, Name: "Robin", Color: 0xFF8800, Hoist: true, Position: 1, Permissions: 1<<53 - 1, Managed: true, Mentionable: true, BotID: bot.ID}

	guild = store.Guild{ID: 1499742181785600003, OwnerID: ada.ID, Name: "Garden", Description: "Green", VerificationLevel: 2, DefaultMessageNotifications: 1, AFKTimeout: 300, AFKChannelID: 12,
		SystemChannelID: 11, SystemChannelFlags: 3, RulesChannelID: 11, PreferredLocale: "de", MFALevel: 1}

	text = store.Channel{ID: 11, GuildID: guild.ID, Type: store.ChannelText, Name: "general", Topic: "All", Position: 1, ParentID: 10, NSFW: true, RateLimitPerUser: 5,
		Overwrites: []store.PermissionOverwrite{{TargetID: guild.ID, Deny: 2048}, {TargetID: ada.ID, Type: store.OverwriteMember, Allow: 1 << 52}}}
	voice = store.Channel{ID: 12, GuildID: guild.ID, Type: store.ChannelVoice, Name: "Lounge", Bitrate: 64000, UserLimit: 9}

	invite = store.Invite{Code: "abcdefgh", GuildID: guild.ID, ChannelID: 11, InviterID: ada.ID, CreatedAt: noon, MaxAge: 3600, MaxUses: 5, Uses: 2}

	wave   = store.GuildEmoji{ID: 13, GuildID: guild.ID, CreatorID: ada.ID, Name: "wave", Picture: &store.Picture{}}
	parrot = store.GuildEmoji{ID: 14, GuildID: guild.ID, Name: "party_parrot", RoleIDs: []id.ID{7, 8}, Picture: &store.Picture{Animated: true}}

	presence = event.Presence{Status: "idle", Desktop: "idle", Web: "online", Activities: []byte(`[{"name":"Chess","type":0}]`)}
	inVoice  = event.VoiceState{GuildID: guild.ID, ChannelID: 12, UserID: ada.ID, SessionID: "s", Deaf: true, SelfMute: true, Suppress: true}
)

// memberList has every kind of step and of item.
func memberList() MemberListUpdate {
	first, group := 1, MemberListGroup{ID: "online", Count: 1}
	heading, listed := MemberListItem{Group: &group}, MemberListItem{Member: &MemberListMember{NewMember(benMember, ben), NewPresence(ben.ID, 0, presence)}}
	return MemberListUpdate{GuildID: guild.ID, ID: "everyone", OnlineCount: 1, MemberCount: 2, Groups: []MemberListGroup{group}, Ops: []MemberListOp{
		{Op: "SYNC", Range: []int{0, 99}, Items: &[]MemberListItem{heading, listed}}, {Op: "SYNC", Range: []int{100, 199}, Items: &[]MemberListItem{}},
		{Op: "INSERT", Index: &first, Item: &listed}, {Op: "UPDATE", Index: new(int), Item: &heading}, {Op: "DELETE", Index: &first}, {Op: "INVALIDATE", Range: []int{0, 99}}}}
}

// fullMessage has everything that a message can have.
func fullMessage() event.MessageCreated {
	original := store.Message{ID: 1499742181785600020, ChannelID: 11, GuildID: guild.ID, AuthorID: ben.ID, Content: "First?"}
	return event.MessageCreated{
		Message: store.Message{ID: 1499742181785600021, ChannelID: 11, GuildID: guild.ID, AuthorID: ada.ID, Type: store.MessageReply, EditedAt: noon, TTS: true, Flags: store.MessageSilent,
			Content: "Yes & <no> \"quoted\" \\ \u2028 \x01 🔥 ümläut\nline", Mentions: []id.ID{ben.ID}, MentionRoles: []id.ID{8}, MentionEveryone: true, Nonce: "n-1",
			Reference: &store.MessageReference{MessageID: original.ID, ChannelID: 11, GuildID: guild.ID},
			Embeds: []store.Embed{{Title: "T", Description: "D", URL: "https://example.org/", Timestamp: noon, Color: 0, HasColor: true, Footer: store.EmbedFooter{Text: "F", IconURL: "https://example.org/f"},
				Image: "https://example.org/i", Thumbnail: "https://example.org/t", Author: store.EmbedAuthor{Name: "A", URL: "https://example.org/a", IconURL: "https://example.org/b"},
				Fields: []store.EmbedField{{Name: "n", Value: "v", Inline: true}, {Name: "m", Value: "w"}}}, {Title: "second"}}},
		Author: ada, Member: &adaMember, Mentioned: []store.User{ben}, Referenced: &original, ReferencedAuthor: &ben, ChannelType: store.ChannelText,
	}
}

func plainMessage() event.MessageCreated {
	return event.MessageCreated{Message: store.Message{ID: 1499742181785600022, ChannelID: 11, GuildID: guild.ID, AuthorID: bot.ID, Content: "beep"}, Author: bot, ChannelType: store.ChannelText}
}

func deletedReference() event.MessageCreated {
	posted := plainMessage()
	posted.Message.Type, posted.Message.Nonce = store.MessageReply, numberMark+"-17"
	posted.Message.Reference = &store.MessageReference{MessageID: 3, ChannelID: 11}
	return posted
}

func forward() event.MessageCreated {
	original, posted := fullMessage(), plainMessage()
	posted.Message.Content, posted.Message.Flags, posted.SnapshotMentioned = "", store.MessageHasSnapshot, []store.User{ben}
	posted.Message.Reference = &store.MessageReference{MessageID: original.Message.ID, ChannelID: 11, GuildID: guild.ID, Snapshot: &store.MessageSnapshot{Type: store.MessageReply,
		Content: original.Message.Content, SentAt: noon, EditedAt: noon, Flags: store.MessageSuppressEmbeds, Mentions: []id.ID{ben.ID}, MentionRoles: []id.ID{8}, Embeds: original.Message.Embeds}}
	return posted
}

func replyToForward() event.MessageCreated {
	forwarded, posted := forward(), plainMessage()
	posted.Message.Type, posted.Message.Reference = store.MessageReply, &store.MessageReference{MessageID: forwarded.Message.ID, ChannelID: 11, GuildID: guild.ID}
	posted.Referenced, posted.ReferencedAuthor = &forwarded.Message, &bot
	return posted
}

// shown are objects of the wire by the names of their golden files, the smallest of a kind beside the fullest.
func shown() map[string]any {
	counted := 3
	withCounts := NewGuild(guild, []store.Role{everyone, robins}, []store.GuildEmoji{wave, parrot})
	withCounts.ApproximateMemberCount, withCounts.ApproximatePresenceCount = &counted, &counted
	accepted := NewInvite(invite, guild, text, &ada)
	accepted.NewMember = new(bool)
	_, form := NewError(&chat.Error{Kind: chat.Invalid, Fields: []chat.FieldError{{Path: "embeds.0.title", Code: "A", Message: "a"}, {Path: "embeds", Code: "B", Message: "b"},
		{Path: "embeds.0.title", Code: "C", Message: "c"}, {Code: "D", Message: "d"}}})
	_, hidden := NewError(&chat.Error{Kind: chat.Internal, Message: "not to be shown"})
	_, wait := NewError(&chat.Error{Kind: chat.SlowMode, RetryAfter: 1500 * time.Millisecond})
	objects := shownThreads()
	maps.Copy(objects, map[string]any{
		"user": NewUser(ada), "user_bot": NewUser(bot), "user_self": NewSelfUser(ada, true), "user_self_bot": NewSelfUser(bot, false),
		"member": NewMember(adaMember, ada), "member_partial": NewPartialMember(benMember),
		"role": NewRole(robins), "role_everyone": NewRole(everyone), "role_event": GuildRole{GuildID: guild.ID, Role: NewRole(robins)},
		"channel_text": NewChannel(text, 99), "channel_voice": NewChannel(voice, 0), "channel_empty": NewChannel(store.Channel{ID: 10, GuildID: guild.ID, Type: store.ChannelCategory, Name: "Text"}, 0),
		"guild": withCounts, "guild_empty": NewGuild(store.Guild{ID: 5, OwnerID: 6, Name: "Two"}, nil, nil), "guild_of_user": NewUserGuild(guild, true, perm.All),
		"emoji": NewEmoji(parrot, nil), "emoji_for_makers": NewEmoji(wave, &ada), "emojis_update": GuildEmojis{GuildID: guild.ID, Emojis: NewEmojis([]store.GuildEmoji{wave, parrot})},
		"guild_unavailable": UnavailableGuild{ID: 5, Unavailable: true}, "guild_removed": UnavailableGuild{ID: 5},
		"message": NewMessage(fullMessage(), nil), "message_plain": NewMessage(plainMessage(), nil), "message_deleted_reference": NewMessage(deletedReference(), nil),
		"message_event": NewMessageEvent(fullMessage(), nil), "message_event_without_content": NewMessageEvent(fullMessage(), nil).WithoutContent(),
		"message_event_plain": NewMessageEvent(plainMessage(), nil), "message_delete": NewMessageDelete(event.MessageDeleted{MessageID: 1, ChannelID: 2, GuildID: 3}),
		"message_files": NewMessage(withFiles(), links), "message_forward_files": NewMessage(forwardWithFiles(), links), "message_event_files_without_content": NewMessageEvent(withFiles(), links).WithoutContent(),
		"upload_slots": UploadSlotsMade{Attachments: []UploadSlot{{ID: 1, UploadURL: "https://hall.lan:6464/api/v10/uploads/1/a", UploadFilename: "1/a.txt"}}}, "upload_state": UploadState{Received: 1, Size: 2},
		"refreshed_urls":        RefreshedURLs{RefreshedURLs: []RefreshedURL{{Original: "https://hall.lan/a", Refreshed: new(string)}, {Original: "b"}}},
		"message_delete_direct": NewMessageDelete(event.MessageDeleted{MessageID: 1, ChannelID: 2}),
		"member_list":           memberList(),
		"presence":              NewPresence(ada.ID, guild.ID, presence), "presence_empty": NewPresence(ada.ID, 0, event.Presence{Status: "offline"}),
		"voice_state": NewVoiceStateUpdate(inVoice, adaMember, ada), "voice_state_left": NewVoiceState(event.VoiceState{GuildID: guild.ID, UserID: ada.ID}),
		"invite": NewInvite(invite, guild, text, &ada).WithMetadata(invite), "invite_plain": NewInvite(store.Invite{Code: "x"}, guild, text, nil), "invite_accepted": accepted,
		"application": NewApplication(store.Bot{UserID: bot.ID, Description: "Beeps", Flags: 1 << 19, Public: true, VerifyKey: bytes.Repeat([]byte{0xAB}, 32), TokenHash: []byte("secret")}, bot, ada, 2),
		"session":     NewAuthSession(store.LoginSession{ID: 4, UserID: ada.ID, Secret: []byte("secret"), CreatedAt: noon, RotatedAt: noon, ExpiresAt: noon, UserAgent: "Browser", Address: "192.0.2.1"}, 4),
		"token_set":   TokenSet{Token: "t", AccessToken: "t", TokenType: "Bearer", ExpiresIn: 900, UserID: ada.ID, User: NewSelfUser(ada, false)},
		"hall":        NewHall(store.Hall{Name: "Hall", OwnerID: 1, Registration: store.RegistrationOpen, SetupHash: []byte("secret")}, "1.0.0", nil),
		"error_form":  form, "error_internal": hidden, "error_wait": wait, "error_unknown": errorBody(&chat.Error{Kind: chat.UnknownGuild}),
		"gateway_hello":        ServerFrame{Op: OpHello, Data: Hello{HeartbeatInterval: 41250}},
		"typing":               NewTypingStart(event.TypingStarted{GuildID: guild.ID, ChannelID: 1, Member: adaMember, User: ada, At: noon}),
		"typing_direct":        NewTypingStart(event.TypingStarted{ChannelID: 1, User: ada, At: noon}),
		"channel_direct":       NewPrivateChannel(store.Channel{ID: 12, Type: store.ChannelDM, Recipients: []id.ID{ada.ID, bot.ID}}, 0, []store.User{bot}),
		"channel_group":        NewPrivateChannel(store.Channel{ID: 13, Type: store.ChannelGroupDM, Name: "Group", OwnerID: ada.ID}, 99, nil),
		"message_event_direct": NewMessageEvent(event.MessageCreated{Message: store.Message{ID: 1499742181785600022, ChannelID: 12, AuthorID: bot.ID, Content: "beep"}, Author: bot, ChannelType: store.ChannelDM}, nil),
		"relationship":         NewRelationship(store.Relationship{UserID: bot.ID, OtherID: ada.ID, Type: store.RelationshipFriend, Nickname: "Countess", Since: noon}, ada),
		"relationship_remove":  RelationshipRemove{ID: ada.ID, Type: store.RelationshipBlocked},
		"reactions":            NewReactions([]store.Reaction{{Emoji: store.Emoji{Name: "👍"}, Count: 2, Me: true}, {Emoji: store.Emoji{ID: 77, Name: "wave", Animated: true}, Count: 1}}),
		"reaction_add":         NewReactionAdd(event.ReactionAdded{GuildID: guild.ID, ChannelID: 11, MessageID: 12, AuthorID: bot.ID, UserID: ada.ID, Emoji: store.Emoji{Name: "👍"}, Member: &adaMember, User: ada}),
		"reaction_remove":      NewReactionRemove(event.ReactionRemoved{ChannelID: 11, MessageID: 12, UserID: ada.ID, Emoji: store.Emoji{ID: 77, Name: "wave"}}),
		"message_forward":      NewMessage(forward(), nil), "message_event_forward_without_content": NewMessageEvent(forward(), nil).WithoutContent(),
		"message_event_reply_to_forward_without_content": NewMessageEvent(replyToForward(), nil).WithoutContent(),
		"channel_recipient": ChannelRecipient{ChannelID: 13, User: NewUser(bot)},
	})
	return objects
}

func errorBody(err error) Error {
	_, body := NewError(err)
	return body
}

func TestObjectsLookAsTheirGoldenFiles(t *testing.T) {
	objects := shown()
	for name, object := range objects {
		t.Run(name, func(t *testing.T) {
			got := encode(t, object)
			path := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(path, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("it is now %s", got)
			}
			if strings.Contains(string(got), "secret") {
				t.Error("a secret is in it")
			}
		})
	}
	files, err := filepath.Glob(filepath.Join("testdata", "*.json"))
	if err != nil || len(files) != len(objects) {
		t.Errorf("there are %d golden files for %d objects (%v)", len(files), len(objects), err)
	}
}

// encode writes an object as the API does, and lays it out for people.
func encode(t *testing.T, object any) []byte {
	t.Helper()
	var compact, laidOut bytes.Buffer
	encoder := json.NewEncoder(&compact)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(object); err != nil {
		t.Fatal(err)
	}
	if err := json.Indent(&laidOut, compact.Bytes(), "", "\t"); err != nil {
		t.Fatal(err)
	}
	return laidOut.Bytes()
}

func TestListsAreNeverNull(t *testing.T) {
	objects := shown()
	for name, object := range map[string]any{
		"a message of nothing": NewMessage(event.MessageCreated{}, nil), "an event of nothing": NewMessageEvent(event.MessageCreated{}, nil).WithoutContent(), "a member of nothing": NewMember(store.Member{}, store.User{}),
		"a guild of nothing": NewGuild(store.Guild{}, nil, nil), "a channel of nothing": NewChannel(store.Channel{}, 0), "an invite of nothing": NewInvite(store.Invite{}, store.Guild{}, store.Channel{}, nil),
		"an application of nothing": NewApplication(store.Bot{}, store.User{}, store.User{}, 0), "a hall of nothing": NewHall(store.Hall{}, "", nil), "roles of nothing": NewRoles(nil),
		"users of nothing": NewUsers(nil), "embeds of nothing": NewEmbeds(nil), "settings of nothing": NewUserSettings(store.UserSettings{}, ""), "a state of nothing": NewUserGuildSettingsList(nil), "a guild of a user": NewUserGuild(store.Guild{}, false, 0),
	} {
		objects[name] = object
	}
	for name, object := range objects {
		findNilLists(t, name, reflect.ValueOf(object))
	}
}

// findNilLists goes through a value and reports lists that would be written as null.
func findNilLists(t *testing.T, path string, value reflect.Value) {
	switch value.Kind() {
	case reflect.Slice:
		if value.IsNil() {
			t.Errorf("%s is null", path)
		}
		for i := range value.Len() {
			findNilLists(t, path+"[]", value.Index(i))
		}
	case reflect.Pointer, reflect.Interface:
		if !value.IsNil() {
			findNilLists(t, path, value.Elem())
		}
	case reflect.Struct:
		for i := range value.NumField() {
			field := value.Type().Field(i)
			if omitted := strings.HasSuffix(field.Tag.Get("json"), ",omitempty") && value.Field(i).IsZero(); field.IsExported() && !omitted {
				findNilLists(t, path+"."+field.Name, value.Field(i))
			}
		}
	}
}

func TestFieldsOfRequestsAreLeftOutOrNullOrHaveAValue(t *testing.T) {
	type form struct {
		Name  Optional[string] `json:"name"`
		Later NotYet           `json:"later"`
	}
	for text, want := range map[string]form{
		`{}`:                        {},
		`{"name":null}`:             {Name: Optional[string]{Present: true, Null: true}},
		`{"name":""}`:               {Name: Optional[string]{Present: true}},
		`{"name":"x"}`:              {Name: Optional[string]{Present: true, Value: "x"}},
		`{"later":null}`:            {},
		`{"later":[ ]}`:             {},
		`{"later":{}}`:              {},
		`{"later":false,"name":""}`: {Name: Optional[string]{Present: true}},
		`{"later":0}`:               {},
		`{"later":""}`:              {},
		`{"later":[0]}`:             {Later: NotYet{Asked: true}},
		`{"later":true}`:            {Later: NotYet{Asked: true}},
		`{"later":1}`:               {Later: NotYet{Asked: true}},
		`{"later":"x"}`:             {Later: NotYet{Asked: true}},
		`{"later":{"a":null}}`:      {Later: NotYet{Asked: true}},
	} {
		var got form
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s is read as %+v, %v", text, got, err)
		}
	}
	var given Optional[string]
	if given.Given() || given.Pointer() != nil {
		t.Error("what was left out is given")
	}
	if err := json.Unmarshal([]byte(`null`), &given); err != nil || given.Given() || given.Pointer() == nil || *given.Pointer() != "" {
		t.Errorf("null is read as %+v, %v", given, err)
	}
}

func TestANonceGoesBackAsItCame(t *testing.T) {
	for _, text := range []string{`"a"`, `"17"`, `17`, `-17`, `0`, `9223372036854775807`, `"🔥\"\\"`} {
		var nonce Nonce
		if err := json.Unmarshal([]byte(text), &nonce); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		back, err := json.Marshal(storedNonce(nonce.Stored()))
		if err != nil || string(back) != text {
			t.Errorf("%s comes back as %s, %v", text, back, err)
		}
	}
	for _, text := range []string{`1.5`, `1e3`, `true`, `[]`, `{}`, `"\u0001"`, `"\n"`, `9223372036854775808`} {
		var nonce Nonce
		if err := json.Unmarshal([]byte(text), &nonce); err == nil {
			t.Errorf("%s is read as %+v", text, nonce)
		}
	}
}
