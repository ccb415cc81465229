// Made from api/wire by cli/tsgen. Do not edit: run make ui.

// ChannelFollow is the body of the route with which a channel begins to follow another.
export interface ChannelFollow {
  webhook_channel_id: string;
}

// FollowedChannel tells which channel is followed, and the webhook that brings what is published there.
export interface FollowedChannel {
  channel_id: string;
  webhook_id: string;
}

// Application is an application with its bot, as its owner and the bot itself see it.
export interface Application {
  id: string;
  name: string;
  icon: string | null;
  description: string;
  type: number | null;
  cover_image?: string;
  bot_public: boolean;
  bot_require_code_grant: boolean;
  verify_key: string;
  flags: number;
  // FlagsNew is Flags as a decimal number, for clients whose numbers have fewer bits.
  flags_new: string;
  bot: User;
  owner: User;
  team: string | null;
  summary: string;
  tags: string[];
  redirect_uris: string[];
  terms_of_service_url?: string;
  privacy_policy_url?: string;
  custom_install_url?: string;
  // InstallParams are left out for nothing in particular. IntegrationTypesConfig says the same by kinds of installations, of which "0" is that into a guild.
  install_params?: InstallParams;
  integration_types_config: Record<string, InstallationKinds>;
  // RoleConnectionsVerificationURL is not set until role connections are built.
  interactions_endpoint_url: string | null;
  role_connections_verification_url: string | null;
  max_participants: number | null;
  // ApproximateGuildCount is exact here. Nobody installs an application for themself, or signs in with one, until that is built.
  approximate_guild_count: number;
  approximate_user_install_count: number;
  approximate_user_authorization_count: number;
  explicit_content_filter: number;
  eligible_oauth2_scopes: string[];
}

// InstallParams are with what an application asks to be installed.
export interface InstallParams {
  scopes: string[];
  permissions: string;
}

// InstallationKinds are what an application asks for in one kind of installations.
export interface InstallationKinds {
  oauth2_install_params?: InstallParams;
}

// NewApplicationWithToken is the answer that shows the token of a bot, this once.
export interface NewApplicationWithToken extends Application {
  // Token is the secret with which the bot signs in. It is an extension of ours.
  token: string;
}

// BotToken is the answer to POST /applications/{application}/bot/reset: the new token, which is shown this once.
export interface BotToken {
  token: string;
}

// ApplicationCreate is the body of POST /applications.
export interface ApplicationCreate {
  name: string;
  description: string;
  icon?: string | null;
  bot_public: boolean;
}

// ApplicationPatch is the body of PATCH /applications/{application}. The pictures are data URIs, null for none.
export interface ApplicationPatch {
  name?: string | null;
  description?: string | null;
  icon?: string | null;
  cover_image?: string | null;
  tags?: string[] | null;
  flags?: number | null;
  bot_public?: boolean | null;
  redirect_uris?: string[] | null;
  terms_of_service_url?: string | null;
  privacy_policy_url?: string | null;
  custom_install_url?: string | null;
  interactions_endpoint_url?: string | null;
  install_params?: InstallParams | null;
  integration_types_config?: Record<string, InstallationKinds> | null;
}

// ApplicationTransfer is the body of POST /applications/{application}/transfer: whose it is to be, and who asks, once more.
export interface ApplicationTransfer extends Confirmation {
  owner_id: string;
}

// ApplicationEmojis is the list of an application's emoji.
export interface ApplicationEmojis {
  items: Emoji[];
}

// ApplicationEmojiDraft is the body of POST /applications/{application}/emojis. The image is a data URI.
export interface ApplicationEmojiDraft {
  name: string;
  image: string;
}

// ApplicationEmojiPatch is the body of PATCH /applications/{application}/emojis/{emoji}.
export interface ApplicationEmojiPatch {
  name: string;
}

// Attachment is a file that hangs on a message.
export interface Attachment {
  id: string;
  filename: string;
  size: number;
  url: string;
  proxy_url: string;
  content_type?: string;
  description?: string;
  width?: number;
  height?: number;
  // DurationSecs and Waveform are of voice messages.
  duration_secs?: number;
  waveform?: string;
}

// AttachmentDraft is a file in the body of a message: one of the request's own, one that was uploaded before, or, in edits, one that stays.
export interface AttachmentDraft {
  // ID is the number of the part files[n], that of an attachment, or what the client likes beside UploadedFilename.
  id: string | number;
  filename: string;
  description: string | null;
  duration_secs: number;
  waveform: string;
  uploaded_filename: string;
  // IsSpoiler hides a file until a reader asks for it, as a name that begins with SPOILER_ does.
  is_spoiler: boolean;
}

// RefreshURLs is the body of POST /attachments/refresh-urls.
export interface RefreshURLs {
  attachment_urls: string[];
}

// RefreshedURLs is its answer.
export interface RefreshedURLs {
  refreshed_urls: RefreshedURL[];
}

// RefreshedURL is an address with its new one, null where the caller may not see the file or there is none.
export interface RefreshedURL {
  original: string;
  refreshed: string | null;
}

// AuditLog is the answer to GET /guilds/{guild}/audit-logs. The lists of what this hall does not have are there because clients read them.
export interface AuditLog {
  audit_log_entries: AuditEntry[];
  users: User[];
  integrations: ({ })[];
  webhooks: ({ })[];
  guild_scheduled_events: ({ })[];
  threads: Thread[];
  application_commands: Command[];
  auto_moderation_rules: AutoModRule[];
}

// AuditEntry is one act of an administrator or moderator.
export interface AuditEntry {
  id: string;
  user_id: string | null;
  target_id: string | null;
  action_type: number;
  changes?: AuditChange[];
  options?: Record<string, string>;
  reason?: string;
}

// AuditChange is a field that an act changed.
export interface AuditChange {
  key: string;
  old_value?: unknown;
  new_value?: unknown;
}

// GuildAuditEntry is the payload of GUILD_AUDIT_LOG_ENTRY_CREATE.
export interface GuildAuditEntry extends AuditEntry {
  guild_id: string;
}

// Authorization is the answer to GET /oauth2/authorize: what somebody is asked to agree to.
export interface Authorization {
  application: AuthorizedApplication;
  bot: User;
  // User is who is asked.
  user: User;
  scopes: string[];
  // Permissions are those that the bot asks for.
  permissions: string;
  guilds: AuthorizableGuild[];
  redirect_uri: string | null;
  // Authorized tells whether nothing is left to be agreed to, which is never so.
  authorized: boolean;
}

// AuthorizedApplication is what people may know of an application that they may let in.
export interface AuthorizedApplication {
  id: string;
  name: string;
  icon: string | null;
  description: string;
  summary: string;
  tags: string[];
  bot_public: boolean;
  bot_require_code_grant: boolean;
  terms_of_service_url?: string;
  privacy_policy_url?: string;
  // Owner is who made it or was given it.
  owner: User;
  // ApproximateGuildCount is exact here.
  approximate_guild_count: number;
}

// AuthorizableGuild is a guild to which somebody may add bots.
export interface AuthorizableGuild {
  id: string;
  name: string;
  icon: string | null;
  mfa_level: number;
  // Permissions are those that the person has there, and so can give away.
  permissions: string;
  // Installed tells that the application is there already. It is an extension of ours.
  installed: boolean;
}

// AuthorizeDecision is the body of POST /oauth2/authorize.
export interface AuthorizeDecision {
  authorize: boolean;
  guild_id: string;
  // Permissions are those that are granted: none besides those that were asked for.
  permissions: string;
}

// AuthorizeLocation is the answer to POST /oauth2/authorize: where to go from here, null for nowhere.
export interface AuthorizeLocation {
  location: string | null;
}

// OAuthError is an error of /oauth2, which says what is wrong in the words of RFC 6749 besides.
export interface OAuthError extends Error {
  error: string;
  error_description: string;
}

// AutoModRule is an automatic rule of a guild.
export interface AutoModRule {
  id: string;
  guild_id: string;
  creator_id: string;
  name: string;
  event_type: number;
  trigger_type: number;
  trigger_metadata: AutoModTrigger;
  actions: AutoModAction[];
  enabled: boolean;
  exempt_roles: string[];
  exempt_channels: string[];
}

// AutoModTrigger is what sets a rule off; which fields are there depends on the type.
export interface AutoModTrigger {
  keyword_filter?: string[];
  regex_patterns?: string[];
  presets?: number[];
  allow_list?: string[];
  mention_total_limit?: number;
  mention_raid_protection_enabled?: boolean;
  // Links catches links to hosts that the allow list does not name. It is an extension of ours.
  links?: boolean;
}

// AutoModAction is one thing that a rule does when it is set off.
export interface AutoModAction {
  type: number;
  metadata: AutoModActionMetadata;
}

// AutoModActionMetadata says how; which fields are there depends on the type.
export interface AutoModActionMetadata {
  custom_message?: string;
  channel_id?: string;
  duration_seconds?: number;
}

// AutoModRulePatch is the body of POST and PATCH of a rule.
export interface AutoModRulePatch {
  name?: string | null;
  event_type?: number | null;
  trigger_type?: number | null;
  trigger_metadata?: AutoModTrigger | null;
  actions?: AutoModAction[] | null;
  enabled?: boolean | null;
  exempt_roles?: string[] | null;
  exempt_channels?: string[] | null;
}

// AutoModExecution is the payload of AUTO_MODERATION_ACTION_EXECUTION.
export interface AutoModExecution {
  guild_id: string;
  action: AutoModAction;
  rule_id: string;
  rule_trigger_type: number;
  user_id: string;
  channel_id?: string;
  message_id?: string;
  alert_system_message_id?: string;
  content: string;
  matched_keyword: string | null;
  matched_content: string | null;
}

// Report is what somebody told moderators of a message. It is an extension of ours.
export interface Report {
  id: string;
  guild_id: string | null;
  channel_id: string;
  message_id: string;
  reporter_id: string;
  author_id: string;
  content: string;
  reason: string;
  resolved_by: string | null;
  timestamp: string;
}

// ReportDraft is the body of POST of a report.
export interface ReportDraft {
  reason: string;
}

// ReportPatch is the body of PATCH of a report.
export interface ReportPatch {
  resolved: boolean;
}

// Ban is a ban with the account that it is of.
export interface Ban {
  user: User;
  reason: string | null;
}

// BanPut is the body of PUT /guilds/{guild}/bans/{user}, which may be empty. Days are from older versions; of both the seconds decide.
export interface BanPut {
  delete_message_seconds?: number | null;
  delete_message_days?: number | null;
  // Reason is from older versions too; the X-Audit-Log-Reason header decides.
  reason?: string | null;
}

