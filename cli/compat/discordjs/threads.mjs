// A bot on discord.js that lives in threads. It begins, fills, joins, archives and deletes them as the library's guide teaches, and tells what comes of it and what it hears,
// one JSON object a line.
import { ChannelType, Client, Events, GatewayIntentBits, ThreadAutoArchiveDuration } from "discord.js";

const tell = (event, details = {}) => console.log(JSON.stringify({ event, ...details }));

const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMembers, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent],
  rest: { api: process.env.API },
});

client.on(Events.ClientReady, (ready) => {
  const guild = ready.guilds.cache.first();
  tell("ready", { threads: guild.channels.cache.filter((channel) => channel.isThread()).map((thread) => thread.name) });
});
client.on(Events.Error, (error) => tell("error", { message: error.message }));
client.on(Events.ThreadCreate, (thread, newly) => tell("thread created", { name: thread.name, newly, type: thread.type, parent: thread.parent?.name, joined: thread.joined }));
client.on(Events.ThreadUpdate, (_, after) => tell("thread updated", { name: after.name, archived: after.archived, locked: after.locked }));
client.on(Events.ThreadDelete, (thread) => tell("thread deleted", { name: thread.name }));
client.on(Events.ThreadListSync, (threads) => tell("threads synced", { names: threads.map((thread) => thread.name) }));
client.on(Events.ThreadMembersUpdate, (added, removed, thread) => tell("thread members", { name: thread.name, added: [...added.keys()], removed: [...removed.keys()] }));

const commands = {
  "!thread": async (message) => {
    const thread = await message.startThread({ name: "from a message", autoArchiveDuration: ThreadAutoArchiveDuration.OneHour });
    const sent = await thread.send("in the thread");
    await thread.members.add(message.author);
    const members = await thread.members.fetch({ withMember: true });
    const starter = await thread.fetchStarterMessage();
    const again = await message.fetch(true);
    await thread.setName("another name");
    await thread.setArchived(true);
    const archived = await message.channel.threads.fetchArchived();
    tell("thread", {
      id: thread.id, message: message.id, starter: starter.id, sent: sent.id, hasThread: again.hasThread, members: members.map((member) => member.guildMember.displayName).sort(),
      archived: archived.threads.map((one) => one.name), more: archived.hasMore,
    });
    await thread.send("awake"); // which takes it out of the archive
    const active = await message.guild.channels.fetchActiveThreads();
    tell("awake", { active: active.threads.map((one) => one.name) });
  },
  "!private": async (message) => {
    const thread = await message.channel.threads.create({ name: "private", type: ChannelType.PrivateThread, invitable: false });
    await thread.members.add(message.author.id);
    await thread.members.remove(message.author.id);
    await thread.leave();
    tell("private", { id: thread.id, invitable: thread.invitable, type: thread.type });
  },
  "!post": async (message) => {
    const forum = message.guild.channels.cache.find((channel) => channel.type === ChannelType.GuildForum);
    const tag = forum.availableTags.find((one) => one.name === "bug");
    const post = await forum.threads.create({
      name: "it broke", appliedTags: [tag.id], message: { content: "what now?", files: [{ attachment: Buffer.from("a log"), name: "log.txt" }] },
    });
    const first = await post.fetchStarterMessage();
    tell("posted", {
      id: post.id, parent: post.parent.name, tags: post.appliedTags.map((id) => forum.availableTags.find((one) => one.id === id)?.name), content: first.content, first: first.id,
      files: first.attachments.map((file) => file.name), require: forum.flags.has("RequireTag"), reaction: forum.defaultReactionEmoji?.name, autoArchive: post.autoArchiveDuration,
    });
  },
};

client.on(Events.MessageCreate, async (message) => {
  if (message.author.bot || message.system) return;
  if (message.channel.isThread()) {
    tell("heard in thread", { content: message.content, name: message.channel.name });
    return;
  }
  try {
    await commands[message.content]?.(message);
  } catch (error) {
    tell("failed", { command: message.content, message: error.message, code: error.code });
  }
});

process.on("SIGTERM", async () => {
  await client.destroy();
  tell("closed");
});

await client.login(process.env.TOKEN);
