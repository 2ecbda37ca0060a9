import { describe, expect, it } from "vitest";
import { LESSONS } from "../../src/explain/lessons.ts";
import { Stepper } from "../../src/explain/stepper.ts";
import { type Item, MOST_ITEMS, Timeline } from "../../src/page/explain/timeline.ts";

const lesson: Item[] = (LESSONS[0]?.accesses ?? []).map((access) => ({ what: "access", access, says: access.says }));
const read: Item = { what: "access", access: { address: "0x404000", kind: "read" }, says: null };

async function timelineOf(items: readonly Item[]): Promise<Timeline> {
  const timeline = new Timeline(await Stepper.create());
  timeline.start(items);
  return timeline;
}

const stateOf = ({ contents, counts, done }: Timeline) => structuredClone({ contents, counts, done: [...done] });

describe("Timeline", () => {
  it("goes back to exactly what was before", async () => {
    const timeline = await timelineOf(lesson);
    const states = [stateOf(timeline)];
    for (let position = 1; position <= lesson.length; position++) {
      timeline.goTo(position);
      states.push(stateOf(timeline));
    }
    for (let position = lesson.length; position >= 0; position--) {
      timeline.goTo(position);
      expect(stateOf(timeline)).toEqual(states[position]);
    }
  });

  it("stays within its items", async () => {
    const timeline = await timelineOf(lesson);
    timeline.goTo(lesson.length + 5);
    expect(timeline.done).toHaveLength(lesson.length);
    timeline.goTo(-1);
    expect(timeline.done).toHaveLength(0);
  });

  it("puts a flush behind what is done, so that the next access walks again", async () => {
    const timeline = await timelineOf([read, read]);
    timeline.goTo(1);
    timeline.insert({ what: "flush" });
    expect(timeline.items.map(({ what }) => what)).toEqual(["access", "flush", "access"]);
    timeline.goTo(3);
    const outcomes = timeline.done.map((done) => (done.what === "access" ? done.step.outcome : done.dropped.length));
    expect(outcomes).toEqual(["walk", 5, "walk"]);
  });

  it("takes no more items than can be shown", async () => {
    const timeline = await timelineOf(new Array<Item>(MOST_ITEMS).fill(read));
    expect(timeline.insert(read)).toBe(false);
    expect(timeline.items).toHaveLength(MOST_ITEMS);
  });
});
