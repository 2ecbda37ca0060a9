import type { ResolvedConfig } from "../config/types.ts";
import type { Sieve } from "../kernel/sieves.ts";
import type { RunResult, TraceSummary } from "../report/results.ts";
import { CpuMachine } from "./machine.ts";
import type { CpuSimulator, CpuWords } from "./simulator.ts";

/** Simulates CPUs in this thread, each in an instance of its own. */
export class LocalCpuSimulator implements CpuSimulator {
  #machines: CpuMachine[] = [];

  async start(configs: readonly ResolvedConfig[]): Promise<Sieve[]> {
    this.#machines = await Promise.all(configs.map((config) => CpuMachine.start(config)));
    return this.#machines.map((machine) => machine.sieve());
  }

  feed(words: CpuWords): void {
    for (const index of words.machines) this.#machines[index]?.run(words);
  }

  endWarmup(): void {
    for (const machine of this.#machines) machine.endWarmup();
  }

  async finish(trace: TraceSummary): Promise<RunResult[]> {
    const results = this.#machines.map((machine) => machine.result(trace));
    this.#machines = []; // their memory is not needed any more
    return results;
  }
}
