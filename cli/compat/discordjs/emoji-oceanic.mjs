// A bot on oceanic.js that looks after a server's emoji and reacts with them. It tells what comes of it and what it hears, one JSON object a line.
import { Client, Intents } from "oceanic.js";

const tell = (event, details = {}) => console.log(JSON.stringify({ event, ...details }));

const client = new Client({
  auth: `Bot ${process.env.TOKEN}`,
  rest: { baseURL: `${process.env.API}/v10` },
  gateway: { intents: [Intents.GUILDS, Intents.GUILD_EXPRESSIONS, Intents.GUILD_MESSAGES, Intents.GUILD_MESSAGE_REACTIONS, Intents.MESSAGE_CONTENT] },
});

client.on("ready", () => tell("ready", { emoji: client.guilds.first().emojis.map((emoji) => emoji.name) }));
client.on("error", (error) => tell("error", { message: String(error) }));
client.on("guildEmojisUpdate", (_, emojis, before) => tell("emoji", { names: emojis.map((emoji) => emoji.name).sort(), before: before?.map((emoji) => emoji.name).sort() }));
client.on("messageReactionAdd", (message, reactor, reaction) => tell("reacted", { emoji: reaction.emoji.name, id: reaction.emoji.id }));

// still is a PNG of two by two pixels.
const still = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADElEQVR4nGNg+A+EAAYAAf+T0eSJAAAAAElFTkSuQmCC", "base64");

client.on("messageCreate", async (message) => {
  if (message.author.bot || message.content !== "!emoji") return;
  try {
    const guild = client.guilds.get(message.guildID);
    const made = await guild.createEmoji({ name: "spark", image: still, reason: "for light" });
    const changed = await guild.editEmoji(made.id, { name: "light" });
    await message.createReaction(`${changed.name}:${changed.id}`);
    const all = await guild.getEmojis();
    await guild.deleteEmoji(made.id, "lights out");
    tell("handled", { id: made.id, name: changed.name, animated: made.animated, by: made.user.username, all: all.map((emoji) => emoji.name).sort() });
  } catch (error) {
    tell("failed", { message: String(error) });
  }
});

process.on("SIGTERM", () => {
  client.disconnect(false);
  tell("closed");
  process.exit(0);
});

await client.connect();
