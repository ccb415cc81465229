// A bot on discord.js that looks after a server's emoji, as the library's guide teaches, and reacts with them. It tells what comes of it and what it hears, one JSON object a line.
import { Client, Events, GatewayIntentBits } from "discord.js";

const tell = (event, details = {}) => console.log(JSON.stringify({ event, ...details }));

const client = new Client({
  intents: [
    GatewayIntentBits.Guilds, GatewayIntentBits.GuildExpressions, GatewayIntentBits.GuildMessages, GatewayIntentBits.GuildMessageReactions, GatewayIntentBits.MessageContent,
  ],
  rest: { api: process.env.API, cdn: process.env.API.replace(/\/api$/, "") },
});

client.on(Events.ClientReady, (ready) => tell("ready", { emoji: ready.guilds.cache.first().emojis.cache.map((emoji) => emoji.name) }));
client.on(Events.Error, (error) => tell("error", { message: error.message }));
client.on(Events.GuildEmojiCreate, (emoji) => tell("emoji created", { name: emoji.name, animated: emoji.animated, available: emoji.available }));
client.on(Events.GuildEmojiUpdate, (before, after) => tell("emoji updated", { before: before.name, name: after.name, roles: after.roles.cache.map((role) => role.name) }));
client.on(Events.GuildEmojiDelete, (emoji) => tell("emoji deleted", { name: emoji.name }));
client.on(Events.MessageReactionAdd, (reaction) => tell("reacted", { emoji: reaction.emoji.toString(), count: reaction.count }));

// moving is a GIF of two frames.
const moving = Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH/C05FVFNDQVBFMi4wAwEAAAAh+QQACgAAACwAAAAAAQABAAACAkQBACH5BAAKAAAALAAAAAABAAEAAAICRAEAOw==", "base64");

client.on(Events.MessageCreate, async (message) => {
  if (message.author.bot || message.content !== "!emoji") return;
  try {
    const guild = message.guild;
    const made = await guild.emojis.create({ attachment: moving, name: "parrot", reason: "for parties" });
    const fetched = await guild.emojis.fetch(made.id, { force: true });
    const first = fetched.name;
    const author = await made.fetchAuthor();
    const picture = await fetch(made.imageURL({ extension: "gif", size: 64 }));
    await message.react(made);
    const sent = await message.reply({ content: `look: ${made}`, components: [{ type: 1, components: [{ type: 2, style: 1, custom_id: "party", emoji: { id: made.id } }] }] });
    await made.edit({ name: "party", roles: [guild.roles.everyone], reason: "a better name" });
    const all = await guild.emojis.fetch();
    await made.delete("it is over");
    const log = await guild.fetchAuditLogs({ limit: 3 });
    tell("handled", {
      id: made.id, name: first, author: author.username, picture: picture.headers.get("content-type"), status: picture.status, button: sent.components[0].components[0].emoji.name,
      all: all.map((emoji) => emoji.name).sort(), why: log.entries.map((entry) => entry.reason).sort(), left: guild.emojis.cache.size,
    });
  } catch (error) {
    tell("failed", { message: error.message, code: error.code });
  }
});

process.on("SIGTERM", async () => {
  await client.destroy();
  tell("closed");
});

await client.login(process.env.TOKEN);
