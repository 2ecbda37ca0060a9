/** Options that name a file of regions, or those that were recorded with the trace. */
import { ConfigError } from "../errors.ts";
import { openRegions, regionsOfTrace } from "../regions/open.ts";
import type { Region } from "../regions/region.ts";
import type { Trace } from "../trace/trace.ts";

/** What stands for the regions in the trace. A file of that name is `./recorded`. */
export const RECORDED = "recorded";

/**
 * What `option` was `given`, for any trace: a file is read now, and once. Rejects with RegionsError; what is returned
 * rejects as regionsOfTrace() does, and with ConfigError if the trace has none.
 */
export async function regionsOption(
  option: string,
  given: string,
): Promise<(trace: Trace) => Promise<readonly Region[]>>;
export async function regionsOption(
  option: string,
  given: string | undefined,
): Promise<(trace: Trace) => Promise<readonly Region[] | undefined>>;
export async function regionsOption(
  option: string,
  given: string | undefined,
): Promise<(trace: Trace) => Promise<readonly Region[] | undefined>> {
  if (given !== RECORDED) {
    const regions = given === undefined ? undefined : await openRegions(given);
    return async () => regions;
  }
  return async (trace) => {
    const regions = await regionsOfTrace(trace);
    if (regions !== null) return regions;
    throw new ConfigError(
      option,
      given,
      `a file: none were recorded with ${trace.path}; pagewalk record keeps them in .pwt`,
    );
  };
}
