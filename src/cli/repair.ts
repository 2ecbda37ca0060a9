/** Writes the good part of a bad trace to a file, which is there whole or not at all. */
import { createGzip } from "node:zlib";
import { InvalidArgumentError } from "commander";
import type { Repair } from "../repair.ts";
import { replaceFile } from "./output.ts";

/** Endings of names that promise what is not written. */
const OTHER_COMPRESSIONS = /\.(zst|zstd|xz|bz2|lz4|zip|7z|br)$/i;

/** Throws what is wrong with `path` as the name of a repaired trace. */
export function checkRepairName(path: string): string {
  const [ending] = OTHER_COMPRESSIONS.exec(path) ?? [];
  if (ending !== undefined) throw new InvalidArgumentError(`Names may end in .gz or be of plain files, not ${ending}.`);
  return path;
}

/** Writes it, compressed by gzip if `path` ends in `.gz`. Throws OutputError and what reading throws. */
export async function writeRepair({ pieces }: Repair, path: string): Promise<void> {
  await replaceFile(path, async (file) => {
    if (!/\.gz$/i.test(path)) {
      for await (const piece of pieces()) await file.writeFile(piece);
      return;
    }
    const gzip = createGzip();
    const feeding = (async () => {
      try {
        for await (const piece of pieces()) {
          // The piece is used again for the next.
          await new Promise<void>((resolve, reject) => {
            gzip.write(piece.slice(), (error) => (error == null ? resolve() : reject(error)));
          });
        }
        gzip.end();
      } catch (error) {
        gzip.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    })();
    for await (const compressed of gzip) await file.writeFile(compressed);
    await feeding;
  });
}