// BulkBan is the body of POST /guilds/{guild}/bulk-ban.
export interface BulkBan {
  user_ids: string[];
  delete_message_seconds?: number | null;
}

// BulkBanResult tells for whom it was done and for whom not.
export interface BulkBanResult {
  banned_users: string[];
  failed_users: string[];
}

// Prune is the body of POST /guilds/{guild}/prune.
export interface Prune {
  days?: number | null;
  include_roles?: string[] | null;
  compute_prune_count?: boolean | null;
}

// Pruned tells how many members went, or would; null when it was not asked for.
export interface Pruned {
  pruned: number | null;
}

// GuildBan is the payload of GUILD_BAN_ADD and GUILD_BAN_REMOVE.
export interface GuildBan {
  guild_id: string;
  user: User;
}

// GatewayURL answers GET /gateway.
export interface GatewayURL {
  url: string;
}

// GatewayBot answers GET /gateway/bot.
export interface GatewayBot {
  url: string;
  shards: number;
  session_start_limit: SessionStartLimit;
}

// SessionStartLimit says how many sessions a bot may start.
export interface SessionStartLimit {
  total: number;
  remaining: number;
  // ResetAfter is in milliseconds.
  reset_after: number;
  max_concurrency: number;
}

// Call is the payload of CALL_CREATE.
export interface Call extends CallUpdate {
  voice_states: VoiceState[];
}

// CallUpdate is the payload of CALL_UPDATE.
export interface CallUpdate {
  channel_id: string;
  message_id: string;
  region: string;
  // Ringing are those who are being rung.
  ringing: string[];
}

// CallDelete is the payload of CALL_DELETE.
export interface CallDelete {
  channel_id: string;
}

// MessageCall is what a message tells of a call.
export interface MessageCall {
  participants: string[];
  ended_timestamp: string | null;
}

// CallConnect is the payload of op 13.
export interface CallConnect {
  channel_id: string;
}

// CallEligibility answers GET /channels/{channel}/call.
export interface CallEligibility {
  ringable: boolean;
}

// CallRing is the body of POST /channels/{channel}/call/ring, where null stands for everybody, and of stop-ringing, where null stands for everybody and what is left out for the caller.
export interface CallRing {
  recipients?: string[] | null;
}

// Channel is a channel of a guild.
export interface Channel extends Partial<VoiceSettings>, Partial<ForumSettings> {
  id: string;
  type: number;
  guild_id: string;
  name: string;
  position: number;
  parent_id: string | null;
  permission_overwrites: PermissionOverwrite[];
  flags: number;
  topic: string | null;
  nsfw: boolean;
  rate_limit_per_user: number;
  last_message_id: string | null;
  last_pin_timestamp: string | null;
  // DefaultAutoArchiveDuration is in minutes; it is left out where the channel does not say.
  default_auto_archive_duration?: number;
  default_thread_rate_limit_per_user?: number;
}

// VoiceSettings are what a voice channel has besides.
export interface VoiceSettings {
  // Bitrate is in bits per second.
  bitrate: number;
  // UserLimit is how many may be in the channel at once, 0 for any number.
  user_limit: number;
  rtc_region: string | null;
  video_quality_mode: number;
}

// PermissionOverwrite allows or denies permissions in a channel to a role (type 0) or member (type 1).
export interface PermissionOverwrite {
  id: string;
  type: number;
  allow: string;
  deny: string;
}

// ChannelDraft is the body of POST and PATCH of a channel.
export interface ChannelDraft {
  name?: string | null;
  type?: number | null;
  topic?: string | null;
  position?: number | null;
  parent_id?: string | null;
  nsfw?: boolean | null;
  rate_limit_per_user?: number | null;
  bitrate?: number | null;
  user_limit?: number | null;
  permission_overwrites?: OverwriteDraft[] | null;
  // VideoQualityMode can only be VideoQualityAuto.
  video_quality_mode?: number | null;
  icon?: string | null;
  flags?: number | null;
  default_auto_archive_duration?: number | null;
  default_thread_rate_limit_per_user?: number | null;
  available_tags?: ForumTagDraft[] | null;
  default_reaction_emoji?: DefaultReactionDraft | null;
  default_sort_order?: number | null;
  default_forum_layout?: number | null;
  // What follows is of threads.
  archived?: boolean | null;
  auto_archive_duration?: number | null;
  locked?: boolean | null;
  invitable?: boolean | null;
  applied_tags?: string[] | null;
}

// OverwriteDraft is an overwrite as clients send it: allow and deny may be missing or null.
export interface OverwriteDraft {
  id: string;
  type?: number | null;
  allow?: string | null;
  deny?: string | null;
}

// ChannelPosition is an element of the body of PATCH /guilds/{guild}/channels.
export interface ChannelPosition {
  id: string;
  position?: number | null;
  parent_id?: string | null;
  lock_permissions?: boolean | null;
}

// Command is an application command. Localizations are null for none, and left out of lists unless they are asked for, which show texts in a language of whoever asks instead (name_localized, description_localized), where there are some; guild_id and dm_permission stand in one of two: what is for a guild, and what goes
// everywhere.
export interface Command {
  id: string;
  application_id: string;
  guild_id?: string;
  version: string;
  type: number;
  name: string;
  name_localizations?: Record<string, string>;
  name_localized?: string;
  description: string;
  description_localized?: string;
  description_localizations?: Record<string, string>;
  options?: CommandOption[];
  default_member_permissions: string | null;
  dm_permission?: boolean;
  nsfw: boolean;
  contexts: number[] | null;
  integration_types: number[];
}

// CommandOption is an option of a command. What says nothing is left out.
export interface CommandOption {
  type: number;
  name: string;
  name_localizations?: Record<string, string>;
  name_localized?: string;
  description: string;
  description_localized?: string;
  description_localizations?: Record<string, string>;
  required?: boolean;
  choices?: CommandChoice[];
  channel_types?: number[];
  min_value?: number;
  max_value?: number;
  min_length?: number;
  max_length?: number;
  autocomplete?: boolean;
  options?: CommandOption[];
}

// CommandChoice is one of what can be given for an option.
export interface CommandChoice {
  name: string;
  name_localizations?: Record<string, string>;
  name_localized?: string;
  // Value is a text or a number.
  value: unknown;
}

// CommandEdit is a command in the bodies of the routes that make and change commands.
export interface CommandEdit {
  id: string | null;
  type: number | null;
  name: string | null;
  name_localizations?: Record<string, string> | null;
  description: string | null;
  description_localizations?: Record<string, string> | null;
  options?: CommandOptionEdit[] | null;
  default_member_permissions?: string | null;
  dm_permission: boolean | null;
  nsfw: boolean | null;
  contexts?: number[] | null;
  integration_types?: number[] | null;
}

// CommandOptionEdit is an option of a CommandEdit.
export interface CommandOptionEdit {
  type: number;
  name: string;
  name_localizations: Record<string, string>;
  description: string;
  description_localizations: Record<string, string>;
  required: boolean;
  choices: CommandChoiceEdit[];
  channel_types: number[];
  min_value: number | null;
  max_value: number | null;
  min_length: number | null;
  max_length: number | null;
  autocomplete: boolean;
  options: CommandOptionEdit[];
}

// CommandChoiceEdit is a choice of a CommandOptionEdit.
export interface CommandChoiceEdit {
  name: string;
  name_localizations: Record<string, string>;
  value: unknown;
}

// CommandPermissions are what is set for a guild about a command or, by its id, an application; also the payload of APPLICATION_COMMAND_PERMISSIONS_UPDATE.
export interface CommandPermissions {
  id: string;
  application_id: string;
  guild_id: string;
  permissions: CommandPermission[];
}

// CommandPermission says whether a command can be used by somebody, or somewhere.
export interface CommandPermission {
  id: string;
  type: number;
  permission: boolean;
}

// CommandPermissionsEdit is the body of the route that sets them.
export interface CommandPermissionsEdit {
  permissions: CommandPermission[];
}

// CommandIndex is what somebody can use somewhere.
export interface CommandIndex {
  applications: CommandApplication[];
  application_commands: Command[];
  version: string;
}

// CommandApplication is an application in a CommandIndex.
export interface CommandApplication {
  id: string;
  name: string;
  description: string;
  icon: string | null;
  flags: number;
  bot_id: string;
  bot: User;
}

// DataAccount is the file account.json among the data of an account.
export interface DataAccount extends SelfUser {
  created_at: string;
  password_changed_at: string | null;
  file_bytes: number;
}

// DataServer is one entry of the file servers.json: a server, and the account's place in it.
export interface DataServer {
  id: string;
  name: string;
  owner_id: string;
  member: Member;
  // Bio is what they say of themselves there.
  bio: string;
}

// DataSettings is the file settings.json.
export interface DataSettings {
  user: UserSettings;
  guilds: UserGuildSettings[];
}

// DataSecurity is the file security.json.
export interface DataSecurity {
  factors: Factors;
  events: SecurityEvent[];
  linked_accounts: LinkedAccounts;
}

// DataBot is one entry of the file bots.json.
export interface DataBot {
  id: string;
  name: string;
  description: string;
}

// DataMessage is one line of a file in messages/. Other people's words are not in it.
export interface DataMessage {
  id: string;
  channel_id: string;
  guild_id: string | null;
  type: number;
  timestamp: string;
  edited_timestamp: string | null;
  content: string;
  embeds: Embed[];
  attachments: DataFile[];
  poll: Poll | null;
  // ReplyTo is the message that this one answers or forwards.
  reply_to: string | null;
}

// DataFile is a file on a message, and one line of files.jsonl.
export interface DataFile {
  id: string;
  channel_id: string;
  message_id: string;
  filename: string;
  size: number;
  content_type: string;
  description: string;
  sha256: string;
}

// PrivateChannel is a conversation between people: of two (type 1) or of a group (type 3).
export interface PrivateChannel extends Partial<GroupSettings> {
  id: string;
  type: number;
  flags: number;
  last_message_id: string | null;
  // Recipients are the others.
  recipients: User[];
}

// GroupSettings are what a group has besides.
export interface GroupSettings {
  // Name is null where people are to see the names of the others instead.
  name: string | null;
  icon: string | null;
  owner_id: string;
}

// DirectDraft is the body of POST /users/@me/channels: one recipient for a conversation of two, or several for a group.
export interface DirectDraft {
  recipient_id?: string | null;
  recipients?: string[] | null;
}

// ChannelRecipient is the payload of CHANNEL_RECIPIENT_ADD and CHANNEL_RECIPIENT_REMOVE.
export interface ChannelRecipient {
  channel_id: string;
  user: User;
}

