import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { resultsIn } from "../../src/report/entries.ts";
import { codeBlock, escaped, markdownTable } from "../../src/report/markdown.ts";
import { reportDataOf } from "../../src/report/report-data.ts";
import { markdownReport } from "../../src/report/report-markdown.ts";
import { cpusResult, mergedResult, parsed, runResults, sweepResults } from "./real-results.ts";

const HOSTILE = "a|b`c``d\n| e\r\n<script>alert(1)</script>[x](http://e.vil)*_~\\|\u001b[2J&amp;www.e.vil";

let all: object[] = [];
beforeAll(async () => {
  all = [await runResults(), await sweepResults(), await cpusResult(), await mergedResult()];
});

const reportOf = (values: readonly object[]) =>
  [...markdownReport(reportDataOf(values.map((value, index) => resultsIn(parsed(value), `${index}.json`, 1))))].join(
    "",
  );

/** The cells of a line of a table, by the rules of GFM: a pipe that is not escaped ends one. */
const cellsOf = (line: string) => line.slice(1, -1).split(/(?<!\\)(?:\\\\)*\|/);

/** All tables in `text`: their lines, fences left out. */
function tablesIn(text: string): string[][] {
  const tables: string[][] = [];
  let fence: string | null = null;
  let table: string[] = [];
  for (const line of text.split("\n")) {
    const mark = /^`{3,}/.exec(line)?.[0];
    if (fence === null && mark !== undefined) fence = mark;
    else if (fence !== null && mark !== undefined && mark.length >= fence.length && line === mark) fence = null;
    else if (fence === null && line.startsWith("|")) {
      table.push(line);
      continue;
    }
    if (table.length > 0) tables.push(table);
    table = [];
  }
  expect(fence, "a fence that is open").toBe(null);
  return tables;
}

describe("markdownReport()", () => {
  it("has tables of equal rows for results of every sort", () => {
    const tables = tablesIn(reportOf(all));
    expect(tables.length).toBeGreaterThan(15);
    for (const table of tables)
      expect(new Set(table.map((line) => cellsOf(line).length)).size, table.join("\n")).toBe(1);
  });

  it("has the counts of the results", () => {
    const text = reportOf([all[0] as object]);
    for (const { walks } of all[0] as { walks: { count: number } }[]) {
      expect(text).toContain(`| ${walks.count.toLocaleString("en-US")} |`);
    }
    expect(text).toContain("## Who missed");
    expect(text).toContain("## Over time");
    expect(text).toContain("pagewalk run some.lk --cpu generic --stlb 16:4 --format lackey");
  });

  it("tells of a partial merge before anything else", () => {
    const text = reportOf([{ ...all[3], missing: [2] }]);
    expect(text).toMatch(
      /^# Two of all\n\n> \[!WARNING\]\n> 0\.json is PARTIAL: 1 of 2 units of the plan have no result \\\(2\\\)\./,
    );
  });

  it("takes hostile names for names", () => {
    const merged = parsed(all[3]) as never as {
      title: string;
      machines: { name: string }[];
      results: { machine?: string; trace: string; result: { trace: { path: string } } }[];
      traces: { path: string }[];
    };
    merged.title = HOSTILE;
    (merged.traces[0] as { path: string }).path = HOSTILE;
    (merged.machines[0] as { name: string }).name = HOSTILE;
    for (const each of merged.results) {
      each.trace = HOSTILE;
      each.result.trace.path = HOSTILE;
      if (each.machine === "small") each.machine = HOSTILE;
    }
    const text = reportOf([merged]);
    for (const table of tablesIn(text))
      expect(new Set(table.map((line) => cellsOf(line).length)).size, table.join("\n")).toBe(1);
    const outside = text.replace(/^(`{3,})\w+\n[\s\S]*?\n\1$/gm, "");
    expect(outside).not.toContain("<script");
    expect(outside).not.toMatch(/[^\\]\]\(http/);
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
  });
});

describe("escaping", () => {
  it("keeps any text in one cell and in its fence", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom(..."|`\\\n<>&*[]() a1-#") }), {
          minLength: 1,
          maxLength: 4,
          size: "max",
        }),
        (cells) => {
          const table = markdownTable({ title: "t", head: cells, rows: [cells, cells], nameColumns: 1 });
          const lines = table.split("\n").filter((line) => line.startsWith("|"));
          expect(lines).toHaveLength(4);
          for (const line of lines) expect(cellsOf(line)).toHaveLength(cells.length);
          const block = codeBlock(cells.join("\n"), "sh").trim().split("\n");
          const fence = block.at(-1) ?? "";
          expect(block.slice(1, -1).some((line) => line.includes(fence))).toBe(false);
          expect(escaped(cells[0] ?? "")).not.toMatch(/[<>\n]/);
        },
      ),
      { numRuns: 300, seed: 2 },
    );
  });
});
