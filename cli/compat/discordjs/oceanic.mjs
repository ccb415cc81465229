// A bot on oceanic.js, as its documentation teaches to write one; only the address of the API is another. It tells what happens to it, one JSON object a line.
import { AuditLogActionTypes, Client, Intents } from "oceanic.js";

const tell = (event, details = {}) => console.log(JSON.stringify({ event, ...details }));

const client = new Client({
  auth: `Bot ${process.env.TOKEN}`,
  rest: { baseURL: `${process.env.API}/v10` },
  gateway: { maxShards: Number(process.env.SHARDS || 1), intents: [Intents.GUILDS, Intents.GUILD_MEMBERS, Intents.GUILD_MODERATION, Intents.GUILD_MESSAGES, Intents.GUILD_MESSAGE_REACTIONS, Intents.MESSAGE_CONTENT] },
});

client.on("ready", () => tell("ready", { user: client.user.username, guilds: client.guilds.map((guild) => guild.name) }));
const seen = new Set();
client.on("shardReady", (id) => (seen.has(id) ? tell("identified") : seen.add(id))); // anew, after the first time
client.on("shardResume", () => tell("resumed"));
client.on("error", (error) => tell("error", { message: String(error) }));
client.on("guildMemberAdd", (member) => tell("came", { name: member.username }));
client.on("guildMemberRemove", (member) => tell("went", { name: (member.user ?? member).username }));
client.on("guildBanAdd", (_, user) => tell("banned", { name: user.username }));
client.on("guildBanRemove", (_, user) => tell("unbanned", { name: user.username }));
client.on("messageReactionAdd", (message, reactor, reaction) => tell("reacted", { emoji: reaction.emoji.name }));
client.on("threadCreate", (thread) => tell("thread created", { name: thread.name }));
client.on("channelPinsUpdate", (channel) => tell("pins changed", { channel: channel.id }));

// fetched gives what is in the first file of a message.
const fetched = async (message) => (await fetch(message.attachments.first().url)).text();

const commands = {
  "!ping": async (message) => {
    const sent = await client.rest.channels.createMessage(message.channelID, { content: "pong", messageReference: { messageID: message.id } });
    tell("replied", { id: sent.id });
  },
  "!edit": async (message) => {
    const sent = await client.rest.channels.createMessage(message.channelID, { content: "before" });
    tell("edited", { id: (await sent.edit({ content: "after" })).id });
  },
  "!delete": async (message) => {
    const sent = await client.rest.channels.createMessage(message.channelID, { content: "gone soon" });
    await sent.delete();
    tell("deleted", { id: sent.id });
  },
  "!file": async (message) => {
    const sent = await client.rest.channels.createMessage(message.channelID, { content: "with words", files: [{ name: "words.txt", contents: Buffer.from("words in a file") }] });
    tell("sent file", { id: sent.id, text: await fetched(sent) });
  },
  "!fetch": async (message) => tell("fetched file", { text: await fetched(message) }),
  "!handle": async (message) => {
    await message.createReaction("👍");
    await message.pin();
    const pins = await client.rest.channels.getPinnedMessages(message.channelID);
    const thread = await message.startThread({ name: "aside", autoArchiveDuration: 60 });
    await thread.createMessage({ content: "in here" });
    await message.unpin();
    tell("handled", { thread: thread.name, pins: (pins.items ?? pins).length });
  },
  "!ban": async (message) => {
    const guild = client.guilds.get(message.guildID);
    const target = message.mentions.users[0];
    await guild.createBan(target.id, { reason: "spam", deleteMessageSeconds: 60 });
    const bans = await guild.getBans();
    await guild.removeBan(target.id, "enough");
    const log = await guild.getAuditLog({ actionType: AuditLogActionTypes.MEMBER_BAN_ADD, limit: 1 });
    tell("moderated", { bans: bans.length, reason: bans[0].reason, why: log.entries[0].reason });
  },
};

client.on("messageCreate", async (message) => {
  if (message.author.bot || message.type !== 0) return;
  tell("heard", { content: message.content, guild: message.guildID, shard: message.guild.shard.id });
  try {
    await commands[message.content.split(" ")[0]]?.(message);
  } catch (error) {
    tell("failed", { command: message.content, message: String(error) });
  }
});

process.on("SIGTERM", () => {
  client.disconnect(false);
  tell("closed");
  process.exit(0);
});

await client.connect();