// Embed is a rich block below a message.
export interface Embed {
  type: string;
  title?: string;
  description?: string;
  url?: string;
  timestamp?: string;
  color?: number;
  footer?: EmbedFooter;
  image?: EmbedMedia;
  thumbnail?: EmbedMedia;
  author?: EmbedAuthor;
  provider?: EmbedProvider;
  fields?: EmbedField[];
}

// EmbedFooter is the line at an embed's foot.
export interface EmbedFooter {
  text: string;
  icon_url?: string;
  // ProxyIconURL is where the picture is to be seen through the hall; see Links.
  proxy_icon_url?: string;
}

// EmbedMedia is a picture of an embed.
export interface EmbedMedia {
  url: string;
  // ProxyURL is where the picture is to be seen through the hall; see Links.
  proxy_url?: string;
}

// EmbedProvider is the site that a link leads to.
export interface EmbedProvider {
  name: string;
}

// EmbedAuthor is the line at an embed's head.
export interface EmbedAuthor {
  name: string;
  url?: string;
  icon_url?: string;
  // ProxyIconURL is where the picture is to be seen through the hall; see Links.
  proxy_icon_url?: string;
}

// EmbedField is a named value in an embed.
export interface EmbedField {
  name: string;
  value: string;
  inline: boolean;
}

// Emoji is an emoji of a guild's own. Nothing else than this hall manages one, and all can be used by who may.
export interface Emoji {
  id: string;
  name: string;
  roles: string[];
  user?: User;
  require_colons: boolean;
  managed: boolean;
  animated: boolean;
  available: boolean;
}

// GuildEmojis is the payload of GUILD_EMOJIS_UPDATE: all that the guild has now.
export interface GuildEmojis {
  guild_id: string;
  emojis: Emoji[];
}

// EmojiDraft is the body of POST /guilds/{guild}/emojis. The image is a data URI.
export interface EmojiDraft {
  name: string;
  image: string;
  roles?: string[] | null;
}

// EmojiPatch is the body of PATCH /guilds/{guild}/emojis/{emoji}.
export interface EmojiPatch {
  name?: string | null;
  roles?: string[] | null;
}

// EventHook is an event hook. Secret is there once: when it was made, or its secret renewed.
export interface EventHook {
  id: string;
  guild_id: string;
  // MakerID is who said last what it tells and to whom; null for the command line.
  maker_id: string | null;
  name: string;
  url: string;
  events: string[];
  channel_ids: string[];
  content: boolean;
  // Suspended is why it tells nothing for now; null when it does.
  suspended: string | null;
  secret?: string;
}

// EventHookEdit is the body of the routes that make and change event hooks.
export interface EventHookEdit {
  name: string | null;
  url: string | null;
  events: string[] | null;
  channel_ids: string[] | null;
  content: boolean | null;
  // Suspended stops it, or has it go on.
  suspended: boolean | null;
}

// EventDelivery is something that an event hook is to tell, or could not. What it says is not shown: who looks after hooks need not be who may see it.
export interface EventDelivery {
  id: string;
  hook_id: string;
  event: string;
  channel_id: string | null;
  // State is pending or dead.
  state: string;
  attempts: number;
  created_at: string;
  tried_at: string | null;
  next_at: string | null;
  // Status is the HTTP status of the last answer, null for none; Problem says in words why the last attempt failed.
  status: number | null;
  problem: string | null;
}

// EventHookTest is what came of a test.
export interface EventHookTest {
  status: number | null;
  problem: string | null;
}

// ForumSettings are what a forum or media channel has besides.
export interface ForumSettings {
  available_tags: ForumTag[];
  default_reaction_emoji: DefaultReaction | null;
  default_sort_order: number | null;
  default_forum_layout: number;
}

// ForumTag is a mark for posts. Of the two emoji fields one is set, or none.
export interface ForumTag {
  id: string;
  name: string;
  moderated: boolean;
  emoji_id: string | null;
  emoji_name: string | null;
}

// DefaultReaction is the emoji that is offered first at posts.
export interface DefaultReaction {
  emoji_id: string | null;
  emoji_name: string | null;
}

// ForumTagDraft is a tag as clients send it. One without an id is new.
export interface ForumTagDraft {
  id: string;
  name: string;
  moderated?: boolean | null;
  emoji_id: string;
  emoji_name: string | null;
}

// DefaultReactionDraft is a default reaction as clients send it.
export interface DefaultReactionDraft {
  emoji_id: string;
  emoji_name: string | null;
}

// MessageSnapshot is a forwarded message as it was.
export interface MessageSnapshot {
  message: SnapshotMessage;
}

// SnapshotMessage is what a forwarded message said.
export interface SnapshotMessage {
  type: number;
  content: string;
  mentions: User[];
  mention_roles: string[];
  attachments: Attachment[];
  embeds: Embed[];
  timestamp: string;
  edited_timestamp: string | null;
  flags: number;
  components: string[];
}

// ClientFrame is a frame from a client.
export interface ClientFrame {
  op: number | null;
  d: unknown;
}

// ServerFrame is a frame to a client that is not a dispatch. Dispatches are put together by the gateway from parts that sessions share.
export interface ServerFrame {
  op: number;
  d: unknown;
  s: number | null;
  t: string | null;
}

// Hello is the first frame's payload.
export interface Hello {
  // HeartbeatInterval is in milliseconds.
  heartbeat_interval: number;
}

// Identify is the payload of op 2. Old clients write the properties' names with a dollar sign.
export interface Identify {
  token: string;
  properties: { os: string; browser: string; device: string };
  large_threshold: number;
  shard: number[];
  presence: PresenceUpdate | null;
  intents: number | null;
}

// Resume is the payload of op 6.
export interface Resume {
  token: string;
  session_id: string;
  seq: number;
}

// Resumed is the payload of RESUMED.
export interface Resumed {
  _trace: string[];
}

// RequestSounds is the payload of op 31.
export interface RequestSounds {
  guild_ids: string[];
}

// GuildSounds is the payload of SOUNDBOARD_SOUNDS. There are none until their feature is built.
export interface GuildSounds {
  guild_id: string;
  soundboard_sounds: string[];
}

// RequestChannelInfo is the payload of op 43.
export interface RequestChannelInfo {
  guild_id: string;
}

// GuildChannelInfo is the payload of CHANNEL_INFO: the voice channels that have a status.
export interface GuildChannelInfo {
  guild_id: string;
  channels: ChannelInfo[];
}

// ChannelInfo is what a voice channel tells besides.
export interface ChannelInfo {
  id: string;
  status: string | null;
}

// ReadyApplication is the application in READY.
export interface ReadyApplication {
  id: string;
  flags: number;
}

// BotReady is READY for a bot: its guilds follow as GUILD_CREATE.
export interface BotReady {
  v: number;
  user: SelfUser;
  guilds: UnavailableGuild[];
  session_id: string;
  resume_gateway_url: string;
  application: ReadyApplication;
  shard?: number[];
  private_channels: PrivateChannel[];
  session_type: string;
  _trace: string[];
}

// UserReady is READY for a person: everything is in it.
export interface UserReady {
  v: number;
  user: SelfUser;
  guilds: unknown[];
  session_id: string;
  resume_gateway_url: string;
  application: ReadyApplication;
  private_channels: PrivateChannel[];
  users: User[];
  relationships: Relationship[];
  read_state: ReadStates;
  user_guild_settings: UserGuildSettingsList;
  user_settings: UserSettings;
  notes: Record<string, string>;
  sessions: ReadySession[];
  presences: Presence[];
  merged_members: Member[][];
  session_type: string;
  _trace: string[];
}

// ReadySession is one of a person's gateway sessions.
export interface ReadySession {
  session_id: string;
  status: string;
  activities: unknown;
  client_info: { client: string; os: string; version: number; };
}

// GuestEntry is the body of POST /auth/guest, which is ours: Name is what people see.
export interface GuestEntry {
  name: string;
  invite: string;
  cookie: boolean;
}

// GuestClaim is the body of POST /users/@me/claim, which is ours: with it a guest becomes an account.
export interface GuestClaim {
  username: string;
  password: string;
  email?: string | null;
}

// Guild is a guild as its members see it.
export interface Guild {
  id: string;
  name: string;
  icon: string | null;
  splash: string | null;
  discovery_splash: string | null;
  banner: string | null;
  description: string | null;
  home_header: string | null;
  owner_id: string;
  region: string;
  afk_channel_id: string | null;
  afk_timeout: number;
  verification_level: number;
  default_message_notifications: number;
  explicit_content_filter: number;
  roles: Role[];
  emojis: Emoji[];
  stickers: string[];
  features: string[];
  mfa_level: number;
  application_id: string | null;
  system_channel_id: string | null;
  system_channel_flags: number;
  rules_channel_id: string | null;
  public_updates_channel_id: string | null;
  safety_alerts_channel_id: string | null;
  max_members: number;
  max_presences: number | null;
  vanity_url_code: string | null;
  premium_tier: number;
  premium_subscription_count: number;
  premium_progress_bar_enabled: boolean;
  preferred_locale: string;
  max_video_channel_users: number;
  max_stage_video_channel_users: number;
  nsfw_level: number;
  nsfw: boolean;
  widget_enabled: boolean;
  widget_channel_id: string | null;
  hub_type: number | null;
  incidents_data: IncidentsData | null;
  approximate_member_count?: number;
  approximate_presence_count?: number;
}

// GuildWithChannels answers POST /guilds.
export interface GuildWithChannels extends Guild {
  channels: Channel[];
}

// GuildCreate is the payload of GUILD_CREATE, and an element of READY.guilds for people.
export interface GuildCreate extends Guild {
  joined_at: string;
  large: boolean;
  unavailable: boolean;
  member_count: number;
  members: Member[];
  channels: Channel[];
  threads: Thread[];
  presences: Presence[];
  voice_states: VoiceState[];
  stage_instances: StageInstance[];
  guild_scheduled_events: string[];
  soundboard_sounds: string[];
}

// UnavailableGuild is a guild whose GUILD_CREATE follows, or the payload of GUILD_DELETE.
export interface UnavailableGuild {
  id: string;
  // Unavailable true means an outage; its absence in GUILD_DELETE means that the guild is gone for this client.
  unavailable?: boolean;
}

// UserGuild is an element of GET /users/@me/guilds.
export interface UserGuild {
  id: string;
  name: string;
  icon: string | null;
  banner: string | null;
  owner: boolean;
  permissions: string;
  features: string[];
  approximate_member_count?: number;
  approximate_presence_count?: number;
}

