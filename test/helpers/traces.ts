/** The recorded traces that tests replay: those bundled, and those of the folder that PAGEWALK_TRACES names. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const BUNDLED = fileURLToPath(new URL("../traces", import.meta.url));

/** What was counted when the trace was recorded; see test/traces/README.md. */
export interface Recorded {
  records: number;
  I: number;
  L: number;
  S: number;
  M: number;
  pages_4k: number;
  pages_4k_code: number;
  pages_4k_data: number;
  pages_4k_written: number;
  pages_2m: number;
  pages_1g: number;
  crossing_4k: number;
  lowest: string;
  reference_tlbs?: Record<string, { accesses: number; hits: number; misses: number }>;
}

export interface RecordedTrace {
  name: string;
  path: string;
  recorded: Recorded;
}

/** Path of a bundled trace. */
export function bundled(file: string): string {
  return join(BUNDLED, file);
}

/** Every trace that stands beside what was counted at its recording. */
export function recordedTraces(): RecordedTrace[] {
  const folders = [BUNDLED, process.env.PAGEWALK_TRACES].filter((folder) => folder !== undefined);
  const traces = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => /\.lk\.(gz|zst|xz)$/.test(file))
      .map((file) => ({ path: join(folder, file), name: basename(file).replace(/\.lk\.\w+$/, "") })),
  );
  return traces
    .map((trace) => ({ ...trace, json: join(trace.path, "..", `${trace.name}.json`) }))
    .filter(({ json }) => existsSync(json))
    .map(({ json, ...trace }) => ({ ...trace, recorded: JSON.parse(readFileSync(json, "utf8")) }));
}
