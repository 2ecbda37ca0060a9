/** Which format a trace is of, by its first bytes or by name. */
import { impostorIn } from "../doctor/impostors.ts";
import { ConfigError, TraceError } from "../errors.ts";
import { hexBytes } from "./bytes.ts";
import { MAKE_TRACE } from "./drmemtrace-folder.ts";
import { isRawDrmemtrace } from "./formats/drmemtrace.ts";
import type { TraceFormat } from "./formats/format.ts";
import { FORMATS } from "./formats/index.ts";

/** Throws ConfigError. */
export function formatNamed(name: string): TraceFormat {
  const format = FORMATS.find((candidate) => candidate.name === name);
  if (format === undefined) throw new ConfigError("format", name, FORMATS.map(({ name }) => name).join(", "));
  return format;
}

/**
 * The format of a trace that begins with `head`, after which reading failed with `failure` if that is not null. Rejects
 * with TraceError if it is none, or if it could be several; or with that failure, if `head` does not tell.
 */
export async function detectFormat(head: Uint8Array, path: string, failure: unknown): Promise<TraceFormat> {
  const at = { path, byteOffset: 0 };
  if (isRawDrmemtrace(head)) {
    const reason = `is a raw file of drmemtrace, which is not a trace yet; ${MAKE_TRACE}`;
    throw new TraceError(reason, at, undefined, "unknown-format");
  }
  const impostor = impostorIn(head);
  if (impostor !== null) {
    const { impostorWords } = await import("../report/cause-words.ts");
    throw new TraceError(impostorWords(impostor), at, undefined, "unknown-format", { likelyCause: impostor });
  }
  const certain = FORMATS.find((format) => format.hasMagicNumber && format.detect(head));
  if (certain !== undefined) return certain;
  const candidates = FORMATS.filter((format) => format.detect(head));
  const [format] = candidates;
  if (format === undefined && failure !== null) throw failure;
  if (format === undefined)
    throw new TraceError(`${unknownFormat(head)}; expected ${expected()}`, at, undefined, "unknown-format");
  if (candidates.length > 1) {
    const names = candidates.map(({ name }) => name).join(", ");
    throw new TraceError(
      `could be of several formats: ${names}; say which with --format`,
      at,
      undefined,
      "unknown-format",
    );
  }
  return format;
}

/** All formats, for those files only of which nothing better can be said; with an example of each, nobody would read it. */
function expected(): string {
  return `a trace: ${FORMATS.map(({ title }) => title).join("; ")}`;
}

function unknownFormat(head: Uint8Array): string {
  if (head.includes(0)) {
    return `is binary data of no known format, beginning with ${hexBytes(head.subarray(0, 16))}`;
  }
  const text = new TextDecoder("latin1").decode(head);
  const start = JSON.stringify(text.slice(0, 40));
  const found = `is text without a record in its first ${head.length} bytes, beginning with ${start}`;
  if (text.split(/\r?\n/, 2).some((line) => /\d/.test(line) && /^[^\s,;]+(?:[,;\t] ?[^\s,;]*)+$/.test(line))) {
    return `${found} (is it CSV? then say which columns are what with --columns, as address=2,kind=1)`;
  }
  return `${found} (is it the output of the program instead, or was it recorded without memory accesses?)`;
}