// IncidentsData tells until when a guild's invites and direct messages are paused.
export interface IncidentsData {
  invites_disabled_until: string | null;
  dms_disabled_until: string | null;
}

// IncidentActions is the body of PUT /guilds/{guild}/incident-actions.
export interface IncidentActions {
  invites_disabled_until?: string | null;
  dms_disabled_until?: string | null;
}

// MFALevel is the body of POST /guilds/{guild}/mfa, and its answer: 1 when moderators need a second factor, 0 when they do not.
export interface MFALevel {
  level: number | null;
}

// GuildPreview is a guild as those see it who are to be told what it is about.
export interface GuildPreview {
  id: string;
  name: string;
  icon: string | null;
  splash: string | null;
  discovery_splash: string | null;
  home_header: string | null;
  description: string | null;
  features: string[];
  emojis: Emoji[];
  stickers: ({ })[];
  approximate_member_count: number;
  approximate_presence_count: number;
}

// GuildDraft is the body of POST /guilds. Its roles and channels have placeholders for ids, which overwrites, parent_id, afk_channel_id and system_channel_id name them by; the first of the
// roles is @everyone.
export interface GuildDraft {
  name: string;
  description?: string | null;
  icon?: string | null;
  channels?: ChannelInDraft[] | null;
  roles?: RoleInDraft[] | null;
  verification_level?: number | null;
  default_message_notifications?: number | null;
  explicit_content_filter?: number | null;
  afk_channel_id?: string | null;
  afk_timeout?: number | null;
  system_channel_id?: string | null;
  system_channel_flags?: number | null;
  preferred_locale?: string | null;
}

// ChannelInDraft is a channel in the body of POST /guilds.
export interface ChannelInDraft extends ChannelDraft {
  id?: string | null;
}

// RoleInDraft is a role in the body of POST /guilds.
export interface RoleInDraft extends RoleDraft {
  id?: string | null;
  position?: number | null;
}

// GuildPatch is the body of PATCH /guilds/{guild}.
export interface GuildPatch {
  name?: string | null;
  description?: string | null;
  owner_id?: string | null;
  verification_level?: number | null;
  default_message_notifications?: number | null;
  explicit_content_filter?: number | null;
  afk_timeout?: number | null;
  afk_channel_id?: string | null;
  system_channel_id?: string | null;
  system_channel_flags?: number | null;
  rules_channel_id?: string | null;
  preferred_locale?: string | null;
  icon?: string | null;
  banner?: string | null;
  splash?: string | null;
  discovery_splash?: string | null;
}

// Hall is what anybody may know of the installation.
export interface Hall {
  name: string;
  version: string;
  // Claimed tells whether the hall has an owner.
  claimed: boolean;
  registration: "invite" | "open";
  // BotCreation says who may make bots.
  bot_creation: "everyone" | "owner" | "nobody";
  // Guests tells whether invites let people in who have no account and want none yet.
  guests: boolean;
  // URLs are the addresses by which guests reach the hall, the best first.
  urls: string[];
}

// HallPatch is the body of PATCH /hall.
export interface HallPatch {
  name?: string | null;
  registration?: "invite" | "open" | null;
  bot_creation?: "everyone" | "owner" | "nobody" | null;
  guests?: boolean | null;
}

// HallOwner is the body of PUT /hall/owner: who is to own the hall, and the password of who owns it now.
export interface HallOwner {
  owner_id: string;
  password: string;
}

// HallEntry is one act of those who run the hall. UserID is null for the command line.
export interface HallEntry {
  id: string;
  user_id: string | null;
  act: string;
  // TargetID is the account, bot or server that it was done to; null for the hall itself.
  target_id: string | null;
  details: Record<string, string>;
  reason: string | null;
}

// HallLog is the answer to GET /hall/log.
export interface HallLog {
  entries: HallEntry[];
  // Users are those that entries name, as far as they have an account.
  users: User[];
}

// Integration is an application that was let into a guild. Its id is that of the application.
export interface Integration {
  id: string;
  type: string;
  name: string;
  enabled: boolean;
  // User is who let it in last; left out for the command line, and when the account is gone.
  user?: User;
  account: IntegrationAccount;
  application: IntegrationApplication;
  scopes: string[];
}

// IntegrationAccount names an integration once more.
export interface IntegrationAccount {
  id: string;
  name: string;
}

// IntegrationApplication is what a guild may know of an application.
export interface IntegrationApplication {
  id: string;
  name: string;
  icon: string | null;
  description: string;
  summary: string;
  type: number | null;
  bot?: User;
}

// GuildIntegration is the payload of INTEGRATION_CREATE and INTEGRATION_UPDATE.
export interface GuildIntegration extends Integration {
  guild_id: string;
}

// GuildIntegrationsUpdate is the payload of GUILD_INTEGRATIONS_UPDATE.
export interface GuildIntegrationsUpdate {
  guild_id: string;
}

// IntegrationDelete is the payload of INTEGRATION_DELETE.
export interface IntegrationDelete {
  id: string;
  guild_id: string;
  application_id: string;
}

// Interaction is the payload of INTERACTION_CREATE, and the body of what is sent to applications that have an address for it.
export interface Interaction {
  id: string;
  application_id: string;
  type: number;
  data?: unknown;
  guild_id?: string;
  // Guild is left out between people, Channel in a ping.
  guild?: InteractionGuild;
  channel_id?: string;
  channel?: InteractionChannel;
  // Member stands in guilds, User between people.
  member?: InteractionMember;
  user?: User;
  token: string;
  version: number;
  message?: Message;
  app_permissions: string;
  locale?: string;
  guild_locale?: string;
  entitlements: unknown[];
  // AuthorizingIntegrationOwners has under "0" the guild that the application was let into, or 0 between people.
  authorizing_integration_owners: Record<string, string>;
  context: number;
  // AttachmentSizeLimit is in bytes.
  attachment_size_limit: number;
}

// InteractionGuild is the guild of an interaction.
export interface InteractionGuild {
  id: string;
  locale: string;
  features: string[];
}

// InteractionChannel is a channel in an interaction, with what the person may do there.
export interface InteractionChannel {
  id: string;
  type: number;
  guild_id?: string;
  name?: string;
  parent_id?: string;
  topic?: string;
  position: number;
  nsfw: boolean;
  rate_limit_per_user: number;
  last_message_id: string | null;
  flags: number;
  thread_metadata?: ThreadMetadata;
  permissions: string;
}

// InteractionMember is a member in an interaction, with what they may do in the channel.
export interface InteractionMember extends Member {
  permissions: string;
}

// ResolvedData is what an interaction names, by ids.
export interface ResolvedData {
  users?: Record<string, User>;
  members?: Record<string, InteractionMember>;
  roles?: Record<string, Role>;
  channels?: Record<string, InteractionChannel>;
  messages?: Record<string, Message>;
  attachments?: Record<string, Attachment>;
}

// InteractionCallback is the body of POST /interactions/{id}/{token}/callback. Data depends on the type: a message, its changes, choices or a form.
export interface InteractionCallback {
  type: number;
  data: unknown;
}

// CallbackChoices is the data of an answer to an option that is being filled in.
export interface CallbackChoices {
  choices: unknown;
}

// CallbackModal is the data of an answer with a form.
export interface CallbackModal {
  custom_id: string;
  title: string;
  components: unknown;
}

// CallbackResponse is the answer to a callback that asks for one (with_response).
export interface CallbackResponse {
  interaction: CallbackInteraction;
  resource?: CallbackResource;
}

// CallbackInteraction says which interaction was answered.
export interface CallbackInteraction {
  id: string;
  type: number;
  response_message_id?: string;
  response_message_loading?: boolean;
  response_message_ephemeral?: boolean;
  channel_id?: string;
  guild_id?: string;
}

// CallbackResource is what the answer made.
export interface CallbackResource {
  type: number;
  message: Message | null;
}

// InteractionUse is the body of POST /interactions: what a person does with an application. Data depends on the type.
export interface InteractionUse {
  type: number;
  application_id: string;
  guild_id: string | null;
  channel_id: string;
  session_id: string;
  nonce: string | number | null;
  message_id: string | null;
  data: unknown;
}

// ComponentUse is the data of an InteractionUse of type 3.
export interface ComponentUse {
  component_type: number;
  custom_id: string;
  values: string[];
}

// CommandUse is the data of an InteractionUse of type 2 or 4.
export interface CommandUse {
  id: string;
  name: string;
  type: number;
  target_id: string | null;
  options: GivenOption[];
  attachments: AttachmentDraft[];
}

// GivenOption is what is given for an option of a command. That of a file is the id of one of the attachments.
export interface GivenOption {
  name: string;
  type: number;
  value: unknown;
  options: GivenOption[];
  focused: boolean;
}

// ModalUse is the data of an InteractionUse of type 5; ID is the interaction that the form came with.
export interface ModalUse {
  id: string;
  custom_id: string;
  components: unknown;
  // Attachments are files that were uploaded to the channel; fields name them by their numbers here.
  attachments: AttachmentDraft[];
}

// InteractionProgress is the payload of INTERACTION_CREATE, INTERACTION_SUCCESS and INTERACTION_FAILURE for who did it.
export interface InteractionProgress {
  id: string;
  nonce: string | number | null;
  // ReasonCode says why it failed: 2, the application did not answer in time.
  reason_code?: number;
}

// AutocompleteResponse is the payload of APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE.
export interface AutocompleteResponse {
  choices: unknown;
  nonce: string | number | null;
}

// InteractionModal is the payload of INTERACTION_MODAL_CREATE.
export interface InteractionModal {
  id: string;
  channel_id: string;
  application: InteractionApplication;
  custom_id: string;
  title: string;
  components: unknown;
  nonce: string | number | null;
}

// InteractionApplication names an application.
export interface InteractionApplication {
  id: string;
}

// InteractionMetadata says of a message what it answers.
export interface InteractionMetadata {
  id: string;
  type: number;
  user: User;
  authorizing_integration_owners: Record<string, string>;
  name?: string;
  original_response_message_id?: string;
  target_user?: User;
  target_message_id?: string;
  interacted_message_id?: string;
  triggering_interaction_metadata?: InteractionMetadata;
}

// MessageInteraction is the older form of InteractionMetadata, for commands alone.
export interface MessageInteraction {
  id: string;
  type: number;
  name: string;
  user: User;
}

// Invite is an invite as everybody sees it; people who look after the guild see the rest too.
export interface Invite extends Partial<InviteMetadata> {
  type: number;
  code: string;
  guild_id: string;
  guild: InviteGuild | null;
  channel: InviteChannel | null;
  inviter?: User;
  expires_at: string | null;
  flags: number;
  approximate_member_count?: number;
  approximate_presence_count?: number;
  // NewMember tells, in the answer to a join, whether the person was not there before.
  new_member?: boolean;
}

