import { describe, expect, it } from "vitest";
import { eventsOfFamily, FAMILIES, familyOf, perfCommand } from "../../src/config/cpus/event-families.ts";
import { COUNTERS, SHARED_EVENTS } from "../../src/config/cpus/events.ts";
import { CPU_PRESETS } from "../../src/config/cpus/presets.ts";

it("every CPU but the generic one has events", () => {
  const without = Object.keys(CPU_PRESETS).filter((cpu) => familyOf(cpu) === null);
  expect(without).toEqual(["generic"]);
  expect(familyOf("constructor")).toBeNull();
});

describe.each(FAMILIES.map((family) => ({ ...family, family })))("the events of $title", ({ family }) => {
  const events = eventsOfFamily(family);

  it("have each name once, in lower case, a counter, a difference in a sentence, and a source", () => {
    expect(new Set(events.map(({ name }) => name)).size).toBe(events.length);
    for (const event of events) {
      expect(event.name).toBe(event.name.toLowerCase());
      expect(Object.keys(COUNTERS)).toContain(event.counter);
      expect(event.differs).toMatch(/^[A-Z].*\.$/);
      expect(event.source).not.toBe("");
    }
  });

  it("are asked for by a command that knows them, and measure L1 misses or walks of fetches and of data", () => {
    const asked = family.command.map((name) => events.find((event) => event.name === name)?.counter);
    expect(asked).not.toContain(undefined);
    expect(asked.filter((counter) => /^fetch/.test(counter ?? ""))).not.toEqual([]);
    expect(asked.filter((counter) => /^(data|load)/.test(counter ?? ""))).not.toEqual([]);
    expect(perfCommand(family)).toMatch(/^perf stat -x';' -o perf\.txt -e \S*instructions\S* -- PROGRAM$/);
  });

  it("have instructions and faults from everywhere", () => {
    expect(events).toEqual(expect.arrayContaining([...SHARED_EVENTS]));
  });
});
