const { Client, Events, GatewayIntentBits } = require("discord.js");

const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.MessageContent],
  rest: { api: `${process.env.HALL}/api` }, // the hall's address; the rest is as everywhere
});

client.once(Events.ClientReady, (ready) => console.log(`${ready.user.username} is here`));

client.on(Events.MessageCreate, async (message) => {
  if (message.author.bot) return;
  if (message.content === "ping") await message.reply("pong");
});

client.login(process.env.TOKEN);
