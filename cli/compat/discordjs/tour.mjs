// What each tour has in common, whatever library it is written with: it goes through the features one by one, says which were as they should be, and why another was not, one JSON object a line.
export const { API, HALL, TOKEN, GUILD, CHANNEL, PERSON, BOB, BOB_ID, BOT_ID, INVITE } = process.env;

export const tell = (event, details = {}) => console.log(JSON.stringify({ event, ...details }));

// patience bounds every wait, in milliseconds.
const patience = 60_000;

// heard waits for an event of a client that a test of its arguments accepts. It must be asked for before what leads to the event.
export function heard(client, event, accepts = () => true) {
  const promise = new Promise((resolve, reject) => {
    const late = setTimeout(() => end(reject, new Error(`${event} was not heard`)), patience);
    const listen = (...details) => accepts(...details) && end(resolve, details);
    const end = (settle, value) => {
      clearTimeout(late);
      client.off(event, listen);
      settle(value);
    };
    client.on(event, listen);
  });
  promise.catch(() => {}); // who waits for it is told
  return promise;
}

export function same(what, got, want) {
  const [one, other] = [JSON.stringify(got), JSON.stringify(want)];
  if (one !== other) throw new Error(`${what} is ${one}, not ${other}`);
}

// person does something as a person does, over HTTP.
export async function person(authorization, method, path, body) {
  const answer = await fetch(`${HALL}/api/v10${path}`, { method, headers: { authorization, "content-type": "application/json" }, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.status === 204 ? undefined : answer.json();
}

// go takes the tour: features are functions by name, and end ends the client in an orderly manner.
export async function go(features, end) {
  process.on("SIGTERM", async () => {
    await end();
    tell("closed");
  });
  for (const [feature, run] of Object.entries(features)) {
    try {
      await run();
      tell("proven", { feature });
    } catch (error) {
      tell("failed", { feature, message: String(error?.stack ?? error) });
    }
  }
  tell("toured");
}

export const still = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADElEQVR4nGNg+A+EAAYAAf+T0eSJAAAAAElFTkSuQmCC", "base64");
