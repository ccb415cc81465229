package wire

import (
	"errors"
	"net/http"
	"strings"

	"guildhall/api/chat"
)

// Error is an error body.
type Error struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	// Errors nests by field; its leaves are lists under "_errors".
	Errors map[string]any `json:"errors,omitempty"`
	// RetryAfter (seconds) and Global are set when the caller is to wait.
	RetryAfter *float64 `json:"retry_after,omitempty"`
	Global     *bool    `json:"global,omitempty"`
}

// FieldProblem is a leaf of Error.Errors.
type FieldProblem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// problem is how a kind of error looks on the wire.
type problem struct {
	status  int
	code    int
	message string
}

// Codes of errors that have no chat.Kind, because they are found before the rules are asked.
const (
	CodeGeneral       = 0
	CodeBodyTooLarge  = 40005
	CodeBadAPIVersion = 50041
	CodeInvalidForm   = 50035
	CodeMalformedJSON = 50109
)

// problems is the one table that maps what went wrong to HTTP status, JSON code and words. The codes are upstream's
// (https://discord.com/developers/docs/topics/opcodes-and-status-codes#json): bots switch on them.
var problems = map[chat.Kind]problem{
	chat.Internal:             {http.StatusInternalServerError, 0, "Something went wrong in the hall. It was noted."},
	chat.Unavailable:          {http.StatusServiceUnavailable, 0, "The hall cannot answer right now. Try again in a moment."},
	chat.Invalid:              {http.StatusBadRequest, CodeInvalidForm, "Invalid Form Body"},
	chat.Unauthorized:         {http.StatusUnauthorized, 0, "401: Unauthorized"},
	chat.InvalidToken:         {http.StatusUnauthorized, 50014, "Invalid authentication token provided"},
	chat.TwoFactorRequired:    {http.StatusForbidden, 60003, "Two factor is required for this operation"},
	chat.WrongCode:            {http.StatusBadRequest, 60008, "Invalid two-factor code"},
	chat.MissingAccess:        {http.StatusForbidden, 50001, "Missing Access"},
	chat.MissingPermission:    {http.StatusForbidden, 50013, "Missing Permissions"},
	chat.BotsBarred:           {http.StatusForbidden, 20001, "Bots cannot use this endpoint"},
	chat.PeopleBarred:         {http.StatusForbidden, 20002, "Only bots can use this endpoint"},
	chat.NotAuthor:            {http.StatusForbidden, 50005, "Cannot edit a message authored by another user"},
	chat.EmptyMessage:         {http.StatusBadRequest, 50006, "Cannot send an empty message"},
	chat.SystemMessage:        {http.StatusForbidden, 50021, "Cannot execute action on a system message"},
	chat.WrongChannelType:     {http.StatusBadRequest, 50024, "Cannot execute action on this channel type"},
	chat.NoReadHistory:        {http.StatusBadRequest, 160002, "Cannot reply without permission to read message history"},
	chat.AlreadyCrossposted:   {http.StatusBadRequest, 40033, "This message has already been crossposted"},
	chat.MaxFollowers:         {http.StatusBadRequest, 30007, "Maximum number of followers of this channel reached (1000)"},
	chat.UnknownEventHook:     {http.StatusNotFound, 0, "Unknown event hook"},
	chat.UnknownDelivery:      {http.StatusNotFound, 0, "Unknown delivery"},
	chat.MaxEventHooks:        {http.StatusBadRequest, 30007, "Maximum number of event hooks reached (10)"},
	chat.EventHooksOff:        {http.StatusForbidden, 50001, "This hall tells no addresses of events: its administrator has not switched that on (event-hooks)"},
	chat.SecretUnreadable:     {http.StatusConflict, 0, "The secret of this event hook cannot be read any more; renew it"},
	chat.SlowMode:             {http.StatusTooManyRequests, 20016, "This action cannot be performed due to slowmode rate limit"},
	chat.RateLimited:          {http.StatusTooManyRequests, 0, "You are being rate limited."},
	chat.InvitesOnly:          {http.StatusForbidden, 50001, "This hall takes new people by invitation only"},
	chat.NotSupported:         {http.StatusBadRequest, 50035, "This hall cannot do that yet"},
	chat.UnknownStage:         {http.StatusNotFound, 10067, "Unknown Stage Instance"},
	chat.StageAlreadyOpen:     {http.StatusBadRequest, 150006, "The Stage is already open"},
	chat.FeatureNotBuilt:      {http.StatusForbidden, 50001, "This hall does not have that yet"},
	chat.UnknownVoiceState:    {http.StatusNotFound, 10065, "Unknown Voice State"},
	chat.UnknownOther:         {http.StatusNotFound, 0, "404: Not Found"},
	chat.VerificationLevel:    {http.StatusForbidden, 50009, "Your account or membership is too young to do that here"},
	chat.UnknownUser:          {http.StatusNotFound, 10013, "Unknown User"},
	chat.UnknownGuild:         {http.StatusNotFound, 10004, "Unknown Guild"},
	chat.UnknownChannel:       {http.StatusNotFound, 10003, "Unknown Channel"},
	chat.UnknownMessage:       {http.StatusNotFound, 10008, "Unknown Message"},
	chat.UnknownRole:          {http.StatusNotFound, 10011, "Unknown Role"},
	chat.UnknownMember:        {http.StatusNotFound, 10007, "Unknown Member"},
	chat.UnknownInvite:        {http.StatusNotFound, 10006, "Unknown Invite"},
	chat.UnknownOverwrite:     {http.StatusNotFound, 10009, "Unknown permission overwrite"},
	chat.UnknownSession:       {http.StatusNotFound, 10020, "Unknown session"},
	chat.UnknownApplication:   {http.StatusNotFound, 10002, "Unknown application"},
	chat.CannotMessage:        {http.StatusForbidden, 50007, "Cannot send messages to this user"},
	chat.MaxRecipients:        {http.StatusBadRequest, 30004, "Maximum number of people in a group reached"},
	chat.FriendOfOneself:      {http.StatusBadRequest, 80003, "Nobody is a friend of their own"},
	chat.FriendOfBot:          {http.StatusBadRequest, 80002, "Bots cannot have friends"},
	chat.FriendRequestBlocked: {http.StatusBadRequest, 80001, "This person takes no friend request from you"},
	chat.NobodyOfThatName:     {http.StatusBadRequest, 80004, "There is nobody with this user name"},
	chat.MaxFriends:           {http.StatusBadRequest, 30002, "Maximum number of friends reached"},
	chat.UnknownEmoji:         {http.StatusNotFound, 10014, "Unknown Emoji"},
	chat.UnknownIntegration:   {http.StatusNotFound, 10005, "Unknown Integration"},
	chat.UnknownWebhook:       {http.StatusNotFound, 10015, "Unknown Webhook"},
	chat.UnknownInteraction:   {http.StatusNotFound, 10062, "Unknown interaction"},
	chat.AlreadyAcknowledged:  {http.StatusBadRequest, 40060, "Interaction has already been acknowledged."},
	chat.InvalidWebhookToken:  {http.StatusUnauthorized, 50027, "Invalid Webhook Token"},
	chat.ForumNeedsThread:     {http.StatusBadRequest, 220001, "Webhooks posted to forum channels must have a thread_name or thread_id"},
	chat.ThreadTwice:          {http.StatusBadRequest, 220002, "Webhooks posted to forum channels cannot have both a thread_name and thread_id"},
	chat.ThreadsInForumsOnly:  {http.StatusBadRequest, 220003, "Webhooks can only create threads in forum channels"},
	chat.MaxReactions:         {http.StatusBadRequest, 30010, "Maximum number of reactions reached (20)"},
	chat.PinElsewhere:         {http.StatusBadRequest, 50019, "A message can only be pinned in the channel in which it was sent"},
	chat.NotInDirect:          {http.StatusForbidden, 50003, "Cannot execute action on a DM channel"},
	chat.BulkDeleteCount:      {http.StatusBadRequest, 50016, "Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100 messages to delete"},
	chat.TooOldToBulkDelete:   {http.StatusBadRequest, 50034, "You can only bulk delete messages that are under 14 days old"},
	chat.InvitesPaused:        {http.StatusForbidden, 50001, "This server lets nobody in for now"},
	chat.UnknownRule:          {http.StatusNotFound, 10066, "Unknown auto moderation rule"},
	chat.UnknownCommand:       {http.StatusNotFound, 10063, "Unknown application command"},
	chat.UnknownPermissions:   {http.StatusNotFound, 10066, "Unknown application command permissions"},
	chat.UnknownReport:        {http.StatusNotFound, 0, "Unknown report"},
	chat.AlreadyReported:      {http.StatusBadRequest, 50035, "You have reported this message already"},
	chat.BlockedByRule:        {http.StatusBadRequest, 200000, "Message was blocked by automatic moderation"},
	chat.MaxRules:             {http.StatusBadRequest, 30034, "Maximum number of auto moderation rules with this trigger reached"},
	chat.NoPoll:               {http.StatusBadRequest, 520006, "There is no such poll"},
	chat.PollEnded:            {http.StatusBadRequest, 520001, "Poll expired"},
	chat.PollFixed:            {http.StatusBadRequest, 520003, "Cannot edit a poll message"},
	chat.UnknownBan:           {http.StatusNotFound, 10026, "Unknown Ban"},
	chat.Banned:               {http.StatusForbidden, 40007, "The user is banned from this guild."},
	chat.AlreadyBanned:        {http.StatusBadRequest, 40007, "This user is banned already"},
	chat.NoneBanned:           {http.StatusBadRequest, 500000, "Failed to ban users"},
	chat.OwnsGuilds:           {http.StatusForbidden, 40011, "Hand the servers of this account over, or delete them, first"},
	chat.MaxPins:              {http.StatusBadRequest, 30003, "Maximum number of pins reached for the channel (250)"},
	chat.ThreadExists:         {http.StatusBadRequest, 160004, "A thread has already been created for this message"},
	chat.ThreadLocked:         {http.StatusBadRequest, 160005, "Thread is locked"},
	chat.ThreadArchived:       {http.StatusBadRequest, 50083, "Thread is archived"},
	chat.TagRequired:          {http.StatusBadRequest, 40067, "A tag is required to create a forum post in this channel"},
	chat.MaxActiveThreads:     {http.StatusBadRequest, 160006, "Maximum number of active threads reached (1000)"},
	chat.MaxThreadMembers:     {http.StatusBadRequest, 30033, "Maximum number of thread participants has been reached (1000)"},
	chat.MaxPinnedThreads:     {http.StatusBadRequest, 30047, "Maximum number of pinned threads in a forum channel has been reached (1)"},
	chat.MaxGuilds:            {http.StatusBadRequest, 30001, "Maximum number of guilds reached"},
	chat.MaxChannels:          {http.StatusBadRequest, 30013, "Maximum number of guild channels reached"},
	chat.MaxRoles:             {http.StatusBadRequest, 30005, "Maximum number of guild roles reached"},
	chat.MaxWebhooks:          {http.StatusBadRequest, 30007, "Maximum number of webhooks reached (15)"},
	chat.MaxCommands:          {http.StatusBadRequest, 30032, "Maximum number of application commands reached (100)"},
	chat.MaxEmoji:             {http.StatusBadRequest, 30008, "Maximum number of emojis of this kind reached (250)"},
	chat.TooManyAttachments:   {http.StatusBadRequest, 30015, "Maximum number of attachments in a message reached (10)"},
	chat.FileTooLarge:         {http.StatusRequestEntityTooLarge, CodeBodyTooLarge, "Request entity too large"},
	chat.UnknownFile:          {http.StatusNotFound, 0, "404: Not Found"},
	chat.MaxInvites:           {http.StatusBadRequest, 30016, "Maximum number of invites reached"},
}

