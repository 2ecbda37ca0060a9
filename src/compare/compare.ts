/** A measurement beside a simulation. */

import { eventsOfFamily, familyOf } from "../config/cpus/event-families.ts";
import { COUNTERS, type Counter, type PmuFamily } from "../config/cpus/events.ts";
import { count, counted } from "../report/format.ts";
import { mpki, timesMeasured } from "../report/metrics.ts";
import type { ComparedRow, CompareResult, RunResult } from "../report/results.ts";
import { guessFamily, isUserOnly, measure } from "./measured.ts";
import type { MeasuredEvent, PerfStat } from "./perf-stat.ts";
import { type Simulated, simulatedCounts } from "./simulated.ts";

const ORDER = Object.keys(COUNTERS) as Counter[];

/** What `stat`, which was read from `file`, measured beside the counts of `result`. */
export function compareWith(result: RunResult, stat: PerfStat, file: string): CompareResult {
  const own = familyOf(result.config.cpu);
  const family = own ?? guessFamily(stat);
  const simulated = simulatedCounts(result);
  const { measured, used, others } = measure(stat, family);
  const instructions = measured.find(({ counter }) => counter === "instructions")?.count ?? 0;
  const rows = measured
    .flatMap(({ counter, events, count: amount, differs }): ComparedRow[] => {
      const here = simulated[counter];
      if (here === undefined) {
        for (const { event, count: each } of events)
          others.push({ event, count: each, why: "not told apart in this run" });
        return [];
      }
      const measuredPerThousand = mpki(amount, instructions);
      const simulatedPerThousand = mpki(here, result.trace.instructions);
      const ratio =
        measuredPerThousand === null || simulatedPerThousand === null || counter === "instructions"
          ? timesMeasured(here, amount)
          : timesMeasured(simulatedPerThousand, measuredPerThousand);
      return [
        {
          counter,
          events,
          measured: amount,
          simulated: here,
          measuredPerThousand,
          simulatedPerThousand,
          ratio,
          differs,
        },
      ];
    })
    .sort((one, other) => ORDER.indexOf(one.counter) - ORDER.indexOf(other.counter));
  return {
    file,
    family: family?.name ?? null,
    rows,
    others: withoutRepeats(others),
    unmeasured: unmeasured(family, simulated, rows),
    notes: notesOf(result, stat, { own, family, used, instructions }),
  };
}

/** What was an event of several sums is told once. */
function withoutRepeats(others: CompareResult["others"]): CompareResult["others"] {
  return [...new Map(others.map((other) => [other.event, other])).values()];
}

function unmeasured(
  family: PmuFamily | null,
  simulated: Simulated,
  rows: readonly ComparedRow[],
): CompareResult["unmeasured"] {
  if (family === null) return [];
  const missing = ORDER.filter(
    (counter) =>
      counter !== "faults" && simulated[counter] !== undefined && !rows.some((row) => row.counter === counter),
  );
  return missing.flatMap((counter) => {
    const event = eventsOfFamily(family).find((each) => each.counter === counter && each.pages === undefined);
    return event === undefined ? [] : [{ counter, event: event.name }];
  });
}

function notesOf(
  { trace, config }: RunResult,
  { intervals }: PerfStat,
  given: { own: PmuFamily | null; family: PmuFamily | null; used: readonly MeasuredEvent[]; instructions: number },
): string[] {
  const { own, family, used, instructions } = given;
  const notes: string[] = [];
  if (own === null && family !== null) {
    notes.push(
      `The events are taken for those of ${family.title}; what was simulated is ${config.cpu}: name the CPU with --cpu.`,
    );
  }
  if (intervals > 0) notes.push(`Counts of ${counted(intervals, "interval")} are summed up.`);
  const [least] = used
    .filter(({ runningPercent }) => runningPercent !== null && runningPercent < 100)
    .sort((one, other) => (one.runningPercent ?? 0) - (other.runningPercent ?? 0));
  if (least !== undefined) {
    notes.push(
      `Events took turns: perf has made up for the time in which they were not counted, most for ${least.written}, which was ${least.runningPercent?.toFixed(2)}% of the time; measure fewer at once.`,
    );
  }
  const ofKernel = used.filter(({ name, modifiers }) => !isUserOnly(modifiers) && !name.endsWith("faults"));
  if (ofKernel.length > 0) {
    notes.push(
      `${counted(ofKernel.length, "event is", "events are")} not said to be of user mode alone (:u), as traces are: misses of the kernel may be among them, first ${ofKernel[0]?.written}.`,
    );
  }
  if (instructions === 0)
    notes.push("Instructions were not measured: ratios are of counts, whatever part of the program each saw.");
  else if (trace.instructions === 0)
    notes.push("The trace tells of no instructions: ratios are of counts, whatever part of the program each saw.");
  else if (instructions > 2 * trace.instructions || trace.instructions > 2 * instructions) {
    notes.push(
      `Measured were ${count(instructions)} instructions, traced ${count(trace.instructions)}: rates compare, if the parts of the program are alike.`,
    );
  }
  if (trace.sampled) notes.push("The trace is of samples, of which hit rates are not those of the program.");
  return notes;
}
