/** What processors count themselves, for run --events and --compare. */
import { open } from "node:fs/promises";
import { MAX_PERF_BYTES, type PerfStat, readPerfStat } from "../compare/perf-stat.ts";
import { eventsOfFamily, familyOf, perfCommand } from "../config/cpus/event-families.ts";
import { ALL_CPU_NAMES } from "../config/resolve.ts";
import type { ResolvedConfig } from "../config/types.ts";
import { ConfigError, messageOf, PerfStatError } from "../errors.ts";
import type { EventsResult } from "../report/results.ts";

/** The events of the CPU of `config`. Throws ConfigError if there are none. */
export function eventsFor({ cpu }: ResolvedConfig): EventsResult {
  const family = familyOf(cpu);
  if (family === null) {
    throw new ConfigError(
      "events",
      cpu,
      `a real CPU with --cpu: ${ALL_CPU_NAMES.filter((name) => familyOf(name)).join(", ")}`,
    );
  }
  const { name, title } = family;
  return { family: name, title, command: perfCommand(family), events: [...eventsOfFamily(family)] };
}

/** What `path` has of perf. Rejects with PerfStatError. */
export async function readMeasurement(path: string): Promise<PerfStat> {
  try {
    const file = await open(path);
    try {
      const bytes = new Uint8Array(MAX_PERF_BYTES + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length, null);
        length += bytesRead;
        if (bytesRead === 0 || length === bytes.length) break;
      }
      return readPerfStat(new TextDecoder().decode(bytes.subarray(0, length)), path);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof PerfStatError) throw error;
    throw new PerfStatError(`cannot be read: ${messageOf(error)}`, path);
  }
}
