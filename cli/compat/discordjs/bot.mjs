// A small bot on discord.js, as its guide teaches to write one; only the address of the API is another. It tells what happens to it on standard output, one
// JSON object a line, so that the test can wait for it.
import { Client, Events, GatewayIntentBits } from "discord.js";
import { SimpleShardingStrategy } from "@discordjs/ws";

const tell = (event, details = {}) => console.log(JSON.stringify({ event, ...details }));

const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent],
  rest: { api: process.env.API },
  ...(process.env.SHARDS && { shards: Array.from({ length: Number(process.env.SHARDS) }, (_, id) => id), shardCount: Number(process.env.SHARDS) }),
  ws: {
    // discord.js asks for compression by itself where zlib-sync is installed; here the test says it.
    buildStrategy: (manager) => {
      manager.options.compression = process.env.COMPRESSION || null;
      return new SimpleShardingStrategy(manager);
    },
  },
});

client.on(Events.ClientReady, (ready) => {
  const guilds = ready.guilds.cache.map((guild) => ({
    id: guild.id,
    name: guild.name,
    me: guild.members.me?.id,
    channels: guild.channels.cache.map((channel) => channel.name).sort(),
  }));
  tell("ready", { user: ready.user.username, guilds });
});
const seen = new Set();
client.on(Events.ShardReady, (id) => (seen.has(id) ? tell("identified") : seen.add(id))); // anew, after the first time
client.on(Events.ShardResume, (_, replayed) => tell("resumed", { replayed }));
client.on(Events.ShardDisconnect, (close) => tell("disconnected", { code: close.code }));
client.on(Events.ShardError, (error) => tell("shard error", { message: error.message }));
client.on(Events.Error, (error) => tell("error", { message: error.message }));

// fetched gives what is in the first file of a message.
const fetched = async (message) => (await fetch(message.attachments.first().url)).text();

const commands = {
  "!ping": async (message) => tell("replied", { id: (await message.reply("pong")).id }),
  "!edit": async (message) => {
    const sent = await message.channel.send("before");
    tell("edited", { id: (await sent.edit("after")).id });
  },
  "!delete": async (message) => {
    const sent = await message.channel.send("gone soon");
    await sent.delete();
    tell("deleted", { id: sent.id });
  },
  "!file": async (message) => {
    const sent = await message.channel.send({
      files: [{ attachment: Buffer.from("words in a file"), name: "words.txt", description: "some words" }],
    });
    const kept = await sent.edit({ content: "with words", attachments: [...sent.attachments.values()] });
    tell("sent file", { id: kept.id, text: await fetched(kept) });
  },
  "!fetch": async (message) => tell("fetched file", { text: await fetched(message) }),
};

client.on(Events.MessageCreate, async (message) => {
  if (message.author.bot) return;
  tell("heard", { content: message.content, guild: message.guildId, shard: message.guild.shardId });
  await commands[message.content]?.(message);
});

process.on("SIGTERM", async () => {
  await client.destroy();
  tell("closed"); // the process ends by itself now, or the test fails
});

await client.login(process.env.TOKEN);
