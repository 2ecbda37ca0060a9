import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, it } from "vitest";
import { shellWord } from "../../src/report/shell-words.ts";

it("any text is one word for a shell, which reads the same", () => {
  const spiky = fc.constantFrom(..."'\"\\$`\r\n\t %!*~#-aé€");
  const text = fc.oneof(
    fc.string({ maxLength: 20, size: "max" }),
    fc.string({ unit: spiky, maxLength: 20, size: "max" }),
  );
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 100, size: "max" }), (words) => {
      const script = `printf '%s\\0' ${words.map(shellWord).join(" ")}`;
      const read = execFileSync("sh", { input: script, encoding: "utf8" });
      expect(read.split("\0").slice(0, -1)).toEqual(words);
      expect(script).not.toContain("\r");
    }),
    { numRuns: 20, endOnFailure: true },
  );
});
