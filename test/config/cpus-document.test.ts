/** docs/cpus.md: what it lists is what there is, and its examples count what it says. UPDATE_GOLDEN=1 writes the lists anew. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { CpuDescription } from "../../src/config/cpus/description.ts";
import { CPU_PRESETS } from "../../src/config/cpus/presets.ts";
import type { Config } from "../../src/config/types.ts";
import { cpuList } from "../../src/report/cpu-list.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { fieldsSaid } from "./published-schema.ts";

const FILE = new URL("../../docs/cpus.md", import.meta.url);
const END = "<!-- end of what was made -->";

/** What is made, by the line before it. */
const MADE: [start: string, text: string][] = [
  ["<!-- made of src/config/cpus/ -->", listTable()],
  ["<!-- made of src/config/cpus/description.ts -->", fieldTables()],
];

function listTable(): string {
  const rows = cpuList(CPU_PRESETS, "").cpus.map(
    ({ name, title, pageSizes, l1i, l1d, stlb }) =>
      `| \`${name}\` | ${title} | ${pageSizes.join(", ")} | ${l1i} | ${l1d} | ${stlb} |`,
  );
  return ["| name | CPU | pages | L1I | L1D | last |", "|---|---|---|---|---|---|", ...rows].join("\n");
}

function fieldTables(): string {
  const titles = {
    CpuDescription: "a CPU",
    TlbDescription: "a TLB",
    ArrayDescription: "an array, or a walk cache",
    DataCacheDescription: "a data cache",
    NestedDescription: "caches of the host",
  };
  const said = fieldsSaid();
  return Object.entries(titles)
    .map(([name, title]) => {
      const fields = [...(said.get(name) ?? [])].map(([field, text]) => `| \`${field}\` | ${text} |`);
      return [`| field of ${title} | |`, "|---|---|", ...fields].join("\n");
    })
    .join("\n\n");
}

if (process.env.UPDATE_GOLDEN === "1") {
  const text = MADE.reduce(
    (text, [start, made]) => {
      const from = text.indexOf(start) + start.length;
      return `${text.slice(0, from)}\n\n${made}\n\n${text.slice(text.indexOf(END, from))}`;
    },
    readFileSync(FILE, "utf8"),
  );
  writeFileSync(FILE, text);
}
const document = readFileSync(FILE, "utf8");

it.each(MADE)("has after %s what is made of that", (start, made) => {
  expect(document).toContain(`${start}\n\n${made}\n\n${END}`);
});

it("has a field of every description in its tables", () => {
  const fields = [...document.matchAll(/^\| `([$\w]+)` \|/gm)].map(([, field]) => field);
  for (const [name, said] of fieldsSaid()) {
    if (!/^(Cpu|Tlb|Array|DataCache|Nested)Description$/.test(name)) continue;
    expect(said.size).toBeGreaterThan(2);
    for (const field of said.keys()) expect(fields).toContain(field);
  }
});

describe("the examples of the rules", () => {
  const small = JSON.parse(/^```json\n(.*?)^```$/ms.exec(document)?.[1] ?? "{}") as CpuDescription;
  const rows = [...document.matchAll(/^\| (none|`.*`) \| (4K|2M) \| `(\w+)` \| (\d+) \| (\d+) \|/gm)];

  it("are all read", () => {
    expect(rows.length).toBe(document.split("\n").filter((line) => /^\|.*\| `[A-Z]+` \|/.test(line)).length);
    expect(rows.length).toBeGreaterThan(10);
  });

  it.each(rows.map(([, ...cells]) => cells))(
    "with %s and mappings of %s: %s",
    async (changes, pageSize, accesses, l1, l2) => {
      const cpu = changed(small, (changes ?? "").replaceAll("`", ""));
      const lines = [...(accesses ?? "")].map((letter) => {
        const page = letter.charCodeAt(0) - "A".charCodeAt(0);
        return ` L ${(0x4000_0000 + page * 4096).toString(16)},1\n`;
      });
      const trace = await openTrace(new TextEncoder().encode(lines.join("")));
      const { tlbs } = await simulate(trace, { cpu, pageSize: pageSize as Config["pageSize"] & string });
      expect(tlbs.map(({ misses }) => misses)).toEqual([Number(l1), Number(l2)]);
    },
  );
});

/** `cpu` with changes as the document writes them: `L1.entries: 4, L2.inclusive: true`. */
function changed(cpu: CpuDescription, changes: string): CpuDescription {
  const copy = structuredClone(cpu) as unknown as { tlbs: { name: string; arrays: Record<string, unknown>[] }[] };
  for (const [, name, field = "", value = ""] of changes.matchAll(/(L\d)\.(\w+): (.*?)(?=, L\d\.|$)/g)) {
    const tlb = copy.tlbs.find((each) => each.name === name);
    const [array] = tlb?.arrays ?? [];
    if (tlb === undefined || array === undefined) throw new Error(`no ${name}`);
    Object.assign(["entries", "ways", "index", "coalesces"].includes(field) ? array : tlb, {
      [field]: JSON.parse(value),
    });
  }
  return copy as unknown as CpuDescription;
}
