/** Units of a pages-only file, read the plain way, from docs/pwt.md. */
import { inflateRawSync } from "node:zlib";

export type PageEvent =
  | { kind: "fetch" | "load" | "store" | "modify"; page: bigint; straddles: boolean }
  | { kind: "unmap"; first: bigint; last: bigint }
  | { kind: "mark"; records: number[]; unfetched: number };

const KINDS = ["fetch", "load", "store", "modify"] as const;
const PAGES = 1n << 52n;
const SLOTS = 240;

/** What the section of `layer` says, block after block. Throws where the file is not as described. */
export function readPages(file: Uint8Array, layer: number): PageEvent[] {
  const bytes = Buffer.from(file);
  const events: PageEvent[] = [];
  let at = 20 + bytes.readUInt16LE(12);
  while (bytes[at] !== 3) {
    const headerBytes = bytes.readUInt16LE(at + 2);
    const sections = bytes[at] === 1 ? bytes.readUInt8(at + 1) : 0;
    let payload = at + headerBytes;
    for (let section = 0; section < sections; section++) {
      const description = at + 44 + 16 * section;
      const stored = bytes.subarray(payload, payload + bytes.readUInt32LE(description + 4));
      payload += stored.length;
      if (bytes[description] !== layer) continue;
      readSection(bytes[description + 1] === 1 ? inflateRawSync(stored) : stored, events);
    }
    at += headerBytes + bytes.readUInt32LE(at + 4);
  }
  return events;
}

function readSection(section: Buffer, events: PageEvent[]): void {
  let slots: PageEvent[] = [];
  let latest = SLOTS - 1;
  let before = { fetch: 0n, data: 0n };
  let at = 0;
  const byte = () => {
    if (at >= section.length) throw new Error("the section ends inside a token");
    return section.readUInt8(at++);
  };
  const number = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const next = byte();
      value |= BigInt(next & 127) << shift;
      if (next < 128) return value;
    }
  };
  const pageAfter = (kind: (typeof KINDS)[number], zigzag: bigint) => {
    const stream = kind === "fetch" ? "fetch" : "data";
    before[stream] = (before[stream] + (zigzag % 2n === 0n ? zigzag / 2n : PAGES - (zigzag + 1n) / 2n)) % PAGES;
    return before[stream];
  };
  while (at < section.length) {
    const end = at + section.readUInt32LE(at);
    if (section.readUInt32LE(at + 4) === 1) {
      slots = [];
      latest = SLOTS - 1;
      before = { fetch: 0n, data: 0n };
    }
    at += 8;
    while (at < end) {
      const token = byte();
      const kind = KINDS[token & 3] ?? "fetch";
      if (token < SLOTS) {
        const event = slots[token];
        if (event === undefined) throw new Error(`slot ${token} is not defined`);
        events.push(event);
      } else if (token <= 0xf2) {
        latest = (latest + 1 + byte()) % SLOTS;
        const event = { kind, page: pageAfter(kind, number()), straddles: false };
        slots[latest] = event;
        events.push(event);
      } else if (token >= 0xf4 && token <= 0xf7) {
        const odd = number();
        events.push({ kind, page: pageAfter(kind, odd / 2n), straddles: odd % 2n === 1n });
      } else if (token === 0xf8) {
        const first = number();
        events.push({ kind: "unmap", first, last: first + number() });
      } else if (token === 0xff) {
        const records = [number(), number(), number(), number()].map(Number);
        events.push({ kind: "mark", records, unfetched: Number(number()) });
      } else {
        throw new Error(`there is no token ${token}`);
      }
    }
    if (at !== end) throw new Error("a token goes beyond its unit");
  }
}
