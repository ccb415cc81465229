// Two browsers talk by the hall's relay alone: one over TCP, one inside of TLS. What they know of it is what the voice gateway's READY says.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, Hall, heard, person, until } from "./hall.mjs";

const password = "correct horse battery";
let hall, running;

before(async () => {
  hall = await Hall.start();
  hall.command("user", "create", "--username", "alice", "--owner", "--password-file", hall.passwordFile(password));
  const guild = JSON.parse(hall.command("guild", "create", "--name", "The Hall", "--owner", "alice", "--json"));
  hall.command("user", "create", "--username", "bob", "--password-file", hall.passwordFile(password));
  const { code } = JSON.parse(hall.command("invite", "create", "--guild", guild.id, "--json"));
  const { token } = await post("/auth/login", { login: "bob", password });
  await post(`/invites/${code}`, {}, token);
  // The relay's certificate is the page's. Trusting the hall's authority is shown elsewhere.
  running = await browser("--ignore-certificate-errors");
});
after(async () => {
  await running?.close();
  await hall?.close();
});

async function post(path, body, token) {
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: token }) };
  const answer = await fetch(`${hall.url}/api/v9${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.json();
}

/** Signs somebody in whose browser may use nothing but the hall's relay, by URLs of one scheme. */
async function relayed(name, scheme) {
  const page = await person(running);
  await page.addInitScript((scheme) => {
    const Socket = window.WebSocket;
    window.WebSocket = class extends Socket {
      constructor(...args) {
        super(...args);
        this.addEventListener("message", ({ data }) => {
          const frame = typeof data === "string" && data.startsWith("{") ? JSON.parse(data) : {};
          if (frame.op === 2 && frame.d?.ice_servers) window.relays = frame.d.ice_servers;
        });
      }
    };
    const Peer = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Peer {
      constructor(configuration) {
        const iceServers = (window.relays ?? []).map((server) => ({ ...server, urls: server.urls.filter((url) => url.startsWith(scheme)) }));
        super({ ...configuration, iceServers, iceTransportPolicy: "relay" });
      }
      // Neither does the client choose others.
      setConfiguration() {}
    };
  }, scheme);
  await page.goto(hall.url);
  await page.getByLabel("User name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  return page;
}

/** How the media of a page goes. */
const route = (page) =>
  page.evaluate(async () => {
    const peer = window.peers.find((one) => one.connectionState === "connected");
    const reports = new Map(await peer.getStats());
    const transport = [...reports.values()].find((report) => report.type === "transport");
    const local = reports.get(reports.get(transport.selectedCandidatePairId).localCandidateId);
    return { type: local.candidateType, protocol: local.relayProtocol };
  });

test("two browsers hear each other by the relay alone", async () => {
  const alice = await relayed("alice", "turn:");
  const bob = await relayed("bob", "turns:");
  for (const page of [alice, bob]) {
    await page.getByRole("button", { name: "Join voice in Lounge" }).click();
    await page.getByRole("status").getByText("Voice connected").waitFor();
  }
  for (const [page, protocol] of [[alice, "tcp"], [bob, "tls"]]) {
    assert.deepEqual(await route(page), { type: "relay", protocol });
    await until("the other is heard", async () => (await heard(page)).energy > 0);
    assert.deepEqual(page.problems, []);
  }
});
