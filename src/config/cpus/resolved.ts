/** A CPU's translation hardware as it is simulated: nothing optional, nothing unchecked. `description.ts` says what each field means. */
import type { OwnPolicies, PolicyName } from "../own-policy.ts";
import type { AccessKind, CpuPageSize, TableEntry } from "./description.ts";
import type { ResolvedPrefetch } from "./prefetch.ts";

export type ResolvedIndex = "modulo" | "xor" | { masks: string[] };

export interface ResolvedArray {
  holds: (CpuPageSize | TableEntry)[];
  entries: number;
  ways: number;
  sets: number;
  policy: PolicyName;
  index: ResolvedIndex;
  coalesces: number;
}

export interface ResolvedTlb {
  name: string;
  level: number;
  kinds: AccessKind[];
  arrays: ResolvedArray[];
  holdsParts: boolean;
  filledByWalks: boolean;
  filledByHitsBelow: boolean;
  takesVictims: boolean;
  exclusive: boolean;
  inclusive: boolean;
  touchedByHitsAbove: boolean;
}

/** Caches for the host's side of nested paging. */
export interface ResolvedNestedCaches {
  /** `null`: there is none. */
  tlb: ResolvedArray | null;
  walkCaches: (ResolvedArray & { name: string })[];
  combined: boolean;
}

export interface ResolvedCpu {
  title: string;
  architecture: "x86-64" | "arm64";
  pageSizes: CpuPageSize[];
  /** In ascending order of their levels. */
  tlbs: ResolvedTlb[];
  walkCaches: (ResolvedArray & { name: string })[];
  /** Of a run, its buffer is the last of `tlbs`, of a level below the others. */
  prefetch?: ResolvedPrefetch;
  /** The users' own policies that arrays have. */
  own?: OwnPolicies;
  /** What its description says of them; only there if it does. */
  nested?: Partial<ResolvedNestedCaches>;
}
