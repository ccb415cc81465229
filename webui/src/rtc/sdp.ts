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

/** Has Opus be stereo, with 128 kbit/s: browsers make a mono voice of all sound unless it is said here, in what is offered and in what is answered. */
export function forMusic(sdp: string): string {
  const types = new Set([...sdp.matchAll(/^a=rtpmap:(\d+) opus\//gim)].map(([, type]) => type));
  return sdp.replace(/^(a=fmtp:(\d+) )(.*?)(\r?)$/gm, (line: string, start: string, type: string, parameters: string, end: string) => {
    if (!types.has(type)) return line;
    const others = parameters.split(";").filter((p) => !/^\s*(stereo|sprop-stereo|maxaveragebitrate)=/.test(p));
    return `${start}${[...others, "stereo=1", "sprop-stereo=1", "maxaveragebitrate=128000"].join(";")}${end}`;
  });
}
