/** Links to the page. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RUN_OPTIONS, SWEEP_OPTIONS } from "../../src/config/options.ts";
import { EXPLAIN_DEFAULTS, formatHash, type PageState, parseHash } from "../../src/page/state.ts";

const text = fc.string({ minLength: 1, unit: "grapheme" });
const configOf = (options: object) =>
  fc.dictionary(fc.constantFrom(...Object.keys(options)), text).map((config) => ({ ...config }));
const experiments = fc.record({
  view: fc.constant("experiment" as const),
  traces: fc.array(text, { maxLength: 16, size: "max" }),
  machines: fc.array(fc.record({ name: text, config: configOf(RUN_OPTIONS) }), { maxLength: 16, size: "max" }),
  sweep: fc.option(configOf(SWEEP_OPTIONS)),
});
const hexadecimal = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => `0x${value.toString(16)}`);
const explains = fc.record({
  view: fc.constant("explain" as const),
  address: text,
  access: fc.constantFrom("read" as const, "write" as const, "fetch" as const),
  privilege: fc.constantFrom("user" as const, "supervisor" as const),
  la57: fc.boolean(),
  entries: fc.array(fc.tuple(hexadecimal, hexadecimal), { maxLength: 64, size: "max" }),
});

const EMPTY_EXPERIMENT: PageState = { view: "experiment", traces: [], machines: [], sweep: {} };

describe("a link", () => {
  it("says every state that the page can be in", () => {
    fc.assert(
      fc.property(fc.oneof(experiments, explains), (state) => {
        const link = new URL(formatHash(state as PageState), "http://localhost/");
        expect(parseHash(link.hash)).toEqual(state);
      }),
    );
  });

  it("has the names of the command line, and is readable", () => {
    const config = { l1d: "16:4", pageSize: "2M" as const };
    expect(
      formatHash({
        view: "experiment",
        traces: ["lua_bt7.lk.zst", "my trace.gz"],
        machines: [{ name: "small", config }],
        sweep: { entries: "16..4096", ways: "4,full" },
      }),
    ).toBe(
      "#trace=lua_bt7.lk.zst&trace=my+trace.gz&machine=small&l1d=16:4&page-size=2M&sweep=&entries=16..4096&ways=4,full",
    );
  });

  it("opens on the case of an address, as #explain=0x0000800000001234", () => {
    const state = parseHash("#explain=0x0000800000001234");
    expect(state).toEqual(EXPLAIN_DEFAULTS);
    expect(formatHash(state)).toBe("#explain=0x0000800000001234");
  });

  it("that says nothing is an empty experiment", () => {
    expect(parseHash("")).toEqual(EMPTY_EXPERIMENT);
    expect(formatHash(EMPTY_EXPERIMENT)).toBe("");
  });

  it("may say anything: what means nothing is ignored", () => {
    expect(parseHash("#l1d=64:4&unknown=1&trace=a&stlb=9&machine=m&__proto__=1&entries=3")).toEqual({
      ...EMPTY_EXPERIMENT,
      traces: ["a"],
      machines: [{ name: "m", config: {} }],
    });
    fc.assert(fc.property(fc.string({ unit: "binary" }), (hash) => void parseHash(hash)));
  });

  it("cannot ask for more than a page can show", () => {
    const state = parseHash(`#${"trace=a&machine=b&".repeat(1000)}`);
    expect(state).toMatchObject({ traces: { length: 16 }, machines: { length: 16 } });
    expect(parseHash(`#explain=0x0${"&entry=0x0=0x1".repeat(1000)}`)).toMatchObject({ entries: { length: 64 } });
  });
});
