/** Who simulates CPUs that are compared, in this thread or another. */
import type { ResolvedConfig } from "../config/types.ts";
import type { RecordsByKind } from "../kernel/kernel.ts";
import type { Sieve } from "../kernel/sieves.ts";
import type { RunResult, TraceSummary } from "../report/results.ts";

/** What some machines are fed with: words (assembly/layout.ts) and how many records and instructions they stand for. */
export interface CpuWords {
  words: BigUint64Array;
  records: RecordsByKind;
  instructions: number;
  /** Machines that it is for, by their index. */
  machines: readonly number[];
}

/** Simulates some of the CPUs. Calls come one after the other. */
export interface CpuSimulator {
  /** Starts machines of `configs`, with empty TLBs. Resolves with what each may have left out. Rejects with KernelError. */
  start(configs: readonly ResolvedConfig[]): Promise<Sieve[]>;
  /**
   * Feeds some of the machines. The words must have been read or copied when it returns. If it returns a promise, that
   * resolves when it can take more.
   */
  feed(words: CpuWords): Promise<void> | void;
  /** Has what is fed from here on be counted from 0. TLBs and pages stay as they are. */
  endWarmup(): Promise<void> | void;
  /** What each machine made of `trace`, when all that was fed is done. */
  finish(trace: TraceSummary): Promise<RunResult[]>;
}
