const { ApplicationCommandOptionTypes, ApplicationCommandTypes, ButtonStyles, Client, ComponentTypes } = require("oceanic.js");

const client = new Client({
  auth: `Bot ${process.env.TOKEN}`,
  gateway: { intents: ["GUILDS"] },
  rest: { baseURL: `${process.env.HALL}/api/v10` }, // the hall's address; the rest is as everywhere
});

const hello = {
  type: ApplicationCommandTypes.CHAT_INPUT,
  name: "hello",
  description: "greets somebody",
  options: [{ type: ApplicationCommandOptionTypes.USER, name: "who", description: "whom to greet", required: true }],
};
const wave = { type: ComponentTypes.ACTION_ROW, components: [{ type: ComponentTypes.BUTTON, customID: "wave", label: "Wave back", style: ButtonStyles.PRIMARY }] };

client.once("ready", async () => {
  await client.application.bulkEditGlobalCommands([hello]);
  console.log(`${client.user.username} knows /hello`);
});
client.on("error", console.error);

client.on("interactionCreate", async (interaction) => {
  if (interaction.isCommandInteraction() && interaction.data.name === "hello") {
    await interaction.createMessage({ content: `Hello, ${interaction.data.options.getUser("who", true).username}!`, components: [wave] });
  } else if (interaction.isComponentInteraction() && interaction.data.customID === "wave") {
    await interaction.editParent({ content: `${interaction.user.username} waves back`, components: [] });
  }
});

client.connect();
