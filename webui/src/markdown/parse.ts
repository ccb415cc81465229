// Turns what people write into a tree that components show. Nothing here ever becomes HTML text.

export type Inline =
  | { type: "text"; text: string }
  | { type: "strong" | "em" | "underline" | "strike" | "spoiler"; children: Inline[] }
  | { type: "code"; text: string }
  | { type: "link"; href: string; children: Inline[] }
  | { type: "user" | "role" | "channel"; id: string }
  | { type: "everyone"; text: string }
  | { type: "time"; at: number; style: string }
  | { type: "emoji"; name: string }
  | { type: "break" };

export type Block =
  | { type: "paragraph"; children: Inline[] }
  | { type: "heading"; level: 1 | 2 | 3; children: Inline[] }
  | { type: "quote"; children: Block[] }
  | { type: "code"; language: string; text: string }
  | { type: "list"; ordered: boolean; start: number; items: Block[][] };

/** How deep things may lie in each other; what is deeper stays text. */
const deepest = 12;

/** Only addresses of the web can be followed. */
export function safeHref(text: string): string | null {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

export function parse(source: string, depth = 0): Block[] {
  const lines = source.split("\n");
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  const flush = () => {
    if (paragraph.length) blocks.push({ type: "paragraph", children: inline(paragraph.join("\n"), depth) });
    paragraph = [];
  };
  for (let i = 0; i < lines.length; ) {
    const used = fence(lines, i, blocks, flush) || quote(lines, i, blocks, flush, depth) || heading(lines[i]!, blocks, flush, depth) || list(lines, i, blocks, flush, depth);
    if (used) {
      i += used;
      continue;
    }
    paragraph.push(lines[i]!);
    i++;
  }
  flush();
  return blocks;
}

function fence(lines: string[], at: number, blocks: Block[], flush: () => void): number {
  const line = lines[at]!;
  const start = line.indexOf("```");
  if (start < 0) return 0;
  const rest = [line.slice(start + 3), ...lines.slice(at + 1)].join("\n");
  const end = rest.indexOf("```");
  if (end < 0 || (start > 0 && line.slice(0, start).trim() !== "")) return 0;
  let text = rest.slice(0, end);
  const after = rest.slice(end + 3);
  const used = rest.slice(0, end).split("\n").length;
  if (after.split("\n")[0]!.trim() !== "") return 0;
  let language = "";
  const first = /^([A-Za-z0-9_+#.-]{1,20})\n/.exec(text);
  if (first) {
    language = first[1]!;
    text = text.slice(first[0].length);
  }
  flush();
  blocks.push({ type: "code", language, text: text.replace(/^\n/, "").replace(/\n$/, "") });
  return used;
}

function quote(lines: string[], at: number, blocks: Block[], flush: () => void, depth: number): number {
  if (depth >= deepest) return 0;
  if (lines[at]!.startsWith(">>> ")) {
    flush();
    blocks.push({ type: "quote", children: parse([lines[at]!.slice(4), ...lines.slice(at + 1)].join("\n"), depth + 1) });
    return lines.length - at;
  }
  let end = at;
  while (end < lines.length && /^>( |$)/.test(lines[end]!)) end++;
  if (end === at) return 0;
  flush();
  const inner = lines.slice(at, end).map((line) => line.slice(2));
  blocks.push({ type: "quote", children: parse(inner.join("\n"), depth + 1) });
  return end - at;
}

function heading(line: string, blocks: Block[], flush: () => void, depth: number): number {
  const found = /^(#{1,3}) +(\S.*)$/.exec(line);
  if (!found) return 0;
  flush();
  blocks.push({ type: "heading", level: found[1]!.length as 1 | 2 | 3, children: inline(found[2]!, depth) });
  return 1;
}

const item = /^( *)([-*]|\d{1,9}\.) +(\S.*)$/;

function list(lines: string[], at: number, blocks: Block[], flush: () => void, depth: number): number {
  const first = item.exec(lines[at]!);
  if (!first || depth >= deepest) return 0;
  const indent = first[1]!.length;
  const ordered = /\d/.test(first[2]!);
  const items: string[][] = [];
  let end = at;
  for (; end < lines.length; end++) {
    const found = item.exec(lines[end]!);
    if (found && found[1]!.length <= indent + 1) {
      if (/\d/.test(found[2]!) !== ordered || found[1]!.length < indent) break;
      items.push([found[3]!]);
    } else if (/^ {2,}\S/.test(lines[end]!) && items.length) items.at(-1)!.push(lines[end]!.replace(/^ {2}/, ""));
    else break;
  }
  flush();
  blocks.push({ type: "list", ordered, start: ordered ? Number.parseInt(first[2]!, 10) : 1, items: items.map((inner) => parse(inner.join("\n"), depth + 1)) });
  return end - at;
}

const pairs: { mark: string; type: "strong" | "em" | "underline" | "strike" | "spoiler" }[] = [
  { mark: "**", type: "strong" },
  { mark: "__", type: "underline" },
  { mark: "~~", type: "strike" },
  { mark: "||", type: "spoiler" },
  { mark: "*", type: "em" },
  { mark: "_", type: "em" },
];

interface Found {
  node: Inline;
  length: number;
}

export function inline(text: string, depth = 0): Inline[] {
  const nodes: Inline[] = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push({ type: "text", text: plain });
    plain = "";
  };
  for (let i = 0; i < text.length; ) {
    const c = text[i]!;
    if (c === "\\" && i + 1 < text.length && /[\\`*_~|<>#@[\]()!-]/.test(text[i + 1]!)) {
      plain += text[i + 1];
      i += 2;
      continue;
    }
    if (c === "\n") {
      flush();
      nodes.push({ type: "break" });
      i++;
      continue;
    }
    const found = code(text, i) ?? angle(text, i) ?? everyone(text, i) ?? masked(text, i, depth) ?? bare(text, i) ?? paired(text, i, depth);
    if (found) {
      flush();
      nodes.push(found.node);
      i += found.length;
      continue;
    }
    plain += c;
    i++;
  }
  flush();
  return nodes;
}

function code(text: string, at: number): Found | null {
  if (text[at] !== "`") return null;
  const ticks = /^`+/.exec(text.slice(at))![0];
  const end = text.indexOf(ticks, at + ticks.length);
  if (end < 0 || end === at + ticks.length) return null;
  return { node: { type: "code", text: text.slice(at + ticks.length, end).replace(/^ (.*) $/, "$1") }, length: end + ticks.length - at };
}

function angle(text: string, at: number): Found | null {
  if (text[at] !== "<") return null;
  const end = text.indexOf(">", at);
  if (end < 0 || end - at > 2048) return null;
  const inner = text.slice(at + 1, end);
  const length = end + 1 - at;
  let found = /^(@!?|@&|#)(\d{1,19})$/.exec(inner);
  if (found) {
    const type = found[1] === "#" ? "channel" : found[1] === "@&" ? "role" : "user";
    return { node: { type, id: found[2]! }, length };
  }
  found = /^t:(-?\d{1,13})(?::([tTdDfFR]))?$/.exec(inner);
  if (found && Math.abs(Number(found[1])) <= 8.64e12) return { node: { type: "time", at: Number(found[1]) * 1000, style: found[2] ?? "f" }, length };
  found = /^a?:([A-Za-z0-9_]{2,32}):\d{1,19}$/.exec(inner);
  if (found) return { node: { type: "emoji", name: found[1]! }, length };
  const href = /^https?:\/\/\S+$/.test(inner) && safeHref(inner);
  return href ? { node: { type: "link", href, children: [{ type: "text", text: inner }] }, length } : null;
}

function everyone(text: string, at: number): Found | null {
  const found = /^@(everyone|here)\b/.exec(text.slice(at, at + 10));
  return found ? { node: { type: "everyone", text: found[0] }, length: found[0].length } : null;
}

function masked(text: string, at: number, depth: number): Found | null {
  if (text[at] !== "[" || depth >= deepest) return null;
  const found = /^\[((?:\\.|[^\]\\\n]){1,500})\]\((<?)(https?:\/\/[^\s)>]+)(>?)\)/.exec(text.slice(at, at + 3000));
  const href = found && safeHref(found[3]!);
  if (!found || !href) return null;
  return { node: { type: "link", href, children: label(found[1]!) }, length: found[0].length };
}

/** The words of a link: text and code, nothing that leads elsewhere. */
function label(text: string): Inline[] {
  const nodes: Inline[] = [];
  let plain = "";
  for (let i = 0; i <= text.length; ) {
    const found = i < text.length ? code(text, i) : null;
    if ((found || i === text.length) && plain) {
      nodes.push({ type: "text", text: plain });
      plain = "";
    }
    if (found) nodes.push(found.node);
    else if (text[i] === "\\" && i + 1 < text.length) plain += text[++i];
    else plain += text[i] ?? "";
    i += found?.length ?? 1;
  }
  return nodes;
}

function bare(text: string, at: number): Found | null {
  if (text[at] !== "h" || (at > 0 && /[A-Za-z0-9]/.test(text[at - 1]!))) return null;
  const found = /^https?:\/\/[^\s<>"]+/.exec(text.slice(at, at + 2048));
  if (!found) return null;
  // Punctuation at the end belongs to the sentence, and a closing bracket that was not opened in the address too.
  let address = found[0].replace(/[.,:;!?'*_~|]+$/, "");
  while (address.endsWith(")") && (address.match(/\)/g)?.length ?? 0) > (address.match(/\(/g)?.length ?? 0)) address = address.slice(0, -1);
  const href = safeHref(address);
  return href ? { node: { type: "link", href, children: [{ type: "text", text: address }] }, length: address.length } : null;
}

function paired(text: string, at: number, depth: number): Found | null {
  if (depth >= deepest) return null;
  for (const { mark, type } of pairs) {
    if (!text.startsWith(mark, at)) continue;
    const start = at + mark.length;
    if (start >= text.length || (type === "em" && /\s/.test(text[start]!))) continue;
    // Within a word an underscore is a letter: snake_case.
    if (mark === "_" && at > 0 && /\w/.test(text[at - 1]!)) continue;
    const end = closing(text, start, mark);
    if (end < 0) continue;
    return { node: { type, children: inline(text.slice(start, end), depth + 1) }, length: end + mark.length - at };
  }
  return null;
}

function closing(text: string, from: number, mark: string): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === "\\") {
      i++;
      continue;
    }
    if (text[i] === "`") {
      const end = text.indexOf("`", i + 1);
      if (end > 0) i = end;
      continue;
    }
    if (!text.startsWith(mark, i) || i === from) continue;
    if (mark.length === 1) {
      if (text[i + 1] === mark) {
        i++; // the beginning or end of a double mark
        continue;
      }
      if (/\s/.test(text[i - 1]!) || (mark === "_" && /\w/.test(text[i + 1] ?? ""))) continue;
    } else if (text[i + 2] === mark[0] && mark === "**") continue;
    return i;
  }
  return -1;
}
