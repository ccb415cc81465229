// Reads what the client has to know of a session description.

export interface Sender {
  mid: string;
  ssrc: number;
}

/** Who sends in a description: the first SSRC of each media section that has one. */
export function sendersIn(sdp: string): Sender[] {
  return sdp
    .split(/^m=/m)
    .slice(1)
    .flatMap((section) => {
      const mid = /^a=mid:(\S+)/m.exec(section)?.[1];
      const ssrc = Number(/^a=ssrc:(\d+)/m.exec(section)?.[1]);
      return mid && ssrc ? [{ mid, ssrc }] : [];
    });
}
