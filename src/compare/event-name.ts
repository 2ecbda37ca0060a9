/** Names of events as `perf stat` prints them: `dTLB-load-misses:u`, `cpu_core/dtlb_load_misses.walk_completed/u`. */

export interface EventName {
  /** In lower case; a raw event without a name is as it was written. */
  name: string;
  /** `cpu_core`; `null`: none is told. */
  pmu: string | null;
  /** `u` is user mode, `k` the kernel; others say how exact it is. */
  modifiers: string;
  /** Codes of a PMU without a name, as `cpu/event=0x08,umask=0x0e/` and `r0e08`, which mean something on one core alone. */
  isRaw: boolean;
}

/** What `written` is in its parts. */
export function parseEventName(written: string): EventName {
  const slashed = /^([\w-]+)\/(.*)\/:?([a-zA-Z]*)$/s.exec(written);
  if (slashed !== null) {
    const [, pmu = "", inside = "", modifiers = ""] = slashed;
    const terms = inside.split(",");
    const named = terms.map((term) => /^name=(.+)$/i.exec(term.trim())?.[1]).find((name) => name !== undefined);
    const plain = terms.filter((term) => !term.includes("=")).map((term) => term.trim());
    const name = named?.replace(/^'(.*)'$/, "$1") ?? plain[0];
    if (name === undefined || name === "") return { name: written, pmu, modifiers, isRaw: true };
    return { name: name.toLowerCase(), pmu, modifiers, isRaw: isCode(name) };
  }
  const [, name = written, modifiers = ""] = /^(.*?)(?::([a-zA-Z]+))?$/s.exec(written) ?? [];
  return { name: name.toLowerCase(), pmu: null, modifiers, isRaw: isCode(name) };
}

function isCode(name: string): boolean {
  return /^r[0-9a-f]{2,}$/i.test(name);
}
