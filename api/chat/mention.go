package chat

import (
	"slices"
	"strings"

	"guildhall/api/perm"
	"guildhall/store/id"
)

// maxAllowedMentions is how many users, and how many roles, allowed_mentions can name.
const maxAllowedMentions = 100

// AllowedMentions say whom a message may notify, of those that its content mentions. A nil one allows everybody whom the author may notify, and the author of the message
// replied to.
type AllowedMentions struct {
	// ParseUsers, ParseRoles and ParseEveryone allow all mentions of a kind.
	ParseUsers, ParseRoles, ParseEveryone bool
	// UserIDs and RoleIDs allow those named, at most 100 of a kind; a kind cannot be allowed in both ways.
	UserIDs, RoleIDs []id.ID
	// RepliedUser allows the author of the message replied to.
	RepliedUser bool
}

func (m *AllowedMentions) check() error {
	if m == nil {
		return nil
	}
	var wrong fieldErrors
	one := func(kind string, parse bool, named int) {
		if parse && named > 0 {
			wrong.add("allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", "parse:[%q] and %s: [ids…] are mutually exclusive.", kind, kind)
		}
		if named > maxAllowedMentions {
			wrong.add("allowed_mentions."+kind, "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxAllowedMentions)
		}
	}
	one("users", m.ParseUsers, len(m.UserIDs))
	one("roles", m.ParseRoles, len(m.RoleIDs))
	return wrong.err()
}

func (m *AllowedMentions) user(userID id.ID) bool {
	return m == nil || m.ParseUsers || slices.Contains(m.UserIDs, userID)
}

func (m *AllowedMentions) role(roleID id.ID) bool {
	return m == nil || m.ParseRoles || slices.Contains(m.RoleIDs, roleID)
}

func (m *AllowedMentions) everyone() bool    { return m == nil || m.ParseEveryone }
func (m *AllowedMentions) repliedUser() bool { return m == nil || m.RepliedUser }

// mentions are whom a content names, each once, in the order of their first mention.
type mentions struct {
	users, roles []id.ID
	everyone     bool
}

// parseMentions finds the mentions in a content: <@user>, <@!user>, <@&role>, @everyone and @here. Those in code (between backticks) and those that a backslash
// stands before are text, as people see them.
func parseMentions(content string) mentions {
	var found mentions
	if strings.IndexByte(content, '@') < 0 {
		return found
	}
	for at := 0; at < len(content); {
		switch content[at] {
		case '\\':
			at += 2
		case '`':
			at = afterCode(content, at)
		case '@':
			rest := content[at+1:]
			if strings.HasPrefix(rest, "everyone") || strings.HasPrefix(rest, "here") {
				found.everyone = true
			}
			at++
		case '<':
			at += found.parse(content[at:])
		default:
			at++
		}
	}
	return found
}

// parse takes the mention that a text, which begins with '<', begins with, and tells how far it reaches; 1 when it is none.
func (m *mentions) parse(text string) int {
	end := strings.IndexByte(text[:min(len(text), 24)], '>')
	if end < 3 || text[1] != '@' {
		return 1
	}
	digits, list := text[2:end], &m.users
	switch digits[0] {
	case '!':
		digits = digits[1:]
	case '&':
		digits, list = digits[1:], &m.roles
	}
	mentioned, err := id.Parse(digits)
	if err != nil {
		return 1
	}
	if !slices.Contains(*list, mentioned) {
		*list = append(*list, mentioned)
	}
	return end + 1
}

// afterCode tells where the code that begins with the backticks at a place ends; just behind the backticks when nothing closes it.
func afterCode(content string, at int) int {
	opening := countBackticks(content[at:])
	if opening >= 3 {
		if end := strings.Index(content[at+3:], "```"); end >= 0 {
			return at + 3 + end + 3
		}
		return at + opening
	}
	for next := at + opening; next < len(content); {
		if content[next] != '`' {
			next++
			continue
		}
		closing := countBackticks(content[next:])
		next += closing
		if closing == opening {
			return next
		}
	}
	return at + opening
}

func countBackticks(text string) int {
	count := 0
	for count < len(text) && text[count] == '`' {
		count++
	}
	return count
}

// allow keeps the mentions that may notify: those that the author's permissions and allowed_mentions both allow.
func (m *mentions) allow(view *View, held perm.Set, allowed *AllowedMentions) {
	m.everyone = m.everyone && held.Has(perm.MentionEveryone) && allowed.everyone()
	m.users = slices.DeleteFunc(m.users, func(userID id.ID) bool { return !allowed.user(userID) })
	m.roles = slices.DeleteFunc(m.roles, func(roleID id.ID) bool {
		role, found := view.Role(roleID)
		// @everyone is mentioned by its name, not by its id.
		return !found || roleID == view.Guild.ID || !allowed.role(roleID) || !role.Mentionable && !held.Has(perm.MentionEveryone)
	})
}