// InviteMetadata is what people who look after the guild see of an invite.
export interface InviteMetadata {
  uses: number;
  max_uses: number;
  max_age: number;
  temporary: boolean;
  created_at: string;
}

// InviteGuild is as much of a guild as an invite shows.
export interface InviteGuild {
  id: string;
  name: string;
  splash: string | null;
  banner: string | null;
  description: string | null;
  icon: string | null;
  features: string[];
  verification_level: number;
  vanity_url_code: string | null;
  nsfw_level: number;
  nsfw: boolean;
  // PremiumSubscriptionCount is always 0: nothing here is for sale.
  premium_subscription_count: number;
  premium_tier: number;
}

// InviteChannel is as much of a channel as an invite shows.
export interface InviteChannel {
  id: string;
  name: string;
  type: number;
}

// InviteDraft is the body of POST /channels/{channel}/invites, which may be empty.
export interface InviteDraft {
  max_age?: number | null;
  max_uses?: number | null;
  temporary?: boolean | null;
  unique?: boolean | null;
}

// InviteCreate is the payload of INVITE_CREATE.
export interface InviteCreate extends InviteMetadata {
  code: string;
  guild_id: string;
  channel_id: string;
  inviter?: User;
  expires_at: string | null;
}

// InviteDelete is the payload of INVITE_DELETE.
export interface InviteDelete {
  code: string;
  guild_id: string;
  channel_id: string;
}

// Member is a user's place in a guild. User is left out where the message around it names the user.
export interface Member {
  user?: User;
  nick: string | null;
  avatar: string | null;
  banner: string | null;
  roles: string[];
  joined_at: string;
  premium_since: string | null;
  deaf: boolean;
  mute: boolean;
  flags: number;
  pending: boolean;
  communication_disabled_until: string | null;
}

// MemberPatch is the body of PATCH /guilds/{guild}/members/{user}.
export interface MemberPatch {
  nick?: string | null;
  roles?: string[] | null;
  mute?: boolean | null;
  deaf?: boolean | null;
  channel_id?: string | null;
  communication_disabled_until?: string | null;
}

// Nick is the body of PATCH /guilds/{guild}/members/@me/nick.
export interface Nick {
  nick?: string | null;
}

// SelfMemberPatch is the body of PATCH /guilds/{guild}/members/@me.
export interface SelfMemberPatch {
  nick?: string | null;
  avatar?: string | null;
  banner?: string | null;
  bio?: string | null;
}

// GuildMember is the payload of GUILD_MEMBER_ADD and GUILD_MEMBER_UPDATE.
export interface GuildMember extends Member {
  guild_id: string;
}

// GuildMemberRemove is the payload of GUILD_MEMBER_REMOVE.
export interface GuildMemberRemove {
  guild_id: string;
  user: User;
}

// RequestGuildMembers is the payload of op 8. GuildID and UserIDs may each be one id or a list of ids.
export interface RequestGuildMembers {
  guild_id: string | string[];
  query: string | null;
  limit: number;
  presences: boolean;
  user_ids: string | string[];
  nonce: string;
}

// RateLimited is the payload of RATE_LIMITED: what a client asked for too often over the gateway.
export interface RateLimited {
  opcode: number;
  // RetryAfter is in seconds.
  retry_after: number;
  meta: RateLimitedMeta;
}

// RateLimitedMeta tells which request it was.
export interface RateLimitedMeta {
  guild_id: string;
  nonce?: string;
}

// GuildMembersChunk is the payload of GUILD_MEMBERS_CHUNK.
export interface GuildMembersChunk {
  guild_id: string;
  members: Member[];
  chunk_index: number;
  chunk_count: number;
  not_found?: string[];
  presences?: Presence[];
  nonce?: string;
}

// GuildSubscribe is the payload of op 14: which parts of a guild's member lists a person looks at.
export interface GuildSubscribe extends GuildSubscription {
  guild_id: string;
}

// GuildSubscribeBulk is the payload of op 37: the same for several guilds.
export interface GuildSubscribeBulk {
  subscriptions: Record<string, GuildSubscription>;
}

// GuildSubscription says what of one guild is looked at. What is left out stays as it was.
export interface GuildSubscription {
  // Channels are, by channel, the ranges of its member list that are shown: pairs of a first and a last index, both included.
  channels: Record<string, number[][]>;
  // Members are those whose presence is followed, whatever the size of the guild.
  members: string[];
}

// MemberListUpdate is the payload of GUILD_MEMBER_LIST_UPDATE.
export interface MemberListUpdate {
  guild_id: string;
  id: string;
  online_count: number;
  member_count: number;
  groups: MemberListGroup[];
  ops: MemberListOp[];
}

// MemberListGroup is a heading of a member list: a hoisted role's id, "online" or "offline".
export interface MemberListGroup {
  id: string;
  count: number;
}

// MemberListOp changes a member list: SYNC and INVALIDATE a range of it, INSERT, UPDATE and DELETE the item at an index. They apply one after another.
export interface MemberListOp {
  op: string;
  // Range is the first and the last index, both included.
  range?: number[];
  items?: MemberListItem[];
  index?: number;
  item?: MemberListItem;
}

// MemberListItem is a heading or a member.
export interface MemberListItem {
  group?: MemberListGroup;
  member?: MemberListMember;
}

// MemberListMember is a member with their presence.
export interface MemberListMember extends Member {
  presence: Presence;
}

// Message is a message as its readers see it.
export interface Message {
  id: string;
  channel_id: string;
  author: User;
  content: string;
  timestamp: string;
  edited_timestamp: string | null;
  tts: boolean;
  mention_everyone: boolean;
  mentions: User[];
  mention_roles: string[];
  attachments: Attachment[];
  embeds: Embed[];
  // Components are the buttons, menus and layout that a bot gave it.
  components: unknown;
  // Reactions are as the reader sees them; dispatches, which readers share, leave them out.
  reactions?: Reaction[];
  nonce?: string | number;
  pinned: boolean;
  type: number;
  flags: number;
  message_reference?: MessageReference;
  referenced_message?: Message | null;
  message_snapshots?: MessageSnapshot[];
  // Thread is the one that began with the message.
  thread?: Thread;
  poll?: Poll;
  // Call is that of which the message tells.
  call?: MessageCall;
  // WebhookID is the webhook or application that posted it, ApplicationID the application.
  webhook_id?: string;
  application_id?: string;
  // Position tells about where in its thread the message stands; other messages have none.
  position?: number;
  // InteractionMetadata is what an application answers with it, Interaction the older form of that.
  interaction_metadata?: InteractionMetadata;
  interaction?: MessageInteraction;
}

// MessageReference points to the message replied to (type 0) or forwarded (type 1).
export interface MessageReference {
  type: number;
  // MessageID is left out where the reference is to a thread as a whole.
  message_id?: string;
  channel_id: string;
  guild_id?: string;
}

// MessageEvent is the payload of MESSAGE_CREATE and MESSAGE_UPDATE.
export interface MessageEvent extends Message {
  guild_id?: string;
  channel_type: number;
  member?: Member;
}

// MessageDelete is the payload of MESSAGE_DELETE.
export interface MessageDelete {
  id: string;
  channel_id: string;
  guild_id?: string;
}

// TypingStart is the payload of TYPING_START.
export interface TypingStart {
  channel_id: string;
  guild_id?: string;
  user_id: string;
  // Timestamp is in Unix seconds.
  timestamp: number;
  member?: Member;
}

// BulkDelete is the body of POST /channels/{channel}/messages/bulk-delete.
export interface BulkDelete {
  messages: string[];
}

// MessageDeleteBulk is the payload of MESSAGE_DELETE_BULK.
export interface MessageDeleteBulk {
  ids: string[];
  channel_id: string;
  guild_id: string;
}

// MessageCreate is the body of POST /channels/{channel}/messages.
export interface MessageCreate {
  content: string | null;
  nonce: string | number | null;
  enforce_nonce: boolean;
  tts: boolean;
  embeds: Embed[];
  embed: Embed | null;
  allowed_mentions: AllowedMentions | null;
  message_reference: ReferenceDraft | null;
  flags: number | null;
  components: unknown;
  attachments: AttachmentDraft[];
  poll: PollDraft | null;
}

// MessageEdit is the body of PATCH of a message.
export interface MessageEdit {
  content?: string | null;
  embeds?: Embed[] | null;
  embed?: Embed | null;
  flags?: number | null;
  allowed_mentions: AllowedMentions | null;
  components?: unknown | null;
  attachments?: AttachmentDraft[] | null;
}

// ReferenceDraft is a reference in a new message.
export interface ReferenceDraft {
  type: number;
  message_id: string;
  channel_id: string;
  guild_id: string;
  fail_if_not_exists: boolean | null;
}

// AllowedMentions says what of a content's mentions may notify.
export interface AllowedMentions {
  parse: string[];
  users: string[];
  roles: string[];
  replied_user: boolean;
}

// MFARequired answers a login with the right password when the account has a second factor: what would do, and the ticket to finish with.
export interface MFARequired {
  user_id: string;
  mfa: boolean;
  sms: boolean;
  ticket: string;
  // TOTP and Backup tell whether codes of an app, or recovery codes, would do.
  totp: boolean;
  backup: boolean;
  // WebAuthn are the options for navigator.credentials.get as JSON in a string, as upstream has it; null when no passkey of the account can be used on the page that asks.
  webauthn: string | null;
}

// MFAFinish is the body of POST /auth/mfa/totp and /backup.
export interface MFAFinish {
  ticket: string;
  code: string;
  cookie: boolean;
}

// Factors answers GET /users/@me/mfa, which is ours.
export interface Factors {
  totp: boolean;
  // BackupCodesLeft is how many recovery codes were not used yet.
  backup_codes_left: number;
  authenticators: Authenticator[];
  // PasskeysHere tells whether passkeys can be made and used on the page that asks: its address must be a name.
  passkeys_here: boolean;
}

// TOTPEnable is the body of POST /users/@me/mfa/totp/enable: Secret is in base 32, Code one of an app that has it. Where the account has a passkey already, the confirmation needs a recovery code or that,
// which SecondCode, Ticket and Credential are for.
export interface TOTPEnable {
  password: string;
  secret: string;
  code: string;
  second_code: string;
  ticket: string;
  credential: string;
}

// BackupCodes answers what makes recovery codes: they are shown this once. There are none where the account had a second factor before.
export interface BackupCodes {
  backup_codes: BackupCode[];
}

