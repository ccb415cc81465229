import { expect, it } from "vitest";
import { forMusic, sendersIn } from "./sdp";

it("who sends is read out of a description, section by section", () => {
  const sdp = ["v=0", "a=group:BUNDLE 0 1 2", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=recvonly", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:1", "a=ssrc:77 cname:x", "a=ssrc:77 msid:x y",
    "m=video 9 UDP/TLS/RTP/SAVPF 96", "a=ssrc-group:FID 5 6", "a=ssrc:5 cname:x", "a=ssrc:6 cname:x", "a=mid:2", ""];
  for (const end of ["\r\n", "\n"]) expect(sendersIn(sdp.join(end))).toEqual([{ mid: "1", ssrc: 77 }, { mid: "2", ssrc: 5 }]);
  expect(sendersIn("")).toEqual([]);
});

it("music is asked for in stereo, and nothing else is touched", () => {
  const sdp = ["v=0", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1", "a=rtpmap:96 VP8/90000", "a=fmtp:96 x=1", ""];
  for (const end of ["\r\n", "\n"]) {
    const made = forMusic(sdp.join(end));
    expect(made).toBe(sdp.join(end).replace("useinbandfec=1", "useinbandfec=1;stereo=1;sprop-stereo=1;maxaveragebitrate=128000"));
    expect(forMusic(made)).toBe(made);
  }
  expect(forMusic("")).toBe("");
});
