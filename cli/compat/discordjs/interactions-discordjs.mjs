// A bot of discord.js that people use: it registers commands, and answers them, its buttons, menus and forms, in every way.
import {
  ActionRowBuilder, ApplicationCommandOptionType, ApplicationCommandType, ButtonBuilder, ButtonStyle, ChannelSelectMenuBuilder, ChannelType, Client, Events, GatewayIntentBits,
  MentionableSelectMenuBuilder, MessageFlags, ModalBuilder, RoleSelectMenuBuilder, StringSelectMenuBuilder, TextInputBuilder, TextInputStyle, UserSelectMenuBuilder,
} from "discord.js";
import { API, GUILD, HALL, TOKEN, tell } from "./tour.mjs";

const client = new Client({ intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMembers], rest: { api: API, cdn: HALL } });
client.on(Events.Error, (error) => tell("error", { message: error.message }));

const row = (component) => new ActionRowBuilder().addComponents(component);
const Flags = MessageFlags.Ephemeral;

async function play(use) {
  const name = use.options.getString("name");
  const ways = {
    async later() {
      await use.deferReply();
      await use.editReply("here it is");
      await use.followUp({ content: "and a secret", flags: Flags });
    },
    async hidden() {
      await use.deferReply({ flags: Flags });
      await use.editReply("only you");
      await use.deleteReply();
    },
    async file() {
      const cover = use.options.getAttachment("cover");
      await use.reply({ content: `${cover.name} ${await (await fetch(cover.url)).text()}`, files: [{ attachment: Buffer.from("la la"), name: "song.txt" }] });
    },
    async form() {
      await use.showModal(new ModalBuilder().setCustomId("form").setTitle("A form").addComponents(row(new TextInputBuilder().setCustomId("text").setLabel("Text").setStyle(TextInputStyle.Short))));
    },
  };
  if (ways[name]) return ways[name]();
  const answer = await use.reply({
    content: `${name} ${use.options.getInteger("times")} ${use.options.getUser("for").username} ${use.options.getChannel("where").name}`, withResponse: true,
    components: [
      row(new ButtonBuilder().setCustomId("press").setLabel("Press").setStyle(ButtonStyle.Primary)),
      row(new StringSelectMenuBuilder().setCustomId("text").addOptions({ label: "One", value: "1" }, { label: "Two", value: "2" }).setMaxValues(2)),
      row(new UserSelectMenuBuilder().setCustomId("user")), row(new RoleSelectMenuBuilder().setCustomId("role")), row(new MentionableSelectMenuBuilder().setCustomId("mentionable")),
    ],
  });
  tell("answered", { id: answer.resource.message.id });
  await use.followUp({ content: "more", components: [row(new ChannelSelectMenuBuilder().setCustomId("channel").addChannelTypes(ChannelType.GuildText))] });
}

const chosen = {
  text: (use) => use.values.join(),
  user: (use) => use.users.first().username,
  role: (use) => use.roles.first().name,
  mentionable: (use) => use.users.first()?.username ?? use.roles.first().name,
  channel: (use) => use.channels.first().name,
};

client.on(Events.InteractionCreate, async (use) => {
  try {
    if (use.isAutocomplete()) await use.respond([{ name: "Complete", value: `${use.options.getFocused()}!` }]);
    else if (use.isChatInputCommand()) await play(use);
    else if (use.isUserContextMenuCommand()) await use.reply({ content: `hello ${use.targetUser.username}`, flags: Flags });
    else if (use.isMessageContextMenuCommand()) await use.reply({ content: `"${use.targetMessage.content}"`, flags: Flags });
    else if (use.isModalSubmit()) await use.reply({ content: use.fields.getTextInputValue("text"), flags: Flags });
    else if (use.isButton()) {
      await use.deferUpdate();
      await use.editReply("pressed");
    } else await use.reply({ content: `chose ${chosen[use.customId](use)}`, flags: Flags });
  } catch (error) {
    tell("failed", { message: String(error?.stack ?? error) });
  }
});

client.once(Events.ClientReady, async () => {
  const options = [
    { type: ApplicationCommandOptionType.String, name: "name", description: "of the song", required: true, autocomplete: true },
    { type: ApplicationCommandOptionType.Integer, name: "times", description: "how often", minValue: 1 },
    { type: ApplicationCommandOptionType.User, name: "for", description: "whom" },
    { type: ApplicationCommandOptionType.Channel, name: "where", description: "it is heard" },
    { type: ApplicationCommandOptionType.Attachment, name: "cover", description: "a picture" },
  ];
  await client.application.commands.set([{ name: "play", description: "plays a song", options }, { name: "Wave", type: ApplicationCommandType.User }, { name: "Quote", type: ApplicationCommandType.Message }]);
  const local = await client.application.commands.create({ name: "local", description: "only here" }, GUILD);
  await local.edit({ description: "here alone" });
  await local.delete();
  tell("registered");
});
process.on("SIGTERM", async () => {
  await client.destroy();
  tell("closed");
});
await client.login(TOKEN);
