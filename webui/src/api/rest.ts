// Talks to the HTTP API. Rate limits are waited out, an access token that has ended is renewed once.
import { credentials } from "./credentials";

const base = "/api/v10";

/** What went wrong with a request, in words that people can be shown. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    /** What is wrong with the fields of a form, by name. */
    readonly fields: Record<string, string> = {},
  ) {
    super(message);
  }
  /** The hall did not answer at all. */
  get unreachable() {
    return this.status === 0;
  }
}

interface Leaf {
  _errors?: { message: string }[];
  [name: string]: unknown;
}

function fieldsOf(errors: Leaf | undefined, path = "", into: Record<string, string> = {}): Record<string, string> {
  for (const [name, value] of Object.entries(errors ?? {})) {
    if (name === "_errors") into[path] = (value as { message: string }[])[0]?.message ?? "";
    else fieldsOf(value as Leaf, path ? `${path}.${name}` : name, into);
  }
  return into;
}

const maxWaits = 4;

interface Options {
  body?: unknown;
  /** Routes that need no account. */
  open?: boolean;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

async function send(method: string, path: string, options: Options, token: string | null): Promise<Response> {
  const headers: Record<string, string> = { ...options.headers };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(base + path, {
      method,
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      credentials: "same-origin",
      signal: options.signal,
    });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw new ApiError(0, 0, "Can't reach the hall.");
  }
}

export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  let renewed = false;
  for (let waits = 0; ; ) {
    const token = options.open ? null : await credentials.token();
    const response = await send(method, path, options, token);
    if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
    const body = await response.json().catch(() => ({}));
    if (response.status === 401 && !options.open && !renewed) {
      renewed = true;
      credentials.expire(token);
      continue;
    }
    if (response.status === 429 && body.code !== 20016 && waits++ < maxWaits) {
      await new Promise((done) => setTimeout(done, Math.min((body.retry_after ?? 1) * 1000, 30_000)));
      continue;
    }
    const fields = fieldsOf(body.errors);
    throw new ApiError(response.status, body.code ?? 0, Object.values(fields)[0] ?? body.message ?? "Something went wrong. Try again.", fields);
  }
}

export const get = <T>(path: string, options?: Options) => request<T>("GET", path, options);
export const post = <T>(path: string, body?: unknown, options?: Options) => request<T>("POST", path, { ...options, body: body ?? {} });
export const patch = <T>(path: string, body: unknown) => request<T>("PATCH", path, { body });
export const remove = <T = void>(path: string, body?: unknown) => request<T>("DELETE", path, { body });
