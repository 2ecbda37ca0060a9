/** Lines of /proc/PID/maps, as proc_pid_maps(5) has them, and of smaps, which has more of each between them. */
import { RegionsError } from "../errors.ts";
import { ANONYMOUS, identified } from "./names.ts";
import { hex, MAX_FILE_LENGTH, MAX_NAME_LENGTH, MAX_REGIONS, pagesOf, quoted, type Region } from "./region.ts";

export interface Mapping {
  start: bigint;
  end: bigint;
  /** `r-x`. */
  permissions: string;
  /** Offset in the file, in bytes. */
  offset: bigint;
  /** Path, `[stack]` and the like; empty: anonymous. */
  name: string;
}

const MAPPING =
  /^([\da-f]{1,16})-([\da-f]{1,16}) ([r-][w-][x-])[ps] ([\da-f]{1,16}) [\da-f]+:[\da-f]+ \d+(?: +(.*))?$/s;
/** What smaps says of a mapping: `Size:  132 kB`, `VmFlags: rd ex mr`. */
const PROPERTY = /^[A-Za-z]\w*(?:\(\w+\))?:/;
const EXPECTED =
  "a mapping as in /proc/PID/maps: 7ffff7dd2000-7ffff7df8000 r--p 00000000 fe:00 339380 /usr/lib/libc.so.6";

/** The mapping that `line` is; `null`: it is none. */
export function parseMapping(line: string): Mapping | null {
  const found = MAPPING.exec(line);
  if (found === null) return null;
  const [, start, end, permissions = "", offset, name = ""] = found;
  const address = (digits = "0") => BigInt(`0x${digits}`);
  return { start: address(start), end: address(end), permissions, offset: address(offset), name };
}

/**
 * The regions of a /proc/PID/maps or smaps listing, all of which live from the first record to the last. Throws
 * RegionsError with the line of what is no mapping, out of order, not canonical or too much. `path` is for messages.
 */
export function parseMaps(text: string, path: string): Region[] {
  const mappings: Mapping[] = [];
  for (const { line, number } of linesOf(text)) {
    if (line.trim() === "" || PROPERTY.test(line)) continue;
    const wrong = (reason: string) => new RegionsError(reason, { path, line: number });
    const mapping = parseMapping(line);
    if (mapping === null) throw wrong(`found ${quoted(line)}; expected ${EXPECTED}: ${causeOf(line)}`);
    if (mapping.name === "[rollup]") {
      throw wrong("found [rollup], the sum of all mappings; expected the mappings: it is of smaps_rollup; take smaps");
    }
    const pages = pagesOf(mapping.start, mapping.end);
    if ("found" in pages) throw wrong(`found ${pages.found}; expected ${pages.expected}: the line is damaged`);
    const before = mappings.at(-1);
    if (before !== undefined && pages.start < before.end) {
      const reason = `found ${hex(pages.start)} below ${hex(before.end)}, where the mapping before ends`;
      throw wrong(`${reason}; expected ascending mappings, as Linux lists them: several listings, or one out of order`);
    }
    if (mapping.name.length > MAX_FILE_LENGTH || nameLength(mapping.name) > MAX_NAME_LENGTH - 16) {
      throw wrong(`found a name of ${mapping.name.length} characters; expected a path of Linux: the line is damaged`);
    }
    if (mappings.length === MAX_REGIONS) throw wrong(`found more than ${MAX_REGIONS} mappings; expected no more`);
    mappings.push({ ...mapping, ...pages });
  }
  if (mappings.length === 0) {
    const cause = "the process had ended, or this is another kind of file";
    throw new RegionsError(`found no mapping; expected ${EXPECTED}: ${cause}`, { path });
  }
  const identities = identified(mappings, ANONYMOUS);
  return mappings.map(({ start, end, permissions }, index) => ({
    start,
    end,
    permissions,
    name: identities[index]?.name ?? ANONYMOUS,
    file: identities[index]?.file ?? null,
    fromRecord: 0,
    toRecord: null,
  }));
}

/** Without an array of them, since every byte may be one. */
function* linesOf(text: string): Generator<{ line: string; number: number }, void> {
  for (let at = 0, number = 1; at < text.length; number++) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    yield { line: text.slice(at, text[end - 1] === "\r" ? end - 1 : end), number };
    at = end + 1;
  }
}

/** Of the part that a region is named by. */
function nameLength(name: string): number {
  return name.length - name.lastIndexOf("/") - 1;
}

function causeOf(line: string): string {
  return /^[\da-f]+-/.test(line) ? "the line is damaged, or was cut off" : "this is no listing of mappings";
}
