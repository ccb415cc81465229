// Runs the real executable and real browsers for the tests.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const top = new URL("../..", import.meta.url).pathname;
let binary;

/** Builds the executable once. */
export function build() {
  if (binary) return binary;
  const folder = mkdtempSync(join(tmpdir(), "guildhall-e2e-"));
  binary = join(folder, "guildhall");
  execFileSync("go", ["build", "-o", binary, "."], { cwd: top, stdio: "inherit" });
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return binary;
}

/** Finds a free port below those that systems give to outgoing connections, one of which could otherwise take it between two runs of a hall. */
function freePort() {
  return new Promise((done) => {
    const attempt = () => {
      const port = 10000 + Math.floor(Math.random() * 10000);
      const server = createServer();
      server.once("error", attempt);
      server.listen(port, "127.0.0.1", () => server.close(() => done(port)));
    };
    attempt();
  });
}

/** A running hall with its own data folder. */
export class Hall {
  static async start(...options) {
    const hall = new Hall();
    hall.folder = mkdtempSync(join(tmpdir(), "guildhall-hall-"));
    hall.port = await freePort();
    hall.url = `http://localhost:${hall.port}`;
    hall.options = options;
    await hall.run();
    return hall;
  }

  get arguments() {
    return ["--data", join(this.folder, "data"), "--listen", `127.0.0.1:${this.port}`, "--advertise", "127.0.0.1", "--mdns", "off", ...this.options];
  }

  async run() {
    const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GUILDHALL_")));
    this.process = spawn(build(), [...this.arguments, "serve"], { env: environment });
    this.output = "";
    this.ended = new Promise((done) => this.process.once("exit", (code) => done(code)));
    await new Promise((done, fail) => {
      const read = (chunk) => {
        this.output += chunk;
        if (this.output.includes("The hall is open.")) done();
      };
      this.process.stdout.on("data", read);
      this.process.stderr.on("data", read);
      this.ended.then(() => fail(new Error(`the hall did not start:\n${this.output}`)));
    });
  }

  get setupLink() {
    return /http:\/\/\S+\/setup#\S+/.exec(this.output)[0].replace("127.0.0.1", "localhost");
  }

  command(...args) {
    return execFileSync(build(), ["--data", join(this.folder, "data"), ...args]).toString();
  }

  /** A file with a password, for commands: they take none as an argument. */
  passwordFile(password) {
    const path = join(this.folder, "password");
    writeFileSync(path, password, { mode: 0o600 });
    return path;
  }

  async kill() {
    this.process.kill("SIGKILL");
    await this.ended;
  }

  async stop() {
    this.process.kill("SIGTERM");
    const code = await this.ended;
    if (code !== 0) throw new Error(`the hall ended with code ${code}:\n${this.output}`);
  }

  async close() {
    if (this.process.exitCode === null) await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const executables = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** A browser with a microphone that beeps, and more arguments. */
export function browser(...more) {
  const executablePath = executables.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("Chromium is not installed: run make setup");
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
      "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--autoplay-policy=no-user-gesture-required",
      ...more,
    ],
  });
}

/** A person with a browser profile of their own. What their page throws fails the test. */
export async function person(running, options = {}) {
  const context = await running.newContext({ viewport: { width: 1440, height: 900 }, permissions: ["microphone"], ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && /Content Security Policy|Uncaught/.test(message.text())) page.problems.push(message.text());
  });
  // The test reads the connections' statistics; the client keeps them to itself.
  await page.addInitScript(() => {
    const Original = window.RTCPeerConnection;
    window.peers = [];
    window.RTCPeerConnection = class extends Original {
      constructor(...args) {
        super(...args);
        window.peers.push(this);
      }
    };
  });
  return page;
}

/** Makes an account, and gives a page on which it has come into a server by an invite. */
export async function member(running, hall, name, invite, options) {
  hall.command("user", "create", "--username", name, "--password-file", hall.passwordFile(`the password of ${name}`));
  const page = await person(running, options);
  await signIn(page, hall, name);
  await page.goto(invite.replace("127.0.0.1", "localhost"));
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await page.getByRole("heading", { name: "general" }).first().waitFor();
  return page;
}

/** Signs an account in that member made. */
export async function signIn(page, hall, name) {
  await page.goto(hall.url);
  await page.getByLabel("User name or e-mail").fill(name);
  await page.getByLabel("Password").fill(`the password of ${name}`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "Settings", exact: true }).waitFor();
}

/** A server whose owner is an account of its own, and an invite to it. */
export function server(hall) {
  hall.command("user", "create", "--username", "owner", "--owner", "--password-file", hall.passwordFile("the password of owner"));
  const guild = JSON.parse(hall.command("guild", "create", "--name", "The Hall", "--owner", "owner", "--json"));
  return { ...guild, invite: JSON.parse(hall.command("invite", "create", "--guild", guild.id, "--json")).url };
}

/** What is heard at a page: the energy and the packets of all that comes in, over its open connections. */
export const heard = (page) =>
  page.evaluate(async () => {
    const sum = { energy: 0, packets: 0, lost: 0, seconds: 0 };
    for (const peer of window.peers.filter((p) => p.connectionState === "connected")) {
      for (const report of (await peer.getStats()).values()) {
        if (report.type !== "inbound-rtp" || report.kind !== "audio") continue;
        sum.energy += report.totalAudioEnergy ?? 0;
        sum.seconds += report.totalSamplesDuration ?? 0;
        sum.packets += report.packetsReceived ?? 0;
        sum.lost += report.packetsLost ?? 0;
      }
    }
    return sum;
  });

/** Waits until something about a page is true; fails with words when it does not become so. */
export async function until(what, test, patience = 30_000) {
  const end = Date.now() + patience;
  for (;;) {
    const value = await test();
    if (value) return value;
    if (Date.now() > end) throw new Error(`never came true: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
