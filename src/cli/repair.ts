/** Writes the good part of a bad trace to a file, which is there whole or not at all. */
import { InvalidArgumentError } from "commander";
import { OUTPUT_FORMATS } from "../convert/formats.ts";
import { convert } from "../convert.ts";
import { ConfigError } from "../errors.ts";
import { writeOutput } from "../files/output.ts";
import type { Repair } from "../repair.ts";
import { gzipped, OTHER_COMPRESSION } from "./convert.ts";

/** Throws what is wrong with `path` as the name of a repaired trace. */
export function checkRepairName(path: string): string {
  const [ending] = OTHER_COMPRESSION.exec(path.toLowerCase()) ?? [];
  if (ending !== undefined) throw new InvalidArgumentError(`Names end with .gz, or no compression, not ${ending}.`);
  return path;
}

/**
 * Writes it: byte by byte as it is in the trace, with what is no record; or in the other format that `path` asks for by
 * its ending. Compressed by gzip if that is followed by `.gz`. Throws OutputError and what reading throws.
 */
export async function writeRepair({ good, pieces }: Repair, path: string): Promise<void> {
  const name = path.toLowerCase();
  const plain = name.replace(/\.gz$/, "");
  const other = OUTPUT_FORMATS.find(({ extensions }) => extensions.some((ending) => plain.endsWith(ending)));
  const isOther = other !== undefined && (other.name !== good.format.name || pieces === null);
  const bytes = isOther ? convert(good, { to: other.name }) : pieces?.();
  if (bytes === undefined) {
    const endings = OUTPUT_FORMATS.flatMap(({ extensions }) => extensions).join(", ");
    if (good.format.isPagesOnly) {
      throw new ConfigError(
        "repair",
        path,
        "no pages-only trace: it cannot be written anew; convert its original again",
      );
    }
    throw new ConfigError("repair", path, `names that end with ${endings}: ${good.format.name} must be written anew`);
  }
  await writeOutput(plain === name ? copied(bytes) : gzipped(copied(bytes)), path);
}

/** `pieces` whose memory is not used again. */
async function* copied(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield piece.slice();
}