// BackupCode is one recovery code.
export interface BackupCode {
  user_id: string;
  code: string;
  consumed: boolean;
}

// Confirmation is the body of what is done only by somebody who shows again who they are: with the password, and, for what needs it where the account has a second factor, with a code (of an app or a
// recovery code), or with the answer of a passkey to what POST /users/@me/mfa/webauthn/challenge gave.
export interface Confirmation {
  password: string;
  code: string;
  ticket: string;
  credential: string;
}

// SignInProvider is one entry of GET /auth/oidc: a service that can be signed in with. The routes about those are ours.
export interface SignInProvider {
  key: string;
  name: string;
}

// PendingSignIn answers GET /auth/oidc/pending: what is left to do of a sign-in that a provider has vouched for.
export interface PendingSignIn {
  provider: SignInProvider;
  // Label is what the provider calls the person; may be empty.
  label: string;
  // Step is the second step that the account asks for; null when it is still to be said which account it is.
  step: MFARequired | null;
  // MayRegister tells whether a new account may be made, NeedsInvite whether that needs an invite.
  may_register: boolean;
  needs_invite: boolean;
  // Username and GlobalName are what a new account might be called; may be empty.
  username: string;
  global_name: string;
  // ReturnTo is the path to lead to afterwards.
  return_to: string;
}

// ProviderRegister is the body of POST /auth/oidc/register. The refresh token of what comes of it is always in a cookie.
export interface ProviderRegister {
  username: string;
  global_name?: string | null;
  invite?: string | null;
}

// ProviderLinkStart is the body of POST /users/@me/oidc/start: whom to sign in with to link that, where to lead to afterwards, and who asks.
export interface ProviderLinkStart {
  provider: string;
  return_to: string;
  password: string;
  code: string;
  ticket: string;
  credential: string;
}

// ProviderAddress answers that: the address to lead the browser to.
export interface ProviderAddress {
  url: string;
}

// ProviderUnlink is the body of POST /users/@me/oidc/unlink.
export interface ProviderUnlink {
  id: string;
  password: string;
  code: string;
  ticket: string;
  credential: string;
}

// LinkedAccounts answers GET /users/@me/oidc.
export interface LinkedAccounts {
  linked: LinkedAccount[];
  // HasPassword tells whether the account has a password; without one, a sign-in of the last ten minutes stands for it.
  has_password: boolean;
}

// LinkedAccount is an account elsewhere that one's own is linked to.
export interface LinkedAccount {
  id: string;
  // Provider is null when the hall does not know it any more; Name is then its address.
  provider: string | null;
  name: string;
  label: string;
  linked_at: string;
  used_at: string | null;
}

// Authenticator is a passkey as its holder sees it; Type is 1 (WebAuthn).
export interface Authenticator {
  id: string;
  type: number;
  name: string;
  // Host is the name of the pages that it works on.
  host: string;
  created_at: string;
  last_used: string | null;
}

// PasskeyChallenge is what is asked of an authenticator. Challenge are the options for navigator.credentials, as JSON in a string, as upstream has it; Ticket comes back with the answer.
export interface PasskeyChallenge {
  ticket: string;
  challenge: string;
}

// PasskeyFinish is the body of POST /auth/passkeys/login, which is ours, and of POST /auth/mfa/webauthn. Credential is what the browser gave (PublicKeyCredential.toJSON), as JSON in a string.
export interface PasskeyFinish {
  ticket: string;
  credential: string;
  cookie: boolean;
}

// PasskeyAdd is the body of POST /users/@me/mfa/webauthn/credentials. The first time it has a Confirmation and is answered with a challenge; the second time it has a name, the ticket of that, and in Credential what
// the browser gave.
export interface PasskeyAdd extends Confirmation {
  name?: string | null;
}

// PasskeyAdded answers it: the passkey, and recovery codes, which are shown this once, when the account had no second factor before.
export interface PasskeyAdded extends Authenticator {
  backup_codes: BackupCode[];
}

// PasskeyName is the body of PATCH /users/@me/mfa/webauthn/credentials/{passkey}.
export interface PasskeyName {
  name: string;
}

// Pins is a page of pinned messages.
export interface Pins {
  items: Pin[];
  has_more: boolean;
}

// Pin is a pinned message, with the moment in which it was pinned.
export interface Pin {
  pinned_at: string;
  message: Message;
}

// ChannelPinsUpdate is the payload of CHANNEL_PINS_UPDATE.
export interface ChannelPinsUpdate {
  guild_id?: string;
  channel_id: string;
  last_pin_timestamp: string | null;
}

// Poll is a question that a message asks its readers.
export interface Poll {
  question: PollMedia;
  answers: PollAnswer[];
  expiry: string;
  allow_multiselect: boolean;
  layout_type: number;
  // Results are as the reader sees them; most dispatches, which readers share, leave them out.
  results?: PollResults;
}

// PollMedia is a text with an emoji.
export interface PollMedia {
  text: string;
  emoji?: ReactionEmoji;
}

// PollAnswer is one answer to choose.
export interface PollAnswer {
  answer_id: number;
  poll_media: PollMedia;
}

// PollResults tells how often answers were chosen; those that were not are left out.
export interface PollResults {
  is_finalized: boolean;
  answer_counts: AnswerCount[];
}

// AnswerCount is how often an answer was chosen.
export interface AnswerCount {
  id: number;
  count: number;
  me_voted: boolean;
}

// PollDraft is a poll in a new message.
export interface PollDraft {
  question: PollMediaDraft;
  answers: PollAnswerDraft[];
  duration?: number | null;
  allow_multiselect?: boolean | null;
  layout_type?: number | null;
}

// PollMediaDraft is a text with an emoji in a new poll.
export interface PollMediaDraft {
  text?: string | null;
  emoji?: EmojiName | null;
}

// PollAnswerDraft is one answer of a new poll.
export interface PollAnswerDraft {
  poll_media: PollMediaDraft;
}

// EmojiName names an emoji: one of a guild's own by id and name, another by its characters.
export interface EmojiName {
  id?: string | null;
  name?: string | null;
  animated?: boolean | null;
}

// PollVote is the payload of MESSAGE_POLL_VOTE_ADD and MESSAGE_POLL_VOTE_REMOVE.
export interface PollVote {
  user_id: string;
  channel_id: string;
  message_id: string;
  guild_id?: string;
  answer_id: number;
}

// PollAnswers is the body of PUT of one's own answers.
export interface PollAnswers {
  answer_ids: number[];
}

// PollVoters answers who chose an answer.
export interface PollVoters {
  users: User[];
}

// Presence is how reachable a user is.
export interface Presence {
  user: PresenceUser;
  guild_id?: string;
  status: string;
  activities: unknown;
  client_status: ClientStatus;
}

// PresenceUser names a user in a presence.
export interface PresenceUser {
  id: string;
}

// ClientStatus is the status by kind of device.
export interface ClientStatus {
  desktop?: string;
  mobile?: string;
  web?: string;
}

// PresenceUpdate is the payload of op 3, and the presence in IDENTIFY. Old clients send a single game instead of activities.
export interface PresenceUpdate {
  since: unknown;
  activities: unknown;
  game: unknown;
  status: string;
  afk: boolean;
}

// Profile is the answer to GET /users/{user}/profile.
export interface Profile {
  user: User;
  user_profile: UserProfile;
  mutual_guilds: MutualGuild[];
  mutual_friends: User[];
  connected_accounts: ({ })[];
  // GuildMember is there when a guild was asked about.
  guild_member?: Member;
  // GuildMemberProfile is what they say of themselves there, beside it.
  guild_member_profile?: GuildMemberProfile;
}

// GuildMemberProfile is what a member says of themselves in one guild; empty and null where they say nothing else than elsewhere.
export interface GuildMemberProfile {
  guild_id: string;
  bio: string;
  banner: string | null;
}

// UserProfile is what somebody says of themselves.
export interface UserProfile {
  bio: string;
  pronouns: string;
  accent_color: number | null;
  banner: string | null;
}

// MutualGuild is a guild that both are in.
export interface MutualGuild {
  id: string;
  nick: string | null;
}

// ReactionEmoji is what somebody reacted with. Unicode's own have no id.
export interface ReactionEmoji {
  id: string | null;
  name: string;
  animated?: boolean;
}

// Reaction is how often a message was reacted to with an emoji.
export interface Reaction {
  emoji: ReactionEmoji;
  count: number;
  count_details: CountDetails;
  burst_colors: string[];
  me_burst: boolean;
  me: boolean;
}

// CountDetails splits a count. There are no bursts here.
export interface CountDetails {
  burst: number;
  normal: number;
}

// ReactionAdd is the payload of MESSAGE_REACTION_ADD. Type 0 is a usual reaction.
export interface ReactionAdd {
  user_id: string;
  channel_id: string;
  message_id: string;
  guild_id?: string;
  member?: Member;
  emoji: ReactionEmoji;
  message_author_id: string;
  burst: boolean;
  type: number;
}

// ReactionRemove is the payload of MESSAGE_REACTION_REMOVE.
export interface ReactionRemove {
  user_id: string;
  channel_id: string;
  message_id: string;
  guild_id?: string;
  emoji: ReactionEmoji;
  burst: boolean;
  type: number;
}

// ReactionsRemove is the payload of MESSAGE_REACTION_REMOVE_ALL and, with an emoji, of MESSAGE_REACTION_REMOVE_EMOJI.
export interface ReactionsRemove {
  channel_id: string;
  message_id: string;
  guild_id?: string;
  emoji?: ReactionEmoji;
}

// ReadStates is how far a person has read, in READY.
export interface ReadStates {
  entries: ReadState[];
  version: number;
  partial: boolean;
}

// ReadState is how far a person has read in a channel, whose id it has.
export interface ReadState {
  id: string;
  last_message_id: string;
  // MentionCount is how many messages since then mention the person; 100 stands for more.
  mention_count: number;
  // LastPinTimestamp is when the newest pin was set that the person has seen.
  last_pin_timestamp: string | null;
  flags: number;
  last_viewed: number | null;
}

// Ack is the body of POST /channels/{channel}/messages/{message}/ack. The hall counts mentions itself.
export interface Ack {
  manual: boolean;
}

// AckAnswer answers it.
export interface AckAnswer {
  token: string | null;
}

// AckBulk is the body of POST /read-states/ack-bulk.
export interface AckBulk {
  read_states: AckEntry[];
}

// AckEntry marks one channel as read. The one type there is is 0, a channel.
export interface AckEntry {
  channel_id: string;
  message_id: string;
  read_state_type: number;
}

