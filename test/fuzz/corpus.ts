/** What inputs are made of: small traces of every format and compression. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { encodeChampsim, encodeCloudsuite } from "../formats/champsim.ts";
import { encodeDrmemtrace } from "../formats/drmemtrace.ts";
import { encodeChunks } from "../formats/zip.ts";
import { lackeyText } from "../helpers/random-records.ts";
import type { Access } from "../reference/access.ts";
import type { Random } from "./mutate.ts";

export interface Seed {
  /** Format, and compression as an extension. */
  name: string;
  format: string;
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

/** The seeds, the same for the same generator. */
export function corpus(random: Random): Seed[] {
  const list = records(random);
  const instructions = list.map(({ va }, index) => ({ ip: va | 1n, loads: [va], stores: index % 3 === 0 ? [va] : [] }));
  const plain: Seed[] = [
    {
      name: "lackey",
      format: "lackey",
      bytes: new TextEncoder().encode(`==12== Lackey\n${lackeyText(list)}==12== end\n`),
    },
    { name: "drmemtrace", format: "drmemtrace", bytes: encodeDrmemtrace(list) },
    { name: "champsim", format: "champsim", bytes: encodeChampsim(instructions) },
    { name: "cloudsuite", format: "cloudsuite", bytes: encodeCloudsuite(instructions) },
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
  return [...plain, ...gzipped, ...zipped, ...fixtures];
}
