/** What comes of one unit of a plan. Plain data. */
import type { PlannedResult } from "../report/merged-result.ts";

export const UNIT_SCHEMA_NAME = "pagewalk/unit@1";

/** What a unit's file holds. Two that are of the same unit differ in `measured` only. */
export interface UnitResult {
  schema: typeof UNIT_SCHEMA_NAME;
  /** Hash of the plan. */
  plan: string;
  unit: number;
  /** SHA-256 of `results` as JSON without white space; hexadecimal. */
  digest: string;
  results: PlannedResult[];
  measured: UnitMeasurement;
}

/** What it took. */
export interface UnitMeasurement {
  seconds: number;
  host: string;
}
