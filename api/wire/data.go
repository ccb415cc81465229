package wire

import (
	"guildhall/api/chat"
	"guildhall/store"
	"guildhall/store/id"
)

// DataAccount is the file account.json among the data of an account.
type DataAccount struct {
	SelfUser
	CreatedAt         string  `json:"created_at"`
	PasswordChangedAt *string `json:"password_changed_at"`
	FileBytes         int64   `json:"file_bytes"`
}

// DataServer is one entry of the file servers.json: a server, and the account's place in it.
type DataServer struct {
	ID      id.ID  `json:"id"`
	Name    string `json:"name"`
	OwnerID id.ID  `json:"owner_id"`
	Member  Member `json:"member"`
	// Bio is what they say of themselves there.
	Bio string `json:"bio"`
}

// DataSettings is the file settings.json.
type DataSettings struct {
	User   UserSettings        `json:"user"`
	Guilds []UserGuildSettings `json:"guilds"`
}

// DataSecurity is the file security.json.
type DataSecurity struct {
	Factors Factors         `json:"factors"`
	Events  []SecurityEvent `json:"events"`
	Linked  LinkedAccounts  `json:"linked_accounts"`
}

// NewDataSecurity shows what protects an account, and what happened to that.
func NewDataSecurity(data *chat.Data) DataSecurity {
	return DataSecurity{Factors: NewFactors(data.Factors, false), Events: NewSecurityEvents(data.SecurityEvents), Linked: NewLinkedAccounts(data.Linked)}
}

// DataBot is one entry of the file bots.json.
type DataBot struct {
	ID          id.ID  `json:"id"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

// DataMessage is one line of a file in messages/. Other people's words are not in it.
type DataMessage struct {
	ID              id.ID             `json:"id"`
	ChannelID       id.ID             `json:"channel_id"`
	GuildID         *id.ID            `json:"guild_id"`
	Type            store.MessageType `json:"type"`
	Timestamp       string            `json:"timestamp"`
	EditedTimestamp *string           `json:"edited_timestamp"`
	Content         string            `json:"content"`
	Embeds          []Embed           `json:"embeds"`
	Attachments     []DataFile        `json:"attachments"`
	Poll            *Poll             `json:"poll"`
	// ReplyTo is the message that this one answers or forwards.
	ReplyTo *id.ID `json:"reply_to"`
}

// DataFile is a file on a message, and one line of files.jsonl.
type DataFile struct {
	ID          id.ID  `json:"id"`
	ChannelID   id.ID  `json:"channel_id"`
	MessageID   id.ID  `json:"message_id"`
	Filename    string `json:"filename"`
	Size        int64  `json:"size"`
	ContentType string `json:"content_type"`
	Description string `json:"description"`
	SHA256      string `json:"sha256"`
}

// NewDataAccount shows an account to its holder, with all that is kept of it.
func NewDataAccount(data *chat.Data, hallOwner bool) DataAccount {
	return DataAccount{SelfUser: NewSelfUser(data.User, hallOwner), CreatedAt: Timestamp(data.User.ID.Time()), PasswordChangedAt: TimestampOrNull(data.User.PasswordChangedAt), FileBytes: data.FileBytes}
}

// NewDataServers shows the servers that an account is in.
func NewDataServers(data *chat.Data) []DataServer {
	shown := make([]DataServer, len(data.Guilds))
	for i, guild := range data.Guilds {
		shown[i] = DataServer{ID: guild.ID, Name: guild.Name, OwnerID: guild.OwnerID, Member: NewPartialMember(data.Memberships[i]), Bio: data.Memberships[i].Bio}
	}
	return shown
}

// NewDataSettings shows all settings of an account.
func NewDataSettings(data *chat.Data) DataSettings {
	return DataSettings{User: NewUserSettings(data.Settings, data.User.Locale), Guilds: NewUserGuildSettingsList(data.GuildSettings).Entries}
}

// NewDataBots shows the bots of an account.
func NewDataBots(data *chat.Data) []DataBot {
	shown := make([]DataBot, len(data.Bots))
	for i, bot := range data.Bots {
		shown[i] = DataBot{ID: bot.Bot.UserID, Name: bot.User.Username, Description: bot.Bot.Description}
	}
	return shown
}

// NewDataMessage shows a message to its author.
func NewDataMessage(message store.Message) DataMessage {
	shown := DataMessage{
		ID: message.ID, ChannelID: message.ChannelID, GuildID: IDOrNull(message.GuildID), Type: message.Type, Timestamp: Timestamp(message.ID.Time()), EditedTimestamp: TimestampOrNull(message.EditedAt),
		Content: message.Content, Embeds: NewEmbeds(message.Embeds), Attachments: NewDataFiles(message), Poll: newPoll(message.Poll),
	}
	if message.Reference != nil {
		shown.ReplyTo = IDOrNull(message.Reference.MessageID)
	}
	return shown
}

// NewDataFiles shows the files that hang on a message.
func NewDataFiles(message store.Message) []DataFile {
	shown := make([]DataFile, len(message.Attachments))
	for i, file := range message.Attachments {
		digest, _ := file.Hash.MarshalText() // it always has one
		shown[i] = DataFile{ID: file.ID, ChannelID: message.ChannelID, MessageID: message.ID, Filename: file.Filename, Size: file.Size, ContentType: file.ContentType,
			Description: file.Description, SHA256: string(digest)}
	}
	return shown
}