// NewError gives an error's status and body. What is Internal shows nothing of its cause.
func NewError(err error) (status int, body Error) {
	failure, ok := errors.AsType[*chat.Error](err)
	if !ok {
		failure = &chat.Error{Kind: chat.Internal}
	}
	shape, ok := problems[failure.Kind]
	if !ok {
		shape = problems[chat.Internal]
	}
	body = Error{Code: shape.code, Message: shape.message}
	if failure.Message != "" && failure.Kind != chat.Internal {
		body.Message = failure.Message
	}
	for _, field := range failure.Fields {
		body.Add(field.Path, field.Code, field.Message)
	}
	if shape.status == http.StatusTooManyRequests {
		seconds, global := failure.RetryAfter.Seconds(), false
		body.RetryAfter, body.Global = &seconds, &global
	}
	return shape.status, body
}

// InvalidForm is the body for input that cannot be read into its fields, which Add names.
func InvalidForm() Error {
	return Error{Code: CodeInvalidForm, Message: problems[chat.Invalid].message}
}

// Add notes what is wrong at a path such as "embeds.0.title"; the empty path is the whole input.
func (e *Error) Add(path, code, message string) {
	if e.Errors == nil {
		e.Errors = make(map[string]any)
	}
	at := e.Errors
	if path != "" {
		for part := range strings.SplitSeq(path, ".") {
			next, ok := at[part].(map[string]any)
			if !ok {
				next = make(map[string]any)
				at[part] = next
			}
			at = next
		}
	}
	leaves, _ := at["_errors"].([]FieldProblem)
	at["_errors"] = append(leaves, FieldProblem{code, message})
}
