/** The machine of one CPU, fed with words that another kernel decoded. */
import { usualOs } from "../config/os-config.ts";
import { SELECT_ALL } from "../config/selection.ts";
import type { ResolvedConfig } from "../config/types.ts";
import { Kernel } from "../kernel/kernel.ts";
import type { OsReplay } from "../kernel/os-replay.ts";
import type { Sieve } from "../kernel/sieves.ts";
import { osSetup } from "../os/setup.ts";
import type { RunResult, TraceSummary } from "../report/results.ts";
import { runResult } from "../run-result.ts";
import { osResult } from "../simulate-os.ts";
import type { CpuWords } from "./simulator.ts";

export class CpuMachine {
  readonly #kernel: Kernel;
  readonly #config: ResolvedConfig;
  /** `null`: it is of the plain shape. */
  readonly #replay: OsReplay | null;
  #milliseconds = 0;

  private constructor(kernel: Kernel, config: ResolvedConfig) {
    this.#kernel = kernel;
    this.#config = config;
    if (config.hierarchy === undefined) {
      this.#replay = null;
      kernel.configureRun(config);
    } else {
      this.#replay = kernel.configureOs(config, osSetup(config, usualOs(), null, true, SELECT_ALL), undefined, true);
    }
  }

  /** With empty TLBs. Rejects with KernelError. */
  static async start(config: ResolvedConfig): Promise<CpuMachine> {
    return new CpuMachine(await Kernel.create(), config);
  }

  sieve(): Sieve {
    return (this.#replay ?? this.#kernel).sieve();
  }

  /** Replays the next words, which need not be kept. Throws KernelError if its page tables outgrow the memory. */
  run({ words, records, instructions }: CpuWords): void {
    const startMs = performance.now();
    this.#kernel.setBatch(words, records, 0, 0, instructions);
    (this.#replay ?? this.#kernel).run();
    this.#milliseconds += performance.now() - startMs;
  }

  /** Has what comes be counted from 0. */
  endWarmup(): void {
    this.#kernel.endWarmup();
    this.#replay?.endWarmup();
  }

  /** What it made of `trace`. Its time is that of this machine alone, without the reading. */
  result(trace: TraceSummary): RunResult {
    const config = this.#config;
    const seconds = this.#milliseconds / 1000;
    const counters = this.#kernel.counters();
    if (this.#replay !== null) return osResult(this.#replay, counters, trace, config, false, seconds);
    const pages = { distinctPages: this.#kernel.mappedPages(), pageTablePages: this.#kernel.tableFrames() };
    return runResult(trace, config, counters, pages, seconds);
  }
}
