const { Client } = require("oceanic.js");

const client = new Client({
  auth: `Bot ${process.env.TOKEN}`,
  gateway: { intents: ["GUILDS", "GUILD_MESSAGES", "MESSAGE_CONTENT"] },
  rest: { baseURL: `${process.env.HALL}/api/v10` }, // the hall's address; the rest is as everywhere
});

client.on("ready", () => console.log(`${client.user.username} is here`));
client.on("error", console.error);

client.on("messageCreate", async (message) => {
  if (message.author.bot) return;
  if (message.content === "ping") {
    await client.rest.channels.createMessage(message.channelID, { content: "pong", messageReference: { messageID: message.id } });
  }
});

client.connect();
