package perm

// Elevated are the permissions that take a second factor to be used in a guild that asks for one (mfa_level 1): those that are marked so on the contract's page of permissions
// (https://discord.com/developers/docs/topics/permissions).
const Elevated = KickMembers | BanMembers | Administrator | ManageChannels | ManageGuild | ManageMessages | ManageRoles | ManageWebhooks | ManageGuildExpressions | ManageThreads

// A set has room beyond All to note which of Elevated were withheld from it: they lie in groups of neighbours, each of which moves up as a whole, to bits 54 to 63.
const (
	lowest, lowestUp     = KickMembers | BanMembers | Administrator | ManageChannels | ManageGuild, 53
	messages, messagesUp = ManageMessages, 46
	middle, middleUp     = ManageRoles | ManageWebhooks | ManageGuildExpressions, 32
	threads, threadsUp   = ManageThreads, 29
	withheld             = lowest<<lowestUp | messages<<messagesUp | middle<<middleUp | threads<<threadsUp
)

// Withhold takes Elevated out of a set. Which of them were in it is noted where it counts for nothing, so that Withheld can say what was kept back, and Standing what there would be otherwise.
// What administrators may do besides stays theirs, as upstream.
func (s Set) Withhold() Set {
	s = s.Standing()
	return s&^Elevated | s&lowest<<lowestUp | s&messages<<messagesUp | s&middle<<middleUp | s&threads<<threadsUp
}

// Withheld are the permissions that Withhold took out of the set.
func (s Set) Withheld() Set {
	return s>>lowestUp&lowest | s>>messagesUp&messages | s>>middleUp&middle | s>>threadsUp&threads
}

// Standing is the set as it was before Withhold: what somebody has, whether or not they may use it.
func (s Set) Standing() Set { return s&^withheld | s.Withheld() }
