// A bot on discord.js that looks after a server: it times out, bans, prunes, reads the audit log, makes automatic rules, asks polls and gives buttons to messages, as the library's guide teaches. It
// tells what comes of it and what it hears, one JSON object a line.
import {
  ActionRowBuilder, AuditLogEvent, AutoModerationActionType, AutoModerationRuleEventType, AutoModerationRuleTriggerType, ButtonBuilder, ButtonStyle, Client, ContainerBuilder, Events, GatewayIntentBits,
  MessageFlags, MessageType, PollLayoutType, StringSelectMenuBuilder, TextDisplayBuilder,
} from "discord.js";

const tell = (event, details = {}) => console.log(JSON.stringify({ event, ...details }));

const client = new Client({
  intents: [
    GatewayIntentBits.Guilds, GatewayIntentBits.GuildMembers, GatewayIntentBits.GuildModeration, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent, GatewayIntentBits.GuildMessagePolls,
    GatewayIntentBits.AutoModerationConfiguration, GatewayIntentBits.AutoModerationExecution, GatewayIntentBits.GuildInvites,
  ],
  rest: { api: process.env.API },
});

client.on(Events.ClientReady, () => tell("ready"));
client.on(Events.Error, (error) => tell("error", { message: error.message }));
client.on(Events.GuildMemberAdd, (member) => tell("came", { name: member.user.username }));
client.on(Events.GuildMemberRemove, (member) => tell("went", { name: member.user.username }));
client.on(Events.GuildBanAdd, (ban) => tell("banned", { name: ban.user.username }));
client.on(Events.GuildBanRemove, (ban) => tell("unbanned", { name: ban.user.username }));
client.on(Events.GuildAuditLogEntryCreate, (entry) => tell("entry", { action: entry.action, reason: entry.reason, target: entry.targetId }));
client.on(Events.MessageBulkDelete, (messages, channel) => tell("purged", { count: messages.size, channel: channel.name }));
client.on(Events.AutoModerationRuleCreate, (rule) => tell("rule made", { name: rule.name }));
client.on(Events.AutoModerationRuleDelete, (rule) => tell("rule gone", { name: rule.name }));
client.on(Events.AutoModerationActionExecution, (execution) => tell("rule applied", { keyword: execution.matchedKeyword, content: execution.content, user: execution.userId }));
client.on(Events.MessagePollVoteAdd, (answer, userId) => tell("voted", { answer: answer.id, user: userId }));
client.on(Events.MessagePollVoteRemove, (answer, userId) => tell("took back", { answer: answer.id, user: userId }));

let poll;

const commands = {
  "!calm": async (message, member) => {
    await member.setNickname("Calm", "too loud");
    const timed = await member.timeout(60_000, "too loud");
    const until = timed.communicationDisabledUntil;
    const free = await member.timeout(null);
    tell("calmed", { nick: free.nickname, timed: until !== null, free: free.communicationDisabledUntil === null });
  },
  "!ban": async (message, member) => {
    await message.guild.members.ban(member, { reason: "spam ✓", deleteMessageSeconds: 3600 });
    const ban = await message.guild.bans.fetch(member.id);
    const all = await message.guild.bans.fetch();
    const log = await message.guild.fetchAuditLogs({ type: AuditLogEvent.MemberBanAdd, limit: 1 });
    const entry = log.entries.first();
    await message.guild.bans.remove(member.id, "enough");
    const bulk = await message.guild.members.bulkBan([member.id], { reason: "again" });
    await message.guild.bans.remove(member.id);
    tell("moderated", {
      reason: ban.reason, bans: all.size, executor: entry.executor.id, target: entry.target.id, why: entry.reason, bulk: bulk.bannedUsers, failed: bulk.failedUsers,
      prunable: await message.guild.members.prune({ days: 30, dry: true }),
    });
  },
  "!rule": async (message) => {
    const rule = await message.guild.autoModerationRules.create({
      name: "No tomatoes", eventType: AutoModerationRuleEventType.MessageSend, triggerType: AutoModerationRuleTriggerType.Keyword, triggerMetadata: { keywordFilter: ["*tomato*"] },
      actions: [{ type: AutoModerationActionType.BlockMessage, metadata: { customMessage: "No." } }], enabled: true, reason: "fruit",
    });
    const again = await message.guild.autoModerationRules.fetch({ autoModerationRule: rule.id, cache: false });
    tell("ruled", { name: again.name, filter: again.triggerMetadata.keywordFilter });
  },
  "!norule": async (message) => {
    for (const rule of (await message.guild.autoModerationRules.fetch()).values()) await rule.delete("enough");
  },
  "!poll": async (message) => {
    poll = await message.channel.send({ poll: { question: { text: "Which?" }, answers: [{ text: "this", emoji: "👍" }, { text: "that" }], duration: 2, allowMultiselect: false, layoutType: PollLayoutType.Default } });
    tell("asked", { id: poll.id, question: poll.poll.question.text, answers: poll.poll.answers.map((answer) => answer.text) });
  },
  "!end": async (message) => {
    const voters = await poll.poll.answers.get(2).voters.fetch();
    const ended = await poll.poll.end();
    const said = await message.channel.messages.fetch({ limit: 5 });
    tell("ended", { voters: voters.map((user) => user.username), final: ended.poll.resultsFinalized, votes: ended.poll.answers.get(2).voteCount, told: said.some((one) => one.type === MessageType.PollResult) });
  },
  "!buttons": async (message) => {
    const sent = await message.channel.send({
      content: "press",
      components: [
        new ActionRowBuilder().addComponents(new ButtonBuilder().setCustomId("go").setLabel("Go").setStyle(ButtonStyle.Primary), new ButtonBuilder().setLabel("Look").setStyle(ButtonStyle.Link).setURL("https://example.org")),
        new ActionRowBuilder().addComponents(new StringSelectMenuBuilder().setCustomId("pick").addOptions({ label: "A", value: "a" })),
      ],
    });
    const given = { first: sent.components[0].components[0].customId, url: sent.components[0].components[1].url, rows: sent.components.length }; // the edit changes the very object
    const edited = await sent.edit({ components: [] });
    const layout = await message.channel.send({ flags: MessageFlags.IsComponentsV2, components: [new ContainerBuilder().setAccentColor(0xff).addTextDisplayComponents(new TextDisplayBuilder().setContent("Hello"))] });
    tell("given", { ...given, left: edited.components.length, layout: layout.components[0].components[0].content });
  },
};

client.on(Events.MessageCreate, async (message) => {
  if (message.author.bot || message.system) return;
  const [command] = message.content.split(" ");
  try {
    await commands[command]?.(message, message.mentions.members?.first());
  } catch (error) {
    tell("failed", { command: message.content, message: error.message, code: error.code });
  }
});

process.on("SIGTERM", async () => {
  await client.destroy();
  tell("closed");
});

await client.login(process.env.TOKEN);
