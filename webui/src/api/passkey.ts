// Talks to authenticators through the browser: the hall's options and the browser's answers go as JSON.

/** Whether this page can use passkeys at all. */
export const passkeysKnown = () => typeof PublicKeyCredential !== "undefined" && window.isSecureContext && !/^[\d.]+$|^\[/.test(location.hostname);

type Descriptor = { id: string; type: "public-key"; transports?: AuthenticatorTransport[] };

function bytes(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

export function text(buffer: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

const descriptors = (list: Descriptor[] | undefined) => list?.map((one) => ({ ...one, id: bytes(one.id) }));

/** Makes a passkey with the options of the hall; gives what the hall wants to see of it. */
export async function makePasskey(options: string): Promise<string> {
  const asked = JSON.parse(options);
  const made = (await navigator.credentials.create({
    publicKey: { ...asked, challenge: bytes(asked.challenge), user: { ...asked.user, id: bytes(asked.user.id) }, excludeCredentials: descriptors(asked.excludeCredentials) },
  })) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  return answer(made, {
    clientDataJSON: text(response.clientDataJSON),
    attestationObject: text(response.attestationObject),
    transports: response.getTransports?.() ?? [],
  });
}

/** Uses a passkey with the options of the hall; gives what the hall wants to see of it. */
export async function usePasskey(options: string): Promise<string> {
  const asked = JSON.parse(options);
  const used = (await navigator.credentials.get({
    publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials: descriptors(asked.allowCredentials) },
  })) as PublicKeyCredential;
  const response = used.response as AuthenticatorAssertionResponse;
  return answer(used, {
    clientDataJSON: text(response.clientDataJSON),
    authenticatorData: text(response.authenticatorData),
    signature: text(response.signature),
    ...(response.userHandle && { userHandle: text(response.userHandle) }),
  });
}

const answer = (made: PublicKeyCredential, response: Record<string, unknown>) =>
  JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} });

/** Whether it only means that the person changed their mind, or took too long. */
export const cancelled = (cause: unknown) => cause instanceof DOMException && ["NotAllowedError", "AbortError"].includes(cause.name);
/** Whether the authenticator has a passkey of this account already. */
export const known = (cause: unknown) => cause instanceof DOMException && cause.name === "InvalidStateError";
