/** What was counted over time, as rows of characters: a column for some intervals, as high as their count. */
import { count, counted, decimal } from "./format.ts";
import { missesPerThousandRecords } from "./metrics.ts";
import { merged } from "./phases.ts";
import type { RunSeries } from "./results.ts";

/** Heights of a column, from nothing to the most. */
const HEIGHTS = { unicode: " ▁▂▃▄▅▆▇█", ascii: " .:-=+*#@" } as const;
/** Intervals that are drawn at most, so that pictures in files stay readable. */
const MOST_COLUMNS = 120;
const LABEL_COLUMNS = 15;

type Interval = RunSeries["intervals"][number];

/** What is drawn; the rows that are `always` there say as well that there was nothing. */
const ROWS: readonly { label: string; of: (interval: Interval) => number; always?: true }[] = [
  { label: "L1I misses", of: ({ l1iMisses }) => l1iMisses, always: true },
  { label: "L1D misses", of: ({ l1dMisses }) => l1dMisses, always: true },
  { label: "STLB misses", of: ({ stlbMisses }) => stlbMisses, always: true },
  { label: "walk references", of: ({ walkReferences }) => walkReferences, always: true },
  { label: "minor faults", of: ({ minorFaults }) => minorFaults, always: true },
  { label: "major faults", of: ({ majorFaults }) => majorFaults },
  { label: "other faults", of: ({ protections, generalProtections }) => protections + generalProtections },
];

/** The picture; each row has a scale of its own, from 0 to the most that is told beside it. */
export function seriesText(
  { intervals, intervalRecords }: RunSeries,
  { width, ascii }: { width: number; ascii: boolean },
): string {
  const heights = ascii ? HEIGHTS.ascii : HEIGHTS.unicode;
  const room = Math.min(MOST_COLUMNS, Math.max(20, width - LABEL_COLUMNS - 2 - 2 - "  up to 1,000.000".length));
  const columns = merged(intervals, room);
  const lines = ROWS.flatMap(({ label, of, always }) => {
    const counts = columns.map((interval) => missesPerThousandRecords(of(interval), interval.records));
    const most = counts.reduce((highest, each) => Math.max(highest, each), 0);
    if (most === 0 && always === undefined) return [];
    const picture = counts.map((each) => heights[each === 0 ? 0 : Math.ceil((each / most) * (heights.length - 1))]);
    return [
      `${label.padEnd(LABEL_COLUMNS)} |${picture.join("")}|  ${most === 0 ? "none" : `up to ${decimal(most, 3)}`}`,
    ];
  });
  const each = Math.ceil(intervals.length / Math.max(1, columns.length));
  const drawn = each > 1 ? `; a column is ${count(each)} of them` : "";
  const of = `${counted(intervals.length, "interval")} of ${counted(intervalRecords, "record")}`;
  return [`Over time: ${of}${drawn}; per 1,000 records`, ...lines].join("\n");
}
