const { ActionRowBuilder, ButtonBuilder, ButtonStyle, Client, Events, GatewayIntentBits, SlashCommandBuilder } = require("discord.js");

const client = new Client({
  intents: [GatewayIntentBits.Guilds],
  rest: { api: `${process.env.HALL}/api` }, // the hall's address; the rest is as everywhere
});

const hello = new SlashCommandBuilder()
  .setName("hello")
  .setDescription("greets somebody")
  .addUserOption((option) => option.setName("who").setDescription("whom to greet").setRequired(true));
const wave = new ActionRowBuilder().addComponents(new ButtonBuilder().setCustomId("wave").setLabel("Wave back").setStyle(ButtonStyle.Primary));

client.once(Events.ClientReady, async (ready) => {
  await ready.application.commands.set([hello]);
  console.log(`${ready.user.username} knows /hello`);
});

client.on(Events.InteractionCreate, async (interaction) => {
  if (interaction.isChatInputCommand() && interaction.commandName === "hello") {
    await interaction.reply({ content: `Hello, ${interaction.options.getUser("who").username}!`, components: [wave] });
  } else if (interaction.isButton() && interaction.customId === "wave") {
    await interaction.update({ content: `${interaction.user.username} waves back`, components: [] });
  }
});

client.login(process.env.TOKEN);