// MessageAck is the payload of MESSAGE_ACK.
export interface MessageAck {
  channel_id: string;
  message_id: string;
  version: number;
  // Manual and MentionCount are there when the mark was set by hand.
  manual?: boolean;
  mention_count?: number;
}

// ChannelPinsAck is the payload of CHANNEL_PINS_ACK. Timestamp is when the newest pin was set that the person has seen.
export interface ChannelPinsAck {
  channel_id: string;
  timestamp: string;
  version: number;
}

// Relationship is how the reader stands to somebody: 1 friend, 2 blocked, 3 asked by them, 4 asked them.
export interface Relationship {
  // ID is the other's.
  id: string;
  type: number;
  nickname: string | null;
  user: User;
  since: string | null;
}

// RelationshipRemove is the payload of RELATIONSHIP_REMOVE; Type is what there was.
export interface RelationshipRemove {
  id: string;
  type: number;
}

// FriendRequest is the body of POST /users/@me/relationships. Names have no discriminators here, so that only null and "0" fit.
export interface FriendRequest {
  username: string;
  discriminator?: string | null;
}

// RelationshipPut is the body of PUT /users/@me/relationships/{user}: 2 blocks, anything else asks or accepts.
export interface RelationshipPut {
  type?: number | null;
}

// RelationshipPatch is the body of PATCH /users/@me/relationships/{user}.
export interface RelationshipPatch {
  nickname?: string | null;
}

// UserNote is what the reader notes about somebody.
export interface UserNote {
  user_id: string;
  note_user_id: string;
  note: string;
}

// UserNotePut is the body of PUT /users/@me/notes/{user}.
export interface UserNotePut {
  note?: string | null;
}

// UserNoteUpdate is the payload of USER_NOTE_UPDATE.
export interface UserNoteUpdate {
  id: string;
  note: string;
}

// Role is a role of a guild.
export interface Role {
  id: string;
  name: string;
  color: number;
  colors: RoleColors;
  hoist: boolean;
  icon: string | null;
  unicode_emoji: string | null;
  position: number;
  permissions: string;
  managed: boolean;
  mentionable: boolean;
  flags: number;
  tags?: RoleTags;
}

// RoleColors are a role's colours; only the primary one is used here.
export interface RoleColors {
  primary_color: number;
  secondary_color: number | null;
  tertiary_color: number | null;
}

// RoleTags say what a managed role belongs to.
export interface RoleTags {
  bot_id: string;
}

// RoleDraft is the body of POST and PATCH of a role.
export interface RoleDraft {
  name?: string | null;
  permissions?: string | null;
  color?: number | null;
  colors?: RoleColors | null;
  hoist?: boolean | null;
  mentionable?: boolean | null;
  icon?: string | null;
  unicode_emoji?: string | null;
}

// RolePosition is an element of the body of PATCH /guilds/{guild}/roles.
export interface RolePosition {
  id: string;
  position?: number | null;
}

// GuildRole is the payload of GUILD_ROLE_CREATE and GUILD_ROLE_UPDATE.
export interface GuildRole {
  guild_id: string;
  role: Role;
}

// GuildRoleDelete is the payload of GUILD_ROLE_DELETE.
export interface GuildRoleDelete {
  guild_id: string;
  role_id: string;
}

// SecurityEvent is something that happened to the safety of one's account. It is ours, as is the dispatch SECURITY_EVENT_CREATE that tells the account's other devices.
export interface SecurityEvent {
  id: string;
  kind: string;
  created_at: string;
  // SessionID is the login that came of it, or from which it was done.
  session_id: string | null;
  client_info: ClientInfo | null;
  details: Record<string, string>;
}

// Login is the body of POST /auth/login. One of Login, Email and Username names the person.
export interface Login {
  login: string;
  email: string;
  username: string;
  password: string;
  // Cookie asks for the refresh token in a cookie that scripts cannot read, instead of in the body.
  cookie: boolean;
}

// Register is the body of POST /auth/register.
export interface Register {
  username: string;
  email?: string | null;
  password: string;
  global_name?: string | null;
  invite?: string | null;
  cookie: boolean;
}

// Setup is the body of POST /setup, which makes the hall's owner.
export interface Setup {
  token: string;
  username: string;
  email?: string | null;
  password: string;
  global_name?: string | null;
  cookie: boolean;
}

// Reset is the body of POST /auth/reset, which sets a new password with a token from whoever runs the hall.
export interface Reset {
  token: string;
  password: string;
  cookie: boolean;
}

// Refresh is the body of POST /auth/refresh. Without a token in it, the one in the cookie is meant.
export interface Refresh {
  refresh_token: string;
  cookie: boolean;
}

// TokenSet answers a login, registration, set-up or refresh.
export interface TokenSet {
  // Token and AccessToken are the same: upstream's login calls it token.
  token: string;
  access_token: string;
  // RefreshToken is left out when it went into a cookie.
  refresh_token?: string;
  token_type: string;
  // ExpiresIn is the access token's life in seconds.
  expires_in: number;
  user_id: string;
  user: SelfUser;
}

// AuthSession is a login as GET /auth/sessions lists it.
export interface AuthSession {
  id: string;
  id_hash: string;
  created_at: string;
  // ApproxLastUsedTime is when the login's tokens were renewed last.
  approx_last_used_time: string;
  expires_at: string;
  client_info: ClientInfo;
  current: boolean;
}

// ClientInfo tells a person which of their devices it is.
export interface ClientInfo {
  user_agent: string;
  ip: string;
  os: string | null;
  platform: string | null;
  location: string | null;
}

// AuthSessions answers GET /auth/sessions.
export interface AuthSessions {
  user_sessions: AuthSession[];
}

// SessionsLogout is the body of POST /auth/sessions/logout.
export interface SessionsLogout {
  session_ids: string[];
  session_id_hashes: string[];
}

// UserSettings are a person's own settings, the same on all of their devices.
export interface UserSettings {
  theme: string;
  locale: string;
  status: string;
  custom_status: CustomStatus | null;
  message_display_compact: boolean;
  inline_attachment_media: boolean;
  inline_embed_media: boolean;
  gif_auto_play: boolean;
  render_embeds: boolean;
  render_reactions: boolean;
  animate_emoji: boolean;
  enable_tts_command: boolean;
  convert_emoticons: boolean;
  developer_mode: boolean;
  show_current_game: boolean;
  stream_notifications_enabled: boolean;
  view_nsfw_guilds: boolean;
  afk_timeout: number;
  timezone_offset: number;
  guild_folders: GuildFolder[];
  default_guilds_restricted: boolean;
  restricted_guilds: string[];
  friend_source_flags: FriendSourceFlags;
}

// CustomStatus is a line that a person shows beside their name.
export interface CustomStatus {
  text: string | null;
  emoji_id: string | null;
  emoji_name: string | null;
  expires_at: string | null;
}

// GuildFolder groups guilds in a person's list; without an id it is a guild that stands alone.
export interface GuildFolder {
  id: number | null;
  name: string | null;
  color: number | null;
  guild_ids: string[];
}

// FriendSourceFlags says who may ask a person to be friends.
export interface FriendSourceFlags {
  all: boolean;
  mutual_friends: boolean;
  mutual_guilds: boolean;
}

// UserSettingsPatch is the body of PATCH /users/@me/settings.
export interface UserSettingsPatch {
  theme?: string | null;
  locale?: string | null;
  status?: string | null;
  custom_status?: CustomStatusPatch | null;
  message_display_compact?: boolean | null;
  inline_attachment_media?: boolean | null;
  inline_embed_media?: boolean | null;
  gif_auto_play?: boolean | null;
  render_embeds?: boolean | null;
  render_reactions?: boolean | null;
  animate_emoji?: boolean | null;
  enable_tts_command?: boolean | null;
  convert_emoticons?: boolean | null;
  developer_mode?: boolean | null;
  show_current_game?: boolean | null;
  stream_notifications_enabled?: boolean | null;
  view_nsfw_guilds?: boolean | null;
  afk_timeout?: number | null;
  timezone_offset?: number | null;
  guild_folders?: GuildFolder[] | null;
  default_guilds_restricted?: boolean | null;
  restricted_guilds?: string[] | null;
  friend_source_flags?: FriendSourceFlags | null;
}

// CustomStatusPatch is a new custom status; one without text and emoji takes it away, as null does.
export interface CustomStatusPatch {
  text?: string | null;
  emoji_id?: string | null;
  emoji_name?: string | null;
  expires_at?: string | null;
}

// UserGuildSettings are what a person wants to hear of a guild; of conversations, without a guild's id.
export interface UserGuildSettings {
  guild_id: string | null;
  message_notifications: number;
  muted: boolean;
  mute_config: MuteConfig | null;
  suppress_everyone: boolean;
  suppress_roles: boolean;
  mobile_push: boolean;
  hide_muted_channels: boolean;
  flags: number;
  channel_overrides: ChannelOverride[];
  version: number;
}

// ChannelOverride is what a person wants to hear of one channel.
export interface ChannelOverride {
  channel_id: string;
  message_notifications: number;
  muted: boolean;
  mute_config: MuteConfig | null;
  collapsed: boolean;
  flags: number;
}

// MuteConfig says how long a mute lasts.
export interface MuteConfig {
  end_time: string | null;
  // SelectedTimeWindow is in seconds, -1 for ever.
  selected_time_window: number;
}

// UserGuildSettingsList is all that a person set about guilds, in READY.
export interface UserGuildSettingsList {
  entries: UserGuildSettings[];
  version: number;
  partial: boolean;
}

// NotificationsPatch is the part of settings about a guild and about a channel that is the same.
export interface NotificationsPatch {
  message_notifications?: number | null;
  muted?: boolean | null;
  mute_config?: MuteConfigPatch | null;
}

// MuteConfigPatch says how long a mute is to last.
export interface MuteConfigPatch {
  end_time?: string | null;
  selected_time_window?: number | null;
}

// UserGuildSettingsPatch is the body of PATCH /users/@me/guilds/{guild}/settings.
export interface UserGuildSettingsPatch extends NotificationsPatch {
  suppress_everyone?: boolean | null;
  suppress_roles?: boolean | null;
  mobile_push?: boolean | null;
  hide_muted_channels?: boolean | null;
  flags?: number | null;
  // ChannelOverrides are by channel.
  channel_overrides?: Record<string, ChannelOverridePatch> | null;
}

// ChannelOverridePatch changes what a person wants to hear of one channel.
export interface ChannelOverridePatch extends NotificationsPatch {
  collapsed?: boolean | null;
  flags?: number | null;
}

