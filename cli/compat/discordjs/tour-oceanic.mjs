// A tour with oceanic.js through all that a community does in words: each feature by the library's own methods, with the event that the library raises for it.
import { AuditLogActionTypes, ChannelTypes, Client, Intents, Permissions, PollLayoutType } from "oceanic.js";
import { API, BOB, BOB_ID, CHANNEL, GUILD, HALL, INVITE, PERSON, TOKEN, go, heard, person, same, still, tell } from "./tour.mjs";

const client = new Client({
  auth: `Bot ${TOKEN}`,
  rest: { baseURL: `${API}/v10` },
  gateway: { intents: Object.values(Intents).filter(Number.isInteger).reduce((all, one) => all | one, 0) },
});
client.on("error", (error) => tell("error", { message: String(error) }));
const ready = heard(client, "ready");
await client.connect();
await ready;
const guild = client.guilds.get(GUILD);
const channel = guild.channels.get(CHANNEL);
const rest = client.rest;

await go({
  async ready() {
    same("its own name", client.user.username, "pong");
    same("the channel", channel.type, ChannelTypes.GUILD_TEXT);
  },
  async guild() {
    const told = heard(client, "guildUpdate", (after) => after.name === "Toured");
    const edited = await guild.edit({ name: "Toured", icon: still, reason: "for the tour" });
    await told;
    same("the icon", (await fetch(`${HALL}/icons/${GUILD}/${edited.icon}.png`)).headers.get("content-type"), "image/png");
  },
  async channels() {
    const made = heard(client, "channelCreate", (one) => one.name === "side");
    const category = await rest.guilds.createChannel(GUILD, ChannelTypes.GUILD_CATEGORY, { name: "Rooms" });
    const side = await rest.guilds.createChannel(GUILD, ChannelTypes.GUILD_TEXT, {
      name: "side", topic: "aside", parentID: category.id, permissionOverwrites: [{ id: GUILD, type: 0, deny: Permissions.SEND_MESSAGES, allow: 0n }],
    });
    await made;
    const changed = heard(client, "channelUpdate", (after) => after.name === "aside");
    await side.edit({ name: "aside", rateLimitPerUser: 5 });
    await changed;
    await side.editPermission(GUILD, { type: 0, deny: Permissions.ATTACH_FILES, allow: 0n });
    same("the overwrite", (await rest.channels.get(side.id)).permissionOverwrites.get(GUILD).deny === Permissions.ATTACH_FILES, true);
    await side.deletePermission(GUILD);
    await guild.editChannelPositions([{ id: side.id, position: 3 }]);
    const gone = heard(client, "channelDelete", (one) => one.id === side.id);
    await side.delete();
    await gone;
    await category.delete();
  },
  async roles() {
    const made = heard(client, "guildRoleCreate", (one) => one.name === "Cooks");
    const role = await guild.createRole({ name: "Cooks", color: 255, permissions: Permissions.SEND_MESSAGES });
    await made;
    const changed = heard(client, "guildRoleUpdate", (after) => after.id === role.id && after.hoist);
    await role.edit({ hoist: true, mentionable: true });
    await changed;
    await guild.editRolePositions([{ id: role.id, position: 1 }]);
    const given = heard(client, "guildMemberUpdate", (after) => after.id === BOB_ID && after.roles.includes(role.id));
    await guild.addMemberRole(BOB_ID, role.id);
    await given;
    await guild.removeMemberRole(BOB_ID, role.id);
    const gone = heard(client, "guildRoleDelete", (one) => one.id === role.id);
    await role.delete();
    await gone;
  },
  async members() {
    same("all by op 8", (await guild.fetchMembers()).length, 3);
    same("listed", (await guild.getMembers({ limit: 2 })).length, 2);
    same("found", (await guild.searchMembers({ query: "bo" })).map((one) => one.username), ["bob"]);
    const told = heard(client, "guildMemberUpdate", (after) => after.nick === "Bobby");
    await guild.editMember(BOB_ID, { nick: "Bobby", reason: "shorter" });
    await told;
    same("its own name", (await guild.editCurrentMember({ nick: "Guide" })).nick, "Guide");
  },
  async messages() {
    const created = heard(client, "messageCreate", (one) => one.content === "one");
    const one = await channel.createMessage({ content: "one", nonce: "n1", enforceNonce: true });
    await created;
    same("sent again", (await channel.createMessage({ content: "one", nonce: "n1", enforceNonce: true })).id, one.id);
    const answer = await one.reply("two");
    same("the answer's reference", answer.messageReference.messageID, one.id);
    const changed = heard(client, "messageUpdate", (after) => after.content === "three");
    await answer.edit("three");
    await changed;
    const side = await rest.guilds.createChannel(GUILD, ChannelTypes.GUILD_TEXT, { name: "elsewhere" });
    same("what was forwarded", (await one.forward(side.id)).messageSnapshots[0].message.content, "one");
    await side.delete();
    const gone = heard(client, "messageDelete", (message) => message.id === answer.id);
    await answer.delete();
    await gone;
    const more = [await channel.createMessage("a"), await channel.createMessage("b")];
    same("after the first", (await channel.getMessages({ after: more[0].id })).length, 1);
    const purged = heard(client, "messageDeleteBulk", (all) => all.length === 2);
    await channel.deleteMessages(more.map((message) => message.id));
    await purged;
  },
  async embeds() {
    const sent = await channel.createMessage({ content: "@everyone", embeds: [{ title: "Tea", color: 255, fields: [{ name: "a", value: "b" }] }], allowedMentions: { everyone: false } });
    same("the embed", [sent.embeds[0].title, sent.embeds[0].fields[0].name, sent.mentions.everyone], ["Tea", "a", false]);
    same("without it", (await sent.edit({ flags: 4 })).flags & 4, 4);
  },
  async components() {
    const sent = await channel.createMessage({ content: "press", components: [{ type: 1, components: [{ type: 2, style: 1, label: "Go", customID: "go" }] }] });
    same("the button", sent.components[0].components[0].customID, "go");
  },
  async files() {
    const sent = await channel.createMessage({ files: [{ name: "a.txt", contents: Buffer.from("some words") }, { name: "b.png", contents: still }] });
    const [words, picture] = [...sent.attachments.values()];
    same("the words", await (await fetch(words.url)).text(), "some words");
    same("the picture", [picture.width, picture.height, picture.contentType], [2, 2, "image/png"]);
  },
  async reactions() {
    const message = await channel.createMessage("react");
    const added = heard(client, "messageReactionAdd", (one) => one.id === message.id);
    await message.createReaction("👍");
    await added;
    same("who reacted", (await message.getReactions("👍")).length, 1);
    const removed = heard(client, "messageReactionRemove");
    await message.deleteReaction("👍");
    await removed;
    await message.createReaction("👍");
    const emptied = heard(client, "messageReactionRemoveEmoji");
    await message.deleteReactions("👍");
    await emptied;
    await message.createReaction("👍");
    const cleared = heard(client, "messageReactionRemoveAll");
    await message.deleteReactions();
    await cleared;
  },
  async pins() {
    const message = await channel.createMessage("pin me");
    const told = heard(client, "channelPinsUpdate");
    await message.pin();
    await told;
    same("pinned", (await channel.getPins()).map((one) => one.message.id), [message.id]);
    await message.unpin();
    same("pinned", (await channel.getPins()).length, 0);
  },
  async polls() {
    const message = await channel.createMessage({ poll: {
      question: { text: "Which?" }, answers: [{ pollMedia: { text: "this" } }, { pollMedia: { text: "that" } }], duration: 1, allowMultiselect: false, layoutType: PollLayoutType.DEFAULT,
    } });
    const [voted, tookBack] = [heard(client, "messagePollVoteAdd"), heard(client, "messagePollVoteRemove")];
    const vote = `/channels/${CHANNEL}/polls/${message.id}/answers/@me`;
    await person(BOB, "PUT", vote, { answer_ids: [1] });
    await voted;
    await person(BOB, "PUT", vote, { answer_ids: [] });
    await tookBack;
    await person(BOB, "PUT", vote, { answer_ids: [2] });
    same("who voted", (await message.getPollAnswerUsers(2)).map((one) => one.username), ["bob"]);
    await message.expire();
    // Of a message that it has the library does not take a new poll.
    same("the result", (await person(PERSON, "GET", `/channels/${CHANNEL}/messages/${message.id}`)).poll.results.is_finalized, true);
  },
  async threads() {
    const message = await channel.createMessage("let us talk");
    const made = heard(client, "threadCreate", (one) => one.name === "talk");
    const thread = await message.startThread({ name: "talk", autoArchiveDuration: 60 });
    await made;
    const came = heard(client, "threadMembersUpdate", (_, added) => added.some((one) => one.userID === BOB_ID));
    await thread.addMember(BOB_ID);
    await came;
    same("members", (await thread.getMembers()).length, 2);
    const changed = heard(client, "threadUpdate", (after) => after.threadMetadata.archived && after.threadMetadata.locked);
    await thread.edit({ archived: true, locked: true });
    await changed;
    same("the archive", (await channel.getPublicArchivedThreads()).threads.map((one) => one.name), ["talk"]);
    const secret = await channel.startThreadWithoutMessage({ name: "secret", type: ChannelTypes.PRIVATE_THREAD });
    same("active", (await guild.getActiveThreads()).threads.map((one) => one.name), ["secret"]);
    const gone = heard(client, "threadDelete", (one) => one.id === secret.id);
    await secret.delete();
    await gone;
  },
  async forums() {
    const forum = await rest.guilds.createChannel(GUILD, ChannelTypes.GUILD_FORUM, { name: "ideas", availableTags: [{ name: "new", moderated: false, emoji: null }] });
    const post = await forum.startThread({ name: "tea", appliedTags: [forum.availableTags[0].id], message: { content: "every day" } });
    same("the post", [(await post.getMessage(post.id)).content, post.appliedTags], ["every day", [forum.availableTags[0].id]]);
    await forum.delete();
  },
  async directs() {
    const direct = await (await rest.users.get(BOB_ID)).createDM();
    await direct.createMessage("between us");
    const told = heard(client, "messageCreate", (one) => one.channelID === direct.id && one.content === "yes?");
    await person(BOB, "POST", `/channels/${direct.id}/messages`, { content: "yes?" });
    await told;
    same("what was said", (await direct.getMessages()).length, 2);
  },
  async invites() {
    const made = heard(client, "inviteCreate");
    const invite = await channel.createInvite({ maxUses: 3, unique: true });
    await made;
    same("looked up", (await rest.channels.getInvite(invite.code)).guild.id, GUILD);
    same("among them", (await guild.getInvites()).some((one) => one.code === invite.code), true);
    const gone = heard(client, "inviteDelete");
    await invite.deleteInvite();
    await gone;
  },
  async emoji() {
    const made = heard(client, "guildEmojisUpdate", (_, emojis) => emojis.length === 1);
    const emoji = await guild.createEmoji({ name: "wave", image: still });
    await made;
    await guild.editEmoji(emoji.id, { name: "bye" });
    await (await channel.createMessage(`<:bye:${emoji.id}>`)).createReaction(`bye:${emoji.id}`);
    const gone = heard(client, "guildEmojisUpdate", (_, emojis) => emojis.length === 0);
    await guild.deleteEmoji(emoji.id);
    await gone;
  },
  async typing() {
    const told = heard(client, "typingStart", (_, user) => user.id === BOB_ID);
    await channel.sendTyping();
    await person(BOB, "POST", `/channels/${CHANNEL}/typing`);
    await told;
  },
  async presence() {
    const told = heard(client, "presenceUpdate", (_, member, presence) => member.id === client.user.id && presence.status === "dnd");
    await client.editStatus("dnd", [{ name: "guiding", type: 4, state: "guiding" }]);
    await told;
  },
  async account() {
    const told = heard(client, "userUpdate", (after) => after.avatar !== null);
    await client.user.edit({ avatar: still });
    await told;
    same("the picture", (await fetch(`${HALL}/avatars/${client.user.id}/${client.user.avatar}.png`)).status, 200);
  },
  async rules() {
    const made = heard(client, "autoModerationRuleCreate");
    const rule = await guild.createAutoModerationRule({
      name: "No tomatoes", eventType: 1, triggerType: 1, triggerMetadata: { keywordFilter: ["*tomato*"] }, enabled: true, actions: [{ type: 1, metadata: {} }],
    });
    await made;
    const applied = heard(client, "autoModerationActionExecution", (...details) => details[2].id === BOB_ID);
    await person(BOB, "POST", `/channels/${CHANNEL}/messages`, { content: "tomatoes" }).then(() => { throw new Error("the rule let pass"); }, () => {});
    await applied;
    const changed = heard(client, "autoModerationRuleUpdate", (after) => !after.enabled);
    await rule.edit({ enabled: false });
    await changed;
    const gone = heard(client, "autoModerationRuleDelete");
    await rule.deleteAutoModerationRule();
    await gone;
  },
  async webhooks() {
    const told = heard(client, "webhooksUpdate", (_, one) => one.id === CHANNEL);
    const { id, token } = await rest.webhooks.create(CHANNEL, { name: "Alerts", avatar: still });
    await told;
    const posted = heard(client, "messageCreate", (one) => one.webhookID === id);
    const sent = await rest.webhooks.execute(id, token, {
      content: "the disk is full", username: "Monitor", wait: true, embeds: [{ title: "db-1" }], files: [{ name: "df.txt", contents: Buffer.from("95 %") }],
    });
    same("what is seen", [(await posted)[0].author.username, sent.embeds[0].title, await (await fetch([...sent.attachments.values()][0].url)).text()], ["Monitor", "db-1", "95 %"]);
    await rest.webhooks.editMessage(id, token, sent.id, { content: "it is not" });
    same("edited", (await rest.webhooks.getMessage(id, token, sent.id)).content, "it is not");
    const thread = await channel.startThreadWithoutMessage({ name: "alerts", type: ChannelTypes.PUBLIC_THREAD });
    same("in a thread", (await rest.webhooks.execute(id, token, { content: "here", wait: true, threadID: thread.id })).channelID, thread.id);
    await thread.delete();
    const gone = heard(client, "messageDelete", (one) => one.id === sent.id);
    await rest.webhooks.deleteMessage(id, token, sent.id);
    await gone;
    await rest.webhooks.edit(id, { name: "Alarms" });
    same("of the channel", (await rest.webhooks.getForChannel(CHANNEL)).map((one) => one.name), ["Alarms"]);
    await rest.webhooks.delete(id);
    same("left", (await rest.webhooks.getForGuild(GUILD)).length, 0);
  },
  async moderation() {
    const timed = heard(client, "guildMemberUpdate", (after) => after.communicationDisabledUntil !== null);
    await guild.editMember(BOB_ID, { communicationDisabledUntil: new Date(Date.now() + 60_000).toISOString() });
    await timed;
    await guild.editMember(BOB_ID, { communicationDisabledUntil: null });
    same("to be pruned", await guild.getPruneCount({ days: 30 }), 0);
    const [left, back] = [heard(client, "guildMemberRemove"), heard(client, "guildMemberAdd")];
    await guild.removeMember(BOB_ID, "once");
    await left;
    await person(BOB, "POST", `/invites/${INVITE}`, {});
    await back;
    const entry = heard(client, "guildAuditLogEntryCreate", (_, one) => one.actionType === AuditLogActionTypes.MEMBER_BAN_ADD);
    const [banned, unbanned] = [heard(client, "guildBanAdd"), heard(client, "guildBanRemove")];
    await guild.createBan(BOB_ID, { reason: "spam ✓", deleteMessageSeconds: 60 });
    await banned;
    same("the entry's reason", (await entry)[1].reason, "spam ✓");
    same("the ban's reason", (await guild.getBan(BOB_ID)).reason, "spam ✓");
    await guild.removeBan(BOB_ID);
    await unbanned;
    same("banned in bulk", (await guild.bulkBan({ userIDs: [BOB_ID] })).bannedUsers, [BOB_ID]);
    await guild.removeBan(BOB_ID);
    const log = await guild.getAuditLog({ actionType: AuditLogActionTypes.MEMBER_KICK, limit: 1 });
    same("the log's reason", log.entries[0].reason, "once");
    const again = heard(client, "guildMemberAdd");
    await person(BOB, "POST", `/invites/${INVITE}`, {});
    await again;
  },
}, () => {
  client.disconnect(false);
  setImmediate(() => process.exit(0)); // the library leaves timers running
});
