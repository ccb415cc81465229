// A bot of oceanic.js that people use: it registers commands, and answers them, its buttons, menus and forms, in every way.
import { ApplicationCommandOptionTypes, ApplicationCommandTypes, ButtonStyles, ChannelTypes, Client, ComponentTypes, InteractionTypes, Intents, MessageFlags, TextInputStyles } from "oceanic.js";
import { API, GUILD, TOKEN, tell } from "./tour.mjs";

const client = new Client({ auth: `Bot ${TOKEN}`, rest: { baseURL: `${API}/v10` }, gateway: { intents: Intents.GUILDS | Intents.GUILD_MEMBERS } });
client.on("error", (error) => tell("error", { message: String(error) }));

const row = (component) => ({ type: ComponentTypes.ACTION_ROW, components: [component] });
const flags = MessageFlags.EPHEMERAL;

async function play(use) {
  const options = use.data.options;
  const name = options.getString("name", true);
  const ways = {
    async later() {
      await use.defer();
      await use.editOriginal({ content: "here it is" });
      await use.createFollowup({ content: "and a secret", flags });
    },
    async hidden() {
      await use.defer(flags);
      await use.editOriginal({ content: "only you" });
      await use.deleteOriginal();
    },
    async file() {
      const cover = options.getAttachment("cover", true);
      await use.createMessage({ content: `${cover.filename} ${await (await fetch(cover.url)).text()}`, files: [{ contents: Buffer.from("la la"), name: "song.txt" }] });
    },
    async form() {
      await use.createModal({ customID: "form", title: "A form", components: [row({ type: ComponentTypes.TEXT_INPUT, customID: "text", label: "Text", style: TextInputStyles.SHORT })] });
    },
  };
  if (ways[name]) return ways[name]();
  const answer = await use.createMessage({
    content: `${name} ${options.getInteger("times", true)} ${options.getUser("for", true).username} ${options.getChannel("where", true).name}`,
    components: [
      row({ type: ComponentTypes.BUTTON, customID: "press", label: "Press", style: ButtonStyles.PRIMARY }),
      row({ type: ComponentTypes.STRING_SELECT, customID: "text", maxValues: 2, options: [{ label: "One", value: "1" }, { label: "Two", value: "2" }] }),
      row({ type: ComponentTypes.USER_SELECT, customID: "user" }), row({ type: ComponentTypes.ROLE_SELECT, customID: "role" }), row({ type: ComponentTypes.MENTIONABLE_SELECT, customID: "mentionable" }),
    ],
  });
  tell("answered", { id: (await answer.getMessage()).id });
  await use.createFollowup({ content: "more", components: [row({ type: ComponentTypes.CHANNEL_SELECT, customID: "channel", channelTypes: [ChannelTypes.GUILD_TEXT] })] });
}

const chosen = {
  text: (values) => values.getStrings().join(),
  user: (values) => values.getUsers()[0].username,
  role: (values) => values.getRoles()[0].name,
  mentionable: (values) => values.getMentionables()[0].username ?? values.getMentionables()[0].name,
  channel: (values) => values.getChannels()[0].name,
};

client.on("interactionCreate", async (use) => {
  try {
    if (use.type === InteractionTypes.APPLICATION_COMMAND_AUTOCOMPLETE) await use.result([{ name: "Complete", value: `${use.data.options.getFocused(true).value}!` }]);
    else if (use.type === InteractionTypes.MODAL_SUBMIT) await use.createMessage({ content: use.data.components.getTextInput("text", true), flags });
    else if (use.type === InteractionTypes.APPLICATION_COMMAND) {
      if (use.data.type === ApplicationCommandTypes.CHAT_INPUT) await play(use);
      else if (use.data.type === ApplicationCommandTypes.USER) await use.createMessage({ content: `hello ${use.data.target.username}`, flags });
      else await use.createMessage({ content: `"${use.data.target.content}"`, flags });
    } else if (use.data.componentType === ComponentTypes.BUTTON) {
      await use.deferUpdate();
      await use.editOriginal({ content: "pressed" });
    } else await use.createMessage({ content: `chose ${chosen[use.data.customID](use.data.values)}`, flags });
  } catch (error) {
    tell("failed", { message: String(error?.stack ?? error) });
  }
});

client.once("ready", async () => {
  try {
    const options = [
      { type: ApplicationCommandOptionTypes.STRING, name: "name", description: "of the song", required: true, autocomplete: true },
      { type: ApplicationCommandOptionTypes.INTEGER, name: "times", description: "how often", minValue: 1 },
      { type: ApplicationCommandOptionTypes.USER, name: "for", description: "whom" },
      { type: ApplicationCommandOptionTypes.CHANNEL, name: "where", description: "it is heard" },
      { type: ApplicationCommandOptionTypes.ATTACHMENT, name: "cover", description: "a picture" },
    ];
    await client.application.bulkEditGlobalCommands([
      { type: ApplicationCommandTypes.CHAT_INPUT, name: "play", description: "plays a song", options }, { type: ApplicationCommandTypes.USER, name: "Wave" }, { type: ApplicationCommandTypes.MESSAGE, name: "Quote" },
    ]);
    const local = await client.application.createGuildCommand(GUILD, { type: ApplicationCommandTypes.CHAT_INPUT, name: "local", description: "only here" });
    await client.application.editGuildCommand(GUILD, local.id, { description: "here alone" });
    await client.application.deleteGuildCommand(GUILD, local.id);
    tell("registered");
  } catch (error) {
    tell("failed", { message: String(error?.stack ?? error) });
  }
});
process.on("SIGTERM", async () => {
  await client.disconnect(false);
  tell("closed");
  process.exit(0);
});
await client.connect();
