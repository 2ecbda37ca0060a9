/** What other replacement policies cost: the same replay as under LRU, on the same TLBs. */
import type { Config, Policy } from "../src/config/types.ts";
import { resolve } from "../src/index.ts";
import { Kernel } from "../src/kernel/kernel.ts";
import { cpuSeconds } from "./environment.ts";
import { feed } from "./feed.ts";
import { type Found, foundIn, POLICY_GROUPS } from "./groups.ts";
import { type Run, takeTurns } from "./versus.ts";
import { everyRecord } from "./words.ts";
import type { Scale, Workload } from "./workloads.ts";

/** Words that mostly hit take so many times less than others. */
const HITS_FOR_A_MISS = 4;

/** TLBs as near to the default ones as the policy allows. */
const TLBS: Partial<Record<Policy, Config>> = {
  "tree-plru": { stlb: "2048:16" },
  "mru3-plru4": { l1i: "96:12", l1d: "48:12" },
};

/** Every record of `workload` a word. Each run has an instance of its own, which has replayed the same before. */
export async function comparePolicies(workload: Workload, scale: Scale): Promise<Found[]> {
  const words = await everyRecord(workload.text(), scale.taskWords);
  const repeats = workload.mostlyMisses ? 1 : HITS_FOR_A_MISS;
  const count = repeats * words.length;
  const found: Found[] = [];
  for (const [policy, group] of POLICY_GROUPS) {
    const side = (policy: Policy, config: Config) => async (): Promise<Run> => {
      const kernel = await Kernel.create();
      let seconds = 0;
      for (const _ of ["warm-up", "measured"]) {
        const start = cpuSeconds();
        kernel.configureRun(resolve({ ...config, policy }));
        for (let repeat = 0; repeat < repeats; repeat++) feed(kernel, words);
        seconds = cpuSeconds() - start;
      }
      return { seconds, counts: { minorFaults: kernel.counters().minorFaults } }; // nothing else is equal
    };
    const tlbs = TLBS[policy] ?? {};
    const turns = await takeTurns({ policy: side(policy, tlbs), lru: side("lru", tlbs) }, scale.rounds);
    found.push(foundIn(group, turns, ["policy", "lru"], { workload: workload.name, real: workload.real, count }));
  }
  return found;
}