// GuildsSettingsPatch is the body of PATCH /users/@me/guilds/settings; "@me" stands for conversations.
export interface GuildsSettingsPatch {
  guilds: Record<string, UserGuildSettingsPatch>;
}

// StageInstance is what happens in a stage channel.
export interface StageInstance {
  id: string;
  guild_id: string;
  channel_id: string;
  topic: string;
  privacy_level: number;
  discoverable_disabled: boolean;
  guild_scheduled_event_id: string | null;
}

// StageDraft is the body of POST /stage-instances.
export interface StageDraft {
  channel_id: string;
  topic: string;
}

// StagePatch is the body of PATCH of a stage.
export interface StagePatch {
  topic?: string | null;
}

// StagePlace is the body of PATCH of a voice state: where somebody is on a stage. Any moment to speak raises one's hand, null takes it down.
export interface StagePlace {
  channel_id?: string | null;
  suppress?: boolean | null;
  request_to_speak_timestamp?: string | null;
}

// StreamCreate is the payload of op 18. Calls have no guild.
export interface StreamCreate {
  guild_id?: string | null;
  channel_id: string;
}

// StreamWatch is the payload of ops 19 and 20.
export interface StreamWatch {
  stream_key: string;
}

// StreamSetPaused is the payload of op 22.
export interface StreamSetPaused {
  stream_key: string;
  paused: boolean;
}

// StreamUpdate is the payload of STREAM_UPDATE.
export interface StreamUpdate {
  stream_key: string;
  region: string;
  viewer_ids: string[];
  paused: boolean;
}

// StreamShown is the payload of STREAM_CREATE: what the stream's room is called at the voice server.
export interface StreamShown extends StreamUpdate {
  rtc_server_id: string;
  rtc_channel_id: string;
}

// StreamServerUpdate is the payload of STREAM_SERVER_UPDATE: where to join the stream's room, and with which token.
export interface StreamServerUpdate {
  stream_key: string;
  token: string;
  // Endpoint is host:port/path without a scheme.
  endpoint: string;
}

// StreamDelete is the payload of STREAM_DELETE, with which a wish for a stream is refused, too.
export interface StreamDelete {
  stream_key: string;
  // Reason is user_requested, stream_ended, stream_full or unauthorized.
  reason: string;
}

// MadeStreamKey answers POST /users/@me/stream-key, which is ours: the key with which programs show and watch streams in the account's name. It is told this once.
export interface MadeStreamKey {
  stream_key: string;
}

// StreamKeyState answers GET /users/@me/stream-key, which is ours.
export interface StreamKeyState {
  exists: boolean;
}

// Thread is a thread of a channel, or a post of a forum.
export interface Thread {
  id: string;
  type: number;
  guild_id: string;
  parent_id: string;
  owner_id: string;
  name: string;
  last_message_id: string | null;
  last_pin_timestamp: string | null;
  rate_limit_per_user: number;
  flags: number;
  message_count: number;
  member_count: number;
  total_message_sent: number;
  thread_metadata: ThreadMetadata;
  // AppliedTags are of posts; other threads have none.
  applied_tags: string[];
  // Member is the reader's own place in it. Dispatches, which readers share, leave it out.
  member?: ThreadMember;
}

// ThreadMetadata is what only threads have.
export interface ThreadMetadata {
  archived: boolean;
  // AutoArchiveDuration is in minutes.
  auto_archive_duration: number;
  archive_timestamp: string;
  locked: boolean;
  // Invitable is there in private threads alone.
  invitable?: boolean;
  create_timestamp: string;
}

// ThreadMember is somebody's place in a thread.
export interface ThreadMember {
  id: string;
  user_id: string;
  join_timestamp: string;
  flags: number;
  member?: Member;
}

// ThreadDraft is the body of POST for threads and posts.
export interface ThreadDraft {
  name: string;
  type?: number | null;
  auto_archive_duration?: number | null;
  rate_limit_per_user?: number | null;
  invitable?: boolean | null;
  applied_tags: string[];
  message: MessageCreate | null;
}

// Post is a thread with its first message.
export interface Post extends Thread {
  message: Message;
}

// Threads is a list of threads with the reader's places in them.
export interface Threads {
  threads: Thread[];
  members: ThreadMember[];
  // HasMore tells whether there are more after a page.
  has_more: boolean;
}

// ThreadSearch is a page of the threads that a search found.
export interface ThreadSearch extends Threads {
  // FirstMessages are those of posts.
  first_messages: Message[];
  total_results: number;
}

// ThreadCreate is the payload of THREAD_CREATE: of a new thread, or of one that the reader was brought into.
export interface ThreadCreate extends Thread {
  newly_created?: boolean;
}

// ThreadDelete is the payload of THREAD_DELETE.
export interface ThreadDelete {
  id: string;
  guild_id: string;
  parent_id: string;
  type: number;
}

// ThreadListSync is the payload of THREAD_LIST_SYNC: the active threads of channels that the reader may view from now on.
export interface ThreadListSync {
  guild_id: string;
  channel_ids: string[];
  threads: Thread[];
  members: ThreadMember[];
}

// ThreadMemberUpdate is the payload of THREAD_MEMBER_UPDATE, about the reader's own place.
export interface ThreadMemberUpdate extends ThreadMember {
  guild_id: string;
}

// ThreadMembersUpdate is the payload of THREAD_MEMBERS_UPDATE.
export interface ThreadMembersUpdate {
  id: string;
  guild_id: string;
  member_count: number;
  added_members?: AddedMember[];
  removed_member_ids?: string[];
}

// AddedMember is somebody who came into a thread. How reachable they are is told by their presence, not here.
export interface AddedMember extends ThreadMember {
  presence: Presence | null;
}

// UploadSlots is the body of POST /channels/{channel}/attachments: files that are announced.
export interface UploadSlots {
  files: UploadDraft[];
}

// UploadDraft announces a file. ID is the client's own number for it.
export interface UploadDraft {
  id: string | number;
  filename: string;
  file_size: number;
}

// UploadSlotsMade is the answer, in the same order.
export interface UploadSlotsMade {
  attachments: UploadSlot[];
}

// UploadSlot is where a file is sent to, with PUT. UploadFilename is what the message names it by, as uploaded_filename.
export interface UploadSlot {
  id: number;
  upload_url: string;
  upload_filename: string;
}

// UploadState is the answer to a piece of a file: how many of its bytes have arrived.
export interface UploadState {
  received: number;
  size: number;
}

// User is an account as everybody sees it.
export interface User {
  id: string;
  username: string;
  discriminator: string;
  global_name: string | null;
  avatar: string | null;
  banner: string | null;
  accent_color: number | null;
  avatar_decoration_data: string | null;
  primary_guild: string | null;
  bot: boolean;
  system: boolean;
  public_flags: number;
  flags: number;
  // AvatarURL is where the picture of another site is to be seen that a webhook shows with a message. It is an extension of ours.
  avatar_url?: string;
}

// SelfUser is an account as its own holder sees it.
export interface SelfUser extends User {
  email: string | null;
  verified: boolean;
  mfa_enabled: boolean;
  locale: string;
  premium_type: number;
  bio: string;
  pronouns: string;
  // HallOwner tells whether this person may change the hall itself. It is an extension of ours.
  hall_owner: boolean;
  // Guest tells whether this is a guest, who can become an account. It is an extension of ours.
  guest: boolean;
}

// UserPatch is the body of PATCH /users/@me.
export interface UserPatch {
  username?: string | null;
  global_name?: string | null;
  email?: string | null;
  password?: string | null;
  new_password?: string | null;
  current_password?: string | null;
  // Code, or Ticket and Credential, are the second factor that a new e-mail address or password needs, see Confirmation.
  code: string;
  ticket: string;
  credential: string;
  avatar?: string | null;
  banner?: string | null;
  accent_color?: number | null;
  bio?: string | null;
  pronouns?: string | null;
}

// VoiceState is who is in which voice channel, and how.
export interface VoiceState {
  // GuildID is null in the call of a conversation.
  guild_id: string | null;
  channel_id: string | null;
  user_id: string;
  member?: Member;
  session_id: string;
  deaf: boolean;
  mute: boolean;
  self_deaf: boolean;
  self_mute: boolean;
  self_stream: boolean;
  self_video: boolean;
  suppress: boolean;
  request_to_speak_timestamp: string | null;
}

// VoiceServerUpdate is the payload of VOICE_SERVER_UPDATE: where to join the voice server, and with which one-time token.
export interface VoiceServerUpdate {
  token: string;
  // GuildID is null in the call of a conversation, which has ChannelID in its place.
  guild_id: string | null;
  channel_id?: string;
  // Endpoint is host:port/path without a scheme.
  endpoint: string;
}

// VoiceStatus is the body of PUT /channels/{channel}/voice-status.
export interface VoiceStatus {
  status?: string | null;
}

// VoiceStatusUpdate is the payload of VOICE_CHANNEL_STATUS_UPDATE.
export interface VoiceStatusUpdate {
  id: string;
  guild_id: string;
  status: string | null;
}

// VoiceStateRequest is the payload of op 4. A null channel leaves.
export interface VoiceStateRequest {
  guild_id?: string | null;
  channel_id?: string | null;
  self_mute: boolean;
  self_deaf: boolean;
  self_video: boolean;
}

// VoiceRegion is an element of GET /voice/regions.
export interface VoiceRegion {
  id: string;
  name: string;
  optimal: boolean;
  deprecated: boolean;
  custom: boolean;
}

// Webhook is a webhook. Token and URL are left out of followers, and user for those who have nothing but the token.
export interface Webhook {
  id: string;
  type: number;
  guild_id: string;
  channel_id: string;
  user?: User;
  name: string;
  avatar: string | null;
  token?: string;
  application_id: string | null;
  url?: string;
  source_guild?: WebhookGuild;
  source_channel?: WebhookChannel;
}

// WebhookGuild and WebhookChannel are what a webhook follows.
export interface WebhookGuild {
  id: string;
  name: string;
  icon: string | null;
}

// WebhookChannel is the channel that a webhook follows.
export interface WebhookChannel {
  id: string;
  name: string;
}

// WebhookEdit is the body of the routes that make and change webhooks. The avatar is a data URI, null for none.
export interface WebhookEdit {
  name?: string | null;
  avatar?: string | null;
  channel_id?: string | null;
}

// WebhookCreate is a message to be posted through a webhook.
export interface WebhookCreate extends MessageCreate {
  username: string | null;
  avatar_url: string | null;
  thread_name: string | null;
  applied_tags: string[];
}

// WebhooksUpdate is the payload of WEBHOOKS_UPDATE.
export interface WebhooksUpdate {
  guild_id: string;
  channel_id: string;
}
