import { expect, it } from "vitest";
import { sendersIn } from "./sdp";

it("who sends is read out of a description, section by section", () => {
  const sdp = ["v=0", "a=group:BUNDLE 0 1 2", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:0", "a=recvonly", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:1", "a=ssrc:77 cname:x", "a=ssrc:77 msid:x y",
    "m=video 9 UDP/TLS/RTP/SAVPF 96", "a=ssrc-group:FID 5 6", "a=ssrc:5 cname:x", "a=ssrc:6 cname:x", "a=mid:2", ""];
  for (const end of ["\r\n", "\n"]) expect(sendersIn(sdp.join(end))).toEqual([{ mid: "1", ssrc: 77 }, { mid: "2", ssrc: 5 }]);
  expect(sendersIn("")).toEqual([]);
});
