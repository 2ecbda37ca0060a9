/** What the sources of a CPU's description are worth. */
import { type Claim, type CpuDescription, type Sourced, STATUSES, type Status } from "./description.ts";

/** A value with its source, and where in the description it is: `tlbs[1].arrays[0].entries`. */
export interface SourcedValue {
  path: string;
  claim: Sourced<unknown>;
}

/** All values of `description` that come with a source, in its order; not those of others who say something else. */
export function sourcedValues(description: CpuDescription): SourcedValue[] {
  const found: SourcedValue[] = [];
  collect(description, "", found);
  return found;
}

/**
 * The weakest status among the values with a source, or among those at paths that `about` wants; null if there are none,
 * as where all values are a user's own. `STATUSES` has the order, strongest first.
 */
export function weakestStatus(
  description: CpuDescription,
  about: (path: string) => boolean = () => true,
): Status | null {
  const ranks = sourcedValues(description)
    .filter(({ path }) => about(path))
    .map(({ claim }) => STATUSES.indexOf(claim.status));
  return STATUSES[Math.max(...ranks)] ?? null;
}

function collect(value: unknown, path: string, found: SourcedValue[]): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) collect(item, `${path}[${index}]`, found);
  } else if (isSourced(value)) {
    found.push({ path, claim: value });
  } else if (typeof value === "object" && value !== null) {
    for (const [name, item] of Object.entries(value)) collect(item, path === "" ? name : `${path}.${name}`, found);
  }
}

function isSourced(value: unknown): value is Sourced<unknown> {
  const claim = value as Partial<Claim<unknown>> | null;
  return typeof claim === "object" && claim !== null && "value" in claim && "status" in claim && "source" in claim;
}
