/** The file header of `.pwt`. */
import { TraceError } from "../../errors.ts";
import { crc32 } from "../crc32.ts";
import { CRC_BYTES, FLAGS, HEADER_BYTES, MAX_NAME_BYTES, type PwtForm, VERSION } from "./layout.ts";
import { formOf, hasMagic } from "./magic.ts";

export interface FileHeader {
  form: PwtForm;
  flags: Record<keyof typeof FLAGS, boolean>;
  /** Name of the format that the trace was in before. */
  source: string;
}

/** Reads it by `take`, which gives the next bytes. Throws or rejects with TraceError. */
export async function readFileHeader(
  take: (bytes: number, what: string) => Promise<Uint8Array>,
  path: string,
): Promise<FileHeader> {
  const refuse = (byteOffset: number, reason: string, code: "corrupt" | "unsupported") =>
    new TraceError(reason, { path, byteOffset }, undefined, code);
  const fixed = await take(HEADER_BYTES, "the file header");
  const view = new DataView(fixed.buffer);
  if (!hasMagic(fixed)) {
    throw refuse(0, "found other bytes than the magic number of .pwt; was the file transferred as text?", "corrupt");
  }
  const version = view.getUint8(8);
  if (version !== VERSION) {
    throw refuse(
      8,
      `version ${version} of .pwt; expected ${VERSION}: written by another version of pagewalk`,
      "unsupported",
    );
  }
  const nameBytes = view.getUint16(12, true);
  if (nameBytes > MAX_NAME_BYTES) {
    throw refuse(12, `found a format name of ${nameBytes} bytes; expected at most ${MAX_NAME_BYTES}`, "corrupt");
  }
  const rest = await take(nameBytes + CRC_BYTES, "the file header");
  const stored = new DataView(rest.buffer).getUint32(nameBytes, true);
  const computed = crc32(rest.subarray(0, nameBytes), crc32(fixed));
  if (stored !== computed) {
    throw refuse(0, `found a file header with CRC-32 ${computed}; expected ${stored}: the file is damaged`, "corrupt");
  }
  const form = formOf(fixed);
  const bits = view.getUint16(10, true);
  const unknown = Object.values(FLAGS).reduce((left, bit) => left & ~bit, bits) | view.getUint16(14, true);
  if (form === null || unknown !== 0) {
    const found = form === null ? `form ${fixed[9]}` : `flags ${bits}, ${view.getUint16(14, true)}`;
    throw refuse(9, `found ${found} in the file header; written by a later version of pagewalk`, "unsupported");
  }
  const flags = Object.fromEntries(Object.entries(FLAGS).map(([name, bit]) => [name, (bits & bit) !== 0]));
  return {
    form,
    flags: flags as FileHeader["flags"],
    source: new TextDecoder().decode(rest.subarray(0, nameBytes)),
  };
}
