package rest

import "guildhall/api/route"

// restOfSpecification is what the upstream specification has besides, and what the contract leaves to issues of its own.
var restOfSpecification = []laterFeature{
	{what: "scheduled events", rest: true, routes: []string{
		"POST /guilds/{guild}/scheduled-events",
		"GET PATCH DELETE /guilds/{guild}/scheduled-events/{event}",
		"POST /guilds/{guild}/scheduled-events/{event}/exceptions",
		"PATCH DELETE /guilds/{guild}/scheduled-events/{event}/exceptions/{exception}",
		"GET /guilds/{guild}/scheduled-events/{event}/users",
		"GET /guilds/{guild}/scheduled-events/{event}/users/counts",
		"GET /guilds/{guild}/scheduled-events/{event}/{exception}/users",
	}},
	{what: "stickers", rest: true, routes: []string{
		"POST /guilds/{guild}/stickers",
		"GET PATCH DELETE /guilds/{guild}/stickers/{sticker}",
		"GET /sticker-packs/{pack}",
		"GET /stickers/{sticker}",
	}},
	{what: "templates", rest: true, routes: []string{
		"POST /guilds/{guild}/templates",
		"PUT PATCH DELETE /guilds/{guild}/templates/{code}",
		"GET /guilds/templates/{code}",
	}},
	{what: "onboarding", rest: true, routes: []string{
		"GET PUT /guilds/{guild}/onboarding",
		"GET /guilds/{guild}/new-member-welcome",
		"GET PATCH /guilds/{guild}/welcome-screen",
		"GET /guilds/{guild}/requests",
		"PATCH /guilds/{guild}/requests/{request}",
	}},
	{what: "widgets", rest: true, routes: []string{
		"GET PATCH /guilds/{guild}/widget",
	}},
	{what: "widgets", rest: true, access: route.Public, routes: []string{
		"GET /guilds/{guild}/widget.json",
		"GET /guilds/{guild}/widget.png",
	}},
	{what: "members whom applications bring", rest: true, routes: []string{
		"PUT /guilds/{guild}/members/{user}",
	}},
	{what: "vanity addresses", rest: true, routes: []string{
		"GET /guilds/{guild}/vanity-url",
	}},
	{what: "invites for chosen people", rest: true, routes: []string{
		"GET PUT /invites/{code}/target-users",
		"GET /invites/{code}/target-users/job-status",
	}},
	{what: "more of applications", rest: true, routes: []string{
		"GET /applications/{application}/activity-instances/{instance}",
		"POST /applications/{application}/attachment",
		"GET POST /applications/{application}/entitlements",
		"GET DELETE /applications/{application}/entitlements/{entitlement}",
		"POST /applications/{application}/entitlements/{entitlement}/consume",
		"GET PUT /applications/{application}/role-connections/metadata",
		"GET /users/@me/applications/{application}/entitlements",
		"GET PUT DELETE /users/@me/applications/{application}/role-connection",
		"GET /skus/{sku}/subscriptions",
		"GET /skus/{sku}/subscriptions/{subscription}",
	}},
	{what: "sign-in for other applications", rest: true, routes: []string{
		"GET /oauth2/@me",
		"GET /oauth2/userinfo",
	}},
	{what: "sign-in for other applications", rest: true, access: route.Public, routes: []string{
		"GET /oauth2/keys",
		"POST /partner-sdk/token",
		"POST /partner-sdk/token/bot",
	}},
	{what: "lobbies", rest: true, routes: []string{
		"POST PUT /lobbies",
		"GET PATCH DELETE /lobbies/{lobby}",
		"PATCH /lobbies/{lobby}/channel-linking",
		"DELETE /lobbies/{lobby}/members/@me",
		"POST /lobbies/{lobby}/members/@me/invites",
		"POST /lobbies/{lobby}/members/bulk",
		"PUT DELETE /lobbies/{lobby}/members/{user}",
		"POST /lobbies/{lobby}/members/{user}/invites",
		"GET POST /lobbies/{lobby}/messages",
		"PUT /lobbies/{lobby}/messages/{message}/moderation-metadata",
		"PUT /partner-sdk/dms/{user}/{other}/messages/{message}/moderation-metadata",
		"POST /partner-sdk/provisional-accounts/unmerge",
		"POST /partner-sdk/provisional-accounts/unmerge/bot",
	}},
}
