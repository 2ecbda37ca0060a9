/** Translation in a real browser: the same explanations and mappings as in Node, dumps being files of the user's. */
import { expect, it } from "vitest";
import { commands } from "vitest/browser";
import { explain, LESSONS, map, Stepper } from "../../src/index.ts";

const CR3 = "0x45c8000";

it("explains an address in the example process", async () => {
  const [explanation] = await all(explain(["0x0000800000001234"]));
  expect(explanation).toMatchObject({ canonical: false, steps: [], fault: { vector: 13, code: "SI_KERNEL" } });
});

it("explains addresses by the tables of a dump that is a file", async () => {
  const memory = await dumpFile("dev-la48.lime.gz");
  const explanations = await all(explain(["0x4016e0", "0x10000000", "0x0"], { memory, cr3: CR3 }));
  expect(explanations.map(({ physicalAddress }) => physicalAddress)).toEqual(["0x2026e0", "0x5eed000", null]);
});

it("lists the mappings of a dump that is a file, compressed or not", async () => {
  const stored = await dumpFile("dev-la48.lime.gz");
  const plain = await new Response(stored.stream().pipeThrough(new DecompressionStream("gzip"))).blob();
  for (const memory of [stored, plain]) {
    const pageMap = await map({ memory, cr3: CR3 });
    expect([...pageMap.mappings()].flat()).toHaveLength(73_938);
  }
});

it("steps through the lessons", async () => {
  const stepper = await Stepper.create();
  for (const { accesses } of LESSONS) {
    stepper.reset();
    for (const access of accesses) expect(stepper.step(access).outcome, access.says).toBe(access.expects);
  }
});

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function dumpFile(name: string): Promise<File> {
  const base64 = await commands.readFile(`test/dumps/${name}`, "base64");
  return new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name);
}
