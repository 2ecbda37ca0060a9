/** Lines of /proc/PID/maps, as proc_pid_maps(5) has them. */

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

/** The mappings in `text`; lines that are none are passed over. */
export function parseMaps(text: string): Mapping[] {
  return text.split("\n").flatMap((line) => {
    const found = /^([\da-f]+)-([\da-f]+) ([r-][w-][x-])[ps] ([\da-f]+) \S+ \d+ *(.*)$/.exec(line);
    if (found === null) return [];
    const [, start, end, permissions = "", offset, name = ""] = found;
    const address = (digits = "0") => BigInt(`0x${digits}`);
    return [{ start: address(start), end: address(end), permissions, offset: address(offset), name }];
  });
}
