/** What inputs are made of: small traces of every format and compression. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { SELECT_ALL } from "../../src/config/selection.ts";
import { createPwtEncoder } from "../../src/convert/pwt.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import { encodeChampsim, encodeCloudsuite } from "../formats/champsim.ts";
import { encodeDrmemtrace } from "../formats/drmemtrace.ts";
import { ofOneThread } from "../formats/records.ts";
import { TEXT_FORMATS } from "../formats/text-formats.ts";
import { encodeChunks } from "../formats/zip.ts";
import { lackeyText } from "../helpers/random-records.ts";
import type { Access } from "../reference/access.ts";
import type { Random } from "./mutate.ts";

export interface Seed {
  /** Format, and compression as an extension. */
  name: string;
  format: string;
  /** Whether it is compressed. */
  isStored: boolean;
  bytes: Uint8Array;
}

/** Where the project's own files are, from the sources and from what is built of them. */
const PROJECT = fileURLToPath(
  new URL(import.meta.url.includes("/dist/") ? "../../../../../" : "../../", import.meta.url),
);

const RECORDS = 60;

/** Records as programs make them, with a few at the edges of what there may be. */
function records(random: Random): Access[] {
  const kinds = ["fetch", "load", "store", "modify"] as const;
  const sizes = [1, 2, 4, 8, 16, 64, 4096];
  const pages = Array.from({ length: 6 }, () => BigInt(random()) << 12n);
  pages.push(0x7fff_ffff_f000n, 0xffff_8000_0000_0000n, 0x8000_0000_0000n);
  return Array.from({ length: RECORDS }, () => ({
    kind: kinds[random() % 4] ?? "load",
    va: (pages[random() % pages.length] ?? 0n) + BigInt(random() % 4096),
    size: sizes[random() % sizes.length] ?? 1,
  }));
}

/** Text of lackey as a .pwt, in the full form. */
async function converted(text: Uint8Array, compression: "none" | "deflate"): Promise<Uint8Array> {
  const kernel = await Kernel.create();
  kernel.configureEntries({ decoder: "LACKEY", selection: SELECT_ALL });
  const encoder = createPwtEncoder(kernel, { source: "lackey", compression });
  const pieces: Uint8Array[] = [];
  kernel.input().set(text);
  kernel.decode(text.length, true);
  for await (const piece of encoder.encode()) pieces.push(piece.slice());
  for await (const piece of encoder.finish()) pieces.push(piece.slice());
  return new Uint8Array(Buffer.concat(pieces));
}

/** The seeds, the same for the same generator. */
export async function corpus(random: Random): Promise<Seed[]> {
  const list = records(random);
  const instructions = list.map(({ va }, index) => ({ ip: va | 1n, loads: [va], stores: index % 3 === 0 ? [va] : [] }));
  const text = new TextEncoder();
  const lackey = text.encode(`==12== Lackey\n${lackeyText(list)}==12== end\n`);
  const plain: Omit<Seed, "isStored">[] = [
    { name: "lackey", format: "lackey", bytes: lackey },
    { name: "drmemtrace", format: "drmemtrace", bytes: encodeDrmemtrace(list) },
    { name: "champsim", format: "champsim", bytes: encodeChampsim(instructions) },
    { name: "cloudsuite", format: "cloudsuite", bytes: encodeCloudsuite(instructions) },
    ...TEXT_FORMATS.slice(1).map(({ name, encode }, index) => {
      return { name: `${name}${index}`, format: name, bytes: text.encode(encode(ofOneThread(list))) };
    }),
    { name: "pwt", format: "pwt", bytes: await converted(lackey, "none") },
    { name: "pwt-deflated", format: "pwt", bytes: await converted(lackey, "deflate") },
  ];
  const fixtures = ["small.xz", "small-sha256.xz", "small.zst"].map((file) => ({
    name: file,
    format: "lackey",
    bytes: new Uint8Array(readFileSync(`${PROJECT}test/trace/fixtures/${file}`)),
  }));
  const gzipped = plain.map(({ name, format, bytes }) => {
    return { name: `${name}.gz`, format, bytes: new Uint8Array(gzipSync(bytes)) };
  });
  const zipped = plain.map(({ name, format, bytes }) => ({
    name: `${name}.zip`,
    format,
    bytes: encodeChunks(bytes, 500),
  }));
  const stored = [...gzipped, ...zipped, ...fixtures];
  return [
    ...plain.map((seed) => ({ ...seed, isStored: false })),
    ...stored.map((seed) => ({ ...seed, isStored: true })),
  ];
}
