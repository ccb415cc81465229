// A music bot on discord.js with @discordjs/voice, as its guide teaches to write one: it plays a file over and over, and listens to everybody. VOICE names the
// version of the library, and with NO_GCM it finds no AES in this Node.js, so that it takes the other encryption. It tells on standard output whom it heard,
// and what, one JSON object a line.
import crypto from "node:crypto";
import { createReadStream } from "node:fs";
import { Client, Events, GatewayIntentBits } from "discord.js";

if (process.env.NO_GCM) crypto.getCiphers = () => [];
const { createAudioPlayer, createAudioResource, entersState, joinVoiceChannel, AudioPlayerStatus, StreamType, VoiceConnectionStatus } = await import(process.env.VOICE);

const tell = (event, details = {}) => console.log(JSON.stringify({ event, ...details }));

const client = new Client({ intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildVoiceStates], rest: { api: process.env.API } });

const player = createAudioPlayer();
const play = () => player.play(createAudioResource(createReadStream(process.env.TONE), { inputType: StreamType.OggOpus }));
player.on(AudioPlayerStatus.Idle, play);
player.on("error", (error) => tell("error", { message: error.message }));

// listen tells what is heard of a user, in pieces of a second.
function listen(connection, user) {
  let frames = [];
  connection.receiver.subscribe(user).on("data", (opus) => {
    frames.push(opus.toString("base64"));
    if (frames.length < 50) return;
    tell("heard", { user, frames });
    frames = [];
  });
}

let connection;

// comeBack asks again when the library's own attempt to come back leads to nothing, as its example bot does.
let comingBack = false;
async function comeBack() {
  if (comingBack) return;
  comingBack = true;
  while (connection.state.status !== VoiceConnectionStatus.Destroyed) {
    try {
      await entersState(connection, VoiceConnectionStatus.Ready, 5_000);
      break;
    } catch {
      if (connection.state.status !== VoiceConnectionStatus.Destroyed) connection.rejoin();
    }
  }
  comingBack = false;
}

client.once(Events.ClientReady, async () => {
  const channel = await client.channels.fetch(process.env.CHANNEL);
  connection = joinVoiceChannel({ channelId: channel.id, guildId: channel.guild.id, adapterCreator: channel.guild.voiceAdapterCreator, selfDeaf: false });
  connection.on("stateChange", (before, now) => {
    tell("state", { state: now.status });
    if (before.status !== now.status && now.status === VoiceConnectionStatus.Signalling) comeBack();
  });
  connection.on("error", (error) => tell("error", { message: error.message }));
  const heard = new Set();
  connection.receiver.speaking.on("start", (user) => {
    if (heard.has(user)) return;
    heard.add(user);
    listen(connection, user);
  });
  await entersState(connection, VoiceConnectionStatus.Ready, 30_000);
  connection.subscribe(player);
  play();
  tell("joined", { mode: connection.state.networking.state.connectionData.encryptionMode });
});

process.on("SIGTERM", async () => {
  connection?.destroy();
  await client.destroy();
  console.log(JSON.stringify({ event: "closed" }));
  process.exit(0);
});

await client.login(process.env.TOKEN);
