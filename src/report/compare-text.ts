/** A measurement beside a simulation, and events that measure, as text and CSV. */
import { COUNTERS } from "../config/cpus/events.ts";
import { type Row, toCsv } from "./csv-lines.ts";
import { count, decimal, NOT_AVAILABLE, printable, shortened } from "./format.ts";
import { table } from "./lines.ts";
import { indented, itemized } from "./paragraphs.ts";
import type { CompareResult, EventsResult, RunResult } from "./results.ts";

/** Of the name of an event. */
const MOST_COLUMNS = 40;

/** The table, what is in no row, and what is to be known. */
export function compareText({ file, rows, others, unmeasured, notes }: CompareResult): string {
  const head = ["", "event", "measured", "per 1,000", "simulated", "per 1,000", "ratio"];
  const cells = rows.map((row) => [
    COUNTERS[row.counter],
    row.events.length === 1 ? shortened(row.events[0]?.event ?? "", MOST_COLUMNS) : `sum of ${row.events.length}`,
    count(row.measured),
    decimal(row.measuredPerThousand, 3),
    count(row.simulated),
    decimal(row.simulatedPerThousand, 3),
    row.ratio === null ? NOT_AVAILABLE : `${decimal(row.ratio, 2)}x`,
  ]);
  const title = `Measured, ${printable(file)}, and simulated; per 1,000 instructions of each; ratio: simulated / measured`;
  const differences = new Map<string, string[]>();
  for (const { counter, differs } of rows) {
    if (counter !== "instructions") differences.set(differs, [...(differences.get(differs) ?? []), COUNTERS[counter]]);
  }
  return [
    indented(title, "", ""),
    rows.length === 0
      ? "no event of the file measures what is simulated"
      : table({ head, rows: cells, nameColumns: 2 }),
    ...listed(
      "They differ",
      [...differences].map(([differs, names]) => `${names.join("; ")}: ${differs}`),
    ),
    ...listed(
      "Not compared",
      others.map(({ event, count: amount, why }) => {
        return `${printable(event)}${amount === null ? "" : ` (${count(amount)})`}: ${why}`;
      }),
    ),
    ...listed(
      "Not measured",
      unmeasured.map(({ counter, event }) => `${COUNTERS[counter]}: ${event}`),
    ),
    ...listed("Notes", notes.map(printable)),
  ].join("\n");
}

function listed(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`${title}:\n${itemized(items)}`];
}

/** One row for each counter that was measured, for each result. */
export function compareCsv(results: readonly RunResult[]): string {
  const rows = results.flatMap(({ trace, config, compare }) =>
    (compare?.rows ?? []).map((row): Row => {
      return {
        trace: trace.path,
        cpu: config.cpu,
        file: compare?.file,
        counter: row.counter,
        measured: row.measured,
        simulated: row.simulated,
        measuredPerThousand: row.measuredPerThousand,
        simulatedPerThousand: row.simulatedPerThousand,
        ratio: row.ratio,
        events: row.events.map(({ event }) => event).join(" "),
      };
    }),
  );
  return toCsv(rows);
}

/** The events of a family, and what to give a shell. */
export function eventsText({ title, events, command }: EventsResult): string {
  const rows = events.map(({ name, counter, pages, from }) => {
    const part = pages ?? from;
    return [COUNTERS[counter], `${name}${part === undefined ? "" : ` (of ${part})`}`];
  });
  const differs = new Map(events.map(({ differs: each, status, source }) => [each, `${each} ${status}: ${source}`]));
  return [
    `Events of ${title}`,
    table({ head: ["count", "event"], rows, nameColumns: 2 }),
    `How they differ, and who says that there are such events:\n${itemized([...differs.values()])}`,
    `To measure:\n  ${command}`,
  ].join("\n");
}
