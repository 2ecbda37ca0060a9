/** The command `cpus`, and CPUs that are described in files. */
import { writeFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { CpuDescription } from "../../src/config/cpus/description.ts";
import { CPU_PRESETS } from "../../src/config/cpus/presets.ts";
import { placeOfJsonError } from "../../src/files/json-place.ts";
import type { RunResult } from "../../src/report/results.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { failure, json, output, recorded, temporaryFolder } from "./pagewalk.ts";

vi.setConfig({ testTimeout: 60_000 });

const TRACE = recorded("matmul24.native.lk.xz");
const inFolder = temporaryFolder();

describe("cpus", () => {
  it("lists the CPUs as text, JSON and CSV", async () => {
    const names = Object.keys(CPU_PRESETS);
    const list = await json<{ schema: string; cpus: { name: string }[] }>(["cpus"]);
    expect(list.schema).toBe("pagewalk/cpus@1");
    expect(list.cpus.map(({ name }) => name)).toEqual(names);
    const lines = (await output(["cpus", "--csv"])).trimEnd().split("\n");
    expect(lines.slice(1).map((line) => line.split(",")[0])).toEqual(names);
    const text = await output(["cpus"]);
    for (const name of names) expect(text).toMatch(new RegExp(`^${name} `, "m"));
  });

  it("prints a description that is one to start from", async () => {
    const file = inFolder("my.json");
    await output(["cpus", "zen4", "--json", "-o", file]);
    expect(await json<CpuDescription>(["cpus", file])).toEqual(CPU_PRESETS.zen4);
    expect(await output(["cpus", file])).toMatch(/^AMD Zen 4 .*\n/);
    const [own, preset] = [
      await json<RunResult>(["run", TRACE, "--cpu", file]),
      await json<RunResult>(["run", TRACE, "--cpu", "zen4"]),
    ];
    expect(own.config).toEqual({ ...preset.config, cpu: CPU_PRESETS.zen4?.title });
    expect(own.tlbs).toEqual(preset.tlbs);
    const advice = await output(["advise", TRACE, "--cpu", file]);
    expect(advice).not.toContain("object");
  });

  it("tells what is wrong", async () => {
    const file = inFolder("wrong.json");
    await writeFile(file, '{ "schema": "pagewalk/cpu@1",\n  "title": "x",,\n}');
    expect(await failure(2, ["cpus", file])).toBe(
      `pagewalk: --cpu: ${file}: line 2, column 16: got ,; allowed: JSON\n`,
    );
    await writeFile(file, `{ "schema": "pagewalk/cpu@1", "x": "${"y".repeat(1 << 20)}" }`);
    expect(await failure(2, ["run", TRACE, "--cpu", file])).toContain("it has more than 1048576 bytes");
    await writeFile(file, `${"[".repeat(1 << 19)}${"]".repeat(1 << 19)}`);
    expect(await failure(2, ["run", TRACE, "--cpu", file])).toContain(`--cpu: ${file}`);
    const cpu = structuredClone(CPU_PRESETS.zen4) as unknown as { tlbs: { kinds: string[] }[] };
    cpu.tlbs[0]?.kinds.splice(0, 1, "load");
    await writeFile(file, JSON.stringify(cpu));
    expect(await failure(2, ["run", TRACE, "--cpu", file])).toContain(`--cpu: ${file}: tlbs: got no TLB of level 1;`);
    expect(await failure(2, ["cpus", "zen9"])).toContain("--cpu: got zen9; allowed: zen1");
    expect(await failure(2, ["cpus", "zen4", "--csv"])).toContain("--csv prints the list");
  });
});

it.each(Object.keys(CPU_PRESETS))("what is printed of %s is the same machine", async (name) => {
  const cpu = JSON.parse(JSON.stringify(CPU_PRESETS[name]));
  const [own, preset] = [
    await simulate(await openTrace(TRACE), { cpu }),
    await simulate(await openTrace(TRACE), { cpu: name }),
  ];
  const counts = ({ tlbs, walks, faults, memory }: RunResult) => ({
    tlbs: tlbs.map(({ name, lookups, hits, misses }) => ({ name, lookups, hits, misses })),
    ...{ walks, faults, memory },
  });
  expect(counts(own)).toEqual(counts(preset));
  for (const { lookups, hits, misses } of own.tlbs) expect(hits + misses).toBe(lookups);
  const first = own.tlbs.filter(({ level }) => level === 1);
  const { fetch, data } = own.references;
  expect(first.reduce((sum, { lookups }) => sum + lookups, 0)).toBe(fetch + data);
});

describe("placeOfJsonError()", () => {
  it.each([
    ["", 1, 1],
    ["  ", 1, 3],
    ["{", 1, 2],
    ['{"a": 1,}', 1, 9],
    ['{"a" 1}', 1, 6],
    ["[1 2]", 1, 4],
    ["[1,\n 2,\n x]", 3, 2],
    ['{"a": "b', 1, 7],
    ['{"a": "\\x"}', 1, 7],
    ["01", 1, 2],
    ["[1]]", 1, 4],
    ["[}", 1, 2],
    ['{"a": tru}', 1, 7],
    ["{1: 2}", 1, 2],
    [`["${"a\\n".repeat(50_000)}`, 1, 2], // at once, however long it is
  ])("of %j is line %i, column %i", (text, line, column) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(placeOfJsonError(text)).toEqual({ line, column });
  });

  it("is where the last character is that can be there", () => {
    const damaged = fc.tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", "x", "]", "}", '"', ":", "\n", "1"));
    fc.assert(
      fc.property(damaged, ([text, at, put]) => {
        const place = at % (text.length + 1);
        const wrong = text.slice(0, place) + put + text.slice(place + 1);
        try {
          JSON.parse(wrong);
        } catch {
          const { line, column } = placeOfJsonError(wrong);
          const before =
            wrong
              .split("\n")
              .slice(0, line - 1)
              .join("\n").length +
            (line > 1 ? 1 : 0) +
            column -
            1;
          expect(before).toBeLessThanOrEqual(wrong.length);
          // What stands before can be continued to something whole; it is the token after it that cannot be there.
          expect(canBeContinued(wrong.slice(0, before))).toBe(true);
        }
      }),
      { seed: 4, numRuns: 2000 },
    );
  });
});

/** Whether some text behind `text` makes JSON of it: brackets that are closed after something that may stand there. */
function canBeContinued(text: string): boolean {
  const open: string[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === "[" || token === "{") open.unshift(token);
    else if (token === "]" || token === "}") open.shift();
  }
  const closing = open.map((bracket) => (bracket === "[" ? "]" : "}")).join("");
  const middles = ["", "1", '"a":1', ":1", '"a"', ' "a":1', " 1"];
  return middles.some((middle) => {
    try {
      JSON.parse(text + middle + closing);
      return true;
    } catch {
      return false;
    }
  });
}
