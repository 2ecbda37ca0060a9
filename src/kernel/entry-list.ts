/** The list of entries, as the host reads it (assembly/entries.ts). */
import type { Exports } from "./instance.ts";

/** Records in a row of one thread. */
export interface ThreadRun {
  /** `null`: of the thread of the run before, which may be in an earlier list; of none if there is none. */
  thread: { pid: bigint; tid: bigint } | null;
  records: number;
}

/**
 * The runs of `entries`.
 *
 * @internal
 */
export function threadRunsIn(entries: Uint8Array, x: Exports): ThreadRun[] {
  const view = new DataView(entries.buffer, entries.byteOffset, entries.byteLength);
  const entryBytes = x.ENTRY_BYTES.value;
  const kindOffset = x.ENTRY_KIND_OFFSET.value;
  let run: ThreadRun = { thread: null, records: 0 };
  const runs = [run];
  for (let at = 0; at < entries.length; at += entryBytes) {
    const kind = entries[at + kindOffset] ?? 0;
    if (kind < x.RECORD_KINDS.value) {
      run.records++;
    } else if (kind === x.ENTRY_THREAD.value) {
      const tid = view.getBigUint64(at, true);
      run = { thread: { pid: view.getBigUint64(at + x.ENTRY_PC_OFFSET.value, true), tid }, records: 0 };
      runs.push(run);
    }
  }
  return runs;
}
