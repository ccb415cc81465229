// A tour with discord.js through all that a community does in words: each feature by the library's own methods, with the event that the library raises for it.
import {
  ActivityType, AuditLogEvent, AutoModerationActionType, AutoModerationRuleEventType, AutoModerationRuleTriggerType, ChannelType, Client, Events, GatewayIntentBits, MessageReferenceType, Partials,
  PermissionFlagsBits, PollLayoutType, WebhookClient,
} from "discord.js";
import { API, BOB, BOB_ID, CHANNEL, GUILD, HALL, INVITE, PERSON, TOKEN, go, heard, person, same, still, tell } from "./tour.mjs";

const client = new Client({
  intents: Object.values(GatewayIntentBits).filter(Number.isInteger), partials: Object.values(Partials).filter(Number.isInteger), rest: { api: API, cdn: HALL },
});
client.on(Events.Error, (error) => tell("error", { message: error.message }));
const ready = heard(client, Events.ClientReady);
await client.login(TOKEN);
await ready;
const guild = client.guilds.cache.get(GUILD);
const channel = guild.channels.cache.get(CHANNEL);

await go({
  async ready() {
    same("the owner", (await guild.fetchOwner()).id, guild.ownerId);
    same("the channel", channel.type, ChannelType.GuildText);
  },
  async guild() {
    const told = heard(client, Events.GuildUpdate, (_, after) => after.name === "Toured");
    await guild.edit({ name: "Toured", icon: still, reason: "for the tour" });
    await told;
    same("the icon", (await fetch(guild.iconURL({ extension: "png" }))).headers.get("content-type"), "image/png");
  },
  async channels() {
    const made = heard(client, Events.ChannelCreate, (one) => one.name === "side");
    const category = await guild.channels.create({ name: "Rooms", type: ChannelType.GuildCategory });
    const side = await guild.channels.create({ name: "side", topic: "aside", parent: category, permissionOverwrites: [{ id: guild.id, deny: [PermissionFlagsBits.SendMessages] }] });
    await made;
    const changed = heard(client, Events.ChannelUpdate, (_, after) => after.name === "aside" && after.rateLimitPerUser === 5);
    await side.edit({ name: "aside", rateLimitPerUser: 5, nsfw: true });
    await changed;
    await side.permissionOverwrites.edit(guild.id, { SendMessages: null, AttachFiles: false });
    same("the overwrite", (await side.fetch(true)).permissionOverwrites.cache.get(guild.id).deny.toArray(), ["AttachFiles"]);
    await side.setPosition(0);
    const gone = heard(client, Events.ChannelDelete, (one) => one.id === side.id);
    await side.delete("over");
    await gone;
    await category.delete();
  },
  async roles() {
    const made = heard(client, Events.GuildRoleCreate, (one) => one.name === "Cooks");
    const role = await guild.roles.create({ name: "Cooks", colors: { primaryColor: 255 }, permissions: [PermissionFlagsBits.SendMessages] });
    await made;
    const changed = heard(client, Events.GuildRoleUpdate, (_, after) => after.hoist);
    await role.edit({ hoist: true, mentionable: true });
    await changed;
    await role.setPosition(1);
    const given = heard(client, Events.GuildMemberUpdate, (_, after) => after.id === BOB_ID && after.roles.cache.has(role.id));
    await guild.members.addRole({ user: BOB_ID, role });
    await given;
    await guild.members.removeRole({ user: BOB_ID, role });
    const gone = heard(client, Events.GuildRoleDelete, (one) => one.id === role.id);
    await role.delete();
    await gone;
  },
  async members() {
    same("all by op 8", (await guild.members.fetch()).size, 3);
    same("listed", (await guild.members.list({ limit: 2 })).size, 2);
    same("found", (await guild.members.search({ query: "bo" })).map((one) => one.user.username), ["bob"]);
    const bob = await guild.members.fetch({ user: BOB_ID, force: true });
    const told = heard(client, Events.GuildMemberUpdate, (_, after) => after.nickname === "Bobby");
    await bob.setNickname("Bobby", "shorter");
    await told;
    const own = heard(client, Events.GuildMemberUpdate, (_, after) => after.id === client.user.id && after.nickname === "Guide");
    await guild.members.editMe({ nick: "Guide" });
    await own;
  },
  async messages() {
    const created = heard(client, Events.MessageCreate, (one) => one.content === "one");
    const one = await channel.send({ content: "one", nonce: "n1", enforceNonce: true });
    await created;
    same("sent again", (await channel.send({ content: "one", nonce: "n1", enforceNonce: true })).id, one.id);
    const answer = await one.reply("two");
    same("the answer's reference", (await answer.fetchReference()).id, one.id);
    const changed = heard(client, Events.MessageUpdate, (_, after) => after.content === "three");
    await answer.edit("three");
    await changed;
    const side = await guild.channels.create({ name: "elsewhere" });
    const forwarded = await one.forward(side);
    same("what was forwarded", [forwarded.reference.type, forwarded.messageSnapshots.first().content], [MessageReferenceType.Forward, "one"]);
    await side.delete();
    const gone = heard(client, Events.MessageDelete, (message) => message.id === answer.id);
    await answer.delete();
    await gone;
    const more = [await channel.send("a"), await channel.send("b")];
    same("after the first", (await channel.messages.fetch({ after: more[0].id })).size, 1);
    const purged = heard(client, Events.MessageBulkDelete, (all) => all.size === 2);
    await channel.bulkDelete(more);
    await purged;
  },
  async embeds() {
    const sent = await channel.send({ embeds: [{ title: "Tea", color: 0x00ff00, fields: [{ name: "a", value: "b", inline: true }] }], allowedMentions: { parse: [] }, content: "@everyone" });
    same("the embed", [sent.embeds[0].title, sent.embeds[0].fields[0].name, sent.mentions.everyone], ["Tea", "a", false]);
    same("without it", (await sent.suppressEmbeds(true)).flags.has("SuppressEmbeds"), true);
  },
  async components() {
    const sent = await channel.send({ content: "press", components: [{ type: 1, components: [{ type: 2, style: 1, label: "Go", custom_id: "go" }] }] });
    same("the button", sent.components[0].components[0].customId, "go");
  },
  async files() {
    const sent = await channel.send({ files: [{ attachment: Buffer.from("some words"), name: "a.txt" }, { attachment: still, name: "b.png", description: "a picture" }] });
    const [words, picture] = [...sent.attachments.values()];
    same("the words", await (await fetch(words.url)).text(), "some words");
    same("the picture", [picture.width, picture.height, picture.description, picture.contentType], [2, 2, "a picture", "image/png"]);
  },
  async reactions() {
    const message = await channel.send("react");
    const added = heard(client, Events.MessageReactionAdd, (one) => one.message.id === message.id);
    await message.react("👍");
    await added;
    same("who reacted", (await message.reactions.cache.first().users.fetch()).size, 1);
    const removed = heard(client, Events.MessageReactionRemove);
    await message.reactions.cache.first().users.remove(client.user);
    await removed;
    await message.react("👍");
    const emptied = heard(client, Events.MessageReactionRemoveEmoji);
    await message.reactions.cache.first().remove();
    await emptied;
    await message.react("👍");
    const cleared = heard(client, Events.MessageReactionRemoveAll);
    await message.reactions.removeAll();
    await cleared;
  },
  async pins() {
    const message = await channel.send("pin me");
    const told = heard(client, Events.ChannelPinsUpdate);
    await message.pin();
    await told;
    same("pinned", (await channel.messages.fetchPins()).items.map((one) => one.message.id), [message.id]);
    await message.unpin();
    same("pinned", (await channel.messages.fetchPins()).items.length, 0);
  },
  async polls() {
    const message = await channel.send({ poll: { question: { text: "Which?" }, answers: [{ text: "this" }, { text: "that" }], duration: 1, allowMultiselect: false, layoutType: PollLayoutType.Default } });
    const [voted, tookBack] = [heard(client, Events.MessagePollVoteAdd), heard(client, Events.MessagePollVoteRemove)];
    const vote = `/channels/${CHANNEL}/polls/${message.id}/answers/@me`;
    await person(BOB, "PUT", vote, { answer_ids: [1] });
    await voted;
    await person(BOB, "PUT", vote, { answer_ids: [] });
    await tookBack;
    await person(BOB, "PUT", vote, { answer_ids: [2] });
    same("who voted", (await message.poll.answers.get(2).voters.fetch()).map((one) => one.username), ["bob"]);
    const ended = await message.poll.end();
    same("the result", [ended.poll.resultsFinalized, ended.poll.answers.get(2).voteCount], [true, 1]);
  },
  async threads() {
    const message = await channel.send("let us talk");
    const made = heard(client, Events.ThreadCreate, (one) => one.name === "talk");
    const thread = await message.startThread({ name: "talk", autoArchiveDuration: 60 });
    await made;
    const came = heard(client, Events.ThreadMembersUpdate, (added) => added.has(BOB_ID));
    await thread.members.add(BOB_ID);
    await came;
    same("members", (await thread.members.fetch()).size, 2);
    const changed = heard(client, Events.ThreadUpdate, (_, after) => after.archived && after.locked);
    await thread.edit({ archived: true, locked: true });
    await changed;
    same("the archive", (await channel.threads.fetchArchived()).threads.map((one) => one.name), ["talk"]);
    const secret = await channel.threads.create({ name: "secret", type: ChannelType.PrivateThread });
    same("active", (await guild.channels.fetchActiveThreads()).threads.map((one) => one.name), ["secret"]);
    const gone = heard(client, Events.ThreadDelete, (one) => one.id === secret.id);
    await person(PERSON, "DELETE", `/channels/${secret.id}`); // after a deletion of its own the library may raise another event
    await gone;
    await thread.delete();
  },
  async forums() {
    const forum = await guild.channels.create({ name: "ideas", type: ChannelType.GuildForum, availableTags: [{ name: "new" }], defaultReactionEmoji: { name: "👍" } });
    const post = await forum.threads.create({ name: "tea", appliedTags: [forum.availableTags[0].id], message: { content: "every day" } });
    same("the post", [(await post.fetchStarterMessage()).content, post.appliedTags], ["every day", [forum.availableTags[0].id]]);
    await forum.delete();
  },
  async directs() {
    const bob = await client.users.fetch(BOB_ID);
    const sent = await bob.send("between us");
    const told = heard(client, Events.MessageCreate, (one) => one.channelId === sent.channelId && one.content === "yes?");
    await person(BOB, "POST", `/channels/${sent.channelId}/messages`, { content: "yes?" });
    await told;
    same("what was said", (await sent.channel.messages.fetch()).size, 2);
  },
  async invites() {
    const made = heard(client, Events.InviteCreate);
    const invite = await channel.createInvite({ maxUses: 3, unique: true });
    await made;
    same("looked up", (await client.fetchInvite(invite.code)).guild.name, guild.name);
    same("among them", (await guild.invites.fetch()).has(invite.code), true);
    const gone = heard(client, Events.InviteDelete);
    await invite.delete();
    await gone;
  },
  async emoji() {
    const made = heard(client, Events.GuildEmojiCreate);
    const emoji = await guild.emojis.create({ attachment: still, name: "wave" });
    await made;
    const changed = heard(client, Events.GuildEmojiUpdate);
    await emoji.setName("bye");
    await changed;
    await (await channel.send(`${emoji}`)).react(emoji);
    const gone = heard(client, Events.GuildEmojiDelete);
    await emoji.delete();
    await gone;
  },
  async typing() {
    const told = heard(client, Events.TypingStart, (one) => one.user.id === BOB_ID);
    await channel.sendTyping();
    await person(BOB, "POST", `/channels/${CHANNEL}/typing`);
    await told;
  },
  async presence() {
    const told = heard(client, Events.PresenceUpdate, (_, after) => after.userId === client.user.id && after.status === "dnd");
    client.user.setPresence({ status: "dnd", activities: [{ name: "tours", type: ActivityType.Custom, state: "guiding" }] });
    await told;
  },
  async account() {
    const told = heard(client, Events.UserUpdate, (_, after) => after.avatar !== null);
    await client.user.setAvatar(still);
    await told;
    same("the picture", (await fetch(client.user.avatarURL({ extension: "png" }))).status, 200);
  },
  async rules() {
    const made = heard(client, Events.AutoModerationRuleCreate);
    const rule = await guild.autoModerationRules.create({
      name: "No tomatoes", eventType: AutoModerationRuleEventType.MessageSend, triggerType: AutoModerationRuleTriggerType.Keyword, triggerMetadata: { keywordFilter: ["*tomato*"] }, enabled: true,
      actions: [{ type: AutoModerationActionType.BlockMessage }],
    });
    await made;
    const applied = heard(client, Events.AutoModerationActionExecution, (one) => one.userId === BOB_ID);
    await person(BOB, "POST", `/channels/${CHANNEL}/messages`, { content: "tomatoes" }).then(() => { throw new Error("the rule let pass"); }, () => {});
    await applied;
    const changed = heard(client, Events.AutoModerationRuleUpdate, (_, after) => !after.enabled);
    await rule.edit({ enabled: false });
    await changed;
    const gone = heard(client, Events.AutoModerationRuleDelete);
    await rule.delete();
    await gone;
  },
  async webhooks() {
    const told = heard(client, Events.WebhooksUpdate, (one) => one.id === CHANNEL);
    const webhook = await channel.createWebhook({ name: "Alerts", avatar: still, reason: "for the tour" });
    await told;
    const sender = new WebhookClient({ id: webhook.id, token: webhook.token }, { rest: { api: API } });
    const posted = heard(client, Events.MessageCreate, (one) => one.webhookId === webhook.id);
    const sent = await sender.send({ content: "the disk is full", username: "Monitor", embeds: [{ title: "db-1" }], files: [{ attachment: Buffer.from("95 %"), name: "df.txt" }] });
    same("what is seen", [(await posted)[0].author.username, sent.embeds[0].title, await (await fetch(sent.attachments[0].url)).text()], ["Monitor", "db-1", "95 %"]);
    same("edited", [(await sender.editMessage(sent.id, "it is not")).content, (await sender.fetchMessage(sent.id)).content], ["it is not", "it is not"]);
    const thread = await channel.threads.create({ name: "alerts" });
    same("in a thread", (await sender.send({ content: "here", threadId: thread.id })).channel_id, thread.id);
    await thread.delete();
    const gone = heard(client, Events.MessageDelete, (one) => one.id === sent.id);
    await sender.deleteMessage(sent.id);
    await gone;
    await webhook.edit({ name: "Alarms" });
    same("of the channel", (await channel.fetchWebhooks()).map((one) => one.name), ["Alarms"]);
    await webhook.delete();
    same("left", (await guild.fetchWebhooks()).size, 0);
  },
  async moderation() {
    const bob = await guild.members.fetch(BOB_ID);
    const timed = heard(client, Events.GuildMemberUpdate, (_, after) => after.isCommunicationDisabled());
    await bob.timeout(60_000, "calm down");
    await timed;
    await bob.timeout(null);
    same("to be pruned", await guild.members.prune({ days: 30, dry: true }), 0);
    const [left, back] = [heard(client, Events.GuildMemberRemove), heard(client, Events.GuildMemberAdd)];
    await bob.kick("once");
    await left;
    await person(BOB, "POST", `/invites/${INVITE}`, {});
    await back;
    const entry = heard(client, Events.GuildAuditLogEntryCreate, (one) => one.action === AuditLogEvent.MemberBanAdd);
    const [banned, unbanned] = [heard(client, Events.GuildBanAdd), heard(client, Events.GuildBanRemove)];
    await guild.members.ban(BOB_ID, { reason: "spam ✓", deleteMessageSeconds: 60 });
    await banned;
    same("the entry's reason", (await entry)[0].reason, "spam ✓");
    same("the ban's reason", (await guild.bans.fetch(BOB_ID)).reason, "spam ✓");
    await guild.members.unban(BOB_ID);
    await unbanned;
    same("banned in bulk", (await guild.bans.bulkCreate([BOB_ID])).bannedUsers, [BOB_ID]);
    await guild.members.unban(BOB_ID);
    const log = await guild.fetchAuditLogs({ type: AuditLogEvent.MemberKick, limit: 1 });
    same("the log's reason", log.entries.first().reason, "once");
    const again = heard(client, Events.GuildMemberAdd);
    await person(BOB, "POST", `/invites/${INVITE}`, {});
    await again;
  },
}, () => client.destroy());
