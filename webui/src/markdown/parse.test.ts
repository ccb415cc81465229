import { describe, expect, it } from "vitest";
import { inline, parse, safeHref, type Inline } from "./parse";

const text = (value: string): Inline => ({ type: "text", text: value });

describe("inline marks", () => {
  it("shows what they mean", () => {
    expect(inline("**a** *b* __c__ ~~d~~ ||e|| `f`")).toEqual([
      { type: "strong", children: [text("a")] }, text(" "), { type: "em", children: [text("b")] }, text(" "), { type: "underline", children: [text("c")] }, text(" "),
      { type: "strike", children: [text("d")] }, text(" "), { type: "spoiler", children: [text("e")] }, text(" "), { type: "code", text: "f" },
    ]);
  });
  it("lie in each other", () => {
    expect(inline("**a *b* c**")).toEqual([{ type: "strong", children: [text("a "), { type: "em", children: [text("b")] }, text(" c")] }]);
    expect(inline("***x***")).toEqual([{ type: "strong", children: [{ type: "em", children: [text("x")] }] }]);
  });
  it("stay text where they are not closed, escaped or within words", () => {
    for (const source of ["**a", "2 * 3 * 4", "snake_case_name"]) expect(inline(source)).toEqual([text(source)]);
    expect(inline("\\*a\\*")).toEqual([text("*a*")]);
  });
  it("mean nothing within code", () => {
    expect(inline("`**a**`")).toEqual([{ type: "code", text: "**a**" }]);
  });
});

describe("links", () => {
  it("lead to the web only", () => {
    expect(safeHref("javascript:alert(1)")).toBeNull();
    expect(safeHref("data:text/html,x")).toBeNull();
    expect(inline("[x](javascript:alert(1))")).toEqual([text("[x](javascript:alert(1))")]);
    expect(inline("[x](https://example.org/)")).toEqual([{ type: "link", href: "https://example.org/", children: [text("x")] }]);
    expect(inline("[`0a1b` and \\[b\\] **c** <@1>](https://example.org/)")).toEqual([
      { type: "link", href: "https://example.org/", children: [{ type: "code", text: "0a1b" }, text(" and [b] **c** <@1>")] },
    ]);
    expect(inline("[`a](https://example.org/)")).toEqual([{ type: "link", href: "https://example.org/", children: [text("`a")] }]);
  });
  it("leave the sentence its punctuation", () => {
    expect(inline("see https://example.org/a_(b).")).toEqual([text("see "), { type: "link", href: "https://example.org/a_(b)", children: [text("https://example.org/a_(b)")] }, text(".")]);
  });
});

describe("mentions and times", () => {
  it("are read", () => {
    expect(inline("<@1> <@!2> <@&3> <#4> @everyone <t:5:R>")).toEqual([
      { type: "user", id: "1" }, text(" "), { type: "user", id: "2" }, text(" "), { type: "role", id: "3" }, text(" "), { type: "channel", id: "4" }, text(" "),
      { type: "everyone", text: "@everyone" }, text(" "), { type: "time", at: 5000, style: "R" },
    ]);
  });
});

describe("blocks", () => {
  it("are told apart", () => {
    expect(parse("# a\n> b\n- c\n- d\n```js\ne < f\n```\ng").map((b) => b.type)).toEqual(["heading", "quote", "list", "code", "paragraph"]);
  });
  it("keep code as it is", () => {
    expect(parse("```js\n<b>**x**</b>\n```")).toEqual([{ type: "code", language: "js", text: "<b>**x**</b>" }]);
  });
  it("leave an unclosed fence as text", () => {
    expect(parse("```a")[0]!.type).toBe("paragraph");
  });
  it("survive anything", () => {
    for (const source of ["> ".repeat(5000), "**".repeat(5000), "[".repeat(2000), "- ".repeat(500) + "x", "||".repeat(3000), "`".repeat(2001)]) expect(parse(source).length).toBeGreaterThan(0);
  });
});
