/** schemas/: what is published of experiments and plans is what is checked. UPDATE_GOLDEN=1 writes it anew. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PUBLISHED } from "./published-schemas.ts";

describe.each(Object.entries(PUBLISHED))("schemas/%s.schema.json", (name, made) => {
  const file = new URL(`../../schemas/${name}.schema.json`, import.meta.url);
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, made());
  const text = readFileSync(file, "utf8");

  it("is made of what is checked (UPDATE_GOLDEN=1 writes it anew)", () => {
    expect(text).toBe(made());
  });

  it("says what every field is", () => {
    const { properties, $defs } = JSON.parse(text);
    const parts: [string, { properties?: Record<string, { description?: string }> }][] = [
      ["", { properties }],
      ...Object.entries<(typeof parts)[number][1]>($defs),
    ];
    for (const [part, { properties: fields = {} }] of parts) {
      for (const [field, { description }] of Object.entries(fields)) {
        expect([part, field, description]).toEqual([part, field, expect.stringMatching(/\.$/)]);
      }
    }
  });
});
