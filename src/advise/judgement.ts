/** What of plans that were simulated is worth it. */
import type { AdvisedPlan, AdviseResult } from "../report/advising.ts";

/** Share of all walk references that a plan has to take away. */
const LEAST_SAVED_SHARE = 0.05;
/** What pages of 1 GiB, which have to be reserved at boot, have to take away beyond those of 2 MiB, as a share of all. */
const LEAST_FURTHER_SHARE = 0.01;
/**
 * Misses per 1,000 instructions below which none of this matters: a walk that goes to memory takes some hundred cycles, and
 * one of them among 10,000 instructions about a percent of their time; most take a tenth of that.
 */
const NEGLIGIBLE_MPKI = 0.1;
/** More memory than that is looked at: four pages of 2 MiB. */
const FREE_BYTES = 8 << 20;

type Counted = Pick<AdvisedPlan, "savedShare" | "bloatBytes">;

/**
 * Whether a plan takes too much memory for what it saves: more than 8 MiB beyond that of `4K`, and memory grows by a larger
 * share (of `baseBytes`, that of `4K`) than walk references shrink by. So 30% more memory has to save 30% of them; and 10
 * pages that lie 1 GiB apart, which 2 MiB pages make 512 times as large, cannot save enough.
 */
export function wastesMemory({ savedShare, bloatBytes }: Counted, baseBytes: number): boolean {
  return bloatBytes > FREE_BYTES && bloatBytes > Math.max(0, savedShare) * baseBytes;
}

/** Whether to do what a plan says, if misses matter. */
function isWorthIt({ savedShare, isWasteful }: AdvisedPlan): boolean {
  return savedShare >= LEAST_SAVED_SHARE && !isWasteful;
}

/**
 * Of `plans` that each put one region on larger pages, the best one for each region that is worth it, those that save most
 * first; without those that would make all of them together waste memory. `baseBytes`: the memory of `4K`.
 */
export function bestOfEach(plans: readonly AdvisedPlan[], baseBytes: number): AdvisedPlan[] {
  const best = new Map<string, AdvisedPlan>();
  for (const plan of plans.filter(isWorthIt)) {
    const [region] = plan.regions;
    if (region === undefined) continue;
    const other = best.get(region.name);
    const further = plan.savedShare - (other?.savedShare ?? 0);
    const isLarger = region.pageSize === "1G";
    if (other === undefined || (isLarger ? further >= LEAST_FURTHER_SHARE : -further < LEAST_FURTHER_SHARE)) {
      best.set(region.name, plan);
    }
  }
  const all = { savedShare: 0, bloatBytes: 0 };
  return [...best.values()]
    .sort((a, b) => b.savedWalkReferences - a.savedWalkReferences)
    .filter((plan) => {
      const sum = { savedShare: all.savedShare + plan.savedShare, bloatBytes: all.bloatBytes + plan.bloatBytes };
      if (wastesMemory(sum, baseBytes)) return false;
      Object.assign(all, sum);
      return true;
    });
}

/**
 * The verdict on `base` (4K), `thp`, the plans that bestOfEach() chose, and the one of all of them, if they are several.
 * `instructions` is 0 where the trace tells of none; records are counted instead, of which a program makes no more.
 */
export function verdictOn(
  base: AdvisedPlan,
  thp: AdvisedPlan,
  best: readonly AdvisedPlan[],
  together: AdvisedPlan | null,
  { instructions, records }: { instructions: number; records: number },
): AdviseResult["verdict"] {
  const recurringMisses = base.stlbMisses - base.minorFaults;
  const none = { recommended: [], together: null, recurringMisses };
  const thousands = (instructions > 0 ? instructions : records) / 1000;
  if (recurringMisses < NEGLIGIBLE_MPKI * thousands) return { reason: "few-misses", ...none };
  const recommended = best.length > 0 ? best : isWorthIt(thp) ? [thp] : [];
  if (recommended.length === 0) return { reason: "no-remedy", ...none };
  const names = recommended.map(({ name }) => name);
  return { reason: "gain", recommended: names, together: together?.name ?? null, recurringMisses };
}
