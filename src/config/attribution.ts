/** By what a run's misses are told apart, and how long the intervals of its series are. */
import { namesOf } from "./lists.ts";
import { countOf } from "./selection.ts";

/** What a row is of: a region of memory, a 4 KiB page, the instruction of an access, or the kind of access. */
export const DIMENSIONS = ["region", "page", "pc", "kind"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export interface AttributionOptions {
  /** Dimensions by which misses are told apart, as a list or as `region,page`. @default none */
  by?: readonly Dimension[] | string | undefined;
  /** Records of each interval of a series, from 1; text may be `10k` or `1.5M`. @default no series */
  interval?: number | string | undefined;
}

export interface ResolvedAttribution {
  by: Dimension[];
  /** 0: no series. */
  interval: number;
}

/** Throws ConfigError. */
export function resolveAttribution({ by, interval }: AttributionOptions): ResolvedAttribution {
  const given = typeof by === "string" || (by?.length ?? 0) > 0 ? by : undefined;
  return {
    by: given === undefined ? [] : namesOf(given as string | Dimension[], DIMENSIONS, "by"),
    interval: countOf(interval, "interval", 1, 0),
  };
}
